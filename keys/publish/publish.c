/* SPDX-License-Identifier: ISC */

/*
 * The result of publishing, with a text that says what was done, or why it was
 * not.
 *
 * The text is set after success too, because it is the evidence in the log.  If
 * it is too long, it is truncated.
 */

#include "publish/private.h"

#include <stdarg.h>
#include <stdio.h>

enum publish_result
publish_end(enum publish_result result, struct ks_error *error,
    const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(error->text, sizeof(error->text), format, ap);
	va_end(ap);
	return result;
}
