/* SPDX-License-Identifier: ISC */

/*
 * The verifier: RFC 6376 section 6, RFC 8301, RFC 8463, RFC 8616.
 *
 * All signatures are parsed at the end of the header.  The body is scanned
 * once, and hashed once for each pair of canonicalization and l= among the
 * signatures that can still pass.  Key records are parsed when the caller
 * supplies them (verifier_key.c); the header is hashed when the caller asks for
 * a verdict (verifier_result.c).
 *
 * A bad signature results in a verdict, not an error.  Fails only if memory
 * runs out, the crypto library fails or calls are out of order.
 */

#include "dkimsig/verifier_private.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "dkimsig/domain.h"
#include "dkimsig/internal.h"

#define MAX_BLOCK	(2 * DKIMSIG_MAX_HEADER)

static bool
is_time(int64_t now, int64_t clock_skew)
{
	return now >= 1 && clock_skew <= INT64_MAX - now;
}

DKIMSIG_API int
dkimsig_verifier_new(struct dkimsig_verifier **verifier,
    const struct dkimsig_verifier_opts *opts)
{
	struct dkimsig_verifier *v;
	int r;

	*verifier = NULL;
	if (opts == NULL || opts->clock_skew < 0 ||
	    !is_time(opts->now, opts->clock_skew) ||
	    opts->max_signatures > DKIMSIG_MAX_SIGNATURES)
		return DKIMSIG_E_ARG;
	if ((v = calloc(1, sizeof(*v))) == NULL)
		return DKIMSIG_E_NOMEM;
	v->opts = *opts;
	buf_init(&v->block, MAX_BLOCK);
	if (v->opts.max_signatures == 0)
		v->opts.max_signatures = DKIMSIG_DEFAULT_SIGNATURES;
	if ((r = hdrlist_init(&v->fields, opts->max_header,
	    opts->max_fields)) != 0) {
		dkimsig_verifier_free(v);
		return r;
	}
	*verifier = v;
	return 0;
}

DKIMSIG_API int
dkimsig_verifier_set_now(struct dkimsig_verifier *v, int64_t now)
{
	if (v->error != 0)
		return v->error;
	if (v->stage == STAGE_RESULT)
		return DKIMSIG_E_STATE;
	if (!is_time(now, v->opts.clock_skew))
		return DKIMSIG_E_ARG;
	v->opts.now = now;
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

/* Find the body hash that a signature needs, or begin a new one. */
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
parse_signature(struct dkimsig_verifier *v, struct signature *s)
{
	const struct hdrfield *field = &v->fields.fields[s->at];
	const struct sigfield *f = &s->field;
	enum dkimsig_reason reason;
	int r;

	r = sigfield_parse(&s->field, field->value, &reason);
	if (r == DKIMSIG_E_NOMEM)
		return r;
	s->is_parsed = r == 0;
	if (r != 0)
		decide(s, DKIMSIG_RESULT_PERMERROR, reason);
	else if (f->siglen == 0)
		decide(s, DKIMSIG_RESULT_PERMERROR, DKIMSIG_REASON_SYNTAX);
	else if (domain_key_name(f->selector, f->sdid, s->query,
	    sizeof(s->query)) != 0)
		decide(s, DKIMSIG_RESULT_PERMERROR, DKIMSIG_REASON_LIMIT);
	return 0;
}

static bool
is_wanted(const struct dkimsig_verifier *v, const struct signature *s)
{
	struct dkimsig_verdict claim;

	if (v->opts.wants == NULL)
		return true;
	if (!s->is_parsed)
		return false;
	verifier_fill_verdict(s, &claim);
	return v->opts.wants(v->opts.wants_arg, &claim);
}

/* Add the signature field at this index. */
static int
take_field(struct dkimsig_verifier *v, size_t at)
{
	struct signature *s = &v->signatures[v->nsignatures];
	int r;

	memset(s, 0, sizeof(*s));
	s->at = at;
	if ((r = parse_signature(v, s)) != 0 || !is_wanted(v, s))
		return r;
	v->nsignatures++;
	return s->result == DKIMSIG_RESULT_NONE ? join_body(v, s) : 0;
}

DKIMSIG_API int
dkimsig_verifier_end_headers(struct dkimsig_verifier *v)
{
	struct view name = view_str("dkim-signature");
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
	if ((v->signatures = calloc(max, sizeof(*v->signatures))) == NULL ||
	    (v->bodies = calloc(max, sizeof(*v->bodies))) == NULL)
		return v->error = DKIMSIG_E_NOMEM;
	for (i = 0; v->error == 0 && i < v->fields.nfields &&
	    v->nsignatures < max; i++)
		if (view_equal_nocase(v->fields.fields[i].key, name))
			v->error = take_field(v, i);
	if (v->opts.wants != NULL)
		v->nfields = v->nsignatures;
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
	struct canon_body *bodies[DKIMSIG_MAX_SIGNATURES];
	size_t i;

	if (v->error != 0)
		return v->error;
	if (v->stage != STAGE_BODY)
		return DKIMSIG_E_STATE;
	for (i = 0; i < v->nbodies; i++)
		bodies[i] = &v->bodies[i].canon;
	return v->error = canon_bodies_update(NULL, bodies, v->nbodies, chunk,
	    len);
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
		if (s->result == DKIMSIG_RESULT_NONE && !s->has_key &&
		    judge_times(v, &s->field) == DKIMSIG_REASON_NONE)
			*name = s->query;
	}
	return 0;
}
