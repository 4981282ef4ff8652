/* SPDX-License-Identifier: ISC */

/*
 * The tags of a record that the library refuses, as they stand there: what
 * is wrong with one is for the reader to say.
 */

#ifndef KEYRECORD_TAGS_H
#define KEYRECORD_TAGS_H

#include <stdbool.h>
#include <stddef.h>

/* One TXT record, its strings joined without anything between. */
struct record_text {
	const char	*text;
	size_t		 len;
};

/* Both without blanks at their ends.  Without "=" all of it is the name. */
struct record_tag {
	const char	*name, *value;
	size_t		 namelen, valuelen;
	bool		 has_equal;
};

/* Cut the next tag off; false at the end. */
bool	record_tag_next(struct record_text *rest, struct record_tag *tag);

bool	record_tag_is(const struct record_tag *tag, const char *name);

/* The first tag of that name; false if there is none. */
bool	record_tag_find(const struct record_text *text, const char *name,
	    struct record_tag *tag);

#endif /* KEYRECORD_TAGS_H */
