/* SPDX-License-Identifier: ISC */

/*
 * Find out why a signature does not match the header, RFC 6376 section 3.7
 * step 2.
 *
 * A trial is the header with one or two edits undone.  The library makes the
 * octets to be signed: it selects the fields of h= from the bottom,
 * canonicalizes them, and empties b=.
 *
 * An RSA public key recovers the hash that was signed, so a trial costs one
 * hash.  If no hash can be recovered, the signature was made with another key,
 * or b= is damaged.  For Ed25519, each trial is a verification.
 *
 * The number of trials is limited by DIAGNOSE_MAX_RSA and
 * DIAGNOSE_MAX_ED25519, and the octets of all trials by DIAGNOSE_MAX_HEADERS.
 */

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "diagnose/diagnose.h"
#include "diagnose/header_guess.h"

#define SHA1_INFO	35	/* octets of a DigestInfo with SHA-1 */
#define SHOWN		120	/* octets of a value in a finding */

struct search {
	const struct dkimsig_verdict *verdict;
	struct diagnosis	*d;
	EVP_PKEY		*key;
	unsigned char		 digest[DKIMSIG_HASH_SIZE];	/* RSA only */
	struct signed_names	 names;
	struct mailfield	*fields;	/* those in h=, and own */
	size_t			 nfields;
	size_t			 own;	/* index of the signature's field */
	struct mailfield	*edited;	/* room for nfields + 2 */
	size_t			 ntrials;
	uint64_t		 octets;	/* of all trials */
};

/* -- What was signed */

static int
recover(struct search *s, const EVP_MD *md, unsigned char *out,
    size_t *outlen)
{
	EVP_PKEY_CTX *ctx;
	int r;

	if ((ctx = EVP_PKEY_CTX_new(s->key, NULL)) == NULL)
		return DKIMSIG_E_NOMEM;
	r = EVP_PKEY_verify_recover_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	    (md == NULL || EVP_PKEY_CTX_set_signature_md(ctx, md) == 1) &&
	    EVP_PKEY_verify_recover(ctx, out, outlen, s->verdict->sig,
	    s->verdict->siglen) == 1;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return r;
}

/*
 * Recover the hash in an RSA signature.  Returns 1, 0 after adding a finding
 * if there is none, or a DKIMSIG_E_*.
 */
static int
recover_digest(struct search *s)
{
	unsigned char out[DKIMSIG_MAX_SIGVALUE];
	size_t len = sizeof(out);
	int r;

	if (s->verdict->siglen != (size_t)EVP_PKEY_get_size(s->key)) {
		diagnosis_add(s->d, DIAGNOSE_HEADER, "other-key",
		    "the signature has %zu octets, but the key in DNS makes "
		    "signatures of %d octets: another key was used, or b= is "
		    "damaged", s->verdict->siglen,
		    EVP_PKEY_get_size(s->key));
		return 0;
	}
	if ((r = recover(s, EVP_sha256(), out, &len)) < 0)
		return r;
	if (r == 1 && len == sizeof(s->digest)) {
		memcpy(s->digest, out, len);
		return 1;
	}
	len = sizeof(out);
	if ((r = recover(s, NULL, out, &len)) < 0)
		return r;
	if (r == 1)
		diagnosis_add(s->d, DIAGNOSE_HEADER, "other-hash",
		    "the signature was made with the key in DNS, but with "
		    "another hash algorithm%s than a= says",
		    len == SHA1_INFO ? " (SHA-1)" : "");
	else
		diagnosis_add(s->d, DIAGNOSE_HEADER, "other-key",
		    "the signature was not made with the key in DNS: the "
		    "signer uses another key, or b= is damaged");
	return 0;
}

/* -- Trials */

static int
is_signed(const struct search *s, const unsigned char *block, size_t len)
{
	unsigned char hash[DKIMSIG_HASH_SIZE];
	EVP_MD_CTX *ctx;
	int r;

	if (EVP_Digest(block, len, hash, NULL, EVP_sha256(), NULL) != 1)
		return DKIMSIG_E_CRYPTO;
	if (s->verdict->algorithm == DKIMSIG_RSA_SHA256)
		return memcmp(hash, s->digest, sizeof(hash)) == 0;
	if ((ctx = EVP_MD_CTX_new()) == NULL)
		return DKIMSIG_E_NOMEM;
	r = EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, s->key) == 1 &&
	    EVP_DigestVerify(ctx, s->verdict->sig, s->verdict->siglen, hash,
	    sizeof(hash)) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return r;
}

