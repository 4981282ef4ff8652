/* SPDX-License-Identifier: ISC */

/*
 * Confirming in the mirror (mirror.h): what this host has, and what the others
 * say that they have (DESIGN, sections 2.5 and 5).
 *
 * The number that is confirmed is the cursor, which is on disk, so it never
 * falls.  All that this host refused or cannot use is an exception, whatever
 * its number.  A key that came was loaded by take.c, which signs with it and
 * verifies with the public half of its row.
 *
 * Rows that the database withholds have no signature that could fail.  But
 * another host has signed that it has them: if this host does not find them at
 * some polls, it says so.
 *
 * Whoever has the role of a host can replace what that has confirmed.  Others
 * do not believe it, but would wait for a number that was confirmed; so each
 * host looks whether its own is still there.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirror/mirror.h"

#define NROWS	(2 * FLEET_MAX_HOSTS)

static const char confirmations[] = "SELECT host, change, octets, signature, "
    "exceptions FROM countersign.confirmation WHERE host <> $1 "
    "AND host > $2 ORDER BY host LIMIT 1";
static const char own_row[] = "SELECT signature FROM countersign.confirmation "
    "WHERE host = $1";
static const char confirm[] = "SELECT countersign.confirm($1, $2, $3, $4)";

static void
tell(struct fleet_mirror *mirror, const char *about, int64_t change,
    const char *why)
{
	mirror->taker.alarm(mirror->taker.context, about, FLEET_GONE, change,
	    why);
}

/* -- Exceptions ----------------------------------------------------------- */

/* Take domains with exceptions again, but those that this poll has taken. */
static int
retry(struct fleet_mirror *mirror, struct fleet_polled *polled,
    struct ks_error *error)
{
	const struct fleet_exception *one = NULL;
	char domain[DKIMSIG_DOMAIN_SIZE] = "";
	size_t n = 0;
	int r = 0;

	while (r == 0 && n < FLEET_MAX_RETRIES && (one =
	    fleet_exceptions_after(&mirror->exceptions, domain)) != NULL) {
		(void)strlcpy(domain, one->domain, sizeof(domain));
		if (one->round == mirror->exceptions.round)
			continue;
		n++;
		r = fleet_mirror_take(mirror, domain, polled, error);
	}
	mirror->has_retried = r == 0 && one == NULL;
	if (r == 0)
		r = fleet_exceptions_write(mirror->taker.ks,
		    &mirror->exceptions, error);
	return r;
}

/* -- The others ----------------------------------------------------------- */

static int
take_confirmation(struct fleet_mirror *mirror, const struct fleet_rows *rows,
    struct ks_error *error)
{
	struct fleet_found_confirmation found = {
		.host = fleet_rows_text(rows, 0, 0),
		.change = fleet_rows_number(rows, 0, 1)
	};
	struct ks_error why = { "a row without its values" };
	char text[sizeof(why.text) + FLEET_NAME_SIZE];
	int r = KS_E_DAMAGED;

	found.octets = fleet_rows_octets(rows, 0, 2, &found.len);
	found.signature = fleet_rows_octets(rows, 0, 3, &found.signaturelen);
	found.exceptions = fleet_rows_octets(rows, 0, 4,
	    &found.exceptionslen);
	if (!fleet_members_admits(mirror->list, found.host))
		return 0;	/* not waited for */
	if (found.octets != NULL && found.signature != NULL &&
	    found.exceptions != NULL)
		r = fleet_confirmed_take(&mirror->confirmed, mirror->list,
		    &found, &why);
	if (r == 0)
		return 0;
	if (r != KS_E_DAMAGED && r != KS_E_EXISTS)
		return fleet_fail(error, r, why.text);
	(void)snprintf(text, sizeof(text), "confirmation of %.64s: "
	    "%.900s", found.host, why.text);
	tell(mirror, "confirm", found.change, text);
	return 0;
}

/* One at a time: their exceptions may be long. */
static int
read_confirmations(struct fleet_mirror *mirror, struct ks_error *error)
{
	char after[FLEET_NAME_SIZE] = "";
	struct fleet_value values[2];
	struct fleet_db_error why;
	struct fleet_rows *rows;
	enum fleet_db_result result;
	const char *name = NULL;
	size_t n;
	int r;

	fleet_confirmed_begin(&mirror->confirmed);
	for (n = 0; n < NROWS; n++) {
		values[0] = fleet_text(mirror->host);
		values[1] = fleet_text(after);
		result = fleet_db_run(mirror->db, confirmations, values, 2,
		    &rows, &why);
		if (!fleet_mirror_worked(result, &why, &r, error))
			return r;
		name = fleet_rows_count(rows) == 0 ? NULL :
		    fleet_rows_text(rows, 0, 0);
		if (name != NULL && strlcpy(after, name, sizeof(after)) <
		    sizeof(after))
			r = take_confirmation(mirror, rows, error);
		else
			name = NULL;
		fleet_rows_free(rows);
		if (r != 0 || name == NULL)
			break;
	}
	return r == 0 ? fleet_confirmed_write(mirror->taker.ks,
	    &mirror->confirmed, error) : r;
}

