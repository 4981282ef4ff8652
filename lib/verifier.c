/* SPDX-License-Identifier: ISC */

/*
 * The verifier: RFC 6376 section 6, RFC 8301, RFC 8463, RFC 8616.
 *
 * All signatures are read at the end of the header.  Those that can still
 * pass share body passes: one for each pair of canonicalization and l=.  What
 * the caller fetches is parsed when it is handed over; the header is hashed
 * when a verdict is asked for.
 *
 * A bad signature is a verdict.  Errors are for memory, the crypto library
 * and calls out of order.
 */

#include <stdlib.h>

#include <openssl/evp.h>

#include "buf.h"
#include "canon.h"
#include "dkimsig.h"
#include "domain.h"
#include "hdrlist.h"
#include "internal.h"
#include "pubkey.h"
#include "sigfield.h"

#define MAX_BLOCK	(2 * DKIMSIG_MAX_HEADER)

enum stage {
	STAGE_HEADER,
	STAGE_BODY,
	STAGE_KEYS,
	STAGE_RESULT
};

struct body {
	struct canon_body	 canon;
	unsigned char		 hash[DIGEST_SIZE];
};

/* What became of a key record. */
struct key {
	enum dkimsig_result	 result;	/* none: it can be used */
	enum dkimsig_reason	 reason;
	EVP_PKEY		*pkey;
	unsigned int		 bits;
	bool			 is_testing;
};

struct signature {
	size_t			 at;		/* index of the field */
	struct sigfield		 field;
	enum dkimsig_result	 result;	/* none: not decided yet */
	enum dkimsig_reason	 reason;
	struct body		*body;
	char			 query[DKIMSIG_DOMAIN_SIZE];
	bool			 is_read;	/* field has been parsed */
	bool			 has_key;
	struct key		 key;
};

struct dkimsig_verifier {
	enum stage		 stage;
	int			 error;		/* sticks */
	struct dkimsig_verifier_opts opts;
	struct hdrlist		 fields;
	struct signature	*signatures;	/* those looked at */
	size_t			 nsignatures;
	size_t			 nfields;	/* all of them */
	struct body		*bodies;
	size_t			 nbodies;
	struct buf		 block;		/* of the last one asked for */
};

DKIMSIG_API int
dkimsig_verifier_new(struct dkimsig_verifier **verifier,
    const struct dkimsig_verifier_opts *opts)
{
	struct dkimsig_verifier *v;
	int r;

	*verifier = NULL;
	if (opts == NULL || opts->now < 1 || opts->clock_skew < 0 ||
	    opts->clock_skew > INT64_MAX - opts->now ||
	    opts->max_signatures > DKIMSIG_MAX_SIGNATURES)
		return DKIMSIG_E_ARG;
	if ((v = calloc(1, sizeof(*v))) == NULL)
		return DKIMSIG_E_NOMEM;
	v->opts = *opts;
	buf_init(&v->block, MAX_BLOCK);
	if (v->opts.max_signatures == 0)
		v->opts.max_signatures = DKIMSIG_MAX_SIGNATURES;
	if ((r = hdrlist_init(&v->fields, opts->max_header,
	    opts->max_fields)) != 0) {
		dkimsig_verifier_free(v);
		return r;
	}
	*verifier = v;
	return 0;
}

DKIMSIG_API void
dkimsig_verifier_free(struct dkimsig_verifier *v)
{
	size_t i;

	if (v == NULL)
		return;
	for (i = 0; i < v->nsignatures; i++)
		EVP_PKEY_free(v->signatures[i].key.pkey);
	for (i = 0; i < v->nbodies; i++)
		canon_body_finish(&v->bodies[i].canon);
	free(v->signatures);
	free(v->bodies);
	hdrlist_finish(&v->fields);
	buf_finish(&v->block);
	free(v);
}

