/* SPDX-License-Identifier: ISC */

/*
 * TSIG, RFC 8945: signing a message, and checking the signature of the answer.
 *
 * ldns could do it, but crashes if it is out of memory, takes the algorithm
 * from the answer, and ignores its time and error fields.  It only parses the
 * answer, so that its fields can be read.  If an answer is not trusted, the
 * reason says what to compare or fix.
 */

#include "publish/tsig.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "publish/tsig_mac.h"
#include "record/dname.h"

/* The fields of a TSIG record, RFC 8945 section 4.2. */
enum { RDF_ALGORITHM, RDF_TIME, RDF_FUDGE, RDF_MAC, RDF_ID, RDF_ERROR,
	RDF_OTHER };

#define TIME_SIZE	6	/* octets of the field Time Signed */
#define ADDITIONAL	10	/* where their number is in a message */

/* The values of its field Error, RFC 8945 section 3. */
#define BADSIG		16
#define BADKEY		17
#define BADTIME		18
#define BADTRUNC	22

/* What follows the MAC, and is hashed, too. */
struct variables {
	uint8_t		 time[TIME_SIZE];
	unsigned int	 fudge, error;
	const uint8_t	*other;		/* with its length, of two octets */
	size_t		 otherlen;
};

static const uint8_t no_other[2];

/*
 * The MAC of a message, RFC 8945 section 4.3: mac->len is 0 on failure.
 * request is the MAC of what is answered, or NULL.
 */
static void
make_mac(const struct tsig_key *key, const struct tsig_mac *request,
    const struct packet *message, const struct variables *variables,
    struct tsig_mac *mac)
{
	struct packet text = { 0 };

	memset(mac, 0, sizeof(*mac));
	if (request != NULL) {
		packet_put_u16(&text, (unsigned int)request->len);
		packet_put(&text, request->octets, request->len);
	}
	packet_put(&text, message->data, message->len);
	packet_put_name(&text, key->name, true);
	packet_put_u16(&text, LDNS_RR_CLASS_ANY);
	packet_put_u32(&text, 0);	/* TTL */
	packet_put_name(&text, key->algorithm, true);
	packet_put(&text, variables->time, sizeof(variables->time));
	packet_put_u16(&text, variables->fudge);
	packet_put_u16(&text, variables->error);
	packet_put(&text, variables->other, variables->otherlen);
	if (!text.failed)
		tsig_mac_make(key, text.data, text.len, mac);
	packet_finish(&text);
}

/* The record itself, RFC 8945 section 4.2. */
static void
put_record(struct packet *packet, const struct tsig_key *key,
    const struct variables *variables, const struct tsig_mac *mac)
{
	const uint8_t id[] = { packet->data[0], packet->data[1] };
	size_t place;

	packet_put_name(packet, key->name, false);
	packet_put_u16(packet, LDNS_RR_TYPE_TSIG);
	packet_put_u16(packet, LDNS_RR_CLASS_ANY);
	packet_put_u32(packet, 0);	/* TTL */
	place = packet->len;
	packet_put_u16(packet, 0);
	packet_put_name(packet, key->algorithm, false);
	packet_put(packet, variables->time, sizeof(variables->time));
	packet_put_u16(packet, variables->fudge);
	packet_put_u16(packet, (unsigned int)mac->len);
	packet_put(packet, mac->octets, mac->len);
	packet_put(packet, id, sizeof(id));
	packet_put_u16(packet, variables->error);
	packet_put(packet, variables->other, variables->otherlen);
	packet_add_u16(packet, place, packet->len - place - 2);
	packet_add_u16(packet, ADDITIONAL, 1);
}

void
tsig_sign(const struct tsig_key *key, struct packet *packet, int64_t now,
    struct tsig_mac *mac)
{
	struct variables variables = {
		.fudge = TSIG_FUDGE, .other = no_other,
		.otherlen = sizeof(no_other)
	};
	size_t i;

