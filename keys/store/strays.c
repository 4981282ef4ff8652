/* SPDX-License-Identifier: ISC */

/*
 * Finding key files without a line in the state: see strays.h.
 *
 * The folder is read without a lock.  A key that is being stored has an
 * unfinished line before it has a file, so a reader that reads the state after
 * the folder would see both; the other way round, a new key can be taken for a
 * stray one for a moment.  So a file that seems to be a stray is looked up in a
 * state that is read again.
 */

#include "store/strays.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/private.h"
#include "store/state.h"

#define SUFFIX	".pem"

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The selector of "selector.pem"; false if it is another file. */
static bool
parse_name(const char *name, char selector[KS_SELECTOR_SIZE])
{
	size_t len = strlen(name);

	if (len <= strlen(SUFFIX) || len - strlen(SUFFIX) >= KS_SELECTOR_SIZE ||
	    strcmp(name + len - strlen(SUFFIX), SUFFIX) != 0)
		return false;
	len -= strlen(SUFFIX);
	memcpy(selector, name, len);
	selector[len] = '\0';
	return ks_selector_is_normal(selector);
}

static int
add(struct ks_strays *strays, const char *selector)
{
	char (*more)[KS_SELECTOR_SIZE];

	if (strays->n == KS_MAX_KEYS)
		return 0;
	more = recallocarray(strays->selectors, strays->n, strays->n + 1,
	    sizeof(*more));
	if (more == NULL)
		return KS_E_NOMEM;
	strays->selectors = more;
	(void)strlcpy(more[strays->n++], selector, sizeof(*more));
	return 0;
}

/* Collect the key files of an open folder that the state does not have. */
static int
collect(const struct place *place, DIR *dir, const struct ks_state *state,
    struct ks_strays *strays, struct ks_error *error)
{
	char selector[KS_SELECTOR_SIZE];
	const struct dirent *entry;
	int r = 0;

	while (r == 0 && (errno = 0, entry = readdir(dir)) != NULL)
		if (parse_name(entry->d_name, selector) &&
		    !state_has(state, selector))
			r = add(strays, selector);
	if (r != 0)
		return place_fail(place, error, r, "out of memory");
	return errno != 0 ? place_fail_errno(place, error, "cannot read") : 0;
}

/* Forget those that the state on disk has by now. */
static void
compare_again(struct keystore *ks, const char *domain,
    struct ks_strays *strays)
{
	struct ks_state state;
	size_t i, n;

	if (ks_state_read(ks, domain, &state, NULL) != 0)
		return;
	for (i = n = 0; i < strays->n; i++)
		if (!state_has(&state, strays->selectors[i]))
			memmove(strays->selectors[n++], strays->selectors[i],
			    sizeof(*strays->selectors));
	strays->n = n;
	ks_state_finish(&state);
}

int
ks_strays_find(struct keystore *ks, const char *domain,
    const struct ks_state *state, struct ks_strays *strays,
    struct ks_error *error)
{
	struct place place = { .ks = ks, .domain = domain, .dirfd = -1 };
	int fd, r;
	DIR *dir;

	memset(strays, 0, sizeof(*strays));
	r = store_open_domain(ks, domain, &fd, error);
	if (r != 0)
		return r == KS_E_NODOMAIN ? 0 : r;
	if ((dir = fdopendir(fd)) == NULL) {
		r = place_fail_errno(&place, error, "cannot read");
		(void)close(fd);
		return r;
	}
	r = collect(&place, dir, state, strays, error);
	(void)closedir(dir);
	if (r != 0)
		return r;
	if (strays->n > 0)
		compare_again(ks, domain, strays);
	if (strays->n > 0)
		qsort(strays->selectors, strays->n,
		    sizeof(*strays->selectors), compare);
	return 0;
}

void
ks_strays_finish(struct ks_strays *strays)
{
	free(strays->selectors);
	memset(strays, 0, sizeof(*strays));
}

void
ks_strays_print(const struct ks_strays *strays, char text[KS_STRAYS_SIZE])
{
	size_t i, len;

	text[0] = '\0';
	for (i = 0; i < strays->n; i++) {
		len = strlen(text);
		/* Room for one more selector and for the number of others. */
		if (len + KS_SELECTOR_SIZE + 32 > KS_STRAYS_SIZE) {
			(void)snprintf(text + len, KS_STRAYS_SIZE - len,
			    " and %zu more", strays->n - i);
			return;
		}
		(void)snprintf(text + len, KS_STRAYS_SIZE - len, "%s%s",
		    i == 0 ? "" : ", ", strays->selectors[i]);
	}
}
