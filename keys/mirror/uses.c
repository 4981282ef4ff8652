/* SPDX-License-Identifier: ISC */

/*
 * Last uses in the mirror (mirror.h): this host says that it has stopped to
 * sign with a key, and when it last did (DESIGN, section 2.6); and what the
 * others say of a key.
 *
 * This host says so after its own clock passed the end of the key, and never if
 * that clock is off: a key that was retired for all others may sign here.  It
 * says so when all signers have read a state that has the end, or the mark of a
 * compromised key.  The database keeps the last report of each host and key.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirror/mirror.h"
#include "store/last_use.h"

static const char report_use[] =
    "SELECT countersign.report_use($1, $2, $3, $4)";
static const char uses_of[] = "SELECT host, octets, signature "
    "FROM countersign.use WHERE domain = $1 AND selector = $2 LIMIT 400";

/* The last line of the octets is "at TIME". */
static const char reported_by[] = "SELECT domain, selector, "
    "substring(encode(octets, 'escape') FROM 'at ([0-9]+)\n$') "
    "FROM countersign.use WHERE host = $1 AND (domain, selector) > ($2, $3) "
    "AND octet_length(domain) < 254 AND octet_length(selector) < 64 "
    "ORDER BY domain, selector LIMIT 1000";

#define REPORTED_PAGE	1000	/* of reported_by */
#define DOMAINS_BETWEEN	200	/* in which clients wait */

struct reporting {
	struct fleet_mirror	*mirror;
	int64_t			 next;
	size_t			 ndomains;
	struct ks_error		*error;
};

/* When all signers have read the state as it is now. */
static int64_t
settled_at(struct keystore *ks, const char *domain)
{
	struct ks_stamp stamp;

	return ks_state_stamp(ks, domain, &stamp, NULL) != 0 ? KS_NEVER :
	    stamp.mtime_ns / 1000000000 + KS_RECHECK + 2;
}

/*
 * When this host has stopped to sign with a key that it may have used; KS_NEVER
 * if that is not known, or was reported.
 */
static int64_t
report_time(const struct fleet_mirror *mirror, const char *domain,
    const struct ks_key *key)
{
	const int64_t due = fleet_use_due(key);
	int64_t settled;

	/* A report counts if it came after the end that the key has now. */
	if (key->removed != KS_NEVER || key->active_from == KS_NEVER ||
	    due == KS_NEVER || fleet_reported_at(&mirror->reported, domain,
	    key->selector) > due)
		return KS_NEVER;
	settled = settled_at(mirror->taker.ks, domain);
	return settled == KS_NEVER || settled > due ? settled : due + 1;
}

/* The last second in which the key may have signed here. */
static int64_t
last_of(struct keystore *ks, const char *domain, const struct ks_key *key,
    int64_t now)
{
	const int64_t due = fleet_use_due(key);
	int64_t last;

	if (ks_used_read(ks, domain, key->selector, &last, NULL) != 0 ||
	    last == KS_USE_UNKNOWN)
		return due > 0 ? due : now;
	if (last == KS_NEVER)
		return KS_NEVER;
	last += KS_USED_GRAIN;
	return last < now ? last : now;
}

static int
report(struct fleet_mirror *mirror, const struct fleet_use *use,
    struct ks_error *error)
{
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_value values[4];
	struct fleet_db_error why;
	enum fleet_db_result result;
	char *octets;
	size_t len;
	int r;

	if ((r = fleet_use_make(use, mirror->list->fleet, &octets, &len,
	    error)) != 0)
		return r;
	if ((r = fleet_sign(mirror->keys->sign, octets, len, signature)) != 0)
		(void)fleet_fail(error, r, "the crypto library cannot sign");
	else {
		values[0] = fleet_text(use->domain);
		values[1] = fleet_text(use->selector);
		values[2] = fleet_octets(octets, len);
		values[3] = fleet_octets(signature, sizeof(signature));
		result = fleet_db_run(mirror->db, report_use, values, 4, NULL,
		    &why);
		/* The database has no row of a key that is not the fleet's. */
		if ((result != FLEET_DB_REFUSED ||
		    strcmp(why.state, "CS006") != 0) &&
		    fleet_mirror_worked(result, &why, &r, error) &&
		    (r = fleet_reported_add(&mirror->reported, use->domain,
		    use->selector, use->at)) != 0)
			(void)fleet_fail(error, r, "out of memory");
	}
	free(octets);
	return r;
}

