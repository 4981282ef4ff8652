/* SPDX-License-Identifier: ISC */

/*
 * What the front uses outside of its process: folders and TCP ports, as its
 * configuration names them.  They are collected when it is read for the first
 * time.  Then the front enters its cell, and a configuration that is read later
 * must do with them.
 */

#ifndef BOUNDS_H
#define BOUNDS_H

#include <stddef.h>
#include <stdint.h>

#include "cell/cell.h"
#include "config/config.h"

/* For config_load_within(): collect, or check if bounds_close() was called. */
const struct config_bounds *bounds_of_config(void);

/*
 * Add a folder with rights as in cell.h; one that cannot be found is ignored.
 * Returns 0, or -1 when out of memory.
 */
int	bounds_add_folder(const char *folder, unsigned int rights);
/* Add the folder of a file, and that of the file which it is a link to, even if
 * that does not exist yet. */
int	bounds_add_folder_of(const char *file, unsigned int rights);
int	bounds_add_port(unsigned long port);

/*
 * From now on, nothing is added.  Returns the paths, for cell_enter(), and the
 * ports; both until the end of the process.  NULL when out of memory.
 */
const struct cell_path *bounds_close(const uint16_t **ports);

/* The line of the first value that was out of bounds since the last call; 0:
 * none was. */
unsigned int	bounds_refused(void);

#endif /* BOUNDS_H */
