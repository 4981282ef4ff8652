/* SPDX-License-Identifier: ISC */

/*
 * What a configuration names and programs need later: see means.c.
 */

#ifndef CONFIG_MEANS_H
#define CONFIG_MEANS_H

#include <stdbool.h>
#include <stdio.h>

#include "config/config.h"

/*
 * Whether the user of the front can read the file; else that is written to
 * out, with the commands that put it right.  Only root can tell.
 */
bool	config_front_can_read(const struct config *config, FILE *out);

/*
 * Write what keeps records from being published, "FILE:LINE: warning: ..." a
 * line: a TSIG key or hook program that is missing, is not kept from others,
 * or cannot be used by keys_user; and an "every" for which no key can be
 * verified in time.
 */
void	config_warn_of_means(const struct config *config, FILE *out);

#endif /* CONFIG_MEANS_H */
