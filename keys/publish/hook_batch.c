/* SPDX-License-Identifier: ISC */

/*
 * "hook batch": the changes of several domains in one start of the program.
 *
 * Workers that have a change put it in a queue and wait.  One of them leads:
 * it gathers until the queue is full, no worker is left that could add to it,
 * or BATCH_GATHER_MS have passed; then it runs the program, and hands out the
 * answers.  One program runs at a time, and what comes meanwhile is the next
 * batch.  A worker that waits has no place in the crew: see crew.h.
 *
 * What got no answer from a program that died is to be tried later; what got
 * none from one that says it is done has failed.  A program that does not know
 * "batch" says so by EX_USAGE, or ends before its first answer with any other
 * status that is neither success nor EX_TEMPFAIL, as older ones do; then each
 * change is a start of its own in this run.
 */

#include "publish/private.h"

#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/program.h"
#include "publish/answers.h"

#define BATCH_LOOK_MS	20	/* between two looks at the queue */

/* A change in the queue; it is its worker's. */
struct hook_change {
	const struct hook_line	*line;
	enum publish_result	 result;
	struct ks_error		*error;
	bool			 is_done, is_single;
	struct hook_change	*next;
};

/* One start. */
struct batch {
	const char		*hook;
	struct hook_change	*changes[BATCH_LINES];
	size_t			 n;
	int64_t			 latest_ms;	/* the earliest of theirs */
	struct answer		 list[BATCH_LINES];
	struct answers		 answers;
	struct program_result	 end;
};

void
hook_batch_init(struct hook_batch *batch, struct publish_crew *crew)
{
	pthread_condattr_t attr;

	memset(batch, 0, sizeof(*batch));
	(void)pthread_mutex_init(&batch->mutex, NULL);
	(void)pthread_condattr_init(&attr);
	/* That of monotonic_ms(). */
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&batch->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
	batch->crew = crew;
	batch->gather_ms = BATCH_GATHER_MS;
	batch->silence_ms = BATCH_SILENCE_MS;
}

void
hook_batch_finish(struct hook_batch *batch)
{
	(void)pthread_cond_destroy(&batch->changed);
	(void)pthread_mutex_destroy(&batch->mutex);
}

