/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a log, as a file and as output of journalctl.  The texts of a
 * decision lie in its buffer, and a copy has the same ones.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "journal/entry.h"
#include "journal/lines.h"

#define NOW	INT64_C(1795752000)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct logged_decision found, copy;

static void
check_text(const char *text, const char *copied)
{
	if ((text == NULL) != (copied == NULL))
		abort();
	if (text == NULL)
		return;
	if (text < found.text || text >= found.text + found.used ||
	    copied < copy.text || copied >= copy.text + copy.used ||
	    strcmp(text, copied) != 0)
		abort();
}

static void
check_list(const struct logged_list *list, const struct logged_list *copied)
{
	size_t i;

	if (list->n != copied->n || list->n > DECISION_MAX_LIST)
		abort();
	for (i = 0; i < list->n; i++)
		check_text(list->texts[i], copied->texts[i]);
}

static void
check(void)
{
	if (found.qid == NULL || found.action == NULL)
		abort();
	decision_copy(&copy, &found);
	check_text(found.qid, copy.qid);
	check_text(found.action, copy.action);
	check_text(found.client, copy.client);
	check_text(found.author, copy.author);
	check_text(found.source, copy.source);
	check_text(found.reason, copy.reason);
	check_list(&found.authors, &copy.authors);
	check_list(&found.factors, &copy.factors);
	check_list(&found.mentioned, &copy.mentioned);
}

static void
take(void *arg, const char *line, size_t len)
{
	(void)arg;
	if (entry_read_line(&found, line, len, NOW))
		check();
	if (entry_read_json(&found, line, len, NOW))
		check();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct lines lines;
	const char *text = (const char *)data;
	size_t half = len / 2;

	lines_begin(&lines, take, NULL);
	lines_add(&lines, text, half);
	lines_add(&lines, text + half, len - half);
	lines_end(&lines);
	return 0;
}
