/* SPDX-License-Identifier: ISC */

/*
 * Who signs mail beside us: see compare.h.
 *
 * A message concerns us if a source names its author.  Other mail with a
 * signature that is aligned with its author is listed by itself: most of it is
 * other people's, but a domain of ours that the configuration lacks would be
 * among it.
 *
 * The log says what signatures claim, not whether they verify.  Nothing fails.
 */

#include "report/compare.h"

#include <string.h>

#include "dkimsig/dkimsig.h"

static bool
is_aligned(const char *signer, const char *author)
{
	return author != NULL && (dkimsig_domain_equal(signer, author) ||
	    dkimsig_domain_is_below(signer, author) ||
	    dkimsig_domain_is_below(author, signer));
}

static bool
is_signed_by_another(const struct logged_decision *d)
{
	const char *author = decision_domain(d);
	size_t i;

	for (i = 0; i < d->other_signatures.n; i++)
		if (is_aligned(d->other_signatures.texts[i], author))
			return true;
	return false;
}

static void
count_signers(struct compare *c, const struct logged_decision *d)
{
	const char *author = decision_domain(d), *signer;
	size_t i;

	for (i = 0; i < d->other_signatures.n; i++) {
		signer = d->other_signatures.texts[i];
		tally_add(&c->signers, signer, is_aligned(signer, author) ?
		    0 : 1, d);
	}
}

bool
compare_take(void *arg, const struct logged_decision *d)
{
	struct compare *c = arg;
	const bool ours = decision_action(d) == LOGGED_SIGNED;
	const bool theirs = is_signed_by_another(d);
	const char *author = decision_domain(d);
	enum compare_column column;

	if (d->source == NULL) {
		c->nothers++;
		if (theirs)
			tally_add(&c->unnamed, author, 0, d);
		return true;
	}
	column = ours && theirs ? COMPARE_BOTH : ours ? COMPARE_OURS :
	    theirs ? COMPARE_THEIRS : COMPARE_NEITHER;
	c->n++;
	c->ncolumns[column]++;
	tally_add(&c->domains, author != NULL ? author : "", column, d);
	count_signers(c, d);
	if (column == COMPARE_THEIRS)
		tally_add(&c->lost, d->reason != NULL ? d->reason : "", 0, d);
	return true;
}

void
compare_sort(struct compare *c)
{
	tally_rank(&c->domains);
	tally_rank(&c->signers);
	tally_rank(&c->lost);
	tally_rank(&c->unnamed);
}