static int
report_key(struct reporting *reporting, const char *domain,
    const struct ks_key *key)
{
	struct fleet_mirror *mirror = reporting->mirror;
	const int64_t now = mirror->taker.clock();
	const int64_t when = report_time(mirror, domain, key);
	struct fleet_use use = { .at = now };

	if (when == KS_NEVER || when > now) {
		if (when != KS_NEVER && (reporting->next == KS_NEVER ||
		    when < reporting->next))
			reporting->next = when;
		return 0;
	}
	(void)strlcpy(use.host, mirror->host, sizeof(use.host));
	(void)strlcpy(use.domain, domain, sizeof(use.domain));
	(void)strlcpy(use.selector, key->selector, sizeof(use.selector));
	use.last = last_of(mirror->taker.ks, domain, key, now);
	return report(mirror, &use, reporting->error);
}

static int
report_domain(const char *domain, void *arg)
{
	struct reporting *reporting = arg;
	struct fleet_mirror *mirror = reporting->mirror;
	struct ks_state state;
	size_t i;
	int r = 0;

	if (mirror->between != NULL &&
	    ++reporting->ndomains % DOMAINS_BETWEEN == 0)
		mirror->between(mirror->taker.context);
	/* What cannot be read is an exception, or another's trouble. */
	if (ks_state_read(mirror->taker.ks, domain, &state, NULL) != 0)
		return 0;
	for (i = 0; i < state.nkeys && r == 0; i++)
		r = report_key(reporting, domain, &state.keys[i]);
	ks_state_finish(&state);
	return r;
}

int
fleet_mirror_report(struct fleet_mirror *mirror, int64_t *next,
    struct ks_error *error)
{
	struct reporting reporting = {
		.mirror = mirror, .next = KS_NEVER, .error = error
	};
	int r;

	*next = KS_NEVER;
	if (mirror->keys == NULL || mirror->clock_off_ms != 0 ||
	    !fleet_members_admits(mirror->list, mirror->host))
		return 0;
	r = ks_each_domain(mirror->taker.ks, report_domain, &reporting,
	    error);
	*next = reporting.next;
	return r;
}

/*
 * Note the keys of a page; the last one is where the next page begins.  Out of
 * order, pages could come again and again.
 */
static int
note_reported(struct fleet_mirror *mirror, const struct fleet_rows *rows,
    char domain[DKIMSIG_DOMAIN_SIZE], char selector[KS_SELECTOR_SIZE],
    struct ks_error *error)
{
	const char *of_domain, *of_selector, *at, *reason;
	size_t i;
	int order;

	for (i = 0; i < fleet_rows_count(rows); i++) {
		of_domain = fleet_rows_text(rows, i, 0);
		of_selector = fleet_rows_text(rows, i, 1);
		at = fleet_rows_text(rows, i, 2);
		if (of_domain == NULL || of_selector == NULL)
			continue;
		if ((order = strcmp(domain, of_domain)) == 0)
			order = strcmp(selector, of_selector);
		if (order >= 0 || strlcpy(domain, of_domain,
		    DKIMSIG_DOMAIN_SIZE) >= DKIMSIG_DOMAIN_SIZE ||
		    strlcpy(selector, of_selector, KS_SELECTOR_SIZE) >=
		    KS_SELECTOR_SIZE)
			return fleet_fail(error, KS_E_DAMAGED, "the "
			    "database's reports of last uses are not in the "
			    "order of their names");
		if (fleet_reported_add(&mirror->reported, domain, selector,
		    at == NULL ? 0 : strtonum(at, 0, INT64_MAX,
		    &reason)) != 0)
			return fleet_fail(error, KS_E_NOMEM, "out of memory");
	}
	return 0;
}

int
fleet_mirror_reported(struct fleet_mirror *mirror, struct ks_error *error)
{
	char domain[DKIMSIG_DOMAIN_SIZE] = "", selector[KS_SELECTOR_SIZE] = "";
	const struct fleet_value values[] = {
		fleet_text(mirror->host), fleet_text(domain),
		fleet_text(selector)
	};
	struct fleet_db_error why;
	struct fleet_rows *rows;
	size_t n;
	int r;

	fleet_reported_clear(&mirror->reported);
	if (mirror->host == NULL)
		return 0;
	do {
		if (mirror->between != NULL)
			mirror->between(mirror->taker.context);
		if (!fleet_mirror_worked(fleet_db_run(mirror->db, reported_by,
		    values, 3, &rows, &why), &why, &r, error))
			return r;
		n = fleet_rows_count(rows);
		r = note_reported(mirror, rows, domain, selector, error);
		fleet_rows_free(rows);
	} while (r == 0 && n == REPORTED_PAGE);
	return r;
}

