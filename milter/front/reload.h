/* SPDX-License-Identifier: ISC */

/*
 * Reading the configuration in the front, at start and again.
 */

#ifndef RELOAD_H
#define RELOAD_H

#include "config/config.h"

/*
 * Read the file for the first time and make it the current configuration;
 * faults are logged.  Returns it with a reference, or NULL.
 */
struct config *front_config_load(const char *file);

/*
 * Read the same file again and make it the current configuration; with any
 * fault the old one stays.  What only a restart can change the master says.
 * From one thread at a time.
 */
void	front_config_reload(void);

#endif /* RELOAD_H */
