/* SPDX-License-Identifier: ISC */

/*
 * setup --undo: takes back what is still as setup left it.
 *
 * main.cf comes first, because a Postfix that is attached to a stopped milter
 * defers all mail: while it still names our socket, the services go on.  Then
 * services, files and directories follow.  What somebody else has changed since
 * is printed and left alone.  Keys and their records stay.
 *
 * Each change is forgotten when it is undone, so that a run that was killed is
 * simply repeated.  A line is printed for what was done, not for what is to be
 * done.
 */

#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "setup/diff.h"
#include "setup/private.h"

enum undo_result {
	UNDO_DONE,
	UNDO_NOTHING,		/* it is as it was before setup */
	UNDO_LEFT,		/* not ours any more */
	UNDO_FAILED
};

static enum undo_result
failed(const char *why)
{
	(void)setup_fail("%s", why);
	return UNDO_FAILED;
}

/* Returns done, or that it failed; the change is freed. */
static enum undo_result
forget(struct setup *setup, const struct change *change)
{
	char why[SETUP_WHY_SIZE];

	return ledger_forget(&setup->ledger, change, why, sizeof(why)) == 0 ?
	    UNDO_DONE : failed(why);
}

static enum undo_result
forget_as_before(struct setup *setup, const struct change *change)
{
	return forget(setup, change) == UNDO_DONE ? UNDO_NOTHING :
	    UNDO_FAILED;
}

/* Write a text and forget the change. */
static enum undo_result
put_back(struct setup *setup, const struct change *change, const char *text)
{
	char why[SETUP_WHY_SIZE];

	return state_write(change, text, why, sizeof(why)) == 0 ?
	    forget(setup, change) : failed(why);
}

/* Postfix has loaded the value before the change is forgotten. */
static enum undo_result
undo_setting(struct setup *setup, const struct change *change)
{
	char why[SETUP_WHY_SIZE];
	int r;

	if ((r = attach_take_out(change, why, sizeof(why))) == -1 ||
	    attach_reload(change->place, why, sizeof(why)) == -1)
		return failed(why);
	return r == 0 ? forget_as_before(setup, change) :
	    forget(setup, change);
}

/*
 * Only what setup enabled is disabled and stopped.  A unit may be disabled
 * already, with one that names it as Also=, and still run.
 */
static enum undo_result
undo_unit(struct setup *setup, const struct change *change)
{
	char why[SETUP_WHY_SIZE], *now;
	bool is_as_before;

	if (!units_can_be_used())
		return forget_as_before(setup, change);
	if (units_state(change->place, &now, why, sizeof(why)) == -1)
		return failed(why);
	is_as_before = now == NULL || plan_is_same(now, change->before);
	free(now);
	return is_as_before ? forget_as_before(setup, change) :
	    put_back(setup, change, change->before);
}

/* Whether the text of a source may have the value of a secret header. */
static bool
holds_secret(const char *text)
{
	return text != NULL && strstr(text, "secret_header") != NULL;
}

static void
print_left(const struct setup *setup, const struct change *change,
    const char *now)
{
	if (now == NULL) {
		(void)printf("file %s no longer exists; nothing to undo\n",
		    change->place);
		return;
	}
	(void)printf("file %s was changed since setup wrote it, and is "
	    "left:\n", change->place);
	if (holds_secret(change->after) || holds_secret(now))
		(void)printf("(it holds a secret and is not shown)\n");
	else
		diff_print(change->after, now, setup->request->colours,
		    stdout);
}

static enum undo_result
undo_file(struct setup *setup, const struct change *change)
{
	char why[SETUP_WHY_SIZE], *now;
	enum undo_result result = UNDO_LEFT;

	file_remove_leftover(change->place);
	if (state_read(change, &now, why, sizeof(why)) == -1)
		return failed(why);
	if (plan_is_same(now, change->before))
		result = forget_as_before(setup, change);
	else if (ledger_is_ours(change, now))
		result = put_back(setup, change, change->before);
	else
		print_left(setup, change, now);
	free(now);
	return result;
}

