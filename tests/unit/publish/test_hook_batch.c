/* SPDX-License-Identifier: ISC */

/*
 * "hook batch": what the program is given, what its answers mean, and that
 * the changes of several threads go to one start.
 */

#include <sys/stat.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/config.h"
#include "config/user_file.h"
#include "publish/answers.h"
#include "publish/private.h"

#define MAX_CHANGES	300

static char folder[] = "/tmp/test_publish_batch.XXXXXX";
static char hook[64], calls[64], input[64];
static struct file_user user;	/* who runs this */
static struct publish_crew crew;
static const struct rotation rotation = {
	.publish = ROTATION_HOOK, .hook = hook, .ttl = 60
};

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
	fprintf(file, "#!/bin/sh\necho \"$1\" >>%s\n"
	    "save() { cat >>%s; }\n%s\n", calls, input, script);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(hook, 0700), 0);
	unlink(calls);
	unlink(input);
}

static void
read_file(const char *path, char *buf, size_t bufsize)
{
	FILE *file;
	size_t n = 0;

	if ((file = fopen(path, "r")) != NULL) {
		n = fread(buf, 1, bufsize - 1, file);
		fclose(file);
	}
	buf[n] = '\0';
}

static struct publisher *
open_publisher(void)
{
	struct publisher *publisher;
	struct ks_error error;
	size_t i;

	assert_int_equal(publisher_new(&publisher, &rotation, &means, &error),
	    0);
	for (i = 0; i < HOOK_TRIES - 1; i++)
		publisher->pauses_ms[i] = 1;
	return publisher;
}

/* One change, without other threads: it is line 1. */
static const struct {
	const char		*name, *script;
	enum publish_result	 want;
	const char		*calls;
	const char		*text;		/* part of the account */
} cases[] = {
	{ "done", "save; echo ok 1", PUBLISH_DONE, "batch\n", "done" },
	{ "done, with a text", "save; echo ok 1 id 17", PUBLISH_DONE,
	    "batch\n", "done" },
	{ "no newline at the end", "printf 'ok 1'", PUBLISH_DONE, "batch\n",
	    "done" },
	{ "later", "echo later 1 limit of requests", PUBLISH_LATER,
	    "batch\nbatch\nbatch\n", "later: limit of requests" },
	{ "failed", "echo failed 1 no such zone", PUBLISH_FAILED, "batch\n",
	    "hook: no such zone" },
	{ "failed without a text", "echo failed 1", PUBLISH_FAILED, "batch\n",
	    "no reason given" },
	{ "no answer", "echo 'what?' >&2", PUBLISH_FAILED, "batch\n",
	    "no answer to line 1: what?: if it does not know" },
	{ "another word", "echo fine 1", PUBLISH_FAILED, "batch\n",
	    "\"fine 1\"" },
	{ "another line", "echo ok 2", PUBLISH_FAILED, "batch\n",
	    "no answer to line 1, but \"ok 2\"" },
	{ "no number", "echo ok", PUBLISH_FAILED, "batch\n", "but \"ok\"" },
	{ "line 0", "echo ok 0", PUBLISH_FAILED, "batch\n", "but \"ok 0\"" },
	{ "a signed number", "echo ok +1", PUBLISH_FAILED, "batch\n",
	    "but \"ok +1\"" },
	{ "two answers", "echo ok 1; echo later 1", PUBLISH_FAILED,
	    "batch\n", "a second one to line 1: \"later 1\"" },
	{ "an answer and a remark", "echo hello; echo ok 1", PUBLISH_DONE,
	    "batch\n", "done" },
	{ "no text at all", "printf '\\0\\377\\n'", PUBLISH_FAILED,
	    "batch\n", "but \"??\"" },
	{ "very much text", "head -c 300000 /dev/zero | tr '\\0' x; echo; "
	    "echo ok 1", PUBLISH_DONE, "batch\n", "done" },
	{ "a long text", "printf 'failed 1 %0500d\\n' 7", PUBLISH_FAILED,
	    "batch\n", "hook: 0000" },
	{ "exit 75", "echo quota >&2; exit 75", PUBLISH_LATER,
	    "batch\nbatch\nbatch\n", "exit status 75 before its answer to "
	    "line 1: quota" },
	{ "killed", "kill -9 $$", PUBLISH_LATER, "batch\nbatch\nbatch\n",
	    "killed by signal 9 before its answer to line 1" },
	{ "answers, then fails", "echo ok 1; exit 1", PUBLISH_DONE, "batch\n",
	    "done" },
	{ "silent", "exec sleep 300", PUBLISH_LATER, "batch\nbatch\nbatch\n",
	    "took too long" },
	{ "not supported", "[ $1 != batch ] || exit 64", PUBLISH_DONE,
	    "batch\nadd\n", "done" },
	{ "one of before", "[ $1 != batch ] || exit 1; exit 3",
	    PUBLISH_FAILED, "batch\nadd\n", "exit status 3" },
	{ "a remark, then not supported", "[ $1 != batch ] || "
	    "{ echo usage; exit 64; }", PUBLISH_DONE, "batch\nadd\n", "done" },
};

