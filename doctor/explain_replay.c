/* SPDX-License-Identifier: ISC */

/*
 * What someone who has a signed message can do with copies of it.
 *
 * A signature says nothing about the envelope, so a copy can be sent to anyone
 * until the signature expires; no header list prevents that.  But a field that
 * is not signed can be changed in the copy, and one that the message does not
 * have can be added to it unless h= names it (RFC 6376 sections 5.4 and 8.15).
 * Only fields that make copies more useful, or harder to recognise, are judged:
 * by the lists of the source, so that no key is needed.  Nothing can fail.
 */

#include "explain.h"

#include <stdio.h>
#include <string.h>

#include "text/text.h"

static const struct {
	const char	*name, *harm;
} judged[] = {
	{ "To",		"a copy can be addressed to anyone" },
	{ "Cc",		"a copy can name other recipients" },
	{ "Date",	"an old copy can look new" },
	{ "Subject",	"a copy can have another one" },
	{ "Reply-To",	"answers to a copy can be led elsewhere" },
	{ "Message-ID",	"receivers cannot recognise copies by it" },
};

_Static_assert(sizeof(judged) / sizeof(judged[0]) == EXPLAIN_MAX_OPEN,
    "each field that is judged may be open");

struct lists {
	struct text_list	 sign, oversign, guard;
};

static struct text_list
or_default(const struct text_list *list,
    const char *const *(*standard)(size_t *n))
{
	struct text_list all = *list;

	if (all.n == 0)
		all.texts = standard(&all.n);
	return all;
}

static bool
has(const struct text_list *list, const char *name)
{
	return text_is_listed(list->texts, list->n, name);
}

static bool
is_present(const struct explanation *x, const char *name)
{
	size_t i;

	for (i = 0; i < x->mail->nfields; i++)
		if (mailfield_is(&x->mail->fields[i], name, strlen(name)))
			return true;
	return false;
}

/* How a copy can differ in a field; NULL if it cannot. */
static const char *
find_opening(const struct lists *lists, const char *name, bool present)
{
	/* A field in oversign or guard is signed, too. */
	if (has(&lists->guard, name))
		return NULL;
	if (!present)
		return "can be added";
	if (has(&lists->oversign, name))
		return NULL;
	return has(&lists->sign, name) ? "can be added a second time" :
	    "is not signed";
}

bool
explain_replay(const struct explanation *x, struct replay_risk *risk)
{
	const struct source *source = message_decision(x->message)->source;
	const char *opening;
	struct lists lists;
	size_t i;

	memset(risk, 0, sizeof(*risk));
	if (x->fate.action != ACTION_SIGN || source == NULL)
		return false;
	lists.sign = or_default(&source->sign_headers, dkimsig_default_signed);
	lists.oversign = or_default(&source->oversign,
	    dkimsig_default_oversigned);
	lists.guard = or_default(&source->guard, dkimsig_default_guarded);
	risk->seconds = source->expire;
	risk->is_long = risk->seconds == 0 || risk->seconds > EXPLAIN_LONG_LIFE;
	for (i = 0; i < EXPLAIN_MAX_OPEN; i++) {
		opening = find_opening(&lists, judged[i].name,
		    is_present(x, judged[i].name));
		if (opening == NULL)
			continue;
		risk->open[risk->nopen].name = judged[i].name;
		risk->open[risk->nopen].opening = opening;
		risk->open[risk->nopen++].harm = judged[i].harm;
	}
	return true;
}
