/* SPDX-License-Identifier: ISC */

/*
 * Signing rows again: see resign.h.
 *
 * They are written under the lease, because another holder could write the
 * same rows; but nothing in DNS changes, so it need not wait for changes of
 * DNS that an earlier holder had begun.  A batch is one transaction, as a JSON
 * text, which needs no escapes.  Another host may take a number in between, by
 * marking a key as compromised: then the batch is refused, and made again with
 * what it wrote.
 *
 * A row that somebody has put in the place of one of these hinders its domain
 * alone: if a batch is refused because of it, each domain is written by itself.
 */

#include "writing/resign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memstream.h"
#include "signed/base64.h"
#include "store/state.h"
#include "writing/lease.h"

#define BATCH		50	/* domains */
#define MAX_ATTEMPTS	5
#define LEASE_S		300
/* Two hosts that expel at the same time need the lease one after the other. */
#define PATIENCE_MS	5000
#define NAP_MS		100

static const char change_all[] = "SELECT countersign.change_keys($1, "
    "ARRAY(SELECT ROW(r.domain, r.selector, r.replaces, r.number, "
    "decode(r.octets, 'base64'), decode(r.signature, 'base64'), "
    "decode(r.blob, 'base64'), r.blob IS NULL)::countersign.change "
    "FROM json_to_recordset($2::json) AS r(domain text, selector text, "
    "replaces bigint, number bigint, octets text, signature text, blob text) "
    "ORDER BY r.number))";
static const char ends_of[] = "SELECT k.domain, k.change, k.octets, "
    "k.signature FROM countersign.key k WHERE k.selector = '-' "
    "AND k.domain > $1 AND NOT EXISTS (SELECT FROM countersign.key o "
    "WHERE o.domain = k.domain AND o.selector <> '-') "
    "ORDER BY k.domain LIMIT 200";

struct resigning {
	struct fleet_mirror	*mirror;
	const char		*host;
	struct fleet_lease	 lease;
	struct ks_error		*error;
	struct fleet_faults	 faults;
	/* The batch. */
	char			 domains[BATCH][DKIMSIG_DOMAIN_SIZE];
	size_t			 ndomains;
	int64_t			 number;	/* the last that was given */
	size_t			 nrows;
	FILE			*json;
	/* All. */
	size_t			 ntotal;
};

static int
fail_db(enum fleet_db_result result, const struct fleet_db_error *why,
    struct ks_error *error)
{
	return fleet_fail(error, result == FLEET_DB_AWAY ? KS_E_SYSTEM :
	    KS_E_EXISTS, why->text);
}

/* -- One batch ------------------------------------------------------------ */

/*
 * replaces is the number of the row that is there.  If there is none, because
 * the domain ended in this batch, its blob is sent again.
 */
static int
print_row(struct resigning *resigning, const char *octets, size_t len,
    const struct fleet_row *row, int64_t replaces,
    const struct fleet_kept_row *kept)
{
	unsigned char signature[FLEET_SIGNATURE];
	FILE *fp = resigning->json;
	bool is_good;

	if (fleet_sign(resigning->mirror->keys->sign, octets, len,
	    signature) != 0)
		return fleet_fail(resigning->error, KS_E_CRYPTO, "the crypto "
		    "library cannot sign");
	/* After a space, which JSON and base64 of PostgreSQL allow. */
	is_good = fprintf(fp, "%s{\"domain\":\"%s\",\"selector\":\"%s\","
	    "\"replaces\":%lld,\"number\":%lld,\"octets\":\"",
	    resigning->nrows == 0 ? "[" : ",", row->domain, row->selector,
	    (long long)replaces, (long long)row->change) > 0 &&
	    fleet_base64_print(fp, octets, len) &&
	    fputs("\",\"signature\":\"", fp) != EOF &&
	    fleet_base64_print(fp, signature, sizeof(signature)) &&
	    (replaces > 0 || kept == NULL || kept->blob == NULL ||
	    (fputs("\",\"blob\":\"", fp) != EOF &&
	    fleet_base64_print(fp, kept->blob, kept->bloblen))) &&
	    fputs("\"}", fp) != EOF;
	if (!is_good)
		return fleet_fail(resigning->error, KS_E_NOMEM,
		    "out of memory");
	resigning->nrows++;
	return 0;
}

