/* SPDX-License-Identifier: ISC */

/*
 * The line of one decision: see decision.h.
 *
 * Values are decoded into a buffer inside the decision, which is as long as the
 * longest line, because no value is longer than its written form.  Anyone who
 * may write to the log can write such a line, so nothing in it is trusted: a
 * line with a syntax error, a value of the wrong type or a key twice is not the
 * line of a decision.  Unknown keys are ignored; a later version may write
 * them.
 */

#include "journal/decision.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/rfc3339.h"
#include "text/text.h"

enum kind { KIND_TEXT, KIND_LIST, KIND_BOOL, KIND_NUMBER, KIND_TIME };

#define AT(member)	offsetof(struct logged_decision, member)

static const struct key {
	const char	*name;
	enum kind	 kind;
	size_t		 offset;
} keys[] = {
	{ "action",		KIND_TEXT,	AT(action) },
	{ "author",		KIND_TEXT,	AT(author) },
	{ "author_address",	KIND_TEXT,	AT(author_address) },
	{ "author_uncertain",	KIND_BOOL,	AT(author_uncertain) },
	{ "authors",		KIND_LIST,	AT(authors) },
	{ "bh",			KIND_TEXT,	AT(bodyhash) },
	{ "cause",		KIND_TEXT,	AT(cause) },
	{ "cert_cn",		KIND_TEXT,	AT(cert_cn) },
	{ "cert_issuer",	KIND_TEXT,	AT(cert_issuer) },
	{ "client",		KIND_TEXT,	AT(client) },
	{ "daemon",		KIND_TEXT,	AT(daemon) },
	{ "dkim2_domain",	KIND_TEXT,	AT(dkim2_domain) },
	{ "dkim2_hops",		KIND_NUMBER,	AT(dkim2_hops) },
	{ "elapsed_ms",		KIND_NUMBER,	AT(elapsed_ms) },
	{ "envelope",		KIND_TEXT,	AT(envelope) },
	{ "factors",		KIND_LIST,	AT(factors) },
	{ "fragile",		KIND_LIST,	AT(fragile) },
	{ "from_fields",	KIND_NUMBER,	AT(from_fields) },
	{ "header_value",	KIND_TEXT,	AT(header_value) },
	{ "helo",		KIND_TEXT,	AT(helo) },
	{ "hops",		KIND_NUMBER,	AT(hops) },
	{ "list_id",		KIND_TEXT,	AT(list_id) },
	{ "way",		KIND_TEXT,	AT(way) },
	{ "login",		KIND_TEXT,	AT(login) },
	{ "mentioned",		KIND_LIST,	AT(mentioned) },
	{ "observed",		KIND_BOOL,	AT(observed) },
	{ "other_signatures",	KIND_LIST,	AT(other_signatures) },
	{ "preset",		KIND_TEXT,	AT(preset) },
	{ "ptr",		KIND_TEXT,	AT(ptr) },
	{ "qid",		KIND_TEXT,	AT(qid) },
	{ "reason",		KIND_TEXT,	AT(reason) },
	{ "removed_fields",	KIND_NUMBER,	AT(removed_fields) },
	{ "signatures",		KIND_LIST,	AT(signatures) },
	{ "source",		KIND_TEXT,	AT(source) },
	{ "stream",		KIND_TEXT,	AT(stream) },
	{ "time",		KIND_TIME,	AT(time) },
	{ "too_many_addresses",	KIND_BOOL,	AT(too_many_addresses) },
	{ "truncated",		KIND_BOOL,	AT(truncated) },
};
#define NKEYS		(sizeof(keys) / sizeof(keys[0]))

static const char *const actions[LOGGED_NACTIONS] = {
	[LOGGED_SIGNED]		= "signed",
	[LOGGED_REJECTED]	= "rejected",
	[LOGGED_TEMPFAILED]	= "tempfailed",
	[LOGGED_QUARANTINED]	= "quarantined",
	[LOGGED_PASSED]		= "passed",
};

/* A decision that is being read. */
struct reading {
	struct logged_decision	*d;
	bool			 seen[NKEYS];
};

static const char **
text_of(struct logged_decision *d, size_t offset)
{
	return (const char **)((char *)d + offset);
}

static struct logged_list *
list_of(struct logged_decision *d, size_t offset)
{
	return (struct logged_list *)((char *)d + offset);
}

static void
clear(struct logged_decision *d)
{
	memset(d, 0, offsetof(struct logged_decision, text));
	d->time = DECISION_NO_TIME;
	d->hops = DECISION_NO_HOPS;
	d->dkim2_hops = DECISION_NO_HOPS;
}

