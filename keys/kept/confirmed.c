/* SPDX-License-Identifier: ISC */

/*
 * What the hosts have confirmed: see confirmed.h.
 *
 * A number never falls; with the same number, the time decides.  A damaged file
 * is an error until somebody removes it, so that damage never makes an old
 * confirmation news.
 */

#include "kept/confirmed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memstream.h"
#include "kept/marks.h"
#include "store/fleet_file.h"

#define FILE_NAME	"confirmed"
#define FIRST_LINE	"countersign-fleet-confirmed 1"

void
fleet_confirmed_finish(struct fleet_confirmed *confirmed)
{
	size_t i;

	for (i = 0; i < confirmed->nhosts; i++)
		fleet_exceptions_finish(&confirmed->hosts[i].exceptions);
	free(confirmed->hosts);
	memset(confirmed, 0, sizeof(*confirmed));
}

void
fleet_confirmed_begin(struct fleet_confirmed *confirmed)
{
	size_t i;

	for (i = 0; i < confirmed->nhosts; i++)
		confirmed->hosts[i].is_current = false;
}

static struct fleet_confirmed_host *
find(const struct fleet_confirmed *confirmed, const char *name)
{
	size_t i;

	for (i = 0; i < confirmed->nhosts; i++)
		if (strcmp(confirmed->hosts[i].name, name) == 0)
			return &confirmed->hosts[i];
	return NULL;
}

const struct fleet_confirmed_host *
fleet_confirmed_find(const struct fleet_confirmed *confirmed,
    const char *name)
{
	return find(confirmed, name);
}

/* The entry of a host, which is made if there is none; NULL: no memory. */
static struct fleet_confirmed_host *
need(struct fleet_confirmed *confirmed, const char *name)
{
	struct fleet_confirmed_host *hosts, *host;
	size_t i;

	if ((host = find(confirmed, name)) != NULL)
		return host;
	hosts = recallocarray(confirmed->hosts, confirmed->nhosts,
	    confirmed->nhosts + 1, sizeof(*hosts));
	if (hosts == NULL)
		return NULL;
	confirmed->hosts = hosts;
	for (i = confirmed->nhosts; i > 0 &&
	    strcmp(hosts[i - 1].name, name) > 0; i--)
		hosts[i] = hosts[i - 1];
	memset(&hosts[i], 0, sizeof(hosts[i]));
	(void)strlcpy(hosts[i].name, name, sizeof(hosts[i].name));
	confirmed->nhosts++;
	return &hosts[i];
}

int
fleet_confirmed_take(struct fleet_confirmed *confirmed,
    const struct fleet_members *members,
    const struct fleet_found_confirmation *found, struct ks_error *error)
{
	struct fleet_confirmation new;
	struct fleet_confirmed_host *host;
	struct fleet_exceptions exceptions;
	int r;

	if ((r = fleet_confirmation_verify(members, found, &new, &exceptions,
	    error)) != 0)
		return r;
	if ((host = need(confirmed, new.host)) == NULL) {
		fleet_exceptions_finish(&exceptions);
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	}
	if (new.change < host->change ||
	    (new.change == host->change && new.at < host->at)) {
		if (error != NULL)
			(void)snprintf(error->text, sizeof(error->text),
			    "it has confirmed change %lld at %lld, but change "
			    "%lld at %lld was seen: somebody put an old one "
			    "back, or its clock was set back",
			    (long long)new.change, (long long)new.at,
			    (long long)host->change, (long long)host->at);
		fleet_exceptions_finish(&exceptions);
		return KS_E_EXISTS;
	}
	if (new.change != host->change || new.at != host->at)
		confirmed->has_changed = true;
	fleet_exceptions_finish(&host->exceptions);
	host->exceptions = exceptions;
	host->change = new.change;
	host->at = new.at;
	host->members = new.members;
	(void)strlcpy(host->rows, new.rows, sizeof(host->rows));
	host->is_current = true;
	return 0;
}

int
fleet_confirmed_note(struct fleet_confirmed *confirmed, const char *self,
    int64_t change, int64_t *at)
{
	struct fleet_confirmed_host *host = need(confirmed, self);

	if (host == NULL)
		return KS_E_NOMEM;
	if (*at <= host->at)
		*at = host->at + 1;
	host->change = change;
	host->at = *at;
	confirmed->has_changed = true;
	return 0;
}

bool
fleet_confirmed_has(const struct fleet_confirmed *confirmed,
    const char *name, const char *domain, const char *selector,
    int64_t change)
{
	const struct fleet_confirmed_host *host = find(confirmed, name);

	return host != NULL && host->is_current && host->change >= change &&
	    fleet_exceptions_find(&host->exceptions, domain, selector) == NULL;
}

const struct fleet_confirmed_host *
fleet_confirmed_highest(const struct fleet_confirmed *confirmed,
    const struct fleet_members *members, const char *self)
{
	const struct fleet_confirmed_host *host, *highest = NULL;
	size_t i;

	for (i = 0; i < confirmed->nhosts; i++) {
		host = &confirmed->hosts[i];
		if (strcmp(host->name, self) != 0 &&
		    fleet_members_admits(members, host->name) &&
		    (highest == NULL || host->change > highest->change))
			highest = host;
	}
	return highest;
}