/* The same row with the next number, by this host. */
static int
sign_next(struct resigning *resigning, struct fleet_row *row,
    int64_t replaces, const struct fleet_kept_row *kept)
{
	const struct fleet_mirror *mirror = resigning->mirror;
	char *octets;
	size_t len;
	int r;

	row->change = ++resigning->number;
	(void)strlcpy(row->by, mirror->host, sizeof(row->by));
	if ((r = fleet_row_print(row, mirror->list->fleet, &octets, &len,
	    resigning->error)) != 0)
		return r;
	r = print_row(resigning, octets, len, row, replaces, kept);
	free(octets);
	return r;
}

static int
sign_row(struct resigning *resigning, struct fleet_row *row)
{
	row->before = row->change;
	return sign_next(resigning, row, row->before, NULL);
}

/* Whether a kept row is one that is to be signed again. */
static bool
is_of_host(const struct resigning *resigning,
    const struct fleet_kept_row *kept, struct fleet_row *row)
{
	const struct fleet_members *list = resigning->mirror->list;
	struct ks_error why;

	return fleet_row_parse(kept->octets, kept->octetslen, list->fleet,
	    row, &why) == 0 && strcmp(row->by, resigning->host) == 0 &&
	    fleet_members_verify(list, row->by, row->change, kept->octets,
	    kept->octetslen, kept->signature);
}

/*
 * The end of a domain that began again, by that host: it ends again, and all
 * its rows follow with higher numbers, whoever signed them.
 */
static int
sign_end(struct resigning *resigning, const struct fleet_kept *kept,
    struct fleet_row *end)
{
	const int64_t replaces = end->change;
	struct fleet_row row;
	size_t i;
	int r;

	end->before = fleet_kept_highest(kept);
	r = sign_next(resigning, end, replaces, NULL);
	for (i = 0; i < kept->nrows && r == 0; i++) {
		if (strcmp(kept->rows[i].selector, FLEET_GONE) == 0)
			continue;
		r = fleet_row_parse(kept->rows[i].octets,
		    kept->rows[i].octetslen, resigning->mirror->list->fleet,
		    &row, resigning->error);
		row.before = row.change;
		if (r == 0)
			r = sign_next(resigning, &row, 0, &kept->rows[i]);
	}
	return r;
}

static int
sign_domain(struct resigning *resigning, const char *domain)
{
	const struct fleet_kept_row *gone;
	struct fleet_kept kept;
	struct fleet_row row;
	size_t i;
	int r;

	r = fleet_kept_read(resigning->mirror->taker.ks, domain, &kept,
	    resigning->error);
	gone = fleet_kept_find(&kept, FLEET_GONE);
	if (r == 0 && gone != NULL && is_of_host(resigning, gone, &row)) {
		r = sign_end(resigning, &kept, &row);
		fleet_kept_finish(&kept);
		return r;
	}
	for (i = 0; i < kept.nrows && r == 0; i++)
		if (is_of_host(resigning, &kept.rows[i], &row))
			r = sign_row(resigning, &row);
	fleet_kept_finish(&kept);
	return r;
}

static int
hold(struct resigning *resigning)
{
	const int64_t end_ms = monotonic_ms() + PATIENCE_MS;
	struct fleet_lease *lease = &resigning->lease;
	struct fleet_db_error why;
	enum fleet_db_result result;

	while ((result = fleet_lease_hold(lease, resigning->mirror->db,
	    LEASE_S, &why)) == FLEET_DB_DONE && !lease->is_held &&
	    monotonic_ms() < end_ms)
		sleep_ms(NAP_MS);
	if (result != FLEET_DB_DONE)
		return fail_db(result, &why, resigning->error);
	if (lease->is_held)
		return 0;
	(void)snprintf(resigning->error->text,
	    sizeof(resigning->error->text), "host %.64s is changing the keys "
	    "of the fleet: run the same command again when it has finished",
	    lease->holder);
	return KS_E_EXISTS;
}

