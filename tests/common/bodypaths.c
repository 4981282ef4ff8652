/* SPDX-License-Identifier: ISC */

/*
 * Feeds bodies to the scan with a path of the caller's choice, which programs
 * cannot choose.
 */

#include "bodypaths.h"

#include <stdlib.h>
#include <string.h>

#include "dkimsig/bodypath.h"
#include "dkimsig/canon.h"
#include "slowbody.h"

#define BOTH	2

bool
bodypaths_init(struct bodyshould *should, const char *body, size_t len)
{
	char *text;
	size_t n;
	int i, r = 0;

	should->body = body;
	should->len = len;
	should->faults = slow_faults(body, len);
	if ((text = malloc(len + 2)) == NULL)
		return false;
	for (i = 0; r == 0 && i < BOTH; i++) {
		n = slow_canon((enum dkimsig_canon)i, body, len, text);
		r = digest_of(text, n, should->hashes[i]);
	}
	free(text);
	return r == 0;
}

static int
add_piece(struct bodyscan *scan, struct canon_body *const *bodies, size_t n,
    const char *data, size_t len)
{
	char *copy;
	int r;

	if ((copy = malloc(len == 0 ? 1 : len)) == NULL)
		return DKIMSIG_E_NOMEM;
	if (len > 0)
		memcpy(copy, data, len);
	r = canon_bodies_update(scan, bodies, n, copy, len);
	free(copy);
	return r;
}

/* Feed the body to n canonicalizations, from the one named first. */
static bool
agrees(const struct bodyshould *should, const size_t *cuts, size_t ncuts,
    const struct bodypath *path, int first, size_t n)
{
	static struct canon_body bodies[BOTH];
	struct canon_body *list[BOTH] = { &bodies[0], &bodies[1] };
	unsigned char hash[DIGEST_SIZE];
	struct bodyscan scan;
	size_t at = 0, end, i;
	bool is_same = true;
	int r = 0;

	for (i = 0; i < n; i++)
		if (canon_body_init(&bodies[i], (enum dkimsig_canon)
		    (first + (int)i), CANON_BODY_ALL) != 0)
			return false;
	bodyscan_init(&scan);
	scan.path = path;
	for (i = 0; r == 0 && i <= ncuts; i++, at = end) {
		end = i < ncuts ? cuts[i] : should->len;
		r = add_piece(&scan, list, n, should->body + at, end - at);
	}
	bodyscan_end(&scan);
	for (i = 0; i < n; i++) {
		if (r != 0 || canon_body_end(&bodies[i], hash) != 0 ||
		    memcmp(hash, should->hashes[(size_t)first + i],
		    sizeof(hash)) != 0)
			is_same = false;
		canon_body_finish(&bodies[i]);
	}
	return is_same && scan.faults == should->faults;
}

bool
bodypaths_agree(const struct bodyshould *should, const size_t *cuts,
    size_t ncuts, const char **path)
{
	const struct bodypath *paths;
	size_t i, n;

	paths = bodypath_list(&n);
	for (i = 0; i < n; i++) {
		if (!paths[i].is_supported())
			continue;
		if (!agrees(should, cuts, ncuts, &paths[i], 0, BOTH) ||
		    !agrees(should, cuts, ncuts, &paths[i],
		    DKIMSIG_CANON_SIMPLE, 1) ||
		    !agrees(should, cuts, ncuts, &paths[i],
		    DKIMSIG_CANON_RELAXED, 1)) {
			*path = paths[i].name;
			return false;
		}
	}
	return true;
}
