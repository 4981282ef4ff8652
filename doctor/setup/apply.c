/* SPDX-License-Identifier: ISC */

/*
 * Carrying out a plan, in its order: directories, files, keys, services,
 * Postfix.
 *
 * After the files, countersign-milter itself checks the configuration, with the
 * owners and modes of files; if it finds an error, they are put back.  So they
 * are if the milter does not come up with them.  Postfix is attached only to a
 * milter that answers.  Services that were started for nothing are stopped
 * again; keys stay, and so do files that are valid.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/run.h"
#include "setup/private.h"

/* Files that are not recorded: the ledger is for what can be undone. */
static bool
is_kept(const struct change *change)
{
	const char *name = strrchr(change->place, '/');

	return change->kind == CHANGE_FILE && name != NULL &&
	    strcmp(name, "/tsig.key") == 0;
}

static int
apply_change(struct setup *setup, const struct change *change)
{
	char why[SETUP_WHY_SIZE];

	if ((!is_kept(change) && ledger_record(&setup->ledger, change, why,
	    sizeof(why)) == -1) || state_write(change, change->after, why,
	    sizeof(why)) == -1)
		return setup_fail("%s", why);
	return 0;
}

/* What the milter has to do when this file has changed. */
static int
note_due(struct setup *setup)
{
	unsigned int due = setup->ledger.due;
	const struct change *change;
	char path[PATH_MAX], why[SETUP_WHY_SIZE];

	conf_path(setup, SETUP_SOCKET_NAME, path, sizeof(path));
	TAILQ_FOREACH(change, &setup->plan.changes, entry)
		if (change->kind == CHANGE_FILE)
			due |= strcmp(change->place, path) == 0 ||
			    dropin_is(change->place) ? DUE_RESTART :
			    DUE_RELOAD;
	if (ledger_set_due(&setup->ledger, due, why, sizeof(why)) == -1)
		return setup_fail("%s", why);
	return 0;
}

/* "countersign-milter -n"; prints what it says if it finds an error. */
static int
check(const struct setup *setup)
{
	char program[PATH_MAX], why[MACHINE_WHY_SIZE];
	const char *argv[5] = { program, "-n", "-c", setup->request->config };
	struct machine_output out;
	int r;

	(void)snprintf(program, sizeof(program), "%s/countersign-milter",
	    setup->request->programs);
	if ((r = machine_run(NULL, argv, SETUP_PROGRAM_MS, &out)) == -1) {
		(void)fputs(out.text, stderr);
		(void)setup_fail("%s", machine_why("countersign-milter -n",
		    &out, why, sizeof(why)));
	}
	machine_output_finish(&out);
	return r;
}

/* Put one change of this run back, if it was made. */
static void
take_back(struct setup *setup, const struct change *change)
{
	const struct change *old;
	char why[SETUP_WHY_SIZE], *now = NULL;
	int r;

	if (change->kind == CHANGE_FILE)
		file_remove_leftover(change->place);
	if ((r = state_read(change, &now, why, sizeof(why))) == 0 &&
	    !plan_is_same(now, change->before))
		r = state_write(change, change->before, why, sizeof(why));
	old = ledger_find(&setup->ledger, change->kind, change->place,
	    change->name);
	/* An earlier run may have made another change of it. */
	if (r == 0 && old != NULL && plan_is_same(old->before, change->before))
		r = ledger_forget(&setup->ledger, change, why, sizeof(why));
	if (r == -1)
		(void)setup_fail("%s: cannot be put back: %s", change->place,
		    why);
	free(now);
}

/*
 * Put the files of this run back.  New ones first: on a full disk, that makes
 * room for the old text of others.  Then folders that are empty; what somebody
 * else uses, or a milter, stays.
 */
