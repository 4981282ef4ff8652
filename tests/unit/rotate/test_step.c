/* SPDX-License-Identifier: ISC */

/*
 * Steps that change the state alone: what they set, what they report, and what
 * becomes of a step that fails or is put off.  Nothing is written: the work has
 * no lock.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "publish/publish.h"
#include "rotate/step_private.h"

#define NOW	1790000000	/* 2026-09-21T14:13:20Z */
#define HOUR	3600
#define DAY	(24 * HOUR)
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define SELECTOR	"s1"
#define LONGEST \
	"s12345678901234567890123456789012345678901234567890123456789012"
#define PUBLIC	"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static const struct rotation rotation = { .ttl = 3600 };
static enum lifecycle_view dns_view;	/* what DNS shows */
static unsigned int nlooks;
static enum publish_result published;	/* what becomes of a change */
static unsigned int nchanges;
static char retired_as[128];		/* why the last key was retired */

void	__wrap_domain_work_look(struct domain_work *work, size_t i);
int	__wrap_rotation_run_publisher(struct rotation_run *run,
	    const struct rotation *rotation, struct publisher **publisher,
	    struct ks_error *error);
enum publish_result __wrap_publish_change(struct publisher *publisher,
	    const struct publish_change *change, struct ks_error *error);
int	__wrap_key_change_check(struct key_change *change,
	    const struct ks_key *key, struct ks_error *error);
int	__real_key_change_retire(struct key_change *change, struct ks_key *key,
	    int64_t at, const char *why, struct ks_error *error);
int	__wrap_key_change_retire(struct key_change *change, struct ks_key *key,
	    int64_t at, const char *why, struct ks_error *error);

void
__wrap_domain_work_look(struct domain_work *work, size_t i)
{
	nlooks++;
	work->view.facts[i].view = dns_view;
}

int
__wrap_rotation_run_publisher(struct rotation_run *run,
    const struct rotation *how, struct publisher **publisher,
    struct ks_error *error)
{
	static char one;

	(void)run;
	(void)how;
	(void)error;
	*publisher = (struct publisher *)&one;
	return 0;
}

enum publish_result
__wrap_publish_change(struct publisher *publisher,
    const struct publish_change *change, struct ks_error *error)
{
	assert_non_null(publisher);
	assert_string_equal(change->domain, "example.com");
	assert_string_equal(change->name, SELECTOR "._domainkey.example.com");
	assert_null(change->from);
	assert_non_null(strstr(change->to, "p=" PUBLIC));
	assert_int_equal(change->ttl, 3600);
	(void)strlcpy(error->text, "the server said so",
	    sizeof(error->text));
	nchanges++;
	return published;
}

int
__wrap_key_change_check(struct key_change *change, const struct ks_key *key,
    struct ks_error *error)
{
	(void)change;
	(void)key;
	(void)error;
	return 0;
}

int
__wrap_key_change_retire(struct key_change *change, struct ks_key *key,
    int64_t at, const char *why, struct ks_error *error)
{
	(void)strlcpy(retired_as, why, sizeof(retired_as));
	return __real_key_change_retire(change, key, at, why, error);
}

/* A domain with one key, and a step of it. */
struct world {
	struct rotation_run	 run;
	struct domain_report	 report;
	struct ks_key		 key;
	struct lifecycle_fact	 fact;
	struct view_note	 note;
	struct domain_work	 work;
	struct lifecycle_action	 action;
	struct step		 step;
	struct ks_error		 error;
};

static int64_t
read_clock(void)
{
	return NOW;
}

