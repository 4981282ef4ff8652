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
#include "setup/conf_text.h"
#include "setup/private.h"
#include "text/distance.h"

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

static void
print_notes(const struct setup *setup)
{
	size_t i;

	if (setup->nnotes == 0)
		return;
	(void)printf("Left to you:\n");
	for (i = 0; i < setup->nnotes; i++)
		(void)printf("- %s\n", setup->notes[i]);
	(void)printf("\n");
}

/* -- What the options say ------------------------------------------------- */

/* Names that countersign.conf and a file can have. */
static bool
is_name(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strlen(name) <= 64 &&
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] == '\0' &&
	    strcmp(name, SETUP_SOCKET_NAME) != 0 &&
	    strcmp(name, SETUP_ROTATION_NAME) != 0;
}

static bool
are_quotable(const struct setup_words *words)
{
	size_t i;

	for (i = 0; i < words->n; i++)
		if (!conf_text_is_quotable(words->list[i])) {
			(void)setup_fail("\"%s\": such a value cannot have "
			    "quotes, backslashes, \"${\" or control "
			    "characters", words->list[i]);
			return false;
		}
	return true;
}

static bool
all_are_quotable(const struct setup_request *request)
{
	const struct setup_words single = {
		{ request->secret_header, request->publish, request->tsig_key,
		    request->config }, 4
	};
	struct setup_words given = { .n = 0 };
	size_t i;

	for (i = 0; i < single.n; i++)
		if (single.list[i] != NULL)
			given.list[given.n++] = single.list[i];
	return are_quotable(&given) && are_quotable(&request->tenants) &&
	    are_quotable(&request->logins) &&
	    are_quotable(&request->daemons) &&
	    are_quotable(&request->domains) &&
	    are_quotable(&request->selectors) &&
	    are_quotable(&request->check_resolvers);
}

static bool
publish_is_valid(const char *publish)
{
	const char *rest;

	if (publish == NULL || strcmp(publish, "manual") == 0 ||
	    conf_text_publish_is(publish, "update", &rest) ||
	    (conf_text_publish_is(publish, "hook", &rest) && rest[0] == '/'))
		return true;
	(void)setup_fail("--publish %s: write manual, update, update:SERVER "
	    "or hook:/PROGRAM", publish);
	return false;
}

