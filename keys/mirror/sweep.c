/* SPDX-License-Identifier: ISC */

/*
 * The sweep: all rows of the database against all that this host has (see
 * mirror.h).
 *
 * A poll sees only numbers above the cursor.  What was removed, put back or
 * altered below it is found here: the numbers of each domain are compared with
 * those that are kept, and a domain that differs in anything is taken again,
 * which raises the alarms.  Both sides come in the order of domains, so memory
 * holds one page.
 */

#include <stdlib.h>
#include <string.h>

#include "mirror/mirror.h"

#define PAGE	1000	/* rows */

static const char numbers_of[] = "SELECT domain, selector, change "
    "FROM countersign.key WHERE (domain, selector) > ($1, $2) "
    "AND octet_length(domain) < 254 AND octet_length(selector) < 64 "
    "ORDER BY domain, selector LIMIT 1000";

struct sweep {
	struct fleet_mirror	*mirror;
	struct fleet_polled	*polled;
	struct ks_error		*error;
	struct fleet_rows	*page;
	size_t			 next;	/* row of the page */
	bool			 has_ended;
	char			 domain[DKIMSIG_DOMAIN_SIZE];	/* last read */
	char			 selector[KS_SELECTOR_SIZE];
};

static const char *
text_at(const struct sweep *sweep, size_t row, size_t column)
{
	const char *text = fleet_rows_text(sweep->page, row, column);

	return text == NULL ? "" : text;
}

/*
 * Whether the page follows the last row that was read, in the order of octets:
 * otherwise it could come again and again.  Names that are too long, which no
 * key has, are not asked for.
 */
static bool
is_in_order(const struct sweep *sweep)
{
	const char *domain = sweep->domain, *selector = sweep->selector;
	const char *next_domain, *next_selector;
	size_t i;
	int order;

	for (i = 0; i < fleet_rows_count(sweep->page); i++) {
		next_domain = text_at(sweep, i, 0);
		next_selector = text_at(sweep, i, 1);
		if ((order = strcmp(domain, next_domain)) == 0)
			order = strcmp(selector, next_selector);
		if (order >= 0 || strlen(next_domain) >= DKIMSIG_DOMAIN_SIZE ||
		    strlen(next_selector) >= KS_SELECTOR_SIZE)
			return false;
		domain = next_domain;
		selector = next_selector;
	}
	return true;
}

/* Read the next page; none follows one that is not full. */
static int
read_page(struct sweep *sweep)
{
	const struct fleet_value values[] = {
		fleet_text(sweep->domain), fleet_text(sweep->selector)
	};
	struct fleet_mirror *mirror = sweep->mirror;
	struct fleet_db_error why;
	int r;

	fleet_rows_free(sweep->page);
	sweep->page = NULL;
	sweep->next = 0;
	if (mirror->between != NULL)
		mirror->between(mirror->taker.context);
	if (!fleet_mirror_worked(fleet_db_run(mirror->db, numbers_of, values,
	    2, &sweep->page, &why), &why, &r, sweep->error))
		return r;
	sweep->has_ended = fleet_rows_count(sweep->page) < PAGE;
	return is_in_order(sweep) ? 0 : fleet_fail(sweep->error, KS_E_DAMAGED,
	    "the database's rows are not in the order of their names");
}

/* Whether there is a row; otherwise the sweep has ended, or *r says why. */
static bool
has_row(struct sweep *sweep, int *r)
{
	*r = 0;
	if (sweep->next < fleet_rows_count(sweep->page))
		return true;
	if (sweep->has_ended || (*r = read_page(sweep)) != 0)
		return false;
	return fleet_rows_count(sweep->page) > 0;
}

/* A name of the next row. */
static const char *
next_text(const struct sweep *sweep, size_t column)
{
	return text_at(sweep, sweep->next, column);
}

/*
 * Read the rows of the domain at the next row; *is_same: they have the numbers
 * of those that are kept.
 */
static int
read_domain(struct sweep *sweep, const struct fleet_kept *kept,
    bool *is_same)
{
	const struct fleet_kept_row *row;
	char domain[DKIMSIG_DOMAIN_SIZE];
	size_t n = 0;
	int r;

	*is_same = true;
	(void)strlcpy(domain, next_text(sweep, 0), sizeof(domain));
	while (has_row(sweep, &r) && strcmp(next_text(sweep, 0), domain) == 0) {
		(void)strlcpy(sweep->domain, domain, sizeof(sweep->domain));
		(void)strlcpy(sweep->selector, next_text(sweep, 1),
		    sizeof(sweep->selector));
		row = fleet_kept_find(kept, sweep->selector);
		if (row == NULL || row->change != fleet_rows_number(
		    sweep->page, sweep->next, 2))
			*is_same = false;
		n++;
		sweep->next++;
	}
	*is_same = *is_same && n == kept->nrows;
	return r;
}

static int
take_again(struct sweep *sweep, const char *domain)
{
	sweep->polled->ndomains++;
	return fleet_mirror_take(sweep->mirror, domain, sweep->polled,
	    sweep->error);
}

/* Domains of the database before that one (NULL: all) are not here. */
static int
skip_to(struct sweep *sweep, const char *domain)
{
	const struct fleet_kept none = { NULL, 0 };
	char other[DKIMSIG_DOMAIN_SIZE];
	bool is_same;
	int r = 0;

	while (r == 0 && has_row(sweep, &r) && (domain == NULL ||
	    strcmp(next_text(sweep, 0), domain) < 0)) {
		(void)strlcpy(other, next_text(sweep, 0), sizeof(other));
		if ((r = read_domain(sweep, &none, &is_same)) == 0)
			r = take_again(sweep, other);
	}
	return r;
}

/* Called for each domain that is here. */
static int
compare_domain(const char *domain, void *arg)
{
	struct sweep *sweep = arg;
	struct fleet_kept kept;
	bool is_same = false;
	int r;

	if ((r = skip_to(sweep, domain)) != 0)
		return r;
	r = fleet_kept_read(sweep->mirror->taker.ks, domain, &kept,
	    sweep->error);
	/* Taking it says what is wrong with it. */
	if (fleet_mirror_is_of_domain(r))
		r = 0;
	if (r == 0 && has_row(sweep, &r) &&
	    strcmp(next_text(sweep, 0), domain) == 0)
		r = read_domain(sweep, &kept, &is_same);
	else if (r == 0)
		is_same = kept.nrows == 0;	/* not of the fleet */
	fleet_kept_finish(&kept);
	return r != 0 || is_same ? r : take_again(sweep, domain);
}

int
fleet_mirror_sweep(struct fleet_mirror *mirror, struct fleet_polled *polled,
    struct ks_error *error)
{
	struct sweep sweep = {
		.mirror = mirror, .polled = polled, .error = error
	};
	int r;

	memset(polled, 0, sizeof(*polled));
	if (fleet_mirror_is_waiting(mirror))
		return 0;
	/* Somebody may have put back what this host confirmed: say it again. */
	mirror->sent_by = 0;
	r = ks_each_domain(mirror->taker.ks, compare_domain, &sweep, error);
	if (r == 0)
		r = skip_to(&sweep, NULL);
	if (r == 0)
		r = fleet_mirror_reported(mirror, error);
	fleet_rows_free(sweep.page);
	return r;
}