/* Returns 1 if this is the header that was signed, 0 if not, or an error. */
static int
try_fields(struct search *s, const struct mailfield *fields, size_t n,
    size_t own, enum dkimsig_canon canon)
{
	/* Accept any t= and x=; only the header matters here. */
	const struct dkimsig_verifier_opts opts = { .now = 1,
	    .clock_skew = INT64_MAX - 1 };
	struct dkimsig_verifier *v;
	const unsigned char *block;
	size_t i, len, above = 0;
	int r;

	s->ntrials++;
	if ((r = dkimsig_verifier_new(&v, &opts)) != 0)
		return r;
	for (i = 0; r == 0 && i < n; i++) {
		r = dkimsig_verifier_header(v, fields[i].name,
		    fields[i].namelen, fields[i].value, fields[i].valuelen);
		s->octets += fields[i].namelen + fields[i].valuelen;
		if (i < own && mailfield_is(&fields[i], "dkim-signature", 14))
			above++;
	}
	if (r == 0 && (r = dkimsig_verifier_end_headers(v)) == 0 &&
	    (r = dkimsig_verifier_block(v, above, canon, &block, &len)) == 0)
		r = is_signed(s, block, len);
	/* An edited header that cannot be parsed is not the signed one. */
	if (r == DKIMSIG_E_SYNTAX || r == DKIMSIG_E_TOOBIG)
		r = 0;
	dkimsig_verifier_free(v);
	return r;
}

static int
try_edits(struct search *s, const struct header_edit *a,
    const struct header_edit *b)
{
	const struct header_edit *edits[2] = { a, b };
	size_t n, own = s->own;

	n = header_edits_apply(s->fields, s->nfields, edits, 2, s->edited,
	    &own);
	return try_fields(s, s->edited, n, own, s->verdict->header_canon);
}

/* -- Findings */

/* A value for a finding: without blanks around it, cut at SHOWN octets. */
static const char *
shown(const char *value, size_t len, int *n)
{
	while (len > 0 && strchr(" \t\r\n", value[len - 1]) != NULL)
		len--;
	while (len > 0 && strchr(" \t\r\n", *value) != NULL) {
		value++;
		len--;
	}
	*n = len > SHOWN ? SHOWN : (int)len;
	return value;
}

static void
report(struct search *s, const struct header_edit *e)
{
	const struct mailfield *f = &s->fields[e->field];
	const char *value;
	int n, namelen = f->namelen > 64 ? 64 : (int)f->namelen;

	value = e->kind == EDIT_VALUE || e->kind == EDIT_INSERT ?
	    shown(e->text, e->textlen, &n) :
	    shown(f->value, f->valuelen, &n);
	switch (e->kind) {
	case EDIT_VALUE:
		diagnosis_add(s->d, DIAGNOSE_HEADER, e->code,
		    "%.*s: %s; it was \"%.*s\"", namelen, f->name, e->why, n,
		    value);
		break;
	case EDIT_NAME:
		diagnosis_add(s->d, DIAGNOSE_HEADER, e->code,
		    "%.*s: the name was spelled differently; it was \"%s\"",
		    namelen, f->name, e->text);
		break;
	case EDIT_REMOVE:
		diagnosis_add(s->d, DIAGNOSE_HEADER, e->code,
		    "%.*s: this field was added: \"%.*s\"", namelen, f->name,
		    n, value);
		break;
	case EDIT_COPY:
		diagnosis_add(s->d, DIAGNOSE_HEADER, e->code,
		    "%.*s: a second field with this value was removed: "
		    "\"%.*s\"", namelen, f->name, n, value);
		break;
	case EDIT_SWAP:
		diagnosis_add(s->d, DIAGNOSE_HEADER, e->code,
		    "%.*s: two of these fields were swapped", namelen,
		    f->name);
		break;
	case EDIT_INSERT:
		diagnosis_add(s->d, DIAGNOSE_HEADER, e->code,
		    "%s: this field was removed; it was \"%.*s\"", e->name,
		    n, value);
		break;
	}
}

/* -- The search */

static bool
may_go_on(const struct search *s)
{
	return s->octets < DIAGNOSE_MAX_HEADERS &&
	    s->ntrials < (s->verdict->algorithm == DKIMSIG_RSA_SHA256 ?
	    DIAGNOSE_MAX_RSA : DIAGNOSE_MAX_ED25519);
}

/* Try each edit, then each pair of edits to different fields. */
static int
search_edits(struct search *s, const struct header_edits *list)
{
	const struct header_edit *a, *b;
	size_t i, j;
	int r = 0;

	for (i = 0; r == 0 && i < list->n && may_go_on(s); i++)
		if ((r = try_edits(s, &list->edits[i], NULL)) == 1)
			report(s, &list->edits[i]);
	for (j = 1; r == 0 && j < list->n && may_go_on(s); j++)
		for (i = 0; r == 0 && i < j && may_go_on(s); i++) {
			a = &list->edits[i];
			b = &list->edits[j];
			if (a->field == b->field && a->kind != EDIT_INSERT &&
			    b->kind != EDIT_INSERT)
				continue;
			if ((r = try_edits(s, a, b)) == 1) {
				report(s, a);
				report(s, b);
			}
		}
	return r;
}

