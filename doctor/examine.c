/* SPDX-License-Identifier: ISC */

/*
 * Two verifiers check the message: one at the given time, and one that accepts
 * any t= and x=.  The second one tells whether an expired signature is also
 * broken.  A signature that fails there is diagnosed.
 */

#include "examine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "keyrecord/place.h"

static int
feed(struct dkimsig_verifier **v, const struct mailfile *mail, int64_t now,
    int64_t skew)
{
	const struct dkimsig_verifier_opts opts = { .now = now,
	    .clock_skew = skew };
	const struct mailfield *f;
	size_t i;
	int r;

	r = dkimsig_verifier_new(v, &opts);
	for (i = 0; r == 0 && i < mail->nfields; i++) {
		f = &mail->fields[i];
		r = dkimsig_verifier_header(*v, f->name, f->namelen,
		    f->value, f->valuelen);
	}
	if (r != 0 || (r = dkimsig_verifier_end_headers(*v)) != 0 ||
	    (r = dkimsig_verifier_body(*v, mail->body, mail->bodylen)) != 0)
		return r;
	return dkimsig_verifier_end(*v);
}

static EVP_PKEY *
load_key(const struct dkimsig_keyrecord *record)
{
	const unsigned char *p = record->key;
	EVP_PKEY *pkey;

	if (record->type == DKIMSIG_KEYTYPE_ED25519)
		pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
		    record->key, record->keylen);
	else if ((pkey = d2i_PUBKEY(NULL, &p, (long)record->keylen)) ==
	    NULL) {
		p = record->key;
		pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p,
		    (long)record->keylen);
	}
	ERR_clear_error();
	return pkey;
}

/*
 * Whether the names have their last two labels in common.  Without a list of
 * public suffixes, organizational domains (RFC 7489 section 3.2) are not known.
 */
static bool
share_two_labels(const char *a, const char *b)
{
	size_t i = strlen(a), j = strlen(b), dots = 0;

	for (; i > 0 && j > 0 && a[i - 1] == b[j - 1]; i--, j--)
		if (a[i - 1] == '.' && ++dots == 2)
			return true;
	return false;
}

static enum alignment
align(const struct examination *x, const char *sdid)
{
	if (x->author_error != 0 || *sdid == '\0')
		return ALIGNMENT_NONE;
	if (dkimsig_domain_equal(sdid, x->author))
		return ALIGNMENT_STRICT;
	if (dkimsig_domain_is_below(x->author, sdid) ||
	    dkimsig_domain_is_below(sdid, x->author))
		return ALIGNMENT_RELAXED;
	return share_two_labels(sdid, x->author) ? ALIGNMENT_MAYBE :
	    ALIGNMENT_NONE;
}

static int
fetch_key(struct examination *x, size_t i, struct keysource *keys)
{
	struct examined_signature *s = &x->signatures[i];
	const struct keyanswer *a = &s->answer;
	const char *name;
	int r;

	if ((r = dkimsig_verifier_query(x->timeless, i, &name)) != 0 ||
	    name == NULL)
		return r;
	(void)strlcpy(s->query, name, sizeof(s->query));
	keysource_lookup(keys, name, &s->answer);
	if (a->status == DKIMSIG_DNS_FOUND)
		s->has_record = dkimsig_keyrecord_parse(a->txts[0],
		    a->lens[0], &s->record, NULL) == 0;
	if ((r = dkimsig_verifier_key(x->timeless, i, a->status, a->txts[0],
	    a->lens[0])) != 0)
		return r;
	return dkimsig_verifier_key(x->verifier, i, a->status, a->txts[0],
	    a->lens[0]);
}

/* Whether there is a key record at that name. */
static bool
has_key(void *context, const char *name)
{
	struct keyanswer answer;
	bool found = false;
	size_t i;

	keysource_lookup(context, name, &answer);
	for (i = 0; !found && i < answer.ntxts && i < KEYSOURCE_MAX_TXT; i++)
		found = record_is_key(answer.txts[i], answer.lens[i]);
	keyanswer_finish(&answer);
	return found;
}

