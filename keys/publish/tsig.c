/* SPDX-License-Identifier: ISC */

/*
 * TSIG, RFC 8945: signing a message, and checking the signature of the answer.
 *
 * ldns computes and compares the MAC, but takes the algorithm from the answer,
 * and ignores its time and error fields; so these are checked here.  If an
 * answer is not trusted, the reason says what to compare or fix.
 */

#include "publish/tsig.h"

#include <string.h>
#include <strings.h>

/* The fields of a TSIG record, RFC 8945 section 4.2. */
enum { RDF_ALGORITHM, RDF_TIME, RDF_FUDGE, RDF_MAC, RDF_ID, RDF_ERROR,
	RDF_OTHER };

#define TIME_SIZE	6	/* octets of the field Time Signed */

/* The values of its field Error, RFC 8945 section 3. */
#define BADSIG		16
#define BADKEY		17
#define BADTIME		18
#define BADTRUNC	22

bool
tsig_sign(const struct tsig_key *key, ldns_pkt *message)
{
	return ldns_pkt_tsig_sign(message, key->name, key->secret, TSIG_FUDGE,
	    key->algorithm, NULL) == LDNS_STATUS_OK;
}

static int64_t
time_signed(const ldns_rr *tsig)
{
	const ldns_rdf *rdf = ldns_rr_rdf(tsig, RDF_TIME);
	int64_t seconds;
	size_t i;

	if (rdf == NULL || ldns_rdf_size(rdf) != TIME_SIZE)
		return KS_NEVER;
	for (i = 0, seconds = 0; i < TIME_SIZE; i++)
		seconds = seconds << 8 | ldns_rdf_data(rdf)[i];
	return seconds;
}

static unsigned int
error_field(const ldns_rr *tsig)
{
	const ldns_rdf *rdf = ldns_rr_rdf(tsig, RDF_ERROR);

	return rdf == NULL || ldns_rdf_size(rdf) != 2 ? BADSIG :
	    ldns_rdf2native_int16(rdf);
}

/* Why the server did not accept our TSIG.  Such answers may have no MAC. */
static const char *
error_text(unsigned int code)
{
	switch (code) {
	case 0:
		return NULL;
	case BADSIG:
		return "BADSIG: the server has another secret for this key: "
		    "compare tsig_key with the key on the server";
	case BADKEY:
		return "BADKEY: the server does not have this key, has another "
		    "algorithm for it, or does not let it update this zone: "
		    "compare tsig_key and update_server with the server's "
		    "configuration";
	case BADTIME:
		return "BADTIME: the clocks of this host and of the server "
		    "differ by more than 300 s: synchronize them with NTP";
	case BADTRUNC:
		return "BADTRUNC: the server requires a longer signature";
	default:
		return "unknown TSIG error";
	}
}

/*
 * Whether key name and algorithm are those of the request.  ldns would use the
 * algorithm in the answer, which RFC 8945 section 5.2 does not allow.
 */
static bool
is_same_key(const ldns_rr *sent, const ldns_rr *got)
{
	return ldns_rr_rd_count(got) > RDF_OTHER &&
	    ldns_dname_compare(ldns_rr_owner(sent), ldns_rr_owner(got)) == 0 &&
	    ldns_dname_compare(ldns_rr_rdf(sent, RDF_ALGORITHM),
	    ldns_rr_rdf(got, RDF_ALGORITHM)) == 0;
}

/* An answer that is not signed; its code is a hint, not a proof. */
static const char *
unsigned_text(ldns_pkt_rcode rcode)
{
	switch (rcode) {
	case LDNS_RCODE_NOTAUTH:
		return "the answer is not signed: the server does not have "
		    "this key, has another algorithm for it, does not let it "
		    "update this zone, or is not primary for it: compare "
		    "tsig_key and update_server with the server's "
		    "configuration";
	case LDNS_RCODE_NOTIMPL:
		return "the answer is not signed: the server does not support "
		    "updates, as a secondary server: set update_server to the "
		    "primary server";
	case LDNS_RCODE_REFUSED:
		return "the answer is not signed: the server does not have "
		    "this key or does not let it update this zone, or the "
		    "server is not primary for it: compare tsig_key and "
		    "update_server with the server's configuration";
	default:
		return "the answer is not signed, so anybody may have sent it";
	}
}

const char *
tsig_fault(const struct tsig_key *key, const ldns_pkt *request,
    ldns_pkt *answer, const uint8_t *wire, size_t len, int64_t now)
{
	const ldns_rr *sent, *got;
	const char *text;
	int64_t when;

	sent = ldns_pkt_tsig(request);
	got = ldns_pkt_tsig(answer);
	if (sent == NULL || got == NULL)
		return unsigned_text(ldns_pkt_get_rcode(answer));
	if ((text = error_text(error_field(got))) != NULL)
		return text;
	if (!is_same_key(sent, got) || !ldns_pkt_tsig_verify(answer, wire,
	    len, key->name, key->secret, ldns_rr_rdf(sent, RDF_MAC)))
		return "the answer is not signed with the key, so anybody may "
		    "have sent it";
	when = time_signed(got);
	if (when == KS_NEVER || when > now + TSIG_FUDGE ||
	    when < now - TSIG_FUDGE)
		return "the answer was signed at a different time: the clocks "
		    "of this host and of the server differ by more than 300 s";
	return NULL;
}
