/* SPDX-License-Identifier: ISC */

/*
 * What the keys of a domain lack, stream by stream: one that signs, one in
 * reserve, or a source that names the stream.  A part of the outlook.
 *
 * A line for which there is no memory is still counted.
 */

#include "rotate/lacking.h"

#include <stdio.h>

#include "life/private.h"

struct lacking {
	const struct domain_view	*view;
	struct domain_report		*report;
	int64_t				 now;
};

/* Whether a key of the line could be verified if it had its CNAME. */
static bool
waits_for_alias(const struct lacking *lacking,
    const struct lifecycle_line *line)
{
	size_t i;

	for (i = 0; i < lacking->view->state.nkeys; i++)
		if (lifecycle_line_has(line, &lacking->view->state.keys[i]) &&
		    lifecycle_is_candidate(&lacking->view->state.keys[i],
		    lacking->now) &&
		    lifecycle_lacks_alias(&lacking->view->facts[i]))
			return true;
	return false;
}

/* Whether a key of the line has signed. */
static bool
has_signed(const struct lacking *lacking, const struct lifecycle_line *line)
{
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < lacking->view->state.nkeys; i++) {
		key = &lacking->view->state.keys[i];
		if (lifecycle_line_has(line, key) &&
		    lifecycle_is_past(key->active_from, lacking->now))
			return true;
	}
	return false;
}

/*
 * Whether a dry run has announced a key of the line, after which nothing would
 * be reported yet: the line is new, or only its reserve is missing.
 */
static bool
is_announced(const struct lacking *lacking, const struct lifecycle_line *line,
    enum trouble trouble)
{
	return lacking->view->run->dry_run &&
	    !lifecycle_can_make(&lacking->view->policy, line) &&
	    (trouble != TROUBLE_NOT_SIGNED || !has_signed(lacking, line));
}

/* A line without a key that signs, or without one in reserve. */
static void
say_line(const struct lacking *lacking,
    const struct lifecycle_line *line)
{
	const struct domain_view *view = lacking->view;
	const char *name = dkimsig_algorithm_name(line->algorithm);
	const enum report_kind kind = view->policy.by_hand ||
	    waits_for_alias(lacking, line) ? REPORT_TODO : REPORT_FAIL;
	const enum trouble trouble = trouble_of_line(&view->state,
	    &view->policy, line, lacking->now);
	char stream[KS_STREAM_SIZE + 16] = "";

	/* Nothing is in reserve in a stream that is to be removed. */
	if (is_announced(lacking, line, trouble) ||
	    (trouble == TROUBLE_NO_RESERVE && !lifecycle_wants_stream(
	    &view->state, &view->policy, line->stream)))
		return;
	if (line->stream != NULL)
		(void)snprintf(stream, sizeof(stream), " of stream %s",
		    line->stream);
	if (trouble == TROUBLE_NOT_SIGNED && line->stream != NULL &&
	    ks_state_is_ending(&view->state, line->stream))
		domain_report_trouble(lacking->report, REPORT_TODO, "-",
		    trouble, "a source signs with stream %s, which is to be "
		    "removed: keep it with '%s domain keep %s --stream %s', "
		    "or remove it from the sources", line->stream,
		    ks_command(view->run->ks), view->state.domain,
		    line->stream);
	else if (trouble == TROUBLE_NOT_SIGNED)
		domain_report_trouble(lacking->report, kind, "-", trouble,
		    "no %s key%s signs, so mail of %s%s is not signed", name,
		    stream, view->state.domain, line->stream == NULL ? "" :
		    " from the sources that name it");
	else if (trouble == TROUBLE_NO_RESERVE)
		domain_report_trouble(lacking->report, kind, "-", trouble,
		    "no verified %s key%s %s", name, stream,
		    lifecycle_count(&view->state, line,
		    lacking->now).nactive > 0 ? "is in reserve" : "signs");
}

/* A stream whose keys sign nothing, because no source names it. */
static void
say_unnamed(const struct lacking *lacking, const char *stream)
{
	const struct domain_view *view = lacking->view;

	if (view->policy.is_leaving || stream == NULL ||
	    lifecycle_names_stream(&view->policy, stream) ||
	    !lifecycle_wants_stream(&view->state, &view->policy, stream))
		return;
	domain_report_trouble(lacking->report, REPORT_TODO, "-",
	    TROUBLE_STREAM, "no source of %s signs with stream %s any more, "
	    "and its keys are still kept: if it is not needed, remove it with "
	    "'%s domain remove %s --stream %s'", view->state.domain, stream,
	    ks_command(view->run->ks), view->state.domain, stream);
}

/* A stream that is to be removed: when that is done. */
static void
say_ending(const struct lacking *lacking, const char *stream)
{
	const struct domain_view *view = lacking->view;
	int64_t when = lacking->now;
	size_t i;

	if (stream == NULL || view->policy.is_leaving ||
	    !ks_state_is_ending(&view->state, stream))
		return;
	for (i = 0; i < view->state.nkeys; i++)
		if (ks_key_is_of(&view->state.keys[i], stream))
			when = lifecycle_later(when, lifecycle_gone_time(
			    &view->state.keys[i], &view->facts[i],
			    &view->policy, lacking->now));
	domain_report_add(lacking->report, REPORT_WAIT, "-",
	    LIFECYCLE_DESTROY, when, "stream %s is to be removed: "
	    "'%s rotate' revokes and removes its records%s", stream,
	    ks_command(view->run->ks), view->policy.by_hand ?
	    ", provided that you change the records when it says so" : "");
}

void
domain_lacking(const struct domain_view *view, struct domain_report *report,
    int64_t now)
{
	const struct lacking lacking = { view, report, now };
	struct lifecycle_line line = { .stream = NULL };
	size_t i;

	do {
		for (i = 0; i < LIFECYCLE_NALGORITHMS; i++) {
			line.algorithm = lifecycle_algorithms[i];
			say_line(&lacking, &line);
		}
		say_unnamed(&lacking, line.stream);
		say_ending(&lacking, line.stream);
	} while (lifecycle_next_stream(&view->state, &view->policy,
	    &line.stream));
}
