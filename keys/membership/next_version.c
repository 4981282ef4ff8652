/* SPDX-License-Identifier: ISC */

/*
 * The next version of the member list: see next_version.h.
 *
 * A host that joins has no numbers of its own, so an old database would be
 * news to it; and rows of a host that is expelled count up to the newest
 * number that is known here.  So whoever changes the list must have all that
 * the database has; but rows that nobody has signed, which whoever has a role
 * can put there, keep no host from being expelled.  The new list ends the
 * lease, since decisions of its holder were based on the one before.
 */

#include "membership/next_version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#define ROWS	200	/* the limit of rows_above */

static const char host_of[] = "SELECT sign_key, wrap_cert "
    "FROM countersign.host WHERE name = $1";
static const char rows_above[] = "SELECT change, octets, signature "
    "FROM countersign.key WHERE change > $1 ORDER BY change LIMIT 200";
static const char change_members[] = "SELECT countersign.change_members($1, "
    "$2, $3::text[], $4, $5)";

static int
refuse(struct ks_error *error, const char *text)
{
	return fleet_fail(error, KS_E_EXISTS, text);
}

static int
run(struct fleet_mirror *mirror, const char *statement,
    const struct fleet_value *values, size_t nvalues,
    struct fleet_rows **rows, struct ks_error *error)
{
	struct fleet_db_error why;
	enum fleet_db_result r;

	r = fleet_db_run(mirror->db, statement, values, nvalues, rows, &why);
	if (r == FLEET_DB_DONE)
		return 0;
	return fleet_fail(error, r == FLEET_DB_AWAY ? KS_E_SYSTEM :
	    KS_E_EXISTS, why.text);
}

/* Read the keys of a host; false if the database does not have them. */
static bool
take_keys(struct fleet_candidate *candidate, const struct fleet_rows *rows)
{
	const unsigned char *sign, *der;
	size_t signlen, derlen;

	sign = fleet_rows_octets(rows, 0, 0, &signlen);
	der = fleet_rows_octets(rows, 0, 1, &derlen);
	candidate->has_any = sign != NULL || der != NULL;
	if (sign == NULL || signlen != FLEET_PUBLIC || der == NULL)
		return false;
	memcpy(candidate->host.sign, sign, signlen);
	candidate->cert = d2i_X509(NULL, &der, (long)derlen);
	ERR_clear_error();
	return candidate->cert != NULL && fleet_cert_digest(candidate->cert,
	    candidate->host.wrap) == 0;
}

int
fleet_candidate_read(struct fleet_mirror *mirror, const char *name,
    struct fleet_candidate *candidate, struct ks_error *error)
{
	const struct fleet_value value = fleet_text(name);
	struct fleet_rows *rows;
	int r;

	memset(candidate, 0, sizeof(*candidate));
	if (strlcpy(candidate->host.name, name, sizeof(candidate->host.name)) >=
	    sizeof(candidate->host.name))
		return refuse(error, "not the name of a host");
	if ((r = run(mirror, host_of, &value, 1, &rows, error)) != 0)
		return r;
	if (!take_keys(candidate, rows) && candidate->has_any) {
		(void)snprintf(error->text, sizeof(error->text), "what the "
		    "database has as the keys of that host are none: "
		    FLEET_FORGET_KEYS ", and run 'countersign-key fleet init' "
		    "on it", name);
		r = KS_E_NOKEY;
	} else if (candidate->cert == NULL)
		r = fleet_fail(error, KS_E_NOKEY, "the database has no keys "
		    "of that host: run 'countersign-key fleet init' on it "
		    "first");
	fleet_rows_free(rows);
	return r;
}

/* -- Whether this host has all that the database has ---------------------- */

/*
 * Whether a row that is not taken here may be taken by other hosts: not if
 * nobody's signature counts, nor if it is of the host that is to be expelled
 * and this one has refused it.
 */
static bool
may_count(const struct fleet_mirror *mirror, const struct fleet_rows *rows,
    size_t i, const char *expelled, struct fleet_row *row)
{
	const struct fleet_exception *exception;
	const unsigned char *octets, *signature;
	size_t len, signaturelen;

	octets = fleet_rows_octets(rows, i, 1, &len);
	signature = fleet_rows_octets(rows, i, 2, &signaturelen);
	if (octets == NULL || signature == NULL ||
	    signaturelen != FLEET_SIGNATURE || fleet_row_parse(octets, len,
	    mirror->list->fleet, row, NULL) != 0 ||
	    row->change != fleet_rows_number(rows, i, 0) ||
	    !fleet_members_verify(mirror->list, row->by, row->change, octets,
	    len, signature))
		return false;
	if (expelled == NULL || strcmp(row->by, expelled) != 0)
		return true;
	exception = fleet_exceptions_find(&mirror->exceptions, row->domain,
	    row->selector);
	return exception == NULL ||
	    strcmp(exception->selector, FLEET_GONE) == 0;
}

