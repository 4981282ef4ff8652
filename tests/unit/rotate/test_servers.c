/* SPDX-License-Identifier: ISC */

/*
 * Name servers that do not answer: which are remembered, and which of them the
 * report names.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotate/report.h"
#include "rotate/view.h"

#define NOW	1790000000	/* 2026-09-21T14:13:20Z */
#define HOUR	3600
#define DAY	(24 * HOUR)
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NLOOKS	4
#define ADVICE	": repair it, remove its NS record, or list the servers in " \
	"use in the option 'servers' (last seen: "

/* A look: its server, whether that answers, or since how long not. */
struct answer {
	const char	*server, *address, *zone;
	int64_t		 silent;	/* 0: it answers */
	bool		 is_excepted, is_unasked;
};

static const struct {
	const char	*name;
	struct answer	 answers[NLOOKS];
	int64_t		 unreachable_after;
	const char	*want;		/* the text of the trouble, or NULL */
} cases[] = {
	{ "all answer", { { "a", "192.0.2.1", "z", 0, false, false },
	    { "b", "192.0.2.2", "z", 0, false, false } }, 3 * DAY, NULL },
	{ "silent for a second less than a day",
	    { { "a", "192.0.2.1", "z", DAY - 1, false, false },
	    { "b", "192.0.2.2", "z", 0, false, false } }, 3 * DAY, NULL },
	{ "silent for a day", { { "a", "192.0.2.1", "z", DAY, false, false },
	    { "b", "192.0.2.2", "z", 0, false, false } }, 3 * DAY,
	    "name server a (192.0.2.1) has given no answer for zone z since "
	    "2026-09-20T14:13:20Z: new keys wait for it until "
	    "2026-09-23T14:13:20Z" ADVICE "no answer)" },
	{ "is waited for without end",
	    { { "a", "192.0.2.1", "z", DAY, false, false },
	    { "b", "192.0.2.2", "z", 0, false, false } }, ROTATION_NEVER,
	    "name server a (192.0.2.1) has given no answer for zone z since "
	    "2026-09-20T14:13:20Z: new keys wait for it" ADVICE
	    "no answer)" },
	{ "excepted after an hour",
	    { { "a", "192.0.2.1", "z", HOUR, true, false },
	    { "b", "192.0.2.2", "z", 0, false, false } }, HOUR,
	    "name server a (192.0.2.1) has given no answer for zone z since "
	    "2026-09-21T13:13:20Z: rotation goes on without it" ADVICE
	    "no answer)" },
	{ "without an address", { { "a", NULL, "z", DAY, true, false },
	    { "b", "192.0.2.2", "z", 0, false, false } }, HOUR,
	    "name server a has given no answer for zone z since "
	    "2026-09-20T14:13:20Z: rotation goes on without it" ADVICE
	    "address lookup failed)" },
	{ "its name is its address",
	    { { "192.0.2.1", "192.0.2.1", "z", DAY, true, false },
	    { "b", "192.0.2.2", "z", 0, false, false } }, HOUR,
	    "name server 192.0.2.1 has given no answer for zone z since "
	    "2026-09-20T14:13:20Z: rotation goes on without it" ADVICE
	    "no answer)" },
	{ "one that is waited for comes first",
	    { { "a", "192.0.2.1", "z", 9 * DAY, true, false },
	    { "b", "192.0.2.2", "z", DAY, false, false },
	    { "c", "192.0.2.3", "z", 8 * DAY, true, false },
	    { "d", "192.0.2.4", "z", 0, false, false } }, ROTATION_NEVER,
	    "name server b (192.0.2.2) (and 2 more) has given no answer for "
	    "zone z since 2026-09-20T14:13:20Z: new keys wait for it" ADVICE
	    "no answer)" },
	{ "else the one that is silent for longest",
	    { { "a", "192.0.2.1", "z", DAY, false, false },
	    { "b", "192.0.2.2", "z", 2 * DAY, false, false },
	    { "c", "192.0.2.3", "z", HOUR, false, false },
	    { "d", "192.0.2.4", "z", 0, false, false } }, ROTATION_NEVER,
	    "name server b (192.0.2.2) (and 1 more) has given no answer for "
	    "zone z since 2026-09-19T14:13:20Z: new keys wait for it" ADVICE
	    "no answer)" },
	{ "no server of the zone answers",
	    { { "a", "192.0.2.1", "z", DAY, true, false },
	    { "b", "192.0.2.2", "z", 0, false, true },
	    { "c", "192.0.2.3", "other", 0, false, false } }, HOUR,
	    "name server a (192.0.2.1) has given no answer for zone z since "
	    "2026-09-20T14:13:20Z: no server of the zone answers for the "
	    "records of keys, so no key is verified or starts to sign" ADVICE
	    "no answer)" },
	{ "the same server in two zones, two addresses of a server",
	    { { "a", "192.0.2.1", "z", DAY, true, false },
	    { "a", "192.0.2.2", "z", DAY, true, false },
	    { "a", "192.0.2.1", "y", DAY, true, false },
	    { "a", "192.0.2.1", "z", DAY, true, false } }, HOUR,
	    "name server a (192.0.2.1) (and 2 more) has given no answer for "
	    "zone z since 2026-09-20T14:13:20Z: no server of the zone answers "
	    "for the records of keys, so no key is verified or starts to sign"
	    ADVICE "no answer)" },
};