static void
answers(void **state)
{
	const struct publish_change change = {
		.domain = "example.com", .name = "s.example.com", .to = "a b",
		.ttl = 60
	};
	struct publisher *publisher;
	enum publish_result result;
	struct ks_error error;
	char given[1024];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_hook(cases[i].script);
		publisher = open_publisher();
		publisher->batch.silence_ms =
		    strcmp(cases[i].name, "silent") == 0 ? 100 : 20000;
		result = publish_change(publisher, &change, &error);
		publisher_free(publisher);
		read_file(calls, given, sizeof(given));
		if (result != cases[i].want ||
		    strcmp(given, cases[i].calls) != 0 ||
		    strstr(error.text, cases[i].text) == NULL)
			fail_msg("%s: %d, %s\n%s", cases[i].name, (int)result,
			    error.text, given);
	}
}

/* The lines; that of a value with a newline would be two. */
static void
lines(void **state)
{
	struct publish_change change = {
		.domain = "example.com", .name = "s.example.com",
		.from = "v=DKIM1; p=a", .to = "v=DKIM1; p=", .ttl = 60
	};
	struct publisher *publisher;
	struct ks_error error;
	char given[1024];

	(void)state;
	write_hook("[ $1 != batch ] || { save; echo ok 1; }");
	publisher = open_publisher();
	assert_int_equal(publish_change(publisher, &change, &error),
	    PUBLISH_DONE);
	read_file(input, given, sizeof(given));
	assert_string_equal(given, "remove s.example.com 60 v=DKIM1; p=a\n"
	    "add s.example.com 60 v=DKIM1; p=\n");
	change.from = "a\nadd x.example.com 60 b";
	change.to = NULL;
	assert_int_equal(publish_change(publisher, &change, &error),
	    PUBLISH_DONE);
	publisher_free(publisher);
	read_file(calls, given, sizeof(given));
	assert_string_equal(given, "batch\nbatch\nremove\n");
}

/* A thread that has one change to make. */
struct worker {
	pthread_t		 thread;
	struct publisher	*publisher;
	char			 name[32];
	enum publish_result	 result;
	struct ks_error		 error;
};

static void *
work(void *arg)
{
	struct worker *worker = arg;
	const struct publish_change change = {
		.domain = "example.com", .name = worker->name, .to = "a",
		.ttl = 60
	};

	publish_crew_enter(&crew);
	worker->result = publish_change(worker->publisher, &change,
	    &worker->error);
	publish_crew_leave(&crew);
	return NULL;
}

static struct worker workers[MAX_CHANGES];

static void
wait_waiting(unsigned int n)
{
	unsigned int nwaiting;

	do {
		(void)usleep(1000);
		assert_int_equal(pthread_mutex_lock(&crew.mutex), 0);
		nwaiting = crew.nwaiting;
		assert_int_equal(pthread_mutex_unlock(&crew.mutex), 0);
	} while (nwaiting < n);
}

static void
run_workers(struct publisher *publisher, unsigned int n, unsigned int places)
{
	unsigned int i;

	publish_crew_open(&crew, places);
	/* They begin together, so that none is alone with its change. */
	for (i = 0; i < places; i++)
		publish_crew_enter(&crew);
	for (i = 0; i < n; i++) {
		workers[i].publisher = publisher;
		(void)snprintf(workers[i].name, sizeof(workers[i].name),
		    "s%u.example.com", i);
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work,
		    &workers[i]), 0);
	}
	wait_waiting(n);
	for (i = 0; i < places; i++)
		publish_crew_leave(&crew);
	for (i = 0; i < n; i++)
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
	publish_crew_open(&crew, 0);
	assert_int_equal(crew.nworking, 0);
	assert_int_equal(crew.nwaiting, 0);
}

