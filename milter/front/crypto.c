/* SPDX-License-Identifier: ISC */

/*
 * Whether the crypto library verifies signatures: see crypto.h.
 *
 * OpenSSL makes what it needs for a kind of key when it first meets one.  If
 * memory runs out then, it notes that it has looked for it, and never finds it
 * again: keys of that kind cannot be loaded, or verify nothing, as long as the
 * process lives.  Mail whose source is proven by DKIM would be deferred until
 * somebody restarts the service.
 *
 * In FIPS mode, OpenSSL may have no Ed25519: then its key has a syntax that is
 * not known (dkimsig/pubkey.c), which lasts, too, but is no fault.
 */

#include "front/crypto.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "dkimsig/dkimsig.h"

#define NOW	1790000000	/* any time: the signatures have none */
#define NSIGNATURES 2

#define BODY	"Test.\r\n"
#define BODYHASH "BI4YMQZiS1dFP7aAeyZO3W8ytQStnfBh5ejho7+pdxE="

static const struct field {
	const char	*name, *value;
} fields[] = {
	{ "DKIM-Signature",
	    "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=rsa; "
	    "h=from; bh=" BODYHASH "; b="
	    "gVef38Boi6B3Ks8ax1yRk/CcvbChAvplmeTUdfeBkYtzH94sDPnY2Nqvl/E7"
	    "tDuTscGGN0Tr1VtHzcbpaCgazx9oRuLJ3Ju4ObazXFdMOnPFkiXrTani7adR"
	    "yI23WyQXP12oEKuHIrT3dKpVCrA0gq3rnTQmQr4v+tpBgA6+QJA4o2TvRuxh"
	    "u/NWX+6f5kq5wjH8udchUtFXeCkgEOTKLI4J3i3YFpoha5rCzF9RCsh8mW+j"
	    "s36n/hd04xIF6nqD6l+dPgkES6xU3LnhFdpBZ9mhnaHIymcou4jyi7fwXEM3"
	    "EaZL0A1+Ui9WWQrsnltwEgcAlyo02Xj0rHcVUU47Rg==" },
	{ "DKIM-Signature",
	    "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=ed; "
	    "h=from; bh=" BODYHASH "; b="
	    "VY5c2jYaxg61dw9wckflKCAvLItdHAvMsPW3fQYsk3QzkuA39woQcGM1cGGi"
	    "Xlsys/1NRth6PJKhV2Y5rE2cDw==" },
	{ "From", "test@example.com" },
};

/* The key records of the signatures, in their order. */
static const char *const records[NSIGNATURES] = {
	"v=DKIM1; k=rsa; p="
	    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqHMco8geovAH0iF7"
	    "Geo9pbbBAiPlsdVsGJBZyjHa8UqZNpc7MEkMX35jXVxuRUW1aZky+w9VjoQr"
	    "/a0LwqzngtrKIz2ITGoro+8n6gm3SGHzQJXtNniGMjyR6RWr1Qfb3f30eDuw"
	    "v/ciwoAQfvUusrq0kj8wboHP5qtIMwggLYc6a7QslAy8p/RIgDQD7Wwd9UBR"
	    "w1xDEf6JaLcexL7ajLAnR1tSrNW3iPvcBt6BigzvPL8ZoPGAC7bc4Gslulzo"
	    "/XvgvsWci1KFn1+wb5TWvL+wT+rhsPk06ziSpwCdePLg5UV4BO2F8jYgeEdL"
	    "Z89kJHlXUttGOYE+Y9J3Utu70QIDAQAB",
	"v=DKIM1; k=ed25519; p=3ZXXGwK793i0GzhqVtPA6xyGf9NdHcaXYsdiK9t6GTA="
};

/* Pass the message to a verifier, with the keys that it needs. */
static int
feed(struct dkimsig_verifier *verifier)
{
	const struct field *f;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < sizeof(fields) / sizeof(fields[0]); i++) {
		f = &fields[i];
		r = dkimsig_verifier_header(verifier, f->name,
		    strlen(f->name), f->value, strlen(f->value));
	}
	if (r != 0 || (r = dkimsig_verifier_end_headers(verifier)) != 0 ||
	    (r = dkimsig_verifier_body(verifier, BODY, strlen(BODY))) != 0 ||
	    (r = dkimsig_verifier_end(verifier)) != 0)
		return r;
	for (i = 0; r == 0 && i < NSIGNATURES; i++)
		r = dkimsig_verifier_key(verifier, i, DKIMSIG_DNS_FOUND,
		    records[i], strlen(records[i]));
	return r;
}

static bool
is_good(const struct dkimsig_verdict *verdict)
{
	return verdict->result == DKIMSIG_RESULT_PASS ||
	    (verdict->algorithm == DKIMSIG_ED25519_SHA256 &&
	    verdict->reason == DKIMSIG_REASON_KEY_SYNTAX);
}

bool
crypto_works(char *why, size_t size)
{
	const struct dkimsig_verifier_opts opts = { .now = NOW };
	struct dkimsig_verifier *verifier = NULL;
	struct dkimsig_verdict verdict = { .result = DKIMSIG_RESULT_PASS };
	size_t i;
	int r;

	/* Without its context, libcrypto 3.0 crashes. */
	if (OSSL_LIB_CTX_get0_global_default() == NULL)
		r = DKIMSIG_E_CRYPTO;
	else if ((r = dkimsig_verifier_new(&verifier, &opts)) == 0)
		r = feed(verifier);
	for (i = 0; r == 0 && is_good(&verdict) && i < NSIGNATURES; i++)
		r = dkimsig_verifier_result(verifier, i, &verdict);
	if (r != 0)
		(void)strlcpy(why, dkimsig_strerror(r), size);
	else if (!is_good(&verdict))
		(void)snprintf(why, size, "%s in a good signature, s=%s",
		    dkimsig_reason_text(verdict.reason), verdict.selector);
	dkimsig_verifier_free(verifier);
	return r == 0 && is_good(&verdict);
}
