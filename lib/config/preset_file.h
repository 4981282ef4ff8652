/* SPDX-License-Identifier: ISC */

/*
 * Preset files: found by the name of the preset, read and checked;
 * countersign.conf(5) describes their syntax.
 */

#ifndef PRESET_FILE_H
#define PRESET_FILE_H

#include <stdbool.h>

#include "config/private.h"

/*
 * Read the file of a preset.
 *
 * root   the configuration, for preset_dir
 * name   the preset, and the line to report faults for
 *
 * Returns its tree, for config_node_free(), or NULL after a fault or when out
 * of memory.  A file that has an error, has no factor, or has more or fewer
 * facts than it states is a fault.
 */
struct config_node *preset_file_read(struct config_builder *builder,
	    const struct config_node *root, const struct config_value *name);

/*
 * Call each with the name of every preset file, in the order in which the
 * directories are searched; a name may come several times, and the first file
 * counts.
 */
void	preset_file_each(const struct config_node *root,
	    void (*each)(const char *name, void *arg), void *arg);

/* Whether a setting of a fact is a factor; the others describe the fact. */
bool	preset_file_is_factor(const struct config_setting *setting);

#endif /* PRESET_FILE_H */
