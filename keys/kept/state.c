/* SPDX-License-Identifier: ISC */

/*
 * Rows as a state: see state.h.
 *
 * The rows were judged before they were kept, so only their octets are read
 * here, and no signature is verified.  The row of the end of a domain is not
 * that of a key.
 */

#include "kept/state.h"

#include <string.h>

#include "signed/row.h"
#include "store/state.h"

int
fleet_kept_state(const struct fleet_kept *kept, const char *domain,
    const char *fleet, struct ks_state *state, struct ks_error *error)
{
	const struct fleet_kept_row *one;
	struct ks_state key;
	struct fleet_row row;
	size_t i;
	int r = 0;

	memset(state, 0, sizeof(*state));
	(void)strlcpy(state->domain, domain, sizeof(state->domain));
	for (i = 0; i < kept->nrows && r == 0; i++) {
		one = &kept->rows[i];
		if (strcmp(one->selector, FLEET_GONE) == 0)
			continue;
		if ((r = fleet_row_parse(one->octets, one->octetslen, fleet,
		    &row, error)) != 0 ||
		    (r = fleet_row_key(&row, &key, error)) != 0)
			return r;
		if (ks_state_append(state, &key.keys[0]) != 0)
			r = fleet_fail(error, KS_E_NOMEM, "out of memory");
		ks_state_finish(&key);
	}
	return r;
}
