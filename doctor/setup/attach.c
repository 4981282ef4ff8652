/* SPDX-License-Identifier: ISC */

/*
 * Attaching the milter to a running Postfix.
 *
 * First the milter must answer the user that Postfix runs as, and "postfix
 * check" succeed.  Then main.cf is copied to main.cf.before-countersign, the
 * value set and checked, Postfix reloaded, and the milter greeted again.  If
 * anything fails, the old value is set and loaded, and the next run may try
 * again; what somebody else has put into the value meanwhile stays.
 *
 * That this is going on is in the ledger, so that after a crash the next run
 * checks, reloads and tests what it finds.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/run.h"
#include "setup/private.h"
#include "setup/setting.h"

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

static int
check(const char *directory, char *why, size_t size)
{
	return run("postfix", directory, "check", NULL, why, size);
}

/* A Postfix that does not run reads main.cf when it is started. */
int
attach_reload(const char *directory, char *why, size_t size)
{
	if (check(directory, why, size) == -1)
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
	rest = setting_without(now, item);
	free(item);
	return rest;
}

/* An edit that configuration management would undo is left to a person. */
static int
set_if_ours(const struct change *change, const char *value, char *why,
    size_t size)
{
	const char *reason;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/main.cf", change->place);
	if ((reason = managed_why(path)) == NULL)
		return attach_set(change->place, change->name, value, why,
		    size);
	(void)snprintf(why, size, "%s is not changed: %s.  Where it comes "
	    "from, %s\n    %s%s%s\n  and run this again", path, reason,
	    value != NULL ? "set" : "remove", change->name,
	    value != NULL ? " = " : "", value != NULL ? value : "");
	return -1;
}

int
attach_take_out(const struct change *change, char *why, size_t size)
{
	char *now, *rest = NULL;
	const char *value;
	int r = 0;

	if (state_read(change, &now, why, size) == -1)
		return -1;
	value = now;
	if (now != NULL && !plan_is_same(now, change->before)) {
		if (ledger_is_ours(change, now))
			value = change->before;
		else if ((value = rest = without_item(change, now)) == NULL) {
			(void)snprintf(why, size, "%s in %s/main.cf cannot be "
			    "read: take our milter out of it by hand, then "
			    "run this again", change->name, change->place);
			r = -1;
		}
	}
	if (value != NULL && value[0] == '\0' && change->before == NULL)
		value = NULL;	/* as it was: not set */
	if (r == 0 && !plan_is_same(value, now) &&
	    (r = set_if_ours(change, value, why, size)) == 0) {
		r = 1;
		if (rest != NULL)
			(void)printf("%s in %s/main.cf was changed since; only "
			    "our milter is taken out\n", change->name,
			    change->place);
	}
	free(rest);
	free(now);
	return r;
}

/* Set what was there before; why is the reason for it. */
static int
go_back(struct setup *setup, const struct change *change, const char *why)
{
	char again[SETUP_WHY_SIZE];

	(void)setup_fail("%s; setting %s back", why, change->name);
	if (attach_take_out(change, again, sizeof(again)) == -1)
		return setup_fail("%s cannot be set back: %s; main.cf as it "
		    "was is in %s/main.cf.before-countersign: copy it back, "
		    "then: postfix -c %s reload", change->name, again,
		    change->place, change->place);
	if (attach_reload(change->place, again, sizeof(again)) == -1)
		return setup_fail("%s is in main.cf as before, but Postfix "
		    "cannot load it: %s; when that is fixed: postfix -c %s "
		    "reload", change->name, again, change->place);
	(void)setup_fail("Postfix works as before, without the milter; when "
	    "that is fixed, run setup again");
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
		    "not answer the user %s: %s; %sthen run setup again",
		    owner, why, strstr(why, "Permission denied") == NULL ? "" :
		    "let this user reach the socket, with a folder that has "
		    "its group and the mode 2750, ");
	if (check(change->place, why, sizeof(why)) == -1)
		return setup_fail("Postfix is not attached, because its "
		    "configuration already has an error: %s; fix that, then "
		    "run setup again", why);
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

bool
attach_is_undone(const struct setup *setup)
{
	return (setup->ledger.due & DUE_POSTFIX) == 0;
}

int
attach_verify(struct setup *setup)
{
	const struct postfix *postfix = setup->postfix;
	char why[SETUP_WHY_SIZE];

	if (postfix == NULL || !postfix_is_attached(setup, setup->config) ||
	    milter_answers(setup->config, postfix_mail_owner(postfix), why,
	    sizeof(why)))
		return 0;
	return setup_fail("Postfix has the milter in smtpd_milters, but it "
	    "does not answer the user %s: %s; until it does, mail is deferred "
	    "or goes out unsigned", postfix_mail_owner(postfix), why);
}
