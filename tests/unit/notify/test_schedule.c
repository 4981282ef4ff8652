/* SPDX-License-Identifier: ISC */

/*
 * When a contact is told of what, as tables over days: rows are troubles,
 * columns are days, and the notices that come of them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "notify/schedule.h"

#define NTROUBLES	3
#define NDAYS		40
#define HOUR		3600
#define START		INT64_C(1795424400)

/*
 * A day of a trouble: "." it does not exist, "w" warning, "c" critical; the
 * last one lasts.  Of notices: "." none, "N" something is new, "W" worse, "r"
 * reminder, "e" only an end.
 */
static const struct {
	const char	*name, *troubles[NTROUBLES], *notices;
} cases[] = {
	{ "nothing", { "." }, "...." },
	{ "reminders after 1, 3, 7 days, then weekly", { "w" },
	    "Nr.r...r......r......r......r" },
	{ "the end is told once", { "www.." }, "Nr.e...." },
	{ "an end on the day of the last notice", { "ww..." }, "Nre..." },
	{ "one notice for several", { "w", "w", "c" }, "Nr.r...r" },
	{ "a new one is told with the others", { "w", ".....w" },
	    "Nr.r.Nrrr...r.r....r" },
	{ "it returns", { "ww..ww" }, "Nre.Nr.r" },
	{ "a warning becomes critical", { "wwcc" }, "NrWr...r" },
	{ "critical, for a while a warning", { "ccwwcc" }, "Nr.r...r" },
	{ "two end at once", { "ww..", "ww.." }, "Nre." },
	{ "one ends, another stays", { "ww..", "w" }, "Nrer...r" },
};

/* One contact and its troubles. */
struct contact {
	struct notify_item	 items[NTROUBLES];
	int64_t			 last;
};

static void
begin(struct contact *contact)
{
	memset(contact, 0, sizeof(*contact));
	contact->last = NOTIFY_NEVER;
}

static void
look(struct contact *contact, size_t i, char kind)
{
	contact->items[i].is_open = kind != '.';
	contact->items[i].is_critical = kind == 'c';
}

/* A run at that time: the worst news of the notice, or "." for none. */
static char
run(struct contact *contact, int64_t now)
{
	static const char letters[] = ".NWre";
	enum notify_news news, worst = NOTIFY_NOTHING;
	size_t i;

	if (!notify_is_due(contact->items, NTROUBLES, contact->last, now))
		return '.';
	for (i = 0; i < NTROUBLES; i++) {
		news = notify_news(&contact->items[i], now);
		if (news != NOTIFY_NOTHING && (worst == NOTIFY_NOTHING ||
		    news < worst))
			worst = news;
		notify_told(&contact->items[i], now);
	}
	assert_true(worst != NOTIFY_NOTHING);
	contact->last = now;
	return letters[worst];
}

/* Runs every hour, at minutes that vary: what a day tells is one letter. */
static void
days(void **state)
{
	struct contact contact;
	char got[NDAYS + 1], letter;
	const char *row;
	size_t c, i, day, len, hour;

	(void)state;
	for (c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		begin(&contact);
		len = strlen(cases[c].notices);
		memset(got, '.', len);
		got[len] = '\0';
		for (hour = 0; hour < 24 * len; hour++) {
			day = hour / 24;
			for (i = 0; i < NTROUBLES; i++) {
				row = cases[c].troubles[i];
				look(&contact, i, row == NULL ? '.' :
				    day < strlen(row) ? row[day] :
				    row[strlen(row) - 1]);
			}
			letter = run(&contact, START + (int64_t)hour * HOUR +
			    (int64_t)(hour * 7 % 11) * 60);
			if (letter == '.')
				continue;
			if (got[day] != '.')
				fail_msg("%s: two on day %zu", cases[c].name,
				    day);
			if (hour % 24 != 0)
				fail_msg("%s: in hour %zu of day %zu",
				    cases[c].name, hour % 24, day);
			got[day] = letter;
		}
		if (strcmp(got, cases[c].notices) != 0)
			fail_msg("%s: got %s, want %s", cases[c].name, got,
			    cases[c].notices);
	}
}

/* What is critical does not wait for the next day; reminders and ends do. */
static void
urgent(void **state)
{
	struct contact contact;

	(void)state;
	begin(&contact);
	look(&contact, 0, 'w');
	assert_int_equal(run(&contact, START), 'N');
	look(&contact, 1, 'w');
	assert_int_equal(run(&contact, START + HOUR), '.');
	look(&contact, 1, 'c');
	assert_true(notify_is_urgent(contact.items, NTROUBLES,
	    START + 2 * HOUR));
	assert_int_equal(run(&contact, START + 2 * HOUR), 'N');
	assert_false(notify_is_urgent(contact.items, NTROUBLES,
	    START + 3 * HOUR));
	look(&contact, 0, 'c');
	assert_int_equal(run(&contact, START + 3 * HOUR), 'W');
	assert_int_equal(run(&contact, START + 4 * HOUR), '.');
	/* It flaps: its end waits for a day, and so does its return. */
	look(&contact, 1, '.');
	assert_int_equal(run(&contact, START + 5 * HOUR), '.');
	look(&contact, 1, 'c');
	assert_int_equal(run(&contact, START + 6 * HOUR), '.');
}