static void
begin(struct world *world, enum lifecycle_step step)
{
	memset(world, 0, sizeof(*world));
	domain_report_init(&world->report, "example.com");
	ks_key_init(&world->key);
	(void)strlcpy(world->key.selector, SELECTOR,
	    sizeof(world->key.selector));
	world->key.algorithm = DKIMSIG_RSA_SHA256;
	world->key.generated = NOW - DAY;
	world->fact.negative_wait = 60;
	world->run.clock = read_clock;
	world->work.report = &world->report;
	world->work.is_patient = true;
	world->work.view.run = &world->run;
	world->work.view.state.keys = &world->key;
	world->work.view.state.nkeys = 1;
	(void)strlcpy(world->work.view.state.domain, "example.com",
	    sizeof(world->work.view.state.domain));
	world->work.view.facts = &world->fact;
	world->work.view.notes = &world->note;
	world->action.step = step;
	world->action.at = NOW + HOUR;
	world->action.why = "because";
	world->step = (struct step){
		.work = &world->work, .view = &world->work.view,
		.action = &world->action, .key = &world->key,
		.fact = &world->fact, .error = &world->error,
		.name = lifecycle_step_name(step)
	};
}

static int
take(struct world *world)
{
	return domain_work_step(&world->work, &world->action, &world->error);
}

/* The report has one line, and this is it. */
static void
end(struct world *world, enum report_kind kind, enum trouble trouble,
    int64_t when, const char *text)
{
	const struct report_line *line = &world->report.lines[0];

	assert_int_equal(world->report.nlines, 1);
	assert_int_equal(line->kind, kind);
	assert_int_equal(line->trouble, trouble);
	assert_int_equal(line->when, when);
	assert_string_equal(line->selector, SELECTOR);
	assert_string_equal(line->text, text);
	domain_report_finish(&world->report);
}

static void
test_fails(void **state)
{
	static const struct {
		enum lifecycle_step	step;
		enum trouble		trouble;
	} cases[] = {
		{ LIFECYCLE_UNUSED, TROUBLE_NEW_RECORD },
		{ LIFECYCLE_PUBLISH, TROUBLE_PUBLICATION },
		{ LIFECYCLE_VERIFY, TROUBLE_NEW_RECORD },
		{ LIFECYCLE_ACTIVATE, TROUBLE_SPARE_FILE },
		{ LIFECYCLE_RETIRE, TROUBLE_OVERDUE },
		{ LIFECYCLE_REVOKE, TROUBLE_PUBLICATION },
		{ LIFECYCLE_REMOVE, TROUBLE_PUBLICATION },
		{ LIFECYCLE_DESTROY, TROUBLE_OLD_RECORD },
	};
	struct world world;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		begin(&world, cases[i].step);
		/* The run goes on with the other keys. */
		assert_int_equal(step_fail(&world.step, REPORT_FAIL, "why"),
		    0);
		assert_true(world.fact.was_tried);
		assert_true(world.note.was_told);
		end(&world, REPORT_FAIL, cases[i].trouble, KS_NEVER, "why");
	}
	begin(&world, LIFECYCLE_PUBLISH);
	assert_int_equal(step_fail(&world.step, REPORT_DUE, "why"), 0);
	assert_int_equal(world.report.lines[0].step, LIFECYCLE_PUBLISH);
	end(&world, REPORT_DUE, TROUBLE_NONE, KS_NEVER, "why");
}

/* The first time that a hook puts a change off is kept, and told. */
static void
test_put_off(void **state)
{
	struct world world;

	(void)state;
	begin(&world, LIFECYCLE_PUBLISH);
	assert_int_equal(step_delay(&world.step, "later"), 0);
	assert_int_equal(world.key.delayed, NOW);
	end(&world, REPORT_WAIT, TROUBLE_NONE, NOW + STEP_PATIENCE,
	    "put off by the hook; every run tries again, and from then on it "
	    "counts as a failure: later");

	begin(&world, LIFECYCLE_PUBLISH);
	world.key.delayed = NOW - STEP_PATIENCE + 1;
	assert_int_equal(step_delay(&world.step, "later"), 0);
	assert_int_equal(world.key.delayed, NOW - STEP_PATIENCE + 1);
	end(&world, REPORT_WAIT, TROUBLE_NONE, NOW + 1,
	    "put off by the hook; every run tries again, and from then on it "
	    "counts as a failure: later");
	/* A clock that was ahead. */
	begin(&world, LIFECYCLE_PUBLISH);
	world.key.delayed = NOW + 1;
	assert_int_equal(step_delay(&world.step, "later"), 0);
	assert_int_equal(world.key.delayed, NOW);
	domain_report_finish(&world.report);
}

