/* SPDX-License-Identifier: ISC */

/*
 * One message: its header fields become facts and a digest, then it is decided
 * and signed.
 *
 * From is read separately from the library's signer, which takes no more
 * fields once a limit is reached.  The authors must be known even then, because
 * only mail that we would have to sign is refused for its size.
 *
 * If the decision depends on signatures that the message arrived with, it is
 * made after the body was read.  The body is then hashed in one pass for those
 * signatures and for our own.
 */

#include "message/message.h"

#include <stdlib.h>
#include <string.h>

#include "dkimsig/dkimsig.h"
#include "message/fold.h"
#include "message/ours.h"
#include "message/private.h"

struct message *
message_new(const struct config *config, struct facts *facts,
    const struct message_means *means)
{
	struct dkimsig_signer_opts opts = {
		.body_canons = 1u << config->body_canon,
		.max_header = config->max_header,
		.max_fields = config->max_fields,
	};
	struct message *m;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return NULL;
	m->config = config;
	m->facts = facts;
	m->means = means;
	facts->now = means->now();
	m->failure = dkimsig_signer_new(&m->signer, &opts);
	if (dkimsig_authors_new(&m->authors) != 0)
		message_keep_failure(m, DKIMSIG_E_NOMEM);
	else if (config->asks_authors)
		dkimsig_authors_keep_addresses(m->authors);
	if (config->asks_dkim &&
	    (m->upstream = upstream_new(facts->now,
	    config->covered_names.texts, config->covered_names.n)) == NULL)
		message_keep_failure(m, DKIMSIG_E_NOMEM);
	return m;
}

void
message_free(struct message *m)
{
	if (m == NULL)
		return;
	while (m->nsignatures > 0)
		free(m->signatures[--m->nsignatures].value);
	free(m->signatures);
	dkimsig_signer_free(m->signer);
	upstream_free(m->upstream);
	removals_finish(&m->removals);
	dkimsig_authors_free(m->authors);
	free(m->recipients);
	free(m);
}

void
message_header(struct message *m, const char *name, size_t namelen,
    const char *value, size_t valuelen)
{
	const char *wire = value;
	size_t wirelen = valuelen;
	char *folded = NULL;
	int r;

	if (memchr(value, '\n', valuelen) != NULL) {
		folded = fold_to_crlf(value, valuelen, &wirelen);
		if (folded == NULL) {
			message_keep_failure(m, DKIMSIG_E_NOMEM);
			return;
		}
		wire = folded;
	}
	/* After a malformed field, the signer takes no more fields. */
	if (m->failure == 0 && !m->facts->malformed &&
	    (r = dkimsig_signer_header(m->signer, name, namelen, wire,
	    wirelen)) != 0) {
		if (r == DKIMSIG_E_SYNTAX)
			m->facts->malformed = true;
		else
			message_keep_failure(m, r);
	}
	/* It keeps its own errors, limits included, for upstream_judge(). */
	if (m->upstream != NULL)
		upstream_header(m->upstream, name, namelen, wire, wirelen);
	if (facts_add_header(m->facts, m->config, name, namelen, wire,
	    wirelen) != 0 || removals_field(&m->removals, m->config, name,
	    namelen, wire, wirelen) != 0)
		message_keep_failure(m, DKIMSIG_E_NOMEM);
	traces_field(&m->traces, name, namelen, wire, wirelen);
	if (message_add_author(m, name, namelen, wire, wirelen) != 0)
		message_keep_failure(m, DKIMSIG_E_NOMEM);
	free(folded);
}

static enum asked
wants_signature(void *arg, const char *sdid, const char *selector)
{
	const struct message *m = arg;

	return policy_asks_signature(m->facts, m->config, sdid, selector);
}

static void
gather_facts(struct message *m)
{
	struct facts *f = m->facts;

	if (message_keep_authors(m) != 0)
		message_keep_failure(m, DKIMSIG_E_NOMEM);
	if (m->failure == 0 && !f->malformed)
		m->failure = dkimsig_signer_end_headers(m->signer);
	if (m->upstream != NULL)
		upstream_end_headers(m->upstream, wants_signature, m);
	if (m->signer != NULL)
		f->faults = dkimsig_signer_faults(m->signer);
}

/* Whether an earlier factor was proven by the same signature as the i-th. */
static bool
is_counted(const struct decision *decision, size_t i)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (decision->results[j].factor == FACTOR_DKIM &&
		    decision->results[j].signature ==
		    decision->results[i].signature)
			return true;
	return false;
}

/* Return the uses that the first n results took: nothing was signed. */
static void
return_uses(struct message *m, size_t n)
{
	const struct decision *decision = &m->decision;
	size_t i;

	for (i = 0; i < n; i++)
		if (decision->results[i].factor == FACTOR_DKIM &&
		    !is_counted(decision, i))
			replay_return(m->means->replay,
			    m->facts->signatures[decision->results[
			    i].signature].digest);
}