/* Whether others have what this host is not shown. */
static void
compare_cursors(struct fleet_mirror *mirror)
{
	const struct fleet_confirmed_host *other;
	char text[256];

	other = fleet_confirmed_highest(&mirror->confirmed, mirror->list,
	    mirror->host);
	if (other == NULL || other->change <= mirror->marks.cursor) {
		mirror->nbehind = 0;
		return;
	}
	/*
	 * What came between two questions to the database is no reason, nor is
	 * a domain that somebody is changing here.
	 */
	if (mirror->has_locked) {
		mirror->has_locked = false;
		return;
	}
	if (++mirror->nbehind < FLEET_MAX_BEHIND)
		return;
	(void)snprintf(text, sizeof(text), "host %.64s has confirmed change "
	    "%lld, but the database shows this host no row above %lld: it "
	    "withholds rows, or they are not believed here", other->name,
	    (long long)other->change, (long long)mirror->marks.cursor);
	tell(mirror, "withheld", other->change, text);
}

/* Whether others have a member list that this host is not shown. */
static void
compare_lists(struct fleet_mirror *mirror)
{
	const struct fleet_confirmed_host *other;
	char text[256];

	other = fleet_confirmed_newest(&mirror->confirmed, mirror->list,
	    mirror->host);
	if (other == NULL || other->members <= mirror->list->version) {
		mirror->nunlisted = 0;
		return;
	}
	if (++mirror->nunlisted < FLEET_MAX_BEHIND)
		return;
	(void)snprintf(text, sizeof(text), "host %.64s has member list %lld, "
	    "but the database shows this host only list %lld: it withholds "
	    "it, or it is not believed here", other->name,
	    (long long)other->members, (long long)mirror->list->version);
	tell(mirror, "withheld", other->members, text);
}

/* Whether another host has other rows with the same numbers. */
static void
compare_rows(struct fleet_mirror *mirror,
    const struct fleet_confirmation *own)
{
	const struct fleet_confirmed_host *other;
	char text[256];

	other = fleet_confirmed_differing(&mirror->confirmed, mirror->list,
	    own);
	if (other == NULL) {
		mirror->ndiffering = 0;
		return;
	}
	if (++mirror->ndiffering < FLEET_MAX_BEHIND)
		return;
	(void)snprintf(text, sizeof(text), "host %.64s has confirmed change "
	    "%lld as this host does, but they have different rows: the "
	    "database withholds some from one of them", other->name,
	    (long long)other->change);
	tell(mirror, "withheld", other->change, text);
}

/* -- This host ------------------------------------------------------------ */

/* Why this host may not confirm anything; false: it may. */
static bool
must_be_silent(struct fleet_mirror *mirror)
{
	char text[256];

	if (mirror->clock_off_ms != 0) {
		(void)snprintf(text, sizeof(text), "the clock of this host is "
		    "%lld s %s the database's: it confirms nothing and "
		    "reports no last use until both agree",
		    (long long)(mirror->clock_off_ms < 0 ?
		    -mirror->clock_off_ms : mirror->clock_off_ms) / 1000,
		    mirror->clock_off_ms < 0 ? "behind" : "ahead of");
		tell(mirror, "clock", 0, text);
		return true;
	}
	return mirror->keys == NULL ||
	    !fleet_members_admits(mirror->list, mirror->host);
}

/* Whether the database has what was sent. */
static int
is_there(struct fleet_mirror *mirror, bool *has, struct ks_error *error)
{
	const struct fleet_value value = fleet_text(mirror->host);
	const unsigned char *signature;
	struct fleet_db_error why;
	struct fleet_rows *rows;
	size_t len;
	int r;

	if (!fleet_mirror_worked(fleet_db_run(mirror->db, own_row, &value,
	    1, &rows, &why), &why, &r, error))
		return r;
	signature = fleet_rows_octets(rows, 0, 0, &len);
	*has = signature != NULL && len == FLEET_SIGNATURE &&
	    memcmp(signature, mirror->sent_signature, len) == 0;
	if (signature != NULL && !*has)
		tell(mirror, "confirm", mirror->sent.change, "somebody has "
		    "replaced what this host has confirmed: it confirms "
		    "again; look for who has its role");
	fleet_rows_free(rows);
	return 0;
}

