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
#define WORD_SIZE	32			/* of an answer */
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

/*
 * The first word of what "systemctl VERB UNIT" prints.  Its exit status says
 * nothing more, but a systemctl that was killed has not answered: returns -1
 * with the reason then.
 */
static int
ask(const char *verb, const char *unit, char word[WORD_SIZE], char *why,
    size_t size)
{
	const char *const argv[] = { "systemctl", verb, unit, NULL };
	char text[MACHINE_WHY_SIZE];
	struct machine_output out;
	int r = 0;

	(void)machine_run(NULL, argv, SETUP_PROGRAM_MS, &out);
	(void)snprintf(word, WORD_SIZE, "%.*s", (int)strcspn(out.text, " \n"),
	    out.text);
	if (out.end != PROGRAM_EXITED) {
		(void)snprintf(why, size, "systemctl %s %s: %s", verb, unit,
		    machine_why("systemctl", &out, text, sizeof(text)));
		r = -1;
	}
	machine_output_finish(&out);
	return r;
}

/* Whether the first word of "systemctl is-active" is that of one that runs. */
static bool
is_running(const char *word)
{
	return strcmp(word, "active") == 0 || strcmp(word, "reloading") == 0;
}

int
units_state(const char *unit, char **state, char *why, size_t size)
{
	char enabled[WORD_SIZE], active[WORD_SIZE];

	*state = NULL;
	if (ask("is-enabled", unit, enabled, why, size) == -1)
		return -1;
	if (enabled[0] == '\0' || strcmp(enabled, "not-found") == 0)
		return 0;
	if (ask("is-active", unit, active, why, size) == -1)
		return -1;
	if (asprintf(state, "%s, %s", enabled, is_running(active) ?
	    "running" : "stopped") != -1)
		return 0;
	*state = NULL;
	(void)snprintf(why, size, "out of memory");
	return -1;
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
	bool enable = strncmp(state, "enabled", 7) == 0;
	bool start = strstr(state, ", running") != NULL;
	char *now;
	int r = 0;

	if (units_state(unit, &now, why, size) == -1)
		return -1;
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
	char word[WORD_SIZE], why[SETUP_WHY_SIZE];

	return units_can_be_used() && ask("is-active", MILTER, word, why,
	    sizeof(why)) == 0 && is_running(word);
}

int
units_plan(struct setup *setup)
{
	char why[SETUP_WHY_SIZE], *state;
	size_t i;

	if (!units_can_be_used())
		return 0;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units_state(units[i], &state, why, sizeof(why)) == -1)
			return setup_fail("%s", why);
		if (state == NULL) {
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
	return 0;
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
			    "configuration: pkill -HUP -o -u root -f "
			    "'^countersign-milter: master'");
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
