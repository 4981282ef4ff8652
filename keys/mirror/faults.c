/* SPDX-License-Identifier: ISC */

/*
 * Failures of single domains (mirror.h): whoever goes over all of them notes
 * these, does what can be done for the others, and says so in the end.
 *
 * What ends the walk at once would be the same for each domain: no memory, a
 * disk that is full, a database that is away.
 */

#include <stdio.h>

#include "mirror/mirror.h"

struct walk {
	struct keystore		*ks;
	int			(*each)(void *, const char *,
				    struct fleet_kept *);
	void			*context;
	struct fleet_faults	*faults;
	struct ks_error		*error;
};

bool
fleet_mirror_is_of_domain(int r)
{
	return r == KS_E_DAMAGED || r == KS_E_ARG || r == KS_E_UNSAFE ||
	    r == KS_E_FORMAT || r == KS_E_EXISTS || r == KS_E_LOCKED;
}

int
fleet_faults_note(struct fleet_faults *faults, int r,
    const struct ks_error *error)
{
	if (!fleet_mirror_is_of_domain(r))
		return r;
	if (faults->n++ == 0)
		faults->first = *error;
	return 0;
}

int
fleet_faults_end(const struct fleet_faults *faults, int r,
    struct ks_error *error)
{
	if (r != 0 || faults->n == 0)
		return r;
	(void)snprintf(error->text, sizeof(error->text), "done but for %zu "
	    "domain%s: %.800s%s", faults->n, faults->n == 1 ? "" : "s",
	    faults->first.text, faults->n == 1 ? "" : "; and others");
	return KS_E_DAMAGED;
}

/* Called for each domain. */
static int
walk_domain(const char *domain, void *context)
{
	struct walk *walk = context;
	struct fleet_kept kept;
	int r;

	r = fleet_kept_read(walk->ks, domain, &kept, walk->error);
	if (r == 0)
		r = walk->each(walk->context, domain, &kept);
	else
		r = fleet_faults_note(walk->faults, r, walk->error);
	fleet_kept_finish(&kept);
	return r;
}

int
fleet_mirror_each_kept(struct fleet_mirror *mirror,
    int (*each)(void *, const char *, struct fleet_kept *), void *context,
    struct fleet_faults *faults, struct ks_error *error)
{
	struct walk walk = { mirror->taker.ks, each, context, faults, error };

	return ks_each_domain(walk.ks, walk_domain, &walk, error);
}
