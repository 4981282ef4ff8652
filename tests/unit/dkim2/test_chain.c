/* SPDX-License-Identifier: ISC */

/*
 * The fields of a DKIM2 chain, and what is wrong with their numbers.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dkim2/chain.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

#define SIG(i, m, d)	"DKIM2-Signature", " i=" i "; m=" m "; t=1790000000;" \
	"\r\n\td=" d "; mf=PGJAZXhhbXBsZS5jb20+; rt=PGFAYi5leGFtcGxlPg==;" \
	"\r\n\ts=sel:rsa-sha256:AA\r\n\tBB==;"
#define INST(m)		"Message-Instance", " m=" m "; h=sha256:AA==:BB==;"

static const struct {
	const char	*name, *value;
	unsigned int	 hop, instance;
	const char	*domain;	/* NULL: malformed */
} fields[] = {
	{ SIG("1", "1", "Example.COM"), 1, 1, "example.com" },
	{ SIG("64", "2", "b.example"), 64, 2, "b.example" },
	{ "dkim2-signature", "m=3;i=2;d=c.example", 2, 3, "c.example" },
	{ "DKIM2-Signature", " I = 2 ; M =1; D= c.example ;", 2, 1,
	    "c.example" },
	{ "DKIM2-Signature", "i=1;m=1;d=c.example;;noise;x=;=y", 1, 1,
	    "c.example" },
	{ "Message-Instance", "\r\n m=7", 0, 7, "" },
	{ "MESSAGE-INSTANCE", "m=1; d=!; i=0; r=eyJhIjoxfQ==", 0, 1, "" },
	{ SIG("65", "1", "b.example"), 0, 0, NULL },
	{ SIG("0", "1", "b.example"), 0, 0, NULL },
	{ SIG("01", "1", "b.example"), 0, 0, NULL },
	{ SIG("-1", "1", "b.example"), 0, 0, NULL },
	{ SIG("1 1", "1", "b.example"), 0, 0, NULL },
	{ SIG("", "1", "b.example"), 0, 0, NULL },
	{ SIG("18446744073709551617", "1", "b.example"), 0, 0, NULL },
	{ SIG("1", "1.5", "b.example"), 0, 0, NULL },
	{ SIG("1", "1", "-"), 0, 0, NULL },
	{ SIG("1", "1", ""), 0, 0, NULL },
	{ "DKIM2-Signature", "m=1; d=b.example", 0, 0, NULL },
	{ "DKIM2-Signature", "i=1; d=b.example", 0, 0, NULL },
	{ "DKIM2-Signature", "i=1; m=1", 0, 0, NULL },
	{ "DKIM2-Signature", "i=1; m=1; d=a.example; i=2", 0, 0, NULL },
	{ "DKIM2-Signature", "i=1; m=1; d=a.example; d=b.example", 0, 0,
	    NULL },
	{ "DKIM2-Signature", "", 0, 0, NULL },
	{ "Message-Instance", "", 0, 0, NULL },
	{ "Message-Instance", "m=1; m=1", 0, 0, NULL },
	{ "Message-Instance", "v=1; h=sha256", 0, 0, NULL },
};

static void
test_fields(void **state)
{
	struct dkim2_field field;
	enum dkim2_kind kind;
	bool ok;
	size_t i;

	(void)state;
	for (i = 0; i < N(fields); i++) {
		kind = dkim2_kind(fields[i].name, strlen(fields[i].name));
		assert_int_not_equal(kind, DKIM2_OTHER);
		ok = dkim2_field_read(&field, kind, fields[i].value,
		    strlen(fields[i].value));
		if (ok != (fields[i].domain != NULL))
			fail_msg("case %zu: %s", i, fields[i].value);
		if (!ok)
			continue;
		assert_int_equal(field.hop, fields[i].hop);
		assert_int_equal(field.instance, fields[i].instance);
		assert_string_equal(field.domain, fields[i].domain);
	}
}