static void
test_put_off_too_long(void **state)
{
	struct world world;

	(void)state;
	begin(&world, LIFECYCLE_PUBLISH);
	world.key.delayed = NOW - STEP_PATIENCE;
	assert_int_equal(step_delay(&world.step, "later"), 0);
	end(&world, REPORT_FAIL, TROUBLE_PUBLICATION, KS_NEVER, "put off by "
	    "the hook since 2026-09-20T14:13:20Z, in every run: later");
	/* No other run follows. */
	begin(&world, LIFECYCLE_PUBLISH);
	world.work.is_patient = false;
	assert_int_equal(step_delay(&world.step, "later"), 0);
	assert_int_equal(world.key.delayed, NOW);
	end(&world, REPORT_FAIL, TROUBLE_PUBLICATION, KS_NEVER, "later");
	begin(&world, LIFECYCLE_REVOKE);
	world.key.compromised = true;
	assert_int_equal(step_delay(&world.step, "later"), 0);
	end(&world, REPORT_FAIL, TROUBLE_PUBLICATION, KS_NEVER, "later");
}

static void
test_unused(void **state)
{
	struct world world;

	(void)state;
	begin(&world, LIFECYCLE_UNUSED);
	world.key.delayed = NOW - HOUR;
	assert_int_equal(take(&world), 0);
	assert_int_equal(world.key.absent, NOW);
	assert_int_equal(world.key.absent_for, 60);
	assert_int_equal(world.key.delayed, KS_NEVER);
	end(&world, REPORT_STEP, TROUBLE_NONE, KS_NEVER, "nothing exists at "
	    "its name; caches may keep this answer for 60 s: ...");
}

static void
test_give_up(void **state)
{
	struct world world;

	(void)state;
	begin(&world, LIFECYCLE_GIVE_UP);
	world.key.absent = NOW - HOUR;
	world.key.absent_for = 60;
	world.fact.view = LIFECYCLE_FOREIGN;
	assert_int_equal(take(&world), 0);
	assert_true(world.key.contested);
	assert_int_equal(world.key.absent, KS_NEVER);
	assert_int_equal(world.key.absent_for, 0);
	assert_int_equal(world.key.removed, NOW);
	end(&world, REPORT_STEP, TROUBLE_NONE, KS_NEVER, "another record is "
	    "at its name, so another key takes its place: ...");

	begin(&world, LIFECYCLE_GIVE_UP);
	world.run.dry_run = true;
	world.fact.view = LIFECYCLE_FOREIGN;
	assert_int_equal(take(&world), 0);
	assert_false(world.key.contested);
	assert_int_equal(world.key.removed, KS_NEVER);
	assert_int_equal(world.fact.view, LIFECYCLE_UNKNOWN);
	end(&world, REPORT_DUE, TROUBLE_NONE, KS_NEVER, "because");
}

static void
test_seen(void **state)
{
	struct world world;

	(void)state;
	begin(&world, LIFECYCLE_SEEN);
	assert_int_equal(take(&world), 0);
	assert_int_equal(world.key.published, NOW);
	assert_int_equal(world.key.seen, NOW);
	end(&world, REPORT_STEP, TROUBLE_NONE, KS_NEVER, "...");
	begin(&world, LIFECYCLE_SEEN);
	world.key.published = NOW - HOUR;
	world.run.dry_run = true;
	assert_int_equal(take(&world), 0);
	assert_int_equal(world.key.published, NOW - HOUR);
	assert_int_equal(world.key.seen, NOW);
	end(&world, REPORT_DUE, TROUBLE_NONE, KS_NEVER, "...");
}

static void
test_unseen(void **state)
{
	struct world world;
	bool has_other;

	(void)state;
	for (has_other = false;; has_other = true) {
		begin(&world, LIFECYCLE_UNSEEN);
		world.key.seen = world.key.verified = NOW - HOUR;
		world.key.seen_outside = world.key.absent = NOW - HOUR;
		world.key.absent_for = 60;
		world.fact.has_other = has_other;
		assert_int_equal(take(&world), 0);
		assert_int_equal(world.key.seen, KS_NEVER);
		assert_int_equal(world.key.verified, KS_NEVER);
		assert_int_equal(world.key.seen_outside, KS_NEVER);
		assert_int_equal(world.key.absent, has_other ? KS_NEVER :
		    NOW - HOUR);
		assert_int_equal(world.key.absent_for, has_other ? 0 : 60);
		assert_int_equal(world.key.contested, has_other);
		end(&world, REPORT_STEP, TROUBLE_NONE, KS_NEVER, "...");
		if (has_other)
			break;
	}
}

