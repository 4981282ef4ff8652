/* SPDX-License-Identifier: ISC */

/*
 * The CNAMEs of a domain: what is remembered of each, and what its owner is
 * told to enter.  DNS is this program's.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lifecyclecase.h"
#include "rotate/report.h"
#include "rotate/view.h"

#define NOW	LIFECYCLECASE_NOW
#define SLOT	"countersign-"
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const struct rotation rotation = {
	.ttl = 3600, .cname_zone = "zone", .unreachable_after = 7200
};
static struct rotation_run run;
static char asked[256];		/* selectors and targets, in their order */
static int ask_result;

int	__wrap_dns_sight_take(struct dns_zones *zones,
	    const struct dns_sight_wish *wish, struct dns_sight *sight,
	    struct ks_error *error);

/* Every CNAME that is asked for is missing. */
int
__wrap_dns_sight_take(struct dns_zones *zones,
    const struct dns_sight_wish *wish, struct dns_sight *sight,
    struct ks_error *error)
{
	const size_t len = strlen(asked);

	(void)zones;
	(void)error;
	memset(sight, 0, sizeof(*sight));
	assert_string_equal(wish->domain, "example.com");
	assert_string_equal(wish->wanted, "");
	assert_true(wish->alias_only);
	assert_int_equal(wish->unreachable_after, 7200);
	(void)snprintf(asked + len, sizeof(asked) - len, " %s>%s",
	    wish->selector, wish->alias);
	sight->alias_fault = DNS_ALIAS_ABSENT;
	(void)strlcpy(sight->summary, "asked", sizeof(sight->summary));
	return ask_result;
}

/* Keys are SLOT: and the words of lifecyclecase.h. */
static void
open_view(struct domain_view *view, struct lifecyclecase *lifecase,
    const char *const keys[LIFECYCLECASE_KEYS])
{
	const char *words[LIFECYCLECASE_KEYS] = { NULL };
	struct ks_key *key;
	size_t i;

	for (i = 0; i < LIFECYCLECASE_KEYS && keys[i] != NULL; i++)
		words[i] = keys[i] + 3;
	lifecyclecase_parse(lifecase, "", words);
	for (i = 0; i < lifecase->state.nkeys; i++) {
		key = &lifecase->keys[i];
		(void)snprintf(key->selector, sizeof(key->selector),
		    SLOT "%.2s", keys[i]);
		if (key->record[0] != '\0')
			(void)snprintf(key->record, sizeof(key->record),
			    SLOT "%.2s._domainkey.example.com.zone", keys[i]);
	}
	memset(view, 0, sizeof(*view));
	view->run = &run;
	view->rotation = &rotation;
	view->policy = lifecase->policy;
	view->state = lifecase->state;
	(void)strlcpy(view->state.domain, "example.com",
	    sizeof(view->state.domain));
	view->facts = lifecase->facts;
	asked[0] = '\0';
	ask_result = 0;
}

/* Selectors and evidence of the view, in their order. */
static const char *
list(const struct domain_view *view)
{
	static char text[512];
	size_t i, len = 0;

	text[0] = '\0';
	for (i = 0; i < view->naliases; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%s%s:%s", i == 0 ? "" : " ", view->aliases[i].selector,
		    view->aliases[i].evidence);
	return text;
}

static void
note(struct domain_view *view, const char *selector,
    enum dns_alias_fault fault, const char *summary)
{
	struct ks_key key = { .algorithm = DKIMSIG_ED25519_SHA256 };
	struct dns_look look = { .zone = "example.com" };
	struct dns_sight sight = {
		.looks = &look, .nlooks = 1, .alias_fault = fault,
		.record_view = LIFECYCLE_RIGHT
	};

	(void)strlcpy(key.selector, selector, sizeof(key.selector));
	(void)strlcpy(key.record, "target.zone", sizeof(key.record));
	(void)strlcpy(sight.summary, summary, sizeof(sight.summary));
	domain_view_note_alias(view, &key, &sight);
}

