/* SPDX-License-Identifier: ISC */

/*
 * A message and a source, both as literals, and what is to be decided.
 *
 * Each source allows example.com, of which each message is; what a source
 * does not hold for it rejects.
 */

#ifndef POLICYCASE_H
#define POLICYCASE_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/facts.h"
#include "policy/policy.h"

#define POLICYCASE_NOW	1000000		/* when the messages come */

/* Of the facts of a message, what is not empty. */
struct given {
	const char	*client, *ptr, *daemon, *port;
	const char	*helo, *cn, *issuer, *login, *envelope;
	enum tls_version tls;
	/* "Name: value\n"...; only those of policycase_headers are kept. */
	const char	*headers;
	struct {
		const char	*domain;
		enum fact_answer covers;
	}		 spf[3];
	/* In From, all that readers may find unless there are more. */
	struct {
		const char	*local, *domain;
	}		 addresses[3];
	bool		 more_addresses;
	bool		 dkim_known;
	const struct fact_signature *signatures;	/* known with them */
	size_t		 nsignatures;
};

struct wanted {
	enum action	 action;
	enum policy_reason	reason;
	enum factor	 factor;	/* that failed, or is asked about */
	enum outcome	 outcome;	/* of it; of the last if none failed */
	enum question	 question;
};

struct policycase {
	const char	*name;
	const struct source *source;
	struct given	 given;
	struct wanted	 wanted;
};

#define SIGNS		{ ACTION_SIGN, REASON_MATCH, FACTOR_DKIM, \
			OUTCOME_HOLDS, QUESTION_NONE }
#define SIGNS_WARNING	{ ACTION_SIGN, REASON_MATCH, FACTOR_DKIM, \
			OUTCOME_WARNING, QUESTION_NONE }
#define FAILS(f, o)	{ ACTION_REJECT, REASON_MISMATCH, FACTOR_ ## f, \
			OUTCOME_ ## o, QUESTION_NONE }
#define LATE(f)		{ ACTION_TEMPFAIL, REASON_UNKNOWN, FACTOR_ ## f, \
			OUTCOME_TEMPFAIL, QUESTION_NONE }
#define LATE_BY(f, o)	{ ACTION_TEMPFAIL, REASON_UNKNOWN, FACTOR_ ## f, \
			OUTCOME_ ## o, QUESTION_NONE }
#define ASKS(f)		{ ACTION_UNDECIDED, REASON_UNKNOWN, FACTOR_ ## f, \
			OUTCOME_UNKNOWN, QUESTION_ ## f }

#define ARRAY(type, ...)	(const type[]){ __VA_ARGS__ }, \
			sizeof((const type[]){ __VA_ARGS__ }) / sizeof(type)
#define TEXTS(...)	{ ARRAY(char *const, __VA_ARGS__) }
#define SOURCE(...)	{ .name = "s", .domains = TEXTS("example.com"), \
			.on_mismatch = ACTION_REJECT, __VA_ARGS__ }

extern const struct text_list policycase_headers;

/* Facts of zeros, or ones that were reset. */
void	policycase_fill(struct facts *facts, const struct given *given);

/* Decide each, and fail the test where it is not as wanted. */
void	policycase_run(const struct policycase *cases, size_t n);

#endif /* POLICYCASE_H */
