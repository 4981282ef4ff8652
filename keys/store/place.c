/* SPDX-License-Identifier: ISC */

/*
 * The error texts of the key store: one line each, which begins with the path
 * and is truncated if it is too long.
 *
 * A place is the store, a domain in it, or a file of a domain.  The functions
 * return the code that they are given, so that a caller can end with
 * "return place_fail(...)"; if error is NULL, they do nothing else.
 */

#include "store/private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
place_path(const struct place *place, char *buf, size_t bufsize)
{
	(void)snprintf(buf, bufsize, "%s%s%s%s%s", place->ks->path,
	    place->domain == NULL ? "" : "/",
	    place->domain == NULL ? "" : place->domain,
	    place->name == NULL ? "" : "/",
	    place->name == NULL ? "" : place->name);
}

static void __attribute__((format(printf, 3, 0)))
set_text(const struct place *place, struct ks_error *error,
    const char *format, va_list ap)
{
	size_t len;

	place_path(place, error->text, sizeof(error->text));
	(void)strlcat(error->text, ": ", sizeof(error->text));
	len = strlen(error->text);
	(void)vsnprintf(error->text + len, sizeof(error->text) - len, format,
	    ap);
}

int
place_fail(const struct place *place, struct ks_error *error, int code,
    const char *format, ...)
{
	va_list ap;

	if (error == NULL)
		return code;
	va_start(ap, format);
	set_text(place, error, format, ap);
	va_end(ap);
	return code;
}

/*
 * Whether it is what stands in the place of a file that is wrong, and not the
 * disk or this process: a link, a directory, a pipe that nobody reads, another
 * owner.
 */
static bool
is_of_file(int number)
{
	return number == ELOOP || number == EISDIR || number == ENOTDIR ||
	    number == ENXIO || number == ENOTEMPTY || number == EPERM ||
	    number == EACCES;
}

int
place_fail_errno(const struct place *place, struct ks_error *error,
    const char *format, ...)
{
	const int saved = errno;
	const int code = is_of_file(saved) ? KS_E_UNSAFE : KS_E_SYSTEM;
	va_list ap;
	size_t len;

	if (error == NULL)
		return code;
	va_start(ap, format);
	set_text(place, error, format, ap);
	va_end(ap);
	len = strlen(error->text);
	(void)snprintf(error->text + len, sizeof(error->text) - len, ": %s",
	    strerror(saved));
	return code;
}
