/* SPDX-License-Identifier: ISC */

/*
 * One query to one DNS server, RFC 1035 and RFC 6891.
 *
 * To reject forged and late packets, the ID, the QR bit, the opcode and the
 * question are compared in wire format before anything is parsed; names are
 * compared without regard to case.  Then ldns parses the answer.  If a server
 * does not support EDNS (FORMERR, NOTIMP), the query is repeated without it.
 */

#include "probe/query.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "probe/transport.h"
#include "record/packet_write.h"

#define EDNS_SIZE	1232	/* octets; not fragmented in practice */
#define FIXED_SIZE	4	/* octets of type and class in a question */

#define TLS_ROUND_TRIPS	3	/* TCP, TLS, the answer */

#define FLAG_QR		0x80u	/* in octet 2 */
#define FLAG_TC		0x02u
#define OPCODE_MASK	0x78u
#define RCODE_MASK	0x0fu	/* in octet 3 */

#define FLAG_RD		0x0100u	/* in both of them */
#define FLAG_CD		0x0010u
#define FLAG_DO		0x8000u	/* in the OPT record */

struct request {
	struct packet	 wire;
	size_t		 question_len;	/* octets after the header */
};

/* The OPT record of RFC 6891, which asks for signatures, too. */
static void
put_edns(struct packet *packet)
{
	packet_put(packet, "", 1);	/* the root */
	packet_put_u16(packet, LDNS_RR_TYPE_OPT);
	packet_put_u16(packet, EDNS_SIZE);
	packet_put_u16(packet, 0);	/* extended RCODE, version */
	packet_put_u16(packet, FLAG_DO);
	packet_put_u16(packet, 0);	/* octets of data */
}

static bool
make_request(const struct dns_question *question, bool has_edns,
    struct request *request)
{
	struct packet *packet = &request->wire;

	packet_put_u16(packet, arc4random() & 0xffff);
	packet_put_u16(packet, (question->recursive ? FLAG_RD : 0) |
	    (question->checking_disabled ? FLAG_CD : 0));
	packet_put_u16(packet, 1);	/* questions */
	packet_put_u32(packet, 0);	/* answers, authorities */
	packet_put_u16(packet, has_edns ? 1 : 0);
	packet_put_name(packet, question->name, false);
	packet_put_u16(packet, question->type);
	packet_put_u16(packet, LDNS_RR_CLASS_IN);
	request->question_len = packet->len - PACKET_HEADER_SIZE;
	if (has_edns)
		put_edns(packet);
	return !packet->failed;
}

/*
 * Both names are uncompressed, and a length octet (at most 63) is not a letter,
 * so tolower() on every octet is safe.
 */
static bool
is_same_question(const struct request *request, const uint8_t *answer)
{
	const uint8_t *a = request->wire.data + PACKET_HEADER_SIZE;
	const uint8_t *b = answer + PACKET_HEADER_SIZE;
	const size_t name_len = request->question_len - FIXED_SIZE;
	size_t i;

	for (i = 0; i < name_len; i++)
		if (tolower(a[i]) != tolower(b[i]))
			return false;
	return memcmp(a + name_len, b + name_len, FIXED_SIZE) == 0;
}

/* Whether an answer belongs to the request; for struct dns_match. */
static bool
answers_request(const void *context, const uint8_t *answer, size_t len)
{
	const struct request *request = context;
	const uint8_t *sent = request->wire.data;
	unsigned int count, rcode;

	if (len < PACKET_HEADER_SIZE || memcmp(answer, sent, 2) != 0 ||
	    (answer[2] & FLAG_QR) == 0 ||
	    (answer[2] & OPCODE_MASK) != (sent[2] & OPCODE_MASK))
		return false;
	count = (unsigned int)answer[4] << 8 | answer[5];
	rcode = answer[3] & RCODE_MASK;
	/* A server that could not parse the question may leave it out. */
	if (count == 0)
		return rcode == LDNS_RCODE_FORMERR ||
		    rcode == LDNS_RCODE_NOTIMPL;
	return count == 1 &&
	    len - PACKET_HEADER_SIZE >= request->question_len &&
	    is_same_question(request, answer);
}

/* Whom to ask, and how. */
struct target {
	const struct dns_address	*server;
	const struct dns_patience	*patience;	/* over UDP and TLS */
	struct dns_tls			*tls;	/* NULL: not over TLS */
	const char			*tls_name;
};

/* Query over TLS, or over UDP; if the answer is truncated, over TCP. */
static enum dns_query_status
ask(const struct target *target, const struct request *request,
    uint8_t **answer, size_t *len)
{
	const struct dns_match match = { answers_request, request };
	const struct dns_patience *patience = target->patience;
	const struct dns_address *server = target->server;
	enum dns_query_status status;
	unsigned int tries = 0;

	if (target->tls != NULL)
		return dns_transport_tls(server, target->tls,
		    target->tls_name, request->wire.data, request->wire.len,
		    TLS_ROUND_TRIPS * patience->timeout_ms, &match,
		    answer, len);
	do
		status = dns_transport_udp(server, request->wire.data,
		    request->wire.len, patience->timeout_ms, &match, answer,
		    len);
	while (status == DNS_TIMEOUT && ++tries < patience->ntries);
	if (status == DNS_ANSWERED && ((*answer)[2] & FLAG_TC) != 0) {
		free(*answer);
		status = dns_transport_tcp(server, request->wire.data,
		    request->wire.len, &match, answer, len);
		if (status == DNS_TIMEOUT || status == DNS_UNREACHABLE)
			status = DNS_NO_TCP;
	}
	return status;
}

