/* SPDX-License-Identifier: ISC */

/*
 * What the milter would do with a message, and why: countersign-doctor
 * explain.  The message goes through message.c and policy.c as in the milter;
 * beside that, each factor of each source that allows its domain is looked
 * at, and what these need is asked for.
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
	bool			 allows;	/* the author domain, or one */
	bool			 holds;		/* all factors do */
	bool			 by_way;	/* policy_came_by() */
	struct factor_result	 results[POLICY_MAX_FACTORS];
	size_t			 nresults;	/* 0 unless it allows it */
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
	/* What nobody said of the message's way: a set of 1u << enum factor.
	 * Set after explain(). */
	unsigned int		 not_given;
};

/*
 * Put a message through.  All are borrowed until finish; facts has those of
 * the connection and the envelope.  resolver may be NULL where config asks
 * nothing of DNS.  False when out of memory; finish in any case.
 */
bool	explain(struct explanation *x, const struct config *config,
	    struct facts *facts, const struct mailfile *mail,
	    struct storepool *pool, struct dns_resolver *resolver);
void	explanation_finish(struct explanation *x);

/* Whether it would be signed. */
bool	explanation_signs(const struct explanation *x);
/* Whether only DNS keeps that from being known. */
bool	explanation_waits(const struct explanation *x);

/*
 * What a source asks by its i-th factor, and what there is, as text: values
 * of the configuration, the message and the MTA, but never a secret.  The
 * text is to be freed; NULL when out of memory.
 */
char	*explain_asked(const struct explanation *x,
	    const struct explained_source *source, size_t i);
char	*explain_found(const struct explanation *x,
	    const struct explained_source *source, size_t i);

/*
 * The option that was not given, without which a factor fails that may hold in
 * truth; NULL if it fails for another reason.
 */
const char *explain_not_given(const struct explanation *x,
	    const struct factor_result *result);
/* policy_explain(), which does not know of options. */
void	explain_why(const struct explanation *x, char *buf, size_t bufsize);

/* Why no source can prove the author: "" if one can. */
const char *explain_doubt(const struct explanation *x);

/*
 * The names of h= of a signature that was made, and "" where that fails.  To
 * be freed; NULL when out of memory.
 */
char	*explain_signed_names(const struct message_signature *signature);

/*
 * What would have to be otherwise for the message to be signed: need is
 * called for each such thing, source being the one that asks it, NULL if none
 * does.  False when out of memory.
 */
bool	explain_needs(const struct explanation *x, void (*need)(void *arg,
	    const struct source *source, const char *text), void *arg);

void	explain_print_text(FILE *fp, const struct explanation *x,
	    bool colours);
void	explain_print_json(FILE *fp, const struct explanation *x);

#endif /* EXPLAIN_H */
