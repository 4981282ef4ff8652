/* SPDX-License-Identifier: ISC */

/*
 * Confirmations and uses: see report.h.
 *
 * Each value has one form, as in row.c.  A host's texts of another fleet, of
 * another host, or of another key are refused by what they say, not by the
 * column beside them.  Pure functions.
 */

#include "signed/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CONFIRM	"countersign-fleet confirm 1"
#define FIRST_USE	"countersign-fleet use 1"
#define MAX_OCTETS	8192

static int
no_memory(struct ks_error *error)
{
	return fleet_fail(error, KS_E_NOMEM, "out of memory");
}

static void
read_fleet(struct fleet_lines *lines, const char *fleet)
{
	char id[FLEET_HEX_SIZE];

	fleet_lines_hex(lines, "fleet", false, id);
	if (strcmp(id, fleet) != 0)
		fleet_lines_fail(lines, "names another fleet");
}

/* Who signed: an admitted host, under its own name. */
static const char *
check_signer(const struct fleet_members *members, const char *name,
    const char *column, const void *octets, size_t len,
    const void *signature, size_t signaturelen)
{
	const struct fleet_host *host = fleet_members_find(members, name);

	if (strcmp(name, column) != 0)
		return "it was signed by another host";
	if (host == NULL || host->is_expelled)
		return "its host is not admitted";
	if (signaturelen != FLEET_SIGNATURE ||
	    !fleet_verify(host->sign, octets, len, signature))
		return "not signed by its host";
	return NULL;
}

/* -- Confirmations -------------------------------------------------------- */

/* The number and the digest, which are one value. */
static void
read_exceptions(struct fleet_lines *lines,
    struct fleet_confirmation *confirmation)
{
	const char *value, *blank;
	int64_t n = 0;
	size_t len;

	fleet_lines_value(lines, "except", &value, &len);
	blank = len == 0 ? NULL : memchr(value, ' ', len);
	if (blank == NULL ||
	    !fleet_number_parse(value, (size_t)(blank - value), 0, &n) ||
	    !fleet_hex_parse(blank + 1, len - (size_t)(blank + 1 - value),
	    confirmation->digest))
		fleet_lines_fail(lines, "has no number and digest");
	confirmation->nexceptions = (size_t)n;
}

static int
parse_confirmation(const void *octets, size_t len, const char *fleet,
    struct fleet_confirmation *confirmation, struct ks_error *error)
{
	struct fleet_lines lines;

	memset(confirmation, 0, sizeof(*confirmation));
	fleet_lines_init(&lines, octets, len);
	fleet_lines_expect(&lines, FIRST_CONFIRM);
	read_fleet(&lines, fleet);
	fleet_lines_host(&lines, "host", confirmation->host);
	confirmation->change = fleet_lines_number(&lines, "change", 0);
	confirmation->members = fleet_lines_number(&lines, "members", 1);
	confirmation->at = fleet_lines_number(&lines, "at", 0);
	fleet_lines_hex(&lines, "rows", false, confirmation->rows);
	read_exceptions(&lines, confirmation);
	return fleet_lines_end(&lines, error) ? 0 : KS_E_DAMAGED;
}

int
fleet_confirmation_make(struct fleet_confirmation *confirmation,
    const char *fleet, const struct fleet_exceptions *exceptions,
    const char *text, size_t textlen, char **octets, size_t *len,
    struct ks_error *error)
{
	struct fleet_confirmation again;
	int n, r;

	*octets = NULL;
	confirmation->nexceptions = exceptions->n;
	if (fleet_digest(text, textlen, confirmation->digest) != 0)
		return fleet_fail(error, KS_E_CRYPTO, "SHA-256 is "
		    "unavailable");
	n = asprintf(octets, FIRST_CONFIRM "\nfleet %s\nhost %s\nchange %lld\n"
	    "members %lld\nat %lld\nrows %s\nexcept %zu %s\n", fleet,
	    confirmation->host, (long long)confirmation->change,
	    (long long)confirmation->members, (long long)confirmation->at,
	    confirmation->rows, confirmation->nexceptions,
	    confirmation->digest);
	if (n == -1) {
		*octets = NULL;
		return no_memory(error);
	}
	*len = (size_t)n;
	r = parse_confirmation(*octets, *len, fleet, &again, error);
	if (r == 0)
		return 0;
	free(*octets);
	*octets = NULL;
	return KS_E_ARG;
}

int
fleet_confirmation_verify(const struct fleet_members *members,
    const struct fleet_found_confirmation *found,
    struct fleet_confirmation *confirmation,
    struct fleet_exceptions *exceptions, struct ks_error *error)
{
	char digest[FLEET_HEX_SIZE];
	const char *why;
	int r;

