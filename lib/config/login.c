/* SPDX-License-Identifier: ISC */

/*
 * Whether a login is one that a source names: see login.h.
 *
 * The list is sorted by the name before the realm, so that all logins that may
 * be the same account are next to each other, and a search does not become
 * slower with the number of sources.  Comparing too many as equal is safe: such
 * a login is not taken for one of a company's own people.
 *
 * Cannot fail.
 */

#include "config/login.h"

#include <string.h>

#include "text/text.h"

/* The octets before the realm. */
static size_t
name_length(const char *login)
{
	const char *at = strrchr(login, '@');

	return at != NULL ? (size_t)(at - login) : strlen(login);
}

static int
lower(char c)
{
	return (unsigned char)text_lower(c);
}

static int
compare_names(const char *a, const char *b)
{
	size_t alen = name_length(a), blen = name_length(b), i;

	for (i = 0; i < alen && i < blen; i++)
		if (lower(a[i]) != lower(b[i]))
			return lower(a[i]) - lower(b[i]);
	return (alen > blen) - (alen < blen);
}

static bool
have_same_realm(const char *a, const char *b)
{
	a += name_length(a);
	b += name_length(b);
	if (*a == '\0' || *b == '\0')
		return true;
	for (; *a != '\0' && lower(*a) == lower(*b); a++)
		b++;
	return *a == '\0' && *b == '\0';
}

int
login_compare(const void *a, const void *b)
{
	return compare_names(*(const char *const *)a, *(const char *const *)b);
}

bool
login_is_named(const struct text_list *logins, const char *login)
{
	size_t low = 0, high = logins->n, middle;

	/* Find the first one that has this name. */
	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_names(logins->texts[middle], login) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < logins->n &&
	    compare_names(logins->texts[low], login) == 0; low++)
		if (have_same_realm(logins->texts[low], login))
			return true;
	return false;
}