static void
test_note(void **state)
{
	static const char *const keys[LIFECYCLECASE_KEYS] = { NULL };
	struct lifecyclecase lifecase;
	struct domain_view view;

	(void)state;
	open_view(&view, &lifecase, keys);
	note(&view, SLOT "r1", DNS_ALIAS_UNASKED, "unasked");
	assert_int_equal(view.naliases, 0);
	note(&view, SLOT "r1", DNS_ALIAS_PARTIAL, "first");
	note(&view, SLOT "r2", DNS_ALIAS_RIGHT, "other");
	note(&view, SLOT "r1", DNS_ALIAS_RIGHT, "second");
	assert_string_equal(list(&view), SLOT "r1:second " SLOT "r2:other");
	assert_string_equal(view.aliases[0].name,
	    SLOT "r1._domainkey.example.com");
	assert_string_equal(view.aliases[0].target, "target.zone");
	assert_string_equal(view.aliases[0].zone, "example.com");
	assert_int_equal(view.aliases[0].algorithm, DKIMSIG_ED25519_SHA256);
	assert_int_equal(view.aliases[0].fault, DNS_ALIAS_RIGHT);
	assert_int_equal(view.aliases[0].record, LIFECYCLE_RIGHT);
	domain_view_free_aliases(&view);
	assert_null(view.aliases);
	assert_int_equal(view.naliases, 0);
}

/* Slots that no key has shown are asked for; all end in the order of slots. */
static void
test_look(void **state)
{
	static const char *const keys[LIFECYCLECASE_KEYS] = {
		"r2:rsa g-9d v-9d a-5d slot", "r3:rsa g-9d k-2d x-1d slot"
	};
	struct lifecyclecase lifecase;
	struct domain_view view;
	struct ks_error error;

	(void)state;
	open_view(&view, &lifecase, keys);
	note(&view, "gone", DNS_ALIAS_RIGHT, "not needed");
	note(&view, SLOT "r3", DNS_ALIAS_RIGHT, "three");
	note(&view, SLOT "r2", DNS_ALIAS_RIGHT, "two");
	assert_int_equal(domain_view_look_aliases(&view, NOW, &error), 0);
	assert_string_equal(list(&view), SLOT "r1:asked " SLOT "r2:two "
	    SLOT "r3:three");
	assert_string_equal(asked, " " SLOT "r1>" SLOT
	    "r1._domainkey.example.com.zone");
	assert_string_equal(view.aliases[0].target,
	    SLOT "r1._domainkey.example.com.zone");
	assert_true(domain_view_wants_alias(&view, SLOT "r1", NOW));
	assert_true(domain_view_wants_alias(&view, SLOT "r3", NOW));
	assert_false(domain_view_wants_alias(&view, "gone", NOW));
	domain_view_free_aliases(&view);
}

static void
test_look_fails(void **state)
{
	static const char *const keys[LIFECYCLECASE_KEYS] = { NULL };
	struct lifecyclecase lifecase;
	struct domain_view view;
	struct ks_error error;

	(void)state;
	open_view(&view, &lifecase, keys);
	ask_result = KS_E_NOMEM;
	assert_int_equal(domain_view_look_aliases(&view, NOW, &error),
	    KS_E_NOMEM);
	assert_null(strchr(asked + 1, ' '));
	domain_view_free_aliases(&view);
}

