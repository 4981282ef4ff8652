/* SPDX-License-Identifier: ISC */

/*
 * Which private keys are removed, which are disclosed before that, and which
 * must stay because DNS still has their record, or may have it.  DNS, the store
 * and the disclosing are the test's.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotate/disclose.h"
#include "rotate/step_private.h"
#include "store/sealer.h"

#define NOW	1790000000
#define HOUR	3600
#define DAY	(24 * HOUR)
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define MAX_LOOKS 2
#define NONE	RECORD_FAULT_NONE

struct shown {
	enum dns_verdict	verdict;
	bool			is_excepted;
	enum record_fault	fault;
};

struct destroy_case {
	const char	*name;
	const char	*words;		/* see begin() */
	struct shown	 shown[MAX_LOOKS];
	size_t		 nshown;
	enum report_kind kind;
	const char	*text;		/* the report begins so */
	const char	*done;		/* in this order */
};

static const struct destroy_case *now_testing;
static unsigned int nsights;
static char done[64];

int	__wrap_disclose_key(struct keystore *ks, const char *domain,
	    const struct ks_key *key, const char *folder,
	    struct ks_error *error);
void	__wrap_domain_view_note_servers(struct domain_view *view,
	    const struct dns_sight *sight);
int	__wrap_domain_view_sight(const struct domain_view *view,
	    const struct ks_key *key, struct record *record,
	    struct dns_sight *sight, struct ks_error *error);
int	__wrap_key_change_log(struct key_change *change,
	    const struct ks_key *key, const char *step, struct ks_error *error,
	    const char *format, ...);
int	__wrap_key_change_write(struct key_change *change,
	    struct ks_error *error);
int	__wrap_ks_key_check(struct keystore *ks, const char *domain,
	    const struct ks_key *key, struct ks_error *error);
int	__wrap_ks_key_destroy(struct ks_lock *lock, const char *selector,
	    struct ks_error *error);

static bool
has_word(const char *word)
{
	return strstr(now_testing->words, word) != NULL;
}

static void
note(const char *what)
{
	assert_true(strlcat(done, what, sizeof(done)) < sizeof(done));
}

int
__wrap_disclose_key(struct keystore *ks, const char *domain,
    const struct ks_key *key, const char *folder, struct ks_error *error)
{
	(void)ks;
	assert_string_equal(domain, "example.com");
	assert_string_equal(key->selector, "s1");
	assert_string_equal(folder, "/disclosed");
	(void)strlcpy(error->text, "the disk is full", sizeof(error->text));
	note("disclose ");
	return has_word("full") ? KS_E_SYSTEM : 0;
}

void
__wrap_domain_view_note_servers(struct domain_view *view,
    const struct dns_sight *sight)
{
	(void)view;
	assert_int_equal(sight->nlooks, now_testing->nshown);
}

/* The record is looked for as it was before it was revoked. */
int
__wrap_domain_view_sight(const struct domain_view *view,
    const struct ks_key *key, struct record *record, struct dns_sight *sight,
    struct ks_error *error)
{
	size_t i;

	(void)view;
	(void)record;
	nsights++;
	assert_true(key->revoked == KS_NEVER);
	if (has_word("nameless")) {
		(void)strlcpy(error->text, "no public key",
		    sizeof(error->text));
		return KS_E_SYSTEM;
	}
	memset(sight, 0, sizeof(*sight));
	sight->silent_since = KS_NEVER;
	(void)strlcpy(sight->summary, "the servers", sizeof(sight->summary));
	sight->zone.nbeyond = has_word("beyond");
	sight->nlooks = now_testing->nshown;
	sight->looks = calloc(MAX_LOOKS, sizeof(*sight->looks));
	assert_non_null(sight->looks);
	for (i = 0; i < sight->nlooks; i++) {
		sight->looks[i].verdict = now_testing->shown[i].verdict;
		sight->looks[i].is_excepted =
		    now_testing->shown[i].is_excepted;
		sight->looks[i].fault = now_testing->shown[i].fault;
		if (sight->looks[i].verdict == DNS_SILENT) {
			sight->silent_since = NOW -
			    (has_word("fresh") ? DAY : 2 * DAY);
			sight->expire = 2 * DAY;
		}
	}
	return 0;
}

int
__wrap_key_change_log(struct key_change *change, const struct ks_key *key,
    const char *step, struct ks_error *error, const char *format, ...)
{
	(void)error;
	assert_int_equal(change->now, NOW);
	assert_string_equal(key->selector, "s1");
	assert_string_equal(step, "destroy");
	assert_string_equal(format, "%s");
	note("log ");
	return 0;
}

int
__wrap_key_change_write(struct key_change *change, struct ks_error *error)
{
	(void)error;
	assert_false(change->state->keys[0].unconfirmed);
	note("write ");
	return 0;
}

int
__wrap_ks_key_check(struct keystore *ks, const char *domain,
    const struct ks_key *key, struct ks_error *error)
{
	(void)ks;
	(void)domain;
	(void)key;
	(void)error;
	return has_word("damaged") ? KS_E_DAMAGED : 0;
}

