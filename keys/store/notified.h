/* SPDX-License-Identifier: ISC */

/*
 * What people were told of, by notify_hook:
 *
 *	keydir/notified
 *
 * The first line is "countersign-notified 1".  The others have one space
 * between their fields, in this order; "-" stands for no contact, no time, all
 * domains, or the whole domain.  Times are as in RFC 3339, in UTC.
 *
 *	hook CONTACT PATH
 *		the general contact and the program in the last run: they are
 *		needed when the configuration cannot be read
 *	begun TIME
 *		a run over all domains began, and has not ended
 *	failed SINCE TEXT
 *		rotation as a whole fails, apart from single domains
 *	contact LAST SINCE TRIED CONTACT TEXT
 *		the last notice to a contact; and since when the program has
 *		failed for it, when it last did, and why
 *	told FIRST LAST SEVERITY WORD DOMAIN SELECTOR CONTACT
 *		a trouble that a contact was told of, first and last
 *
 * Rotation replaces the file after each notice.  If it is lost, all that exists
 * is told again, and what has ended meanwhile is not told.
 */

#ifndef NOTIFIED_H
#define NOTIFIED_H

#include "store/keystore.h"
#include "store/trouble_file.h"

#define KS_MAX_TOLD		100000		/* lines "told" */
#define KS_MAX_CONTACTS		10000		/* lines "contact" */
#define KS_MAX_NOTIFIED_FILE	(80 * 1048576)	/* octets */
#define KS_CONTACT_SIZE		256		/* octets, NUL included */
#define KS_FAILURE_SIZE		512
#define KS_HOOK_SIZE		4096

struct ks_told {
	int64_t	 first, last;
	bool	 was_critical;
	char	 word[KS_TROUBLE_WORD_SIZE];
	char	 domain[DKIMSIG_DOMAIN_SIZE];	/* "": all domains */
	char	 selector[KS_SELECTOR_SIZE];	/* or "-" */
	char	 contact[KS_CONTACT_SIZE];	/* or "" */
	bool	 is_over;	/* not to be written */
};

struct ks_contact {
	char	 contact[KS_CONTACT_SIZE];	/* or "" */
	int64_t	 last;		/* notice, or KS_NEVER */
	int64_t	 since, tried;	/* of a failure, or KS_NEVER */
	char	 failure[KS_FAILURE_SIZE];	/* why, or "" */
};

struct ks_notified {
	char			 hook[KS_HOOK_SIZE];	/* "": no such line */
	char			 general[KS_CONTACT_SIZE];
	int64_t			 begun;			/* or KS_NEVER */
	int64_t			 failed_since;		/* or KS_NEVER */
	char			 failure[KS_FAILURE_SIZE];
	struct ks_contact	*contacts;
	size_t			 ncontacts;
	struct ks_told		*told;
	size_t			 ntold;
};

void	ks_notified_init(struct ks_notified *notified);
void	ks_notified_finish(struct ks_notified *notified);

/* Add a copy.  Returns 0, or KS_E_NOMEM if there is no room or no memory. */
int	ks_notified_add_told(struct ks_notified *notified,
	    const struct ks_told *told);

/* The line of a contact, or NULL. */
struct ks_contact *ks_notified_find(const struct ks_notified *notified,
	    const char *contact);

/*
 * The line of a contact, which is added if there is none; NULL if there is no
 * room or no memory.  It is valid until the next call.
 */
struct ks_contact *ks_notified_contact(struct ks_notified *notified,
	    const char *contact);

/*
 * Read the file; there may be none.  Returns 0, KS_E_UNSAFE, KS_E_SYSTEM,
 * KS_E_NOMEM, or KS_E_DAMAGED: error names the line.  On failure notified is as
 * after ks_notified_init().  ks_notified_finish() frees it in any case.
 */
int	ks_notified_read(struct keystore *ks, struct ks_notified *notified,
	    struct ks_error *error);

/*
 * Replace the file.  The caller holds the lock of the run.  Returns 0 or
 * KS_E_*.
 */
int	ks_notified_write(struct keystore *ks,
	    const struct ks_notified *notified, struct ks_error *error);

#endif /* NOTIFIED_H */
