/* SPDX-License-Identifier: ISC */

/*
 * One message: header fields into facts and digest, decision, signatures.
 *
 * From is kept apart from the library's signer, which takes no more fields
 * once a limit is reached: whose mail it is must be known then too, since
 * only mail that we would have to sign is refused for its size.
 *
 * All signatures are made before the first is handed out, so a message goes
 * on with every active key's signature or not at all.
 */

#include "message.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "dkimsig.h"
#include "fold.h"
#include "log.h"
#include "policy.h"

/* How often a message is signed anew when its keys change under way. */
#define SIGN_ATTEMPTS	2

struct message {
	const struct config	*config;
	struct facts		*facts;
	struct signpool		*pool;
	struct dkimsig_signer	*signer;
	int			 failure;	/* first DKIMSIG_E_* */

	char			*from;		/* value of the first From */
	size_t			 fromlen;
	size_t			 nfrom;

	struct decision		 decision;
	struct fate		 fate;

	char			 sdid[DKIMSIG_DOMAIN_SIZE];
	struct signpool_key	 keys[IPC_MAX_KEYS];
	size_t			 nkeys;

	char			*values[IPC_MAX_KEYS];
	size_t			 nvalues;
};

struct message *
message_new(const struct config *config, struct facts *facts,
    struct signpool *pool)
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
	m->pool = pool;
	m->failure = dkimsig_signer_new(&m->signer, &opts);
	return m;
}

static void
drop_values(struct message *m)
{
	while (m->nvalues > 0)
		free(m->values[--m->nvalues]);
}

void
message_free(struct message *m)
{
	if (m == NULL)
		return;
	drop_values(m);
	dkimsig_signer_free(m->signer);
	free(m->from);
	free(m);
}

static void
keep_failure(struct message *m, int error)
{
	if (m->failure == 0)
		m->failure = error;
}

static bool
is_from(const char *name, size_t namelen)
{
	while (namelen > 0 &&
	    (name[namelen - 1] == ' ' || name[namelen - 1] == '\t'))
		namelen--;
	return namelen == 4 && strncasecmp(name, "from", 4) == 0;
}

void
message_header(struct message *m, const char *name, size_t namelen,
    const char *value, size_t valuelen)
{
	char *wire;
	size_t wirelen;
	int r;

	if ((wire = fold_to_crlf(value, valuelen, &wirelen)) == NULL) {
		keep_failure(m, DKIMSIG_E_NOMEM);
		return;
	}
	if (m->failure == 0 && (r = dkimsig_signer_header(m->signer, name,
	    namelen, wire, wirelen)) != 0)
		keep_failure(m, r);
	if (facts_add_header(m->facts, m->config, name, namelen, wire,
	    wirelen) != 0)
		keep_failure(m, DKIMSIG_E_NOMEM);
	if (is_from(name, namelen) && m->nfrom++ == 0) {
		m->from = wire;
		m->fromlen = wirelen;
	} else
		free(wire);
}

static void
set_fate(struct message *m, enum fate_kind kind, const char *reason)
{
	m->fate.kind = kind;
	strlcpy(m->fate.reason, reason, sizeof(m->fate.reason));
}

static void
gather_facts(struct message *m)
{
	struct facts *f = m->facts;

	if (m->nfrom == 0)
		f->author_error = DKIMSIG_E_NOFROM;
	else if (m->nfrom > 1)
		f->author_error = DKIMSIG_E_MANYFROM;
	else
		f->author_error = dkimsig_author_domain(m->from, m->fromlen,
		    f->author_domain, sizeof(f->author_domain));
	if (f->author_error == DKIMSIG_E_NOMEM)
		keep_failure(m, DKIMSIG_E_NOMEM);
	if (m->failure == 0)
		m->failure = dkimsig_signer_end_headers(m->signer);
	if (m->signer != NULL)
		f->faults = dkimsig_signer_faults(m->signer);
}

static void
set_pool_fate(struct message *m, int error)
{
	char reason[MESSAGE_REASON_SIZE];

	if (error == SIGNPOOL_E_NOKEY &&
	    m->decision.source->on_no_key == ACTION_PASS) {
		set_fate(m, FATE_ACCEPT, "no active key, on_no_key is pass");
		return;
	}
	(void)snprintf(reason, sizeof(reason), "signing for %s: %s",
	    m->facts->author_domain, signpool_strerror(error));
	set_fate(m, FATE_DEFER, reason);
}

