/* SPDX-License-Identifier: ISC */

/*
 * The list of keys: see keylist.h.
 *
 * A member that is missing or of another type is a text of no octets, no time
 * or no number; a text that is too long is cut.  Only a list that cannot be
 * read, or no memory for it, fails.
 */

#include "keylist/keylist.h"

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
	    seconds : KEYLIST_NONE;
}

static void
take_key(const json_t *from, struct keylist_key *key)
{
	const json_t *left = json_object_get(from, "seconds_left");

	take_text(from, "domain", key->domain, sizeof(key->domain));
	take_text(from, "selector", key->selector, sizeof(key->selector));
	take_text(from, "algorithm", key->algorithm, sizeof(key->algorithm));
	take_text(from, "status", key->status, sizeof(key->status));
	take_text(from, "alarm", key->alarm, sizeof(key->alarm));
	key->is_compromised = json_is_true(json_object_get(from,
	    "compromised"));
	key->seconds_left = json_is_integer(left) ?
	    (int64_t)json_integer_value(left) : KEYLIST_NONE;
	key->generated = time_of(from, "generated");
	key->published = time_of(from, "published");
	key->active_from = time_of(from, "active_from");
	key->retire_at = time_of(from, "retire_at");
	key->revoked = time_of(from, "revoked");
	key->removed = time_of(from, "removed");
	key->last_use = time_of(from, "last_use");
}

bool
keylist_read(struct keylist *list, const char *json, size_t len)
{
	json_t *all, *value;
	size_t i;

	memset(list, 0, sizeof(*list));
	all = json_loadb(json, len, 0, NULL);
	if (json_is_array(all))
		list->keys = calloc(json_array_size(all) + 1,
		    sizeof(*list->keys));
	if (list->keys != NULL) {
		json_array_foreach(all, i, value)
			take_key(value, &list->keys[i]);
		list->n = json_array_size(all);
	}
	json_decref(all);
	return list->keys != NULL;
}

void
keylist_finish(struct keylist *list)
{
	free(list->keys);
	memset(list, 0, sizeof(*list));
}

size_t
keylist_first(struct keylist *list, int (*compare)(const void *, const void *),
    struct keylist_key *first, size_t max)
{
	const size_t n = list->n < max ? list->n : max;

	if (list->n > 0)
		qsort(list->keys, list->n, sizeof(*list->keys), compare);
	if (n > 0)
		memcpy(first, list->keys, n * sizeof(*first));
	return n;
}
