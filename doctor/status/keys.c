/* SPDX-License-Identifier: ISC */

/*
 * The keys: see keys.h.
 *
 * The list is sorted before it is cut, so that the picture has the keys that
 * need somebody.
 */

#include "status/keys.h"

#include <stdio.h>
#include <string.h>

static bool
is_in(const struct keylist_key *key, const char *state)
{
	return strcmp(key->status, state) == 0;
}

/* What is nearer to a change comes first. */
static int
rank(const struct keylist_key *key)
{
	if (key->alarm[0] != '\0')
		return 0;
	return is_in(key, "active") ? 1 : is_in(key, "scheduled") ? 2 :
	    is_in(key, "retired") || is_in(key, "revoked") ? 4 : 3;
}

static int
compare(const void *a, const void *b)
{
	const struct keylist_key *x = a, *y = b;
	const int64_t a_left = x->seconds_left, b_left = y->seconds_left;
	int order;

	if (rank(x) != rank(y))
		return rank(x) < rank(y) ? -1 : 1;
	/* KEYLIST_NONE last. */
	if (a_left != b_left && a_left != KEYLIST_NONE &&
	    b_left != KEYLIST_NONE)
		return a_left < b_left ? -1 : 1;
	if (a_left != b_left)
		return b_left == KEYLIST_NONE ? -1 : 1;
	if ((order = strcmp(x->domain, y->domain)) != 0)
		return order;
	return strcmp(x->selector, y->selector);
}

static void
count(struct status_keys *keys, const struct keylist_key *key)
{
	keys->nsigning += is_in(key, "active");
	keys->nreserve += is_in(key, "standby") || is_in(key, "scheduled");
	keys->nalarms += key->alarm[0] != '\0';
}

bool
status_keys_read(struct status_keys *keys, const char *json, size_t len)
{
	struct keylist all;
	size_t n = 0, i;

	memset(keys, 0, sizeof(*keys));
	if (!keylist_read(&all, json, len))
		return false;
	for (i = 0; i < all.n; i++)
		if (!is_in(&all.keys[i], "removed")) {
			count(keys, &all.keys[i]);
			all.keys[n++] = all.keys[i];
		}
	all.n = n;
	keys->n = keylist_first(&all, compare, keys->list, STATUS_MAX_KEYS);
	keys->nleft_out = n - keys->n;
	keylist_finish(&all);
	return true;
}

/* -- The next step ------------------------------------------------------- */

/* "12 days", the largest unit of which there are two. */
static void
span(int64_t seconds, char *text, size_t size)
{
	static const struct {
		int64_t		 seconds;
		const char	*name;
	} units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" } };
	size_t i = 0;
	int64_t n;

	while (i < 2 && seconds < 2 * units[i].seconds)
		i++;
	n = seconds > 0 ? seconds / units[i].seconds : 0;
	(void)snprintf(text, size, "%lld %s%s", (long long)n, units[i].name,
	    n == 1 ? "" : "s");
}

static const struct {
	const char	*state, *step;
} steps[] = {
	{ "generated",	"its record is to be published" },
	{ "published",	"every name server is to show its record" },
	{ "seen",	"its record is to be verified" },
	{ "standby",	"in reserve" },
	{ "retired",	"its record is to be revoked" },
	{ "revoked",	"its record is to be removed" },
	{ "compromised", "its record is to be revoked at once" },
};

void
status_key_step(const struct keylist_key *key, int64_t now,
    char step[STATUS_STEP_SIZE])
{
	char text[40];
	size_t i;

	step[0] = '\0';
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (is_in(key, steps[i].state))
			(void)strlcpy(step, steps[i].step, STATUS_STEP_SIZE);
	if (is_in(key, "scheduled") && key->active_from != KEYLIST_NONE) {
		span(key->active_from - now, text, sizeof(text));
		(void)snprintf(step, STATUS_STEP_SIZE, "signs in %s", text);
	} else if (is_in(key, "active") && key->seconds_left == KEYLIST_NONE)
		(void)strlcpy(step, "signs until another one is activated",
		    STATUS_STEP_SIZE);
	else if (is_in(key, "active") && key->seconds_left < 0) {
		span(-key->seconds_left, text, sizeof(text));
		(void)snprintf(step, STATUS_STEP_SIZE, "should have ended %s "
		    "ago", text);
	} else if (is_in(key, "active")) {
		span(key->seconds_left, text, sizeof(text));
		(void)snprintf(step, STATUS_STEP_SIZE, "signs %s more", text);
	}
}
