/* SPDX-License-Identifier: ISC */

/*
 * Which presets there are, and what a source must say besides each, for a
 * program that offers them to a person.
 */

#ifndef CONFIG_PRESETS_H
#define CONFIG_PRESETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config/config.h"

#define PRESETS_MAX		64	/* of all directories together */
#define PRESETS_MAX_DIRECTORIES	3

struct preset_summary {
	const char	*name;
	const char	*title;		/* "" if the file has none */
	/* Kinds of tenants that it accepts: "salesforce-id", "guid", "domain",
	 * "text"; none: the source names no tenant. */
	struct text_list tenants;
	/* Options that the source must have: "login", "daemon",
	 * "secret_header". */
	struct text_list needs;
};

struct preset_list;

/*
 * The directories of presets in the order in which they are searched;
 * preset_dir may be NULL.  Returns how many there are.
 */
size_t	preset_directories(const char *preset_dir,
	    const char *list[PRESETS_MAX_DIRECTORIES]);

/*
 * Read all presets: those of preset_dir (NULL: none) before those of the same
 * name in the directories that every configuration searches.  Errors in files
 * are written to faults, and these presets left out.  Returns NULL when out of
 * memory.  The list is for preset_list_free(), which accepts NULL.
 */
struct preset_list *preset_list_read(const char *preset_dir, FILE *faults);
void	preset_list_free(struct preset_list *list);

/* The presets, sorted by name. */
size_t	preset_list_count(const struct preset_list *list);
const struct preset_summary *preset_list_at(const struct preset_list *list,
	    size_t i);
/* The preset of a name; NULL if there is none. */
const struct preset_summary *preset_list_find(const struct preset_list *list,
	    const char *name);

#endif /* CONFIG_PRESETS_H */
