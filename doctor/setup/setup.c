/* SPDX-License-Identifier: ISC */

/*
 * setup: the order of a run; see setup.h.
 *
 * Nothing is changed before the plan was shown and somebody said yes, with
 * --apply or on a terminal.  --enforce and --undo, which say themselves what
 * is wanted, do not ask.
 */

#include "setup/setup.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/privileges.h"
#include "setup/private.h"

int
setup_fail(const char *format, ...)
{
	va_list ap;

	(void)fflush(stdout);
	va_start(ap, format);
	vwarnx(format, ap);
	va_end(ap);
	return -1;
}

void
setup_note(struct setup *setup, const char *format, ...)
{
	va_list ap;
	int r = -1;

	va_start(ap, format);
	if (setup->nnotes < SETUP_MAX_NOTES)
		r = vasprintf(&setup->notes[setup->nnotes], format, ap);
	va_end(ap);
	if (r != -1)
		setup->nnotes++;
	else
		(void)setup_fail("not all that is left to you is shown: run "
		    "setup again when you have done the rest");
}

/* Print what was noted, and forget it. */
static void
print_notes(struct setup *setup)
{
	size_t i;

	if (setup->nnotes == 0)
		return;
	(void)printf("Left to you:\n");
	for (i = 0; i < setup->nnotes; i++) {
		(void)printf("- %s\n", setup->notes[i]);
		free(setup->notes[i]);
	}
	(void)printf("\n");
	(void)fflush(stdout);
	setup->nnotes = 0;
}

/* -- The run -------------------------------------------------------------- */

static int
make_plan(struct setup *setup)
{
	if (mta_find(setup) == -1 || conf_plan(setup) == -1)
		return -1;
	keys_plan(setup);
	if (dropin_plan(setup) == -1 || units_plan(setup) == -1)
		return -1;
	postfix_plan(setup);
	return setup->plan.no_memory ? setup_fail("out of memory") : 0;
}

/* What comes after this run. */
static void
say_next(const struct setup *setup)
{
	const char *file = setup->request->config;
	size_t i, n = 0;

	for (i = 0; i < setup->config->nsources; i++)
		n += setup->config->sources[i].observe;
	if (n == 0)
		return;
	(void)printf("Mail is observed: the log says what would be done with "
	    "each message.\nTo sign it, when the records of the keys are in "
	    "DNS:\n    countersign-doctor setup%s%s --enforce --wait\n",
	    config_option(file), config_option_file(file));
}

static int
apply(struct setup *setup)
{
	if (!setup->request->apply) {
		if (!ask_is_possible()) {
			(void)printf("Nothing was changed.  To do all this, "
			    "run it again with --apply.\n");
			return SETUP_NOT_YET;
		}
		if (!ask_yes("Do all this?")) {
			(void)printf("Nothing was changed.\n");
			return SETUP_NOT_YET;
		}
	}
	return apply_plan(setup) == -1 ? SETUP_FAILED : SETUP_DONE;
}

static void
say_unneeded(const struct setup *setup)
{
	if (setup->nnotes > 0)
		(void)printf("There is nothing else to do.\n");
	else
		(void)printf("%s.\n", setup->sendmail == NULL ?
		    "Everything is as it should be" :
		    "Everything except Sendmail is set up");
}

static int
plan_and_apply(struct setup *setup)
{
	bool is_needed;
	int status;

	if ((status = request_complete(setup)) != SETUP_DONE)
		return status;
	if (make_plan(setup) == -1)
		return SETUP_FAILED;
	plan_print(&setup->plan, setup->request->colours, stdout);
	is_needed = !TAILQ_EMPTY(&setup->plan.changes) ||
	    setup->ledger.due != 0;
	if (is_needed && (status = apply(setup)) != SETUP_DONE) {
		if (status == SETUP_NOT_YET)
			sendmail_check(setup, false);
		print_notes(setup);
		return status;
	}
	if (setup->config == NULL)
		return SETUP_DONE;
	if (attach_verify(setup) == -1)
		return SETUP_FAILED;
	if (!is_needed)
		say_unneeded(setup);
	sendmail_check(setup, true);
	if (setup->request->wait) {
		/* What is left to a person must not wait for DNS. */
		print_notes(setup);
		return enforce_run(setup);
	}
	say_next(setup);
	return SETUP_DONE;
}

static void
finish(struct setup *setup)
{
	size_t i;

	for (i = 0; i < setup->ndrafts; i++) {
		freezero((char *)(uintptr_t)setup->drafts[i].text,
		    strlen(setup->drafts[i].text));
		free((char *)(uintptr_t)setup->drafts[i].path);
	}
	for (i = 0; i < setup->nnotes; i++)
		free(setup->notes[i]);
	for (i = 0; i < setup->nanswers; i++)
		free(setup->answers[i]);
	plan_finish(&setup->plan);
	postfix_free(setup->postfix);
	sendmail_free(setup->sendmail);
	config_unref(setup->draft);
	config_unref(setup->config);
	preset_list_free(setup->presets);
	ledger_close(&setup->ledger);
}

static int
run(struct setup *setup)
{
	const struct setup_request *request = setup->request;
	char why[SETUP_WHY_SIZE];

	if (ledger_open(&setup->ledger, request->ledger, why,
	    sizeof(why)) == -1)
		return setup_fail("%s", why), SETUP_FAILED;
	if (conf_load(setup) == -1)
		return SETUP_FAILED;
	(void)strlcpy(setup->keydir, setup->config != NULL ?
	    setup->config->keydir : CONFIG_DEFAULT_KEYDIR,
	    sizeof(setup->keydir));
	setup->presets = preset_list_read(setup->config != NULL ?
	    setup->config->preset_dir : NULL, stderr);
	if (setup->presets == NULL)
		return setup_fail("out of memory"), SETUP_FAILED;
	if (request->undo)
		return undo_run(setup);
	if (request->enforce) {
		mta_find_sendmail(setup);
		return enforce_run(setup);
	}
	return plan_and_apply(setup);
}

int
setup_run(struct setup_request *request)
{
	struct setup setup = { .request = request };
	int status;

	if (!privileges_are_root())
		return setup_fail("run setup as root: it changes the "
		    "configuration, the services and the MTA"), SETUP_FAILED;
	setup.ledger.lock = -1;
	TAILQ_INIT(&setup.ledger.changes);
	plan_init(&setup.plan);
	status = run(&setup);
	if (status == SETUP_DONE && setup.nnotes > 0)
		status = SETUP_NOT_YET;
	print_notes(&setup);
	finish(&setup);
	return status;
}
