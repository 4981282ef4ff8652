/* SPDX-License-Identifier: ISC */

/*
 * countersign-key check: print what DNS shows of the keys of the domains named,
 * or of all.
 *
 * What needs a person is printed as soon as it is found.  The rest comes after
 * it, and is kept in temporary files until then, so the memory used does not
 * depend on the number of domains.  With --problems it is only counted.
 *
 * With --wait, the check is repeated, each time without cached answers, until
 * every record that is to be published is seen, the time is over, or only a
 * change of the configuration would help (exit status 3).  No lock is taken,
 * and nothing is changed.  If a domain cannot be read, that is reported, and
 * the others are checked.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/terminal.h"
#include "command/check_print.h"
#include "command/domain_list.h"
#include "command/progress.h"
#include "command/tool.h"

#define PAUSE		5	/* seconds between two checks */
#define DEFAULT_TIME	3600	/* seconds for --wait */
#define LONGEST_TIME	(30 * 86400LL)
/* Domains after which what was learned about their zones is forgotten. */
#define MEMORABLE	256

struct checking {
	const struct tool	*tool;
	struct rotation_run	 run;
	struct progress		 progress;
	struct check_style	 style;
	bool			 sorts;		/* several domains, as text */
	/* What is printed at the end, by need; NULL: at once. */
	FILE			*later[CHECK_NEEDS_PERSON];
	size_t			 nprinted;
	size_t			 count[CHECK_NEEDS_PERSON + 1];	/* domains */
	size_t			 nwarned;	/* of those not printed */
	char			 last[2800];	/* what was last printed */
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
			(void)snprintf(text, sizeof(text), "%s: %s: %s",
			    check->keys[i].key->selector, check->keys[i].text,
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

static bool
has_warning(const struct domain_check *check)
{
	size_t i;

	for (i = 0; check->advice != NULL && i < check->advice->nnotes; i++)
		if (check->advice->notes[i].severity == ADVICE_WARNING)
			return true;
	return false;
}

/* Where a domain is printed: at once, or after what needs doing. */
static FILE *
stream_for(struct checking *checking, enum check_need need)
{
	if (!checking->sorts || need == CHECK_NEEDS_PERSON)
		return stdout;
	if (checking->later[need] == NULL)
		checking->later[need] = tmpfile();
	/* Another order is better than no output. */
	return checking->later[need] == NULL ? stdout : checking->later[need];
}

static void
print(struct checking *checking, const struct domain_check *check)
{
	const bool is_hidden = checking->style.only_problems &&
	    check->need != CHECK_NEEDS_PERSON;
	FILE *fp;

	checking->count[check->need]++;
	if (is_hidden) {
		checking->nwarned += has_warning(check);
		return;
	}
	progress_clear(&checking->progress);
	if (checking->tool->json) {
		(void)printf("%s\n  ", checking->nprinted++ == 0 ? "" : ",");
		check_print_json(stdout, check, checking->style.only_problems);
		return;
	}
	fp = stream_for(checking, check->need);
	/* Before what is kept there is always something, or it is the first. */
	(void)fprintf(fp, "%s", checking->nprinted++ == 0 || (fp != stdout &&
	    ftell(fp) == 0) ? "" : "\n");
	check_print(fp, check, &checking->style);
}

/* Print what was kept.  Returns false if it cannot be read back. */
static bool
print_kept(struct checking *checking, enum check_need need)
{
	FILE *fp = checking->later[need];
	char text[4096];
	bool done;
	size_t n;

	if (fp == NULL)
		return true;
	done = fflush(fp) == 0 && !ferror(fp) && fseek(fp, 0, SEEK_SET) == 0;
	if (checking->count[CHECK_NEEDS_PERSON] > 0 ||
	    (need == CHECK_NEEDS_NOBODY &&
	    checking->later[CHECK_WAITS] != NULL))
		(void)putchar('\n');
	while ((n = fread(text, 1, sizeof(text), fp)) > 0)
		(void)fwrite(text, 1, n, stdout);
	done = done && !ferror(fp);
	(void)fclose(fp);
	if (!done)
		warn("a temporary file of the check");
	return done;
}

static void
print_counts(const struct checking *checking, size_t ndomains)
{
	const size_t *count = checking->count;
	char text[160];

	(void)printf("%s%zu of %zu domain%s need%s you; %zu wait%s; %zu %s in "
	    "order\n", checking->nprinted > 0 ? "\n" : "",
	    count[CHECK_NEEDS_PERSON], ndomains, ndomains == 1 ? "" : "s",
	    count[CHECK_NEEDS_PERSON] == 1 || ndomains == 1 ? "s" : "",
	    count[CHECK_WAITS], count[CHECK_WAITS] == 1 ? "s" : "",
	    count[CHECK_NEEDS_NOBODY], count[CHECK_NEEDS_NOBODY] == 1 ? "is" :
	    "are");
	if (checking->nwarned == 0)
		return;
	(void)snprintf(text, sizeof(text), "%zu other%s %s warnings, which "
	    "'countersign-key check' prints without --problems",
	    checking->nwarned, checking->nwarned == 1 ? "" : "s",
	    checking->nwarned == 1 ? "has" : "have");
	terminal_print(text, 0, checking->style.columns);
}

static int
status_of(const struct checking *checking, const struct domain_check *check)
{
	if (checking->style.only_problems && check->need != CHECK_NEEDS_PERSON)
		return TOOL_DONE;
	if (check->verdict == CHECK_WRONG)
		return TOOL_FAILED;
	return check->verdict == CHECK_NOT_YET ||
	    checking->style.only_problems ? TOOL_NOT_YET : TOOL_DONE;
}

/* Whether only a change of the configuration, which is read once, helps. */
static bool
waits_in_vain(const struct domain_check *check)
{
	size_t i;

	for (i = 0; i < check->nkeys; i++)
		if (check->keys[i].verdict == CHECK_NOT_YET &&
		    check->keys[i].sight.view == LIFECYCLE_RIGHT &&
		    check->keys[i].outside == LIFECYCLE_OUTSIDE_UNSEEABLE)
			return true;
	return false;
}

/* Returns an enum tool_exit. */
static int
check_domain(struct checking *checking, const char *domain, int64_t end_ms)
{
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
		    monotonic_ms() >= end_ms || waits_in_vain(&check))
			break;
		show_waiting(checking, &check);
		domain_check_finish(&check);
		sleep_ms(PAUSE * 1000);
		if (rotation_run_forget(&checking->run, &error) != 0) {
			warnx("%s", error.text);
			return TOOL_FAILED;
		}
	}
	print(checking, &check);
	status = status_of(checking, &check);
	domain_check_finish(&check);
	return status;
}

