/* SPDX-License-Identifier: ISC */

/*
 * countersign-doctor status: whether mail is being signed, what is not and why,
 * how long it takes, the keys, and what is wrong now.
 *
 * In a terminal, the picture is shown again and again; else once, or as JSON.
 * Numbers are read each time.  What asks other programs, which are the keys and
 * the areas of the chain that need neither DNS nor the MTA, is asked once a
 * minute.
 *
 * Shown once, the exit status is DOCTOR_NO if something is wrong or the milter
 * does not run, else DOCTOR_YES; in a terminal, it is DOCTOR_YES in the end.
 */

#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/memstream.h"
#include "base/privileges.h"
#include "base/terminal.h"
#include "chain/chain.h"
#include "config/action.h"
#include "doctor.h"
#include "machine/key_program.h"
#include "status/screen.h"
#include "status/status.h"
#include "status/table.h"

#define MILTER		"countersign-milter"
#define USUAL_EVERY	2	/* seconds */
#define MAX_EVERY	3600
#define WINDOW		60	/* seconds that "recent" spans */
#define ASK_MS		60000	/* between two rounds of slow questions */
#define LIST_LIMIT_MS	10000	/* for countersign-key list */
#define NSAMPLES	(WINDOW + 1)

enum { OPTION_EVERY = OPTION_OWN, OPTION_ONCE, OPTION_PID };

static const struct option options[] = {
	{ "config",	required_argument,	NULL, OPTION_CONFIG },
	{ "every",	required_argument,	NULL, OPTION_EVERY },
	{ "json",	optional_argument,	NULL, OPTION_JSON },
	{ "no-color",	no_argument,		NULL, OPTION_NO_COLOR },
	{ "once",	no_argument,		NULL, OPTION_ONCE },
	{ "pid",	required_argument,	NULL, OPTION_PID },
	{ NULL,		0,			NULL, 0 }
};

struct watch {
	const char	*config_file;
	unsigned int	 every;		/* seconds */
	bool		 is_once;
	pid_t		 pid;		/* --pid; or 0 */

	struct chain	 chain;
	struct findings	 findings;
	struct status_keys keys;
	struct troubles	 troubles;
	int64_t		 asked_ms;	/* 0: not yet */

	/* The newest last; they are of one table. */
	struct numbers	 samples[NSAMPLES];
	int64_t		 taken_ms[NSAMPLES];
	size_t		 nsamples;
	struct numbers	 recent, total;	/* sorted */
	struct status	 status;
	char		 host[HOST_NAME_MAX + 1];
};

static bool
read_options(struct doctor *doctor, struct watch *watch, int argc, char **argv)
{
	const char *fault = NULL;
	long long every = USUAL_EVERY;
	int option;

	while ((option = doctor_next_option(doctor, &command_status, argc,
	    argv)) != -1) {
		if (option == OPTION_ONCE)
			watch->is_once = true;
		if (option == OPTION_PID)
			watch->pid = (pid_t)strtonum(optarg, 1, INT_MAX,
			    &fault);
		if (fault != NULL) {
			warnx("--pid %s: %s: give the process id of the "
			    "master", optarg, fault);
			return false;
		}
		if (option == OPTION_EVERY && (!duration_parse(optarg,
		    MAX_EVERY, &every) || every == 0)) {
			warnx("--every %s: not a span of time up to 1h: use "
			    "2s or 1m", optarg);
			return false;
		}
	}
	if (optind < argc) {
		warnx("status: too many operands");
		return false;
	}
	watch->every = (unsigned int)every;
	return true;
}

/* -- What other programs say --------------------------------------------- */