/* The record does not exist: look at the names where it is often misplaced. */
static void
diagnose_none(struct examined_signature *s, struct keysource *keys)
{
	static const char *const slips[] = {
		[RECORD_PLACE_DOUBLED] = "the zone name was appended twice",
		[RECORD_PLACE_BARE] = "\"_domainkey\" is missing from the name",
		[RECORD_PLACE_NO_UNDERSCORE] =
		    "the underscore of \"_domainkey\" is missing",
		[RECORD_PLACE_ZONE] = "the subdomain is missing from the name",
		[RECORD_PLACE_DOMAIN] = "that is the domain itself",
	};
	const struct record_search search = {
		.selector = s->timeless.selector, .domain = s->timeless.sdid,
		.has_key = has_key, .context = keys
	};
	char name[DKIMSIG_DOMAIN_SIZE];
	enum record_place place = record_place_search(&search, name);

	if (place != RECORD_PLACE_NONE)
		diagnosis_add(&s->diagnosis, DIAGNOSE_KEY, "record-elsewhere",
		    "the record is at %s, which is the wrong name: %s", name,
		    slips[place]);
}

/* There is more than one TXT record: count those that are keys. */
static void
diagnose_many(struct examined_signature *s)
{
	const struct keyanswer *a = &s->answer;
	size_t i, nkeys = 0;

	for (i = 0; i < a->ntxts && i < KEYSOURCE_MAX_TXT; i++)
		if (dkimsig_keyrecord_parse(a->txts[i], a->lens[i],
		    &s->record, NULL) == 0)
			nkeys++;
	diagnosis_add(&s->diagnosis, DIAGNOSE_KEY, "record-many",
	    "there are %zu TXT records at this name, and %zu of them %s: "
	    "verifiers may use any of them, or none", a->ntxts, nkeys,
	    nkeys == 1 ? "is a key" : "are keys");
}

/* RFC 8301 section 3.2 wants 1024 to 4096 bits; libdkimsig accepts 8192. */
static void
diagnose_size(const struct dkimsig_verdict *v, struct diagnosis *d)
{
	if (v->keybits == 0)
		diagnosis_add(d, DIAGNOSE_KEY, "record-size",
		    "b= is longer than %d octets, so the RSA key has more "
		    "than %d bits: verifiers need not accept more than "
		    "4096 (RFC 8301)", DKIMSIG_MAX_SIGVALUE,
		    8 * DKIMSIG_MAX_SIGVALUE);
	else if (v->keybits > 8 * DKIMSIG_MAX_SIGVALUE)
		diagnosis_add(d, DIAGNOSE_KEY, "record-size",
		    "the key has %u bits: verifiers need not accept more "
		    "than 4096 (RFC 8301)", v->keybits);
	else
		diagnosis_add(d, DIAGNOSE_KEY, "record-size",
		    "the key has %u bits; RFC 8301 requires at least "
		    "1024", v->keybits);
}

/*
 * The body is shorter than l=.  Text that is missing cannot be hashed, so a
 * truncation cannot be proven.  Try the known changes that shorten a body
 * first.
 */
static int
diagnose_length(const struct mailfile *mail, const struct dkimsig_verdict *v,
    struct diagnosis *d)
{
	int r;

	if ((r = diagnose_body(mail, v, d)) != 0)
		return r;
	if (d->body == DIAGNOSE_RIGHT)
		diagnosis_add(d, DIAGNOSE_BODY, "length",
		    "the body hash is right, but l=%lld is longer than the "
		    "body: the signer counted wrongly",
		    (long long)v->body_length);
	else if (d->body != DIAGNOSE_FOUND)
		diagnosis_add(d, DIAGNOSE_BODY, "shorter",
		    "l= says that %lld octets of the body were signed, but "
		    "the body is shorter: its end may have been cut off, or "
		    "other text was removed; no known change fits",
		    (long long)v->body_length);
	return 0;
}