/* -- What the others say -------------------------------------------------- */

/* A report that is not believed; without it, its host reports again. */
static void
tell_ignored(const struct fleet_mirror *mirror, const char *host,
    const char *domain, const char *selector, const char *why)
{
	char text[640];

	(void)snprintf(text, sizeof(text), "last use by %.64s: %.100s; DELETE "
	    "FROM countersign.use WHERE host = '%.64s' AND domain = '%.253s' "
	    "AND selector = '%.63s'", host, why, host, domain, selector);
	mirror->taker.alarm(mirror->taker.context, FLEET_OF_USE, FLEET_GONE,
	    0, text);
}

/* Look for a believed report of a host; *use is set if there is one. */
static bool
find_use(struct fleet_mirror *mirror, const struct fleet_rows *rows,
    const struct fleet_host *host, const char *domain,
    const struct ks_key *key, struct fleet_use *use)
{
	struct fleet_found_use found = {
		.domain = domain, .selector = key->selector
	};
	struct ks_error why;
	size_t i;

	for (i = 0; i < fleet_rows_count(rows); i++) {
		found.host = fleet_rows_text(rows, i, 0);
		if (found.host == NULL || strcmp(found.host, host->name) != 0)
			continue;
		found.octets = fleet_rows_octets(rows, i, 1, &found.len);
		found.signature = fleet_rows_octets(rows, i, 2,
		    &found.signaturelen);
		if (found.octets == NULL || found.signature == NULL)
			return false;
		if (fleet_use_verify(mirror->list, &found, key, use,
		    &why) == 0)
			return true;
		tell_ignored(mirror, host->name, domain, key->selector,
		    why.text);
		/* Its own, somebody has replaced: it is reported again. */
		if (mirror->host != NULL &&
		    strcmp(host->name, mirror->host) == 0)
			(void)fleet_reported_add(&mirror->reported, domain,
			    key->selector, 0);
		return false;
	}
	return false;
}

int
fleet_mirror_uses(struct fleet_mirror *mirror, const char *domain,
    const struct ks_key *key,
    void (*each)(void *, const struct fleet_mirror_use *), void *context,
    struct ks_error *error)
{
	const struct fleet_value values[] = {
		fleet_text(domain), fleet_text(key->selector)
	};
	struct fleet_mirror_use said;
	struct fleet_db_error why;
	struct fleet_rows *rows;
	struct fleet_use use;
	size_t i;
	int r;

	if (!fleet_mirror_worked(fleet_db_run(mirror->db, uses_of, values, 2,
	    &rows, &why), &why, &r, error))
		return r;
	for (i = 0; i < mirror->list->nhosts; i++) {
		if (mirror->list->hosts[i].is_expelled)
			continue;
		said.host = mirror->list->hosts[i].name;
		said.is_known = find_use(mirror, rows,
		    &mirror->list->hosts[i], domain, key, &use);
		said.last = said.is_known ? use.last : KS_NEVER;
		each(context, &said);
	}
	fleet_rows_free(rows);
	return 0;
}

/* What fleet_mirror_used() gathers. */
struct gathering {
	size_t	*nmissing;
	char	*missing;
	int64_t	*last;
};

static void
gather(void *context, const struct fleet_mirror_use *said)
{
	const struct gathering *gathering = context;

	if (!said->is_known && (*gathering->nmissing)++ == 0)
		(void)strlcpy(gathering->missing, said->host,
		    FLEET_NAME_SIZE);
	if (said->last != KS_NEVER && said->last > *gathering->last)
		*gathering->last = said->last;
}

int
fleet_mirror_used(struct fleet_mirror *mirror, const struct ks_state *state,
    const char *selector, size_t *nmissing, char missing[FLEET_NAME_SIZE],
    int64_t *last, struct ks_error *error)
{
	const struct ks_key *key = ks_state_find(state, selector);
	struct gathering gathering = { nmissing, missing, last };

	*nmissing = 0;
	*last = KS_NEVER;
	missing[0] = '\0';
	if (key == NULL)
		return fleet_fail(error, KS_E_NOKEY, "no such key");
	if (key->active_from == KS_NEVER)
		return 0;
	return fleet_mirror_uses(mirror, state->domain, key, gather,
	    &gathering, error);
}
