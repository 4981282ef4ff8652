/* SPDX-License-Identifier: ISC */

/*
 * Telling people of troubles: see notify.h.
 *
 * The program is run without a shell, with a minimal environment, and is killed
 * after a time limit; a file that other users could change is not run.  The
 * contact is only in the JSON, never an argument.  Whatever the exit status is,
 * unless 0, the notice counts as not delivered.
 */

#include "notify/notify.h"

#include <sys/mman.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/program.h"
#include "notify/notice.h"

/* -- The program --------------------------------------------------------- */

/* A descriptor from which a notice can be read, or -1 with errno set. */
static int
write_notice(const struct notice *notice)
{
	FILE *fp;
	int fd, copy;
	bool failed;

	if ((fd = memfd_create("notice", MFD_CLOEXEC)) == -1)
		return -1;
	if ((copy = dup(fd)) == -1 || (fp = fdopen(copy, "w")) == NULL) {
		if (copy != -1)
			(void)close(copy);
		(void)close(fd);
		return -1;
	}
	failed = notice_print(fp, notice) != 0 || ferror(fp) != 0;
	if (fclose(fp) == EOF || failed || lseek(fd, 0, SEEK_SET) == -1) {
		(void)close(fd);
		errno = ENOMEM;
		return -1;
	}
	return fd;
}

/* Set the text of a failure. */
static void
describe(const char *hook, const struct program_result *result,
    struct ks_error *error)
{
	const char *words = result->complaint[0] == '\0' ? "no output" :
	    result->complaint;

	switch (result->end) {
	case PROGRAM_NOT_RUN:
		(void)snprintf(error->text, sizeof(error->text),
		    "notify_hook %.600s: cannot run: %s", hook,
		    strerror(result->code));
		break;
	case PROGRAM_LATE:
		(void)snprintf(error->text, sizeof(error->text),
		    "notify_hook %.600s: killed after %d s: %s", hook,
		    NOTIFY_LIMIT_MS / 1000, words);
		break;
	case PROGRAM_KILLED:
		(void)snprintf(error->text, sizeof(error->text),
		    "notify_hook %.600s: killed by signal %d: %s", hook,
		    result->code, words);
		break;
	case PROGRAM_EXITED:
		(void)snprintf(error->text, sizeof(error->text),
		    "notify_hook %.600s: exit status %d: %s", hook,
		    result->code, words);
	}
}

static bool
run_program(const struct notify_run *run, const struct notice *notice,
    struct ks_error *error)
{
	const char *const environment[] = { PROGRAM_PATH, NULL };
	const char *const arguments[] = {
		run->hook, notice->event, notice->severity, notice->domain,
		NULL
	};
	struct program_talk talk = { .limit_ms = NOTIFY_LIMIT_MS };
	struct program_result result;
	char text[900];

	if (!user_file_is_program(run->hook, run->user, text, sizeof(text))) {
		(void)snprintf(error->text, sizeof(error->text),
		    "notify_hook %s: %s", run->hook, text);
		return false;
	}
	if ((talk.input = write_notice(notice)) == -1) {
		(void)snprintf(error->text, sizeof(error->text),
		    "notify_hook %s: cannot write the notice: %s", run->hook,
		    strerror(errno));
		return false;
	}
	program_talk(arguments, environment, &talk, &result);
	(void)close(talk.input);
	if (result.end == PROGRAM_EXITED && result.code == 0)
		return true;
	describe(run->hook, &result, error);
	return false;
}

bool
notify_test(const struct notify_run *run, const char *contact,
    struct ks_error *error)
{
	struct notice notice;

	notice_init_test(&notice, contact, run->facts.now);
	return run_program(run, &notice, error);
}

/* -- A run --------------------------------------------------------------- */

static const char *
contact_words(const char *contact)
{
	return contact[0] == '\0' ? "nobody in particular" : contact;
}

static void
say_notice(const struct notify_run *run, const struct notice *notice)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "would tell %s: %s %s %s: %zu "
	    "problem%s", contact_words(notice->contact), notice->event,
	    notice->severity, notice->domain, notice->n,
	    notice->n == 1 ? "" : "s");
	run->say(false, text);
}

