/* SPDX-License-Identifier: ISC */

/*
 * Messages of dynamic updates, as ldns reads them: RFC 2136 section 2.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "publish/update_message.h"

#define ZONE	"example.com"
#define NAME	"s1._domainkey.Example.com"
#define TTL	3600

/* Records as ldns prints them; "|" between them. */
static const struct {
	const char	*name;
	const char	*before[3];	/* TXT records that exist */
	bool		 is_wildcard;	/* NULL is passed for them */
	const char	*to;
	const char	*prerequisites, *changes;
} cases[] = {
	{ "add", { NULL }, false, "v=DKIM1; p=YQ==",
	    "NONE TXT|NONE CNAME", "3600 IN TXT \"v=DKIM1; p=YQ==\"" },
	{ "below a wildcard", { NULL }, true, "v=DKIM1; p=YQ==",
	    "NONE ANY", "3600 IN TXT \"v=DKIM1; p=YQ==\"" },
	{ "replace", { "\"old\"" }, false, "new",
	    "0 IN TXT \"old\"", "ANY TXT|3600 IN TXT \"new\"" },
	{ "remove", { "\"old\"" }, false, NULL,
	    "0 IN TXT \"old\"", "ANY TXT" },
	{ "several records, in strings", { "\"a\" \"\" \"b\"", "\"c\"" }, false,
	    "new", "0 IN TXT \"a\" \"\" \"b\"|0 IN TXT \"c\"",
	    "ANY TXT|3600 IN TXT \"new\"" },
	{ "an empty value", { NULL }, false, "",
	    "NONE TXT|NONE CNAME", "3600 IN TXT \"\"" },
};

static ldns_rr_list *
make_list(const char *const texts[3])
{
	ldns_rr_list *list = ldns_rr_list_new();
	char line[256];
	ldns_rr *rr;
	size_t i;

	assert_non_null(list);
	for (i = 0; i < 3 && texts[i] != NULL; i++) {
		(void)snprintf(line, sizeof(line), NAME ". 300 IN TXT %s",
		    texts[i]);
		assert_int_equal(ldns_rr_new_frm_str(&rr, line, 0, NULL, NULL),
		    LDNS_STATUS_OK);
		assert_true(ldns_rr_list_push_rr(list, rr));
	}
	return list;
}

/* A record without its owner, and in short if it has no data. */
static void
print_record(FILE *fp, const ldns_rr *rr)
{
	char *class, *type, *data;
	size_t i;

	assert_non_null(class = ldns_rr_class2str(ldns_rr_get_class(rr)));
	assert_non_null(type = ldns_rr_type2str(ldns_rr_get_type(rr)));
	if (ldns_rr_rd_count(rr) > 0)
		(void)fprintf(fp, "%u ", ldns_rr_ttl(rr));
	else
		assert_int_equal(ldns_rr_ttl(rr), 0);
	(void)fprintf(fp, "%s %s", class, type);
	for (i = 0; i < ldns_rr_rd_count(rr); i++) {
		assert_non_null(data = ldns_rdf2str(ldns_rr_rdf(rr, i)));
		(void)fprintf(fp, " %s", data);
		free(data);
	}
	free(class);
	free(type);
}

static void
check_section(const char *what, const ldns_rr_list *list, const char *wanted)
{
	char *owner, *text;
	size_t i, len;
	FILE *fp;

	assert_non_null(fp = open_memstream(&text, &len));
	for (i = 0; i < ldns_rr_list_rr_count(list); i++) {
		owner = ldns_rdf2str(ldns_rr_owner(ldns_rr_list_rr(list, i)));
		assert_non_null(owner);
		assert_string_equal(owner, NAME ".");
		free(owner);
		(void)fputs(i == 0 ? "" : "|", fp);
		print_record(fp, ldns_rr_list_rr(list, i));
	}
	assert_int_equal(fclose(fp), 0);
	if (strcmp(text, wanted) != 0)
		fail_msg("%s: %s, not %s", what, text, wanted);
	free(text);
}

