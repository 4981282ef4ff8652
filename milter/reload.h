/* SPDX-License-Identifier: ISC */

/*
 * Reading the configuration, at start and again.
 */

#ifndef RELOAD_H
#define RELOAD_H

#include "config.h"

/* Read the file for the first time; faults are logged.  NULL if any. */
struct config *reload_first(const char *file);

/*
 * Read the same file again and make it the current configuration; with any
 * fault the old one stays.  Options that only a restart can change keep
 * their value, and that is logged.  From one thread at a time.
 */
void	reload_configuration(void);

#endif /* RELOAD_H */
