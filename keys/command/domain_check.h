/* SPDX-License-Identifier: ISC */

/*
 * What DNS shows of each key of a domain, and a verdict on it.  Nothing is
 * changed, and no lock is taken.
 */

#ifndef DOMAIN_CHECK_H
#define DOMAIN_CHECK_H

#include "advice/advice.h"
#include "probe/outside.h"
#include "probe/sight.h"
#include "record/record.h"
#include "rotate/view.h"

/* From best to worst. */
enum check_verdict {
	CHECK_RIGHT,
	CHECK_NOT_YET,		/* a record must be published or seen */
	CHECK_WRONG		/* mail fails, or may fail */
};

/* Who has something to do; see check_need.h. */
enum check_need {
	CHECK_NEEDS_NOBODY,
	CHECK_WAITS,		/* for a time, or for the next rotation */
	CHECK_NEEDS_PERSON
};

struct key_check {
	const struct ks_key	*key;
	struct record		 record;	/* the one expected */
	struct dns_sight	 sight;
	enum lifecycle_outside	 outside;
	struct dns_outside	 resolvers;	/* zeroed: not asked */
	enum check_verdict	 verdict;
	char			 text[1400];	/* why, and how to fix it */
	bool			 has_file_fault;
	enum check_need		 need;
	int64_t			 until;	/* when it is over, or KS_NEVER */
};

struct domain_check {
	char			 domain[DKIMSIG_DOMAIN_SIZE];
	int64_t			 now;		/* time of the check */
	struct domain_view	 view;
	struct key_check	*keys;		/* all but removed ones */
	size_t			 nkeys;
	enum check_verdict	 verdict;	/* the worst of all */
	enum check_need		 need;		/* of all */
	char			*fault;		/* why nothing was checked */
	char			*dead_servers;	/* what to do; NULL: none */
	struct advice		*advice;	/* NULL: not gathered */
	enum lifecycle_start	 start;		/* whether mail is signed */
	int64_t			 starts_at;	/* from then on; or KS_NEVER */
};

/*
 * Check a domain; with_advice also gathers advice beyond the keys.  Returns 0
 * or KS_E_NOMEM; call domain_check_finish() in either case.
 */
int	domain_check_look(struct domain_check *check,
	    struct rotation_run *run, const char *domain, bool with_advice);
void	domain_check_finish(struct domain_check *check);

/*
 * The verdict on a CNAME of check->view: CHECK_RIGHT also if nothing is known
 * to be wrong with it.
 */
enum check_verdict domain_check_alias(const struct domain_check *check,
	    const struct view_alias *alias);

#endif /* DOMAIN_CHECK_H */
