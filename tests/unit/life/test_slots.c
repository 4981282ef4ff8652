/* SPDX-License-Identifier: ISC */

/*
 * Which selectors must have CNAMEs, and where these lead.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "life/slots.h"
#include "lifecyclecase.h"

#define NOW	LIFECYCLECASE_NOW

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define MAX_SLOTS	(LIFECYCLECASE_KEYS + 18)

/* Keys are SELECTOR: and the words of lifecyclecase.h. */
static const struct {
	const char	*name, *policy, *cname_zone;
	const char	*keys[LIFECYCLECASE_KEYS];
	/* Selectors in their order; "*": with a key, "!": of another zone */
	const char	*want;
} cases[] = {
	{ "a new domain", "ed", "zone", { NULL }, "r1 r2 r3 e1 e2 e3" },
	{ "without Ed25519", "", "zone", { NULL }, "r1 r2 r3" },
	{ "not in CNAME mode", "ed", NULL, { NULL }, "" },
	{ "some have keys", "", "zone", { "r2:rsa g-9d v-9d a-5d slot",
	    "r1:rsa g-1h slot" }, "r1* r2* r3" },
	{ "a key that was removed", "", "zone",
	    { "r1:rsa g-9d k-2d x-1d slot" }, "r1 r2 r3" },
	{ "a key that is revoked has its slot", "", "zone",
	    { "r1:rsa g-9d a-8d t-3d k-2d slot" }, "r1* r2 r3" },
	{ "a fourth in reserve", "", "zone", { "r4:rsa g-1h slot" },
	    "r1 r2 r3 r4*" },
	{ "a fourth that signs", "", "zone",
	    { "r4:rsa g-9d v-8d a-7d slot" }, "r1 r2 r3 r4*" },
	{ "mail signed with the fourth is in transit", "", "zone",
	    { "r4:rsa g-9d v-8d a-7d t-1d slot" }, "r1 r2 r3 r4*" },
	{ "a fourth that never signed, and will not", "", "zone",
	    { "r4:rsa g-9d v-8d t-1d slot" }, "r1 r2 r3" },
	{ "a fourth that is revoked", "", "zone",
	    { "r4:rsa g-9d v-8d a-7d t-2d k-1d slot" }, "r1 r2 r3" },
	{ "a fourth that is compromised", "", "zone",
	    { "r4:rsa g-9d v-8d a-7d bad slot" }, "r1 r2 r3" },
	{ "an imported one is not behind a CNAME", "", "zone",
	    { "r9:rsa g-9d v-8d a-7d" }, "r1 r2 r3" },
	{ "one of an algorithm that is not wanted", "", "zone",
	    { "e1:ed g-9d v-8d a-7d slot" }, "r1 r2 r3 e1*" },
	{ "one that leads to an earlier zone", "", "other",
	    { "r1:rsa g-9d v-8d a-7d slot" }, "r1*! r2 r3" },
	{ "CNAME mode was left", "", NULL,
	    { "r1:rsa g-9d v-8d a-7d slot", "r2:rsa g-9d k-1d slot" },
	    "r1*!" },
	{ "the domain is leaving", "leaving", "zone",
	    { "r1:rsa g-9d v-8d a-7d t-1d slot", "r2:rsa g-9d t-1d slot" },
	    "r1*" },
	{ "a stream that a source names", "@desk", "zone",
	    { "r1:rsa g-9d v-8d a-7d slot" },
	    "r1* r2 r3 desk-r1 desk-r2 desk-r3" },
	{ "both algorithms", "ed @desk", "zone", { NULL },
	    "r1 r2 r3 e1 e2 e3 desk-r1 desk-r2 desk-r3 desk-e1 desk-e2 "
	    "desk-e3" },
	{ "two streams", "@shop @desk", "zone", { NULL },
	    "r1 r2 r3 desk-r1 desk-r2 desk-r3 shop-r1 shop-r2 shop-r3" },
	{ "a stream that no source names", "", "zone",
	    { "r2:rsa g-9d v-8d a-7d slot @desk" },
	    "r1 r2 r3 desk-r1 desk-r2* desk-r3" },
	{ "a stream that is to be removed", "@desk", "zone",
	    { "r2:rsa g-9d v-8d a-7d t-1d slot @desk ending" },
	    "r1 r2 r3 desk-r2*" },
};

