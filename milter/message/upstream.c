/* SPDX-License-Identifier: ISC */

/*
 * libdkimsig's verifier, with DNS.
 *
 * Anyone can add signatures to a message that name any key.  So only signatures
 * that some rule could accept are verified, and only their keys are looked up:
 * each once, all in parallel, under one deadline.  Names that the sender may
 * have chosen are looked up in a resolver context of their own.
 */

#include "message/upstream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/sha.h>

#include "message/coverage.h"

struct upstream_key {
	const char	*sdid, *selector;	/* of the verifier */
	enum asked	 asked;
};

struct upstream {
	struct dkimsig_verifier	*verifier;
	struct coverage		*coverage;
	size_t			 nnames;	/* in coverage */
	int			 error;

	/* Which signatures are verified, and how many were skipped. */
	upstream_wants_fn	*wants;
	void			*arg;
	struct upstream_key	 keys[UPSTREAM_MAX_KEYS];
	size_t			 nkeys;
	size_t			 npartial;
	size_t			 nskipped;

	struct upstream_signature signatures[UPSTREAM_MAX_SIGNATURES];
	size_t			 nsignatures;
};

/* Remember the key of a signature; false if there are too many keys. */
static bool
take_key(struct upstream *u, const struct dkimsig_verdict *claim,
    enum asked asked)
{
	size_t i;

	for (i = 0; i < u->nkeys; i++)
		if (strcmp(u->keys[i].sdid, claim->sdid) == 0 &&
		    strcasecmp(u->keys[i].selector, claim->selector) == 0)
			return true;
	if (u->nkeys == UPSTREAM_MAX_KEYS)
		return false;
	/* Borrowed from the verifier, which keeps the signature from now on. */
	u->keys[u->nkeys].sdid = claim->sdid;
	u->keys[u->nkeys].selector = claim->selector;
	u->keys[u->nkeys++].asked = asked;
	return true;
}

static bool
choose(void *arg, const struct dkimsig_verdict *claim)
{
	struct upstream *u = arg;
	bool is_partial = claim->body_length != -1;
	enum asked asked;

	asked = u->wants(u->arg, claim->sdid, claim->selector);
	if (asked == ASKED_BY_NOBODY ||
	    (is_partial && u->npartial == UPSTREAM_MAX_PARTIAL) ||
	    !take_key(u, claim, asked)) {
		u->nskipped++;
		return false;
	}
	u->npartial += is_partial;
	return true;
}

struct upstream *
upstream_new(int64_t now, const char *const *names, size_t nnames)
{
	struct dkimsig_verifier_opts opts = {
		.now = now, .clock_skew = UPSTREAM_CLOCK_SKEW,
		.max_signatures = UPSTREAM_MAX_SIGNATURES, .wants = choose
	};
	struct upstream *u;

	if ((u = calloc(1, sizeof(*u))) == NULL)
		return NULL;
	u->nnames = nnames;
	opts.wants_arg = u;
	if ((u->coverage = coverage_new(names, nnames)) != NULL &&
	    dkimsig_verifier_new(&u->verifier, &opts) == 0)
		return u;
	upstream_free(u);
	return NULL;
}

void
upstream_free(struct upstream *u)
{
	struct upstream_signature *signature;
	size_t i;

	if (u == NULL)
		return;
	for (; u->nsignatures > 0; u->nsignatures--) {
		signature = &u->signatures[u->nsignatures - 1];
		for (i = 0; i < signature->nfields; i++)
			free((char *)(uintptr_t)signature->fields[i]);
		free(signature->fields);
		free(signature->left_out);
	}
	coverage_free(u->coverage);
	dkimsig_verifier_free(u->verifier);
	free(u);
}

static void
keep(struct upstream *u, int error)
{
	if (u->error == 0)
		u->error = error;
}

void
upstream_header(struct upstream *u, const char *name, size_t namelen,
    const char *value, size_t valuelen)
{
	coverage_field(u->coverage, name, namelen);
	keep(u, dkimsig_verifier_header(u->verifier, name, namelen, value,
	    valuelen));
}

void
upstream_end_headers(struct upstream *u, upstream_wants_fn *wants, void *arg)
{
	u->wants = wants;
	u->arg = arg;
	keep(u, dkimsig_verifier_end_headers(u->verifier));
}

void
upstream_body(struct upstream *u, const void *chunk, size_t len)
{
	if (u->error == 0)
		keep(u, dkimsig_verifier_body(u->verifier, chunk, len));
}

void
upstream_end(struct upstream *u)
{
	if (u->error == 0)
		keep(u, dkimsig_verifier_end(u->verifier));
}

void
upstream_set_now(struct upstream *u, int64_t now)
{
	if (u->error == 0)
		keep(u, dkimsig_verifier_set_now(u->verifier, now));
}

/* The names that are looked up for a message, and the answers. */
struct questions {
	struct dns_question questions[UPSTREAM_MAX_KEYS];
	struct dns_answer answers[UPSTREAM_MAX_KEYS];
	size_t		 n;
};

/* Whether the sender may have chosen the name of a key. */
static bool
is_chosen(const struct upstream *u, const char *name)
{
	char known[2 * DKIMSIG_DOMAIN_SIZE + 16];
	size_t i;

	for (i = 0; i < u->nkeys; i++) {
		(void)snprintf(known, sizeof(known), "%s._domainkey.%s",
		    u->keys[i].selector, u->keys[i].sdid);
		if (u->keys[i].asked == ASKED_BY_NAME &&
		    strcasecmp(known, name) == 0)
			return false;
	}
	return true;
}

