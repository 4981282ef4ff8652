/* SPDX-License-Identifier: ISC */

/*
 * Where a From field that no grammar holds for may have a domain.
 */

#ifndef FROMSCAN_H
#define FROMSCAN_H

#include "dkimsig/buf.h"
#include "dkimsig/internal.h"

#define FROMSCAN_CANDIDATES	26	/* for one "@" */

/*
 * Takes what may be the domain of one "@", n texts of which none is empty and
 * no two are equal; n may be 0.  Borrowed for the call.  Returns 0, or an
 * error that ends the scan.
 */
typedef int fromscan_found(void *arg, const struct view *candidates, size_t n);

/* Whether all octets are such as a domain can have, those over 127 too. */
bool	fromscan_is_word(struct view text);

/*
 * Call found for each "@", with all that some reader may take as its domain;
 * in_strings says that quoted strings may be addresses.
 *
 * Returns 0, what found returned, or DKIMSIG_E_NOMEM.
 */
int	fromscan_domains(struct view text, bool in_strings,
	    fromscan_found *found, void *arg);

/*
 * The same with what a person would read as its domain, one candidate at the
 * most.
 */
int	fromscan_words(struct view text, fromscan_found *found, void *arg);

#endif /* FROMSCAN_H */