/* What a line may contain, so that it is one. */
static bool
is_line(const char *value)
{
	for (; *value != '\0'; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return false;
	return true;
}

/* The lines in a file without a name, so that the program sees their end. */
static int
write_lines(const struct batch *batch)
{
	const struct hook_line *line;
	FILE *file;
	size_t i;
	int fd, copy;

	if ((fd = memfd_create("batch", MFD_CLOEXEC)) == -1)
		return -1;
	if ((file = fdopen(fd, "w")) == NULL) {
		(void)close(fd);
		return -1;
	}
	for (i = 0; i < batch->n; i++) {
		line = batch->changes[i]->line;
		(void)fprintf(file, "%s %s %u %s\n", line->what, line->name,
		    (unsigned int)line->ttl, line->value);
	}
	copy = -1;
	if (fflush(file) == 0 && ferror(file) == 0 &&
	    (copy = fcntl(fd, F_DUPFD_CLOEXEC, 0)) != -1)
		(void)lseek(copy, 0, SEEK_SET);
	(void)fclose(file);
	return copy;
}

static void
take_output(void *context, const char *chunk, size_t len)
{
	answers_take(context, chunk, len);
}

static void
run_batch(struct batch *batch, unsigned int silence_ms)
{
	static const char *const environment[] = { PROGRAM_PATH, NULL };
	const char *const arguments[] = { batch->hook, "batch", NULL };
	struct program_talk talk = {
		.limit_ms = BATCH_LIMIT_MS, .silence_ms = silence_ms,
		.latest_ms = batch->latest_ms,
		.take_output = take_output, .context = &batch->answers
	};

	answers_init(&batch->answers, batch->list, batch->n);
	if ((talk.input = write_lines(batch)) == -1) {
		memset(&batch->end, 0, sizeof(batch->end));
		batch->end.end = PROGRAM_NOT_RUN;
		batch->end.code = errno;
		return;
	}
	program_talk(arguments, environment, &talk, &batch->end);
	(void)close(talk.input);
	answers_end(&batch->answers);
}

/* Whether it is a program that knows single changes alone. */
static bool
is_unsupported(const struct batch *batch)
{
	if (batch->end.end != PROGRAM_EXITED || batch->end.code == 0 ||
	    batch->end.code == EX_TEMPFAIL)
		return false;
	return batch->end.code == EX_USAGE || batch->answers.ngiven == 0;
}

/* Of a change that has no answer. */
static enum publish_result
judge_missing(const struct batch *batch, size_t i, struct ks_error *error)
{
	const struct program_result *end = &batch->end;
	const char *stray = batch->answers.stray;
	const char *words = end->complaint[0] == '\0' ? "no output" :
	    end->complaint;

	switch (end->end) {
	case PROGRAM_NOT_RUN:
		return publish_no_start(batch->hook,
		    batch->changes[i]->line->change, end->code, error);
	case PROGRAM_LATE:
		return publish_end(PUBLISH_LATER, error, "hook %.600s: killed "
		    "before its answer to line %zu, as it took too long: %s",
		    batch->hook, i + 1, words);
	case PROGRAM_KILLED:
		return publish_end(PUBLISH_LATER, error, "hook %.600s: killed "
		    "by signal %d before its answer to line %zu: %s",
		    batch->hook, end->code, i + 1, words);
	case PROGRAM_EXITED:
		break;
	}
	if (end->code != 0)
		return publish_end(PUBLISH_LATER, error, "hook %.600s: exit "
		    "status %d before its answer to line %zu: %s",
		    batch->hook, end->code, i + 1, words);
	if (stray[0] != '\0')
		return publish_end(PUBLISH_FAILED, error, "hook %.600s: no "
		    "answer to line %zu, but \"%s\": an answer is ok, later "
		    "or failed, and the number of the line", batch->hook,
		    i + 1, stray);
	return publish_end(PUBLISH_FAILED, error, "hook %.600s: no answer to "
	    "line %zu: %s%s", batch->hook, i + 1, words,
	    batch->answers.ngiven > 0 ? "" :
	    ": if it does not know \"batch\", it must exit with 64 then");
}

static enum publish_result
judge(const struct batch *batch, size_t i, struct ks_error *error)
{
	const struct answer *answer = &batch->list[i];
	const char *text = answer->text[0] == '\0' ? "no reason given" :
	    answer->text;

	switch (answer->kind) {
	case ANSWER_NONE:
		break;
	case ANSWER_OK:
		return publish_end(PUBLISH_DONE, error, "hook %.600s: done",
		    batch->hook);
	case ANSWER_LATER:
		return publish_end(PUBLISH_LATER, error, "hook %.600s: later: "
		    "%s", batch->hook, text);
	case ANSWER_FAILED:
		return publish_end(PUBLISH_FAILED, error, "hook %.600s: %s",
		    batch->hook, text);
	case ANSWER_MALFORMED:
		return publish_end(PUBLISH_FAILED, error, "hook %.600s: not "
		    "an answer, or a second one to line %zu: \"%s\"",
		    batch->hook, i + 1, text);
	}
	return judge_missing(batch, i, error);
}

/* Until there is no reason to wait for more; the mutex is held. */
static void
gather(struct hook_batch *queue)
{
	struct timespec until;
	int64_t now;

	while (queue->nqueued < BATCH_LINES &&
	    !publish_crew_is_idle(queue->crew) &&
	    (now = monotonic_ms()) - queue->since < queue->gather_ms) {
		now += BATCH_LOOK_MS;
		until.tv_sec = (time_t)(now / 1000);
		until.tv_nsec = (long)(now % 1000) * 1000000L;
		(void)pthread_cond_timedwait(&queue->changed, &queue->mutex,
		    &until);
	}
}

/* The program must be started in time for all its changes. */
static void
add_change(struct batch *batch, struct hook_change *change)
{
	const int64_t latest_ms = change->line->change->latest_ms;

	batch->changes[batch->n++] = change;
	if (latest_ms != 0 &&
	    (batch->latest_ms == 0 || latest_ms < batch->latest_ms))
		batch->latest_ms = latest_ms;
}

/* What has waited for too long must not keep the others from beginning. */
static void
take_queue(struct hook_batch *queue, struct batch *batch)
{
	struct hook_change *change;

	while (batch->n < BATCH_LINES && (change = queue->first) != NULL) {
		queue->first = change->next;
		queue->nqueued--;
		if (publish_may_begin(change->line->change, change->error)) {
			add_change(batch, change);
			continue;
		}
		change->result = PUBLISH_LATER;
		change->is_done = true;
		(void)pthread_cond_broadcast(&queue->changed);
	}
	if (queue->first == NULL)
		queue->last = NULL;
	queue->since = monotonic_ms();
}

/* From now on each change is a start of its own; the mutex is held. */
static void
give_up(struct hook_batch *queue)
{
	struct hook_change *change;

	queue->is_unsupported = true;
	while ((change = queue->first) != NULL) {
		queue->first = change->next;
		change->is_single = change->is_done = true;
	}
	queue->last = NULL;
	queue->nqueued = 0;
	(void)pthread_cond_broadcast(&queue->changed);
}

static void
hand_out(struct hook_batch *queue, const struct batch *batch)
{
	struct hook_change *change;
	size_t i;

	for (i = 0; i < batch->n; i++) {
		change = batch->changes[i];
		if (is_unsupported(batch))
			change->is_single = true;
		else
			change->result = judge(batch, i, change->error);
		change->is_done = true;
	}
	if (is_unsupported(batch))
		give_up(queue);
	(void)pthread_cond_broadcast(&queue->changed);
}

/* Gather, run the program, and tell the others; the mutex is held. */
static void
lead(struct hook_batch *queue, const char *hook)
{
	struct batch *batch;

	if ((batch = calloc(1, sizeof(*batch))) == NULL) {
		give_up(queue);	/* single starts need less */
		return;
	}
	batch->hook = hook;
	queue->is_led = true;
	gather(queue);
	take_queue(queue, batch);
	(void)pthread_mutex_unlock(&queue->mutex);
	if (batch->n > 0)
		run_batch(batch, queue->silence_ms);
	(void)pthread_mutex_lock(&queue->mutex);
	queue->is_led = false;
	if (batch->n > 0)
		hand_out(queue, batch);
	free(batch);
}

static void
append(struct hook_batch *queue, struct hook_change *change)
{
	if (queue->first == NULL) {
		queue->first = change;
		queue->since = monotonic_ms();
	} else
		queue->last->next = change;
	queue->last = change;
	queue->nqueued++;
}

bool
hook_batch_change(struct hook_batch *queue, const char *hook,
    const struct hook_line *line, enum publish_result *result,
    struct ks_error *error)
{
	struct hook_change change = { .line = line, .error = error };

	if (!is_line(line->value))
		return false;
	publish_crew_leave(queue->crew);
	(void)pthread_mutex_lock(&queue->mutex);
	if (queue->is_unsupported)
		change.is_done = change.is_single = true;
	else
		append(queue, &change);
	while (!change.is_done)
		if (!queue->is_led)
			lead(queue, hook);
		else
			(void)pthread_cond_wait(&queue->changed,
			    &queue->mutex);
	(void)pthread_mutex_unlock(&queue->mutex);
	publish_crew_enter(queue->crew);
	*result = change.result;
	return !change.is_single;
}
