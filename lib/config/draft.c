/* SPDX-License-Identifier: ISC */

/*
 * Drafts: texts in the place of files, with which a configuration is checked
 * before it is written.
 *
 * Paths are compared as they are written, so a draft has the path that the main
 * file's patterns find.
 */

#include "config/private.h"

#include <string.h>

const struct config_draft *
config_draft_of(const struct config_builder *builder, const char *path)
{
	size_t i;

	for (i = 0; i < builder->ndrafts; i++)
		if (strcmp(builder->drafts[i].path, path) == 0)
			return &builder->drafts[i];
	return NULL;
}
