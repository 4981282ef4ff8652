/* SPDX-License-Identifier: ISC */

/*
 * The lease: see lease.h.
 *
 * Times of the database are only subtracted from each other.  What is left is
 * counted from before the question, so that the lease ends here no later than
 * there, however long the answer took.
 */

#include "writing/lease.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/rotator.h"

#define MAX_OPEN	"1000"	/* intents at once */
#define MAX_SPAN_MS	(3600 * INT64_C(1000))
/* That no change of DNS goes on, since a lease and a change have 900 s each;
 * and a minute more. */
#define MAX_QUIET_MS	(1860 * INT64_C(1000))

static const char take[] = "SELECT is_mine, new_token, new_holder, now_ms, "
    "until_ms, quiet_ms FROM countersign.take_lease($1)";
static const char renew[] = "SELECT now_ms, until_ms "
    "FROM countersign.renew_lease($1, $2)";
static const char release[] = "SELECT countersign.release_lease($1)";
static const char abandon[] = "SELECT countersign.abandon_lease($1)";
static const char begin[] = "SELECT countersign.begin_intent($1, $2, $3, $4, "
    "$5, $6, $7)";
static const char end[] = "SELECT countersign.end_intent($1, $2, $3)";
static const char open_ones[] = "SELECT id, domain, selector, record, was, "
    "wanted, was IS NULL, wanted IS NULL FROM countersign.intent "
    "WHERE token < $1 AND ended IS NULL ORDER BY id LIMIT " MAX_OPEN;

/* Whether a span of the database's times can be one of a lease. */
static bool
is_span(int64_t from, int64_t to)
{
	return from > 0 && to > from && to - from <= MAX_SPAN_MS;
}

/* How long to wait until that time; no change of DNS takes longer. */
static int64_t
wait_until(int64_t now, int64_t then)
{
	if (now <= 0 || then <= now)
		return 0;
	return then - now < MAX_SPAN_MS ? then - now : MAX_SPAN_MS;
}

/* An answer that no function of the schema gives. */
static enum fleet_db_result
refuse_answer(struct fleet_db_error *error, const char *text)
{
	(void)strlcpy(error->text, text, sizeof(error->text));
	return FLEET_DB_FAILED;
}

/* Which host has the lease, and for how long. */
static enum fleet_db_result
take_holder(struct fleet_lease *lease, const char *holder, int64_t left_ms,
    struct fleet_db_error *error)
{
	if (holder == NULL || !ks_host_name_is_valid(holder))
		return refuse_answer(error, "the database does not say which "
		    "host has the lease");
	(void)strlcpy(lease->holder, holder, sizeof(lease->holder));
	if (left_ms <= MAX_SPAN_MS)
		return FLEET_DB_DONE;
	(void)snprintf(error->text, sizeof(error->text), "the database says "
	    "that host %.64s has the lease for %lld s, and no host takes it "
	    "for that long: " FLEET_LEASE_ADVICE, holder,
	    (long long)left_ms / 1000);
	return FLEET_DB_FAILED;
}

static enum fleet_db_result
take_it(struct fleet_lease *lease, struct fleet_db *db,
    unsigned int seconds, struct fleet_db_error *error)
{
	const int64_t asked_ms = monotonic_ms();
	char text[FLEET_NUMBER_SIZE];
	const struct fleet_value value = fleet_number(seconds, text);
	struct fleet_rows *rows;
	enum fleet_db_result r;
	int64_t now, until, quiet;

	memset(lease, 0, sizeof(*lease));
	r = fleet_db_run(db, take, &value, 1, &rows, error);
	if (r != FLEET_DB_DONE)
		return r;
	now = fleet_rows_number(rows, 0, 3);
	until = fleet_rows_number(rows, 0, 4);
	quiet = fleet_rows_number(rows, 0, 5);
	lease->token = fleet_rows_number(rows, 0, 1);
	lease->is_held = fleet_rows_number(rows, 0, 0) == 1 &&
	    is_span(now, until);
	if (!lease->is_held)
		r = take_holder(lease, fleet_rows_text(rows, 0, 2), now <= 0 ?
		    0 : until - now, error);
	lease->until_ms = asked_ms;
	if (is_span(now, until))
		lease->until_ms += until - now;
	/* From after the answer: too late is right here. */
	lease->quiet_ms = monotonic_ms() + wait_until(now, quiet);
	lease->is_far = now > 0 && quiet - now > MAX_QUIET_MS;
	fleet_rows_free(rows);
	return r;
}

static bool
has_ended(const struct fleet_lease *lease)
{
	return !lease->is_held || monotonic_ms() >= lease->until_ms;
}

enum fleet_db_result
fleet_lease_renew(struct fleet_lease *lease, struct fleet_db *db,
    unsigned int seconds, struct fleet_db_error *error)
{
	const int64_t asked_ms = monotonic_ms();
	char token[FLEET_NUMBER_SIZE], text[FLEET_NUMBER_SIZE];
	const struct fleet_value values[] = {
		fleet_number(lease->token, token), fleet_number(seconds, text)
	};
	struct fleet_rows *rows;
	enum fleet_db_result r;
	int64_t now, until;

	if (has_ended(lease)) {
		memset(lease, 0, sizeof(*lease));
		return FLEET_DB_DONE;
	}
	r = fleet_db_run(db, renew, values, 2, &rows, error);
	if (r != FLEET_DB_DONE) {
		memset(lease, 0, sizeof(*lease));
		return r;
	}
	now = fleet_rows_number(rows, 0, 0);
	until = fleet_rows_number(rows, 0, 1);
	lease->is_held = is_span(now, until);
	lease->until_ms = asked_ms;
	if (lease->is_held)
		lease->until_ms += until - now;
	fleet_rows_free(rows);
	return FLEET_DB_DONE;
}

