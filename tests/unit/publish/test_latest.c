/* SPDX-License-Identifier: ISC */

/*
 * Hooks that may not begin any more: each start is compared with the time in
 * the process that becomes the hook, whose clock is ahead here, as if it had
 * been stopped on its way.
 */

#include <sys/stat.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "config/config.h"
#include "config/user_file.h"
#include "publish/private.h"

#define HOUR_MS		INT64_C(3600000)
#define TOO_LATE	"too little time is left of the lease"
#define NCHANGES	3

static char folder[] = "/tmp/test_publish_latest.XXXXXX";
static char hook[64], calls[64];
static struct file_user user;	/* who runs this */
static struct publish_crew crew;
static const struct rotation rotation = {
	.publish = ROTATION_HOOK, .hook = hook, .ttl = 60
};

static pid_t self;
static int64_t ahead_ms;	/* of the clock there */

bool	__real_monotonic_has_passed(int64_t ms);
bool	__wrap_monotonic_has_passed(int64_t ms);

bool
__wrap_monotonic_has_passed(int64_t ms)
{
	if (ms == 0 || getpid() == self)
		return __real_monotonic_has_passed(ms);
	return __real_monotonic_has_passed(ms - ahead_ms);
}

static int64_t
read_clock(void)
{
	return 1790000000;
}

static const struct publish_means means = {
	.user = &user, .crew = &crew, .read_clock = read_clock
};

/* A hook that keeps how it is called, and then goes on as the script says. */
static void
write_hook(const char *script)
{
	FILE *file;

	assert_non_null(file = fopen(hook, "w"));
	fprintf(file, "#!/bin/sh\nprintf '%%s ' $1 >>%s\n%s\n", calls, script);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(hook, 0700), 0);
	unlink(calls);
}

static void
read_calls(char *buf, size_t bufsize)
{
	FILE *file;
	size_t n = 0;

	if ((file = fopen(calls, "r")) != NULL) {
		n = fread(buf, 1, bufsize - 1, file);
		fclose(file);
	}
	buf[n] = '\0';
}

/* The next try would be in an hour, if the time until then is enough. */
static struct publisher *
open_publisher(int64_t patient_until)
{
	struct publisher *publisher;
	struct ks_error error;

	assert_int_equal(publisher_new(&publisher, &rotation, &means, &error),
	    0);
	publisher->pauses_ms[0] = (unsigned int)HOUR_MS;
	publisher->patient_until = patient_until;
	publisher->batch.gather_ms = HOUR_MS;
	return publisher;
}

#define ALONE	"[ $1 != batch ] || exit 64; "

/* One change, without other threads. */
static const struct {
	const char		*name, *script;
	int64_t			 latest_ms;	/* from now on; 0: none */
	int64_t			 ahead_ms;
	enum publish_result	 want;
	const char		*calls;
	const char		*text;		/* part of the account */
} cases[] = {
	{ "no limit", "echo ok 1", 0, HOUR_MS, PUBLISH_DONE, "batch ",
	    "done" },
	{ "in time", "echo ok 1", 2 * HOUR_MS, HOUR_MS, PUBLISH_DONE,
	    "batch ", "done" },
	{ "late", "echo ok 1", -1, 0, PUBLISH_LATER, "", TOO_LATE },
	{ "late in the child", "echo ok 1", HOUR_MS, 2 * HOUR_MS,
	    PUBLISH_LATER, "", TOO_LATE },
	{ "alone, no limit", ALONE, 0, HOUR_MS, PUBLISH_DONE, "batch add ",
	    "done" },
	{ "alone, in time", ALONE, 2 * HOUR_MS, HOUR_MS, PUBLISH_DONE,
	    "batch add ", "done" },
	{ "no time for another try", "exit 75", HOUR_MS / 2, 0,
	    PUBLISH_LATER, "batch ", "exit status 75" },
};

static void
one(void **state)
{
	struct publish_change change = {
		.domain = "example.com", .name = "s.example.com", .to = "a"
	};
	struct publisher *publisher;
	enum publish_result result;
	struct ks_error error;
	char given[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_hook(cases[i].script);
		publisher = open_publisher(INT64_MAX / 2);
		ahead_ms = cases[i].ahead_ms;
		change.latest_ms = cases[i].latest_ms == 0 ? 0 :
		    monotonic_ms() + cases[i].latest_ms;
		result = publish_change(publisher, &change, &error);
		publisher_free(publisher);
		read_calls(given, sizeof(given));
		if (result != cases[i].want ||
		    strcmp(given, cases[i].calls) != 0 ||
		    strstr(error.text, cases[i].text) == NULL)
			fail_msg("%s: %d, %s\n%s", cases[i].name, (int)result,
			    error.text, given);
	}
}