/* Whatever the clock did, a trouble is told again after a day. */
static void
clock_set_back(void **state)
{
	const int64_t future = START + 1000 * (int64_t)NOTIFY_DAY;
	struct contact contact;
	struct notify_item *item = &contact.items[0];
	size_t hour, n = 0;

	(void)state;
	begin(&contact);
	look(&contact, 0, 'c');
	assert_int_equal(run(&contact, future), 'N');
	assert_true(notify_correct(item, START));
	assert_int_equal(item->first, START);
	assert_int_equal(item->last, START);
	assert_false(notify_correct(item, START));
	contact.last = START;
	for (hour = 0; hour < 48; hour++)
		n += run(&contact, START + (int64_t)hour * HOUR) != '.';
	assert_int_equal(n, 1);
	/* A time of a notice that was not corrected silences nothing. */
	begin(&contact);
	contact.last = future;
	look(&contact, 0, 'w');
	assert_int_equal(run(&contact, START), 'N');
	/* What was never told has no times. */
	begin(&contact);
	assert_false(notify_correct(item, START));
}

/*
 * Half a year of random troubles: each is told within a day, or at once if it
 * is critical; there is never more than one notice a day without such news; and
 * in the end each contact knows what is true.
 */
static void
half_a_year(void **state)
{
	struct contact contact;
	int64_t now, since[NTROUBLES], previous = NOTIFY_NEVER;
	unsigned int hour, seed, n;
	bool urgent_news;
	size_t i;

	(void)state;
	for (seed = 1; seed <= 20; seed++) {
		srandom(seed);
		begin(&contact);
		n = 0;
		for (hour = 0; hour < 180 * 24; hour++) {
			now = START + (int64_t)hour * HOUR + random() % 1200;
			for (i = 0; i < NTROUBLES; i++) {
				if (hour > 177 * 24 || random() % 100 != 0)
					continue;
				look(&contact, i, ".wc"[random() % 3]);
				since[i] = now;
			}
			urgent_news = notify_is_urgent(contact.items,
			    NTROUBLES, now);
			if (run(&contact, now) == '.') {
				assert_false(urgent_news);
				for (i = 0; i < NTROUBLES; i++)
					assert_true(!contact.items[i].is_open ||
					    contact.items[i].was_told ||
					    now - since[i] < NOTIFY_DAY);
				continue;
			}
			n++;
			assert_true(urgent_news || previous == NOTIFY_NEVER ||
			    now - previous >= NOTIFY_DAY - NOTIFY_SLACK);
			previous = now;
		}
		assert_true(n > 30);
		for (i = 0; i < NTROUBLES; i++)
			assert_int_equal(contact.items[i].was_told,
			    contact.items[i].is_open);
		previous = NOTIFY_NEVER;
	}
}

/* An event waits for nothing, is told once each time, and has no end. */
static void
event(void **state)
{
	struct contact contact;
	struct notify_item *item = &contact.items[1];

	(void)state;
	begin(&contact);
	look(&contact, 0, 'w');
	assert_int_equal(run(&contact, START), 'N');
	look(&contact, 1, 'w');
	item->happened = START + 60;
	assert_true(notify_is_urgent(contact.items, NTROUBLES, START + HOUR));
	assert_int_equal(run(&contact, START + HOUR), 'N');
	assert_int_equal(run(&contact, START + HOUR + 1), '.');
	/* In the second of the notice: later than what it told. */
	item->happened = START + HOUR;
	assert_int_equal(notify_news(item, START + HOUR + 1), NOTIFY_NEW);
	item->happened = START + HOUR - 1;
	assert_int_equal(notify_news(item, START + HOUR + 1), NOTIFY_NOTHING);
	item->happened = START + 2 * HOUR - 1;
	assert_int_equal(run(&contact, START + 2 * HOUR), 'N');
	/* No reminder, but with those of others; nor does it get worse. */
	assert_int_equal(notify_news(item, START + 30 * (int64_t)NOTIFY_DAY),
	    NOTIFY_NOTHING);
	look(&contact, 1, 'c');
	assert_int_equal(run(&contact, START + 3 * HOUR), '.');
	assert_int_equal(run(&contact, START + 26 * HOUR), 'r');
}

static void
escalation(void **state)
{
	struct notify_item item = { .was_told = true, .first = START,
	    .last = START, .is_open = true };

	(void)state;
	assert_false(notify_escalates(&item, START));
	assert_false(notify_escalates(&item, START + 6 * NOTIFY_DAY + 23 *
	    HOUR));
	/* With the reminder after 7 days. */
	assert_true(notify_escalates(&item, START + 7 * NOTIFY_DAY - HOUR /
	    2));
	assert_int_equal(notify_next_reminder(START, START + 3 * NOTIFY_DAY),
	    START + 7 * NOTIFY_DAY - HOUR / 2);
	item.is_critical = true;
	assert_true(notify_escalates(&item, START));
	/* Not told yet: the domain's contact comes first. */
	item = (struct notify_item){ .is_open = true };
	assert_false(notify_escalates(&item, START));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days),
		cmocka_unit_test(urgent),
		cmocka_unit_test(clock_set_back),
		cmocka_unit_test(half_a_year),
		cmocka_unit_test(event),
		cmocka_unit_test(escalation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
