/* SPDX-License-Identifier: ISC */

/*
 * Where lenient parsers may find a domain in a From field that is not valid.
 */

#ifndef FROMSCAN_H
#define FROMSCAN_H

#include "dkimsig/buf.h"
#include "dkimsig/internal.h"

#define FROMSCAN_CANDIDATES	26	/* for one "@" */

/*
 * Called with the n texts that may be the domain of one "@", borrowed for the
 * call.  None is empty and no two are equal; n may be 0.  Returns 0, or an
 * error that ends the scan.
 */
typedef int fromscan_found(void *arg, const struct view *candidates, size_t n);

/* Whether a domain can consist of these octets, including those over 127. */
bool	fromscan_is_word(struct view text);

/*
 * Call found for each "@", with all texts that some parser may take as its
 * domain.  in_strings: quoted strings may contain addresses.
 *
 * Returns 0, what found returned, or DKIMSIG_E_NOMEM.
 */
int	fromscan_domains(struct view text, bool in_strings,
	    fromscan_found *found, void *arg);

/*
 * The same, with at most one text: what a person would take as the domain.
 */
int	fromscan_words(struct view text, fromscan_found *found, void *arg);

#endif /* FROMSCAN_H */