const struct fleet_confirmed_host *
fleet_confirmed_newest(const struct fleet_confirmed *confirmed,
    const struct fleet_members *members, const char *self)
{
	const struct fleet_confirmed_host *host, *newest = NULL;
	size_t i;

	for (i = 0; i < confirmed->nhosts; i++) {
		host = &confirmed->hosts[i];
		if (host->is_current && strcmp(host->name, self) != 0 &&
		    fleet_members_admits(members, host->name) &&
		    (newest == NULL || host->members > newest->members))
			newest = host;
	}
	return newest;
}

const struct fleet_confirmed_host *
fleet_confirmed_differing(const struct fleet_confirmed *confirmed,
    const struct fleet_members *members,
    const struct fleet_confirmation *self)
{
	const struct fleet_confirmed_host *host;
	size_t i;

	for (i = 0; i < confirmed->nhosts; i++) {
		host = &confirmed->hosts[i];
		if (host->is_current && strcmp(host->name, self->host) != 0 &&
		    fleet_members_admits(members, host->name) &&
		    host->change == self->change && self->nexceptions == 0 &&
		    host->exceptions.n == 0 &&
		    strcmp(host->rows, self->rows) != 0)
			return host;
	}
	return NULL;
}

/* -- The file ------------------------------------------------------------- */

/* NAME CHANGE AT */
static bool
parse_host(const char *value, size_t len, struct fleet_confirmed_host *host)
{
	const char *first, *second;
	const char *end = value + len;

	memset(host, 0, sizeof(*host));
	first = len == 0 ? NULL : memchr(value, ' ', len);
	second = first == NULL ? NULL : memchr(first + 1, ' ',
	    (size_t)(end - first - 1));
	return second != NULL &&
	    fleet_host_parse(value, (size_t)(first - value), host->name) &&
	    fleet_number_parse(first + 1, (size_t)(second - first - 1), 0,
	    &host->change) && fleet_number_parse(second + 1,
	    (size_t)(end - second - 1), 0, &host->at);
}

static int
read_hosts(struct fleet_lines *lines, struct fleet_confirmed *confirmed)
{
	struct fleet_confirmed_host one, *host;
	const char *value;
	size_t len;

	while (fleet_lines_is_next(lines, "host")) {
		fleet_lines_value(lines, "host", &value, &len);
		if (!parse_host(value, len, &one) ||
		    confirmed->nhosts == FLEET_MAX_HOSTS ||
		    find(confirmed, one.name) != NULL) {
			fleet_lines_fail(lines, "is not the line of a host");
			return 0;
		}
		if ((host = need(confirmed, one.name)) == NULL)
			return KS_E_NOMEM;
		host->change = one.change;
		host->at = one.at;
	}
	return 0;
}

int
fleet_confirmed_read(struct keystore *ks, struct fleet_confirmed *confirmed,
    struct ks_error *error)
{
	struct fleet_lines lines;
	struct ks_error why;
	size_t len;
	char *text;
	int r;

	memset(confirmed, 0, sizeof(*confirmed));
	if ((r = ks_fleet_read(ks, FILE_NAME, &text, &len, error)) != 0)
		return r == KS_E_NOKEY ? 0 : r;
	fleet_lines_init(&lines, text, len);
	fleet_lines_expect(&lines, FIRST_LINE);
	if ((r = read_hosts(&lines, confirmed)) != 0)
		r = fleet_fail(error, r, "out of memory");
	else if (!fleet_lines_end(&lines, &why)) {
		if (error != NULL)
			(void)snprintf(error->text, sizeof(error->text),
			    "%s/%s: %.500s: remove this file and "
			    ".fleet/marks, " FLEET_ENTER_AGAIN,
			    KS_FLEET_FOLDER, FILE_NAME, why.text);
		r = KS_E_DAMAGED;
	}
	ks_fleet_free(text, len);
	if (r != 0)
		fleet_confirmed_finish(confirmed);
	return r;
}

int
fleet_confirmed_write(struct keystore *ks, struct fleet_confirmed *confirmed,
    struct ks_error *error)
{
	const struct fleet_confirmed_host *host;
	char *text = NULL;
	size_t i, len = 0;
	bool is_good;
	FILE *fp;
	int r;

	if (!confirmed->has_changed)
		return 0;
	if ((fp = memstream_open(&text, &len)) == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	is_good = fputs(FIRST_LINE "\n", fp) != EOF;
	for (i = 0; i < confirmed->nhosts && is_good; i++) {
		host = &confirmed->hosts[i];
		is_good = fprintf(fp, "host %s %lld %lld\n", host->name,
		    (long long)host->change, (long long)host->at) > 0;
	}
	if (!memstream_close(fp, &text) || !is_good)
		r = fleet_fail(error, KS_E_NOMEM, "out of memory");
	else
		r = ks_fleet_write(ks, FILE_NAME, false, text, len, error);
	free(text);
	if (r == 0)
		confirmed->has_changed = false;
	return r;
}