static bool
knows_platform(const struct setup *setup, const char *platform)
{
	const char *names[PRESETS_MAX], *nearest;
	size_t n = preset_list_count(setup->presets), i;

	if (preset_list_find(setup->presets, platform) != NULL)
		return true;
	for (i = 0; i < n; i++)
		names[i] = preset_list_at(setup->presets, i)->name;
	nearest = text_nearest(names, n, platform);
	(void)setup_fail("--platform %s: unknown%s%s%s; the platforms are:",
	    platform, nearest != NULL ? "; did you mean \"" : "",
	    nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
	for (i = 0; i < n; i++)
		(void)fprintf(stderr, "  %-18s %s\n", names[i],
		    preset_list_at(setup->presets, i)->title);
	return false;
}

/* Report an option that is missing. */
static bool
has(bool is_given, const struct preset_summary *preset, const char *option)
{
	if (!is_given)
		(void)setup_fail("--platform %s needs %s", preset->name,
		    option);
	return is_given;
}

/* Whether the request has all that its platform needs. */
static bool
is_complete(const struct setup *setup)
{
	const struct setup_request *r = setup->request;
	const struct preset_summary *preset;
	bool complete;

	if (!knows_platform(setup, r->platform))
		return false;
	preset = preset_list_find(setup->presets, r->platform);
	complete = has(preset->tenants.n == 0 || r->tenants.n > 0, preset,
	    "--tenant, which says whose mail it is");
	complete &= has(!text_list_has(&preset->needs, "login") ||
	    r->logins.n > 0, preset, "--login, the user that it logs in as");
	complete &= has(!text_list_has(&preset->needs, "daemon") ||
	    r->daemons.n > 0, preset, "--daemon, the "
	    "milter_macro_daemon_name of its smtpd service");
	complete &= has(!text_list_has(&preset->needs, "secret_header") ||
	    r->secret_header != NULL, preset, "--secret-header, the name of "
	    "the field with the secret");
	complete &= has(r->domains.n > 0, preset, "--domain, for which mail "
	    "is signed");
	return complete;
}

/* -- The run -------------------------------------------------------------- */

/* Get a complete request, from options and answers; an exit status. */
static int
find_out(struct setup *setup)
{
	struct setup_request *r = setup->request;
	bool has_sources = setup->config != NULL && setup->config->nsources > 0;

	if (r->platform == NULL && r->domains.n + r->tenants.n + r->logins.n >
	    0 && !ask_is_possible())
		return setup_fail("--platform is missing: it says what sends "
		    "the mail"), SETUP_USAGE;
	if (r->platform == NULL && !has_sources && !ask_is_possible())
		return setup_fail("there is no source yet, and no terminal to "
		    "ask: give --platform, --tenant, --login, --domain and "
		    "--publish as far as needed"), SETUP_USAGE;
	if (r->platform != NULL && !knows_platform(setup, r->platform))
		return SETUP_USAGE;
	if (ask_is_possible() && !r->apply && (r->platform != NULL ||
	    !has_sources) && ask_source(setup) == -1)
		return SETUP_FAILED;
	if (r->platform == NULL)
		return SETUP_DONE;
	if (r->name == NULL)
		r->name = r->platform;
	if (!is_name(r->name))
		return setup_fail("--name %s: use letters, digits, \".\", "
		    "\"_\" and \"-\", but not \"socket\" or \"rotation\"",
		    r->name), SETUP_USAGE;
	if (!is_complete(setup) || !publish_is_valid(r->publish) ||
	    !all_are_quotable(r))
		return SETUP_USAGE;
	return SETUP_DONE;
}

static int
make_plan(struct setup *setup)
{
	if (postfix_find(setup) == -1 || conf_plan(setup) == -1)
		return -1;
	keys_plan(setup);
	units_plan(setup);
	postfix_plan(setup);
	sendmail_plan(setup);
	return setup->plan.no_memory ? setup_fail("out of memory") : 0;
}

/* What comes after this run. */
static void
say_next(const struct setup *setup)
{
	const bool is_default = strcmp(setup->request->config,
	    CONFIG_DEFAULT_FILE) == 0;
	size_t i, n = 0;

	for (i = 0; i < setup->config->nsources; i++)
		n += setup->config->sources[i].observe;
	if (n == 0)
		return;
	(void)printf("Mail is observed: the log says what would be done with "
	    "each message.\nTo sign it, when the records of the keys are in "
	    "DNS:\n    countersign-doctor setup%s%s --enforce --wait\n",
	    is_default ? "" : " -c ", is_default ? "" :
	    setup->request->config);
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

static int
plan_and_apply(struct setup *setup)
{
	int status;

	if ((status = find_out(setup)) != SETUP_DONE)
		return status;
	if (make_plan(setup) == -1)
		return SETUP_FAILED;
	plan_print(&setup->plan, setup->request->colours, stdout);
	if (TAILQ_EMPTY(&setup->plan.changes) && setup->ledger.due == 0)
		(void)printf("Everything is as it should be.\n");
	else if ((status = apply(setup)) != SETUP_DONE) {
		print_notes(setup);
		setup->nnotes = 0;
		return status;
	}
	if (setup->config == NULL)
		return SETUP_DONE;
	if (setup->request->wait)
		return enforce_run(setup);
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
	setup->presets = preset_list_read(setup->config != NULL ?
	    setup->config->preset_dir : NULL, stderr);
	if (setup->presets == NULL)
		return setup_fail("out of memory"), SETUP_FAILED;
	if (request->undo)
		return undo_run(setup);
	if (request->enforce)
		return enforce_run(setup);
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
	print_notes(&setup);
	if (status == SETUP_DONE && setup.nnotes > 0)
		status = SETUP_NOT_YET;
	finish(&setup);
	return status;
}