static const struct {
	const char	*name;
	const char	*fields[6][2];
	unsigned int	 hops;
	const char	*domain, *fault;
} chains[] = {
	{ "none", { { "From", "a" }, { "X-DKIM2-Signature", "i=1" } }, 0, "",
	    "" },
	{ "an originator", { { SIG("1", "1", "a.example") }, { INST("1") } },
	    1, "a.example", "" },
	{ "a forwarder, in any order", { { SIG("1", "1", "a.example") },
	    { SIG("3", "2", "c.example") }, { INST("2") }, { INST("1") },
	    { SIG("2", "1", "b.example") } }, 3, "c.example", "" },
	{ "malformed", { { SIG("1", "1", "a.example") }, { INST("x") },
	    { SIG("x", "1", "b.example") } }, 1, "a.example",
	    "2 malformed fields" },
	{ "only malformed", { { SIG("x", "1", "b.example") } }, 0, "",
	    "1 malformed field" },
	{ "only an instance", { { INST("1") } }, 0, "",
	    "no DKIM2-Signature" },
	{ "a hop twice", { { SIG("1", "1", "a.example") },
	    { SIG("1", "1", "b.example") }, { INST("1") } }, 1, "a.example",
	    "more than one DKIM2-Signature with i=1" },
	{ "a hop was removed", { { SIG("3", "1", "c.example") },
	    { SIG("1", "1", "a.example") }, { INST("1") } }, 3, "c.example",
	    "no DKIM2-Signature with i=2" },
	{ "an instance twice", { { SIG("1", "1", "a.example") },
	    { INST("1") }, { INST("1") } }, 1, "a.example",
	    "more than one Message-Instance with m=1" },
	{ "an instance was removed", { { SIG("1", "1", "a.example") },
	    { INST("2") } }, 1, "a.example", "no Message-Instance with m=1" },
	{ "a signed instance was removed", { { SIG("1", "2", "a.example") },
	    { INST("1") } }, 1, "a.example", "no Message-Instance with m=2" },
};

static void
test_chains(void **state)
{
	struct dkim2_chain chain;
	char fault[DKIM2_FAULT_SIZE];
	size_t i, j;

	(void)state;
	for (i = 0; i < N(chains); i++) {
		memset(&chain, 0, sizeof(chain));
		for (j = 0; j < 6 && chains[i].fields[j][0] != NULL; j++)
			dkim2_chain_field(&chain, chains[i].fields[j][0],
			    strlen(chains[i].fields[j][0]),
			    chains[i].fields[j][1],
			    strlen(chains[i].fields[j][1]));
		if (chain.hops != chains[i].hops ||
		    strcmp(chain.domain, chains[i].domain) != 0 ||
		    strcmp(dkim2_chain_fault(&chain, fault),
		    chains[i].fault) != 0)
			fail_msg("%s: %u %s \"%s\"", chains[i].name,
			    chain.hops, chain.domain, fault);
	}
}

/* As many hops as are read, and one that is not. */
static void
test_longest(void **state)
{
	struct dkim2_chain chain = { 0 };
	char value[64], fault[DKIM2_FAULT_SIZE];
	unsigned int i;

	(void)state;
	for (i = 1; i <= DKIM2_MAX_NUMBER + 1; i++) {
		assert_string_equal(dkim2_chain_fault(&chain, fault), "");
		(void)snprintf(value, sizeof(value), "i=%u; m=1; d=h%u.example",
		    i, i);
		dkim2_chain_field(&chain, "DKIM2-Signature", 15, value,
		    strlen(value));
		if (i == 1)
			dkim2_chain_field(&chain, "Message-Instance", 16,
			    "m=1", 3);
	}
	assert_int_equal(chain.hops, DKIM2_MAX_NUMBER);
	assert_string_equal(chain.domain, "h64.example");
	assert_string_equal(dkim2_chain_fault(&chain, fault),
	    "1 malformed field");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
