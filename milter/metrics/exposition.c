/* SPDX-License-Identifier: ISC */

/*
 * Numbers as text: see exposition.h.
 *
 * The two formats differ in the name of a counter in its TYPE and HELP, in the
 * lines UNIT and in the end.  Bounds of buckets are written the same way in
 * both, because Prometheus may change between them, and compares these as text.
 *
 * Of the combinations of labels, only those that occurred have a line, and for
 * each source that of signed mail, so that a rate is known from the first
 * message on.
 */

#include "metrics/exposition.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/action.h"
#include "config/ceiling.h"
#include "metrics/page.h"

#define ESCAPED_SIZE	(3 * METERS_NAME_SIZE)

struct source_line {
	unsigned int	slot;
	char		name[ESCAPED_SIZE];
};

struct writer {
	struct page	 page;
	const struct meters *meters;
	bool		 is_openmetrics;
	struct source_line *sources;	/* sorted, without duplicates */
	size_t		 nsources;
};

static void
put_head(struct writer *w, const char *name, const char *type,
    const char *unit, const char *help)
{
	const char *suffix = !w->is_openmetrics &&
	    strcmp(type, "counter") == 0 ? "_total" : "";

	page_printf(&w->page, "# HELP %s%s %s\n", name, suffix, help);
	page_printf(&w->page, "# TYPE %s%s %s\n", name, suffix, type);
	if (w->is_openmetrics && unit != NULL)
		page_printf(&w->page, "# UNIT %s %s\n", name, unit);
}

/* -- Sources ------------------------------------------------------------- */

static int
compare_sources(const void *a, const void *b)
{
	const struct source_line *one = a, *other = b;

	return strcmp(one->name, other->name);
}

/* Each name once: a front that was taken over may have written any. */
static int
collect_sources(struct writer *w)
{
	char name[METERS_NAME_SIZE];
	unsigned int slot;
	size_t i, n = 0;

	w->sources = calloc(METERS_ALL_SLOTS, sizeof(*w->sources));
	if (w->sources == NULL)
		return -1;
	for (slot = 0; slot < METERS_ALL_SLOTS; slot++) {
		if (!meters_read_source(w->meters, slot, name))
			continue;
		w->sources[n].slot = slot;
		page_escape(name, w->sources[n++].name, ESCAPED_SIZE);
	}
	qsort(w->sources, n, sizeof(*w->sources), compare_sources);
	for (i = 0; i < n; i++)
		if (w->nsources == 0 || compare_sources(
		    &w->sources[w->nsources - 1], &w->sources[i]) != 0)
			w->sources[w->nsources++] = w->sources[i];
	return 0;
}

static void
put_source_messages(struct writer *w, const struct source_line *source,
    bool is_observed)
{
	unsigned int action, reason;
	bool is_first;
	uint64_t n;

	for (action = ACTION_PASS; action <= ACTION_SIGN; action++)
		for (reason = 0; reason < METERS_NREASONS; reason++) {
			n = meters_read_messages(w->meters, source->slot,
			    is_observed, action, reason);
			is_first = source->slot < METERS_SLOTS &&
			    action == ACTION_SIGN && !is_observed &&
			    reason == METERS_NO_REASON;
			if (n > 0 || is_first)
				page_printf(&w->page,
				    "countersign_messages_total{source=\"%s\","
				    "decision=\"%s\",reason=\"%s\","
				    "observed=\"%s\"} %" PRIu64 "\n",
				    source->name, action_done(action),
				    meters_reason_name(reason),
				    is_observed ? "true" : "false", n);
		}
}

static void
put_messages(struct writer *w)
{
	size_t i;

	put_head(w, "countersign_messages", "counter", NULL, "Messages by "
	    "source, decision and reason; observed ones were delivered as "
	    "they were.");
	for (i = 0; i < w->nsources; i++) {
		put_source_messages(w, &w->sources[i], false);
		put_source_messages(w, &w->sources[i], true);
	}
}

static void
put_ceiling(struct writer *w, const char *name, const char *help, bool is_use)
{
	const struct source_line *source;
	uint64_t limit, used;
	unsigned int ceiling;
	size_t i;

	put_head(w, name, "gauge", NULL, help);
	for (i = 0; i < w->nsources; i++)
		for (ceiling = 0; ceiling < METERS_CEILINGS; ceiling++) {
			source = &w->sources[i];
			limit = meters_read_ceiling(w->meters, source->slot,
			    ceiling, &used);
			if (limit > 0)
				page_printf(&w->page, "%s{source=\"%s\","
				    "ceiling=\"%s\"} %" PRIu64 "\n", name,
				    source->name, ceiling_name(ceiling),
				    is_use ? used : limit);
		}
}

/* -- Numbers of the service ---------------------------------------------- */

/* Seconds without zeros at the end, but with one digit behind the point. */
static const char *
seconds(int64_t us, char text[32])
{
	size_t len;

	(void)snprintf(text, 32, "%" PRId64 ".%06" PRId64, us / 1000000,
	    us % 1000000);
	len = strlen(text);
	while (text[len - 1] == '0' && text[len - 2] != '.')
		text[--len] = '\0';
	return text;
}