static void
take_files_back(struct setup *setup)
{
	const struct change *change;
	int pass;

	for (pass = 0; pass < 2; pass++)
		TAILQ_FOREACH_REVERSE(change, &setup->plan.changes, changes,
		    entry)
			if (change->kind == CHANGE_FILE && !is_kept(change) &&
			    (change->before == NULL) == (pass == 0))
				take_back(setup, change);
	TAILQ_FOREACH_REVERSE(change, &setup->plan.changes, changes, entry)
		if (change->kind == CHANGE_DIRECTORY) {
			file_remove_leftover(change->place);
			if (rmdir(change->place) == 0)
				take_back(setup, change);
		}
}

static void
take_units_back(struct setup *setup)
{
	const struct change *change;

	TAILQ_FOREACH_REVERSE(change, &setup->plan.changes, changes, entry)
		if (change->kind == CHANGE_UNIT)
			take_back(setup, change);
}

static int
apply_files(struct setup *setup)
{
	const struct change *change;
	int r = 0;

	if (note_due(setup) == -1)
		return -1;
	TAILQ_FOREACH(change, &setup->plan.changes, entry)
		if (r == 0 && (change->kind == CHANGE_DIRECTORY ||
		    change->kind == CHANGE_FILE))
			r = apply_change(setup, change);
	if (r == 0)
		r = check(setup);
	if (r == 0)
		return 0;
	take_files_back(setup);
	return setup_fail("the configuration is as it was; when that is fixed, "
	    "run setup again");
}

/* The configuration is now the one that was checked. */
static void
adopt_draft(struct setup *setup)
{
	config_unref(setup->config);
	setup->config = config_ref(setup->draft);
}

static int
apply_keys(struct setup *setup)
{
	const struct change *change;

	TAILQ_FOREACH(change, &setup->plan.changes, entry)
		if (change->kind == CHANGE_KEYS &&
		    keys_make(setup, change->place) == -1)
			return -1;
	return 0;
}

static int
start_units(struct setup *setup)
{
	const struct change *change;

	if (units_reread(setup) == -1)
		return -1;
	TAILQ_FOREACH(change, &setup->plan.changes, entry)
		if (change->kind == CHANGE_UNIT &&
		    apply_change(setup, change) == -1)
			return -1;
	return units_settle(setup);
}

/*
 * A milter that does not work with the new files gets the old ones back; before
 * is the configuration with these, or NULL.
 */
static int
apply_units(struct setup *setup, struct config *before)
{
	bool was_running = units_milter_runs();

	if (start_units(setup) == 0)
		return 0;
	take_units_back(setup);
	take_files_back(setup);
	if (before != NULL) {
		config_unref(setup->config);
		setup->config = config_ref(before);
		if (was_running && units_reread(setup) == 0)
			(void)units_settle(setup);
	}
	return setup_fail("files and services are as they were; when that is "
	    "fixed, run setup again");
}

static int
apply_settings(struct setup *setup)
{
	const struct change *change;
	char why[SETUP_WHY_SIZE];

	TAILQ_FOREACH(change, &setup->plan.changes, entry) {
		if (change->kind != CHANGE_SETTING)
			continue;
		/* Without systemd, a person starts it: see units.c. */
		if (!units_can_be_used() && !milter_answers(setup->config,
		    NULL, why, sizeof(why)))
			continue;
		if (attach_apply(setup, change) == -1)
			return -1;
	}
	return attach_settle(setup);
}

static int
apply_settings_or_stop(struct setup *setup)
{
	if (apply_settings(setup) == 0)
		return 0;
	/* An MTA that could not be detached needs them. */
	if (!attach_is_undone(setup))
		return -1;
	take_units_back(setup);
	return -1;
}

int
apply_plan(struct setup *setup)
{
	struct config *before = setup->config;
	int r;

	if (apply_files(setup) == -1)
		return -1;
	if (before != NULL)
		before = config_ref(before);
	adopt_draft(setup);
	r = apply_keys(setup) == -1 || apply_units(setup, before) == -1 ||
	    apply_settings_or_stop(setup) == -1 ? -1 : 0;
	config_unref(before);
	return r;
}
