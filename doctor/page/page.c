/* SPDX-License-Identifier: ISC */

/*
 * The page: see page.h.
 *
 * Its order is that of the questions: how much, when, who, what was refused and
 * by whom, with which keys, and at last what all this was read from.
 */

#include "page/page.h"

#include "page/chart.h"
#include "page/lives.h"
#include "page/markup.h"
#include "page/style.h"
#include "page/tables.h"
#include "page/words.h"

static void
put_head(FILE *fp, const struct page *page, const char *digest)
{
	(void)fprintf(fp, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" "
	    "content=\"default-src 'none'; style-src 'sha256-%s'; "
	    "base-uri 'none'; form-action 'none'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, "
	    "initial-scale=1\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n"
	    "<meta name=\"robots\" content=\"noindex\">\n<title>", digest);
	(void)fputs("Signed mail", fp);
	if (page->host != NULL) {
		(void)fputs(" of ", fp);
		markup_text(fp, page->host);
	}
	(void)fprintf(fp, "</title>\n<style>%s</style>\n</head>\n<body>\n",
	    style_sheet);
}

static void
put_header(FILE *fp, const struct page *page)
{
	(void)fputs("<header>\n<p class=\"soft\">countersign report</p>\n"
	    "<h1>Signed mail", fp);
	if (page->host != NULL) {
		(void)fputs(" of ", fp);
		markup_value(fp, page->host);
	}
	(void)fputs("</h1>\n<p class=\"soft\">", fp);
	markup_time(fp, page->since);
	(void)fputs(" to ", fp);
	markup_time(fp, page->until);
	(void)fputs(" UTC</p>\n</header>\n<main>\n", fp);
}

static void
put_figure(FILE *fp, const char *name, const char *class,
    unsigned long number, unsigned long whole)
{
	(void)fprintf(fp, "<li class=\"%s\"><b>", class);
	markup_number(fp, number);
	(void)fprintf(fp, "</b>%s", name);
	if (whole > 0) {
		(void)fputs(" <span class=\"soft\">", fp);
		markup_share(fp, number, whole);
		(void)fputs("</span>", fp);
	}
	(void)fputs("</li>\n", fp);
}

static void
put_figures(FILE *fp, const struct summary *summary)
{
	enum logged_action action;
	size_t i;

	(void)fputs("<ul class=\"figures\">\n", fp);
	put_figure(fp, "messages", "all", summary->n, 0);
	for (i = 0; i < LOGGED_NACTIONS; i++) {
		action = action_order[i];
		put_figure(fp, summary_heading(action),
		    decision_action_name(action), summary->actions[action],
		    summary->n);
	}
	(void)fputs("</ul>\n", fp);
	if (summary->nobserved == 0)
		return;
	(void)fputs("<p class=\"note\">", fp);
	markup_number(fp, summary->nobserved);
	(void)fputs(" of these messages were only observed: they went on as "
	    "they were, and are counted as what would have been done with "
	    "them.</p>\n", fp);
}

static void
put_time(FILE *fp, const struct period *period)
{
	(void)fprintf(fp, "<h2>Mail over time</h2>\n<p class=\"soft\">Messages "
	    "in each %s.</p>\n", period_width_name(period));
	chart_period(fp, period);
	chart_legend(fp);
	(void)fputs("<details><summary>The same as a table</summary>\n", fp);
	tables_print_period(fp, period);
	(void)fputs("</details>\n", fp);
	if (period->nundated > 0) {
		(void)fputs("<p>", fp);
		markup_number(fp, period->nundated);
		(void)fputs(" messages whose time is not known are not in the "
		    "chart.</p>\n", fp);
	}
}

static void
put_senders(FILE *fp, const struct summary *summary)
{
	const struct table sources = {
		"Messages by source", "source",
		"no source: mail of others"
	};
	const struct table domains = {
		"Messages by author domain, if a source has it",
		"author domain", "no domain"
	};

	(void)fputs("<h2>Who sent as us</h2>\n<p>A source is a platform or a "
	    "server that may send as our domains once it has proven that it "
	    "is our tenant there.</p>\n", fp);
	tables_print(fp, &sources, &summary->sources);
	if (summary->domains.nrows > 0)
		tables_print(fp, &domains, &summary->domains);
}

