/* SPDX-License-Identifier: ISC */

/*
 * Tags of a broken key record: see tags.h.
 *
 * Unlike the library (RFC 6376 section 3.2), this accepts any text between
 * semicolons as a tag, so it never fails.
 */

#include "keyrecord/tags.h"

#include <string.h>

#include "text/text.h"

bool
record_tag_next(struct record_text *rest, struct record_tag *tag)
{
	const char *semicolon, *equal;
	size_t len;

	if (rest->len == 0)
		return false;
	semicolon = memchr(rest->text, ';', rest->len);
	len = semicolon == NULL ? rest->len :
	    (size_t)(semicolon - rest->text);
	equal = memchr(rest->text, '=', len);
	tag->has_equal = equal != NULL;
	tag->namelen = equal == NULL ? len : (size_t)(equal - rest->text);
	tag->valuelen = equal == NULL ? 0 : len - tag->namelen - 1;
	tag->value = text_trim(equal == NULL ? rest->text + len : equal + 1,
	    &tag->valuelen);
	tag->name = text_trim(rest->text, &tag->namelen);
	if (semicolon != NULL)
		len++;
	rest->text += len;
	rest->len -= len;
	return true;
}

bool
record_tag_is(const struct record_tag *tag, const char *name)
{
	return tag->has_equal && tag->namelen == strlen(name) &&
	    memcmp(tag->name, name, tag->namelen) == 0;
}

bool
record_tag_find(const struct record_text *text, const char *name,
    struct record_tag *tag)
{
	struct record_text rest = *text;

	while (record_tag_next(&rest, tag))
		if (record_tag_is(tag, name))
			return true;
	return false;
}