int
__wrap_ks_key_destroy(struct ks_lock *lock, const char *selector,
    struct ks_error *error)
{
	(void)lock;
	(void)error;
	assert_string_equal(selector, "s1");
	note("destroy ");
	return 0;
}

/* A domain with one key whose record was removed, and the step of it. */
struct world {
	struct rotation		 rotation;
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

/*
 * Words: new (the key never signed, and its stream ends), lost (there is no
 * file), damaged, disclose, full (so disclosing fails), dry, urgent, fresh (its
 * record was removed an hour ago, not long ago), beyond (there are more servers
 * than are asked), nameless (nothing can be looked for), fleet, unconfirmed.
 */
static void
begin(struct world *world)
{
	memset(world, 0, sizeof(*world));
	done[0] = '\0';
	nsights = 0;
	domain_report_init(&world->report, "example.com");
	ks_key_init(&world->key);
	(void)strlcpy(world->key.selector, "s1", sizeof(world->key.selector));
	world->key.generated = NOW - 90 * DAY;
	world->key.ending = has_word("new");
	world->key.unconfirmed = has_word("unconfirmed");
	if (!has_word("new")) {
		world->key.active_from = NOW - 80 * DAY;
		world->key.retire_at = NOW - 70 * DAY;
	}
	world->key.revoked = NOW - 60 * DAY;
	world->key.removed = NOW - (has_word("fresh") ? HOUR : 50 * DAY);
	world->fact.has_file = !has_word("lost");
	world->fact.last_use = KS_NEVER;
	world->rotation.disclose = has_word("disclose") ? "/disclosed" : NULL;
	world->run.clock = read_clock;
	world->run.dry_run = has_word("dry");
	world->run.is_fleet = has_word("fleet");
	world->work.report = &world->report;
	world->work.view.run = &world->run;
	world->work.view.rotation = &world->rotation;
	world->work.view.state.keys = &world->key;
	world->work.view.state.nkeys = 1;
	(void)strlcpy(world->work.view.state.domain, "example.com",
	    sizeof(world->work.view.state.domain));
	world->work.view.facts = &world->fact;
	world->work.view.notes = &world->note;
	world->action.step = LIFECYCLE_DESTROY;
	world->action.is_urgent = has_word("urgent");
	world->step = (struct step){
		.work = &world->work, .view = &world->work.view,
		.action = &world->action, .key = &world->key,
		.fact = &world->fact, .error = &world->error,
		.name = lifecycle_step_name(LIFECYCLE_DESTROY)
	};
}

#define GONE	{ DNS_ABSENT, false, NONE }
#define ABSENT	{ GONE }, 1
#define THERE	{ GONE, { DNS_RIGHT, false, NONE } }, 2
#define REVOKED	{ { DNS_REVOKED, false, NONE } }, 1
#define OTHER	{ { DNS_WRONG, false, RECORD_FAULT_OTHER_KEY } }, 1
#define ALTERED	{ { DNS_WRONG, false, RECORD_FAULT_HASH } }, 1
#define SILENT	{ GONE, { DNS_SILENT, false, NONE } }, 2
#define BROKEN	{ GONE, { DNS_SERVFAIL, false, NONE } }, 2
#define UNASKED	{ GONE, { DNS_UNASKED, false, NONE } }, 2
#define NOBODY	{ { DNS_UNASKED, false, NONE } }, 1
#define BACK	{ GONE, { DNS_RIGHT, true, NONE } }, 2
#define ONLY_BACK { { DNS_RIGHT, true, NONE } }, 1

#define IS_THERE	"its record is still in DNS: remove it"
#define LOST		"its private key is lost, and not every server says"
#define NOT_DISCLOSED	"not disclosed: not every server says"
#define REMOVED		"the private key is removed"
#define DISCLOSED	"the private key is disclosed and removed"
#define NEVER_SIGNED	"the private key is removed: it never signed"
#define MAY_COME_BACK	"a name server that does not answer may come back"

static const struct destroy_case cases[] = {
	{ "no server has its record", "", ABSENT, REPORT_STEP, REMOVED,
	    "log destroy " },
	{ "one has", "", THERE, REPORT_FAIL, IS_THERE, "" },
	{ "one has, and it is urgent", "urgent", THERE, REPORT_FAIL, IS_THERE,
	    "" },
	{ "one has the revoked one", "", REVOKED, REPORT_STEP, REMOVED,
	    "log destroy " },
	{ "one fails", "", BROKEN, REPORT_STEP, REMOVED, "log destroy " },
	{ "there are more than are asked", "beyond", ABSENT, REPORT_STEP,
	    REMOVED, "log destroy " },
	{ "only an excepted one has it", "", BACK, REPORT_STEP, REMOVED,
	    "log destroy " },
	{ "nothing can be looked for", "nameless", ABSENT, REPORT_STEP,
	    REMOVED, "log destroy " },
	{ "it only would be removed", "dry", ABSENT, REPORT_DUE, REMOVED, "" },

	/* A server that does not answer. */
	{ "for as long as the zone lasts", "", SILENT, REPORT_STEP, REMOVED,
	    "log destroy " },
	{ "since a short time", "fresh", SILENT, REPORT_WAIT, MAY_COME_BACK,
	    "" },
	{ "which is too long if it is urgent", "fresh urgent", SILENT,
	    REPORT_STEP, REMOVED, "log destroy " },
	{ "unless it is disclosed", "fresh urgent disclose", SILENT,
	    REPORT_WAIT, MAY_COME_BACK, "" },
	{ "another one still has it", "fresh", { { DNS_SILENT, false, NONE },
	    { DNS_RIGHT, false, NONE } }, 2, REPORT_FAIL, IS_THERE, "" },

	/* A key that is disclosed: all must say that its record is gone. */
	{ "all do", "disclose", ABSENT, REPORT_STEP, DISCLOSED,
	    "disclose log destroy " },
	{ "the record is that of another key", "disclose", OTHER, REPORT_STEP,
	    DISCLOSED, "disclose log destroy " },
	{ "it has this key, with another tag", "disclose", ALTERED,
	    REPORT_FAIL, IS_THERE, "" },
	{ "one could not be asked", "disclose", UNASKED, REPORT_STEP,
	    DISCLOSED, "disclose log destroy " },
	{ "none could be", "disclose", NOBODY, REPORT_TODO, NOT_DISCLOSED,
	    "" },
	{ "only an excepted one could", "disclose", ONLY_BACK, REPORT_TODO,
	    NOT_DISCLOSED, "" },
	{ "one fails", "disclose", BROKEN, REPORT_TODO, NOT_DISCLOSED, "" },
	{ "there are more than are asked", "disclose beyond", ABSENT,
	    REPORT_TODO, NOT_DISCLOSED, "" },
	{ "nothing can be looked for", "disclose nameless", ABSENT,
	    REPORT_FAIL, "no public key", "" },
	{ "it cannot be written", "disclose full", ABSENT, REPORT_FAIL,
	    "the disk is full", "disclose " },
	{ "it is damaged", "disclose damaged", ABSENT, REPORT_STEP,
	    "the private key is removed but not disclosed", "log destroy " },
	{ "it only would be disclosed", "disclose dry", ABSENT, REPORT_DUE,
	    DISCLOSED, "" },

	/* A key whose file was lost: who has it may use the record. */
	{ "no server has its record", "lost", ABSENT, REPORT_STEP,
	    "its record is gone; the private key was lost before", "log " },
	{ "in a fleet", "lost fleet unconfirmed", ABSENT, REPORT_STEP,
	    "its record is gone; all hosts remove the private key",
	    "log write " },
	{ "one has", "lost", THERE, REPORT_FAIL, IS_THERE, "" },
	{ "one fails", "lost", BROKEN, REPORT_TODO, LOST, "" },
	{ "nothing can be looked for", "lost disclose nameless", ABSENT,
	    REPORT_STEP, "its record is gone", "log " },

	/* A key that never signed goes at once, and is not disclosed. */
	{ "whatever DNS has", "new", THERE, REPORT_STEP, NEVER_SIGNED,
	    "log destroy " },
	{ "whoever is silent", "new fresh", SILENT, REPORT_STEP, NEVER_SIGNED,
	    "log destroy " },
	{ "though others are disclosed", "new disclose", ABSENT, REPORT_STEP,
	    NEVER_SIGNED, "log destroy " },
	{ "unless its file was lost", "new lost", THERE, REPORT_FAIL, IS_THERE,
	    "" },
	{ "and an excepted server has its record", "new lost", BACK,
	    REPORT_FAIL, IS_THERE, "" },
	{ "or one fails", "new lost", BROKEN, REPORT_TODO, LOST, "" },
	{ "and none has it", "new lost", ABSENT, REPORT_STEP,
	    "its record is gone; the private key was lost before", "log " },
};

static void
check(const struct destroy_case *one)
{
	const struct report_line *line;
	struct world world;

	now_testing = one;
	begin(&world);
	assert_int_equal(step_destroy(&world.step), 0);
	line = &world.report.lines[0];
	if (world.report.nlines != 1 || line->kind != one->kind ||
	    strncmp(line->text, one->text, strlen(one->text)) != 0 ||
	    strcmp(done, one->done) != 0)
		fail_msg("%s (%s): %zu lines, kind %d: %s; did: %s", one->name,
		    one->words, world.report.nlines, (int)line->kind,
		    line->text, done);
	/* DNS is asked unless the answer cannot matter. */
	assert_int_equal(nsights, !has_word("new") || has_word("lost"));
	assert_int_equal(world.fact.has_file, !has_word("lost") &&
	    strstr(one->done, "destroy") == NULL);
	/* No run tries it twice. */
	assert_true(world.fact.was_tried);
	if (one->kind == REPORT_WAIT)
		assert_int_equal(line->when, NOW - HOUR + 2 * DAY);
	domain_report_finish(&world.report);
}

static void
test_cases(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++)
		check(&cases[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
