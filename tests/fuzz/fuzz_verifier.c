/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a message with signatures.  Each verdict is the same for the
 * body in one piece and in pieces of the length that the first octet says.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dkimsig/dkimsig.h"
#include "mailtext.h"

/* The key of RFC 8463, appendix A. */
#define RECORD "v=DKIM1; k=ed25519; " \
	"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

struct verdicts {
	size_t			 n;
	enum dkimsig_reason	 reasons[DKIMSIG_MAX_SIGNATURES];
};

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int
feed(struct dkimsig_verifier *v, const char *text, size_t len, size_t piece)
{
	struct mailtext mail;
	struct mailfield f;
	size_t n;
	int r = 0;

	mailtext_split(&mail, text, len);
	while (r == 0 && mailtext_next(&mail, &f))
		r = dkimsig_verifier_header(v, f.name, f.namelen, f.value,
		    f.valuelen);
	if (r != 0 || (r = dkimsig_verifier_end_headers(v)) != 0)
		return r;
	for (; r == 0 && mail.bodylen > 0; mail.bodylen -= n) {
		n = mail.bodylen < piece ? mail.bodylen : piece;
		r = dkimsig_verifier_body(v, mail.body, n);
		mail.body += n;
	}
	return r != 0 ? r : dkimsig_verifier_end(v);
}

static int
verify(const char *text, size_t len, size_t piece, struct verdicts *verdicts)
{
	const struct dkimsig_verifier_opts opts = { .now = 1790000000 };
	struct dkimsig_verdict verdict;
	struct dkimsig_verifier *v;
	size_t i;

	memset(verdicts, 0, sizeof(*verdicts));
	if (dkimsig_verifier_new(&v, &opts) != 0)
		return -1;
	if (feed(v, text, len, piece) != 0) {
		dkimsig_verifier_free(v);
		return -1;
	}
	verdicts->n = dkimsig_verifier_count(v);
	for (i = 0; i < verdicts->n; i++)
		if (dkimsig_verifier_key(v, i, DKIMSIG_DNS_FOUND, RECORD,
		    strlen(RECORD)) != 0)
			abort();
	for (i = 0; i < verdicts->n && i < DKIMSIG_MAX_SIGNATURES; i++) {
		if (dkimsig_verifier_result(v, i, &verdict) != 0 ||
		    (verdict.result == DKIMSIG_RESULT_PASS) !=
		    (verdict.reason == DKIMSIG_REASON_NONE))
			abort();
		verdicts->reasons[i] = verdict.reason;
	}
	dkimsig_verifier_free(v);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct verdicts whole, pieces;
	const char *text = (const char *)data + 1;

	if (len == 0)
		return 0;
	if (verify(text, len - 1, len, &whole) != 0)
		return 0;
	if (verify(text, len - 1, 1 + data[0] % 64, &pieces) != 0 ||
	    memcmp(&whole, &pieces, sizeof(whole)) != 0)
		abort();
	return 0;
}
