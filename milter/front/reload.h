/* SPDX-License-Identifier: ISC */

/*
 * Read the configuration in the front, at its start and on reload.
 */

#ifndef RELOAD_H
#define RELOAD_H

#include <stdbool.h>

#include "config/config.h"

/*
 * Read the file for the first time, and make it the current configuration.
 * Returns it with a reference, or NULL with the errors logged.
 */
struct config *front_config_load(const char *file);

/*
 * Read the same file again, and make it the current configuration; if it has
 * errors, they are logged, the old one is kept, and this returns false.  The
 * master logs which changes need a restart.  Not thread safe.
 */
bool	front_config_reload(void);

#endif /* RELOAD_H */