static void
print_slots(const struct slot *slots, size_t nslots, const char *cname_zone,
    char *text, size_t size)
{
	char target[DKIMSIG_DOMAIN_SIZE];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < nslots; i++) {
		(void)snprintf(target, sizeof(target),
		    "%.63s._domainkey.example.com.%s", slots[i].selector,
		    cname_zone == NULL ? "" : cname_zone);
		if (i > 0)
			(void)strlcat(text, " ", size);
		assert_memory_equal(slots[i].selector, "countersign-", 12);
		(void)strlcat(text, slots[i].selector + 12, size);
		if (slots[i].key != NULL)
			(void)strlcat(text, "*", size);
		if (strcmp(slots[i].target, target) != 0)
			(void)strlcat(text, "!", size);
		assert_int_equal(slots[i].algorithm,
		    slots[i].selector[strlen(slots[i].selector) - 2] == 'r' ?
		    DKIMSIG_RSA_SHA256 : DKIMSIG_ED25519_SHA256);
	}
}

static void
lists(void **arg)
{
	const char *keys[LIFECYCLECASE_KEYS];
	struct lifecyclecase lifecase;
	struct slot slots[MAX_SLOTS];
	struct ks_key *key;
	char text[256];
	size_t i, j, max, n;

	(void)arg;
	for (i = 0; i < COUNT(cases); i++) {
		memset(keys, 0, sizeof(keys));
		for (j = 0; j < LIFECYCLECASE_KEYS &&
		    cases[i].keys[j] != NULL; j++)
			keys[j] = cases[i].keys[j] + 3;
		lifecyclecase_parse(&lifecase, cases[i].policy, keys);
		(void)strlcpy(lifecase.state.domain, "example.com",
		    sizeof(lifecase.state.domain));
		for (j = 0; j < lifecase.state.nkeys; j++) {
			key = &lifecase.keys[j];
			(void)snprintf(key->selector, sizeof(key->selector),
			    "countersign-%s%s%.2s", key->stream == NULL ? "" :
			    key->stream, key->stream == NULL ? "" : "-",
			    cases[i].keys[j]);
			if (key->record[0] != '\0')
				(void)snprintf(key->record,
				    sizeof(key->record),
				    "%s._domainkey.example.com.zone",
				    key->selector);
		}
		max = slots_max(&lifecase.state, &lifecase.policy);
		assert_true(max <= MAX_SLOTS);
		n = slots_list(&lifecase.state, &lifecase.policy,
		    cases[i].cname_zone, NOW, slots);
		assert_true(n <= max);
		print_slots(slots, n, cases[i].cname_zone, text,
		    sizeof(text));
		if (strcmp(text, cases[i].want) != 0)
			fail_msg("%s: \"%s\", want \"%s\"", cases[i].name,
			    text, cases[i].want);
	}
}

/* A selector that was generated says which stream it is of. */
static void
selectors(void **arg)
{
	static const struct {
		const char	*selector, *stream;	/* NULL: none */
	} names[] = {
		{ "20261123r1", NULL }, { "desk-20261123r1", "desk" },
		{ "desk-20261123e12", "desk" }, { "desk-20261123x1", NULL },
		{ "desk-2026112r1", NULL }, { "desk-20261123r", NULL },
		{ "desk-20261123r1a", NULL }, { "Desk-20261123r1", NULL },
		{ "-20261123r1", NULL }, { "desk", NULL }, { "desk-", NULL },
		{ "a-b-20261123r1", NULL }, { "countersign-r1", NULL },
		{ "countersign-desk-r1", "desk" },
		{ "countersign-desk-e3", "desk" },
		{ "countersign-desk-20261123r1", NULL },
		{ "countersign-desk-r", NULL },
		{ "countersign-20261123r1", "countersign" },
		{ "countersign-countersign-r1", "countersign" },
		{ "abcdefghijklmno9-20261123r1", "abcdefghijklmno9" },
		{ "abcdefghijklmnopq-20261123r1", NULL },
	};
	char stream[KS_STREAM_SIZE], selector[KS_SELECTOR_SIZE];
	bool is_one;
	size_t i;

	(void)arg;
	for (i = 0; i < COUNT(names); i++) {
		is_one = newkey_stream(names[i].selector, stream);
		if (is_one != (names[i].stream != NULL) ||
		    (is_one && strcmp(stream, names[i].stream) != 0))
			fail_msg("%s", names[i].selector);
	}
	newkey_slot(keygen_find("rsa2048"), NULL, 1, selector);
	assert_string_equal(selector, "countersign-r1");
	newkey_slot(keygen_find("ed25519"), "desk", 3, selector);
	assert_string_equal(selector, "countersign-desk-e3");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
		cmocka_unit_test(selectors)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
