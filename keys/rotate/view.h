/* SPDX-License-Identifier: ISC */

/*
 * A read-only view of one domain: its policy, its state, its key files, and
 * what DNS showed when it was asked.
 *
 * A view takes no lock and changes nothing on disk or in DNS.  A state is
 * replaced as a whole, so it is never half new; but a writer may replace it
 * right after it was read.  To write, take the lock first and then the view:
 * struct domain_work in work.h does both.
 */

#ifndef DOMAIN_VIEW_H
#define DOMAIN_VIEW_H

#include "life/lifecycle.h"
#include "probe/sight.h"
#include "record/record.h"
#include "rotate/context.h"

/* What is remembered of a key besides its facts. */
struct view_note {
	char	 selector[KS_SELECTOR_SIZE];	/* with generated: which key */
	int64_t	 generated;
	char	*evidence;	/* what DNS showed; NULL: not looked at */
	char	*published;	/* its record as DNS shows it, or NULL */
	bool	 was_loaded;	/* its file was tried */
	char	*fault;		/* why it cannot be used, or NULL */
};

struct domain_view {
	struct rotation_run	*run;		/* borrowed */
	const struct rotation	*rotation;	/* of run->config */
	struct lifecycle_policy	 policy;
	struct ks_state		 state;
	struct lifecycle_fact	*facts;		/* one for each key, */
	struct view_note	*notes;		/* so are they */
	size_t			 nnotes;
};

/*
 * Read the state of a domain, and see to its files.  Returns 0 or KS_E_*;
 * KS_E_NODOMAIN leaves a view of a domain without keys.  domain_view_close()
 * in either case.
 */
int	domain_view_open(struct domain_view *view, struct rotation_run *run,
	    const char *domain, struct ks_error *error);
void	domain_view_close(struct domain_view *view);

/*
 * Update the facts that do not come from DNS: last use, key file.  Also after
 * keys were added or removed: what is known of the others is kept.
 */
int	domain_view_refresh(struct domain_view *view, struct ks_error *error);

/*
 * Find the facts about the key files, and whether something is wrong with the
 * store; part of domain_view_refresh().  Returns 0, or KS_E_* if this cannot
 * be found out.
 */
int	domain_view_files(struct domain_view *view, struct ks_error *error);

/*
 * What DNS shows of the record that a key should have.  Returns 0, and
 * dns_sight_finish() is the caller's, or KS_E_*.
 */
int	domain_view_sight(const struct domain_view *view,
	    const struct ks_key *key, struct record *record,
	    struct dns_sight *sight, struct ks_error *error);

/* The facts of a key that DNS shows. */
void	domain_view_take_fact(struct lifecycle_fact *fact,
	    const struct dns_sight *sight);

/* "..." if nothing was looked up; valid until the next look-up. */
const char *domain_view_evidence(const struct domain_view *view, size_t i);

/*
 * The key of an algorithm that could start signing if all servers answered:
 * those that answer show its record.  NULL if there is none.
 */
const struct ks_key *domain_view_waiting(const struct domain_view *view,
	    enum dkimsig_algorithm algorithm, int64_t now);

#endif /* DOMAIN_VIEW_H */
