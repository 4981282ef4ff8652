/* SPDX-License-Identifier: ISC */

/*
 * Publishing by a hook, a program of the administrator: see HOOK PROGRAM in
 * countersign-key(8) for its interface.
 *
 * The hook is run without a shell, with a minimal environment, and is killed
 * after a time limit.  A file that other users could change is not run.  Exit
 * status EX_TEMPFAIL and the time limit are PUBLISH_LATER, and the hook is run
 * again after a pause (see private.h), if the change may begin then; any other
 * failure is PUBLISH_FAILED.  The last line of standard error is part of the
 * error text.
 */

#include "publish/private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/program.h"
#include "config/user_file.h"

int
publish_check_hook(const char *hook, const struct file_user *user,
    struct ks_error *error)
{
	char text[900];

	if (user_file_is_program(hook, user, text, sizeof(text)))
		return 0;
	(void)snprintf(error->text, sizeof(error->text), "hook %s: %s", hook,
	    text);
	return KS_E_UNSAFE;
}

enum publish_result
publish_no_start(const char *hook, const struct publish_change *change,
    int code, struct ks_error *error)
{
	if (code == ETIME)
		return publish_too_late(change, error);
	return publish_end(PUBLISH_FAILED, error, "hook %.600s: cannot run: "
	    "%s", hook, strerror(code));
}

static enum publish_result
judge(const char *hook, const struct publish_change *change,
    const struct program_result *result, struct ks_error *error)
{
	const char *words;

	words = result->complaint[0] == '\0' ? "no output" :
	    result->complaint;
	switch (result->end) {
	case PROGRAM_NOT_RUN:
		return publish_no_start(hook, change, result->code, error);
	case PROGRAM_LATE:
		return publish_end(PUBLISH_LATER, error, "hook %.600s: killed "
		    "after %d s: %s", hook,
		    HOOK_LIMIT_MS / 1000, words);
	case PROGRAM_KILLED:
		return publish_end(PUBLISH_FAILED, error,
		    "hook %.600s: killed by signal %d: %s", hook,
		    result->code, words);
	case PROGRAM_EXITED:
		break;
	}
	if (result->code == 0)
		return publish_end(PUBLISH_DONE, error, "hook %.600s: done",
		    hook);
	return publish_end(result->code == EX_TEMPFAIL ? PUBLISH_LATER :
	    PUBLISH_FAILED, error, "hook %.600s: exit status %d: %s", hook,
	    result->code, words);
}

static enum publish_result
run(const struct publisher *publisher, const struct publish_change *change,
    const char *what, const char *value, struct ks_error *error)
{
	const char *hook = publisher->rotation->hook;
	char domain[sizeof("COUNTERSIGN_DOMAIN=") + DKIMSIG_DOMAIN_SIZE];
	char ttl[16];
	const char *const environment[] = { PROGRAM_PATH, domain, NULL };
	const char *const arguments[] = {
		hook, what, change->name, value, ttl, NULL
	};
	const struct program_talk talk = {
		.input = -1, .limit_ms = HOOK_LIMIT_MS,
		.latest_ms = change->latest_ms
	};
	struct program_result result;

	(void)snprintf(domain, sizeof(domain), "COUNTERSIGN_DOMAIN=%s",
	    change->domain);
	(void)snprintf(ttl, sizeof(ttl), "%u", (unsigned int)change->ttl);
	program_talk(arguments, environment, &talk, &result);
	return judge(hook, change, &result, error);
}

/* How long to wait before the next try, or -1 if there is no time for it. */
static int
next_pause(struct publisher *publisher, const struct publish_change *change,
    unsigned int ntries)
{
	const int64_t now = monotonic_ms();
	int64_t end;
	int pause;

	if (ntries == HOOK_TRIES)
		return -1;
	(void)pthread_mutex_lock(&publisher->mutex);
	if (publisher->patient_until == 0)
		publisher->patient_until = now + HOOK_PATIENCE_MS;
	pause = (int)publisher->pauses_ms[ntries - 1];
	end = publisher->patient_until;
	(void)pthread_mutex_unlock(&publisher->mutex);
	if (now + pause + HOOK_LIMIT_MS > end || (change->latest_ms != 0 &&
	    now + pause >= change->latest_ms))
		return -1;
	return pause;
}

/* One record, until the hook says other than later, or its tries are over. */
static enum publish_result
change_one(struct publisher *publisher, const struct publish_change *change,
    const char *what, const char *value, struct ks_error *error)
{
	const struct hook_line line = {
		.what = what, .name = change->name, .value = value,
		.ttl = change->ttl, .change = change
	};
	enum publish_result result;
	unsigned int ntries;
	int pause_ms;

	for (ntries = 1;; ntries++) {
		if (!hook_batch_change(&publisher->batch,
		    publisher->rotation->hook, &line, &result, error))
			result = run(publisher, change, what, value, error);
		if (result != PUBLISH_LATER ||
		    (pause_ms = next_pause(publisher, change,
		    ntries)) == -1)
			return result;
		publish_crew_leave(publisher->crew);
		sleep_ms(pause_ms);
		publish_crew_enter(publisher->crew);
	}
}

/*
 * A hook adds or removes a single record.  To replace a record, the old one is
 * removed first: two records at a name are an error for verifiers, and having
 * none for a moment is no worse than having a revoked one.
 */
enum publish_result
publish_by_hook(struct publisher *publisher,
    const struct publish_change *change, struct ks_error *error)
{
	enum publish_result result = PUBLISH_DONE;

	if (change->from != NULL)
		result = change_one(publisher, change, "remove", change->from,
		    error);
	if (result == PUBLISH_DONE && change->to != NULL)
		result = change_one(publisher, change, "add", change->to,
		    error);
	return result;
}