static ldns_pkt *
make(const ldns_rr_list *before, const char *to)
{
	struct packet packet = { 0 };
	ldns_pkt *parsed;

	update_message_make(&packet, ZONE, NAME, before, to, TTL);
	assert_false(packet.failed);
	assert_int_equal(ldns_wire2pkt(&parsed, packet.data, packet.len),
	    LDNS_STATUS_OK);
	packet_finish(&packet);
	return parsed;
}

static void
messages(void **state)
{
	ldns_rr_list *before;
	const ldns_rr *zone;
	ldns_pkt *parsed;
	char *name;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		before = make_list(cases[i].before);
		parsed = make(cases[i].is_wildcard ? NULL : before,
		    cases[i].to);
		assert_int_equal(ldns_pkt_get_opcode(parsed),
		    LDNS_PACKET_UPDATE);
		assert_false(ldns_pkt_qr(parsed));
		assert_false(ldns_pkt_rd(parsed));
		assert_int_equal(ldns_pkt_get_rcode(parsed), 0);
		assert_int_equal(ldns_pkt_qdcount(parsed), 1);
		assert_int_equal(ldns_pkt_arcount(parsed), 0);
		zone = ldns_rr_list_rr(ldns_pkt_question(parsed), 0);
		assert_int_equal(ldns_rr_get_type(zone), LDNS_RR_TYPE_SOA);
		assert_int_equal(ldns_rr_get_class(zone), LDNS_RR_CLASS_IN);
		assert_non_null(name = ldns_rdf2str(ldns_rr_owner(zone)));
		assert_string_equal(name, ZONE ".");
		free(name);
		check_section(cases[i].name, ldns_pkt_answer(parsed),
		    cases[i].prerequisites);
		check_section(cases[i].name, ldns_pkt_authority(parsed),
		    cases[i].changes);
		ldns_pkt_free(parsed);
		ldns_rr_list_deep_free(before);
	}
}

/* A value of any length is there as it was, in strings that are full. */
static void
lengths(void **state)
{
	static const size_t all[] = { 1, 254, 255, 256, 510, 511, 1000, 12000 };
	char text[12001], *joined;
	const ldns_rdf *rdf;
	const ldns_rr *rr;
	ldns_pkt *parsed;
	size_t i, j, len;

	(void)state;
	assert_non_null(joined = malloc(sizeof(text)));
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (j = 0; j < all[i]; j++)
			text[j] = (char)('!' + j % 90);
		text[all[i]] = '\0';
		parsed = make(NULL, text);
		rr = ldns_rr_list_rr(ldns_pkt_authority(parsed), 0);
		assert_int_equal(ldns_rr_rd_count(rr), (all[i] + 254) / 255);
		for (j = len = 0; j < ldns_rr_rd_count(rr); j++) {
			rdf = ldns_rr_rdf(rr, j);
			memcpy(joined + len, ldns_rdf_data(rdf) + 1,
			    ldns_rdf_size(rdf) - 1);
			len += ldns_rdf_size(rdf) - 1;
		}
		assert_int_equal(len, all[i]);
		assert_memory_equal(joined, text, len);
		ldns_pkt_free(parsed);
	}
	free(joined);
}

static void
failures(void **state)
{
	struct packet packet = { 0 };
	char *text;

	(void)state;
	update_message_make(&packet, "a..example", NAME, NULL, "x", TTL);
	assert_true(packet.failed);
	packet_finish(&packet);
	update_message_make(&packet, ZONE, "a..example.com", NULL, "x", TTL);
	assert_true(packet.failed);
	packet_finish(&packet);
	/* More than a message may have. */
	assert_non_null(text = malloc(65536));
	memset(text, 'x', 65535);
	text[65535] = '\0';
	update_message_make(&packet, ZONE, NAME, NULL, text, TTL);
	assert_true(packet.failed);
	packet_finish(&packet);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages),
		cmocka_unit_test(lengths),
		cmocka_unit_test(failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
