/* SPDX-License-Identifier: ISC */

/*
 * A list of distinct addresses: see addresslist.h.
 *
 * At most DKIMSIG_MAX_AUTHORS, searched one by one.  Only adding fails: when
 * memory runs out or the list is full.
 */

#include "dkimsig/addresslist.h"

#include <stdlib.h>
#include <string.h>

#include "dkimsig/dkimsig.h"

#define FIRST_SIZE	4	/* addresses; then doubled */

static bool
is_listed(const struct addresslist *l, const struct view *local,
    const char *domain)
{
	const struct listed_address *address;
	size_t i;

	for (i = 0; i < l->n; i++) {
		address = &l->addresses[i];
		if (strcmp(address->domain, domain) != 0)
			continue;
		if (local == NULL ? address->local == NULL :
		    address->local != NULL &&
		    view_equal(view_str(address->local), *local))
			return true;
	}
	return false;
}

static int
grow(struct addresslist *l)
{
	size_t size = l->size == 0 ? FIRST_SIZE : l->size * 2;
	struct listed_address *addresses;

	if (l->n < l->size)
		return 0;
	addresses = recallocarray(l->addresses, l->size, size,
	    sizeof(*addresses));
	if (addresses == NULL)
		return DKIMSIG_E_NOMEM;
	l->addresses = addresses;
	l->size = size;
	return 0;
}

int
addresslist_add(struct addresslist *l, const struct view *local,
    const char *domain)
{
	struct listed_address *address;

	if (is_listed(l, local, domain))
		return 0;
	if (l->n == DKIMSIG_MAX_AUTHORS)
		return DKIMSIG_E_TOOBIG;
	if (grow(l) != 0)
		return DKIMSIG_E_NOMEM;
	address = &l->addresses[l->n];
	address->domain = strdup(domain);
	if (local != NULL)
		address->local = strndup(local->ptr, local->len);
	if (address->domain == NULL ||
	    (local != NULL && address->local == NULL)) {
		free(address->domain);
		free(address->local);
		memset(address, 0, sizeof(*address));
		return DKIMSIG_E_NOMEM;
	}
	l->n++;
	return 0;
}

void
addresslist_finish(struct addresslist *l)
{
	while (l->n > 0) {
		l->n--;
		free(l->addresses[l->n].local);
		free(l->addresses[l->n].domain);
	}
	free(l->addresses);
}
