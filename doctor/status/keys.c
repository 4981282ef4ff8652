/* SPDX-License-Identifier: ISC */

/*
 * The keys: see keys.h.
 *
 * A member that is missing or of another type is a text of no octets, or no
 * time.
 */

#include "status/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/rfc3339.h"

static void
take_text(const json_t *key, const char *name, char *text, size_t size)
{
	const char *value = json_string_value(json_object_get(key, name));

	(void)strlcpy(text, value != NULL ? value : "", size);
}

static int64_t
time_of(const json_t *key, const char *name)
{
	const char *value = json_string_value(json_object_get(key, name));
	int64_t seconds;

	return value != NULL && rfc3339_parse(value, strlen(value), &seconds) ?
	    seconds : STATUS_NO_TIME;
}

static void
take_key(const json_t *from, struct status_key *key)
{
	const json_t *left = json_object_get(from, "seconds_left");

	take_text(from, "domain", key->domain, sizeof(key->domain));
	take_text(from, "selector", key->selector, sizeof(key->selector));
	take_text(from, "algorithm", key->algorithm, sizeof(key->algorithm));
	take_text(from, "status", key->state, sizeof(key->state));
	take_text(from, "alarm", key->alarm, sizeof(key->alarm));
	key->left = json_is_integer(left) ?
	    (int64_t)json_integer_value(left) : STATUS_NO_TIME;
	key->starts = time_of(from, "active_from");
	key->last_use = time_of(from, "last_use");
}

static bool
is_in(const struct status_key *key, const char *state)
{
	return strcmp(key->state, state) == 0;
}

/* What is nearer to a change comes first. */
static int
rank(const struct status_key *key)
{
	if (key->alarm[0] != '\0')
		return 0;
	return is_in(key, "active") ? 1 : is_in(key, "scheduled") ? 2 :
	    is_in(key, "retired") || is_in(key, "revoked") ? 4 : 3;
}

static int
compare(const void *a, const void *b)
{
	const struct status_key *x = a, *y = b;
	int order;

	if (rank(x) != rank(y))
		return rank(x) < rank(y) ? -1 : 1;
	if (x->left != y->left && x->left != STATUS_NO_TIME &&
	    y->left != STATUS_NO_TIME)
		return x->left < y->left ? -1 : 1;
	if ((x->left == STATUS_NO_TIME) != (y->left == STATUS_NO_TIME))
		return y->left == STATUS_NO_TIME ? -1 : 1;
	if ((order = strcmp(x->domain, y->domain)) != 0)
		return order;
	return strcmp(x->selector, y->selector);
}

static void
count(struct status_keys *keys, const struct status_key *key)
{
	keys->nsigning += is_in(key, "active");
	keys->nreserve += is_in(key, "standby") || is_in(key, "scheduled");
	keys->nalarms += key->alarm[0] != '\0';
}

bool
status_keys_read(struct status_keys *keys, const char *json, size_t len)
{
	struct status_key *all = NULL;
	json_t *list, *value;
	size_t n = 0, i;
	bool is_read;

	memset(keys, 0, sizeof(*keys));
	list = json_loadb(json, len, 0, NULL);
	is_read = json_is_array(list) &&
	    (all = calloc(json_array_size(list) + 1, sizeof(*all))) != NULL;
	if (is_read) {
		json_array_foreach(list, i, value) {
			take_key(value, &all[n]);
			if (is_in(&all[n], "removed"))
				continue;
			count(keys, &all[n++]);
		}
		qsort(all, n, sizeof(*all), compare);
		keys->n = n < STATUS_MAX_KEYS ? n : STATUS_MAX_KEYS;
		keys->nleft_out = n - keys->n;
		memcpy(keys->list, all, keys->n * sizeof(*all));
	}
	free(all);
	json_decref(list);
	return is_read;
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
status_key_step(const struct status_key *key, int64_t now,
    char step[STATUS_STEP_SIZE])
{
	char text[40];
	size_t i;

	step[0] = '\0';
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (is_in(key, steps[i].state))
			(void)strlcpy(step, steps[i].step, STATUS_STEP_SIZE);
	if (is_in(key, "scheduled") && key->starts != STATUS_NO_TIME) {
		span(key->starts - now, text, sizeof(text));
		(void)snprintf(step, STATUS_STEP_SIZE, "signs in %s", text);
	} else if (is_in(key, "active") && key->left == STATUS_NO_TIME)
		(void)strlcpy(step, "signs until another one is activated",
		    STATUS_STEP_SIZE);
	else if (is_in(key, "active") && key->left < 0) {
		span(-key->left, text, sizeof(text));
		(void)snprintf(step, STATUS_STEP_SIZE, "should have ended %s "
		    "ago", text);
	} else if (is_in(key, "active")) {
		span(key->left, text, sizeof(text));
		(void)snprintf(step, STATUS_STEP_SIZE, "signs %s more", text);
	}
}