/*
 * The author domain's own keys, else those of the nearest parent that the
 * source allows, too.  RFC 6376 section 3.10.
 */
static int
find_keys(struct message *m)
{
	const char *domain = m->facts->author_domain;
	int r;

	for (;;) {
		r = signpool_keys(m->pool, domain, m->config->sign_timeout_ms,
		    m->keys, &m->nkeys);
		if (r != SIGNPOOL_E_NOKEY)
			break;
		do {
			if ((domain = strchr(domain, '.')) == NULL)
				return SIGNPOOL_E_NOKEY;
			domain++;
		} while (!policy_source_allows(m->decision.source, domain));
	}
	if (r == SIGNPOOL_OK)
		strlcpy(m->sdid, domain, sizeof(m->sdid));
	return r;
}

/* What the limits and the memory say about mail that is to be signed. */
static bool
fails(struct message *m)
{
	char reason[MESSAGE_REASON_SIZE];

	switch (m->failure) {
	case 0:
		return false;
	case DKIMSIG_E_TOOBIG:
		(void)snprintf(reason, sizeof(reason),
		    "the header is over %zu octets, %zu fields, or %d to be "
		    "signed", m->config->max_header, m->config->max_fields,
		    DKIMSIG_MAX_HNAMES);
		set_fate(m, FATE_REFUSE_SIZE, reason);
		return true;
	case DKIMSIG_E_SYNTAX:
		set_fate(m, FATE_ACCEPT, "not signed: malformed header field");
		return true;
	default:
		set_fate(m, FATE_DEFER, dkimsig_strerror(m->failure));
		return true;
	}
}

static void
prepare_signing(struct message *m)
{
	int r;

	if (fails(m))
		return;
	if ((r = find_keys(m)) != 0)
		set_pool_fate(m, r);
	else
		set_fate(m, FATE_CONTINUE, "");
}

void
message_decide(struct message *m, struct fate *fate)
{
	char reason[MESSAGE_REASON_SIZE];

	gather_facts(m);
	policy_decide(m->facts, m->config, &m->decision);
	policy_explain(&m->decision, m->facts, reason, sizeof(reason));

	/* Without memory the facts may be incomplete: decide nothing. */
	if (m->failure == DKIMSIG_E_NOMEM)
		(void)fails(m);
	else switch (m->decision.verdict) {
	case VERDICT_SIGN:
		prepare_signing(m);
		break;
	case VERDICT_PASS:
		set_fate(m, FATE_ACCEPT, reason);
		break;
	case VERDICT_QUARANTINE:
		set_fate(m, FATE_HOLD, reason);
		break;
	case VERDICT_REJECT:
		set_fate(m, FATE_REFUSE, reason);
		break;
	case VERDICT_TEMPFAIL:
	default:
		set_fate(m, FATE_DEFER, reason);
		break;
	}
	*fate = m->fate;
}

void
message_body(struct message *m, const void *chunk, size_t len)
{
	int r;

	if (m->failure == 0 && m->fate.kind == FATE_CONTINUE &&
	    (r = dkimsig_signer_body(m->signer, chunk, len)) != 0)
		keep_failure(m, r);
}

/* One signature: 0, or an error of the pool. */
static int
sign_with(struct message *m, const struct signpool_key *key, int64_t now)
{
	const struct dkimsig_sigspec spec = {
		.sdid = m->sdid,
		.selector = key->selector,
		.algorithm = key->algorithm,
		.header_canon = m->config->header_canon,
		.body_canon = m->config->body_canon,
		.timestamp = now,
		.lifetime = m->config->expire,
		.no_oversign = !m->config->oversign,
	};
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	const unsigned char *tbs;
	const char *value;
	size_t siglen, tbslen, valuelen;
	int r;

	if ((r = dkimsig_signer_tbs(m->signer, &spec, &tbs, &tbslen)) != 0)
		goto fail;
	if ((r = signpool_sign(m->pool, m->sdid, key, tbs, tbslen,
	    m->config->sign_timeout_ms, sig, &siglen)) != 0)
		return r;
	if ((r = dkimsig_signer_field(m->signer, sig, siglen, &value,
	    &valuelen)) != 0)
		goto fail;
	if ((m->values[m->nvalues] = fold_to_lf(value, valuelen)) == NULL)
		return SIGNPOOL_E_NOMEM;
	m->nvalues++;
	return SIGNPOOL_OK;
fail:
	log_warnx("selector %s, domain %s: %s", key->selector, m->sdid,
	    dkimsig_strerror(r));
	keep_failure(m, r);
	return SIGNPOOL_E_FAILED;
}

