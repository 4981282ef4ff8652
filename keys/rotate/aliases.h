/* SPDX-License-Identifier: ISC */

/*
 * The CNAMEs of a domain: those that its owner has to enter, and what DNS shows
 * of each.
 */

#ifndef DOMAIN_ALIASES_H
#define DOMAIN_ALIASES_H

#include "life/slots.h"
#include "probe/alias.h"

struct dns_sight;
struct domain_report;
struct domain_view;

struct view_alias {
	char	 selector[KS_SELECTOR_SIZE];
	enum dkimsig_algorithm	 algorithm;
	char	 name[DKIMSIG_DOMAIN_SIZE];	/* of the CNAME */
	char	 target[DKIMSIG_DOMAIN_SIZE];
	char	 zone[DKIMSIG_DOMAIN_SIZE];	/* of name; "": not found */
	enum dns_alias_fault	 fault;
	enum lifecycle_view	 record;	/* at target, if asked */
	char	*evidence;	/* what DNS showed, or NULL */
};

/*
 * Remember what a sight of a key shows of its CNAME, if it has one.  Without
 * memory, it is asked again.
 */
void	domain_view_note_alias(struct domain_view *view,
	    const struct ks_key *key, const struct dns_sight *sight);

/*
 * Ask DNS for the CNAMEs of all slots (slots.h) that were not asked yet, and
 * put all in the order of the slots.  Returns 0, whatever DNS shows, or
 * KS_E_NOMEM.
 */
int	domain_view_look_aliases(struct domain_view *view, int64_t now,
	    struct ks_error *error);

/* "is missing", ...; static. */
const char *domain_alias_fault_text(enum dns_alias_fault fault);

/*
 * What is wrong with a CNAME, and the line to enter, in one line of text.
 */
#define ALIAS_TEXT_SIZE	2048
void	domain_view_print_alias(const struct domain_view *view,
	    const struct view_alias *alias, int64_t now,
	    char text[ALIAS_TEXT_SIZE]);

/* Report CNAMEs that are missing or wrong: each is a trouble. */
void	domain_view_report_aliases(const struct domain_view *view,
	    struct domain_report *report, int64_t now);

/* Whether the selector must have a CNAME. */
bool	domain_view_wants_alias(const struct domain_view *view,
	    const char *selector, int64_t now);

void	domain_view_free_aliases(struct domain_view *view);

#endif /* DOMAIN_ALIASES_H */
