/* SPDX-License-Identifier: ISC */

/*
 * The lines of the protocol: see protocol.h.
 *
 * A table has the fields of each kind of line; each field has one form, and
 * everything else is refused, with a text that names the field but does not
 * quote it, because it may be a private key.  Pure functions.
 */

#include "sync/protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/rfc3339.h"

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

enum field {
	FIELD_NONE, FIELD_VERSION, FIELD_STORE, FIELD_HASH, FIELD_HOLDER,
	FIELD_TERM, FIELD_PUSH, FIELD_CHALLENGE, FIELD_NAME, FIELD_DOMAIN,
	FIELD_SELECTOR, FIELD_DIGEST, FIELD_NLINES, FIELD_NKEYS, FIELD_TIME,
	FIELD_BASE64, FIELD_TEXT
};

static const struct {
	const char	*name, *want;
} fields[] = {
	[FIELD_VERSION]	= { "VERSION", "a number" },
	[FIELD_STORE]	= { "STORE", "64 hexadecimal digits" },
	[FIELD_HASH]	= { "HASH", "64 hexadecimal digits" },
	[FIELD_HOLDER]	= { "NAME", "the name of a host" },
	[FIELD_TERM]	= { "TERM", "seconds since 1970" },
	[FIELD_PUSH]	= { "PUSH", "a number from 1" },
	[FIELD_CHALLENGE] = { "CHALLENGE", "64 hexadecimal digits" },
	[FIELD_NAME]	= { "NAME", "the name of a host" },
	[FIELD_DOMAIN]	= { "DOMAIN", "a domain in lower case" },
	[FIELD_SELECTOR] = { "SELECTOR", "a selector in lower case" },
	[FIELD_DIGEST]	= { "DIGEST", "64 hexadecimal digits" },
	[FIELD_NLINES]	= { "NLINES", "a number of lines" },
	[FIELD_NKEYS]	= { "NKEYS", "a number of keys" },
	[FIELD_TIME]	= { "TIME", "seconds since 1970, or -" },
	[FIELD_BASE64]	= { "BASE64", "base64" },
	[FIELD_TEXT]	= { "TEXT", "a text" }
};

#define MAX_FIELDS	7

static const struct {
	const char	*word;
	enum field	 fields[MAX_FIELDS + 1];	/* FIELD_NONE ends */
} kinds[] = {
	[SYNC_HELLO]	= { "countersign-sync", { FIELD_VERSION, FIELD_STORE,
			    FIELD_HASH, FIELD_HOLDER, FIELD_TERM, FIELD_PUSH,
			    FIELD_CHALLENGE } },
	[SYNC_HAVE]	= { "have", { FIELD_DOMAIN, FIELD_DIGEST } },
	[SYNC_GONE]	= { "gone", { FIELD_DOMAIN } },
	[SYNC_DOMAIN]	= { "domain", { FIELD_DOMAIN, FIELD_NLINES,
			    FIELD_NKEYS } },
	[SYNC_LINE]	= { "line", { FIELD_TEXT } },
	[SYNC_KEY]	= { "key", { FIELD_SELECTOR, FIELD_BASE64 } },
	[SYNC_COMMIT]	= { "commit", { FIELD_DOMAIN, FIELD_DIGEST } },
	[SYNC_END]	= { "end", { FIELD_NONE } },
	[SYNC_READY]	= { "ready", { FIELD_NAME } },
	[SYNC_REFUSED]	= { "refused", { FIELD_TEXT } },
	[SYNC_USED]	= { "used", { FIELD_DOMAIN, FIELD_SELECTOR,
			    FIELD_TIME } },
	[SYNC_PROOF]	= { "proof", { FIELD_DOMAIN, FIELD_SELECTOR,
			    FIELD_BASE64 } },
	[SYNC_SAME]	= { "same", { FIELD_DOMAIN } },
	[SYNC_WANT]	= { "want", { FIELD_DOMAIN } },
	[SYNC_TAKEN]	= { "taken", { FIELD_DOMAIN } },
	[SYNC_FAILED]	= { "failed", { FIELD_DOMAIN, FIELD_TEXT } },
	[SYNC_DONE]	= { "done", { FIELD_NONE } }
};