static void
ask_keys(struct watch *watch)
{
	static const char *const arguments[] = { "list", NULL };
	const struct config *config = watch->chain.config;
	struct key_program program = { .config_file = watch->config_file,
	    .programs = watch->chain.programs };
	struct status *status = &watch->status;
	struct machine_output out;
	char why[MACHINE_WHY_SIZE];

	status->keys = NULL;
	status->keys_why[0] = '\0';
	if (config == NULL) {
		(void)strlcpy(status->keys_why, "the configuration cannot be "
		    "used", sizeof(status->keys_why));
		return;
	}
	program.keys_user = config->keys_user;
	program.user = config->user;
	key_program_ask(&program, arguments, LIST_LIMIT_MS, &out);
	if (out.text != NULL && !out.cut && status_keys_read(&watch->keys,
	    out.text, out.len))
		status->keys = &watch->keys;
	if (out.cut)
		(void)strlcpy(status->keys_why, "too many for this page: "
		    "'countersign-key list' has all",
		    sizeof(status->keys_why));
	else if (status->keys == NULL || !machine_is_done(&out))
		(void)strlcpy(status->keys_why, machine_why(KEY_PROGRAM, &out,
		    why, sizeof(why)), sizeof(status->keys_why));
	machine_output_finish(&out);
}

static void
ask(struct watch *watch, int64_t now_ms)
{
	struct chain *chain = &watch->chain;

	if (watch->asked_ms != 0 && now_ms - watch->asked_ms < ASK_MS)
		return;
	watch->asked_ms = now_ms;
	findings_finish(&watch->findings);
	chain_finish(chain);
	chain->now = watch->status.now;
	chain_config(chain, &watch->findings);
	chain_keydir(chain, &watch->findings);
	chain_keyless(chain, &watch->findings);
	chain_keys(chain, &watch->findings);
	chain_services(chain, &watch->findings);
	chain_storage(chain, &watch->findings);
	chain_clock(chain, &watch->findings);
	ask_keys(watch);
}

/* -- Numbers ------------------------------------------------------------- */

static void
forget(struct watch *watch, size_t n)
{
	watch->nsamples -= n;
	memmove(watch->samples, watch->samples + n,
	    watch->nsamples * sizeof(*watch->samples));
	memmove(watch->taken_ms, watch->taken_ms + n,
	    watch->nsamples * sizeof(*watch->taken_ms));
}

static void
add_to_curve(struct status *status, double rate)
{
	if (status->ncurve == STATUS_SAMPLES)
		memmove(status->curve, status->curve + 1,
		    --status->ncurve * sizeof(*status->curve));
	status->curve[status->ncurve++] = rate;
}

/* What was added since the last sample, and since the first one. */
static void
compare(struct watch *watch)
{
	struct status *status = &watch->status;
	const size_t last = watch->nsamples - 1;
	int64_t ms;

	status->recent = NULL;
	if (last == 0)
		return;
	if (!numbers_since(&watch->recent, &watch->samples[last - 1],
	    &watch->samples[last])) {
		/* Of another service. */
		forget(watch, last);
		status->ncurve = 0;
		return;
	}
	ms = watch->taken_ms[last] - watch->taken_ms[last - 1];
	add_to_curve(status, ms <= 0 ? 0 :
	    (double)watch->recent.done[ACTION_SIGN] * 1000 / (double)ms);
	(void)numbers_since(&watch->recent, &watch->samples[0],
	    &watch->samples[last]);
	numbers_sort(&watch->recent);
	ms = watch->taken_ms[last] - watch->taken_ms[0];
	status->seconds = ms < 1500 ? 1 : (unsigned int)((ms + 500) / 1000);
	status->recent = &watch->recent;
}

static void
take_sample(struct watch *watch, int64_t now_ms)
{
	struct status *status = &watch->status;
	const struct config *config = watch->chain.config;
	char program[PATH_MAX + sizeof("/" MILTER)];
	struct table table;

	status->total = status->recent = NULL;
	status->pid = 0;
	status->choices.n = 0;
	(void)snprintf(program, sizeof(program), "%s/" MILTER,
	    watch->chain.programs);
	if (!table_open(&table, program, config != NULL ? config->user : NULL,
	    watch->pid, status->why, sizeof(status->why))) {
		watch->nsamples = 0;
		status->choices = table.choices;
		return;
	}
	while (watch->nsamples > 0 && (watch->nsamples == NSAMPLES ||
	    now_ms - watch->taken_ms[0] > WINDOW * 1000 + 500) &&
	    (watch->nsamples > 1 || watch->every < WINDOW))
		forget(watch, 1);
	numbers_read(&watch->samples[watch->nsamples], table.meters,
	    table.made);
	watch->taken_ms[watch->nsamples++] = now_ms;
	status->pid = table.pid;
	table_close(&table);
	compare(watch);
	watch->total = watch->samples[watch->nsamples - 1];
	numbers_sort(&watch->total);
	status->total = &watch->total;
}