/* Keep a text; NULL if it contains a NUL or does not fit. */
static const char *
keep(struct logged_decision *d, const char *text, size_t len)
{
	char *kept = d->text + d->used;

	if (len >= sizeof(d->text) - d->used ||
	    memchr(text, '\0', len) != NULL)
		return NULL;
	memcpy(kept, text, len);
	kept[len] = '\0';
	d->used += len + 1;
	return kept;
}

/* Add a text to a list; "..." says that the front left out the rest. */
static bool
add_text(struct logged_decision *d, struct logged_list *list,
    const char *text, size_t len, bool is_last)
{
	if (is_last && len == 3 && memcmp(text, "...", 3) == 0) {
		list->is_cut = true;
		return true;
	}
	if (list->n == DECISION_MAX_LIST) {
		list->is_cut = true;
		return true;
	}
	return (list->texts[list->n++] = keep(d, text, len)) != NULL;
}

static bool
read_bool(const char *text, size_t len, bool *value)
{
	*value = len == 4 && memcmp(text, "true", 4) == 0;
	return *value || (len == 5 && memcmp(text, "false", 5) == 0);
}

static bool
read_number(const char *text, size_t len, long long *value)
{
	const bool is_negative = len > 0 && text[0] == '-';
	size_t i;

	*value = 0;
	if (len - is_negative == 0 || len - is_negative > 18)
		return false;
	for (i = is_negative; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*value = *value * 10 + (text[i] - '0');
	}
	if (is_negative)
		*value = -*value;
	return true;
}

/* "2026-11-23T13:37:00.123Z": the fraction is dropped. */
static bool
read_time(const char *text, size_t len, int64_t *seconds)
{
	char whole[RFC3339_SIZE];

	if (len < RFC3339_LEN || text[len - 1] != 'Z')
		return false;
	memcpy(whole, text, RFC3339_LEN - 1);
	whole[RFC3339_LEN - 1] = 'Z';
	if (len > RFC3339_LEN && text[RFC3339_LEN - 1] != '.')
		return false;
	return rfc3339_parse(whole, RFC3339_LEN, seconds);
}

/* The key of this name; NULL if unknown.  *is_repeated: it came before. */
static const struct key *
find_key(struct reading *r, const char *name, size_t len, bool *is_repeated)
{
	size_t i;

	*is_repeated = false;
	for (i = 0; i < NKEYS; i++)
		if (strlen(keys[i].name) == len &&
		    memcmp(keys[i].name, name, len) == 0) {
			*is_repeated = r->seen[i];
			r->seen[i] = true;
			return &keys[i];
		}
	return NULL;
}

/* -- Pairs */

/* Decode a quoted or bare value into out, which is long enough.  Returns what
 * follows it, or NULL. */
static const char *
decode_value(const char *p, const char *end, char *out, size_t *len)
{
	*len = 0;
	if (p == end || *p != '"') {
		for (; p < end && *p != ' '; p++)
			if (*p == '"' || *p == '=' || *p == '\\')
				return NULL;
			else
				out[(*len)++] = *p;
		return p;
	}
	for (p++; p < end && *p != '"'; p++) {
		if (*p != '\\') {
			out[(*len)++] = *p;
			continue;
		}
		if (end - p >= 2 && (p[1] == '"' || p[1] == '\\')) {
			out[(*len)++] = *++p;
			continue;
		}
		if (end - p < 4 || p[1] != 'x' || text_hex(p[2]) < 0 ||
		    text_hex(p[3]) < 0)
			return NULL;
		out[(*len)++] = (char)(text_hex(p[2]) << 4 | text_hex(p[3]));
		p += 3;
	}
	return p < end ? p + 1 : NULL;
}

static bool
split_list(struct logged_decision *d, struct logged_list *list,
    const char *text, size_t len)
{
	const char *end = text + len, *comma;

	for (;; text = comma + 1) {
		comma = memchr(text, ',', (size_t)(end - text));
		if (comma == NULL)
			return add_text(d, list, text, (size_t)(end - text),
			    true);
		if (!add_text(d, list, text, (size_t)(comma - text), false))
			return false;
	}
}

static bool
take_value(struct logged_decision *d, const struct key *key,
    const char *value, size_t len)
{
	char *at = (char *)d + key->offset;

	switch (key->kind) {
	case KIND_TEXT:
		return (*text_of(d, key->offset) = keep(d, value, len)) !=
		    NULL;
	case KIND_LIST:
		return split_list(d, list_of(d, key->offset), value, len);
	case KIND_BOOL:
		return read_bool(value, len, (bool *)at);
	case KIND_NUMBER:
		return read_number(value, len, (long long *)(void *)at);
	case KIND_TIME:
		return read_time(value, len, (int64_t *)(void *)at);
	}
	return false;
}