#define NKINDS	(sizeof(kinds) / sizeof(kinds[0]))

const char *
sync_word(enum sync_kind kind)
{
	return kinds[kind].word;
}

static bool
parse_number(const char *text, long long min, long long max, int64_t *n)
{
	const char *reason;

	/* Only digits: no sign, no blank. */
	if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text))
		return false;
	*n = strtonum(text, min, max, &reason);
	return reason == NULL;
}

static bool
parse_count(const char *text, long long max, size_t *count)
{
	int64_t n;

	if (!parse_number(text, 0, max, &n))
		return false;
	*count = (size_t)n;
	return true;
}

static bool
parse_hex(const char *text, char hex[KS_STORE_ID_SIZE])
{
	return hex_is(text, (KS_STORE_ID_SIZE - 1) / 2) &&
	    strlcpy(hex, text, KS_STORE_ID_SIZE) < KS_STORE_ID_SIZE;
}

static bool
parse_name(const char *text, char name[KS_HOST_NAME_SIZE])
{
	return ks_host_name_is_valid(text) &&
	    strlcpy(name, text, KS_HOST_NAME_SIZE) < KS_HOST_NAME_SIZE;
}

static bool
parse_domain(const char *text, char domain[DKIMSIG_DOMAIN_SIZE])
{
	return dkimsig_domain_normalize(text, strlen(text), domain,
	    DKIMSIG_DOMAIN_SIZE) == 0 && strcmp(text, domain) == 0;
}

static bool
parse_time(const char *text, int64_t *when)
{
	*when = KS_NEVER;
	return strcmp(text, "-") == 0 ||
	    parse_number(text, 0, RFC3339_MAX, when);
}

static bool
parse_field(enum field field, const char *text, struct sync_message *message)
{
	switch (field) {
	case FIELD_STORE:
		return parse_hex(text, message->holder.id);
	case FIELD_HASH:
		return parse_hex(text, message->holder.hash);
	case FIELD_HOLDER:
		return parse_name(text, message->holder.name);
	case FIELD_TERM:
		return parse_number(text, 1, RFC3339_MAX,
		    &message->generation.term);
	case FIELD_PUSH:
		return parse_number(text, 1, KS_MAX_PUSHES,
		    &message->generation.push);
	case FIELD_CHALLENGE:
		return parse_hex(text, message->challenge);
	case FIELD_NAME:
		return parse_name(text, message->name);
	case FIELD_DOMAIN:
		return parse_domain(text, message->domain);
	case FIELD_SELECTOR:
		return ks_selector_is_normal(text) && strlcpy(
		    message->selector, text, KS_SELECTOR_SIZE) <
		    KS_SELECTOR_SIZE;
	case FIELD_DIGEST:
		return parse_hex(text, message->digest);
	case FIELD_NLINES:
		return parse_count(text, KS_MAX_KEYS + 1, &message->nlines);
	case FIELD_NKEYS:
		return parse_count(text, KS_MAX_KEYS, &message->nkeys);
	case FIELD_TIME:
		return parse_time(text, &message->when);
	case FIELD_BASE64:
		message->rest = text;
		return text[0] != '\0' && strlen(text) % 4 == 0 &&
		    strspn(text, base64_digits) == strlen(text);
	case FIELD_TEXT:
		message->rest = text;
		return true;
	default:
		return false;
	}
}

_Static_assert(KS_DIGEST_SIZE == KS_STORE_ID_SIZE &&
    SYNC_CHALLENGE_SIZE == KS_STORE_ID_SIZE, "parse_hex() reads all three");

static int
fail(struct ks_error *error, const char *word, enum field field,
    const char *what)
{
	(void)snprintf(error->text, sizeof(error->text), "%s: %s%s%s", word,
	    field == FIELD_NONE ? "" : fields[field].name,
	    field == FIELD_NONE ? "" : " ", what);
	return KS_E_ARG;
}

