/* SPDX-License-Identifier: ISC */

/*
 * The watchdog: children that hang are replaced, one at a time.
 *
 * A child hangs if it has not answered CHILD_PINGS pings (child.h).  Killing it
 * costs the mail that it works on a temporary error, and when all hang, the
 * cause is seldom in them.  So the next one has to wait until the last one
 * replaced is ready, and for HUNG_EVERY_MS; meanwhile it is still asked, and
 * stays if it answers.  The front comes first, because without it there is no
 * mail at all; a signer that hangs is passed over as long as another works.
 *
 * A child that crashed is restarted at once, whatever hangs.  One whose start
 * has failed does not keep the others waiting: it may never be ready.
 */

#include "master/private.h"

#include <stdio.h>

#include "base/log.h"

#define HUNG_EVERY_MS	60000	/* from one replacement to the next */

static struct child *
nth_child(struct master *master, unsigned int n)
{
	return n == 0 ? &master->front : &master->signers[n - 1].child;
}

/* A child that is being started; NULL: none. */
static const struct child *
starting(struct master *master)
{
	const struct child *child;
	unsigned int i;

	for (i = 0; i <= master->nsigners; i++) {
		child = nth_child(master, i);
		if (!child->is_ready && child->nfailures == 0 &&
		    (child->pid != 0 || start_is_wanted(master, child)))
			return child;
	}
	return NULL;
}

/*
 * The child that hangs and is to be replaced; NULL: none.  If the front has not
 * answered, either, it is soon known whether it comes first.
 */
static struct child *
hung(struct master *master)
{
	struct child *child = &master->front;
	unsigned int i;

	if (child->is_ready && child->npings > 1 && !child->is_hung)
		return NULL;
	for (i = 0; i <= master->nsigners; i++) {
		child = nth_child(master, i);
		if (child->pid != 0 && child->is_ready && child->is_hung)
			return child;
	}
	return NULL;
}

/* One line each time that a child begins to hang, or answers again. */
static void
log_changes(struct master *master)
{
	struct child *child;
	unsigned int i;

	for (i = 0; i <= master->nsigners; i++) {
		child = nth_child(master, i);
		if (!child->is_ready || child->is_hung == child->was_hung)
			continue;
		child->was_hung = child->is_hung;
		if (child->is_hung)
			log_warnx(M_PROCESS_HUNG, "%s: process %ld has not "
			    "answered %d pings of %d s each: to be replaced",
			    child->name, (long)child->pid, CHILD_PINGS,
			    CHILD_ANSWER_MS / 1000);
		else
			log_info(M_PROCESS_ANSWERS,
			    "%s: process %ld answers again", child->name,
			    (long)child->pid);
	}
}

void
watchdog_init(struct master *master)
{
	/* If a service ends with its front, this also holds across restarts. */
	master->hung_at_ms = master->opts->part == MASTER_FRONT ?
	    master->now_ms + HUNG_EVERY_MS : master->now_ms;
}

void
watchdog_attend(struct master *master)
{
	struct child *child;
	unsigned int i;

	for (i = 0; i <= master->nsigners; i++) {
		child_ask(nth_child(master, i), master->now_ms);
		child_end_late(nth_child(master, i), master->now_ms);
	}
	if (master->phase != RUNNING)
		return;
	log_changes(master);
	if (master->hung_at_ms > master->now_ms ||
	    (child = hung(master)) == NULL || starting(master) != NULL)
		return;
	master->hung_at_ms = master->now_ms + HUNG_EVERY_MS;
	log_warnx(M_PROCESS_HUNG, "%s: process %ld hangs: killed", child->name,
	    (long)child->pid);
	child_kill(child);
}
