/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: what postmap(1) says about header fields that are signed.  Each
 * line of the input is the answer to one query, after "0" if the table has the
 * key, and after another octet if not; then no table has anything.
 *
 * A service is a problem exactly if an answer changes a field, and our own
 * field is if an answer does more than note it.  Whatever postmap prints, the
 * findings are readable.
 */

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/postfix_area.h"
#include "config/private.h"
#include "findingchecks.h"
#include "machine/run.h"

#define MAX_LENGTH	4096	/* octets of input */
#define OURS		"DKIM-Signature:"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int	__wrap_machine_run(const char *user, const char *const argv[],
	    unsigned int limit_ms, struct machine_output *out);

static const char settings[] =
    "source \"login\" {\n"
    "	login = \"crm\"\n"
    "	domains = \"*.example.com\"\n"
    "}\n";
static const char parameters[] =
    "milter_header_checks = regexp:/etc/postfix/ours\n"
    "queue_directory = /var/spool/postfix\n"
    "smtp_header_checks = regexp:/etc/postfix/a, pcre:/etc/postfix/b\n";
static const char services[] =
    "smtp       unix  -       -       y       -       -       smtp\n";

static struct {
	char	*next;			/* answer */
	bool	 changes, is_ours;	/* what the answers do so far */
} postmap;

/* Whether an answer begins with one of these words. */
static bool
begins(const char *answer, const char *const *words, bool is_whole)
{
	size_t i, len;

	for (; *words != NULL; words++) {
		len = strlen(*words);
		for (i = 0; i < len && toupper((unsigned char)answer[i]) ==
		    (*words)[i]; i++)
			;
		if (i == len && !(is_whole &&
		    isalpha((unsigned char)answer[len])))
			return true;
	}
	return false;
}

static void
note(const char *key, const char *answer)
{
	static const char *const changes[] = {
		"IGNORE", "REPLACE", "STRIP", NULL
	};
	static const char *const harmless[] = {
		"DUNNO", "INFO", "WARN", NULL
	};

	if (strncmp(key, OURS, strlen(OURS)) == 0)
		postmap.is_ours = !begins(answer, harmless, false);
	else if (postmap.changes)
		abort();	/* it has been found before */
	else
		postmap.changes = begins(answer, changes, true);
}

int
__wrap_machine_run(const char *user, const char *const argv[],
    unsigned int limit_ms, struct machine_output *out)
{
	char *answer = postmap.next;

	if (user != NULL || limit_ms == 0 || strcmp(argv[0], "postmap") != 0 ||
	    strcmp(argv[1], "-q") != 0 || argv[4] != NULL ||
	    strchr(argv[2], '*') != NULL ||
	    strncmp(strchr(argv[3], ':'), ":/etc/postfix/", 14) != 0)
		abort();
	memset(out, 0, sizeof(*out));
	out->end = PROGRAM_EXITED;
	if (answer != NULL && (postmap.next = strchr(answer, '\n')) != NULL)
		*postmap.next++ = '\0';
	out->code = answer != NULL && answer[0] == '0' ? 0 : 1;
	if (asprintf(&out->text, "%s\n", answer != NULL && answer[0] != '\0' ?
	    answer + 1 : "") == -1)
		abort();
	out->len = strlen(out->text);
	if (out->code == 0)
		note(argv[2], answer + 1);
	return out->code == 0 ? 0 : -1;
}

static bool
is_problem(const struct findings *findings, const char *id)
{
	bool is_found = false, is_problem = false;
	size_t i;

	for (i = 0; i < findings->n; i++) {
		if (strcmp(findings->list[i].id, id) != 0)
			continue;
		if (is_found)
			abort();
		is_found = true;
		is_problem = findings->list[i].state == FINDING_PROBLEM;
	}
	if (!is_found)
		abort();
	return is_problem;
}

static void
examine(struct config *config)
{
	static const char *const none[] = { NULL };
	const struct chain chain = { .config_file = "f", .config = config };
	struct findings findings = { .n = 0 };
	struct pf pf = { .chain = &chain, .findings = &findings };
	char error[256];

	pf.postfix = postfix_read(parameters, "", services, "", error,
	    sizeof(error));
	if (pf.postfix == NULL)
		abort();
	pf_check_rewriting(&pf);
	if (is_problem(&findings, "delivery-header-checks") !=
	    postmap.changes || is_problem(&findings,
	    "milter-header-checks") != postmap.is_ours)
		abort();
	check_findings(&findings, none, "");
	findings_finish(&findings);
	/* It is const only for the checks. */
	postfix_free((struct postfix *)(uintptr_t)pf.postfix);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct config *config;
	size_t nfaults;
	char *text;

	if (len > MAX_LENGTH)
		return 0;
	if (config == NULL && (config = config_load_text("f", settings,
	    strlen(settings), stderr, &nfaults)) == NULL)
		abort();
	if ((text = strndup((const char *)data, len)) == NULL)
		abort();
	memset(&postmap, 0, sizeof(postmap));
	postmap.next = text;
	examine(config);
	free(text);
	return 0;
}
