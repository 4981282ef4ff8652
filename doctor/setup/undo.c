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
 * simply repeated.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "setup/diff.h"
#include "setup/private.h"
#include "setup/setting.h"

enum undo_result {
	UNDO_DONE,
	UNDO_LEFT,		/* not ours any more */
	UNDO_FAILED
};

static enum undo_result
failed(const char *why)
{
	(void)setup_fail("%s", why);
	return UNDO_FAILED;
}

/* The change is freed. */
static enum undo_result
forget(struct setup *setup, const struct change *change)
{
	char why[SETUP_WHY_SIZE];

	return ledger_forget(&setup->ledger, change, why, sizeof(why)) == 0 ?
	    UNDO_DONE : failed(why);
}

/* Write a text and forget the change. */
static enum undo_result
put_back(struct setup *setup, const struct change *change, const char *text)
{
	char why[SETUP_WHY_SIZE];

	return state_write(change, text, why, sizeof(why)) == 0 ?
	    forget(setup, change) : failed(why);
}

/*
 * The value without the item that setup appended: what others have put there
 * stays.  NULL if it cannot be read.
 */
static char *
without_item(const struct change *change, const char *now)
{
	char *item, *rest = NULL;

	if ((item = setting_last(change->after)) == NULL)
		return NULL;
	if (setting_has(now, item))
		(void)printf("%s in %s/main.cf was changed since; only our "
		    "milter is taken out\n", change->name, change->place);
	rest = setting_without(now, item);
	free(item);
	return rest;
}

/* Postfix has loaded the value before the change is forgotten. */
static enum undo_result
load_value(struct setup *setup, const struct change *change,
    const char *value, const char *now)
{
	char why[SETUP_WHY_SIZE];

	if (value != NULL && value[0] == '\0' && change->before == NULL)
		value = NULL;	/* as it was: not set */
	if (!plan_is_same(value, now) && state_write(change, value, why,
	    sizeof(why)) == -1)
		return failed(why);
	if (attach_reload(change->place, why, sizeof(why)) == -1)
		return failed(why);
	return forget(setup, change);
}

static enum undo_result
undo_setting(struct setup *setup, const struct change *change)
{
	char why[SETUP_WHY_SIZE], *now, *rest;
	enum undo_result result;

	if (state_read(change, &now, why, sizeof(why)) == -1)
		return failed(why);
	if (now == NULL || plan_is_same(now, change->before))
		result = load_value(setup, change, now, now);
	else if (ledger_is_ours(change, now))
		result = load_value(setup, change, change->before, now);
	else if ((rest = without_item(change, now)) == NULL)
		result = failed("smtpd_milters cannot be read: take our milter "
		    "out of it by hand, then run this again");
	else {
		result = load_value(setup, change, rest, now);
		free(rest);
	}
	free(now);
	return result;
}

/*
 * Only what setup enabled is disabled and stopped.  A unit may be disabled
 * already, with one that names it as Also=, and still run.
 */
static enum undo_result
undo_unit(struct setup *setup, const struct change *change)
{
	char *now;

	if (!units_can_be_used() || (now = units_state(change->place)) == NULL)
		return forget(setup, change);
	free(now);
	return put_back(setup, change, change->before);
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
	(void)printf("file %s was changed since setup wrote it, and is "
	    "left%s\n", change->place, now == NULL ? ": it is gone" : ":");
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
		result = forget(setup, change);
	else if (ledger_is_ours(change, now))
		result = put_back(setup, change, change->before);
	else
		print_left(setup, change, now);
	free(now);
	return result;
}

/* A directory in which somebody else has put something stays. */
static enum undo_result
undo_directory(struct setup *setup, const struct change *change)
{
	char why[SETUP_WHY_SIZE];

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
	(void)printf("keys of %s and their records stay; to remove them: "
	    "countersign-key domain remove %s\n", change->place,
	    change->place);
	return forget(setup, change);
}

/* Undo all changes of a kind, the last first. */
static int
undo_kind(struct setup *setup, enum change_kind kind, size_t *nleft)
{
	struct change *change, *next;
	enum undo_result result;

	TAILQ_FOREACH_REVERSE_SAFE(change, &setup->ledger.changes, changes,
	    entry, next) {
		if (change->kind != kind)
			continue;
		if (kind != CHANGE_KEYS)
			(void)printf("undo: %s%s%s\n", change->place,
			    change->name != NULL ? "/main.cf: " : "",
			    change->name != NULL ? change->name : "");
		result = undo_change(setup, change);
		if (result == UNDO_FAILED)
			return -1;
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
	if (setup->config == NULL)
		return 0;
	if (setup->postfix != NULL && postfix_is_attached(setup,
	    setup->config))
		return setup_fail("Postfix still has the milter %s in "
		    "smtpd_milters, which setup did not put there: take it "
		    "out, then run setup --undo again; the services go on "
		    "until then", setup->config->socket);
	return sendmail_is_detached(setup);
}

int
undo_run(struct setup *setup)
{
	static const enum change_kind order[] = {
		CHANGE_UNIT, CHANGE_FILE, CHANGE_DIRECTORY, CHANGE_KEYS,
	};
	char why[SETUP_WHY_SIZE], directory[PATH_MAX];
	size_t i, nleft = 0;

	if (TAILQ_EMPTY(&setup->ledger.changes)) {
		(void)printf("There is nothing to undo.\n");
		return SETUP_DONE;
	}
	name_postfix(setup, directory, sizeof(directory));
	if (undo_kind(setup, CHANGE_SETTING, &nleft) == -1 ||
	    mta_find_all(setup) == -1 || check_detached(setup) == -1)
		return SETUP_FAILED;
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (undo_kind(setup, order[i], &nleft) == -1)
			return SETUP_FAILED;
	if (ledger_set_due(&setup->ledger, 0, why, sizeof(why)) == -1)
		return setup_fail("%s", why), SETUP_FAILED;
	if (!units_can_be_used())
		setup_note(setup, "stop countersign-milter, and remove what "
		    "starts it and countersign-key rotate");
	return nleft > 0 ? SETUP_NOT_YET : SETUP_DONE;
}
