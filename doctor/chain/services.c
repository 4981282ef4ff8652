/* SPDX-License-Identifier: ISC */

/*
 * The services, as systemd sees them: whether its units are installed, enabled
 * and running, and whether the last rotation succeeded.  Without systemd, the
 * milter only has to answer.
 *
 * One systemctl(1) gives the properties of all units.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "chain/chain.h"
#include "chain/private.h"
#include "machine/milter_hello.h"
#include "machine/run.h"

#define AREA		"services"
#define LIMIT_MS	10000
#define RECENT_MS	3600000		/* a restart that may go on */

#define MILTER		"countersign-milter.service"
#define SOCKET		"countersign-signer.socket"
#define SIGNER		"countersign-signer.service"
#define TIMER		"countersign-rotate.timer"
#define ROTATE		"countersign-rotate.service"

struct unit {
	const char	*name;
	const char	*what;
	bool		 is_enabled;	/* it has to be, to be started */
	bool		 is_needed;	/* without it, mail is not signed */
	/* As systemctl(1) says. */
	char		 load[24], active[24], file[24], result[24];
	bool		 is_outdated;
	unsigned int	 nrestarts;
	int64_t		 started_ms;	/* of monotonic_ms(); 0: never */
};

static void
set_property(struct unit *unit, const char *name, const char *value)
{
	const struct {
		const char	*name;
		char		*value;
	} texts[] = {
		{ "LoadState",		unit->load },
		{ "ActiveState",	unit->active },
		{ "UnitFileState",	unit->file },
		{ "Result",		unit->result },
	};
	const char *error;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].name, name) == 0)
			(void)strlcpy(texts[i].value, value,
			    sizeof(unit->load));
	if (strcmp(name, "NeedDaemonReload") == 0)
		unit->is_outdated = strcmp(value, "yes") == 0;
	else if (strcmp(name, "NRestarts") == 0)
		unit->nrestarts = (unsigned int)strtonum(value, 0, 1000000,
		    &error);
	else if (strcmp(name, "ExecMainStartTimestampMonotonic") == 0)
		unit->started_ms = strtonum(value, 0, INT64_MAX, &error) / 1000;
}

/* Read "Name=value" lines, with an empty line between the units. */
static void
parse(char *text, struct unit *units, size_t n)
{
	char *line, *value;
	size_t i = 0;

	while ((line = strsep(&text, "\n")) != NULL && i < n)
		if (*line == '\0')
			i++;
		else if ((value = strchr(line, '=')) != NULL) {
			*value++ = '\0';
			set_property(&units[i], line, value);
		}
}

/* Ask systemd; false if it does not run here. */
static bool
ask_systemd(struct unit *units, size_t n)
{
	static const char properties[] = "LoadState,ActiveState,UnitFileState,"
	    "Result,NeedDaemonReload,NRestarts,ExecMainStartTimestampMonotonic";
	const char *argv[16] = { "systemctl", "show", "--no-pager", "-p",
	    properties };
	struct machine_output out;
	size_t i, argc = 5;
	bool runs;

	for (i = 0; i < n; i++)
		argv[argc++] = units[i].name;
	runs = machine_run(NULL, argv, LIMIT_MS, &out) == 0;
	if (runs)
		parse(out.text, units, n);
	machine_output_finish(&out);
	return runs;
}

/* Starting a service is no fix while the configuration has errors. */
static const char *
fix_start(const struct chain *chain, const struct unit *unit, char *fix,
    size_t size)
{
	const bool is_disabled = unit->is_enabled &&
	    strcmp(unit->file, "disabled") == 0;
	size_t len;

	if (chain->config == NULL)
		return NULL;
	/* Only this needs a reset; without a failure, it would fail itself. */
	fix[0] = '\0';
	if (strcmp(unit->result, "start-limit-hit") == 0)
		(void)snprintf(fix, size, "systemctl reset-failed %s\n",
		    unit->name);
	len = strlen(fix);
	(void)snprintf(fix + len, size - len, "systemctl %s %s", is_disabled ?
	    "enable --now" : "start", unit->name);
	return fix;
}