/*
 * The lock of a milter's socket outlives the milter, and a killed one also
 * leaves the socket.  While the lock is held, a milter uses them.
 */
static void
remove_socket(const char *directory)
{
	char socket[PATH_MAX], lock[PATH_MAX + 8];
	int fd;

	(void)snprintf(socket, sizeof(socket), "%s/" SETUP_SOCKET_FILE,
	    directory);
	(void)snprintf(lock, sizeof(lock), "%s.lock", socket);
	if ((fd = open(lock, O_RDWR | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		(void)unlink(socket);
		(void)unlink(lock);
	}
	(void)close(fd);
}

/* A directory in which somebody else has put something stays. */
static enum undo_result
undo_directory(struct setup *setup, const struct change *change)
{
	char why[SETUP_WHY_SIZE];

	file_remove_leftover(change->place);
	if (access(change->place, F_OK) == -1 && errno == ENOENT)
		return forget_as_before(setup, change);
	remove_socket(change->place);
	if (state_write(change, NULL, why, sizeof(why)) == 0)
		return forget(setup, change);
	(void)printf("directory %s is left: %s\n", change->place, why);
	return UNDO_LEFT;
}

static enum undo_result
undo_change(struct setup *setup, const struct change *change)
{
	switch (change->kind) {
	case CHANGE_SETTING:
		return undo_setting(setup, change);
	case CHANGE_UNIT:
		return undo_unit(setup, change);
	case CHANGE_FILE:
		return undo_file(setup, change);
	case CHANGE_DIRECTORY:
		return undo_directory(setup, change);
	case CHANGE_KEYS:
		break;
	}
	return forget(setup, change);
}

static void
print_result(const char *what, enum undo_result result)
{
	if (result == UNDO_DONE)
		(void)printf("undone: %s\n", what);
	else if (result == UNDO_NOTHING)
		(void)printf("%s: already as it was before setup\n", what);
	(void)fflush(stdout);
}

/* Undo all changes of a kind, the last first. */
static int
undo_kind(struct setup *setup, enum change_kind kind, size_t *nleft)
{
	struct change *change, *next;
	enum undo_result result;
	char what[PATH_MAX + 128];

	TAILQ_FOREACH_REVERSE_SAFE(change, &setup->ledger.changes, changes,
	    entry, next) {
		if (change->kind != kind)
			continue;
		/* It is freed when it is forgotten. */
		(void)snprintf(what, sizeof(what), "%s%s%s", change->place,
		    change->name != NULL ? "/main.cf: " : "",
		    change->name != NULL ? change->name : "");
		result = undo_change(setup, change);
		if (result == UNDO_FAILED)
			return -1;
		print_result(what, result);
		*nleft += result == UNDO_LEFT;
	}
	return 0;
}

/* The instance of Postfix that setup has changed, unless one is given. */
static void
name_postfix(struct setup *setup, char *directory, size_t size)
{
	const struct change *change;

	TAILQ_FOREACH(change, &setup->ledger.changes, entry)
		if (change->kind == CHANGE_SETTING &&
		    setup->request->postfix_dir == NULL) {
			(void)strlcpy(directory, change->place, size);
			setup->request->postfix_dir = directory;
		}
}

/* Whether an MTA still needs the milter. */
static int
check_detached(struct setup *setup)
{
	if (setup->is_broken && ((setup->postfix != NULL &&
	    postfix_has_milters(setup)) || (setup->sendmail != NULL &&
	    setup->sendmail->nmilters > 0)))
		return setup_fail("%s has milters, and it is unknown whether "
		    "ours is among them, because %s has errors: fix these, "
		    "then run setup --undo again; the services go on until "
		    "then", setup->postfix != NULL ? "Postfix" : "Sendmail",
		    setup->request->config);
	if (setup->config == NULL)
		return 0;
	if (setup->postfix == NULL || !postfix_is_attached(setup,
	    setup->config))
		return sendmail_is_detached(setup);
	postfix_note_attached(setup, setup->config);
	return setup_fail("Postfix still has the milter %s in smtpd_milters, "
	    "which setup did not put there: the services go on until it is "
	    "taken out", setup->config->socket);
}

/*
 * Read the configuration that is left.  A milter that was there before setup,
 * and goes on, reads it, too.
 */
static int
settle(struct setup *setup)
{
	char why[SETUP_WHY_SIZE];

	config_unref(setup->config);
	setup->config = NULL;
	setup->is_broken = false;
	if (units_reread(setup) == -1 || conf_load(setup) == -1)
		return -1;
	if (units_milter_runs() && setup->config != NULL &&
	    units_settle(setup) == -1)
		return -1;
	return ledger_set_due(&setup->ledger, 0, why, sizeof(why)) == 0 ? 0 :
	    setup_fail("%s", why);
}

/* What a milter that goes on has to do when this file is undone. */
static unsigned int
due_of(const struct setup *setup, const char *path)
{
	char socket[PATH_MAX];

	conf_path(setup, SETUP_SOCKET_NAME, socket, sizeof(socket));
	return strcmp(path, socket) == 0 || dropin_is(path) ?
	    DUE_RESTART : DUE_RELOAD;
}

/* Record what is due before changing files. */
static int
note_due(struct setup *setup)
{
	unsigned int due = setup->ledger.due;
	const struct change *change;
	char why[SETUP_WHY_SIZE];

	TAILQ_FOREACH(change, &setup->ledger.changes, entry)
		if (change->kind == CHANGE_FILE)
			due |= due_of(setup, change->place);
	return ledger_set_due(&setup->ledger, due, why, sizeof(why)) == 0 ?
	    0 : setup_fail("%s", why);
}

/* Keys stay; what is said of them is right for what is left now. */
static int
undo_keys(struct setup *setup)
{
	struct change *change, *next;

	TAILQ_FOREACH_SAFE(change, &setup->ledger.changes, entry, next) {
		if (change->kind != CHANGE_KEYS)
			continue;
		keys_say_left(setup, change->place);
		if (forget(setup, change) == UNDO_FAILED)
			return -1;
	}
	return 0;
}

/* Without systemd; answers: the milter did, before anything was undone. */
static void
note_services(struct setup *setup, bool answers)
{
	if (!answers)
		setup_note(setup, "remove what starts countersign-milter and "
		    "countersign-key rotate, if anything does");
	else if (setup->config != NULL && setup->config->nsources > 0)
		setup_note(setup, "restart countersign-milter, which still has "
		    "the configuration of before");
	else
		setup_note(setup, "stop countersign-milter, and remove what "
		    "starts it and countersign-key rotate");
}

int
undo_run(struct setup *setup)
{
	static const enum change_kind order[] = {
		CHANGE_UNIT, CHANGE_FILE, CHANGE_DIRECTORY,
	};
	char directory[PATH_MAX], why[SETUP_WHY_SIZE];
	bool answers;
	size_t i, nleft = 0;

	if (TAILQ_EMPTY(&setup->ledger.changes)) {
		(void)printf("There is nothing to undo.\n");
		return SETUP_DONE;
	}
	answers = setup->config != NULL && milter_answers(setup->config, NULL,
	    why, sizeof(why));
	name_postfix(setup, directory, sizeof(directory));
	if (undo_kind(setup, CHANGE_SETTING, &nleft) == -1 ||
	    mta_find_all(setup) == -1 || check_detached(setup) == -1 ||
	    note_due(setup) == -1)
		return SETUP_FAILED;
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (undo_kind(setup, order[i], &nleft) == -1)
			return SETUP_FAILED;
	if (settle(setup) == -1 || undo_keys(setup) == -1)
		return SETUP_FAILED;
	if (!units_can_be_used())
		note_services(setup, answers);
	return nleft > 0 ? SETUP_NOT_YET : SETUP_DONE;
}