/* Send the batch.  *is_behind: another host took a number; make it again. */
static int
send(struct resigning *resigning, const char *json, bool *is_behind)
{
	char token[FLEET_NUMBER_SIZE];
	const struct fleet_value values[] = {
		fleet_number(resigning->lease.token, token), fleet_text(json)
	};
	const char *command = ks_command(resigning->mirror->taker.ks);
	struct fleet_db_error why;
	enum fleet_db_result result;

	result = fleet_db_run(resigning->mirror->db, change_all, values, 2,
	    NULL, &why);
	*is_behind = result == FLEET_DB_REFUSED &&
	    strcmp(why.state, "CS003") == 0;
	if (result == FLEET_DB_DONE) {
		resigning->ntotal += resigning->nrows;
		return 0;
	}
	if (result != FLEET_DB_REFUSED || strcmp(why.state, "CS002") != 0)
		return *is_behind ? 0 : fail_db(result, &why,
		    resigning->error);
	(void)snprintf(resigning->error->text,
	    sizeof(resigning->error->text), "%.500s: delete the row that '%s "
	    "fleet list' ignores there, run '%s fleet restore', and this "
	    "command again", why.text, command, command);
	return KS_E_LOCKED;
}

/* Sign rows by fill(), and send them together. */
static int
write_rows(struct resigning *resigning,
    int (*fill)(struct resigning *, struct fleet_row *),
    struct fleet_row *row, bool *is_behind)
{
	char *text = NULL;
	size_t len;
	int r;

	*is_behind = false;
	resigning->nrows = 0;
	if ((r = hold(resigning)) != 0 || (r = fleet_mirror_number(
	    resigning->mirror, &resigning->number, resigning->error)) != 0)
		return r;
	if ((resigning->json = memstream_open(&text, &len)) == NULL)
		return fleet_fail(resigning->error, KS_E_NOMEM,
		    "out of memory");
	r = fill(resigning, row);
	(void)fputc(']', resigning->json);
	if (!memstream_close(resigning->json, &text) && r == 0)
		r = fleet_fail(resigning->error, KS_E_NOMEM, "out of memory");
	if (r == 0 && resigning->nrows > 0)
		r = send(resigning, text, is_behind);
	free(text);
	return r;
}

/* The same, until no other host takes the number meanwhile. */
static int
write_at_last(struct resigning *resigning,
    int (*fill)(struct resigning *, struct fleet_row *),
    const struct fleet_row *row)
{
	bool is_behind = true;
	struct fleet_row copy;
	unsigned int n;
	int r = 0;

	for (n = 0; n < MAX_ATTEMPTS && r == 0 && is_behind; n++) {
		if (row != NULL)
			copy = *row;
		r = write_rows(resigning, fill, row == NULL ? NULL : &copy,
		    &is_behind);
	}
	return r != 0 || !is_behind ? r : fleet_fail(resigning->error,
	    KS_E_EXISTS, "other hosts write all the time: run the same "
	    "command again");
}

static int
sign_batch(struct resigning *resigning, struct fleet_row *unused)
{
	size_t i;
	int r = 0;

	(void)unused;
	for (i = 0; i < resigning->ndomains && r == 0; i++)
		r = sign_domain(resigning, resigning->domains[i]);
	return r;
}

/* Another host may have signed the same rows again: then they are news. */
static int
take_again(struct resigning *resigning, const char *domain)
{
	struct fleet_polled polled;

	memset(&polled, 0, sizeof(polled));
	return fleet_mirror_take(resigning->mirror, domain, &polled,
	    resigning->error);
}

/* A batch with a domain that is refused: each by itself. */
static int
finish_alone(struct resigning *resigning)
{
	const size_t n = resigning->ndomains;
	size_t i;
	int r = 0;

	resigning->ndomains = 1;
	for (i = 0; i < n && r == 0; i++) {
		if (i > 0)
			(void)strlcpy(resigning->domains[0],
			    resigning->domains[i], DKIMSIG_DOMAIN_SIZE);
		if ((r = take_again(resigning, resigning->domains[0])) == 0)
			r = write_at_last(resigning, sign_batch, NULL);
		if (r == KS_E_LOCKED)
			r = fleet_faults_note(&resigning->faults, r,
			    resigning->error);
	}
	return r;
}

static int
finish_batch(struct resigning *resigning)
{
	int r;

	if (resigning->ndomains == 0)
		return 0;
	r = write_at_last(resigning, sign_batch, NULL);
	if (r == KS_E_LOCKED)
		r = finish_alone(resigning);
	resigning->ndomains = 0;
	return r;
}

