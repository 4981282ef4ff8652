/* SPDX-License-Identifier: ISC */

/*
 * The facts of a message: which fields are kept, how values are read, and
 * that nothing of one message is left for the next.
 */

#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/facts.h"

static const char *const wanted_names[] = { "x-a", "x-a-b", "x-sfdc-lk" };
static const struct config config = {
	.header_names = { wanted_names, 3 }
};

#define VALUE(text)	text, sizeof(text) - 1

static const struct {
	const char	*name, *in;
	size_t		 inlen;
	const char	*value;
	bool		 is_clean;
} values[] = {
	{ "plain", VALUE(" abc"), "abc", true },
	{ "no blank", VALUE("abc"), "abc", true },
	{ "blanks around", VALUE(" \t abc \t"), "abc", true },
	{ "blanks inside", VALUE(" a \t b "), "a \t b", true },
	{ "empty", VALUE(""), "", true },
	{ "blanks only", VALUE(" \t "), "", true },
	{ "folded by CRLF", VALUE(" a\r\n b"), "a b", true },
	{ "folded by LF", VALUE(" a\n\tb"), "a\tb", true },
	{ "folded first", VALUE("\r\n a"), "a", true },
	{ "folded to blanks", VALUE(" a\r\n  \r\n "), "a", true },
	{ "CR alone", VALUE(" a\rb"), "a\rb", false },
	{ "CR at the end", VALUE(" a\r"), "a\r", false },
	{ "LF at the end", VALUE(" a\n"), "a\n", false },
	{ "CRLF without blank", VALUE(" a\r\nb"), "a\r\nb", false },
	{ "NUL", VALUE(" a\0b"), "a", false },
	{ "control", VALUE(" a\x1f"), "a\x1f", false },
	{ "DEL", VALUE(" a\x7f"), "a\x7f", false },
	{ "8-bit", VALUE(" \xc3\xa4"), "\xc3\xa4", false },
	{ "no-break space", VALUE(" a\xc2\xa0"), "a\xc2\xa0", false },
};

static void
reads_values(void **state)
{
	struct facts facts = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		assert_int_equal(facts_add_header(&facts, &config, "X-A", 3,
		    values[i].in, values[i].inlen), 0);
		assert_int_equal(facts.nheaders, 1);
		if (strcmp(facts.headers[0].value, values[i].value) != 0 ||
		    facts.headers[0].is_clean != values[i].is_clean)
			fail_msg("%s: %s", values[i].name,
			    facts.headers[0].value);
		facts_reset_message(&facts);
	}
}

static void
keeps_what_rules_ask_for(void **state)
{
	static const struct {
		const char *name;
		size_t len;
		const char *kept;
	} names[] = {
		{ VALUE("X-SFDC-LK"), "X-SFDC-LK" },
		{ VALUE("x-sfdc-lk"), "x-sfdc-lk" },
		{ VALUE("X-Sfdc-Lk \t"), "X-Sfdc-Lk" },
		{ VALUE("X-A"), "X-A" },
		{ VALUE("X-A-B"), "X-A-B" },
		{ VALUE("X-SFDC-X-LK"), NULL },
		{ VALUE("X-SFDC-L"), NULL },
		{ VALUE("X-SFDC-LKK"), NULL },
		{ VALUE("X-A-"), NULL },
		{ VALUE(" X-A"), NULL },
		{ VALUE("X-A\0"), NULL },
		{ VALUE("X-A\xa0"), NULL },
		{ VALUE("From"), NULL },
		{ VALUE(""), NULL },
		{ VALUE("zzz"), NULL },
	};
	const struct config none = { 0 };
	struct facts facts = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(facts_add_header(&facts, &config,
		    names[i].name, names[i].len, " a", 2), 0);
		assert_int_equal(facts.nheaders, names[i].kept != NULL);
		if (names[i].kept != NULL)
			assert_string_equal(facts.headers[0].name,
			    names[i].kept);
		facts_reset_message(&facts);
	}
	assert_int_equal(facts_add_header(&facts, &none, "X-A", 3, "a", 1), 0);
	assert_int_equal(facts.nheaders, 0);
	assert_int_equal(facts_add_header(&facts, &config, "X-A", 3, NULL, 0),
	    0);
	assert_string_equal(facts.headers[0].value, "");
	facts_finish(&facts);
}

static void
keeps_every_instance_up_to_a_maximum(void **state)
{
	struct facts facts = { 0 };
	char value[8];
	int i;

	(void)state;
	for (i = 0; i < FACTS_MAX_HEADERS; i++) {
		snprintf(value, sizeof(value), "%d", i);
		assert_int_equal(facts_add_header(&facts, &config, "X-A", 3,
		    value, strlen(value)), 0);
	}
	assert_int_equal(facts.nheaders, FACTS_MAX_HEADERS);
	assert_string_equal(facts.headers[7].value, "7");
	assert_false(facts.headers_overflow);
	facts_add_header(&facts, &config, "From", 4, "a", 1);
	assert_false(facts.headers_overflow);
	facts_add_header(&facts, &config, "X-A", 3, "a", 1);
	assert_true(facts.headers_overflow);
	assert_int_equal(facts.nheaders, FACTS_MAX_HEADERS);
	facts_reset_message(&facts);
	assert_false(facts.headers_overflow);
	facts_finish(&facts);
}