DKIMSIG_API int
dkimsig_verifier_header(struct dkimsig_verifier *v, const char *name,
    size_t namelen, const char *value, size_t valuelen)
{
	if (v->error != 0)
		return v->error;
	if (v->stage != STAGE_HEADER)
		return DKIMSIG_E_STATE;
	return v->error = hdrlist_add(&v->fields, view_of(name, namelen),
	    view_of(value, valuelen));
}

static void
decide(struct signature *s, enum dkimsig_result result,
    enum dkimsig_reason reason)
{
	s->result = result;
	s->reason = reason;
}

/* The body pass that a signature needs: an existing one, or a new one. */
static int
join_body(struct dkimsig_verifier *v, struct signature *s)
{
	uint64_t limit = s->field.body_length != -1 ?
	    (uint64_t)s->field.body_length : CANON_BODY_ALL;
	struct body *b;
	size_t i;

	for (i = 0; i < v->nbodies; i++) {
		b = &v->bodies[i];
		if (b->canon.canon == s->field.body_canon &&
		    b->canon.limit == limit) {
			s->body = b;
			return 0;
		}
	}
	b = &v->bodies[v->nbodies];
	s->body = b;
	v->nbodies++;
	return canon_body_init(&b->canon, s->field.body_canon, limit);
}

static int
read_signature(struct dkimsig_verifier *v, struct signature *s)
{
	const struct hdrfield *field = &v->fields.fields[s->at];
	const struct sigfield *f = &s->field;
	enum dkimsig_reason reason;
	int r;

	r = sigfield_parse(&s->field, field->value, &reason);
	if (r == DKIMSIG_E_NOMEM)
		return r;
	s->is_read = r == 0;
	if (r != 0)
		decide(s, DKIMSIG_RESULT_PERMERROR, reason);
	else if (f->siglen == 0)
		decide(s, DKIMSIG_RESULT_PERMERROR, DKIMSIG_REASON_SYNTAX);
	else if (f->expires != -1 &&
	    f->expires < v->opts.now - v->opts.clock_skew)
		decide(s, DKIMSIG_RESULT_PERMERROR, DKIMSIG_REASON_EXPIRED);
	else if (f->timestamp > v->opts.now + v->opts.clock_skew)
		decide(s, DKIMSIG_RESULT_PERMERROR, DKIMSIG_REASON_FUTURE);
	else if (domain_key_name(f->selector, f->sdid, s->query,
	    sizeof(s->query)) != 0)
		decide(s, DKIMSIG_RESULT_PERMERROR, DKIMSIG_REASON_LIMIT);
	return s->result == DKIMSIG_RESULT_NONE ? join_body(v, s) : 0;
}

DKIMSIG_API int
dkimsig_verifier_end_headers(struct dkimsig_verifier *v)
{
	struct view name = view_str("dkim-signature");
	struct signature *s;
	size_t i, max = v->opts.max_signatures;

	if (v->error != 0)
		return v->error;
	if (v->stage != STAGE_HEADER)
		return DKIMSIG_E_STATE;
	v->stage = STAGE_BODY;
	v->nfields = hdrlist_count(&v->fields, name);
	if (v->nfields == 0)
		return 0;
	if (max > v->nfields)
		max = v->nfields;
	if ((v->signatures = calloc(max, sizeof(*s))) == NULL ||
	    (v->bodies = calloc(max, sizeof(*v->bodies))) == NULL)
		return v->error = DKIMSIG_E_NOMEM;
	for (i = 0; v->error == 0 && i < v->fields.nfields &&
	    v->nsignatures < max; i++) {
		if (!view_equal_nocase(v->fields.fields[i].key, name))
			continue;
		s = &v->signatures[v->nsignatures++];
		s->at = i;
		v->error = read_signature(v, s);
	}
	return v->error;
}

