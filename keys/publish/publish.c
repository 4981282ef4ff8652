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

#include "base/clock.h"

bool
publish_may_begin(const struct publish_change *change, struct ks_error *error)
{
	if (!monotonic_has_passed(change->latest_ms))
		return true;
	(void)publish_too_late(change, error);
	return false;
}

enum publish_result
publish_too_late(const struct publish_change *change, struct ks_error *error)
{
	return publish_end(PUBLISH_LATER, error, "%s: not changed: too little "
	    "time is left of the lease", change->name);
}

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

int64_t
publish_span_ms(const struct rotation *rotation)
{
	return rotation->publish == ROTATION_UPDATE ? UPDATE_SPAN_MS :
	    HOOK_SPAN_MS;
}
