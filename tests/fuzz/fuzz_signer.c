/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a message that is signed.  The holder of the key accepts the
 * block, and the verifier, which finds no more wrong with the field than the
 * signature's octets, agrees on the body hash.  The first octet says which
 * canonicalizations there are.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dkimsig/dkimsig.h"
#include "mailtext.h"

#define NOW	1790000000

/* Blocks with these are refused. */
#define UNSIGNABLE	(DKIMSIG_FAULT_NUL | DKIMSIG_FAULT_BARE_CR | \
			DKIMSIG_FAULT_BARE_LF)

/* The key of RFC 8463, appendix A. */
#define RECORD "v=DKIM1; k=ed25519; " \
	"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int
feed_signer(struct dkimsig_signer *s, const char *text, size_t len)
{
	struct mailtext mail;
	struct mailfield f;
	int r = 0;

	mailtext_split(&mail, text, len);
	while (r == 0 && mailtext_next(&mail, &f))
		r = dkimsig_signer_header(s, f.name, f.namelen, f.value,
		    f.valuelen);
	if (r != 0 || (r = dkimsig_signer_end_headers(s)) != 0 ||
	    (r = dkimsig_signer_body(s, mail.body, mail.bodylen)) != 0)
		return r;
	return dkimsig_signer_end(s);
}

static int
feed_verifier(struct dkimsig_verifier *v, const char *value, size_t valuelen,
    const char *text, size_t len)
{
	struct mailtext mail;
	struct mailfield f;
	int r;

	mailtext_split(&mail, text, len);
	r = dkimsig_verifier_header(v, "DKIM-Signature", 14, value, valuelen);
	while (r == 0 && mailtext_next(&mail, &f))
		r = dkimsig_verifier_header(v, f.name, f.namelen, f.value,
		    f.valuelen);
	if (r != 0 || (r = dkimsig_verifier_end_headers(v)) != 0 ||
	    (r = dkimsig_verifier_body(v, mail.body, mail.bodylen)) != 0 ||
	    (r = dkimsig_verifier_key(v, 0, DKIMSIG_DNS_FOUND, RECORD,
	    strlen(RECORD))) != 0)
		return r;
	return dkimsig_verifier_end(v);
}

static void
check_field(const char *value, size_t valuelen, const char *text, size_t len)
{
	const struct dkimsig_verifier_opts opts = { .now = NOW };
	struct dkimsig_verdict verdict;
	struct dkimsig_verifier *v;

	if (dkimsig_verifier_new(&v, &opts) != 0)
		return;
	/* One field more may be over a limit. */
	if (feed_verifier(v, value, valuelen, text, len) == 0 &&
	    (dkimsig_verifier_result(v, 0, &verdict) != 0 ||
	    verdict.reason != DKIMSIG_REASON_SIGNATURE))
		abort();
	dkimsig_verifier_free(v);
}

static void
sign(struct dkimsig_signer *s, unsigned int canons, const char *text,
    size_t len)
{
	const struct dkimsig_sigspec spec = {
		.sdid = "example.com",
		.selector = "s",
		.algorithm = DKIMSIG_ED25519_SHA256,
		.header_canon = (enum dkimsig_canon)(canons & 1),
		.body_canon = (enum dkimsig_canon)(canons >> 1 & 1),
		.timestamp = NOW,
		.lifetime = 1,
	};
	static const unsigned char sig[64];
	struct dkimsig_signature *signature;
	const unsigned char *block;
	struct dkimsig_tbs tbs;
	const char *value;
	size_t n;

	if (dkimsig_signature_new(&signature, s, &spec) != 0)
		return;
	block = dkimsig_signature_block(signature, &n);
	if ((dkimsig_tbs_parse(block, n, &tbs) != 0 || !tbs.oversigns_from) &&
	    (dkimsig_signer_faults(s) & UNSIGNABLE) == 0)
		abort();
	if (dkimsig_signature_field(signature, sig, sizeof(sig), &value,
	    &n) == 0)
		check_field(value, n, text, len);
	dkimsig_signature_free(signature);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct dkimsig_signer_opts opts = { .body_canons = 3 };
	struct dkimsig_signer *s;

	if (len == 0 || dkimsig_signer_new(&s, &opts) != 0)
		return 0;
	if (feed_signer(s, (const char *)data + 1, len - 1) == 0)
		sign(s, data[0] & 3, (const char *)data + 1, len - 1);
	dkimsig_signer_free(s);
	return 0;
}
