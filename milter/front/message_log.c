/* SPDX-License-Identifier: ISC */

/*
 * One line about each message, for the log and the audit file; and its
 * counters.
 *
 * The log has it in logfmt or JSON, the audit file in JSON with the time.  The
 * values that sources require are never logged, because some are secrets; for
 * those that were found instead, see log_found.c.  Everything from mail goes
 * through logline.c, which escapes it and limits the line.  Nothing fails here.
 */

#include "front/message_log.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "front/audit.h"
#include "front/counters.h"
#include "front/log_found.h"
#include "front/logline.h"
#include "front/metering.h"
#include "policy/policy.h"

#define BODYHASH_SIZE		32	/* octets */
#define MAX_LISTED		32	/* domains of From */
#define FACTOR_TEXT_SIZE	128
#define SIGNATURE_TEXT_SIZE	(DKIMSIG_DOMAIN_SIZE + 96)

static void
put_client(struct logline *line, const struct facts *facts)
{
	char text[INET6_ADDRSTRLEN];

	if (facts->client_family != 0 && inet_ntop(facts->client_family,
	    facts->client_address, text, sizeof(text)) != NULL)
		logline_text(line, "client", text);
}

/* The author domain, if there is one and it is certain; else the first domains
 * of From, and why it is not. */
static void
put_authors(struct logline *line, const struct facts *facts)
{
	const char *list[MAX_LISTED];
	size_t n, i;

	n = facts->nauthors < MAX_LISTED ? facts->nauthors : MAX_LISTED;
	for (i = 0; i < n; i++)
		list[i] = facts->authors[i].name;
	if (facts_author(facts) != NULL)
		logline_text(line, "author", facts_author(facts));
	else if (n > 0)
		logline_list(line, "authors", list, n);
	if (facts->unreadable)
		logline_bool(line, "author_uncertain", true);
	if (facts->overflow)
		logline_bool(line, "too_many_addresses", true);
	if (facts->nfrom > 1)
		logline_number(line, "from_fields", (long long)facts->nfrom);
}

static void
put_mentions(struct logline *line, const struct facts *facts)
{
	const char *list[MAX_LISTED];
	size_t n, i;

	n = facts->nmentions < MAX_LISTED ? facts->nmentions : MAX_LISTED;
	for (i = 0; i < n; i++)
		list[i] = facts->mentions[i];
	if (n > 0)
		logline_list(line, "mentioned", list, n);
}

/* "login:holds", "header/X-SFDC-LK:differs". */
static void
put_factors(struct logline *line, const struct decision *decision)
{
	char texts[POLICY_MAX_FACTORS][FACTOR_TEXT_SIZE];
	const char *list[POLICY_MAX_FACTORS];
	const struct factor_result *result;
	size_t i;

	for (i = 0; i < decision->nresults; i++) {
		result = &decision->results[i];
		/* Cut a long name, so that the outcome always fits. */
		(void)snprintf(texts[i], sizeof(texts[i]), "%s%s%.80s:%s",
		    policy_factor_name(result->factor),
		    result->name != NULL ? "/" : "",
		    result->name != NULL ? result->name : "",
		    policy_outcome_name(result->outcome));
		list[i] = texts[i];
	}
	logline_list(line, "factors", list, decision->nresults);
}

/* "example.com/20261123r1/rsa-sha256", the topmost first. */
static void
put_signatures(struct logline *line, const struct message *message)
{
	char texts[MESSAGE_MAX_SIGNATURES][SIGNATURE_TEXT_SIZE];
	const char *list[MESSAGE_MAX_SIGNATURES];
	const struct message_signature *signature;
	size_t n = message_nsignatures(message), i;

	for (i = 0; i < n; i++) {
		signature = message_signature(message, n - 1 - i);
		(void)snprintf(texts[i], sizeof(texts[i]), "%s/%s/%s",
		    signature->sdid, signature->key.selector,
		    dkimsig_algorithm_name(signature->key.algorithm));
		list[i] = texts[i];
	}
	if (n > 0)
		logline_list(line, "signatures", list, n);
}

static void
put_bodyhash(struct logline *line, const struct message *message)
{
	unsigned char text[(BODYHASH_SIZE + 2) / 3 * 4 + 1];
	const unsigned char *hash = message_bodyhash(message);

	if (hash == NULL)
		return;
	(void)EVP_EncodeBlock(text, hash, BODYHASH_SIZE);
	logline_text(line, "bh", (const char *)text);
}

static void
put_fragile(struct logline *line, const struct message_about *about)
{
	unsigned int faults = about->facts->faults;
	const char *list[2];
	size_t n = 0;

	if ((faults & DKIMSIG_FAULT_LONG_LINE) != 0)
		list[n++] = "long-line";
	if ((faults & DKIMSIG_FAULT_8BIT_BODY) != 0 &&
	    !about->config->eight_bit_safe)
		list[n++] = "8bit";
	if (n > 0)
		logline_list(line, "fragile", list, n);
}

