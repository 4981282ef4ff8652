/* SPDX-License-Identifier: ISC */

/*
 * How each way of publishing ends: with a result, and a text that says what
 * was done or why it was not.
 *
 * The text is always set, also after success, as it is the evidence in the
 * log; one that is too long is cut.
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
