/* SPDX-License-Identifier: ISC */

/*
 * What DNS shows of all keys of a domain, and a verdict on it.
 * Nothing is changed, and no lock is taken.
 */

#ifndef DOMAIN_CHECK_H
#define DOMAIN_CHECK_H

#include "advice/advice.h"
#include "probe/sight.h"
#include "record/record.h"
#include "rotate/view.h"

/* The worse, the greater. */
enum check_verdict {
	CHECK_RIGHT,
	CHECK_NOT_YET,		/* a record must be published or seen */
	CHECK_WRONG		/* mail fails, or nobody can tell */
};

struct key_check {
	const struct ks_key	*key;
	struct record		 record;	/* as it should be */
	struct dns_sight	 sight;
	enum check_verdict	 verdict;
	char			 text[1400];	/* why, and how to fix it */
};

struct domain_check {
	char			 domain[DKIMSIG_DOMAIN_SIZE];
	int64_t			 now;		/* time of the check */
	struct domain_view	 view;
	struct key_check	*keys;		/* those not removed */
	size_t			 nkeys;
	enum check_verdict	 verdict;	/* the worst of them */
	char			*fault;		/* why nothing was checked */
	struct advice		*advice;	/* NULL: not gathered */
	enum lifecycle_start	 start;		/* of signing, */
	int64_t			 starts_at;	/* or KS_NEVER */
};

/*
 * Check a domain, optionally with advice on more than the keys.
 * Returns 0 or KS_E_NOMEM; domain_check_finish() in either case.
 */
int	domain_check_look(struct domain_check *check,
	    struct rotation_run *run, const char *domain, bool with_advice);
void	domain_check_finish(struct domain_check *check);

#endif /* DOMAIN_CHECK_H */