static void
set_look(struct dns_look *look, const struct answer *answer)
{
	(void)strlcpy(look->server, answer->server, sizeof(look->server));
	(void)strlcpy(look->zone, answer->zone, sizeof(look->zone));
	look->has_address = answer->address != NULL;
	if (look->has_address)
		(void)strlcpy(look->address.text, answer->address,
		    sizeof(look->address.text));
	look->silent_since = answer->silent == 0 ? KS_NEVER :
	    NOW - answer->silent;
	look->is_excepted = answer->is_excepted;
	look->verdict = answer->is_unasked ? DNS_UNASKED :
	    answer->silent == 0 ? DNS_RIGHT : DNS_SILENT;
	look->status = answer->silent == 0 ? DNS_ANSWERED :
	    DNS_TIMEOUT;
}

static void
note(struct domain_view *view, const struct answer answers[NLOOKS])
{
	struct dns_sight sight = { .looks = NULL };
	size_t i;

	assert_non_null(sight.looks = calloc(NLOOKS, sizeof(*sight.looks)));
	for (i = 0; i < NLOOKS && answers[i].server != NULL; i++)
		set_look(&sight.looks[sight.nlooks++], &answers[i]);
	domain_view_note_servers(view, &sight);
	free(sight.looks);
}

static void
finish(struct domain_view *view)
{
	free(view->silents);
	free(view->dead_delegation);
}

static void
test_cases(void **state)
{
	struct domain_report report;
	struct rotation rotation = { .ttl = HOUR };
	struct domain_view view;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		memset(&view, 0, sizeof(view));
		rotation.unreachable_after = cases[i].unreachable_after;
		view.rotation = &rotation;
		note(&view, cases[i].answers);
		domain_report_init(&report, "example.com");
		domain_view_report_servers(&view, &report, NOW);
		if (report.nlines != (cases[i].want != NULL))
			fail_msg("%s: %zu lines", cases[i].name,
			    report.nlines);
		if (report.nlines == 1 && (strcmp(report.lines[0].text,
		    cases[i].want) != 0 ||
		    report.lines[0].trouble != TROUBLE_SERVER ||
		    report.lines[0].kind != REPORT_TODO ||
		    strcmp(report.lines[0].selector, "-") != 0))
			fail_msg("%s: %s", cases[i].name,
			    report.lines[0].text);
		domain_report_finish(&report);
		finish(&view);
	}
}

/* A zone with an answer for some key is not without servers. */
static void
test_second_sight(void **state)
{
	const struct answer alone[NLOOKS] = {
		{ "a", "192.0.2.1", "z", DAY, true, false }
	}, both[NLOOKS] = {
		{ "a", "192.0.2.1", "z", DAY, true, false },
		{ "b", "192.0.2.2", "z", 0, false, false }
	};
	struct domain_view view;

	(void)state;
	memset(&view, 0, sizeof(view));
	note(&view, alone);
	assert_int_equal(view.nsilents, 1);
	assert_true(view.silents[0].is_alone);
	note(&view, alone);
	assert_int_equal(view.nsilents, 1);
	assert_true(view.silents[0].is_alone);
	note(&view, both);
	assert_int_equal(view.nsilents, 1);
	assert_false(view.silents[0].is_alone);
	note(&view, alone);
	assert_false(view.silents[0].is_alone);
	finish(&view);
}

static void
test_dead_delegation(void **state)
{
	struct dns_sight sight = { .dead_delegation = "first" };
	const struct rotation rotation = { .ttl = HOUR };
	struct domain_view view;
	struct domain_report report;

	(void)state;
	memset(&view, 0, sizeof(view));
	view.rotation = &rotation;
	domain_view_note_servers(&view, &sight);
	(void)strlcpy(sight.dead_delegation, "second",
	    sizeof(sight.dead_delegation));
	domain_view_note_servers(&view, &sight);
	domain_report_init(&report, "example.com");
	domain_view_report_servers(&view, &report, NOW);
	assert_int_equal(report.nlines, 1);
	assert_int_equal(report.lines[0].trouble, TROUBLE_DELEGATION);
	assert_int_equal(report.lines[0].kind, REPORT_TODO);
	assert_string_equal(report.lines[0].text, "first");
	domain_report_finish(&report);
	finish(&view);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_second_sight),
		cmocka_unit_test(test_dead_delegation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
