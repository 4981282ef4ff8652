/* SPDX-License-Identifier: ISC */

/*
 * Names of header fields: see names.h.
 *
 * A binary search, because every field of every message is looked up.  A name
 * may contain any octet, even NUL, so it is compared by length; only ASCII case
 * is ignored.  Nothing can fail.
 */

#include "config/names.h"

#include "text/text.h"

static int
lower(char c)
{
	return (unsigned char)text_lower(c);
}

static int
compare(const char *name, size_t namelen, const char *listed)
{
	size_t i;

	for (i = 0; i < namelen && listed[i] != '\0'; i++)
		if (lower(name[i]) != lower(listed[i]))
			return lower(name[i]) - lower(listed[i]);
	if (i < namelen)
		return 1;
	return listed[i] == '\0' ? 0 : -1;
}

size_t
names_length(const char *name, size_t namelen)
{
	while (namelen > 0 && text_is_wsp(name[namelen - 1]))
		namelen--;
	return namelen;
}

size_t
names_find(const struct text_list *names, const char *name, size_t namelen)
{
	size_t low = 0, high = names->n, middle;
	int order;

	namelen = names_length(name, namelen);
	while (low < high) {
		middle = low + (high - low) / 2;
		order = compare(name, namelen, names->texts[middle]);
		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return names->n;
}
