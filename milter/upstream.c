/* SPDX-License-Identifier: ISC */

/*
 * libdkimsig's verifier, with DNS.  At most DKIMSIG_MAX_SIGNATURES keys are
 * looked up for a message; the same name twice comes from the resolver's
 * cache.
 */

#include "upstream.h"

#include <openssl/sha.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct upstream {
	struct dkimsig_verifier	*verifier;
	int			 error;
	struct upstream_signature signatures[DKIMSIG_MAX_SIGNATURES];
	size_t			 nsignatures;
};

struct upstream *
upstream_new(int64_t now)
{
	const struct dkimsig_verifier_opts opts = {
		.now = now, .clock_skew = UPSTREAM_CLOCK_SKEW
	};
	struct upstream *u;

	if ((u = calloc(1, sizeof(*u))) == NULL)
		return NULL;
	if (dkimsig_verifier_new(&u->verifier, &opts) == 0)
		return u;
	free(u);
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
	}
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
	keep(u, dkimsig_verifier_header(u->verifier, name, namelen, value,
	    valuelen));
}

void
upstream_end_headers(struct upstream *u)
{
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

static int
look_up(struct upstream *u, size_t i, dns_lookup_fn *lookup, void *arg)
{
	enum dkimsig_dns status = DKIMSIG_DNS_NONE;
	struct dns_answer answer = { 0 };
	const char *name, *txt = NULL;
	size_t txtlen = 0;
	int r;

	if ((r = dkimsig_verifier_query(u->verifier, i, &name)) != 0 ||
	    name == NULL)
		return r;
	switch (lookup(arg, name, DNS_TXT, &answer)) {
	case DNS_OK:
		status = answer.n > 1 ? DKIMSIG_DNS_MANY :
		    DKIMSIG_DNS_FOUND;
		if (answer.n == 0)
			status = DKIMSIG_DNS_NONE;
		else {
			txt = (const char *)answer.records[0].data;
			txtlen = answer.records[0].len;
		}
		break;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		break;
	case DNS_TEMPFAIL:
		status = DKIMSIG_DNS_FAILED;
		break;
	}
	r = dkimsig_verifier_key(u->verifier, i, status, txt, txtlen);
	dns_answer_free(&answer);
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
	if (verdict->sig != NULL)
		(void)SHA256(verdict->sig, verdict->siglen,
		    signature->digest);
	for (n = 0; r == 0 && dkimsig_verifier_signs(u->verifier, i, n,
	    &name, &len) == 0; n++)
		r = add_field(signature, name, len);
	return r;
}

int
upstream_judge(struct upstream *u, dns_lookup_fn *lookup, void *arg)
{
	size_t n, i;

	if (u->error == DKIMSIG_E_NOMEM || u->error == DKIMSIG_E_CRYPTO)
		return u->error;
	if (u->error != 0)
		return 0;
	n = dkimsig_verifier_count(u->verifier);
	if (n > DKIMSIG_MAX_SIGNATURES)
		n = DKIMSIG_MAX_SIGNATURES;
	for (i = 0; u->error == 0 && i < n; i++)
		keep(u, look_up(u, i, lookup, arg));
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