static int
diagnose(struct examination *x, struct examined_signature *s,
    struct keysource *keys)
{
	const struct dkimsig_verdict *v = &s->timeless;
	struct diagnosis *d = &s->diagnosis;
	EVP_PKEY *key;
	int r;

	d->body = d->header = DIAGNOSE_RIGHT;
	if (v->reason == DKIMSIG_REASON_KEY_MANY)
		diagnose_many(s);
	else if (v->reason == DKIMSIG_REASON_NO_KEY)
		diagnose_none(s, keys);
	else if (s->answer.status == DKIMSIG_DNS_FOUND)
		diagnose_key(s->answer.txts[0], s->answer.lens[0], v->reason,
		    d);
	if (v->reason == DKIMSIG_REASON_KEY_SIZE)
		diagnose_size(v, d);
	else if (v->reason == DKIMSIG_REASON_BODY_LENGTH)
		return diagnose_length(&x->mail, v, d);
	if (v->result != DKIMSIG_RESULT_FAIL)
		return 0;
	if ((r = diagnose_body(&x->mail, v, d)) != 0)
		return r;
	if (!s->has_record || (key = load_key(&s->record)) == NULL)
		return DKIMSIG_E_NOMEM;
	r = diagnose_header(&x->mail, v, key, d);
	EVP_PKEY_free(key);
	return r;
}

static int
examine_signature(struct examination *x, size_t i, struct keysource *keys)
{
	struct examined_signature *s = &x->signatures[i];
	int r;

	if ((r = dkimsig_verifier_result(x->timeless, i, &s->timeless)) !=
	    0 || (r = dkimsig_verifier_result(x->verifier, i,
	    &s->verdict)) != 0)
		return r;
	s->alignment = align(x, s->verdict.sdid);
	return diagnose(x, s, keys);
}

static void
read_dkim2(struct examination *x)
{
	const struct mailfield *f;
	size_t i;

	for (i = 0; i < x->mail.nfields; i++) {
		f = &x->mail.fields[i];
		dkim2_chain_field(&x->dkim2, f->name, f->namelen, f->value,
		    f->valuelen);
	}
}

static int
examine_all(struct examination *x, struct keysource *keys, int64_t now)
{
	size_t i, n;
	int r;

	if ((r = feed(&x->verifier, &x->mail, now, 0)) != 0 ||
	    (r = feed(&x->timeless, &x->mail, now, INT64_MAX - now)) != 0)
		return r;
	x->author_error = dkimsig_verifier_author(x->verifier, x->author,
	    sizeof(x->author));
	if ((n = dkimsig_verifier_count(x->verifier)) == 0)
		return 0;
	if ((x->signatures = calloc(n, sizeof(*x->signatures))) == NULL)
		return DKIMSIG_E_NOMEM;
	x->nsignatures = n;
	for (i = 0; r == 0 && i < n; i++)
		r = fetch_key(x, i, keys);
	for (i = 0; r == 0 && i < n; i++)
		r = examine_signature(x, i, keys);
	return r;
}

int
examine(struct examination *x, struct mailfile *mail, struct keysource *keys,
    int64_t now)
{
	memset(x, 0, sizeof(*x));
	x->mail = *mail;
	memset(mail, 0, sizeof(*mail));
	read_dkim2(x);
	return examine_all(x, keys, now);
}

void
examination_finish(struct examination *x)
{
	size_t i;

	for (i = 0; i < x->nsignatures; i++)
		keyanswer_finish(&x->signatures[i].answer);
	free(x->signatures);
	dkimsig_verifier_free(x->verifier);
	dkimsig_verifier_free(x->timeless);
	mailfile_finish(&x->mail);
	memset(x, 0, sizeof(*x));
}
