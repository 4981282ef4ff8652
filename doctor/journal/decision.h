/* SPDX-License-Identifier: ISC */

/*
 * Room doctor/journal: the decisions of the milter, read back from logs.
 *
 * One decision, as the front logs it: LOGGING in countersign-milter(8).
 */

#ifndef JOURNAL_DECISION_H
#define JOURNAL_DECISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DECISION_MAX_LINE	8192	/* octets; the front writes 4095 */
#define DECISION_MAX_LIST	64	/* texts of one list */
#define DECISION_NO_TIME	INT64_C(-1)
#define DECISION_NO_HOPS	(-1LL)

/* What was done, or would have been. */
enum logged_action {
	LOGGED_SIGNED,
	LOGGED_REJECTED,
	LOGGED_TEMPFAILED,
	LOGGED_QUARANTINED,
	LOGGED_PASSED
};
#define LOGGED_NACTIONS		(LOGGED_PASSED + 1)

/* A list of texts. */
struct logged_list {
	const char	*texts[DECISION_MAX_LIST];
	size_t		 n;
	bool		 is_cut;	/* there were more */
};

/*
 * A decision that was logged.  Texts are NULL if the line does not have the
 * key; they point into the struct itself, so use decision_copy() to copy it.
 * They come from a log: print them with print_safe().
 */
struct logged_decision {
	int64_t		 time;		/* seconds since the epoch, or
					 * DECISION_NO_TIME */
	const char	*qid;		/* never NULL; "" if there was none */
	const char	*action;	/* never NULL: "signed", "passed"... */
	const char	*client;
	const char	*author;
	const char	*source;
	const char	*preset;
	const char	*bodyhash;
	const char	*reason;
	const char	*cause;		/* one word for it */
	const char	*list_id;
	const char	*way;		/* "web", "fetched", ... */
	const char	*dkim2_domain;	/* of the last hop */
	const char	*stream;	/* whose keys signed, or were missing */
	/* What factors found although the source requires another value. */
	const char	*ptr, *helo, *cert_cn, *cert_issuer, *login, *daemon;
	const char	*envelope, *author_address, *header_value;
	struct logged_list authors, factors, signatures, fragile, mentioned;
	struct logged_list other_signatures;
	bool		 observed;
	bool		 author_uncertain, too_many_addresses;
	bool		 truncated;	/* the line lacks some keys */
	long long	 removed_fields, from_fields, elapsed_ms;
	long long	 hops;		/* DECISION_NO_HOPS: not logged */
	long long	 dkim2_hops;	/* the same */

	size_t		 used;		/* octets of text */
	char		 text[DECISION_MAX_LINE];
};

/*
 * Read a line without what syslog puts before it: pairs, or a JSON object.
 * Returns false if it is not the line of a decision.
 */
bool	decision_parse(struct logged_decision *d, const char *line, size_t len);

void	decision_copy(struct logged_decision *to,
	    const struct logged_decision *from);

enum logged_action decision_action(const struct logged_decision *d);
/* "signed", ... */
const char *decision_action_name(enum logged_action action);

/* Whether the action is this one: "signed". */
bool	decision_is(const struct logged_decision *d, const char *action);

/* The author domain, or the first of several; NULL if there is none. */
const char *decision_domain(const struct logged_decision *d);

#endif /* JOURNAL_DECISION_H */