/* The same, and parse the answer. */
static enum dns_query_status
ask_and_parse(const struct target *target,
    const struct dns_question *question, bool has_edns, ldns_pkt **answer)
{
	struct request request = { 0 };
	enum dns_query_status status = DNS_FAILED;
	uint8_t *wire = NULL;
	size_t len = 0;

	if (make_request(question, has_edns, &request))
		status = ask(target, &request, &wire, &len);
	if (status == DNS_ANSWERED &&
	    ldns_wire2pkt(answer, wire, len) != LDNS_STATUS_OK) {
		*answer = NULL;
		status = DNS_GARBLED;
	}
	free(wire);
	packet_finish(&request.wire);
	return status;
}

static enum dns_query_status
query(const struct target *target, const struct dns_question *question,
    ldns_pkt **answer)
{
	enum dns_query_status status;
	ldns_pkt_rcode rcode;

	*answer = NULL;
	status = ask_and_parse(target, question, true, answer);
	if (status != DNS_ANSWERED)
		return status;
	rcode = ldns_pkt_get_rcode(*answer);
	if (rcode != LDNS_RCODE_FORMERR && rcode != LDNS_RCODE_NOTIMPL)
		return DNS_ANSWERED;
	ldns_pkt_free(*answer);
	*answer = NULL;
	return ask_and_parse(target, question, false, answer);
}

enum dns_query_status
dns_query_within(const struct dns_address *server,
    const struct dns_question *question,
    const struct dns_patience *patience, ldns_pkt **answer)
{
	const struct target target = {
		.server = server, .patience = patience
	};

	return query(&target, question, answer);
}

enum dns_query_status
dns_query_tls(const struct dns_address *server, struct dns_tls *tls,
    const char *name, const struct dns_question *question,
    const struct dns_patience *patience, ldns_pkt **answer)
{
	const struct target target = {
		.server = server, .patience = patience, .tls = tls,
		.tls_name = name
	};

	return query(&target, question, answer);
}

enum dns_query_status
dns_query(const struct dns_address *server,
    const struct dns_question *question, ldns_pkt **answer)
{
	static const struct dns_patience patience = {
		DNS_QUERY_TRIES, DNS_QUERY_TIMEOUT_MS
	};

	return dns_query_within(server, question, &patience, answer);
}

/*
 * The answer to an UPDATE need not repeat the zone section (RFC 2136 section
 * 3.8), so only the header is compared.
 */
static bool
answers_message(const void *context, const uint8_t *answer, size_t len)
{
	const uint8_t *request = context;

	return len >= PACKET_HEADER_SIZE && memcmp(answer, request, 2) == 0 &&
	    (answer[2] & FLAG_QR) != 0 &&
	    (answer[2] & OPCODE_MASK) == (request[2] & OPCODE_MASK);
}

enum dns_query_status
dns_exchange(const struct dns_address *server, const uint8_t *request,
    size_t len, uint8_t **answer, size_t *answer_len)
{
	const struct dns_match match = { answers_message, request };

	*answer = NULL;
	if (len < PACKET_HEADER_SIZE)
		return DNS_FAILED;
	return dns_transport_tcp(server, request, len, &match, answer,
	    answer_len);
}

const char *
dns_query_text(enum dns_query_status status)
{
	switch (status) {
	case DNS_ANSWERED:
		return "answered";
	case DNS_TIMEOUT:
		return "no answer";
	case DNS_UNREACHABLE:
		return "unreachable: its port is closed, or a firewall blocks "
		    "it";
	case DNS_NO_ROUTE:
		return "no route from this host";
	case DNS_NO_TCP:
		return "answer too long for UDP, and no answer over TCP: open "
		    "TCP port 53";
	case DNS_GARBLED:
		return "malformed answer";
	case DNS_NO_TLS:
		return "no TLS: it does not speak TLS at this port";
	case DNS_UNTRUSTED:
		return "its certificate is not trusted: expired, or not from "
		    "a CA that this system trusts";
	case DNS_OTHER_NAME:
		return "its certificate has another name";
	case DNS_FAILED:
	default:
		return "not queried: out of memory or file descriptors";
	}
}

const char *
dns_rcode_name(int rcode)
{
	/* RFC 6895 section 2.3, up to the last one that servers send. */
	static const char *const names[] = {
		"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
		"REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
		"NOTZONE"
	};

	return rcode >= 0 && (size_t)rcode < sizeof(names) / sizeof(names[0]) ?
	    names[rcode] : "unknown rcode";
}