DKIMSIG_API int
dkimsig_verifier_author(const struct dkimsig_verifier *v, char *domain,
    size_t domainsize)
{
	if (v->error != 0)
		return v->error;
	if (v->stage == STAGE_HEADER)
		return DKIMSIG_E_STATE;
	return hdrlist_author(&v->fields, domain, domainsize);
}

DKIMSIG_API int
dkimsig_verifier_body(struct dkimsig_verifier *v, const void *chunk,
    size_t len)
{
	size_t i;

	if (v->error != 0)
		return v->error;
	if (v->stage != STAGE_BODY)
		return DKIMSIG_E_STATE;
	for (i = 0; v->error == 0 && len > 0 && i < v->nbodies; i++)
		v->error = canon_body_update(&v->bodies[i].canon, chunk, len);
	return v->error;
}

DKIMSIG_API int
dkimsig_verifier_end(struct dkimsig_verifier *v)
{
	size_t i;

	if (v->error != 0)
		return v->error;
	if (v->stage != STAGE_BODY)
		return DKIMSIG_E_STATE;
	v->stage = STAGE_KEYS;
	for (i = 0; v->error == 0 && i < v->nbodies; i++)
		v->error = canon_body_end(&v->bodies[i].canon,
		    v->bodies[i].hash);
	return v->error;
}

DKIMSIG_API size_t
dkimsig_verifier_count(const struct dkimsig_verifier *v)
{
	return v->nfields;
}

DKIMSIG_API int
dkimsig_verifier_query(const struct dkimsig_verifier *v, size_t i,
    const char **name)
{
	const struct signature *s;

	if (v->error != 0)
		return v->error;
	if (v->stage == STAGE_HEADER)
		return DKIMSIG_E_STATE;
	if (i >= v->nfields)
		return DKIMSIG_E_ARG;
	*name = NULL;
	if (i < v->nsignatures) {
		s = &v->signatures[i];
		if (s->result == DKIMSIG_RESULT_NONE && !s->has_key)
			*name = s->query;
	}
	return 0;
}

/* The key record against the signature, RFC 6376 section 6.1.2. */
static int
use_record(const struct sigfield *f, const char *txt, size_t txtlen,
    struct key *key)
{
	struct dkimsig_keyrecord *record;
	enum dkimsig_reason *reason = &key->reason;
	int r;

	if ((record = malloc(sizeof(*record))) == NULL)
		return DKIMSIG_E_NOMEM;
	r = dkimsig_keyrecord_parse(txt, txtlen, record, reason);
	if (r == DKIMSIG_E_TOOBIG)
		*reason = DKIMSIG_REASON_LIMIT;
	if (r == 0) {
		key->is_testing = record->testing;
		if (!record->service_email)
			*reason = DKIMSIG_REASON_KEY_SERVICE;
		else if (!record->hash_any && !record->hash_sha256)
			*reason = DKIMSIG_REASON_KEY_HASH;
		else if (record->keylen == 0)
			*reason = DKIMSIG_REASON_KEY_REVOKED;
		else if (record->strict &&
		    !dkimsig_domain_equal(f->auid_domain, f->sdid))
			*reason = DKIMSIG_REASON_KEY_STRICT;
		else
			r = pubkey_load(record, f->algorithm, &key->pkey,
			    &key->bits, reason);
	}
	free(record);
	if (r == DKIMSIG_E_NOMEM)
		return r;
	if (*reason != DKIMSIG_REASON_NONE)
		key->result = DKIMSIG_RESULT_PERMERROR;
	return 0;
}

static int
use_answer(const struct sigfield *f, enum dkimsig_dns status,
    const char *txt, size_t txtlen, struct key *key)
{
	memset(key, 0, sizeof(*key));
	switch (status) {
	case DKIMSIG_DNS_FOUND:
		return use_record(f, txt, txtlen, key);
	case DKIMSIG_DNS_NONE:
		key->result = DKIMSIG_RESULT_PERMERROR;
		key->reason = DKIMSIG_REASON_NO_KEY;
		return 0;
	case DKIMSIG_DNS_MANY:
		key->result = DKIMSIG_RESULT_PERMERROR;
		key->reason = DKIMSIG_REASON_KEY_MANY;
		return 0;
	case DKIMSIG_DNS_FAILED:
		key->result = DKIMSIG_RESULT_TEMPERROR;
		key->reason = DKIMSIG_REASON_DNS_TEMPORARY;
		return 0;
	}
	return DKIMSIG_E_ARG;
}

