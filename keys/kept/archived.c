/* SPDX-License-Identifier: ISC */

/*
 * Rows of archived domains: see archived.h.
 *
 * The files are found and read by the store (fleet_file.h); a file that cannot
 * be read or is damaged ends the walk.
 */

#include "kept/archived.h"

#include <string.h>

#include "store/fleet_file.h"

struct walk {
	int		(*each)(void *, const char *, struct fleet_kept *);
	void		*context;
	struct ks_error	*error;
};

static int
parse(void *context, const char *domain, char *text, size_t len)
{
	const struct walk *walk = context;
	struct fleet_kept kept;
	int r;

	memset(&kept, 0, sizeof(kept));
	r = fleet_kept_parse(text, len, domain, &kept, walk->error);
	if (r == 0 && kept.nrows > 0)
		r = walk->each(walk->context, domain, &kept);
	fleet_kept_finish(&kept);
	return r;
}

int
fleet_each_archived(struct keystore *ks,
    int (*each)(void *, const char *, struct fleet_kept *), void *context,
    struct ks_error *error)
{
	struct walk walk = { each, context, error };

	return ks_fleet_each_archived(ks, parse, &walk, error);
}
