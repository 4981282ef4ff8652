/* SPDX-License-Identifier: ISC */

/*
 * The signer: takes a message as a stream, and returns to-be-signed blocks and
 * finished DKIM-Signature fields.  RFC 6376 sections 3.5, 3.7 and 5.
 *
 * The body is scanned once, and hashed once for each requested
 * canonicalization, for any number of signatures.  The header is kept, so a
 * further signature costs only another header hash.
 *
 * b= is the last tag, and its value begins on the line of its name, so filling
 * it in does not change what was signed.
 */

#include <stdlib.h>

#include "dkimsig/base64.h"
#include "dkimsig/bodyscan.h"
#include "dkimsig/buf.h"
#include "dkimsig/canon.h"
#include "dkimsig/dkimsig.h"
#include "dkimsig/hdrlist.h"
#include "dkimsig/hnames.h"
#include "dkimsig/internal.h"
#include "dkimsig/sigfold.h"

#define NCANONS		2
#define ALL_CANONS	((1u << NCANONS) - 1)
#define MAX_TIME	999999999999	/* t=, x=: 12 digits */
/* Room for the longest h= with its folds, base64 and the other tags. */
#define MAX_VALUE	DKIMSIG_MAX_TAGLIST
#define MAX_BLOCK	(DKIMSIG_MAX_HEADER + MAX_VALUE)

enum stage {
	STAGE_HEADER,
	STAGE_BODY,
	STAGE_SIGN
};

struct dkimsig_signer {
	enum stage		 stage;
	int			 error;		/* sticky */
	unsigned int		 canons;
	struct hdrlist		 fields;
	struct bodyscan		 scan;
	struct canon_body	 bodies[NCANONS];
	unsigned char		 hashes[NCANONS][DIGEST_SIZE];
	struct hnames		 names;		/* of the last signature */
};

struct dkimsig_signature {
	struct sigfold		 fold;
	struct buf		 value;
	struct buf		 block;
	bool			 is_finished;
};

static const char *const canon_names[NCANONS] = {
	[DKIMSIG_CANON_SIMPLE]	= "simple",
	[DKIMSIG_CANON_RELAXED]	= "relaxed",
};

DKIMSIG_API int
dkimsig_signer_new(struct dkimsig_signer **signer,
    const struct dkimsig_signer_opts *opts)
{
	static const struct dkimsig_signer_opts defaults;
	struct dkimsig_signer *s;
	unsigned int i;
	int r;

	*signer = NULL;
	if (opts == NULL)
		opts = &defaults;
	if ((opts->body_canons & ~ALL_CANONS) != 0)
		return DKIMSIG_E_ARG;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return DKIMSIG_E_NOMEM;
	s->canons = opts->body_canons != 0 ? opts->body_canons :
	    1u << DKIMSIG_CANON_RELAXED;
	bodyscan_init(&s->scan);
	r = hdrlist_init(&s->fields, opts->max_header, opts->max_fields);
	for (i = 0; r == 0 && i < NCANONS; i++)
		if ((s->canons & 1u << i) != 0)
			r = canon_body_init(&s->bodies[i],
			    (enum dkimsig_canon)i, CANON_BODY_ALL);
	if (r != 0) {
		dkimsig_signer_free(s);
		return r;
	}
	*signer = s;
	return 0;
}

DKIMSIG_API void
dkimsig_signer_free(struct dkimsig_signer *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < NCANONS; i++)
		canon_body_finish(&s->bodies[i]);
	hdrlist_finish(&s->fields);
	free(s);
}

DKIMSIG_API int
dkimsig_signer_header(struct dkimsig_signer *s, const char *name,
    size_t namelen, const char *value, size_t valuelen)
{
	if (s->error != 0)
		return s->error;
	if (s->stage != STAGE_HEADER)
		return DKIMSIG_E_STATE;
	return s->error = hdrlist_add(&s->fields, view_of(name, namelen),
	    view_of(value, valuelen));
}

DKIMSIG_API int
dkimsig_signer_end_headers(struct dkimsig_signer *s)
{
	if (s->error != 0)
		return s->error;
	if (s->stage != STAGE_HEADER)
		return DKIMSIG_E_STATE;
	s->stage = STAGE_BODY;
	return 0;
}