DKIMSIG_API int
dkimsig_verifier_key(struct dkimsig_verifier *v, size_t i,
    enum dkimsig_dns status, const char *txt, size_t txtlen)
{
	struct signature *s;
	struct key key;
	int r;

	if (v->error != 0)
		return v->error;
	if (v->stage != STAGE_BODY && v->stage != STAGE_KEYS)
		return DKIMSIG_E_STATE;
	if (i >= v->nfields)
		return DKIMSIG_E_ARG;
	if (i >= v->nsignatures ||
	    v->signatures[i].result != DKIMSIG_RESULT_NONE)
		return 0;
	s = &v->signatures[i];
	if ((r = use_answer(&s->field, status, txt, txtlen, &key)) != 0)
		return r;
	EVP_PKEY_free(s->key.pkey);
	s->key = key;
	s->has_key = true;
	return 0;
}

/* The header hash's input, RFC 6376 section 3.7, into the block. */
static int
write_block(struct dkimsig_verifier *v, const struct signature *s,
    enum dkimsig_canon canon)
{
	const struct hdrfield *own = &v->fields.fields[s->at];

	buf_reset(&v->block);
	hnames_write(&s->field.names, &v->fields, own, canon, &v->block);
	sigfield_write(&s->field, canon, own->name, own->value, &v->block);
	return v->block.error;
}

/* 1: the signature is one of the header; 0: it is not; or an error. */
static int
check_header(struct dkimsig_verifier *v, const struct signature *s)
{
	int r;

	if ((r = write_block(v, s, s->field.header_canon)) != 0)
		return r;
	return pubkey_verify(s->key.pkey, s->field.algorithm, v->block.data,
	    v->block.len, s->field.sig, s->field.siglen);
}

/* RFC 6376 section 6.1.3: the body first, then the signature. */
static int
judge(struct dkimsig_verifier *v, struct signature *s)
{
	const struct sigfield *f = &s->field;
	int r;

	if (!s->has_key)
		decide(s, DKIMSIG_RESULT_TEMPERROR,
		    DKIMSIG_REASON_DNS_TEMPORARY);
	else if (s->key.result != DKIMSIG_RESULT_NONE)
		decide(s, s->key.result, s->key.reason);
	else if (f->body_length != -1 &&
	    (uint64_t)f->body_length > s->body->canon.total)
		decide(s, DKIMSIG_RESULT_PERMERROR,
		    DKIMSIG_REASON_BODY_LENGTH);
	else if (memcmp(s->body->hash, f->bodyhash, DIGEST_SIZE) != 0)
		decide(s, DKIMSIG_RESULT_FAIL, DKIMSIG_REASON_BODY_HASH);
	else if ((r = check_header(v, s)) == DKIMSIG_E_TOOBIG)
		decide(s, DKIMSIG_RESULT_PERMERROR, DKIMSIG_REASON_LIMIT);
	else if (r < 0)
		return r;
	else if (r == 0)
		decide(s, DKIMSIG_RESULT_FAIL, DKIMSIG_REASON_SIGNATURE);
	else
		decide(s, DKIMSIG_RESULT_PASS, DKIMSIG_REASON_NONE);
	return 0;
}

/* The place in the header of the i-th signature field. */
static size_t
field_index(const struct dkimsig_verifier *v, size_t i)
{
	size_t n;

	for (n = 0; n < v->fields.nfields; n++)
		if (view_equal_nocase(v->fields.fields[n].key,
		    view_str("dkim-signature")) && i-- == 0)
			break;
	return n;
}