static void
put_refused(FILE *fp, const struct account *account)
{
	const struct table clients = {
		"Where mail came from that was not accepted", "client",
		"no address was logged"
	};
	const struct table claimed = {
		"The author domain that it claimed", "author domain",
		"no author domain"
	};

	(void)fputs("<h2>What was not signed, and why</h2>\n", fp);
	if (account->summary.reasons.nrows == 0) {
		(void)fputs("<p>Every message was signed.</p>\n", fp);
		return;
	}
	(void)fputs("<p><code>countersign-doctor why</code> with the id of a "
	    "message tells, factor by factor, what held and what did not."
	    "</p>\n", fp);
	tables_print_reasons(fp, &account->summary.reasons);
	if (account->clients.nrows == 0) {
		(void)fputs("<p>No message was rejected, deferred or held."
		    "</p>\n", fp);
		return;
	}
	tables_print(fp, &clients, &account->clients);
	tables_print(fp, &claimed, &account->claimed);
}

static void
put_kinds(FILE *fp, const struct summary *summary)
{
	const char *advice;
	bool is_first = true;
	size_t i;

	for (i = 0; i < KIND_COUNT; i++) {
		advice = kind_advice((enum mail_kind)i);
		if (advice == NULL || summary->kinds[i].n == 0)
			continue;
		if (is_first)
			(void)fputs("<h2>Mail that a source has, but no "
			    "platform sent</h2>\n<dl>\n", fp);
		is_first = false;
		(void)fputs("<dt>", fp);
		markup_number(fp, summary->kinds[i].n);
		(void)fprintf(fp, " %s: %s</dt>\n<dd>",
		    summary->kinds[i].n == 1 ? "message" : "messages",
		    kind_name((enum mail_kind)i));
		markup_text(fp, advice);
		(void)fputs("</dd>\n", fp);
	}
	if (!is_first)
		(void)fputs("</dl>\n", fp);
}

static void
put_keys(FILE *fp, const struct page *page)
{
	(void)fputs("<h2>Keys and their lives</h2>\n", fp);
	if (page->keys_missing[0] != '\0') {
		(void)fputs("<p>", fp);
		markup_text(fp, page->keys_missing);
		(void)fputs("</p>\n", fp);
	}
	if (page->keys != NULL)
		lives_print(fp, page->keys, page->now);
}

static void
put_places(FILE *fp, const struct logs *logs)
{
	const struct logs_place *place;
	size_t i;

	(void)fputs("<h2>What this was read from</h2>\n<ul>\n", fp);
	for (i = 0; i < logs->nplaces; i++) {
		place = &logs->places[i];
		if (place->state == LOGS_MISSING ||
		    (place->state == LOGS_READABLE && place->nlines == 0))
			continue;
		(void)fputs("<li><code>", fp);
		markup_value(fp, place->name);
		(void)fputs("</code>: ", fp);
		if (place->state == LOGS_FAILED) {
			(void)fputs("<strong>not read</strong>, ", fp);
			markup_text(fp, place->error);
		} else {
			markup_number(fp, place->ndecisions);
			(void)fputs(" messages of this period", fp);
		}
		(void)fputs("</li>\n", fp);
	}
	(void)fputs("</ul>\n", fp);
	if (logs->nleft_out > 0)
		(void)fprintf(fp, "<p>%zu older files were left out.</p>\n",
		    logs->nleft_out);
}

static void
put_footer(FILE *fp, const struct page *page)
{
	size_t i;

	(void)fputs("<h2>Words</h2>\n<dl>\n", fp);
	for (i = 0; i < LOGGED_NACTIONS; i++)
		(void)fprintf(fp, "<dt>%s</dt>\n<dd>%s</dd>\n",
		    summary_heading(action_order[i]),
		    words_meaning(action_order[i]));
	(void)fputs("</dl>\n</main>\n<footer class=\"soft\">Made ", fp);
	markup_time(fp, page->now);
	(void)fputs(" UTC by countersign ", fp);
	markup_text(fp, page->version);
	(void)fputs(". Text from mail is shown as it was logged; what cannot "
	    "be seen in it is shown as a code, such as <span class=\"code\">"
	    "[U+202E]</span>.</footer>\n</body>\n</html>\n", fp);
}

int
page_print(FILE *fp, const struct page *page)
{
	char digest[STYLE_DIGEST_SIZE];

	if (!style_digest(digest))
		return -1;
	put_head(fp, page, digest);
	put_header(fp, page);
	put_figures(fp, &page->account->summary);
	if (page->account->summary.n > 0) {
		put_time(fp, &page->account->period);
		put_senders(fp, &page->account->summary);
		put_refused(fp, page->account);
		put_kinds(fp, &page->account->summary);
	} else
		(void)fputs("<p>The logs have no message of this period.</p>\n",
		    fp);
	put_keys(fp, page);
	put_places(fp, page->logs);
	put_footer(fp, page);
	return 0;
}