static void
put_times(struct writer *w, enum meters_time time, const char *name,
    const char *help)
{
	uint64_t n = 0, sum_us = meters_read_sum_us(w->meters, time);
	char text[32];
	unsigned int i;

	put_head(w, name, "histogram", "seconds", help);
	for (i = 0; i < METERS_BUCKETS; i++) {
		n += meters_read_bucket(w->meters, time, i);
		page_printf(&w->page, "%s_bucket{le=\"%s\"} %" PRIu64 "\n",
		    name, seconds(meters_bound_us(i), text), n);
	}
	n += meters_read_bucket(w->meters, time, METERS_BUCKETS);
	page_printf(&w->page, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name,
	    n);
	page_printf(&w->page, "%s_sum %" PRIu64 ".%06" PRIu64 "\n", name,
	    sum_us / 1000000, sum_us % 1000000);
	page_printf(&w->page, "%s_count %" PRIu64 "\n", name, n);
}

static void
put_gauge(struct writer *w, enum meters_gauge gauge, const char *name,
    const char *help)
{
	put_head(w, name, "gauge", NULL, help);
	page_printf(&w->page, "%s %" PRId64 "\n", name,
	    meters_read_gauge(w->meters, gauge));
}

static void
put_signatures(struct writer *w)
{
	static const char *const names[METERS_ALGORITHMS] = { "rsa-sha256",
	    "ed25519-sha256" };
	unsigned int i;

	put_head(w, "countersign_signatures", "counter", NULL,
	    "Signatures in messages, by algorithm.");
	for (i = 0; i < METERS_ALGORITHMS; i++)
		page_printf(&w->page, "countersign_signatures_total{"
		    "algorithm=\"%s\"} %" PRIu64 "\n", names[i],
		    meters_read_signatures(w->meters, i));
}

static void
put_dns(struct writer *w)
{
	const uint64_t failed = meters_read_count(w->meters,
	    METERS_DNS_FAILURES);
	const uint64_t all = meters_read_count(w->meters, METERS_DNS_LOOKUPS);

	put_head(w, "countersign_dns_lookups", "counter", NULL,
	    "DNS lookups of names; failed ones had no answer in time, or an "
	    "error.");
	page_printf(&w->page, "countersign_dns_lookups_total{"
	    "result=\"answered\"} %" PRIu64 "\n", all > failed ? all - failed :
	    0);
	page_printf(&w->page, "countersign_dns_lookups_total{"
	    "result=\"failed\"} %" PRIu64 "\n", failed);
	put_times(w, METERS_DNS_TIME, "countersign_dns_lookup_duration_seconds",
	    "How long lookups took that were made at the same time.");
}

static void
put_restarts(struct writer *w)
{
	static const struct {
		enum meters_count count;
		const char	*name;
	} processes[] = {
		{ METERS_FRONT_RESTARTS, "front" },
		{ METERS_METRICS_RESTARTS, "metrics" },
		{ METERS_SIGNER_RESTARTS, "signer" },
	};
	size_t i;

	put_head(w, "countersign_process_restarts", "counter", NULL,
	    "Processes that ended although nobody had stopped them.");
	for (i = 0; i < sizeof(processes) / sizeof(processes[0]); i++)
		page_printf(&w->page, "countersign_process_restarts_total{"
		    "process=\"%s\"} %" PRIu64 "\n", processes[i].name,
		    meters_read_count(w->meters, processes[i].count));
}

static void
put_all(struct writer *w)
{
	put_head(w, "countersign_build_info", "gauge", NULL,
	    "The version that runs.");
	page_printf(&w->page, "countersign_build_info{version=\"%s\"} 1\n",
	    COUNTERSIGN_VERSION);
	put_messages(w);
	put_head(w, "countersign_messages_aborted", "counter", NULL,
	    "Messages that the MTA gave up before their end.");
	page_printf(&w->page, "countersign_messages_aborted_total %" PRIu64
	    "\n", meters_read_count(w->meters, METERS_ABORTED));
	put_times(w, METERS_MESSAGE_TIME,
	    "countersign_message_duration_seconds",
	    "From MAIL FROM to the decision, which includes waiting for the "
	    "MTA.");
	put_signatures(w);
	put_times(w, METERS_SIGN_TIME,
	    "countersign_sign_request_duration_seconds",
	    "From a request to sign to its answer, which includes waiting for "
	    "a signer.");
	put_gauge(w, METERS_WAITING, "countersign_sign_requests_waiting",
	    "Requests for which no signer is free.");
	put_gauge(w, METERS_SIGNING, "countersign_sign_requests_active",
	    "Requests that a signer works on.");
	put_gauge(w, METERS_CONNECTIONS, "countersign_mta_connections",
	    "Connections of the MTA.");
	put_dns(w);
	put_ceiling(w, "countersign_ceiling_used",
	    "How much of a ceiling is used, as of some seconds ago.", true);
	put_ceiling(w, "countersign_ceiling_limit",
	    "The ceiling in the configuration.", false);
	put_restarts(w);
	if (w->is_openmetrics)
		page_printf(&w->page, "# EOF\n");
}

char *
exposition_write(const struct meters *meters, bool is_openmetrics,
    size_t *len)
{
	struct writer w = {
		.page.max = EXPOSITION_MAX, .meters = meters,
		.is_openmetrics = is_openmetrics
	};

	if (collect_sources(&w) == 0)
		put_all(&w);
	else
		w.page.error = ENOMEM;
	free(w.sources);
	*len = w.page.len;
	if (w.page.error == 0)
		return w.page.text;
	free(w.page.text);
	errno = w.page.error;
	return NULL;
}