/* The hook is known not to support "batch", and then it is too late. */
static void
alone(void **state)
{
	struct publish_change change = {
		.domain = "example.com", .name = "s.example.com", .to = "a"
	};
	struct publisher *publisher;
	struct ks_error error;
	char given[256];

	(void)state;
	write_hook(ALONE);
	publisher = open_publisher(1);
	assert_int_equal(publish_change(publisher, &change, &error),
	    PUBLISH_DONE);
	ahead_ms = 2 * HOUR_MS;
	change.latest_ms = monotonic_ms() + HOUR_MS;
	assert_int_equal(publish_change(publisher, &change, &error),
	    PUBLISH_LATER);
	publisher_free(publisher);
	assert_non_null(strstr(error.text, TOO_LATE));
	read_calls(given, sizeof(given));
	assert_string_equal(given, "batch add ");
}

/* A thread that has one change to make. */
struct worker {
	pthread_t		 thread;
	struct publisher	*publisher;
	int64_t			 latest_ms;
	enum publish_result	 result;
	struct ks_error		 error;
};

static void *
work(void *arg)
{
	struct worker *worker = arg;
	const struct publish_change change = {
		.domain = "example.com", .name = "s.example.com", .to = "a",
		.latest_ms = worker->latest_ms
	};

	publish_crew_enter(&crew);
	worker->result = publish_change(worker->publisher, &change,
	    &worker->error);
	publish_crew_leave(&crew);
	return NULL;
}

static void
await_queue(struct publisher *publisher)
{
	size_t n = 0;

	while (n < NCHANGES) {
		sleep_ms(5);
		(void)pthread_mutex_lock(&publisher->batch.mutex);
		n = publisher->batch.nqueued;
		(void)pthread_mutex_unlock(&publisher->batch.mutex);
	}
}

/* All changes are in the queue before one of them may begin. */
static void
run_together(struct publisher *publisher, struct worker *workers)
{
	size_t i;

	publish_crew_open(&crew, NCHANGES + 1);
	publish_crew_enter(&crew);
	for (i = 0; i < NCHANGES; i++) {
		workers[i].publisher = publisher;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work,
		    &workers[i]), 0);
	}
	await_queue(publisher);
	publish_crew_leave(&crew);
	for (i = 0; i < NCHANGES; i++)
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
	publish_crew_open(&crew, 0);
}

/* In a batch, the earliest of its changes counts for all. */
static const struct {
	const char	*name;
	int64_t		 latest_ms[NCHANGES];	/* from now on; 0: none */
	bool		 is_late[NCHANGES];
	const char	*calls;
} batches[] = {
	{ "no limit", { 0, 0, 0 }, { false, false, false }, "batch " },
	{ "all in time", { 3 * HOUR_MS, 0, 4 * HOUR_MS },
	    { false, false, false }, "batch " },
	{ "the last is the earliest", { 0, 3 * HOUR_MS, HOUR_MS },
	    { true, true, true }, "" },
	{ "the first is the earliest", { HOUR_MS, 3 * HOUR_MS, 0 },
	    { true, true, true }, "" },
	/* It keeps none of the others from beginning. */
	{ "one has waited too long", { 3 * HOUR_MS, -1, 0 },
	    { false, true, false }, "batch " },
	{ "all have waited too long", { -1, -1, -1 }, { true, true, true },
	    "" },
};

static void
together(void **state)
{
	struct worker workers[NCHANGES];
	struct publisher *publisher;
	enum publish_result want;
	char given[256];
	size_t i, j;

	(void)state;
	ahead_ms = 2 * HOUR_MS;
	for (i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
		write_hook("n=0; while read line; do n=$((n + 1)); "
		    "echo ok $n; done");
		publisher = open_publisher(1);
		for (j = 0; j < NCHANGES; j++)
			workers[j].latest_ms = batches[i].latest_ms[j] == 0 ?
			    0 : monotonic_ms() + batches[i].latest_ms[j];
		run_together(publisher, workers);
		publisher_free(publisher);
		read_calls(given, sizeof(given));
		if (strcmp(given, batches[i].calls) != 0)
			fail_msg("%s: %s", batches[i].name, given);
		for (j = 0; j < NCHANGES; j++) {
			want = batches[i].is_late[j] ? PUBLISH_LATER :
			    PUBLISH_DONE;
			if (workers[j].result != want ||
			    strstr(workers[j].error.text,
			    batches[i].is_late[j] ? TOO_LATE : "done") == NULL)
				fail_msg("%s, %zu: %d, %s", batches[i].name, j,
				    (int)workers[j].result,
				    workers[j].error.text);
		}
	}
}

static int
make_folder(void **state)
{
	(void)state;
	self = getpid();
	user_file_find_user(&user, "", NULL);
	publish_crew_init(&crew);
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(hook, sizeof(hook), "%s/hook", folder);
	snprintf(calls, sizeof(calls), "%s/calls", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	publish_crew_finish(&crew);
	unlink(hook);
	unlink(calls);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one),
		cmocka_unit_test(alone),
		cmocka_unit_test(together),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
