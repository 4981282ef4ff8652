/* SPDX-License-Identifier: ISC */

/*
 * The keys: see keys.h.
 *
 * The list is sorted before it is cut, so that the page has the keys that need
 * somebody.  A member that is missing or of another type is a text of no octets
 * or no time.  Only a list that cannot be read, or no memory for it, fails.
 */

#include "page/keys.h"

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
	    seconds : PAGE_NO_TIME;
}

static void
take_key(const json_t *from, struct page_key *key)
{
	take_text(from, "domain", key->domain, sizeof(key->domain));
	take_text(from, "selector", key->selector, sizeof(key->selector));
	take_text(from, "algorithm", key->algorithm, sizeof(key->algorithm));
	take_text(from, "status", key->status, sizeof(key->status));
	take_text(from, "alarm", key->alarm, sizeof(key->alarm));
	key->is_compromised = json_is_true(json_object_get(from,
	    "compromised"));
	key->generated = time_of(from, "generated");
	key->published = time_of(from, "published");
	key->active_from = time_of(from, "active_from");
	key->retire_at = time_of(from, "retire_at");
	key->revoked = time_of(from, "revoked");
	key->removed = time_of(from, "removed");
	key->last_use = time_of(from, "last_use");
}

static int
compare(const void *a, const void *b)
{
	const struct page_key *x = a, *y = b;
	int order;

	if ((x->alarm[0] != '\0') != (y->alarm[0] != '\0'))
		return x->alarm[0] != '\0' ? -1 : 1;
	if ((order = strcmp(x->domain, y->domain)) != 0)
		return order;
	if (x->generated != y->generated)
		return x->generated < y->generated ? -1 : 1;
	return strcmp(x->selector, y->selector);
}

bool
page_keys_read(struct page_keys *keys, const char *json, size_t len,
    int64_t since)
{
	struct page_key *all = NULL;
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
			if (all[n].removed == PAGE_NO_TIME ||
			    all[n].removed >= since)
				n++;
		}
		qsort(all, n, sizeof(*all), compare);
		keys->n = n < PAGE_MAX_KEYS ? n : PAGE_MAX_KEYS;
		keys->nleft_out = n - keys->n;
		memcpy(keys->list, all, keys->n * sizeof(*all));
	}
	free(all);
	json_decref(list);
	return is_read;
}