static void
test_retire(void **state)
{
	struct world world;

	(void)state;
	begin(&world, LIFECYCLE_RETIRE);
	world.key.active_from = NOW - DAY;
	assert_int_equal(take(&world), 0);
	assert_int_equal(world.key.retire_at, NOW + HOUR);
	end(&world, REPORT_STEP, TROUBLE_NONE, KS_NEVER,
	    "stops signing at 2026-09-21T15:13:20Z: because");
}

/*
 * In a fleet a key starts a little later if another one signs until then, and
 * the step can wait.
 */
static void
test_start(void **state)
{
	static const struct {
		const char	*name;
		bool		 is_fleet, other_signs, is_urgent;
		int64_t		 at, want;
	} cases[] = {
		{ "one host", false, true, false, NOW, NOW },
		{ "a fleet", true, true, false, NOW, NOW + 30 },
		{ "a late step of it", true, true, false, NOW - HOUR,
		    NOW + 30 },
		{ "the first key of a fleet", true, false, false, NOW, NOW },
		{ "an urgent step", true, true, true, NOW, NOW },
		{ "a later one", true, true, false, NOW + HOUR, NOW + HOUR },
	};
	struct lifecycle_fact facts[2];
	struct view_note notes[2];
	struct ks_key keys[2];
	struct world world;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		begin(&world, LIFECYCLE_ACTIVATE);
		memset(facts, 0, sizeof(facts));
		memset(notes, 0, sizeof(notes));
		retired_as[0] = '\0';
		keys[0] = keys[1] = world.key;
		(void)strlcpy(keys[0].selector, LONGEST,
		    sizeof(keys[0].selector));
		(void)strlcpy(keys[1].selector, "s2",
		    sizeof(keys[1].selector));
		if (cases[i].other_signs)
			keys[1].active_from = NOW - DAY;
		world.work.view.state.keys = keys;
		world.work.view.state.nkeys = 2;
		world.work.view.facts = facts;
		world.work.view.notes = notes;
		world.run.is_fleet = cases[i].is_fleet;
		world.action.at = cases[i].at;
		world.action.is_urgent = cases[i].is_urgent;
		assert_int_equal(take(&world), 0);
		if (keys[0].active_from != cases[i].want)
			fail_msg("%s: %lld", cases[i].name,
			    (long long)keys[0].active_from);
		assert_int_equal(keys[1].retire_at, cases[i].other_signs ?
		    cases[i].want : KS_NEVER);
		assert_string_equal(retired_as, cases[i].other_signs ?
		    LONGEST " starts signing" : "");
		domain_report_finish(&world.report);
	}
}

