/* SPDX-License-Identifier: ISC */

/*
 * An update that is written and signed, and its answer, with the n-th
 * allocation failing, alone and with all that follow: what is sent is right,
 * an answer is believed only if it is right, and no block is left.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openssl/crypto.h>

#include "failing.h"
#include "publish/tsig.h"
#include "publish/update_message.h"

#define NOW	1790000000
#define MOST	1000	/* allocations of one run */

static const struct tsig_key key = {
	"update.example", "hmac-sha256.", "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
};
static ldns_rr_list *before;

static void
write_update(struct packet *packet, struct tsig_mac *mac)
{
	memset(packet, 0, sizeof(*packet));
	update_message_make(packet, "example.com", "s._domainkey.example.com",
	    before, "v=DKIM1; p=YQ==", 60);
	tsig_sign(&key, packet, NOW, mac);
}

/* The records, and libcrypto, which crashes if it is set up without memory;
 * countersign-key does that before all else. */
static int
setup(void **state)
{
	struct packet packet;
	struct tsig_mac mac;
	ldns_rr *rr;

	(void)state;
	if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) != 1)
		return -1;
	before = ldns_rr_list_new();
	if (before == NULL || ldns_rr_new_frm_str(&rr,
	    "s._domainkey.example.com. 60 IN TXT \"old\"", 0, NULL, NULL) !=
	    LDNS_STATUS_OK || !ldns_rr_list_push_rr(before, rr))
		return -1;
	write_update(&packet, &mac);
	packet_finish(&packet);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	ldns_rr_list_deep_free(before);
	return 0;
}

static void
check_update(const struct packet *packet)
{
	ldns_pkt *parsed;

	assert_int_equal(ldns_wire2pkt(&parsed, packet->data, packet->len),
	    LDNS_STATUS_OK);
	assert_true(ldns_pkt_tsig_verify(parsed, packet->data, packet->len,
	    key.name, key.secret, NULL));
	ldns_pkt_free(parsed);
}

/* Write it with an allocation failing; *has_failed: there was one. */
static bool
try_update(size_t n, bool all_later, bool *has_failed)
{
	struct packet packet;
	struct tsig_mac mac;
	bool is_written;

	failing_arm(n, all_later);
	write_update(&packet, &mac);
	*has_failed = failing_disarm();
	is_written = !packet.failed;
	if (is_written)
		check_update(&packet);
	packet_finish(&packet);
	OPENSSL_thread_stop();
	return is_written;
}

static void
updates(void **state)
{
	bool has_failed, all_later;
	unsigned int nfailed = 0;
	size_t n, live;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		all_later = i == 1;
		has_failed = true;
		for (n = 1; has_failed && n < MOST; n++) {
			/* What libcrypto loads only now, it keeps. */
			(void)try_update(n, all_later, &has_failed);
			live = failing_live();
			nfailed += !try_update(n, all_later, &has_failed);
			assert_int_equal(failing_live(), live);
		}
		assert_false(has_failed);
	}
	assert_true(nfailed > 10);
}

/* An answer as a server makes it; is_forged: with a MAC of zeros. */
static void
make_answer(const struct tsig_mac *mac, bool is_forged, uint8_t **wire,
    size_t *len)
{
	uint8_t octets[2 + TSIG_MAX_MAC] = { 0 };
	ldns_pkt *packet = ldns_pkt_new();
	ldns_rdf *rdf;

	assert_non_null(packet);
	ldns_pkt_set_opcode(packet, LDNS_PACKET_UPDATE);
	ldns_pkt_set_qr(packet, true);
	octets[1] = (uint8_t)mac->len;
	memcpy(octets + 2, mac->octets, mac->len);
	rdf = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_INT16_DATA, 2 + mac->len,
	    octets);
	assert_int_equal(ldns_pkt_tsig_sign(packet, key.name, key.secret,
	    TSIG_FUDGE, key.algorithm, rdf), LDNS_STATUS_OK);
	if (is_forged)
		memset(ldns_rdf_data(ldns_rr_rdf(ldns_pkt_tsig(packet), 3)) +
		    2, 0, mac->len);
	assert_int_equal(ldns_pkt2wire(wire, packet, len), LDNS_STATUS_OK);
	ldns_rdf_deep_free(rdf);
	ldns_pkt_free(packet);
}

/* Whether it is believed; *has_failed: an allocation. */
static bool
is_believed(const struct tsig_mac *mac, const uint8_t *wire, size_t len,
    size_t n, bool all_later, bool *has_failed)
{
	const char *fault;
	ldns_pkt *parsed;
	size_t live;

	assert_int_equal(ldns_wire2pkt(&parsed, wire, len), LDNS_STATUS_OK);
	OPENSSL_thread_stop();
	live = failing_live();
	failing_arm(n, all_later);
	fault = tsig_fault(&key, mac, parsed, wire, len, time(NULL));
	*has_failed = failing_disarm();
	OPENSSL_thread_stop();
	assert_int_equal(failing_live(), live);
	ldns_pkt_free(parsed);
	return fault == NULL;
}

static void
answers(void **state)
{
	struct packet packet;
	struct tsig_mac mac;
	bool has_failed, is_forged, believed;
	uint8_t *wire;
	size_t n, len;
	int i;

	(void)state;
	write_update(&packet, &mac);
	assert_false(packet.failed);
	for (i = 0; i < 4; i++) {
		is_forged = i >= 2;
		make_answer(&mac, is_forged, &wire, &len);
		has_failed = true;
		for (n = 1; has_failed && n < MOST; n++) {
			believed = is_believed(&mac, wire, len, n, i % 2 == 1,
			    &has_failed);
			assert_false(believed && is_forged);
			if (!has_failed)
				assert_true(believed != is_forged);
		}
		assert_false(has_failed);
		assert_true(n > 3);
		free(wire);
	}
	packet_finish(&packet);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(updates),
		cmocka_unit_test(answers),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