static void
check_running(const struct chain *chain, const struct unit *unit,
    struct findings *findings)
{
	char fix[CHAIN_FIX_SIZE];

	if (strcmp(unit->active, "active") == 0 ||
	    strcmp(unit->active, "reloading") == 0)
		findings_add(findings, "service-running", FINDING_WELL, AREA,
		    unit->name, NULL, "it is running");
	else if (strcmp(unit->active, "activating") == 0)
		findings_add(findings, "service-running", FINDING_UNKNOWN,
		    AREA, unit->name, NULL, "It is being started: try again in "
		    "some seconds.");
	else if (strcmp(unit->active, "failed") == 0)
		findings_add(findings, "service-running", FINDING_PROBLEM,
		    AREA, unit->name, fix_start(chain, unit, fix, sizeof(fix)),
		    "It has failed (%s), so %s. 'journalctl -u %s' says why.%s",
		    unit->result, unit->what, unit->name, chain->config ==
		    NULL ? " Correct the configuration first." : "");
	else
		findings_add(findings, "service-running", FINDING_PROBLEM,
		    AREA, unit->name, fix_start(chain, unit, fix, sizeof(fix)),
		    "It is not running, so %s.%s", unit->what, chain->config ==
		    NULL ? " Correct the configuration first." : "");
}

static void
check_enabled(const struct unit *unit, struct findings *findings)
{
	char fix[CHAIN_FIX_SIZE];

	/* What starts it enables it, too. */
	if (strcmp(unit->file, "disabled") == 0 &&
	    strcmp(unit->active, "active") != 0)
		return;
	if (strcmp(unit->file, "disabled") != 0) {
		findings_add(findings, "service-enabled", FINDING_WELL, AREA,
		    unit->name, NULL, "it is started at boot (%s)",
		    unit->file);
		return;
	}
	(void)snprintf(fix, sizeof(fix), "systemctl enable %s", unit->name);
	findings_add(findings, "service-enabled", FINDING_PROBLEM, AREA,
	    unit->name, fix, "It is not started at boot: after the next one, "
	    "%s.", unit->what);
}

/* What a unit that runs has been through. */
static void
check_history(const struct unit *unit, struct findings *findings)
{
	const bool is_recent = unit->started_ms != 0 &&
	    monotonic_ms() - unit->started_ms < RECENT_MS;
	char fix[CHAIN_FIX_SIZE];

	if (unit->is_outdated) {
		(void)snprintf(fix, sizeof(fix), "systemctl daemon-reload\n"
		    "systemctl try-restart %s", unit->name);
		findings_add(findings, "service-changed", FINDING_NOTE, AREA,
		    unit->name, fix, "The file of the unit was changed after "
		    "systemd had read it.");
	}
	if (unit->nrestarts > 0)
		findings_add(findings, "service-restarts", is_recent ?
		    FINDING_PROBLEM : FINDING_NOTE, AREA, unit->name, NULL,
		    "systemd had to start it again %u time%s, the last time "
		    "%s: 'journalctl -u %s' says why it ended.",
		    unit->nrestarts, unit->nrestarts == 1 ? "" : "s",
		    is_recent ? "within the last hour" : "more than an hour "
		    "ago", unit->name);
	else if (strcmp(unit->active, "active") == 0)
		findings_add(findings, "service-restarts", FINDING_WELL, AREA,
		    unit->name, NULL, "systemd never had to start it again");
}

static void
check_unit(struct chain *chain, const struct unit *unit,
    struct findings *findings)
{
	if (strcmp(unit->load, "masked") == 0) {
		findings_add(findings, "service-unit", FINDING_NOTE, AREA,
		    unit->name, NULL, "The unit is masked, so %s. 'systemctl "
		    "unmask %s' takes that back.", unit->what, unit->name);
		return;
	}
	if (strcmp(unit->load, "loaded") != 0) {
		if (unit->is_needed)
			findings_add(findings, "service-unit", FINDING_PROBLEM,
			    AREA, unit->name, NULL, "The unit is not "
			    "installed, so %s, unless something else than "
			    "systemd does it.", unit->what);
		return;
	}
	if (unit->is_enabled && !chain_needs_milter(chain) &&
	    strcmp(unit->active, "inactive") == 0)
		findings_add(findings, "service-running", FINDING_NOTE, AREA,
		    unit->name, NULL, "It is not running. 'countersign-doctor "
		    "setup' starts it when it adds a source.");
	else if (unit->is_enabled) {
		check_enabled(unit, findings);
		check_running(chain, unit, findings);
	} else if (strcmp(unit->active, "failed") == 0)
		check_running(chain, unit, findings);
	check_history(unit, findings);
}