static int
search_header(struct search *s, const struct mailfile *mail)
{
	struct header_edits list;
	enum dkimsig_canon canon = s->verdict->header_canon, other;
	int r;

	if ((r = try_fields(s, s->fields, s->nfields, s->own, canon)) != 0) {
		if (r == 1)
			s->d->header = DIAGNOSE_RIGHT;
		return r;
	}
	other = canon == DKIMSIG_CANON_SIMPLE ? DKIMSIG_CANON_RELAXED :
	    DKIMSIG_CANON_SIMPLE;
	r = try_fields(s, s->fields, s->nfields, s->own, other);
	if (r == 1)
		diagnosis_add(s->d, DIAGNOSE_HEADER, "canonicalization",
		    "the header hash is that of %s canonicalization, but c= "
		    "says %s: the signer made a mistake",
		    other == DKIMSIG_CANON_SIMPLE ? "simple" : "relaxed",
		    other == DKIMSIG_CANON_SIMPLE ? "relaxed" : "simple");
	if (r != 0)
		return r;
	if (header_edits_make(&list, s->fields, s->nfields, s->own,
	    &s->names, canon, mail))
		r = search_edits(s, &list);
	else
		r = DKIMSIG_E_NOMEM;
	header_edits_finish(&list);
	return r;
}

/* -- Input */

/* Collect the names in h=, each once, with the number of its occurrences. */
static int
collect_names(struct search *s, const struct mailfile *mail)
{
	const struct dkimsig_verifier_opts opts = { .now = 1,
	    .clock_skew = INT64_MAX - 1 };
	const struct mailfield *own = &mail->fields[s->verdict->field];
	struct signed_names *names = &s->names;
	struct dkimsig_verifier *v;
	const char *name;
	size_t i, n, len;
	int r;

	if ((r = dkimsig_verifier_new(&v, &opts)) != 0)
		return r;
	if ((r = dkimsig_verifier_header(v, own->name, own->namelen,
	    own->value, own->valuelen)) == 0)
		r = dkimsig_verifier_end_headers(v);
	for (n = 0; r == 0 && (r = dkimsig_verifier_signs(v, 0, n, &name,
	    &len)) == 0; n++) {
		for (i = 0; i < names->n; i++)
			if (names->lens[i] == len && strncasecmp(
			    names->names[i], name, len) == 0)
				break;
		if (i == names->n) {
			/* name is freed with the verifier. */
			if ((names->names[i] = strndup(name, len)) == NULL) {
				r = DKIMSIG_E_NOMEM;
				break;
			}
			names->lens[i] = len;
			names->n++;
		}
		names->mentions[i]++;
	}
	dkimsig_verifier_free(v);
	return r == DKIMSIG_E_ARG ? 0 : r;
}

static void
free_names(struct signed_names *names)
{
	while (names->n > 0)
		free(names->names[--names->n]);
}

static int
collect_fields(struct search *s, const struct mailfile *mail)
{
	const struct mailfield *f;
	size_t i, j;

	s->fields = calloc(mail->nfields, sizeof(*s->fields));
	s->edited = calloc(mail->nfields + 2, sizeof(*s->edited));
	if (s->fields == NULL || s->edited == NULL)
		return DKIMSIG_E_NOMEM;
	for (i = 0; i < mail->nfields; i++) {
		f = &mail->fields[i];
		if (i == s->verdict->field) {
			s->own = s->nfields;
			s->fields[s->nfields++] = *f;
			continue;
		}
		for (j = 0; j < s->names.n; j++)
			if (mailfield_is(f, s->names.names[j],
			    s->names.lens[j])) {
				s->fields[s->nfields++] = *f;
				break;
			}
	}
	return 0;
}

int
diagnose_header(const struct mailfile *mail,
    const struct dkimsig_verdict *verdict, EVP_PKEY *key,
    struct diagnosis *d)
{
	struct search s = { .verdict = verdict, .d = d, .key = key };
	int r = 1;

	d->header = DIAGNOSE_UNKNOWN;
	if (verdict->algorithm == DKIMSIG_RSA_SHA256 &&
	    (r = recover_digest(&s)) <= 0) {
		if (r == 0)
			d->header = DIAGNOSE_FOUND;
		return r;
	}
	if ((r = collect_names(&s, mail)) == 0 &&
	    (r = collect_fields(&s, mail)) == 0)
		r = search_header(&s, mail);
	if (r >= 0 && d->header == DIAGNOSE_UNKNOWN) {
		if (r == 1)
			d->header = DIAGNOSE_FOUND;
		else if (!may_go_on(&s))
			d->header = DIAGNOSE_LIMIT;
	}
	free(s.fields);
	free(s.edited);
	free_names(&s.names);
	return r < 0 ? r : 0;
}
