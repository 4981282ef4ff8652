/* SPDX-License-Identifier: ISC */

/*
 * The functions of libbsd that the sources use, for MemorySanitizer: it does
 * not see what a library writes that was built without it.  And two in place of
 * those of libidn2 and libunistring: no label is valid that needs the one, and
 * the other takes any text for normalized.
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <idn2.h>
#include <uninorm.h>

int
idn2_register_u8(const uint8_t *ulabel, const uint8_t *alabel,
    uint8_t **name, int flags)
{
	(void)ulabel;
	(void)alabel;
	(void)flags;
	*name = NULL;
	return IDN2_DISALLOWED;
}

uint8_t *
u8_normalize(uninorm_t form, const uint8_t *text, size_t len, uint8_t *buf,
    size_t *outlen)
{
	uint8_t *copy = malloc(len + 1);

	(void)form;
	(void)buf;
	if (copy == NULL)
		return NULL;
	memcpy(copy, text, len);
	*outlen = len;
	return copy;
}

size_t
strlcpy(char *to, const char *from, size_t size)
{
	size_t len = strlen(from);

	if (size > 0) {
		memcpy(to, from, len < size ? len + 1 : size);
		to[len < size ? len : size - 1] = '\0';
	}
	return len;
}

size_t
strlcat(char *to, const char *from, size_t size)
{
	size_t len = strnlen(to, size);

	return len + (len == size ? strlen(from) :
	    strlcpy(to + len, from, size - len));
}

long long
strtonum(const char *text, long long min, long long max, const char **error)
{
	const char *why = NULL;
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (min > max || end == text || *end != '\0')
		why = "invalid";
	else if (value < min || (errno == ERANGE && value < 0))
		why = "too small";
	else if (value > max || errno == ERANGE)
		why = "too large";
	if (error != NULL)
		*error = why;
	return why == NULL ? value : 0;
}

void
freezero(void *p, size_t len)
{
	if (p != NULL)
		explicit_bzero(p, len);
	free(p);
}

void *
recallocarray(void *p, size_t oldn, size_t n, size_t size)
{
	size_t keep = (oldn < n ? oldn : n) * size;
	char *bigger = calloc(n, size);

	if (bigger == NULL)
		return NULL;
	if (p != NULL)
		memcpy(bigger, p, keep);
	freezero(p, oldn * size);
	return bigger;
}
