/* SPDX-License-Identifier: ISC */

/*
 * Rows of archived domains: see archived.h.
 *
 * The files are found and read by the store (fleet_file.h), which goes on if
 * one of them cannot be read; so does this file if one is damaged.  Only the
 * first error is kept.
 */

#include "kept/archived.h"

#include <string.h>

#include "store/fleet_file.h"

struct walk {
	int		(*each)(void *, const char *, struct fleet_kept *);
	void		*context;
	int		bad;	/* the first failure of a file, or 0 */
	struct ks_error	why;
};

static int
parse(void *context, const char *domain, char *text, size_t len)
{
	struct walk *walk = context;
	struct fleet_kept kept;
	struct ks_error why;
	int r;

	memset(&kept, 0, sizeof(kept));
	r = fleet_kept_parse(text, len, domain, &kept, &why);
	if (r == 0 && kept.nrows > 0)
		r = walk->each(walk->context, domain, &kept);
	else if (r != 0) {
		if (walk->bad == 0) {
			walk->bad = r;
			walk->why = why;
		}
		r = 0;
	}
	fleet_kept_finish(&kept);
	return r;
}

int
fleet_each_archived(struct keystore *ks,
    int (*each)(void *, const char *, struct fleet_kept *), void *context,
    struct ks_error *error)
{
	struct walk walk = { .each = each, .context = context };
	int r;

	r = ks_fleet_each_archived(ks, parse, &walk, error);
	if (r == 0 && walk.bad != 0 && error != NULL)
		*error = walk.why;
	return r != 0 ? r : walk.bad;
}