static void
look(struct watch *watch)
{
	struct status *status = &watch->status;
	const int64_t now_ms = monotonic_ms();

	status->now = time(NULL);
	ask(watch, now_ms);
	take_sample(watch, monotonic_ms());
	watch->troubles.n = 0;
	if (status->total != NULL)
		troubles_find(&watch->troubles, status->total,
		    status->recent);
}

/* -- Showing ------------------------------------------------------------- */

static int
show_once(struct watch *watch, const struct doctor *doctor)
{
	struct status_style style = { .colours = doctor->colours };

	look(watch);
	style.columns = terminal_columns();
	style.is_utf8 = style.columns > 0 && screen_is_utf8();
	if (style.columns == 0)
		style.columns = TERMINAL_COLUMNS;
	if (doctor->json)
		status_print_json(stdout, &watch->status);
	else
		status_print_text(stdout, &watch->status, &style);
	return status_is_wrong(&watch->status) ? DOCTOR_NO : DOCTOR_YES;
}

static bool
draw(struct watch *watch, const struct status_style *style)
{
	char *text = NULL;
	size_t size;
	FILE *fp;

	if ((fp = memstream_open(&text, &size)) == NULL)
		return false;
	status_print_text(fp, &watch->status, style);
	if (!memstream_close(fp, &text))
		return false;
	screen_show(text);
	free(text);
	return true;
}

static int
show_again(struct watch *watch, const struct doctor *doctor)
{
	struct status_style style = { .colours = doctor->colours,
	    .is_screen = true, .every = watch->every };
	enum screen_event event = SCREEN_DUE;
	struct screen_size size;
	bool is_drawn = true;

	style.is_utf8 = screen_is_utf8();
	/* This takes a moment, in which the screen would be empty. */
	look(watch);
	screen_begin();
	while (is_drawn && event != SCREEN_QUIT) {
		size = screen_size();
		style.columns = size.columns;
		style.rows = size.rows;
		is_drawn = draw(watch, &style);
		event = screen_wait(watch->every * 1000);
		if (event == SCREEN_AGAIN)
			watch->asked_ms = 0;
		if (event == SCREEN_AGAIN || event == SCREEN_DUE)
			look(watch);
	}
	screen_end();
	if (!is_drawn)
		warnx("out of memory");
	return is_drawn ? DOCTOR_YES : DOCTOR_NO;
}

static int
run(struct doctor *doctor, int argc, char **argv)
{
	struct watch *watch;
	int status = DOCTOR_USAGE;

	if ((watch = calloc(1, sizeof(*watch))) == NULL) {
		warnx("out of memory");
		return DOCTOR_NO;
	}
	if (read_options(doctor, watch, argc, argv) &&
	    !doctor_find_programs(watch->chain.programs))
		status = DOCTOR_NO;
	else if (watch->every > 0) {
		watch->config_file = doctor->config != NULL ? doctor->config :
		    CONFIG_DEFAULT_FILE;
		watch->chain.config_file = watch->config_file;
		watch->chain.is_root = privileges_are_root();
		watch->status.host = watch->host;
		watch->status.findings = &watch->findings;
		watch->status.troubles = &watch->troubles;
		(void)gethostname(watch->host, sizeof(watch->host) - 1);
		status = watch->is_once || doctor->json || !screen_can() ?
		    show_once(watch, doctor) : show_again(watch, doctor);
	}
	findings_finish(&watch->findings);
	chain_finish(&watch->chain);
	free(watch);
	return status;
}

const struct command command_status = {
	.name = "status",
	.synopsis = "status [-c FILE] [--every TIME] [--json] [--no-color] "
	    "[--once] [--pid PID]",
	.options = options,
	.run = run,
};
