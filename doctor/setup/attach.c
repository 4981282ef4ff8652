/* SPDX-License-Identifier: ISC */

/*
 * Attaching the milter to a running Postfix.
 *
 * First the milter must answer the user that Postfix runs as.  Then main.cf is
 * copied to main.cf.before-countersign, the value set, "postfix check" run,
 * Postfix reloaded, and the milter greeted again.  If anything fails, the old
 * value is set and loaded, and the next run may try again.
 *
 * That this is going on is in the ledger, so that after a crash the next run
 * checks, reloads and tests what it finds.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/run.h"
#include "setup/private.h"

/* Run a program of Postfix with up to two arguments after "-c DIRECTORY". */
static int
run(const char *program, const char *directory, const char *first,
    const char *second, char *why, size_t size)
{
	const char *const argv[] = {
		program, "-c", directory, first, second, NULL
	};
	char text[MACHINE_WHY_SIZE];
	struct machine_output out;
	int r;

	if ((r = machine_run(NULL, argv, SETUP_PROGRAM_MS, &out)) == -1)
		(void)snprintf(why, size, "%s -c %s %s: %s", program, directory,
		    first, machine_why(program, &out, text, sizeof(text)));
	machine_output_finish(&out);
	return r;
}

int
attach_set(const char *directory, const char *name, const char *value,
    char *why, size_t size)
{
	char *assignment;
	int r;

	if (value == NULL)
		return run("postconf", directory, "-X", name, why, size);
	if (asprintf(&assignment, "%s=%s", name, value) == -1) {
		(void)snprintf(why, size, "out of memory");
		return -1;
	}
	r = run("postconf", directory, "-e", assignment, why, size);
	free(assignment);
	return r;
}

/* A Postfix that does not run reads main.cf when it is started. */
int
attach_reload(const char *directory, char *why, size_t size)
{
	if (run("postfix", directory, "check", NULL, why, size) == -1)
		return -1;
	if (run("postfix", directory, "status", NULL, why, size) == -1)
		return 0;
	return run("postfix", directory, "reload", NULL, why, size);
}

static int
keep_copy(const char *directory, char *why, size_t size)
{
	char path[PATH_MAX], copy[PATH_MAX + 32], *text;
	struct change_access access;
	int r = 0;

	(void)snprintf(path, sizeof(path), "%s/main.cf", directory);
	(void)snprintf(copy, sizeof(copy), "%s.before-countersign", path);
	if (file_read(path, &text, &access, why, size) == -1)
		return -1;
	if (text != NULL)
		r = file_write(copy, text, &access, why, size);
	free(text);
	return r;
}

/* Check, reload, and greet the milter as Postfix will. */
static int
load_and_test(const struct setup *setup, const char *directory, char *why,
    size_t size)
{
	if (attach_reload(directory, why, size) == -1)
		return -1;
	return milter_answers(setup->config, postfix_mail_owner(
	    setup->postfix), why, size) ? 0 : -1;
}

/* Set what was there before; why is the reason for it. */
static int
go_back(struct setup *setup, const struct change *change, const char *why)
{
	char again[SETUP_WHY_SIZE];

	(void)setup_fail("%s; setting %s back", why, change->name);
	if (attach_set(change->place, change->name, change->before, again,
	    sizeof(again)) == -1 || attach_reload(change->place, again,
	    sizeof(again)) == -1)
		return setup_fail("%s: the old value could not be loaded: %s; "
		    "main.cf as it was is in %s/main.cf.before-countersign",
		    change->name, again, change->place);
	if (ledger_forget(&setup->ledger, change, again,
	    sizeof(again)) == -1 || ledger_set_due(&setup->ledger,
	    setup->ledger.due & ~(unsigned int)DUE_POSTFIX, again,
	    sizeof(again)) == -1)
		return setup_fail("%s", again);
	return -1;
}

int
attach_apply(struct setup *setup, const struct change *change)
{
	const char *owner = postfix_mail_owner(setup->postfix);
	struct ledger *ledger = &setup->ledger;
	char why[SETUP_WHY_SIZE];

	if (!milter_answers(setup->config, owner, why, sizeof(why)))
		return setup_fail("Postfix is not attached: the milter does "
		    "not answer the user %s: %s", owner, why);
	if (keep_copy(change->place, why, sizeof(why)) == -1 ||
	    ledger_set_due(ledger, ledger->due | DUE_POSTFIX, why,
	    sizeof(why)) == -1 || ledger_record(ledger, change, why,
	    sizeof(why)) == -1)
		return setup_fail("%s", why);
	if (attach_set(change->place, change->name, change->after, why,
	    sizeof(why)) == -1)
		return go_back(setup, change, why);
	return attach_settle(setup);
}

/* The setting that an earlier run, or this one, has recorded. */
static const struct change *
recorded(const struct setup *setup)
{
	return ledger_find(&setup->ledger, CHANGE_SETTING,
	    postfix_config_directory(setup->postfix), "smtpd_milters");
}

int
attach_settle(struct setup *setup)
{
	const struct change *change;
	char why[SETUP_WHY_SIZE];

	if (setup->postfix == NULL || (setup->ledger.due & DUE_POSTFIX) == 0)
		return 0;
	change = recorded(setup);
	if (load_and_test(setup, postfix_config_directory(setup->postfix), why,
	    sizeof(why)) == -1)
		return change != NULL ? go_back(setup, change, why) :
		    setup_fail("%s", why);
	if (ledger_set_due(&setup->ledger, setup->ledger.due &
	    ~(unsigned int)DUE_POSTFIX, why, sizeof(why)) == -1)
		return setup_fail("%s", why);
	return 0;
}