/* Another server may have lost it, so each connection begins without. */
static bool
was_sent(const struct fleet_mirror *mirror,
    const struct fleet_confirmation *new)
{
	const struct fleet_confirmation *sent = &mirror->sent;

	return mirror->sent_by == fleet_db_connection(mirror->db) &&
	    sent->change == new->change && sent->members == new->members &&
	    strcmp(sent->rows, new->rows) == 0 &&
	    strcmp(sent->digest, new->digest) == 0;
}

/* Note it on disk before it is signed: no later one may be older. */
static int
note_own(struct fleet_mirror *mirror, struct fleet_confirmation *new,
    struct ks_error *error)
{
	new->at = mirror->taker.clock();
	if (fleet_confirmed_note(&mirror->confirmed, mirror->host,
	    new->change, &new->at) != 0)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	return fleet_confirmed_write(mirror->taker.ks, &mirror->confirmed,
	    error);
}

/* Sign the octets and send them, with the text of the exceptions. */
static int
send(struct fleet_mirror *mirror, const struct fleet_confirmation *new,
    const char *octets, size_t len, const struct fleet_value *text,
    struct ks_error *error)
{
	unsigned char signature[FLEET_SIGNATURE];
	char number[FLEET_NUMBER_SIZE];
	struct fleet_value values[4];
	struct fleet_db_error why;
	int r;

	if ((r = fleet_sign(mirror->keys->sign, octets, len,
	    signature)) != 0)
		return fleet_fail(error, r, "the crypto library cannot sign");
	values[0] = fleet_number(new->change, number);
	values[1] = fleet_octets(octets, len);
	values[2] = fleet_octets(signature, sizeof(signature));
	values[3] = *text;
	if (fleet_mirror_worked(fleet_db_run(mirror->db, confirm, values, 4,
	    NULL, &why), &why, &r, error)) {
		mirror->sent = *new;
		memcpy(mirror->sent_signature, signature, sizeof(signature));
		mirror->sent_by = fleet_db_connection(mirror->db);
	}
	return r;
}

static int
confirm_text(struct fleet_mirror *mirror, struct fleet_confirmation *new,
    const char *text, size_t textlen, struct ks_error *error)
{
	const struct fleet_value value = fleet_octets(text, textlen);
	bool has = false;
	char *octets;
	size_t len;
	int r;

	new->nexceptions = mirror->exceptions.n;
	if ((r = fleet_digest(text, textlen, new->digest)) != 0)
		return fleet_fail(error, r, "SHA-256 is unavailable");
	compare_rows(mirror, new);
	if (was_sent(mirror, new) &&
	    ((r = is_there(mirror, &has, error)) != 0 || has))
		return r;
	if ((r = note_own(mirror, new, error)) != 0 ||
	    (r = fleet_confirmation_make(new, mirror->list->fleet,
	    &mirror->exceptions, text, textlen, &octets, &len, error)) != 0)
		return r;
	r = send(mirror, new, octets, len, &value, error);
	free(octets);
	return r;
}

static int
confirm_own(struct fleet_mirror *mirror, struct ks_error *error)
{
	struct fleet_confirmation new = {
		.change = mirror->marks.cursor,
		.members = mirror->list->version
	};
	size_t textlen;
	char *text;
	int r;

	(void)strlcpy(new.host, mirror->host, sizeof(new.host));
	if ((r = fleet_seen_digest(mirror->taker.seen, new.rows, error)) !=
	    0 || (r = fleet_exceptions_print(&mirror->exceptions, &text,
	    &textlen, error)) != 0)
		return r;
	r = confirm_text(mirror, &new, text, textlen, error);
	free(text);
	return r;
}

int
fleet_mirror_confirm(struct fleet_mirror *mirror, struct fleet_polled *polled,
    struct ks_error *error)
{
	int r;

	if (mirror->host == NULL)
		return 0;
	if ((r = retry(mirror, polled, error)) != 0 ||
	    (r = read_confirmations(mirror, error)) != 0)
		return r;
	compare_cursors(mirror);
	compare_lists(mirror);
	return must_be_silent(mirror) ? 0 : confirm_own(mirror, error);
}