/* Called for the rows of each domain: whether some are of the host. */
static int
add_domain(void *context, const char *domain, struct fleet_kept *kept)
{
	struct resigning *resigning = context;
	struct fleet_row row;
	bool has_any = false;
	size_t i;

	for (i = 0; i < kept->nrows; i++)
		has_any |= is_of_host(resigning, &kept->rows[i], &row);
	if (!has_any)
		return 0;
	(void)strlcpy(resigning->domains[resigning->ndomains++], domain,
	    DKIMSIG_DOMAIN_SIZE);
	return resigning->ndomains == BATCH ? finish_batch(resigning) : 0;
}

/* -- Domains that are gone ------------------------------------------------ */

/* Whether the end of a domain is by that host, and the one known here. */
static bool
is_known_end(struct resigning *resigning, const struct fleet_rows *rows,
    size_t i, struct fleet_row *row)
{
	const struct fleet_members *list = resigning->mirror->list;
	const unsigned char *octets, *signature;
	size_t len, signaturelen;
	struct ks_error why;
	int64_t seen;

	octets = fleet_rows_octets(rows, i, 2, &len);
	signature = fleet_rows_octets(rows, i, 3, &signaturelen);
	return octets != NULL && signature != NULL &&
	    signaturelen == FLEET_SIGNATURE && fleet_row_parse(octets, len,
	    list->fleet, row, &why) == 0 && row->kind == FLEET_ROW_GONE &&
	    strcmp(row->by, resigning->host) == 0 &&
	    row->change == fleet_rows_number(rows, i, 1) &&
	    fleet_members_verify(list, row->by, row->change, octets, len,
	    signature) && fleet_seen_get(resigning->mirror->taker.seen,
	    row->domain, &seen, &why) == 0 && seen == row->change;
}

static int
sign_end_of_gone(struct resigning *resigning, const struct fleet_row *row)
{
	struct ks_error refused;
	int64_t seen;
	int r;

	if ((r = write_at_last(resigning, sign_row, row)) != KS_E_LOCKED)
		return r;
	refused = *resigning->error;
	if ((r = take_again(resigning, row->domain)) != 0 ||
	    (r = fleet_seen_get(resigning->mirror->taker.seen, row->domain,
	    &seen, resigning->error)) != 0 || seen > row->change)
		return r;
	*resigning->error = refused;
	return fleet_faults_note(&resigning->faults, KS_E_LOCKED,
	    resigning->error);
}

static int
sign_ends(struct resigning *resigning)
{
	char after[DKIMSIG_DOMAIN_SIZE] = "";
	struct fleet_db_error why;
	struct fleet_value value;
	struct fleet_rows *rows;
	enum fleet_db_result result;
	struct fleet_row row;
	const char *domain;
	size_t i, n;
	int r = 0;

	do {
		value = fleet_text(after);
		result = fleet_db_run(resigning->mirror->db, ends_of, &value,
		    1, &rows, &why);
		if (result != FLEET_DB_DONE)
			return fail_db(result, &why, resigning->error);
		n = fleet_rows_count(rows);
		for (i = 0; i < n && r == 0; i++) {
			domain = fleet_rows_text(rows, i, 0);
			if (domain == NULL || strlcpy(after, domain,
			    sizeof(after)) >= sizeof(after))
				continue;
			/* There are few, so each by itself. */
			if (is_known_end(resigning, rows, i, &row))
				r = sign_end_of_gone(resigning, &row);
		}
		fleet_rows_free(rows);
	} while (r == 0 && n == 200);
	return r;
}

int
fleet_resign(struct fleet_mirror *mirror, const char *host, size_t *n,
    struct ks_error *error)
{
	struct resigning *resigning;
	struct fleet_db_error why;
	int r;

	*n = 0;
	if ((resigning = calloc(1, sizeof(*resigning))) == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	resigning->mirror = mirror;
	resigning->host = host;
	resigning->error = error;
	if ((r = fleet_mirror_each_kept(mirror, add_domain, resigning,
	    &resigning->faults, error)) == 0 &&
	    (r = finish_batch(resigning)) == 0)
		r = sign_ends(resigning);
	if (resigning->lease.is_held)
		(void)fleet_lease_release(&resigning->lease, mirror->db,
		    &why);
	*n = resigning->ntotal;
	r = fleet_faults_end(&resigning->faults, r, error);
	free(resigning);
	return r;
}
