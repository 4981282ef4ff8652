/* SPDX-License-Identifier: ISC */

/*
 * Read the configuration in the front, at its start and on reload.
 */

#ifndef RELOAD_H
#define RELOAD_H

#include <stdbool.h>

#include "config/config.h"

/*
 * Read the file for the first time.  Starts no thread.  Returns it with a
 * reference, or NULL with the errors logged.
 */
struct config *front_config_load(const char *file);
/*
 * Make it the current configuration, which starts threads.  Returns 0, or -1
 * with the error logged.
 */
int	front_config_use(struct config *config);

/*
 * Read the same file again, and make it the current configuration; if it has
 * errors, they are logged, the old one is kept, and this returns false; then
 * *restart_line is the first line with something that this process cannot open
 * since its start, or 0.  The master logs which other changes need a restart.
 * Not thread safe.
 */
bool	front_config_reload(unsigned int *restart_line);

#endif /* RELOAD_H */