/* What becomes of a new record, by an UPDATE and by a hook. */
static void
test_publish(void **state)
{
	static const struct {
		enum rotation_publish	how;
		enum lifecycle_view	view;		/* before */
		enum publish_result	result;
		unsigned int		nchanges;
		bool			is_published;
		enum report_kind	kind;
		const char		*text;
	} cases[] = {
		{ ROTATION_UPDATE, LIFECYCLE_UNASKED, PUBLISH_DONE, 1, true,
		    REPORT_STEP, "the server said so" },
		{ ROTATION_UPDATE, LIFECYCLE_UNASKED, PUBLISH_UNCHANGED, 1,
		    true, REPORT_STEP, "nothing to change" },
		{ ROTATION_UPDATE, LIFECYCLE_UNASKED, PUBLISH_CONFLICT, 1,
		    false, REPORT_FAIL, "the server said so" },
		{ ROTATION_UPDATE, LIFECYCLE_UNASKED, PUBLISH_LATER, 1,
		    false, REPORT_FAIL, "the server said so" },
		{ ROTATION_UPDATE, LIFECYCLE_UNASKED, PUBLISH_FAILED, 1,
		    false, REPORT_FAIL, "the server said so" },
		{ ROTATION_HOOK, LIFECYCLE_ABSENT, PUBLISH_DONE, 1, true,
		    REPORT_STEP, "the server said so" },
		{ ROTATION_HOOK, LIFECYCLE_ABSENT, PUBLISH_LATER, 1, false,
		    REPORT_WAIT, "the server said so" },
		{ ROTATION_HOOK, LIFECYCLE_ABSENT, PUBLISH_FAILED, 1, false,
		    REPORT_FAIL, "the server said so" },
		{ ROTATION_HOOK, LIFECYCLE_RIGHT, PUBLISH_FAILED, 0, true,
		    REPORT_STEP, "nothing to change: ..." },
		{ ROTATION_HOOK, LIFECYCLE_FOREIGN, PUBLISH_DONE, 0, false,
		    REPORT_FAIL, "the hook was not run: " },
		{ ROTATION_HOOK, LIFECYCLE_UNKNOWN, PUBLISH_DONE, 0, false,
		    REPORT_TODO, "the hook was not run: " },
	};
	struct rotation how = { .ttl = 3600 };
	struct world world;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		begin(&world, LIFECYCLE_PUBLISH);
		how.publish = cases[i].how;
		world.work.view.rotation = &how;
		world.key.algorithm = DKIMSIG_ED25519_SHA256;
		world.key.public = PUBLIC;
		dns_view = cases[i].view;
		published = cases[i].result;
		nchanges = 0;
		assert_int_equal(take(&world), 0);
		assert_int_equal(nchanges, cases[i].nchanges);
		assert_int_equal(world.key.published, cases[i].is_published ?
		    NOW : KS_NEVER);
		assert_int_equal(world.report.nlines, 1);
		if (world.report.lines[0].kind != cases[i].kind ||
		    strstr(world.report.lines[0].text, cases[i].text) == NULL)
			fail_msg("%zu: %d: %s", i, world.report.lines[0].kind,
			    world.report.lines[0].text);
		domain_report_finish(&world.report);
	}
}

/* A revoked key whose record is back in DNS is told, and revoked again. */
static void
test_revoke_again(void **state)
{
	static const struct {
		enum lifecycle_view	view;
		bool			is_back;
	} cases[] = {
		{ LIFECYCLE_RIGHT, true },
		{ LIFECYCLE_DIFFERENT, true },
		{ LIFECYCLE_REVOKED, false },
		{ LIFECYCLE_ABSENT, false },
		{ LIFECYCLE_UNKNOWN, false },
	};
	struct world world;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		begin(&world, LIFECYCLE_REVOKE);
		world.run.dry_run = true;
		world.key.algorithm = DKIMSIG_ED25519_SHA256;
		world.key.public = PUBLIC;
		world.key.revoked = NOW - HOUR;
		world.work.view.rotation = &rotation;
		dns_view = cases[i].view;
		nlooks = 0;
		assert_int_equal(domain_work_revoke_again(&world.work, 0,
		    &world.error), 0);
		assert_int_equal(world.key.revoked, NOW - HOUR);
		if (!cases[i].is_back) {
			assert_int_equal(world.report.nlines, 0);
			assert_int_equal(nlooks, 2);
		} else {
			assert_int_equal(world.report.nlines, 2);
			assert_int_equal(world.report.lines[0].kind,
			    REPORT_TODO);
			assert_int_equal(world.report.lines[0].trouble,
			    TROUBLE_OLD_RECORD);
			assert_int_equal(world.report.lines[1].kind,
			    REPORT_DUE);
			assert_string_equal(world.report.lines[1].text,
			    "its record was back in DNS");
		}
		domain_report_finish(&world.report);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fails),
		cmocka_unit_test(test_put_off),
		cmocka_unit_test(test_put_off_too_long),
		cmocka_unit_test(test_unused),
		cmocka_unit_test(test_give_up),
		cmocka_unit_test(test_seen),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_retire),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_publish),
		cmocka_unit_test(test_revoke_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
