/* SPDX-License-Identifier: ISC */

/*
 * The tags of a record that the library refuses, unchecked: the caller decides
 * what is wrong with a tag.
 */

#ifndef KEYRECORD_TAGS_H
#define KEYRECORD_TAGS_H

#include <stdbool.h>
#include <stddef.h>

/* One TXT record; its strings are joined without separators. */
struct record_text {
	const char	*text;
	size_t		 len;
};

/* Name and value, trimmed.  A tag without "=" is all name. */
struct record_tag {
	const char	*name, *value;
	size_t		 namelen, valuelen;
	bool		 has_equal;
};

/* Take the next tag off rest; false at the end. */
bool	record_tag_next(struct record_text *rest, struct record_tag *tag);

/* Whether a tag has this name, and "=". */
bool	record_tag_is(const struct record_tag *tag, const char *name);

/* The first tag with this name; false if there is none. */
bool	record_tag_find(const struct record_text *text, const char *name,
	    struct record_tag *tag);

#endif /* KEYRECORD_TAGS_H */
