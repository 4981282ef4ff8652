/* SPDX-License-Identifier: ISC */

/*
 * The requests that are sent to DNS servers, as ldns reads them.  Nothing is
 * really sent.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe/query.h"
#include "probe/transport.h"

enum dns_query_status __wrap_dns_transport_udp(
	    const struct dns_address *server, const uint8_t *request,
	    size_t len, int timeout_ms, const struct dns_match *match,
	    uint8_t **answer, size_t *answer_len);

static ldns_pkt *sent[2];
static size_t nsent;

/* It reads the request; the answer, if it has EDNS, is that it has none. */
enum dns_query_status
__wrap_dns_transport_udp(const struct dns_address *server,
    const uint8_t *request, size_t len, int timeout_ms,
    const struct dns_match *match, uint8_t **answer, size_t *answer_len)
{
	uint8_t reply[12] = { 0 };

	(void)server;
	(void)timeout_ms;
	assert_true(nsent < 2);
	assert_int_equal(ldns_wire2pkt(&sent[nsent], request, len),
	    LDNS_STATUS_OK);
	*answer = NULL;
	*answer_len = 0;
	if (nsent++ > 0)
		return DNS_TIMEOUT;
	memcpy(reply, request, 2);
	reply[2] = 0x80;	/* QR */
	reply[3] = LDNS_RCODE_NOTIMPL;
	assert_true(match->matches(match->context, reply, sizeof(reply)));
	reply[1] ^= 1;
	assert_false(match->matches(match->context, reply, sizeof(reply)));
	reply[1] ^= 1;
	assert_non_null(*answer = malloc(sizeof(reply)));
	memcpy(*answer, reply, sizeof(reply));
	*answer_len = sizeof(reply);
	return DNS_ANSWERED;
}

static void
check(const ldns_pkt *packet, const struct dns_question *question,
    bool has_edns)
{
	const ldns_rr *asked;
	char *name;

	assert_int_equal(ldns_pkt_get_opcode(packet), LDNS_PACKET_QUERY);
	assert_false(ldns_pkt_qr(packet));
	assert_false(ldns_pkt_aa(packet));
	assert_false(ldns_pkt_tc(packet));
	assert_false(ldns_pkt_ad(packet));
	assert_int_equal(ldns_pkt_rd(packet), question->recursive);
	assert_int_equal(ldns_pkt_cd(packet), question->checking_disabled);
	assert_int_equal(ldns_pkt_qdcount(packet), 1);
	assert_int_equal(ldns_pkt_ancount(packet), 0);
	assert_int_equal(ldns_pkt_nscount(packet), 0);
	assert_int_equal(ldns_pkt_edns(packet), has_edns);
	if (has_edns) {
		assert_int_equal(ldns_pkt_edns_udp_size(packet), 1232);
		assert_true(ldns_pkt_edns_do(packet));
		assert_int_equal(ldns_pkt_edns_version(packet), 0);
		assert_int_equal(ldns_pkt_edns_extended_rcode(packet), 0);
	}
	asked = ldns_rr_list_rr(ldns_pkt_question(packet), 0);
	assert_int_equal(ldns_rr_get_type(asked), question->type);
	assert_int_equal(ldns_rr_get_class(asked), LDNS_RR_CLASS_IN);
	assert_non_null(name = ldns_rdf2str(ldns_rr_owner(asked)));
	/* It ends with a dot. */
	assert_int_equal(strlen(name), strlen(question->name) + 1);
	assert_memory_equal(name, question->name, strlen(question->name));
	free(name);
}

static void
test_requests(void **state)
{
	static const struct dns_question questions[] = {
		{ "s._domainkey.example.com", LDNS_RR_TYPE_TXT, false, false },
		{ "example.com", LDNS_RR_TYPE_NS, true, false },
		{ "Mail.example.com", LDNS_RR_TYPE_CAA, true, true },
		{ "x", LDNS_RR_TYPE_SOA, false, true },
	};
	static const struct dns_patience patience = { 1, 1000 };
	const struct dns_address server = { 0 };
	ldns_pkt *answer;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		nsent = 0;
		assert_int_equal(dns_query_within(&server, &questions[i],
		    &patience, &answer), DNS_TIMEOUT);
		assert_null(answer);
		assert_int_equal(nsent, 2);
		check(sent[0], &questions[i], true);
		check(sent[1], &questions[i], false);
		ldns_pkt_free(sent[0]);
		ldns_pkt_free(sent[1]);
	}
}

static void
test_no_name(void **state)
{
	static const struct dns_question question = {
		"a..example.com", LDNS_RR_TYPE_TXT, false, false
	};
	const struct dns_address server = { 0 };
	ldns_pkt *answer;

	(void)state;
	nsent = 0;
	assert_int_equal(dns_query(&server, &question, &answer), DNS_FAILED);
	assert_null(answer);
	assert_int_equal(nsent, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