/* The version comes first: the other fields may be others then. */
static int
check_version(const char *text, struct ks_error *error)
{
	int64_t version;

	if (!parse_number(text, 0, RFC3339_MAX, &version))
		return fail(error, kinds[SYNC_HELLO].word, FIELD_VERSION,
		    "must be a number");
	if (version == SYNC_VERSION)
		return 0;
	(void)snprintf(error->text, sizeof(error->text), "version %lld of the "
	    "protocol is not known here, but %d is: install the same version "
	    "of countersign on all hosts", (long long)version, SYNC_VERSION);
	return KS_E_FORMAT;
}

/* The next field of a line, cut off; the last one is the rest. */
static char *
take_field(char **line, bool is_rest)
{
	char *field = *line, *blank;

	if (field == NULL)
		return NULL;
	blank = is_rest ? NULL : strchr(field, ' ');
	if (blank != NULL)
		*blank = '\0';
	*line = blank != NULL ? blank + 1 : NULL;
	return field;
}

static int
parse_fields(enum sync_kind kind, char *line, struct sync_message *message,
    struct ks_error *error)
{
	const char *word = kinds[kind].word;
	enum field field;
	char *text;
	size_t i;
	int r;

	for (i = 0; i < MAX_FIELDS; i++) {
		field = kinds[kind].fields[i];
		if (field == FIELD_NONE)
			break;
		text = take_field(&line, field == FIELD_TEXT);
		if (text == NULL)
			return fail(error, word, field, "is missing");
		if (field == FIELD_VERSION) {
			if ((r = check_version(text, error)) != 0)
				return r;
		} else if (!parse_field(field, text, message)) {
			(void)snprintf(error->text, sizeof(error->text),
			    "%s: %s must be %s", word, fields[field].name,
			    fields[field].want);
			return KS_E_ARG;
		}
	}
	return line == NULL ? 0 : fail(error, word, FIELD_NONE,
	    "has more fields than it may have");
}

int
sync_message_parse(char *line, struct sync_message *message,
    struct ks_error *error)
{
	char *word;
	size_t i;

	memset(message, 0, sizeof(*message));
	word = take_field(&line, false);
	for (i = 0; i < NKINDS; i++)
		if (strcmp(word, kinds[i].word) == 0)
			break;
	if (i == NKINDS) {
		(void)strlcpy(error->text, "a line that begins with an unknown "
		    "word", sizeof(error->text));
		return KS_E_ARG;
	}
	message->kind = (enum sync_kind)i;
	return parse_fields(message->kind, line, message, error);
}

static int
take_line(struct sync_lines *lines, int (*take)(void *, char *),
    void *context)
{
	int r;

	lines->text[lines->len] = '\0';
	lines->number++;
	r = take(context, lines->text);
	explicit_bzero(lines->text, lines->len);
	lines->len = 0;
	return r;
}

static int
refuse_line(struct sync_lines *lines, const char *why, struct ks_error *error)
{
	(void)snprintf(error->text, sizeof(error->text), "line %zu %s",
	    lines->number + 1, why);
	explicit_bzero(lines->text, lines->len);
	return KS_E_ARG;
}

int
sync_lines_add(struct sync_lines *lines, const char *chunk, size_t len,
    int (*take)(void *, char *), void *context, struct ks_error *error)
{
	size_t i;
	int r;

	for (i = 0; i < len; i++) {
		if (chunk[i] == '\n') {
			if ((r = take_line(lines, take, context)) != 0)
				return r;
			continue;
		}
		if (lines->len + 1 >= sizeof(lines->text))
			return refuse_line(lines, "is too long", error);
		if (chunk[i] < ' ' || chunk[i] > '~')
			return refuse_line(lines, "contains a character that "
			    "no line can contain", error);
		lines->text[lines->len++] = chunk[i];
	}
	return 0;
}