/* The index of a name among the questions; a new name is added. */
static size_t
question(const struct upstream *u, struct questions *q, const char *name)
{
	size_t i;

	for (i = 0; i < q->n; i++)
		if (strcasecmp(q->questions[i].name, name) == 0)
			return i;
	/* Always true, as there are no more names than keys. */
	if (q->n < UPSTREAM_MAX_KEYS) {
		q->questions[q->n].name = name;
		q->questions[q->n++].apart = is_chosen(u, name);
	}
	return q->n - 1;
}

/* Without a valid record no digest is needed: the signature fails. */
static int
digest_key(struct upstream_signature *signature,
    const struct dns_record *from)
{
	struct dkimsig_keyrecord record;
	int r;

	r = dkimsig_keyrecord_parse((const char *)from->data, from->len,
	    &record, NULL);
	if (r == DKIMSIG_E_NOMEM || r == DKIMSIG_E_CRYPTO)
		return r;
	if (r == 0 && SHA256(record.key, record.keylen,
	    signature->key_digest) == NULL)
		return DKIMSIG_E_CRYPTO;
	return 0;
}

/* Give the key of signature i to the verifier. */
static int
give_key(struct upstream *u, size_t i, const struct dns_answer *answer)
{
	enum dkimsig_dns status = DKIMSIG_DNS_NONE;
	int r;

	if (answer->status == DNS_TEMPFAIL) {
		status = DKIMSIG_DNS_FAILED;
		(void)strlcpy(u->signatures[i].dns_error, answer->reason,
		    sizeof(u->signatures[i].dns_error));
	} else if (answer->n > 1)
		status = DKIMSIG_DNS_MANY;
	else if (answer->n == 1) {
		if ((r = digest_key(&u->signatures[i],
		    &answer->records[0])) != 0)
			return r;
		return dkimsig_verifier_key(u->verifier, i,
		    DKIMSIG_DNS_FOUND, (const char *)answer->records[0].data,
		    answer->records[0].len);
	}
	return dkimsig_verifier_key(u->verifier, i, status, NULL, 0);
}

/* Look up the keys of those of the n signatures that need one. */
static int
look_keys_up(struct upstream *u, size_t n, dns_lookup_all_fn *lookup,
    void *arg)
{
	struct questions questions = { .n = 0 };
	const char *name;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++)
		if ((r = dkimsig_verifier_query(u->verifier, i, &name)) == 0 &&
		    name != NULL)
			(void)question(u, &questions, name);
	if (r != 0 || questions.n == 0)
		return r;
	lookup(arg, questions.questions, questions.n, DNS_TXT,
	    questions.answers);
	for (i = 0; r == 0 && i < n; i++)
		if ((r = dkimsig_verifier_query(u->verifier, i, &name)) == 0 &&
		    name != NULL)
			r = give_key(u, i, &questions.answers[question(u,
			    &questions, name)]);
	for (i = 0; i < questions.n; i++)
		dns_answer_free(&questions.answers[i]);
	return r;
}

static int
add_field(struct upstream_signature *signature, const char *name, size_t len)
{
	const char **fields;
	char *copy;

	if ((copy = strndup(name, len)) == NULL)
		return DKIMSIG_E_NOMEM;
	fields = recallocarray(signature->fields, signature->nfields,
	    signature->nfields + 1, sizeof(*fields));
	if (fields == NULL) {
		free(copy);
		return DKIMSIG_E_NOMEM;
	}
	fields[signature->nfields++] = copy;
	signature->fields = fields;
	return 0;
}

static int
find_left_out(struct upstream *u, struct upstream_signature *signature)
{
	signature->left_out = calloc(u->nnames + 1,
	    sizeof(*signature->left_out));
	if (signature->left_out == NULL)
		return DKIMSIG_E_NOMEM;
	signature->nleft_out = coverage_left_out(u->coverage,
	    signature->fields, signature->nfields, signature->left_out);
	return 0;
}

static int
judge(struct upstream *u, size_t i)
{
	struct upstream_signature *signature = &u->signatures[i];
	struct dkimsig_verdict *verdict = &signature->verdict;
	const char *name;
	size_t n, len;
	int r;

	if ((r = dkimsig_verifier_result(u->verifier, i, verdict)) != 0)
		return r;
	u->nsignatures++;
	if (verdict->sig != NULL && SHA256(verdict->sig, verdict->siglen,
	    signature->digest) == NULL)
		return DKIMSIG_E_CRYPTO;
	for (n = 0; r == 0 && dkimsig_verifier_signs(u->verifier, i, n,
	    &name, &len) == 0; n++)
		r = add_field(signature, name, len);
	return r != 0 ? r : find_left_out(u, signature);
}

int
upstream_judge(struct upstream *u, dns_lookup_all_fn *lookup, void *arg)
{
	size_t n, i;

	if (u->error == DKIMSIG_E_NOMEM || u->error == DKIMSIG_E_CRYPTO)
		return u->error;
	if (u->error != 0)
		return 0;
	n = dkimsig_verifier_count(u->verifier);
	keep(u, look_keys_up(u, n, lookup, arg));
	for (i = 0; u->error == 0 && i < n; i++)
		keep(u, judge(u, i));
	return u->error;
}

size_t
upstream_count(const struct upstream *u)
{
	return u->nsignatures;
}

const struct upstream_signature *
upstream_get(const struct upstream *u, size_t i)
{
	return &u->signatures[i];
}

size_t
upstream_skipped(const struct upstream *u)
{
	return u->nskipped;
}
