/* SPDX-License-Identifier: ISC */

/*
 * Saving and recalling the troubles of a domain: see troubles.h.
 *
 * A trouble is the same as before if its kind and its selector are the same;
 * its text may change, for example with the servers that do not answer.  Fails
 * as the store does, or if memory is short.
 */

#include "rotate/troubles.h"

#include <string.h>

#include "life/key_phase.h"
#include "store/trouble_file.h"

static bool
is_trouble(const struct report_line *line)
{
	return line->trouble != TROUBLE_NONE;
}

static int64_t
since_of(const struct ks_troubles *before, const struct report_line *line,
    int64_t now)
{
	const struct ks_trouble *trouble;

	trouble = ks_troubles_find(before, trouble_word(line->trouble),
	    line->selector);
	/* A clock that was ahead is no reason to hide a trouble. */
	return trouble == NULL || trouble->since > now ? now :
	    trouble->since;
}

static int
out_of_memory(struct ks_error *error)
{
	(void)strlcpy(error->text, "out of memory", sizeof(error->text));
	return KS_E_NOMEM;
}

int
domain_troubles_save(struct keystore *ks, struct ks_lock *lock,
    const struct domain_report *report, int64_t now, struct ks_error *error)
{
	struct ks_troubles before, after;
	const struct report_line *line;
	size_t i;
	int r;

	memset(&after, 0, sizeof(after));
	r = ks_troubles_read(ks, report->domain, &before, error);
	/* A damaged file is replaced. */
	if (r != 0 && r != KS_E_DAMAGED)
		return r;
	for (i = 0, r = 0; i < report->nlines && r == 0; i++) {
		line = &report->lines[i];
		if (!is_trouble(line))
			continue;
		r = ks_troubles_add(&after, since_of(&before, line, now),
		    line->kind == REPORT_TODO, trouble_word(line->trouble),
		    line->selector, line->text);
	}
	r = r != 0 ? out_of_memory(error) :
	    ks_troubles_write(lock, &after, error);
	ks_troubles_finish(&before);
	ks_troubles_finish(&after);
	return r;
}

/* Whether a saved trouble is about something that still exists. */
static bool
still_concerns(const struct domain_view *view, const struct ks_trouble *saved,
    int64_t now)
{
	const struct ks_key *key;

	if (strcmp(saved->selector, "-") == 0)
		return true;
	/* No key may be in the slot yet. */
	if (trouble_find(saved->word) == TROUBLE_CNAME)
		return domain_view_wants_alias(view, saved->selector, now);
	key = ks_state_find(&view->state, saved->selector);
	return key != NULL && key_phase(key, now) != KEY_REMOVED;
}

static bool
has_line(const struct domain_report *report, enum trouble trouble,
    const char *selector)
{
	size_t i;

	for (i = 0; i < report->nlines; i++)
		if (report->lines[i].trouble == trouble &&
		    strcmp(report->lines[i].selector, selector) == 0)
			return true;
	return false;
}

int
domain_troubles_recall(const struct domain_view *view,
    struct domain_report *report, int64_t now, struct ks_error *error)
{
	const struct ks_trouble *saved;
	struct ks_troubles before;
	enum trouble trouble;
	size_t i;
	int r;

	r = ks_troubles_read(view->run->ks, view->state.domain, &before,
	    error);
	if (r != 0)
		return r;
	for (i = 0; i < before.n; i++) {
		saved = &before.list[i];
		trouble = trouble_find(saved->word);
		if (trouble == TROUBLE_NONE || trouble_is_local(trouble) ||
		    !still_concerns(view, saved, now) ||
		    has_line(report, trouble, saved->selector))
			continue;
		domain_report_trouble(report, saved->needs_person ?
		    REPORT_TODO : REPORT_FAIL, saved->selector, trouble, "%s",
		    saved->text);
	}
	for (i = 0; i < report->nlines; i++)
		if (is_trouble(&report->lines[i]))
			report->lines[i].since = since_of(&before,
			    &report->lines[i], now);
	ks_troubles_finish(&before);
	return 0;
}
