/* SPDX-License-Identifier: ISC */

/*
 * What holds for findings, whatever was read to make them.
 */

#ifndef FINDINGCHECKS_H
#define FINDINGCHECKS_H

#include "chain/chain.h"

/*
 * They are printed as readable text and as valid JSON, and each line of a fix
 * begins with one of these, which NULL ends, and has no word that means
 * anything to a shell, but in quotes, and but for what is in more.
 */
void	check_findings(const struct findings *findings,
	    const char *const *programs, const char *more);

#endif /* FINDINGCHECKS_H */