static size_t
count_calls(void)
{
	char given[16384];
	size_t i, n = 0;

	read_file(calls, given, sizeof(given));
	for (i = 0; given[i] != '\0'; i++)
		n += given[i] == '\n';
	return n;
}

#define ANSWER_ALL	"n=0; while read what name ttl value; do n=$((n + 1)); "

static void
gathered(void **state)
{
	struct publisher *publisher;
	size_t i;

	(void)state;
	write_hook(ANSWER_ALL "case $name in s7.*) echo failed $n seven;; "
	    "*) echo ok $n;; esac; done");
	publisher = open_publisher();
	run_workers(publisher, MAX_CHANGES, 4);
	publisher_free(publisher);
	for (i = 0; i < MAX_CHANGES; i++) {
		assert_int_equal(workers[i].result, i == 7 ? PUBLISH_FAILED :
		    PUBLISH_DONE);
	}
	assert_non_null(strstr(workers[7].error.text, "seven"));
	/* Many more than a start may be given, and few starts. */
	assert_in_range(count_calls(), 2, MAX_CHANGES / 20);
}

/* It dies in between: who has its answer keeps it, the others try again. */
static void
dies(void **state)
{
	struct publisher *publisher;
	size_t i;

	(void)state;
	write_hook(ANSWER_ALL "echo ok $n; [ $n -lt 3 ] || kill -9 $$; done");
	publisher = open_publisher();
	run_workers(publisher, 8, 8);
	publisher_free(publisher);
	for (i = 0; i < 8; i++)
		assert_int_equal(workers[i].result, PUBLISH_DONE);
	/* 3, 3 and 2 of them. */
	assert_in_range(count_calls(), 3, 8);
}

/* All of them go on alone, also those that came while it was found out. */
static void
unsupported(void **state)
{
	struct publisher *publisher;
	size_t i;

	(void)state;
	write_hook("[ $1 != batch ] || exit 64");
	publisher = open_publisher();
	run_workers(publisher, 20, 4);
	publisher_free(publisher);
	for (i = 0; i < 20; i++)
		assert_int_equal(workers[i].result, PUBLISH_DONE);
	assert_int_equal(count_calls(), 21);
}

/* Somebody else works for long: there is a limit to waiting for him. */
static void
does_not_wait(void **state)
{
	const struct publish_change change = {
		.domain = "example.com", .name = "s.example.com", .to = "a"
	};
	struct publisher *publisher;
	struct ks_error error;

	(void)state;
	write_hook("echo ok 1");
	publisher = open_publisher();
	assert_int_equal(publisher->batch.gather_ms, BATCH_GATHER_MS);
	publisher->batch.gather_ms = 50;
	publish_crew_open(&crew, 2);
	publish_crew_enter(&crew);
	publish_crew_enter(&crew);
	assert_int_equal(publish_change(publisher, &change, &error),
	    PUBLISH_DONE);
	publish_crew_leave(&crew);
	publish_crew_leave(&crew);
	publish_crew_open(&crew, 0);
	publisher_free(publisher);
}

/* The output is cut anywhere. */
static void
cut(void **state)
{
	static const char text[] = "ok 2\nlater 1 a b\nfailed 3 c";
	struct answers given;
	struct answer list[3];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(text); i++) {
		answers_init(&given, list, 3);
		answers_take(&given, text, i);
		answers_take(&given, text + i, sizeof(text) - 1 - i);
		answers_end(&given);
		assert_int_equal(given.ngiven, 3);
		assert_int_equal(list[0].kind, ANSWER_LATER);
		assert_string_equal(list[0].text, "a b");
		assert_int_equal(list[1].kind, ANSWER_OK);
		assert_string_equal(list[1].text, "");
		assert_int_equal(list[2].kind, ANSWER_FAILED);
		assert_string_equal(list[2].text, "c");
		assert_string_equal(given.stray, "");
	}
}

static int
make_folder(void **state)
{
	(void)state;
	user_file_find_user(&user, "", NULL);
	publish_crew_init(&crew);
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(hook, sizeof(hook), "%s/hook", folder);
	snprintf(calls, sizeof(calls), "%s/calls", folder);
	snprintf(input, sizeof(input), "%s/input", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	publish_crew_finish(&crew);
	unlink(hook);
	unlink(calls);
	unlink(input);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(lines),
		cmocka_unit_test(gathered),
		cmocka_unit_test(dies),
		cmocka_unit_test(unsupported),
		cmocka_unit_test(does_not_wait),
		cmocka_unit_test(cut),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