/* The rows above what was taken; whoever has a role can put many there. */
static int
check_rows(struct fleet_mirror *mirror, const char *expelled,
    struct ks_error *error)
{
	char number[FLEET_NUMBER_SIZE];
	int64_t after = mirror->marks.change;
	struct fleet_value value;
	struct fleet_rows *rows;
	struct fleet_row row;
	unsigned int npages;
	bool counts = false;
	size_t i, n;
	int r;

	for (npages = 0; npages < FLEET_MAX_BAD_PAGES; npages++) {
		value = fleet_number(after, number);
		if ((r = run(mirror, rows_above, &value, 1, &rows,
		    error)) != 0)
			return r;
		n = fleet_rows_count(rows);
		for (i = 0; i < n && !counts; i++)
			counts = may_count(mirror, rows, i, expelled, &row);
		if (n > 0)
			after = fleet_rows_number(rows, n - 1, 0);
		fleet_rows_free(rows);
		if (counts || n < ROWS)
			break;
	}
	if (npages == FLEET_MAX_BAD_PAGES)
		return refuse(error, "the database has very many rows that "
		    "no host has signed: see 'A database that somebody wrote "
		    "into' in docs/fleet.md");
	if (!counts)
		return 0;
	(void)snprintf(error->text, sizeof(error->text), "this host has not "
	    "taken key %.63s of %.253s, change %lld, which %.64s has signed: "
	    "see '%s fleet list', and try again", row.selector, row.domain,
	    (long long)row.change, row.by, ks_command(mirror->taker.ks));
	return KS_E_EXISTS;
}

static int
check_fresh(struct fleet_mirror *mirror, const char *expelled,
    int64_t *change, struct ks_error *error)
{
	int r;

	if (!fleet_members_admits(mirror->list, mirror->host))
		return refuse(error, FLEET_NOT_ADMITTED);
	if ((r = fleet_mirror_number(mirror, change, error)) != 0)
		return r;
	/* A number that nobody uses was that of a row that is deleted. */
	return *change == mirror->marks.change ? 0 :
	    check_rows(mirror, expelled, error);
}

/* -- The next version ----------------------------------------------------- */

static int
write_list(struct fleet_mirror *mirror, int64_t change, const char *names,
    const char *octets, size_t len, struct ks_error *error)
{
	char version[FLEET_NUMBER_SIZE], number[FLEET_NUMBER_SIZE];
	unsigned char signature[FLEET_SIGNATURE];
	const struct fleet_value values[] = {
		fleet_number(mirror->list->version, version),
		fleet_number(change, number), fleet_text(names),
		fleet_octets(octets, len),
		fleet_octets(signature, sizeof(signature))
	};
	struct fleet_db_error why;
	enum fleet_db_result result;

	if (fleet_sign(mirror->keys->sign, octets, len, signature) != 0)
		return fleet_fail(error, KS_E_CRYPTO, "cannot sign the member "
		    "list");
	result = fleet_db_run(mirror->db, change_members, values, 5, NULL,
	    &why);
	if (result == FLEET_DB_DONE)
		return 0;
	if (result == FLEET_DB_AWAY)
		return fleet_fail(error, KS_E_SYSTEM, why.text);
	if (strcmp(why.state, "CS003") == 0)
		return fleet_fail(error, KS_E_LOCKED, "other hosts change the "
		    "fleet just now: run the same command again");
	return fleet_fail(error, strcmp(why.state, "CS002") == 0 ?
	    KS_E_LOCKED : KS_E_EXISTS, why.text);
}

int
fleet_list_change(struct fleet_mirror *mirror, const struct fleet_host *host,
    struct ks_error *error)
{
	struct fleet_host changed = *host;
	char *octets, *names;
	int64_t change = 0;
	size_t len;
	int r;

	if ((r = check_fresh(mirror, fleet_members_find(mirror->list,
	    host->name) == NULL ? NULL : host->name, &change, error)) != 0)
		return r;
	/* What was not taken is not signed, or refused: it never counts. */
	changed.to = mirror->marks.change;
	if ((r = fleet_members_follow(mirror->list, &changed, change + 1,
	    mirror->host, &octets, &len, error)) != 0)
		return r;
	if ((names = fleet_admitted_names(mirror->list,
	    host->name)) == NULL)
		r = fleet_fail(error, KS_E_NOMEM, "out of memory");
	else
		r = write_list(mirror, change + 1, names, octets, len, error);
	free(names);
	free(octets);
	if (r == 0) {
		mirror->members = mirror->list->version + 1;
		r = fleet_mirror_members(mirror, error);
	}
	return r;
}
