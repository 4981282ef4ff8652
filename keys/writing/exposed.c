/* SPDX-License-Identifier: ISC */

/*
 * Keys that a host which was expelled could open: see resign.h.
 *
 * They are found in the rows that this host keeps, whatever the database has.
 * A domain whose rows cannot be read may have such keys: it is named in the
 * end, when all keys of the others were.
 */

#include "store/state.h"
#include "writing/resign.h"

struct exposing {
	struct fleet_mirror	*mirror;
	int			(*each)(void *, const char *, const char *);
	void			*context;
};

static bool
is_in_use(const struct fleet_row *row)
{
	struct ks_state one;
	struct ks_error why;
	bool is_used;

	if (fleet_row_key(row, &one, &why) != 0)
		return false;
	is_used = one.keys[0].revoked == KS_NEVER &&
	    one.keys[0].removed == KS_NEVER;
	ks_state_finish(&one);
	return is_used;
}

/* Called for the rows of each domain. */
static int
expose_rows(void *context, const char *domain, struct fleet_kept *kept)
{
	struct exposing *exposing = context;
	const struct fleet_members *list = exposing->mirror->list;
	struct fleet_row row;
	struct ks_error why;
	size_t i;
	int r = 0;

	for (i = 0; i < kept->nrows && r == 0; i++)
		if (fleet_row_parse(kept->rows[i].octets,
		    kept->rows[i].octetslen, list->fleet, &row, &why) == 0 &&
		    fleet_epoch_is_over(list, &row) && is_in_use(&row))
			r = exposing->each(exposing->context, domain,
			    row.selector);
	return r;
}

int
fleet_each_exposed(struct fleet_mirror *mirror,
    int (*each)(void *, const char *, const char *), void *context,
    struct ks_error *error)
{
	struct exposing exposing = { mirror, each, context };
	struct fleet_faults faults = { 0 };
	int r;

	r = fleet_mirror_each_kept(mirror, expose_rows, &exposing, &faults,
	    error);
	return fleet_faults_end(&faults, r, error);
}