/* Returns the worst exit status: failed, then not yet. */
static int
check_all(struct checking *checking, const struct domain_list *list,
    int64_t end_ms)
{
	struct ks_error error;
	int status, worst;
	size_t i;

	worst = TOOL_DONE;
	for (i = 0; i < list->n; i++) {
		progress_show(&checking->progress, "check: %zu of %zu "
		    "domains", i, list->n);
		if (i > 0 && i % MEMORABLE == 0 && rotation_run_forget(
		    &checking->run, &error) != 0) {
			warnx("%s", error.text);
			return TOOL_FAILED;
		}
		status = check_domain(checking, list->names[i], end_ms);
		if (status == TOOL_FAILED || worst == TOOL_DONE)
			worst = status;
	}
	progress_clear(&checking->progress);
	if (!print_kept(checking, CHECK_WAITS))
		worst = TOOL_FAILED;
	if (!print_kept(checking, CHECK_NEEDS_NOBODY))
		worst = TOOL_FAILED;
	if (!checking->tool->json && (list->n > 1 ||
	    checking->style.only_problems))
		print_counts(checking, list->n);
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
	checking.sorts = list.n > 1 && !tool->json && !tool->problems;
	checking.style.only_problems = tool->problems;
	checking.style.columns = terminal_columns();
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