/* The last run of the hourly rotation. */
static void
check_rotation(struct chain *chain, const struct unit *unit,
    struct findings *findings)
{
	char fix[CHAIN_FIX_SIZE];

	if (strcmp(unit->load, "loaded") != 0)
		return;
	if (strcmp(unit->active, "failed") == 0)
		findings_add(findings, "rotation-failed", FINDING_PROBLEM,
		    AREA, unit->name, fix_start(chain, unit, fix, sizeof(fix)),
		    "The last rotation of keys failed (%s). 'journalctl -u %s' "
		    "says why; the keys that there are keep signing. When the "
		    "cause is removed, run it again.", unit->result,
		    unit->name);
	else
		findings_add(findings, "rotation-failed", FINDING_WELL, AREA,
		    unit->name, NULL, "the last rotation of keys did not fail");
}

/* Whether the milter speaks to its own user. */
static void
check_answer(struct chain *chain, bool has_systemd, struct findings *findings)
{
	const struct config *config = chain->config;
	char fix[CHAIN_FIX_SIZE], why[256];
	const char *start = NULL;

	/* That it cannot be started, or does not run, was said before. */
	if (config == NULL || !chain->has_user || !chain_needs_milter(chain) ||
	    (has_systemd && !chain->has_milter_unit))
		return;
	if (milter_hello(config->socket, chain->is_root ? config->user : NULL,
	    LIMIT_MS, why, sizeof(why)) == 0) {
		findings_add(findings, "milter-answers", FINDING_WELL, AREA,
		    config->socket, NULL, "the milter answers");
		return;
	}
	if (!chain->is_root && strstr(why, strerror(EACCES)) != NULL) {
		findings_add(findings, "milter-answers", FINDING_UNKNOWN, AREA,
		    config->socket, NULL, "Only root and the users of the "
		    "socket can connect to it: run countersign-doctor as "
		    "root.");
		return;
	}
	/* With systemd, its unit is to be started, which was said before. */
	if (!has_systemd)
		start = chain_fix_word(fix, sizeof(fix),
		    "countersign-milter -c", chain->config_file);
	findings_add(findings, "milter-answers", FINDING_PROBLEM, AREA,
	    config->socket, start, "The milter does not answer: %s. While "
	    "this is so, the MTA defers mail or passes it unsigned.", why);
}

void
chain_services(struct chain *chain, struct findings *findings)
{
	struct unit units[] = {
		{ .name = MILTER, .is_enabled = true, .is_needed = true,
		    .what = "no mail is signed" },
		{ .name = SOCKET, .is_enabled = true,
		    .what = "no mail is signed" },
		{ .name = TIMER, .is_enabled = true, .is_needed = true,
		    .what = "keys are not rotated" },
		{ .name = SIGNER, .what = "no mail is signed" },
		{ .name = ROTATE },
	};
	const size_t n = sizeof(units) / sizeof(units[0]);
	bool has_systemd;
	size_t i;

	has_systemd = ask_systemd(units, n);
	chain->has_units = strcmp(units[0].load, "loaded") == 0;
	chain->has_milter_unit = strcmp(units[0].active, "active") == 0;
	chain->has_signer_unit = strcmp(units[3].active, "active") == 0;
	for (i = 0; has_systemd && i + 1 < n; i++)
		check_unit(chain, &units[i], findings);
	if (has_systemd)
		check_rotation(chain, &units[n - 1], findings);
	check_answer(chain, has_systemd && strcmp(units[0].load, "loaded") ==
	    0, findings);
}