static void
fill_verdict(const struct signature *s, struct dkimsig_verdict *verdict)
{
	const struct sigfield *f = &s->field;

	verdict->result = s->result;
	verdict->reason = s->reason;
	verdict->sdid = f->sdid;
	verdict->selector = f->selector;
	verdict->auid = f->auid;
	verdict->algorithm = f->algorithm;
	verdict->header_canon = f->header_canon;
	verdict->body_canon = f->body_canon;
	verdict->timestamp = f->timestamp;
	verdict->expires = f->expires;
	verdict->body_length = f->body_length;
	if (f->body_length != -1 && s->body != NULL &&
	    s->body->canon.total > (uint64_t)f->body_length)
		verdict->body_unsigned = s->body->canon.total -
		    (uint64_t)f->body_length;
	verdict->keybits = s->key.bits;
	verdict->key_testing = s->key.is_testing;
	verdict->b_prefix = f->b_prefix;
	if (s->is_read) {
		verdict->bodyhash = f->bodyhash;
		verdict->sig = f->sig;
		verdict->siglen = f->siglen;
		verdict->nsigned = f->names.nnames;
	}
}

DKIMSIG_API int
dkimsig_verifier_result(struct dkimsig_verifier *v, size_t i,
    struct dkimsig_verdict *verdict)
{
	int r;

	if (v->error != 0)
		return v->error;
	if (v->stage < STAGE_KEYS)
		return DKIMSIG_E_STATE;
	if (i >= v->nfields)
		return DKIMSIG_E_ARG;
	v->stage = STAGE_RESULT;
	memset(verdict, 0, sizeof(*verdict));
	verdict->field = field_index(v, i);
	if (i >= v->nsignatures) {
		verdict->result = DKIMSIG_RESULT_PERMERROR;
		verdict->reason = DKIMSIG_REASON_LIMIT;
		verdict->sdid = verdict->selector = verdict->auid =
		    verdict->b_prefix = "";
		verdict->timestamp = verdict->expires = -1;
		verdict->body_length = -1;
		return 0;
	}
	if (v->signatures[i].result == DKIMSIG_RESULT_NONE &&
	    (r = judge(v, &v->signatures[i])) != 0)
		return r;
	fill_verdict(&v->signatures[i], verdict);
	return 0;
}

/* A signature whose field could be read, or an error. */
static int
find_read(const struct dkimsig_verifier *v, size_t i,
    const struct signature **s)
{
	if (v->error != 0)
		return v->error;
	if (v->stage == STAGE_HEADER)
		return DKIMSIG_E_STATE;
	if (i >= v->nfields)
		return DKIMSIG_E_ARG;
	if (i >= v->nsignatures || !v->signatures[i].is_read)
		return DKIMSIG_E_SYNTAX;
	*s = &v->signatures[i];
	return 0;
}

DKIMSIG_API int
dkimsig_verifier_signs(const struct dkimsig_verifier *v, size_t i, size_t n,
    const char **name, size_t *namelen)
{
	const struct signature *s;
	int r;

	if ((r = find_read(v, i, &s)) != 0)
		return r;
	if (n >= s->field.names.nnames)
		return DKIMSIG_E_ARG;
	*name = s->field.names.names[n].ptr;
	*namelen = s->field.names.names[n].len;
	return 0;
}

DKIMSIG_API int
dkimsig_verifier_block(struct dkimsig_verifier *v, size_t i,
    enum dkimsig_canon canon, const unsigned char **block, size_t *blocklen)
{
	const struct signature *s;
	int r;

	if ((r = find_read(v, i, &s)) != 0 ||
	    (r = write_block(v, s, canon)) != 0)
		return r;
	*block = (const unsigned char *)v->block.data;
	*blocklen = v->block.len;
	return 0;
}