/* Keep why a notice could not be delivered, for monitoring. */
static void
note_failure(const struct notify_run *run, const char *contact,
    const struct ks_error *why)
{
	struct ks_contact *line;
	char text[sizeof(why->text) + KS_CONTACT_SIZE + 32];

	(void)snprintf(text, sizeof(text), "cannot tell %s: %s",
	    contact_words(contact), why->text);
	run->say(true, text);
	if ((line = ks_notified_contact(run->notified, contact)) == NULL)
		return;
	if (line->since == KS_NEVER)
		line->since = run->facts.now;
	line->tried = run->facts.now;
	(void)strlcpy(line->failure, why->text, sizeof(line->failure));
}

static int
save(const struct notify_run *run, struct ks_error *error)
{
	return run->is_forgetful || run->ks == NULL ? 0 :
	    ks_notified_write(run->ks, run->notified, error);
}

static int
tell_group(struct notify_run *run, struct notify_plan *plan,
    const struct notify_group *group, struct notify_result *result,
    struct ks_error *error)
{
	struct notice notice;
	int r;

	notice_init(&notice, plan, group, run->facts.now);
	if (run->dry_run) {
		say_notice(run, &notice);
		result->ntold++;
		return 0;
	}
	if (!run_program(run, &notice, error)) {
		note_failure(run, notice.contact, error);
		result->nfailed++;
		return 0;
	}
	result->ntold++;
	(void)strlcpy(error->text, "out of memory", sizeof(error->text));
	r = notify_plan_told(plan, group, run->notified, run->facts.now);
	return r == 0 ? save(run, error) : r;
}

/* A failure is over if there is nothing more to tell to that contact. */
static void
clear_failures(const struct notify_run *run, const struct notify_plan *plan)
{
	struct ks_contact *contact;
	bool is_due;
	size_t i, j;

	for (i = 0; i < run->notified->ncontacts; i++) {
		contact = &run->notified->contacts[i];
		is_due = false;
		for (j = 0; j < plan->ngroups && contact->since != KS_NEVER &&
		    !is_due; j++)
			is_due = plan->groups[j].is_due && strcmp(
			    plan->entries[plan->groups[j].first].contact,
			    contact->contact) == 0;
		if (is_due)
			continue;
		contact->since = contact->tried = KS_NEVER;
		contact->failure[0] = '\0';
	}
}

static int
tell_groups(struct notify_run *run, struct notify_plan *plan,
    struct notify_result *result, struct ks_error *error)
{
	const int64_t end = monotonic_ms() + NOTIFY_RUN_MS;
	size_t i;
	int r = 0;

	for (i = 0; i < plan->ngroups && r == 0; i++) {
		if (!plan->groups[i].is_due)
			continue;
		if (result->nfailed == NOTIFY_MAX_FAILURES ||
		    monotonic_ms() >= end)
			result->nlater++;
		else
			r = tell_group(run, plan, &plan->groups[i], result,
			    error);
	}
	return r;
}

/* Without memory of what was told, people are told once a day. */
static bool
is_time(const struct notify_run *run)
{
	return !run->is_forgetful ||
	    run->facts.now % NOTIFY_DAY / 3600 == NOTIFY_HOUR;
}

int
notify_people(struct notify_run *run, struct notify_result *result,
    struct ks_error *error)
{
	struct notify_plan plan;
	int r;

	memset(result, 0, sizeof(*result));
	if (!is_time(run))
		return 0;
	(void)strlcpy(error->text, "out of memory", sizeof(error->text));
	r = notify_plan_make(&plan, &run->facts, run->notified);
	if (r == 0) {
		clear_failures(run, &plan);
		r = tell_groups(run, &plan, result, error);
	}
	if (r == 0 && plan.nsurplus > 0) {
		(void)snprintf(error->text, sizeof(error->text), "%zu problems "
		    "are not told: more than %d are known", plan.nsurplus,
		    KS_MAX_TOLD);
		run->say(true, error->text);
	}
	notify_plan_finish(&plan);
	if (r != 0 || run->dry_run)
		return r;
	(void)strlcpy(run->notified->hook, run->hook,
	    sizeof(run->notified->hook));
	(void)strlcpy(run->notified->general, run->facts.general,
	    sizeof(run->notified->general));
	return save(run, error);
}