static bool
parse_pairs(struct reading *r, const char *p, const char *end)
{
	char value[DECISION_MAX_LINE];
	const struct key *key;
	const char *name;
	bool is_repeated;
	size_t len;

	for (;;) {
		for (name = p; p < end && ((*p >= 'a' && *p <= 'z') ||
		    (*p >= '0' && *p <= '9') || *p == '_'); p++)
			continue;
		if (p == name || p == end || *p != '=')
			return false;
		key = find_key(r, name, (size_t)(p - name), &is_repeated);
		if ((p = decode_value(p + 1, end, value, &len)) == NULL ||
		    is_repeated)
			return false;
		if (key != NULL && !take_value(r->d, key, value, len))
			return false;
		if (p == end)
			return true;
		if (*p++ != ' ')
			return false;
	}
}

/* -- JSON */

static bool
take_array(struct logged_decision *d, struct logged_list *list,
    const json_t *array)
{
	const json_t *text;
	size_t n = json_array_size(array), i;

	if (!json_is_array(array))
		return false;
	for (i = 0; i < n; i++) {
		text = json_array_get(array, i);
		if (!json_is_string(text) || !add_text(d, list,
		    json_string_value(text), json_string_length(text),
		    i + 1 == n))
			return false;
	}
	return true;
}

static bool
take_json(struct logged_decision *d, const struct key *key,
    const json_t *value)
{
	char *at = (char *)d + key->offset;

	switch (key->kind) {
	case KIND_LIST:
		return take_array(d, list_of(d, key->offset), value);
	case KIND_BOOL:
		*(bool *)at = json_is_true(value);
		return json_is_boolean(value);
	case KIND_NUMBER:
		*(long long *)(void *)at = json_integer_value(value);
		return json_is_integer(value);
	case KIND_TEXT:
	case KIND_TIME:
		break;
	}
	return json_is_string(value) && take_value(d, key,
	    json_string_value(value), json_string_length(value));
}

static bool
parse_json(struct reading *r, const char *line, size_t len)
{
	json_t *object, *value;
	const struct key *key;
	const char *name;
	bool is_good = true, is_repeated;

	object = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	if (object == NULL)
		return false;
	json_object_foreach(object, name, value) {
		key = find_key(r, name, strlen(name), &is_repeated);
		if (key != NULL && !take_json(r->d, key, value)) {
			is_good = false;
			break;
		}
	}
	is_good = is_good && json_is_object(object);
	json_decref(object);
	return is_good;
}

/* LOGGED_NACTIONS if there is no action of that name. */
static unsigned int
find_action(const char *text)
{
	unsigned int i = 0;

	while (i < LOGGED_NACTIONS && strcmp(actions[i], text) != 0)
		i++;
	return i;
}

bool
decision_parse(struct logged_decision *d, const char *line, size_t len)
{
	struct reading r = { .d = d };

	clear(d);
	if (len == 0 || len >= DECISION_MAX_LINE)
		return false;
	if (line[0] == '{' ? !parse_json(&r, line, len) :
	    !parse_pairs(&r, line, line + len))
		return false;
	return d->qid != NULL && d->action != NULL &&
	    find_action(d->action) < LOGGED_NACTIONS;
}

static const char *
moved(struct logged_decision *to, const struct logged_decision *from,
    const char *text)
{
	return text != NULL ? to->text + (text - from->text) : NULL;
}

void
decision_copy(struct logged_decision *to, const struct logged_decision *from)
{
	struct logged_list *list;
	const char **text;
	size_t i, j;

	memcpy(to, from, offsetof(struct logged_decision, text));
	memcpy(to->text, from->text, from->used);
	for (i = 0; i < NKEYS; i++)
		if (keys[i].kind == KIND_TEXT) {
			text = text_of(to, keys[i].offset);
			*text = moved(to, from, *text);
		} else if (keys[i].kind == KIND_LIST) {
			list = list_of(to, keys[i].offset);
			for (j = 0; j < list->n; j++)
				list->texts[j] = moved(to, from,
				    list->texts[j]);
		}
}

enum logged_action
decision_action(const struct logged_decision *d)
{
	return (enum logged_action)find_action(d->action);
}

const char *
decision_action_name(enum logged_action action)
{
	return actions[action];
}

bool
decision_is(const struct logged_decision *d, const char *action)
{
	return strcmp(d->action, action) == 0;
}

const char *
decision_domain(const struct logged_decision *d)
{
	if (d->author != NULL)
		return d->author;
	return d->authors.n > 0 ? d->authors.texts[0] : NULL;
}
