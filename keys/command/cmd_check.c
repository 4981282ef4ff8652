/* SPDX-License-Identifier: ISC */

/*
 * countersign-key check: print what DNS shows of the keys of the domains named,
 * or of all.
 *
 * With --wait, the check is repeated, each time without cached answers, until
 * every record that is to be published is seen, or the time is over (exit
 * status 3).  No lock is taken, and nothing is changed.  If a domain cannot be
 * read, that is reported, and the others are checked.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "command/check_print.h"
#include "command/domain_list.h"
#include "command/progress.h"
#include "command/tool.h"

#define PAUSE		5	/* seconds between two checks */
#define DEFAULT_TIME	3600	/* seconds for --wait */
#define LONGEST_TIME	(30 * 86400LL)

struct checking {
	const struct tool	*tool;
	struct rotation_run	 run;
	struct progress		 progress;
	size_t			 nprinted;
	char			 last[1200];	/* what was last printed */
};

/*
 * Show which records are still missing: in the progress line on a terminal,
 * otherwise as a line printed whenever this changes.
 */
static void
show_waiting(struct checking *checking, const struct domain_check *check)
{
	char text[sizeof(checking->last)];
	size_t i, n;

	text[0] = '\0';
	for (i = n = 0; i < check->nkeys; i++)
		if (check->keys[i].verdict == CHECK_NOT_YET && n++ == 0)
			(void)snprintf(text, sizeof(text), "%s: %s",
			    check->keys[i].key->selector,
			    check->keys[i].sight.summary);
	progress_show(&checking->progress, "%s: waiting for %zu of %zu "
	    "records  %.60s", check->domain, n, check->nkeys, text);
	if (checking->progress.is_shown ||
	    strcmp(text, checking->last) == 0)
		return;
	(void)strlcpy(checking->last, text, sizeof(checking->last));
	(void)fprintf(stderr, "%s: waiting for %zu of %zu records: %s\n",
	    check->domain, n, check->nkeys, text);
}

/* Returns an enum tool_exit. */
static int
check_domain(struct checking *checking, const char *domain, int64_t end_ms)
{
	const struct timespec pause = { .tv_sec = PAUSE };
	struct domain_check check;
	struct ks_error error;
	int status;

	for (;;) {
		if (domain_check_look(&check, &checking->run, domain,
		    true) != 0) {
			warnx("%s: out of memory", domain);
			domain_check_finish(&check);
			return TOOL_FAILED;
		}
		if (check.verdict != CHECK_NOT_YET ||
		    monotonic_ms() >= end_ms)
			break;
		show_waiting(checking, &check);
		domain_check_finish(&check);
		(void)nanosleep(&pause, NULL);
		if (rotation_run_forget(&checking->run, &error) != 0) {
			warnx("%s", error.text);
			return TOOL_FAILED;
		}
	}
	progress_clear(&checking->progress);
	if (checking->tool->json) {
		(void)printf("%s\n  ", checking->nprinted++ == 0 ? "" : ",");
		check_print_json(stdout, &check);
	} else {
		(void)printf("%s", checking->nprinted++ == 0 ? "" : "\n");
		check_print(stdout, &check);
	}
	status = check.verdict == CHECK_RIGHT ? TOOL_DONE :
	    check.verdict == CHECK_NOT_YET ? TOOL_NOT_YET : TOOL_FAILED;
	domain_check_finish(&check);
	return status;
}

/* Returns the worst exit status: failed, then not yet. */
static int
check_all(struct checking *checking, const struct domain_list *list,
    int64_t end_ms)
{
	int status, worst;
	size_t i;

	worst = TOOL_DONE;
	for (i = 0; i < list->n; i++) {
		progress_show(&checking->progress, "check: %zu of %zu "
		    "domains", i, list->n);
		status = check_domain(checking, list->names[i], end_ms);
		if (status == TOOL_FAILED || worst == TOOL_DONE)
			worst = status;
	}
	progress_clear(&checking->progress);
	return worst;
}

int
cmd_check(struct tool *tool, int argc, char **argv)
{
	struct checking checking = { .tool = tool };
	struct domain_list list;
	long long seconds;
	bool can_publish;
	int status;

	seconds = tool->waits ? DEFAULT_TIME : 0;
	if (tool->wait != NULL && !duration_parse(tool->wait, LONGEST_TIME,
	    &seconds)) {
		warnx("--wait=%s: give a duration such as 10m, 30d at most",
		    tool->wait);
		return TOOL_USAGE;
	}
	status = domain_list_init(&list, tool, argc, argv);
	if (status == TOOL_DONE) {
		if (!tool_run_init(tool, &checking.run))
			status = TOOL_FAILED;
		else {
			can_publish = tool_check_publish_all(&checking.run,
			    list.names, list.n);
			progress_begin(&checking.progress, !tool->json);
			(void)printf("%s", tool->json ? "[" : "");
			status = check_all(&checking, &list,
			    monotonic_ms() + seconds * 1000);
			(void)printf("%s", tool->json ? "\n]\n" : "");
			if (!can_publish)
				status = TOOL_FAILED;
		}
		rotation_run_finish(&checking.run);
	}
	domain_list_finish(&list);
	return status;
}
