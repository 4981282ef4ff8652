/* SPDX-License-Identifier: ISC */

/*
 * A read-only view of one domain: its policy, its state, its key files, and
 * what DNS showed.
 *
 * A view takes no lock and changes nothing on disk or in DNS.  A state file is
 * replaced as a whole, so a view never sees half of a change; but the file may
 * be replaced right after it was read.  To write, take the lock first and open
 * the view afterwards: struct domain_work in work.h does both.
 */

#ifndef DOMAIN_VIEW_H
#define DOMAIN_VIEW_H

#include "life/lifecycle.h"
#include "probe/outside.h"
#include "probe/sight.h"
#include "record/record.h"
#include "rotate/aliases.h"
#include "rotate/context.h"
#include "rotate/holdings.h"
#include "rotate/servers.h"
#include "store/strays.h"

/* What a view remembers about a key besides its facts. */
struct view_note {
	/* Both together identify the key. */
	char	 selector[KS_SELECTOR_SIZE];
	int64_t	 generated;
	char	*evidence;	/* what DNS showed; NULL: not looked up */
	char	*record;	/* the same of the record at its own name */
	char	*outside;	/* what resolvers showed; NULL: not asked */
	char	*published;	/* its record as DNS shows it, or NULL */
	bool	 was_loaded;	/* loading its file was tried */
	char	*fault;		/* why its file cannot be used, or NULL */
	bool	 was_told;	/* the report says why a step failed */
	bool	 is_dead;	/* behind a dead delegation */
};

struct domain_view {
	struct silent_server	*silents;	/* servers.h */
	size_t			 nsilents;
	char			*dead_delegation;	/* servers.h */
	struct view_alias	*aliases;	/* aliases.h */
	size_t			 naliases;
	bool			 omits_aliases;	/* somebody else tells them */
	struct rotation_run	*run;		/* borrowed */
	const struct rotation	*rotation;	/* of run->config */
	struct lifecycle_policy	 policy;
	struct ks_state		 state;
	struct lifecycle_fact	*facts;		/* one for each key */
	struct view_note	*notes;		/* one for each key */
	size_t			 nnotes;	/* of both */
	struct ks_strays	 strays;	/* when it was opened */
	struct view_holdings	 holdings;	/* of a fleet */
};

/*
 * Read the state of a domain, and check its key files.  Returns 0 or KS_E_*;
 * with KS_E_NODOMAIN, the view is one of a domain without keys.  Call
 * domain_view_close() in either case.
 */
int	domain_view_open(struct domain_view *view, struct rotation_run *run,
	    const char *domain, struct ks_error *error);
void	domain_view_close(struct domain_view *view);

/*
 * The same, but without the key files and what was ever known of them: a view
 * for domain_view_sight() alone, at a fraction of the cost.
 */
int	domain_view_read(struct domain_view *view, struct rotation_run *run,
	    const char *domain, struct ks_error *error);

/*
 * Update the facts that do not come from DNS: last use and key file.  Must also
 * be called after keys were added or removed; what is known about the other
 * keys is kept.  Returns 0 or KS_E_*.
 */
int	domain_view_refresh(struct domain_view *view, struct ks_error *error);

/*
 * Set the facts about the key files, and store_fault in the policy; a part of
 * domain_view_refresh().  Returns 0, or KS_E_* if the store cannot be read.
 */
int	domain_view_files(struct domain_view *view, struct ks_error *error);

/*
 * Make the record that a key should have, and look up what DNS shows.  Returns
 * 0, and the caller calls dns_sight_finish(), or KS_E_*.
 */
int	domain_view_sight(const struct domain_view *view,
	    const struct ks_key *key, struct record *record,
	    struct dns_sight *sight, struct ks_error *error);

/*
 * Copy what DNS shows to the facts of a key.  Of the view from outside this
 * sets whether it is wanted, and whether it can be had.
 */
void	domain_view_take_fact(const struct domain_view *view,
	    struct lifecycle_fact *fact, const struct dns_sight *sight);

/*
 * Ask the resolvers of the configuration what they show for the record of a
 * key; all name servers must show it.  Returns 0, and the caller calls
 * dns_outside_finish(), or KS_E_*.
 */
int	domain_view_outside(const struct domain_view *view,
	    const struct record *record, struct dns_outside *outside,
	    struct ks_error *error);

/* What resolvers outside showed, as domain_view_evidence(). */
const char *domain_view_outside_evidence(const struct domain_view *view,
	    size_t i);

/*
 * What DNS showed for a key, in one line; "..." if it was not looked up.  Valid
 * until the next look-up for this key.
 */
const char *domain_view_evidence(const struct domain_view *view, size_t i);

/* The same of the record at its own name, not of a CNAME that leads to it. */
const char *domain_view_record_evidence(const struct domain_view *view,
	    size_t i);

/*
 * The first key that could start signing in place of another one if all servers
 * answered, that is if all that do answer show its record.  NULL if there is
 * none.
 */
const struct ks_key *domain_view_waiting(const struct domain_view *view,
	    const struct ks_key *signs, int64_t now);

#endif /* DOMAIN_VIEW_H */