DKIMSIG_API int
dkimsig_signer_omit(struct dkimsig_signer *s, size_t index)
{
	if (s->error != 0)
		return s->error;
	if (s->stage == STAGE_HEADER)
		return DKIMSIG_E_STATE;
	if (index >= s->fields.nfields)
		return DKIMSIG_E_ARG;
	s->fields.fields[index].omitted = true;
	return 0;
}

DKIMSIG_API int
dkimsig_signer_body(struct dkimsig_signer *s, const void *chunk, size_t len)
{
	struct canon_body *bodies[NCANONS];
	unsigned int i;
	size_t n = 0;

	if (s->error != 0)
		return s->error;
	if (s->stage != STAGE_BODY)
		return DKIMSIG_E_STATE;
	for (i = 0; i < NCANONS; i++)
		if ((s->canons & 1u << i) != 0)
			bodies[n++] = &s->bodies[i];
	return s->error = canon_bodies_update(&s->scan, bodies, n, chunk, len);
}

DKIMSIG_API int
dkimsig_signer_end(struct dkimsig_signer *s)
{
	unsigned int i;

	if (s->error != 0)
		return s->error;
	if (s->stage != STAGE_BODY)
		return DKIMSIG_E_STATE;
	bodyscan_end(&s->scan);
	for (i = 0; s->error == 0 && i < NCANONS; i++)
		if ((s->canons & 1u << i) != 0)
			s->error = canon_body_end(&s->bodies[i],
			    s->hashes[i]);
	s->stage = STAGE_SIGN;
	return s->error;
}

DKIMSIG_API unsigned int
dkimsig_signer_faults(const struct dkimsig_signer *s)
{
	return s->fields.faults | s->scan.faults;
}

DKIMSIG_API int
dkimsig_signer_bodyhash(const struct dkimsig_signer *s,
    enum dkimsig_canon canon, const unsigned char **bodyhash)
{
	if (s->error != 0)
		return s->error;
	if (s->stage < STAGE_SIGN)
		return DKIMSIG_E_STATE;
	if ((unsigned int)canon >= NCANONS ||
	    (s->canons & 1u << canon) == 0)
		return DKIMSIG_E_ARG;
	*bodyhash = s->hashes[canon];
	return 0;
}

/* Check that a domain name is normalized: 0, or an error. */
static int
check_normalized(const char *domain)
{
	char normal[DKIMSIG_DOMAIN_SIZE];
	int r;

	if (domain == NULL)
		return DKIMSIG_E_ARG;
	r = dkimsig_domain_normalize(domain, strlen(domain), normal,
	    sizeof(normal));
	if (r == DKIMSIG_E_NOMEM)
		return r;
	return r == 0 && strcmp(domain, normal) == 0 ? 0 : DKIMSIG_E_ARG;
}

/* Check i=: no local part, and within the SDID (RFC 6376 section 3.5). */
static int
check_auid(const char *auid, const char *sdid)
{
	int r;

	if (auid == NULL)
		return 0;
	if (auid[0] != '@')
		return DKIMSIG_E_ARG;
	if ((r = check_normalized(auid + 1)) != 0)
		return r;
	return dkimsig_domain_equal(auid + 1, sdid) ||
	    dkimsig_domain_is_below(auid + 1, sdid) ? 0 : DKIMSIG_E_ARG;
}

static int
check_spec(const struct dkimsig_signer *s, const struct dkimsig_sigspec *spec)
{
	int r;

	if (spec->selector == NULL ||
	    !dkimsig_selector_is_valid(spec->selector) ||
	    dkimsig_algorithm_name(spec->algorithm) == NULL ||
	    (unsigned int)spec->header_canon >= NCANONS ||
	    (unsigned int)spec->body_canon >= NCANONS ||
	    (s->canons & 1u << spec->body_canon) == 0 ||
	    spec->timestamp < 1 || spec->timestamp > MAX_TIME ||
	    spec->lifetime < 0 ||
	    spec->lifetime > MAX_TIME - spec->timestamp)
		return DKIMSIG_E_ARG;
	if ((r = check_normalized(spec->sdid)) != 0)
		return r;
	return check_auid(spec->auid, spec->sdid);
}

static void
put_time(struct sigfold *fold, const char *name, int64_t when)
{
	char text[24];
	struct buf number;

	buf_init(&number, sizeof(text));
	buf_put_number(&number, (long long)when);
	sigfold_tag(fold, name, buf_view(&number));
	if (number.error != 0)
		fold->out->error = number.error;
	buf_finish(&number);
}

