/* SPDX-License-Identifier: ISC */

/*
 * Warnings about sources that do nothing, or not what they seem to do.
 */

#ifndef CONFIG_OVERLAP_H
#define CONFIG_OVERLAP_H

#include <stdio.h>

#include "config/config.h"

/*
 * Write "FILE:LINE: warning: ..." for each source that can never match, that an
 * earlier one makes useless, that observes domains about which another decides,
 * or that fits the same mail as an earlier one; at most CONFIG_MAX_WARNINGS.
 */
void	config_warn_of_overlaps(const struct config *config, FILE *out);

#endif /* CONFIG_OVERLAP_H */
