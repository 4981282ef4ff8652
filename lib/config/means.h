/* SPDX-License-Identifier: ISC */

/*
 * Files that programs will need later: see means.c.
 */

#ifndef CONFIG_MEANS_H
#define CONFIG_MEANS_H

#include <stdbool.h>
#include <stdio.h>

#include "config/config.h"

/*
 * Whether the user of the front can read the file.  If not, writes that to out,
 * with the commands that fix it.  Unless run by root, always true.
 */
bool	config_front_can_read(const struct config *config, FILE *out);

/*
 * Write a line "FILE:LINE: warning: ..." for each problem that will prevent
 * publication: a TSIG key or hook that is missing, is accessible to others, or
 * cannot be used by keys_user; and an "every" that is too short to verify a key
 * in time.
 */
void	config_warn_of_means(const struct config *config, FILE *out);

#endif /* CONFIG_MEANS_H */