static void
put_base64(struct sigfold *fold, const void *data, size_t len)
{
	struct buf text;

	buf_init(&text, DKIMSIG_MAX_SIGVALUE * 2);
	base64_encode(&text, data, len);
	sigfold_base64_more(fold, buf_view(&text));
	if (text.error != 0)
		fold->out->error = text.error;
	buf_finish(&text);
}

static void
put_canon(struct sigfold *fold, const struct dkimsig_sigspec *spec)
{
	char text[32];

	strlcpy(text, canon_names[spec->header_canon], sizeof(text));
	strlcat(text, "/", sizeof(text));
	strlcat(text, canon_names[spec->body_canon], sizeof(text));
	sigfold_tag(fold, "c", view_str(text));
}

/* Write the value of the field, up to and including "b=". */
static void
write_value(const struct dkimsig_signer *s,
    const struct dkimsig_sigspec *spec, struct dkimsig_signature *sig)
{
	struct sigfold *fold = &sig->fold;

	sigfold_init(fold, &sig->value);
	sigfold_tag(fold, "v", view_str("1"));
	sigfold_tag(fold, "a",
	    view_str(dkimsig_algorithm_name(spec->algorithm)));
	put_canon(fold, spec);
	sigfold_tag(fold, "d", view_str(spec->sdid));
	sigfold_tag(fold, "s", view_str(spec->selector));
	if (spec->auid != NULL)
		sigfold_tag(fold, "i", view_str(spec->auid));
	put_time(fold, "t", spec->timestamp);
	if (spec->lifetime > 0)
		put_time(fold, "x", spec->timestamp + spec->lifetime);
	sigfold_names(fold, "h", s->names.names, s->names.nnames);
	sigfold_base64_open(fold, "bh");
	put_base64(fold, s->hashes[spec->body_canon], DIGEST_SIZE);
	sigfold_base64_open(fold, "b");
}

/* Write the field and the block of a signature: 0, or an error. */
static int
compose(struct dkimsig_signer *s, const struct dkimsig_sigspec *spec,
    struct dkimsig_signature *sig)
{
	int r;

	if ((r = hnames_compose(&s->names, &s->fields, spec)) != 0)
		return r;
	write_value(s, spec, sig);
	hnames_write(&s->names, &s->fields, NULL, spec->header_canon,
	    &sig->block);
	canon_header(spec->header_canon, view_str("DKIM-Signature"),
	    buf_view(&sig->value), &sig->block);
	return sig->value.error != 0 ? sig->value.error : sig->block.error;
}

DKIMSIG_API int
dkimsig_signature_new(struct dkimsig_signature **signature,
    struct dkimsig_signer *s, const struct dkimsig_sigspec *spec)
{
	struct dkimsig_signature *sig;
	int r;

	*signature = NULL;
	if (s->error != 0)
		return s->error;
	if (s->stage < STAGE_SIGN)
		return DKIMSIG_E_STATE;
	if ((r = check_spec(s, spec)) != 0)
		return r;
	if ((sig = calloc(1, sizeof(*sig))) == NULL)
		return DKIMSIG_E_NOMEM;
	buf_init(&sig->value, MAX_VALUE);
	buf_init(&sig->block, MAX_BLOCK);
	if ((r = compose(s, spec, sig)) != 0) {
		dkimsig_signature_free(sig);
		return r;
	}
	*signature = sig;
	return 0;
}

DKIMSIG_API void
dkimsig_signature_free(struct dkimsig_signature *sig)
{
	if (sig == NULL)
		return;
	buf_finish(&sig->value);
	buf_finish(&sig->block);
	free(sig);
}

DKIMSIG_API const unsigned char *
dkimsig_signature_block(const struct dkimsig_signature *sig, size_t *len)
{
	*len = sig->block.len;
	return (const unsigned char *)sig->block.data;
}

DKIMSIG_API int
dkimsig_signature_field(struct dkimsig_signature *sig, const void *raw,
    size_t rawlen, const char **value, size_t *valuelen)
{
	const char *text;

	if (sig->is_finished)
		return DKIMSIG_E_STATE;
	if (rawlen == 0 || rawlen > DKIMSIG_MAX_SIGVALUE)
		return DKIMSIG_E_ARG;
	sig->is_finished = true;
	put_base64(&sig->fold, raw, rawlen);
	if ((text = buf_str(&sig->value)) == NULL)
		return sig->value.error;
	*value = text;
	*valuelen = sig->value.len;
	return 0;
}
