/* SPDX-License-Identifier: ISC */

/*
 * The verifier's key records, RFC 6376 section 6.1.2: converts the DNS answer
 * for a signature to a public key, or to the reason why there is none.
 *
 * A bad answer is not an error: it results in the verdict on the signature.  A
 * later answer replaces an earlier one.
 */

#include "dkimsig/verifier_private.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "dkimsig/internal.h"
#include "dkimsig/pubkey.h"

/* Check the key record against the signature, and load the key. */
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