enum fleet_db_result
fleet_lease_keep(struct fleet_lease *lease, struct fleet_db *db,
    unsigned int seconds, struct fleet_db_error *error)
{
	const int64_t left_ms = lease->until_ms - monotonic_ms();

	if (lease->is_held && left_ms > (int64_t)seconds * 900)
		return FLEET_DB_DONE;
	return fleet_lease_renew(lease, db, seconds, error);
}

enum fleet_db_result
fleet_lease_hold(struct fleet_lease *lease, struct fleet_db *db,
    unsigned int seconds, struct fleet_db_error *error)
{
	return has_ended(lease) ? take_it(lease, db, seconds, error) :
	    fleet_lease_keep(lease, db, seconds, error);
}

int64_t
fleet_lease_wait(const struct fleet_lease *lease, int64_t grace_ms)
{
	const int64_t now_ms = monotonic_ms();

	if (!lease->is_held || lease->until_ms - now_ms <= grace_ms)
		return -1;
	return lease->quiet_ms > now_ms ? lease->quiet_ms - now_ms : 0;
}

static enum fleet_db_result
give_back(struct fleet_lease *lease, struct fleet_db *db,
    const char *statement, struct fleet_db_error *error)
{
	char token[FLEET_NUMBER_SIZE];
	const struct fleet_value value = fleet_number(lease->token, token);
	enum fleet_db_result r;

	r = fleet_db_run(db, statement, &value, 1, NULL, error);
	memset(lease, 0, sizeof(*lease));
	return r;
}

enum fleet_db_result
fleet_lease_release(struct fleet_lease *lease, struct fleet_db *db,
    struct fleet_db_error *error)
{
	return give_back(lease, db, release, error);
}

enum fleet_db_result
fleet_lease_abandon(struct fleet_lease *lease, struct fleet_db *db,
    struct fleet_db_error *error)
{
	return give_back(lease, db, abandon, error);
}

/* -- Intents -------------------------------------------------------------- */

enum fleet_db_result
fleet_intent_begin(const struct fleet_lease *lease, struct fleet_db *db,
    const struct fleet_intent *intent, int64_t *id,
    struct fleet_db_error *error)
{
	char token[FLEET_NUMBER_SIZE], seconds[FLEET_NUMBER_SIZE];
	const struct fleet_value values[] = {
		fleet_number(lease->token, token), fleet_text(intent->domain),
		fleet_text(intent->selector), fleet_text(intent->record),
		fleet_text(intent->was), fleet_text(intent->wanted),
		fleet_number((intent->span_ms + 999) / 1000, seconds)
	};
	struct fleet_rows *rows;
	enum fleet_db_result r;

	*id = 0;
	r = fleet_db_run(db, begin, values, 7, &rows, error);
	if (r == FLEET_DB_DONE && (*id = fleet_rows_number(rows, 0, 0)) <= 0)
		r = refuse_answer(error, "the database has not noted that a "
		    "change of DNS begins");
	fleet_rows_free(rows);
	return r;
}

enum fleet_db_result
fleet_intent_end(const struct fleet_lease *lease, struct fleet_db *db,
    int64_t id, const char *outcome, struct fleet_db_error *error)
{
	char token[FLEET_NUMBER_SIZE], number[FLEET_NUMBER_SIZE];
	const struct fleet_value values[] = {
		fleet_number(lease->token, token), fleet_number(id, number),
		fleet_text(outcome)
	};

	return fleet_db_run(db, end, values, 3, NULL, error);
}

enum fleet_db_result
fleet_intents_settle(const struct fleet_lease *lease, struct fleet_db *db,
    bool (*each)(void *, const struct fleet_intent *), void *context,
    size_t *nopen, struct fleet_db_error *error)
{
	char token[FLEET_NUMBER_SIZE];
	const struct fleet_value value = fleet_number(lease->token, token);
	struct fleet_intent intent;
	struct fleet_rows *rows;
	enum fleet_db_result r;
	size_t i;

	*nopen = 0;
	r = fleet_db_run(db, open_ones, &value, 1, &rows, error);
	for (i = 0; i < fleet_rows_count(rows) && r == FLEET_DB_DONE; i++) {
		intent.id = fleet_rows_number(rows, i, 0);
		intent.domain = fleet_rows_text(rows, i, 1);
		intent.selector = fleet_rows_text(rows, i, 2);
		intent.record = fleet_rows_text(rows, i, 3);
		intent.was = fleet_rows_number(rows, i, 6) == 1 ? NULL :
		    fleet_rows_text(rows, i, 4);
		intent.wanted = fleet_rows_number(rows, i, 7) == 1 ? NULL :
		    fleet_rows_text(rows, i, 5);
		if (intent.domain != NULL && intent.selector != NULL &&
		    intent.record != NULL && each(context, &intent))
			r = fleet_intent_end(lease, db,
			    fleet_rows_number(rows, i, 0), "settled", error);
		else
			(*nopen)++;
	}
	fleet_rows_free(rows);
	return r;
}