	memset(exceptions, 0, sizeof(*exceptions));
	if (found->len > MAX_OCTETS)
		return fleet_fail(error, KS_E_DAMAGED, "too large");
	if ((r = parse_confirmation(found->octets, found->len, members->fleet,
	    confirmation, error)) != 0)
		return r;
	why = check_signer(members, confirmation->host, found->host,
	    found->octets, found->len, found->signature,
	    found->signaturelen);
	if (why == NULL && confirmation->change != found->change)
		why = "it was signed with another change number";
	if (why == NULL && (fleet_digest(found->exceptions,
	    found->exceptionslen, digest) != 0 ||
	    strcmp(digest, confirmation->digest) != 0))
		why = "its exceptions are not those that were signed";
	if (why != NULL)
		return fleet_fail(error, KS_E_DAMAGED, why);
	if ((r = fleet_exceptions_parse(exceptions, found->exceptions,
	    found->exceptionslen, error)) != 0)
		return r;
	if (exceptions->n == confirmation->nexceptions)
		return 0;
	fleet_exceptions_finish(exceptions);
	return fleet_fail(error, KS_E_DAMAGED, "it has another number of "
	    "exceptions than was signed");
}

/* -- Uses ----------------------------------------------------------------- */

/* "-" or a time. */
static void
read_last(struct fleet_lines *lines, struct fleet_use *use)
{
	const char *value;
	size_t len;

	fleet_lines_value(lines, "last", &value, &len);
	use->last = KS_NEVER;
	if (!(len == 1 && *value == '-') &&
	    !fleet_number_parse(value, len, 0, &use->last))
		fleet_lines_fail(lines, "has no time");
}

static void
read_key(struct fleet_lines *lines, struct fleet_use *use)
{
	const char *value;
	size_t len;

	fleet_lines_value(lines, "domain", &value, &len);
	if (dkimsig_domain_normalize(value, len, use->domain,
	    sizeof(use->domain)) != 0 || strlen(use->domain) != len ||
	    memcmp(value, use->domain, len) != 0)
		fleet_lines_fail(lines, "has no domain in lower case");
	fleet_lines_value(lines, "selector", &value, &len);
	if (len < sizeof(use->selector)) {
		memcpy(use->selector, value, len);
		use->selector[len] = '\0';
	}
	if (!ks_selector_is_normal(use->selector))
		fleet_lines_fail(lines, "has no selector");
}

static int
parse_use(const void *octets, size_t len, const char *fleet,
    struct fleet_use *use, struct ks_error *error)
{
	struct fleet_lines lines;

	memset(use, 0, sizeof(*use));
	fleet_lines_init(&lines, octets, len);
	fleet_lines_expect(&lines, FIRST_USE);
	read_fleet(&lines, fleet);
	fleet_lines_host(&lines, "host", use->host);
	read_key(&lines, use);
	read_last(&lines, use);
	use->at = fleet_lines_number(&lines, "at", 0);
	if (use->last > use->at)
		fleet_lines_fail(&lines, "is before the last use");
	return fleet_lines_end(&lines, error) ? 0 : KS_E_DAMAGED;
}

int
fleet_use_make(const struct fleet_use *use, const char *fleet, char **octets,
    size_t *len, struct ks_error *error)
{
	struct fleet_use again;
	char last[24] = "-";
	int n, r;

	*octets = NULL;
	if (use->last != KS_NEVER)
		(void)snprintf(last, sizeof(last), "%lld",
		    (long long)use->last);
	n = asprintf(octets, FIRST_USE "\nfleet %s\nhost %s\ndomain %s\n"
	    "selector %s\nlast %s\nat %lld\n", fleet, use->host, use->domain,
	    use->selector, last, (long long)use->at);
	if (n == -1) {
		*octets = NULL;
		return no_memory(error);
	}
	*len = (size_t)n;
	r = parse_use(*octets, *len, fleet, &again, error);
	if (r == 0)
		return 0;
	free(*octets);
	*octets = NULL;
	return KS_E_ARG;
}

int64_t
fleet_use_due(const struct ks_key *key)
{
	if (key->compromised)
		return 0;
	return key->retire_at == KS_NEVER ? KS_NEVER :
	    key->retire_at + KS_HANDOVER;
}

int
fleet_use_verify(const struct fleet_members *members,
    const struct fleet_found_use *found, const struct ks_key *key,
    struct fleet_use *use, struct ks_error *error)
{
	const int64_t due = fleet_use_due(key);
	const char *why;
	int r;

	if (found->len > MAX_OCTETS)
		return fleet_fail(error, KS_E_DAMAGED, "too large");
	if ((r = parse_use(found->octets, found->len, members->fleet, use,
	    error)) != 0)
		return r;
	why = check_signer(members, use->host, found->host, found->octets,
	    found->len, found->signature, found->signaturelen);
	if (why == NULL && (strcmp(use->domain, found->domain) != 0 ||
	    strcmp(use->selector, found->selector) != 0 ||
	    strcmp(use->selector, key->selector) != 0))
		why = "it was signed for another key";
	if (why == NULL && (due == KS_NEVER || use->at <= due))
		why = "it was signed before the end of the key";
	return why == NULL ? 0 : fleet_fail(error, KS_E_DAMAGED, why);
}
