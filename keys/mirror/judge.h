/* SPDX-License-Identifier: ISC */

/*
 * Whether a row of the database is news for this host (DESIGN, section 5).
 *
 * Whoever has the database can remove rows, put old ones back, and exchange
 * them or their blobs; what he cannot do is sign.  So a row is taken only if a
 * member signed it, for this place, later than the row that this host has, and
 * knowing that one.  Everything else is an alarm, and changes nothing.
 */

#ifndef MIRROR_JUDGE_H
#define MIRROR_JUDGE_H

#include "kept/rows.h"
#include "signed/members.h"
#include "signed/row.h"

enum fleet_verdict {
	FLEET_NEWS,		/* to be taken */
	FLEET_SAME,		/* what this host has */
	/* Alarms. */
	FLEET_UNSIGNED,		/* not the text of a row that a member signed */
	FLEET_OLDER,		/* than what this host has */
	FLEET_CHANGED,		/* another text with the same number */
	FLEET_FORKED,		/* written without knowing what this host has */
	FLEET_REGRESSED,	/* takes back what cannot be taken back */
	FLEET_BLOB,		/* its blob is another one */
	FLEET_BROKEN		/* not the row's fault: out of memory, ... */
};

/* A row as the database has it: what its columns say, borrowed. */
struct fleet_found {
	const char	*domain, *selector;
	int64_t		 change;
	const void	*octets;
	size_t		 len;
	const void	*signature;	/* FLEET_SIGNATURE octets */
	size_t		 signaturelen;
	const void	*blob;		/* NULL: none, or not fetched */
	size_t		 bloblen;
	bool		 has_blob;	/* it was fetched, if there is one */
};

/*
 * Judge a row by what this host has of its domain, and set *row to what it
 * says; its texts are borrowed from the octets.  why names the row for all
 * verdicts but FLEET_NEWS and FLEET_SAME.
 *
 * A row that is kept is FLEET_SAME only while its signature counts.
 */
enum fleet_verdict fleet_judge(const struct fleet_members *members,
	    const struct fleet_kept *kept, const struct fleet_found *found,
	    struct fleet_row *row, struct ks_error *why);

/* A word for a verdict, as in "older"; static. */
const char *fleet_verdict_word(enum fleet_verdict verdict);

#endif /* MIRROR_JUDGE_H */
