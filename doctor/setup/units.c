/* SPDX-License-Identifier: ISC */

/*
 * The services, as units of systemd.
 *
 * On a host that systemd does not run, nothing is started: what to start is
 * printed, and Postfix is attached by the next run, when the milter answers.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/milter_hello.h"
#include "machine/run.h"
#include "setup/private.h"

#define BOOTED		"/run/systemd/system"	/* sd_booted(3) */
#define MILTER		"countersign-milter.service"
#define TRIES		50			/* of 200 ms */

/* Those that are not installed are left out. */
static const char *const units[] = {
	"countersign-signer.socket",
	MILTER,
	"countersign-rotate.timer",
};

bool
units_can_be_used(void)
{
	struct stat st;

	return lstat(BOOTED, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Whether "systemctl VERB UNIT" succeeds; its output's first word in word. */
static bool
ask(const char *verb, const char *unit, char *word, size_t size)
{
	const char *const argv[] = { "systemctl", verb, unit, NULL };
	struct machine_output out;
	int r;

	r = machine_run(NULL, argv, SETUP_PROGRAM_MS, &out);
	(void)snprintf(word, size, "%.*s", (int)strcspn(out.text, " \n"),
	    out.text);
	machine_output_finish(&out);
	return r == 0;
}

char *
units_state(const char *unit)
{
	char enabled[32], active[32], *text;

	(void)ask("is-enabled", unit, enabled, sizeof(enabled));
	if (enabled[0] == '\0' || strcmp(enabled, "not-found") == 0)
		return NULL;
	return asprintf(&text, "%s, %s", enabled, ask("is-active", unit,
	    active, sizeof(active)) ? "running" : "stopped") == -1 ? NULL :
	    text;
}

/* Whether a unit's log says why the verb failed. */
static bool
is_logged(const char *verb)
{
	return strcmp(verb, "start") == 0 || strcmp(verb, "restart") == 0 ||
	    strcmp(verb, "reload") == 0;
}

/* Run "systemctl VERB UNIT"; unit NULL: none. */
static int
control(const char *verb, const char *unit, char *why, size_t size)
{
	const char *const argv[] = { "systemctl", verb, unit, NULL };
	struct machine_output out;
	int r;

	r = machine_run(NULL, argv, SETUP_PROGRAM_MS, &out);
	if (r == -1) {
		char text[MACHINE_WHY_SIZE];

		(void)snprintf(why, size, "systemctl %s%s%s: %s%s%s", verb,
		    unit != NULL ? " " : "", unit != NULL ? unit : "",
		    machine_why("systemctl", &out, text, sizeof(text)),
		    is_logged(verb) ? "; see: journalctl -u " : "",
		    is_logged(verb) ? unit : "");
	}
	machine_output_finish(&out);
	return r;
}

int
units_set(const char *unit, const char *state, char *why, size_t size)
{
	char *now = units_state(unit);
	bool enable = strncmp(state, "enabled", 7) == 0;
	bool start = strstr(state, ", running") != NULL;
	int r = 0;

	if (now == NULL || strcmp(now, state) != 0) {
		if ((r = control(enable ? "enable" : "disable", unit, why,
		    size)) == 0)
			r = control(start ? "start" : "stop", unit, why, size);
	}
	free(now);
	return r;
}

int
units_reread(const struct setup *setup)
{
	char why[SETUP_WHY_SIZE];

	if (!units_can_be_used() || (setup->ledger.due & DUE_RESTART) == 0 ||
	    control("daemon-reload", NULL, why, sizeof(why)) == 0)
		return 0;
	return setup_fail("%s", why);
}

bool
units_milter_runs(void)
{
	char word[32];

	return units_can_be_used() && ask("is-active", MILTER, word,
	    sizeof(word));
}

void
units_plan(struct setup *setup)
{
	size_t i;
	char *state;

	if (!units_can_be_used())
		return;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if ((state = units_state(units[i])) == NULL) {
			if (strcmp(units[i], MILTER) == 0)
				setup_note(setup, "there is no unit %s: build "
				    "and install with -Dsystemd=true, or "
				    "start countersign-milter by other means",
				    units[i]);
			continue;
		}
		if (strncmp(state, "masked", 6) == 0)
			setup_note(setup, "%s is masked: systemctl unmask %s",
			    units[i], units[i]);
		else
			(void)plan_add(&setup->plan, CHANGE_UNIT, units[i],
			    NULL, state, "enabled, running");
		free(state);
	}
}

bool
milter_answers(const struct config *config, const char *user, char *why,
    size_t size)
{
	return milter_hello(config->socket, user, SETUP_HELLO_MS, why,
	    size) == 0;
}

/* Until the milter answers, or does not. */
static bool
comes_up(const struct config *config, char *why, size_t size)
{
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		if (milter_answers(config, NULL, why, size))
			return true;
		(void)usleep(200000);
	}
	return false;
}

static void
say_how(struct setup *setup)
{
	char why[SETUP_WHY_SIZE];

	if (milter_answers(setup->config, NULL, why, sizeof(why))) {
		if (setup->ledger.due & DUE_RESTART)
			setup_note(setup, "restart countersign-milter: its "
			    "socket has changed");
		else if (setup->ledger.due & DUE_RELOAD)
			setup_note(setup, "let the milter read its "
			    "configuration: pkill -HUP -o -f "
			    "'countersign-milter: master'");
		return;
	}
	setup_note(setup, "start the milter, now and at each boot:\n"
	    "    %s/countersign-milter -c %s\n"
	    "  rotate the keys each hour, by cron(8):\n"
	    "    17 * * * * %s %s/countersign-key -c %s rotate "
	    "--no-progress\n"
	    "  then run setup again", setup->request->programs,
	    setup->request->config, setup->config->keys_user,
	    setup->request->programs, setup->request->config);
}

int
units_settle(struct setup *setup)
{
	const unsigned int due = setup->ledger.due;
	char why[SETUP_WHY_SIZE], silent[SETUP_WHY_SIZE];
	int r = 0;

	if (!units_can_be_used())
		say_how(setup);
	else {
		if (due & DUE_RESTART)
			r = control("restart", MILTER, why, sizeof(why));
		else if (due & DUE_RELOAD)
			r = control("reload", MILTER, why, sizeof(why));
		if (r == 0 && !comes_up(setup->config, silent,
		    sizeof(silent))) {
			(void)snprintf(why, sizeof(why), "it does not answer: "
			    "%.800s; see: journalctl -u " MILTER, silent);
			r = -1;
		}
	}
	if (r == -1)
		return setup_fail("the milter: %s", why);
	if (ledger_set_due(&setup->ledger, due & ~(unsigned int)(DUE_RESTART
	    | DUE_RELOAD), why, sizeof(why)) == -1)
		return setup_fail("%s", why);
	return 0;
}
