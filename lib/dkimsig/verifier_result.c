/* SPDX-License-Identifier: ISC */

/*
 * The verifier's verdicts, RFC 6376 section 6.1.3, and what a caller can learn
 * about a signature: the names that it signs, and the block that it must have
 * signed.
 *
 * A verdict is computed at the first call and does not change.
 */

#include "dkimsig/verifier_private.h"

#include "dkimsig/internal.h"
#include "dkimsig/pubkey.h"

/* Write the input of the header hash to v->block, RFC 6376 section 3.7. */
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

/* 1 if the signature matches the header, 0 if not, or an error. */
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
	enum dkimsig_reason times = judge_times(v, f);
	int r;

	if (times != DKIMSIG_REASON_NONE)
		decide(s, DKIMSIG_RESULT_PERMERROR, times);
	else if (!s->has_key)
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

/* The index of the i-th signature field in the header. */
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

void
verifier_fill_verdict(const struct signature *s,
    struct dkimsig_verdict *verdict)
{
	const struct sigfield *f = &s->field;

	memset(verdict, 0, sizeof(*verdict));
	verdict->field = s->at;
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
	if (s->is_parsed) {
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
	if (i >= v->nsignatures) {
		memset(verdict, 0, sizeof(*verdict));
		verdict->field = field_index(v, i);
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
	verifier_fill_verdict(&v->signatures[i], verdict);
	return 0;
}

/* Find a signature whose field could be parsed: 0, or an error. */
static int
find_parsed(const struct dkimsig_verifier *v, size_t i,
    const struct signature **s)
{
	if (v->error != 0)
		return v->error;
	if (v->stage == STAGE_HEADER)
		return DKIMSIG_E_STATE;
	if (i >= v->nfields)
		return DKIMSIG_E_ARG;
	if (i >= v->nsignatures || !v->signatures[i].is_parsed)
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

	if ((r = find_parsed(v, i, &s)) != 0)
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

	if ((r = find_parsed(v, i, &s)) != 0 ||
	    (r = write_block(v, s, canon)) != 0)
		return r;
	*block = (const unsigned char *)v->block.data;
	*blocklen = v->block.len;
	return 0;
}
