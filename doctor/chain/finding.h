/* SPDX-License-Identifier: ISC */

/*
 * What was found about one thing that mail depends on.
 *
 * A check adds a finding in any case, also if all is well, so that the number
 * of checks is known.  countersign-doctor(8) lists the ids; a test compares
 * that list with the code.
 */

#ifndef FINDING_H
#define FINDING_H

#include <stdbool.h>
#include <stddef.h>

enum finding_state {
	FINDING_WELL,
	FINDING_NOTE,		/* may be intended, and mail works */
	FINDING_UNKNOWN,	/* cannot be found out now, or not by us */
	FINDING_PROBLEM		/* mail, signatures or keys are at risk */
};

struct finding {
	const char		*id;	/* kebab-case; static */
	enum finding_state	 state;
	const char		*area;	/* "key store"; static */
	char			*subject;	/* a path, a domain, ... */
	char			*text;	/* one paragraph */
	/*
	 * Commands for the shell of root, one a line, that remove the cause and
	 * may be repeated; NULL if a person must decide: text says what.
	 */
	char			*fix;
};

/* Zeroed before its first use. */
struct findings {
	struct finding	*list;		/* in the order of the checks */
	size_t		 n, size;
	bool		 is_incomplete;	/* out of memory */
};

/*
 * Add a finding.  id and area are kept, the rest is copied; control characters
 * are replaced in texts.  A fix with anything but ASCII, or an empty one, is
 * left out.
 */
void	findings_add(struct findings *findings, const char *id,
	    enum finding_state state, const char *area, const char *subject,
	    const char *fix, const char *format, ...)
	    __attribute__((format(printf, 7, 8)));
void	findings_finish(struct findings *findings);

size_t	findings_count(const struct findings *findings,
	    enum finding_state state);

/* "well", "note", "unknown" or "problem". */
const char *finding_state_name(enum finding_state state);

#endif /* FINDING_H */