	memset(mac, 0, sizeof(*mac));
	if (packet->failed)
		return;
	for (i = 0; i < TIME_SIZE; i++)
		variables.time[i] = (uint8_t)((uint64_t)now >>
		    8 * (TIME_SIZE - 1 - i));
	make_mac(key, NULL, packet, &variables, mac);
	if (mac->len == 0)
		packet->failed = true;
	else
		put_record(packet, key, &variables, mac);
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

/* Whether a name is that of the key, or of its algorithm. */
static bool
is_name(const ldns_rdf *rdf, const char *name)
{
	ldns_rdf *wanted = dname_new(name);
	bool is_same;

	is_same = wanted != NULL && rdf != NULL &&
	    ldns_rdf_get_type(rdf) == LDNS_RDF_TYPE_DNAME &&
	    ldns_dname_compare(wanted, rdf) == 0;
	ldns_rdf_deep_free(wanted);
	return is_same;
}

/*
 * Whether key name and algorithm are those of the request; another algorithm
 * is not allowed by RFC 8945 section 5.2.
 */
static bool
is_same_key(const struct tsig_key *key, const ldns_rr *got)
{
	return ldns_rr_rd_count(got) > RDF_OTHER &&
	    is_name(ldns_rr_owner(got), key->name) &&
	    is_name(ldns_rr_rdf(got, RDF_ALGORITHM), key->algorithm);
}

/* Copy the message without its last record, the TSIG. */
static void
put_unsigned(struct packet *packet, const uint8_t *wire, size_t len)
{
	const size_t end = tsig_mac_last_record(wire, len);

	if (end == 0) {
		packet->failed = true;
		return;
	}
	packet_put(packet, wire, end);
	/* Less one: the sum has only the lower octets. */
	if (!packet->failed && packet->data[ADDITIONAL + 1]-- == 0)
		packet->data[ADDITIONAL]--;
}

/* Whether the MAC in the record is that of the answer. */
static bool
has_mac(const struct tsig_key *key, const struct tsig_mac *request,
    const ldns_rr *got, const uint8_t *wire, size_t len)
{
	const ldns_rdf *mac = ldns_rr_rdf(got, RDF_MAC);
	const ldns_rdf *time = ldns_rr_rdf(got, RDF_TIME);
	const ldns_rdf *fudge = ldns_rr_rdf(got, RDF_FUDGE);
	const ldns_rdf *other = ldns_rr_rdf(got, RDF_OTHER);
	struct packet message = { 0 };
	struct variables variables;
	struct tsig_mac right = { .len = 0 };

	if (mac == NULL || ldns_rdf_size(mac) < 2 || time == NULL ||
	    ldns_rdf_size(time) != TIME_SIZE || fudge == NULL ||
	    ldns_rdf_size(fudge) != 2 || other == NULL)
		return false;
	memcpy(variables.time, ldns_rdf_data(time), TIME_SIZE);
	variables.fudge = ldns_rdf2native_int16(fudge);
	variables.error = error_field(got);
	variables.other = ldns_rdf_data(other);
	variables.otherlen = ldns_rdf_size(other);
	put_unsigned(&message, wire, len);
	if (!message.failed)
		make_mac(key, request, &message, &variables, &right);
	packet_finish(&message);
	return right.len > 0 && ldns_rdf_size(mac) - 2 == right.len &&
	    CRYPTO_memcmp(ldns_rdf_data(mac) + 2, right.octets,
	    right.len) == 0;
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
		    "updates, as a secondary server: set update_server in the "
		    "section rotation to the primary server";
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
tsig_fault(const struct tsig_key *key, const struct tsig_mac *request,
    const ldns_pkt *answer, const uint8_t *wire, size_t len, int64_t now)
{
	const ldns_rr *got;
	const char *text;
	int64_t when;

	if ((got = ldns_pkt_tsig(answer)) == NULL)
		return unsigned_text(ldns_pkt_get_rcode(answer));
	if ((text = error_text(error_field(got))) != NULL)
		return text;
	if (!is_same_key(key, got) ||
	    !has_mac(key, request, got, wire, len))
		return "the answer is not signed with the key, so anybody may "
		    "have sent it";
	when = time_signed(got);
	if (when == KS_NEVER || when > now + TSIG_FUDGE ||
	    when < now - TSIG_FUDGE)
		return "the answer was signed at a different time: the clocks "
		    "of this host and of the server differ by more than 300 s";
	return NULL;
}
