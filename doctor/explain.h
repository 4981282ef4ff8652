/* SPDX-License-Identifier: ISC */

/*
 * Explain what the milter would do with a message, and why.  The message goes
 * through message/ and policy/ as in the milter.  In addition, every factor of
 * every source that allows the author domain is checked, with the DNS lookups
 * that it needs.
 */

#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config/config.h"
#include "diagnose/mailfile.h"
#include "message/message.h"
#include "message/upstream.h"
#include "policy/facts.h"
#include "policy/policy.h"
#include "storepool.h"

/* One source of the configuration. */
struct explained_source {
	const struct source	*source;
	bool			 allows;	/* an author domain */
	bool			 holds;		/* all its factors hold */
	bool			 came_by_route;	/* policy_came_by() */
	struct factor_result	 results[POLICY_MAX_FACTORS];
	size_t			 nresults;	/* 0 unless allows */
};

struct explanation {
	const struct config	*config;
	const struct mailfile	*mail;
	struct facts		*facts;
	struct storepool	*pool;
	struct message		*message;
	struct message_means	 means;
	struct fate		 fate;
	struct explained_source	*sources;	/* config->nsources of them */
	struct upstream		*upstream;
	/* The factors whose option was not given: a set of 1u << enum factor.
	 * The caller sets it after explain(). */
	unsigned int		 not_given;
};

/*
 * Decide about the message and examine every source.  All arguments are
 * borrowed until explanation_finish().  facts has the facts of the connection
 * and the envelope.  resolver may be NULL if config needs no DNS.  Returns
 * false when out of memory; the caller must finish x in both cases.
 */
bool	explain(struct explanation *x, const struct config *config,
	    struct facts *facts, const struct mailfile *mail,
	    struct storepool *pool, struct dns_resolver *resolver);
void	explanation_finish(struct explanation *x);

/* Whether the milter would sign the message. */
bool	explanation_signs(const struct explanation *x);
/* Whether that is unknown because DNS did not answer. */
bool	explanation_awaits_dns(const struct explanation *x);

/*
 * What the i-th factor of a source requires, and what was found, as text:
 * values from the configuration, the message and the MTA, but no secrets.
 * The caller frees the text.  Returns NULL when out of memory.
 */
char	*explain_required(const struct explanation *x,
	    const struct explained_source *source, size_t i);
char	*explain_found(const struct explanation *x,
	    const struct explained_source *source, size_t i);

/*
 * The option whose absence makes a factor fail that may hold in reality; NULL
 * if the factor holds or fails for another reason.
 */
const char *explain_missing_option(const struct explanation *x,
	    const struct factor_result *result);
/* As policy_explain(), but names an option that was not given. */
void	explain_why(const struct explanation *x, char *buf, size_t bufsize);

/* Why no source can prove the author; "" if a source can. */
const char *explain_author_error(const struct explanation *x);

/*
 * The names in h= of a signature that was made; "" if it cannot be parsed.
 * The caller frees the text.  Returns NULL when out of memory.
 */
char	*explain_signed_names(const struct message_signature *signature);

/*
 * What would have to change for the i-th factor of a source, which does not
 * hold.  A long text is cut.  Returns false when out of memory.
 */
bool	explain_need(const struct explanation *x,
	    const struct explained_source *source, size_t i, char *buf,
	    size_t bufsize);

/*
 * Call need for each thing that would have to change for the message to be
 * signed.  source is the one that requires it, or NULL.  Returns false when
 * out of memory.
 */
bool	explain_needs(const struct explanation *x, void (*need)(void *arg,
	    const struct source *source, const char *text), void *arg);

#define EXPLAIN_MAX_OPEN	6		/* fields that are judged */
#define EXPLAIN_LONG_LIFE	(7 * 86400)	/* seconds; longer is long */

/* A field in which a copy of the signed message can differ. */
struct replay_open {
	const char	*name;
	const char	*opening;	/* "is not signed" */
	const char	*harm;
};

/* What can be done with copies of a message after it was signed. */
struct replay_risk {
	int64_t		 seconds;	/* the signature is valid; 0: always */
	bool		 is_long;
	struct replay_open open[EXPLAIN_MAX_OPEN];
	size_t		 nopen;
};

/* False if the message is not signed, nor would be without observing. */
bool	explain_replay(const struct explanation *x, struct replay_risk *risk);

void	explain_print_text(FILE *fp, const struct explanation *x,
	    bool colours);
void	explain_print_json(FILE *fp, const struct explanation *x);

#endif /* EXPLAIN_H */