static void
nothing_is_left_for_the_next_message(void **state)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct facts facts = { 0 };

	(void)state;
	sin.sin_addr.s_addr = htonl(0xc0000201);
	facts_set_client(&facts, (struct sockaddr *)&sin);
	assert_int_equal(facts_set(&facts.login, "a"), 0);
	assert_int_equal(facts_set(&facts.login, "b"), 0);
	assert_string_equal(facts.login, "b");
	facts_add_header(&facts, &config, "X-A", 3, "a", 1);
	assert_null(facts_author(&facts));
	assert_int_equal(facts_add_author(&facts, "a.example.com",
	    "example.com"), 0);
	assert_string_equal(facts_author(&facts), "a.example.com");
	facts.unreadable = true;
	assert_null(facts_author(&facts));
	facts.unreadable = false;
	facts.overflow = true;
	assert_null(facts_author(&facts));
	facts.overflow = false;
	assert_int_equal(facts_add_author(&facts, "b.example", "b.example"),
	    0);
	assert_null(facts_author(&facts));
	assert_string_equal(facts.authors[0].organization, "example.com");
	assert_string_equal(facts.authors[1].name, "b.example");
	assert_int_equal(facts_add_mention(&facts, "c.example"), 0);
	assert_int_equal(facts_add_mention(&facts, "d.example"), 0);
	assert_string_equal(facts.mentions[1], "d.example");
	facts.nfrom = 1;
	facts.malformed = true;
	facts.faults = DKIMSIG_FAULT_NUL;

	facts_reset_message(&facts);
	assert_null(facts.login);
	assert_int_equal(facts.nheaders, 0);
	assert_int_equal(facts.nfrom, 0);
	assert_int_equal(facts.nauthors, 0);
	assert_int_equal(facts.nmentions, 0);
	assert_false(facts.malformed);
	assert_int_equal(facts.faults, 0);
	assert_int_equal(facts.client_family, AF_INET);
	assert_memory_equal(facts.client_address, "\xc0\0\2\1", 4);

	facts_finish(&facts);
	assert_int_equal(facts.client_family, 0);
	facts_finish(&facts);
}

/*
 * Every octet is set before, so that a fact which is added to the struct and
 * outlives the message fails here: only what is named below may be left.
 */
static void
no_octet_is_left_for_the_next_message(void **state)
{
	struct facts facts, wanted;
	const size_t begin = offsetof(struct facts, helo);

	(void)state;
	memset(&facts, 0xa5, sizeof(facts));
	facts.client_name = facts.daemon_name = facts.daemon_port = NULL;
	facts_set(&facts.client_name, "mx.example.net");
	facts_set(&facts.daemon_name, "smtpd");
	facts_set(&facts.daemon_port, "25");
	facts.helo = strdup("a");
	facts.cert_cn = strdup("b");
	facts.cert_issuer = strdup("c");
	facts.login = strdup("d");
	facts.envelope = strdup("e");
	facts.nheaders = 1;
	facts.headers = calloc(1, sizeof(*facts.headers));
	facts.headers[0].name = strdup("f");
	facts.headers[0].value = strdup("g");
	facts.nauthors = 1;
	facts.authors = calloc(1, sizeof(*facts.authors));
	facts.nmentions = 1;
	facts.mentions = calloc(1, sizeof(*facts.mentions));
	facts.mentions[0] = strdup("h");
	facts.naddresses = 1;
	facts.addresses = calloc(1, sizeof(*facts.addresses));
	facts.addresses[0].local = strdup("i");
	facts.nsignatures = 1;
	facts.signatures = calloc(1, sizeof(*facts.signatures));

	wanted = facts;
	memset((char *)&wanted + begin, 0, sizeof(wanted) - begin);
	facts_reset_message(&facts);
	assert_memory_equal(&facts, &wanted, sizeof(facts));

	/* Nothing has come between the connection's facts and helo. */
	assert_int_equal(begin, offsetof(struct facts, daemon_port) +
	    sizeof(facts.daemon_port));
	facts_finish(&facts);
	assert_null(facts.client_name);
	assert_null(facts.daemon_name);
	assert_null(facts.daemon_port);
	assert_int_equal(facts.client_address[15], 0);
}

static void
clients(void **state)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct facts facts = { 0 };

	(void)state;
	sin6.sin6_addr = in6addr_loopback;
	facts_set_client(&facts, (struct sockaddr *)&sin6);
	assert_int_equal(facts.client_family, AF_INET6);
	assert_int_equal(facts.client_address[15], 1);
	facts_set_client(&facts, (struct sockaddr *)&sun);
	assert_int_equal(facts.client_family, 0);
	assert_int_equal(facts.client_address[15], 0);
	facts_set_client(&facts, NULL);
	assert_int_equal(facts.client_family, 0);
	assert_int_equal(facts_set(&facts.login, NULL), 0);
	assert_null(facts.login);
	facts_finish(&facts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_values),
		cmocka_unit_test(keeps_what_rules_ask_for),
		cmocka_unit_test(keeps_every_instance_up_to_a_maximum),
		cmocka_unit_test(nothing_is_left_for_the_next_message),
		cmocka_unit_test(no_octet_is_left_for_the_next_message),
		cmocka_unit_test(clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