/*
 * Count one use of each signature that the decision rests on, or of none of
 * them.  If one was used too often before, that becomes a fact and REPLAY_SEEN
 * is returned: the message must be decided again.
 */
static enum replay_result
take_uses(struct message *m)
{
	const struct decision *decision = &m->decision;
	const struct factor_result *result;
	struct fact_signature *signature;
	enum replay_result used;
	size_t i;

	for (i = 0; i < decision->nresults; i++) {
		result = &decision->results[i];
		if (result->factor != FACTOR_DKIM || is_counted(decision, i))
			continue;
		signature = &m->facts->signatures[result->signature];
		used = replay_use(m->means->replay, signature->digest,
		    signature->timestamp + result->dkim->max_age,
		    result->dkim->max_uses, m->facts->now);
		if (used == REPLAY_OK)
			continue;
		return_uses(m, i);
		if (used == REPLAY_SEEN)
			signature->used_up = true;
		return used;
	}
	return REPLAY_OK;
}

/* False if the signatures cannot be verified now; the failure is kept. */
static bool
ask_dkim(struct message *m)
{
	const int r = answers_dkim(&m->means->answers, m->facts, m->upstream);

	if (r != 0)
		message_keep_failure(m, r);
	else
		ours_ask(m->means->signers, m->config->sign_timeout_ms,
		    m->facts);
	return r == 0;
}

/*
 * Decide, and answer the questions that the decision asks.  It stays undecided
 * if an answer needs the body and the body was not read yet, or cannot be had.
 */
static void
decide(struct message *m)
{
	struct decision *decision = &m->decision;

	for (;;) {
		policy_decide(m->facts, m->config, decision);
		if (decision->action != ACTION_UNDECIDED)
			return;
		if (decision->question != QUESTION_SPF) {
			if (m->stage == MESSAGE_HEADER || !ask_dkim(m))
				return;
		} else if (answers_spf(&m->means->answers, m->facts,
		    decision->spf_domain) != 0) {
			/* Without this, it would be asked for forever. */
			decision->action = ACTION_TEMPFAIL;
			return;
		}
	}
}

static bool
is_observed(const struct message *m)
{
	return m->config->observe || m->decision.observed;
}

/* Why a message is not signed. */
static enum fate_cause
unsigned_cause(const struct decision *decision)
{
	if (decision->reason == REASON_FAULT)
		return CAUSE_FAULT;
	if (decision->reason == REASON_UNCLEAR)
		return CAUSE_UNCLEAR;
	if (decision->reason != REASON_UNKNOWN)
		return CAUSE_MISMATCH;
	return decision->failed < decision->nresults &&
	    decision->results[decision->failed].outcome ==
	    OUTCOME_NO_SIGNER ? CAUSE_SYSTEM : CAUSE_DNS;
}

static void
set_unsigned_fate(struct message *m)
{
	enum action action = m->decision.action;
	char reason[MESSAGE_REASON_SIZE];

	policy_explain(&m->decision, m->facts, reason, sizeof(reason));
	message_set_fate(m, action, action == ACTION_PASS ? CAUSE_NONE :
	    unsigned_cause(&m->decision), reason);
}

/* Act on the decision: go to MESSAGE_SIGNING, or set the fate. */
static void
settle(struct message *m)
{
	m->stage = MESSAGE_SETTLED;
	/*
	 * Without memory the facts may be incomplete, so they decide nothing.
	 * If the decision waits for signatures and a limit was exceeded, the
	 * signatures do not matter: the sender is told of the limit.
	 */
	if (m->failure == DKIMSIG_E_NOMEM ||
	    (m->failure != 0 && m->decision.action == ACTION_UNDECIDED))
		message_fail(m);
	else if (m->decision.action != ACTION_SIGN)
		set_unsigned_fate(m);
	else if (m->failure != 0)
		message_fail(m);
	else if (message_find_keys(m)) {
		if (is_observed(m))
			message_set_fate(m, ACTION_SIGN, CAUSE_NONE, "");
		else
			m->stage = MESSAGE_SIGNING;
	}
	/* It may contain a secret that cannot be removed: do not deliver it. */
	if (m->removals.overflow && action_delivers(m->fate.action) &&
	    !is_observed(m))
		message_set_fate(m, ACTION_REJECT, CAUSE_SIZE,
		    "more header fields to remove than the limit allows");
}

static void
get_fate(const struct message *m, struct fate *fate)
{
	*fate = m->fate;
	fate->observed = is_observed(m);
}

/* The MTA accepts removals and quarantine only at end of message. */
static bool
needs_end(const struct message *m, const struct fate *fate)
{
	if (m->stage != MESSAGE_SETTLED)
		return true;
	if (fate->observed || action_delivers(fate->action))
		return !m->config->observe && removals_any(&m->removals);
	return fate->action == ACTION_QUARANTINE;
}