static const struct {
	const char	*key, *zone, *evidence;
	enum dns_alias_fault fault;
	enum lifecycle_view record;
	const char	*want;
} texts[] = {
	{ "r2:rsa g-9d", "example.com", "all absent", DNS_ALIAS_ABSENT,
	    LIFECYCLE_UNASKED, "the CNAME in the zone of the domain is "
	    "missing; no key uses it yet, but a later one will: its owner has "
	    "to enter: r1._domainkey.example.com. 3600 IN CNAME t.zone. (host "
	    "r1._domainkey in the zone example.com): all absent" },
	{ "r1:rsa g-9d k-2d x-1d slot", "", NULL, DNS_ALIAS_TARGET,
	    LIFECYCLE_RIGHT, "the CNAME in the zone of the domain has another "
	    "target; no key uses it yet, but a later one will: its owner has "
	    "to enter: r1._domainkey.example.com. 3600 IN CNAME t.zone.: "
	    "...; the record that it should lead to is right" },
	{ "r1:rsa g-9d v-9d a-5d slot", "r1._domainkey.example.com", "x",
	    DNS_ALIAS_PARTIAL, LIFECYCLE_ABSENT, "the CNAME in the zone of "
	    "the domain is missing at some of its name servers; the key "
	    "signs, so its mail fails: its owner has to enter: "
	    "r1._domainkey.example.com. 3600 IN CNAME t.zone.: x" },
	{ "r1:rsa g-9d v-9d a-5d t-1d slot", "com", "x", DNS_ALIAS_RECORD,
	    LIFECYCLE_ABSENT, "the CNAME in the zone of the domain is "
	    "missing, and another record is in its place, which must be "
	    "removed; mail signed with the key fails, if it is still in "
	    "transit: its owner has to enter: r1._domainkey.example.com. 3600 "
	    "IN CNAME t.zone. (host r1._domainkey.example in the zone com): "
	    "x" },
	{ "r1:rsa g-9d v-9d slot", "com", "x", DNS_ALIAS_UNKNOWN,
	    LIFECYCLE_ABSENT, "the CNAME in the zone of the domain may be "
	    "missing, which DNS does not tell; the key cannot sign without "
	    "it: its owner has to enter: r1._domainkey.example.com. 3600 IN "
	    "CNAME t.zone. (host r1._domainkey.example in the zone com): x" },
};

static void
test_texts(void **state)
{
	struct view_alias alias = {
		.selector = SLOT "r1", .name = "r1._domainkey.example.com",
		.target = "t.zone"
	};
	const char *keys[LIFECYCLECASE_KEYS] = { NULL };
	char evidence[32], text[ALIAS_TEXT_SIZE];
	struct lifecyclecase lifecase;
	struct domain_view view;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(texts); i++) {
		keys[0] = texts[i].key;
		open_view(&view, &lifecase, keys);
		(void)strlcpy(alias.zone, texts[i].zone, sizeof(alias.zone));
		alias.fault = texts[i].fault;
		alias.record = texts[i].record;
		if (texts[i].evidence != NULL)
			(void)strlcpy(evidence, texts[i].evidence,
			    sizeof(evidence));
		alias.evidence = texts[i].evidence != NULL ? evidence : NULL;
		domain_view_print_alias(&view, &alias, NOW, text);
		assert_string_equal(text, texts[i].want);
	}
	assert_non_null(strstr(domain_alias_fault_text(DNS_ALIAS_DOUBLED),
	    "end the target with a dot"));
}

/* Only wrong CNAMEs are troubles. */
static void
test_report(void **state)
{
	static const char *const keys[LIFECYCLECASE_KEYS] = { NULL };
	struct lifecyclecase lifecase;
	struct domain_report report;
	struct domain_view view;

	(void)state;
	open_view(&view, &lifecase, keys);
	note(&view, SLOT "r1", DNS_ALIAS_RIGHT, "one");
	note(&view, SLOT "r2", DNS_ALIAS_ABSENT, "two");
	note(&view, SLOT "r3", DNS_ALIAS_UNKNOWN, "three");
	note(&view, SLOT "e1", DNS_ALIAS_TARGET, "four");
	domain_report_init(&report, "example.com");
	domain_view_report_aliases(&view, &report, NOW);
	assert_int_equal(report.nlines, 2);
	assert_int_equal(report.count[REPORT_TODO], 2);
	assert_string_equal(report.lines[0].selector, SLOT "r2");
	assert_string_equal(report.lines[1].selector, SLOT "e1");
	assert_int_equal(report.lines[0].trouble, TROUBLE_CNAME);
	assert_non_null(strstr(report.lines[1].text, "another target"));
	domain_report_finish(&report);
	domain_view_free_aliases(&view);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_note),
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_look_fails),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
