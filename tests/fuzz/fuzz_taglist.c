/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a tag list.  Names are what the grammar allows, all lies
 * within the text, and each tag is found by its name.
 */

#include <stdint.h>
#include <stdlib.h>

#include "dkimsig/taglist.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	struct tagpieces pieces;
	struct taglist list;
	struct view piece;
	const struct tag *tag;
	char name[32];
	size_t i;

	if (taglist_parse(&list, view_of(text, len)) != 0)
		return 0;
	for (i = 0; i < list.ntags; i++) {
		tag = &list.tags[i];
		if (tag->name.len == 0 || tag->raw.len < tag->value.len ||
		    tag->raw.ptr < tag->name.ptr + tag->name.len ||
		    tag->raw.ptr + tag->raw.len > text + len)
			abort();
		tagpieces_init(&pieces, tag->value, ':');
		while (tagpieces_next(&pieces, &piece))
			if (piece.len > tag->value.len)
				abort();
		if (tag->name.len >= sizeof(name))
			continue;
		memcpy(name, tag->name.ptr, tag->name.len);
		name[tag->name.len] = '\0';
		if (taglist_find(&list, name) != tag)
			abort();
	}
	return 0;
}