bool
message_decide(struct message *m, struct fate *fate)
{
	gather_facts(m);
	decide(m);
	if (m->decision.action == ACTION_UNDECIDED && m->failure == 0)
		m->stage = MESSAGE_WAITING;
	else
		settle(m);
	get_fate(m, fate);
	return !needs_end(m, fate);
}

bool
message_wants_body(const struct message *m)
{
	return m->failure == 0 &&
	    (m->stage == MESSAGE_WAITING || m->stage == MESSAGE_SIGNING);
}

void
message_body(struct message *m, const void *chunk, size_t len)
{
	int r;

	if (!message_wants_body(m))
		return;
	if (!m->facts->malformed &&
	    (r = dkimsig_signer_body(m->signer, chunk, len)) != 0)
		message_keep_failure(m, r);
	if (m->stage == MESSAGE_WAITING)
		upstream_body(m->upstream, chunk, len);
}

bool
message_is_fragile(const struct message *m)
{
	return (m->facts->faults & DKIMSIG_FAULT_LONG_LINE) != 0 ||
	    ((m->facts->faults & DKIMSIG_FAULT_8BIT_BODY) != 0 &&
	    !m->config->eight_bit_safe);
}

/* Set the fate of a message whose source does not sign such a body; false if it
 * may be signed. */
static bool
stop_fragile(struct message *m)
{
	const struct source *source = m->decision.source;
	const char *what;

	if (source->on_fragile == ACTION_PASS || !message_is_fragile(m))
		return false;
	what = (m->facts->faults & DKIMSIG_FAULT_LONG_LINE) != 0 ?
	    "a line over 998 octets, which the next MTA breaks" :
	    "an 8-bit body, which another MTA may convert";
	message_set_fate(m, source->on_fragile, CAUSE_FRAGILE, what);
	return true;
}

/* The whole message was read: make the final decision, and sign. */
static void
finish(struct message *m)
{
	bool was_waiting = m->stage == MESSAGE_WAITING;
	enum replay_result used = REPLAY_OK;

	m->facts->faults = dkimsig_signer_faults(m->signer);
	/* Faults and signatures found in the body may change the decision. */
	decide(m);
	while (m->decision.action == ACTION_SIGN && was_waiting &&
	    !is_observed(m) && (used = take_uses(m)) == REPLAY_SEEN)
		decide(m);
	if (was_waiting || m->decision.action != ACTION_SIGN)
		settle(m);
	if (used == REPLAY_FULL) {
		m->stage = MESSAGE_SETTLED;
		message_set_fate(m, ACTION_TEMPFAIL, CAUSE_SYSTEM,
		    "the table of used signatures is full");
	}
	if (m->stage == MESSAGE_SIGNING && !stop_fragile(m))
		message_sign(m);
	if (m->decision.action == ACTION_SIGN && m->nsignatures == 0 &&
	    was_waiting && used == REPLAY_OK && !is_observed(m))
		return_uses(m, m->decision.nresults);
}

void
message_end(struct message *m, struct fate *fate)
{
	bool is_open = m->stage == MESSAGE_WAITING ||
	    m->stage == MESSAGE_SIGNING;

	/*
	 * The age of signatures counts at the end: sending a message slowly
	 * must not keep an old signature valid.
	 */
	m->facts->now = m->means->now();
	if (message_wants_body(m)) {
		if (!m->facts->malformed)
			message_keep_failure(m,
			    dkimsig_signer_end(m->signer));
		if (m->stage == MESSAGE_WAITING) {
			upstream_end(m->upstream);
			upstream_set_now(m->upstream, m->facts->now);
		}
		m->has_bodyhash = m->failure == 0 && !m->facts->malformed;
	}
	if (is_open && m->failure != 0)
		message_fail(m);
	else if (is_open)
		finish(m);
	m->stage = MESSAGE_SETTLED;
	if (m->fate.action == ACTION_UNDECIDED)
		message_set_fate(m, ACTION_TEMPFAIL, CAUSE_SYSTEM,
		    "the message ended before it was decided");
	get_fate(m, fate);
}

const struct decision *
message_decision(const struct message *m)
{
	return &m->decision;
}

size_t
message_nsignatures(const struct message *m)
{
	return m->nsignatures;
}

const struct message_signature *
message_signature(const struct message *m, size_t i)
{
	return &m->signatures[i];
}

const struct removals *
message_removals(const struct message *m)
{
	return &m->removals;
}

const struct traces *
message_traces(const struct message *m)
{
	return &m->traces;
}

const unsigned char *
message_bodyhash(const struct message *m)
{
	const unsigned char *hash;

	if (!m->has_bodyhash || dkimsig_signer_bodyhash(m->signer,
	    m->config->body_canon, &hash) != 0)
		return NULL;
	return hash;
}
