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

/* Whether a text has blanks or punctuation beyond ASCII, which some parsers
 * remove. */
bool	fromscan_has_blank(struct view text);

/*
 * Call found for each "@", with all texts that some parser may take as its
 * domain.  in_strings: quoted strings may contain addresses.
 *
 * Returns 0, what found returned, or DKIMSIG_E_NOMEM.
 */
int	fromscan_domains(struct view text, bool in_strings,
	    fromscan_found *found, void *arg);

/*
 * Called with the text in front of one "@" and what a person would take as its
 * domain, which may be empty; both are borrowed for the call.  Returns 0, or an
 * error that ends the scan.
 */
typedef int fromscan_mention(void *arg, struct view before,
	    struct view domain);

/*
 * Call mention for each "@".  Returns 0, or what mention returned.
 */
int	fromscan_words(struct view text, fromscan_mention *mention, void *arg);

#endif /* FROMSCAN_H */