/* How many fields were removed, or would have been. */
static void
put_removed(struct logline *line, const struct message_about *about)
{
	const struct removals *removals = message_removals(about->message);
	long long removed = 0;
	size_t i;

	if (!action_delivers(about->fate->action) &&
	    about->fate->action != ACTION_QUARANTINE)
		return;
	for (i = 0; i < removals->n; i++)
		removed += removals->list[i].is_chosen;
	if (removed > 0)
		logline_number(line, "removed_fields", removed);
}

static void
put_source(struct logline *line, const struct decision *decision)
{
	if (decision->source == NULL)
		return;
	logline_text(line, "source", decision->source->name);
	if (decision->source->preset != NULL)
		logline_text(line, "preset", decision->source->preset);
	if (decision->nresults > 0)
		put_factors(line, decision);
}

/* The stream of the source, if its keys signed, or if there was none. */
static void
put_stream(struct logline *line, const struct message_about *about)
{
	const struct source *source = message_decision(about->message)->source;

	if (source != NULL && source->stream != NULL &&
	    (about->fate->action == ACTION_SIGN ||
	    about->fate->cause == CAUSE_NO_KEY))
		logline_text(line, "stream", source->stream);
}

static void
put_all(struct logline *line, const struct message_about *about)
{
	const struct facts *facts = about->facts;

	logline_text(line, "qid", about->queue_id);
	logline_text(line, "action", action_done(about->fate->action));
	if (about->fate->observed)
		logline_bool(line, "observed", true);
	put_client(line, facts);
	put_authors(line, facts);
	put_source(line, message_decision(about->message));
	if (about->fate->action == ACTION_SIGN) {
		put_signatures(line, about->message);
		put_fragile(line, about);
	}
	put_bodyhash(line, about->message);
	put_removed(line, about);
	if (about->fate->reason[0] != '\0')
		logline_text(line, "reason", about->fate->reason);
	logline_number(line, "elapsed_ms", about->elapsed_us / 1000);
	put_mentions(line, facts);
	log_cause(line, about);
	log_found(line, about);
	log_traces(line, message_traces(about->message));
	put_stream(line, about);
}

static void
put_time(struct logline *line)
{
	char text[32], whole[64];
	struct timespec now;
	struct tm tm;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		return;
	(void)snprintf(whole, sizeof(whole), "%s.%03dZ", text,
	    (int)(now.tv_nsec / 1000000));
	logline_text(line, "time", whole);
}

void
message_log(const struct message_about *about)
{
	const struct source *source;
	struct logline line;

	source = message_decision(about->message)->source;
	logline_begin(&line, about->config->log_json);
	put_all(&line, about);
	log_record(M_DECISION, about->queue_id,
	    source != NULL ? source->name : NULL, logline_end(&line));
	if (about->config->audit_file == NULL)
		return;
	logline_begin(&line, true);
	put_time(&line);
	put_all(&line, about);
	audit_write(logline_end(&line));
}

static bool
is_replayed(const struct decision *decision)
{
	size_t i;

	for (i = 0; i < decision->nresults; i++)
		if (decision->results[i].outcome == OUTCOME_REPLAYED)
			return true;
	return false;
}

void
message_count(const struct message_about *about)
{
	static const enum counter counters[] = {
		[ACTION_UNDECIDED]	= COUNTER_TEMPFAILED,
		[ACTION_PASS]		= COUNTER_PASSED,
		[ACTION_TEMPFAIL]	= COUNTER_TEMPFAILED,
		[ACTION_QUARANTINE]	= COUNTER_QUARANTINED,
		[ACTION_REJECT]		= COUNTER_REJECTED,
		[ACTION_SIGN]		= COUNTER_SIGNED,
	};
	const struct message *message = about->message;
	const struct fate *fate = about->fate;

	if (fate->observed)
		counters_add(COUNTER_OBSERVED, 1);
	else
		counters_add(counters[fate->action], 1);
	if (!fate->observed && fate->action == ACTION_SIGN) {
		counters_add(COUNTER_SIGNATURES, message_nsignatures(message));
		counters_add(COUNTER_FRAGILE, message_is_fragile(message));
	}
	if (fate->action == ACTION_TEMPFAIL && fate->cause == CAUSE_SYSTEM)
		counters_add(COUNTER_SIGNER_ERRORS, 1);
	if (fate->cause == CAUSE_DNS)
		counters_add(COUNTER_DNS_ERRORS, 1);
	if (fate->cause == CAUSE_RATE)
		counters_add(COUNTER_RATE_REFUSED, 1);
	if (fate->cause == CAUSE_LIMIT)
		counters_add(COUNTER_LIMITED, 1);
	if (is_replayed(message_decision(message)))
		counters_add(COUNTER_REPLAYED, 1);
	if (message_traces(message)->dkim2.nfields > 0)
		counters_add(COUNTER_DKIM2, 1);
	metering_message(about);
}

void
message_count_lost(void)
{
	counters_add(COUNTER_TEMPFAILED, 1);
	metering_lost();
}

void
message_count_aborted(void)
{
	counters_add(COUNTER_ABORTED, 1);
	meters_count(METERS_ABORTED, 1);
}