static int
sign_with_all(struct message *m)
{
	int64_t now = (int64_t)time(NULL);
	size_t i;
	int r;

	/* From the last to the first, so that the first ends on top. */
	for (i = m->nkeys; i-- > 0;)
		if ((r = sign_with(m, &m->keys[i], now)) != 0) {
			drop_values(m);
			return r;
		}
	return SIGNPOOL_OK;
}

/* A key may be retired while the body streams: ask again, once. */
static int
sign_message(struct message *m)
{
	int attempt, r = SIGNPOOL_E_FAILED;

	for (attempt = 0; attempt < SIGN_ATTEMPTS; attempt++) {
		if (attempt > 0 && (r = find_keys(m)) != 0)
			break;
		r = sign_with_all(m);
		if (r != SIGNPOOL_E_NOKEY && r != SIGNPOOL_E_REFUSED)
			break;
	}
	return r;
}

/* Faults that only the body shows; the header's were policy's to judge. */
static bool
has_unsafe_body(struct message *m)
{
	struct decision again;
	char reason[MESSAGE_REASON_SIZE];

	m->facts->faults = dkimsig_signer_faults(m->signer);
	policy_decide(m->facts, m->config, &again);
	if (again.verdict == VERDICT_SIGN)
		return false;
	policy_explain(&again, m->facts, reason, sizeof(reason));
	set_fate(m, FATE_ACCEPT, reason);
	return true;
}

void
message_end(struct message *m, struct fate *fate)
{
	int r;

	if (m->fate.kind == FATE_CONTINUE) {
		if (m->failure == 0)
			keep_failure(m, dkimsig_signer_end(m->signer));
		if (!fails(m) && !has_unsafe_body(m)) {
			if ((r = sign_message(m)) == 0)
				set_fate(m, FATE_ACCEPT, "");
			else if (!fails(m))
				set_pool_fate(m, r);
		}
	}
	*fate = m->fate;
}

size_t
message_nsignatures(const struct message *m)
{
	return m->nvalues;
}

const char *
message_signature(const struct message *m, size_t i)
{
	return m->values[i];
}

static const char *
action_name(const struct message *m, const struct fate *fate)
{
	switch (fate->kind) {
	case FATE_ACCEPT:
		return m->nvalues > 0 ? "signed" : "passed";
	case FATE_REFUSE:
	case FATE_REFUSE_SIZE:
		return "rejected";
	case FATE_HOLD:
		return "quarantined";
	case FATE_DEFER:
		return "tempfailed";
	case FATE_CONTINUE:
	default:
		return "unfinished";
	}
}

static void
append(char *buf, size_t bufsize, const char *key, const char *value)
{
	char safe[MESSAGE_REASON_SIZE];

	strlcat(buf, key, bufsize);
	strlcat(buf, log_value(safe, sizeof(safe), value, strlen(value)),
	    bufsize);
}

void
message_log(const struct message *m, const struct fate *fate, char *buf,
    size_t bufsize)
{
	size_t i;

	(void)snprintf(buf, bufsize, "action=%s", action_name(m, fate));
	append(buf, bufsize, " author=", m->facts->author_error == 0 ?
	    m->facts->author_domain : "");
	if (m->decision.source != NULL)
		append(buf, bufsize, " source=", m->decision.source->name);
	if (fate->kind == FATE_ACCEPT && m->nvalues > 0) {
		append(buf, bufsize, " d=", m->sdid);
		for (i = 0; i < m->nkeys; i++) {
			append(buf, bufsize, " s=", m->keys[i].selector);
			append(buf, bufsize, " a=",
			    dkimsig_algorithm_name(m->keys[i].algorithm));
		}
	}
	if (fate->reason[0] != '\0')
		append(buf, bufsize, " reason=", fate->reason);
}
