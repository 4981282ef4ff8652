/* SPDX-License-Identifier: ISC */

/*
 * The line of a key in formats 2 and 3: its selector, then fields "name=value"
 * with one space before each.  Format 2 has no streams.
 *
 * The names that this version knows come first, in the order of the table
 * below, and each at most once.  A later version adds its names at the end of
 * the table, so this version finds them after its own, keeps them unchanged,
 * and writes them back.
 *
 * A member that is not set has no field, so that each key has only one form.
 */

#include "store/state_private.h"

#include <ctype.h>
#include <string.h>

#include "base/rfc3339.h"

/*
 * How a value is read and written.  parse returns false if the value is
 * invalid, or, with *nomem set, if out of memory; the state keeps a text that
 * the member only points to.
 */
struct kind {
	bool	(*parse)(const struct state_field *value, void *member,
		    struct ks_state *state, bool *nomem);
	bool	(*is_set)(const void *member);
	void	(*print)(FILE *fp, const void *member);
};

static bool
parse_algorithm(const struct state_field *value, void *member,
    struct ks_state *state, bool *nomem)
{
	(void)state;
	(void)nomem;
	return state_algorithm(value, member);
}

static bool
is_always_set(const void *member)
{
	(void)member;
	return true;
}

static void
print_algorithm(FILE *fp, const void *member)
{
	const char *name;

	name = dkimsig_algorithm_name(*(const enum dkimsig_algorithm *)member);
	(void)fputs(name == NULL ? "?" : name, fp);
}

static bool
parse_time(const struct state_field *value, void *member,
    struct ks_state *state, bool *nomem)
{
	(void)state;
	(void)nomem;
	return rfc3339_parse(value->text, value->len, member);
}

static bool
has_time(const void *member)
{
	return *(const int64_t *)member != KS_NEVER;
}

static void
print_time(FILE *fp, const void *member)
{
	char buf[RFC3339_SIZE];

	/* A time out of range has an empty value, which no reader accepts. */
	(void)rfc3339_print(*(const int64_t *)member, buf);
	(void)fputs(buf, fp);
}

static bool
parse_flag(const struct state_field *value, void *member,
    struct ks_state *state, bool *nomem)
{
	(void)state;
	(void)nomem;
	*(bool *)member = true;
	return state_field_is(value, "yes");
}

static bool
is_flagged(const void *member)
{
	return *(const bool *)member;
}

static void
print_flag(FILE *fp, const void *member)
{
	(void)member;
	(void)fputs("yes", fp);
}

static bool
parse_record(const struct state_field *value, void *member,
    struct ks_state *state, bool *nomem)
{
	(void)state;
	(void)nomem;
	return state_record(value, member);
}

static bool
parse_selector(const struct state_field *value, void *member,
    struct ks_state *state, bool *nomem)
{
	(void)state;
	(void)nomem;
	return state_selector(value, member);
}

static bool
has_text(const void *member)
{
	return *(const char *)member != '\0';
}

static void
print_text(FILE *fp, const void *member)
{
	(void)fputs(member, fp);
}

/* Decimal, without leading zeros; 0 is never written. */
static bool
parse_seconds(const struct state_field *value, void *member,
    struct ks_state *state, bool *nomem)
{
	int64_t seconds = 0;
	size_t i;

	(void)state;
	(void)nomem;
	if (value->len == 0 || value->text[0] == '0')
		return false;
	for (i = 0; i < value->len && seconds <= KS_MAX_CACHE_WAIT; i++) {
		if (!isdigit((unsigned char)value->text[i]))
			return false;
		seconds = seconds * 10 + (value->text[i] - '0');
	}
	*(int64_t *)member = seconds;
	return seconds <= KS_MAX_CACHE_WAIT;
}

static bool
has_seconds(const void *member)
{
	return *(const int64_t *)member != 0;
}

static void
print_seconds(FILE *fp, const void *member)
{
	(void)fprintf(fp, "%lld", (long long)*(const int64_t *)member);
}

/* Whether it is base64 with all its padding. */
static bool
is_base64(const struct state_field *value)
{
	size_t i, len = value->len;

	if (len == 0 || len % 4 != 0 || len >= KS_PUBLIC_SIZE)
		return false;
	for (i = 0; i < 2 && value->text[len - 1] == '='; i++)
		len--;
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)value->text[i]) &&
		    value->text[i] != '+' && value->text[i] != '/')
			return false;
	return true;
}

static bool
parse_base64(const struct state_field *value, void *member,
    struct ks_state *state, bool *nomem)
{
	const char **text = member;

	if (!is_base64(value))
		return false;
	*text = ks_state_keep(state, value->text, value->len);
	*nomem = *text == NULL;
	return *text != NULL;
}

static bool
has_pointer(const void *member)
{
	return *(const char *const *)member != NULL;
}

static void
print_pointer(FILE *fp, const void *member)
{
	(void)fputs(*(const char *const *)member, fp);
}

static bool
parse_stream(const struct state_field *value, void *member,
    struct ks_state *state, bool *nomem)
{
	const char **stream = member;
	char name[KS_STREAM_SIZE];

	if (value->len >= sizeof(name))
		return false;
	memcpy(name, value->text, value->len);
	name[value->len] = '\0';
	if (strlen(name) != value->len || !ks_stream_is_valid(name))
		return false;
	*stream = ks_state_keep(state, name, value->len);
	*nomem = *stream == NULL;
	return *stream != NULL;
}

static const struct kind
    algorithm = { parse_algorithm, is_always_set, print_algorithm },
    when = { parse_time, has_time, print_time },
    flag = { parse_flag, is_flagged, print_flag },
    record = { parse_record, has_text, print_text },
    selector = { parse_selector, has_text, print_text },
    base64 = { parse_base64, has_pointer, print_pointer },
    seconds = { parse_seconds, has_seconds, print_seconds },
    name = { parse_stream, has_pointer, print_pointer };

#define OUT_OF_ORDER	"a name is out of order or repeated"
#define TOO_MANY	"too many names for one key"

#define NAME(member, kind, want)					\
	{ #member "=", &(kind), offsetof(struct ks_key, member),	\
	    "value of " #member "= is not " want }

/* Add new names at the end: see above. */
static const struct {
	const char		*name;
	const struct kind	*kind;
	size_t			 offset;
	const char		*fault;
} names[] = {
	NAME(algorithm,	algorithm, "rsa-sha256 or ed25519-sha256"),
	NAME(generated,	when,	"a time"),
	NAME(published,	when,	"a time"),
	NAME(seen,	when,	"a time"),
	NAME(verified,	when,	"a time"),
	NAME(active_from, when,	"a time"),
	NAME(retire_at,	when,	"a time"),
	NAME(revoked,	when,	"a time"),
	NAME(removed,	when,	"a time"),
	NAME(public,	base64,	"the base64 of a public key"),
	NAME(strict,	flag,	"\"yes\""),
	NAME(compromised, flag,	"\"yes\""),
	NAME(record,	record,	"a domain name in lower case"),
	NAME(took_over_from, selector, "a selector"),
	NAME(absent,	when,	"a time"),
	NAME(absent_for, seconds, "a number of seconds, at most 604800"),
	NAME(contested,	flag,	"\"yes\""),
	NAME(fresh,	flag,	"\"yes\""),
	NAME(unfinished, flag,	"\"yes\""),
	NAME(delayed,	when,	"a time"),
	NAME(leaving,	flag,	"\"yes\""),
	NAME(seen_outside, when, "a time"),
	NAME(unconfirmed, flag,	"\"yes\""),
	NAME(stream,	name,	"a letter and up to 15 letters or digits, all "
				"in lower case, and not \"default\""),
	NAME(ending,	flag,	"\"yes\""),
	NAME(proof,	base64,	"the base64 of a signature")
};

#define NNAMES	(sizeof(names) / sizeof(names[0]))

/* The row of a field, or NNAMES if unknown; *value is what follows "name=". */
static size_t
find_name(const struct state_field *field, struct state_field *value)
{
	size_t i, len;

	for (i = 0; i < NNAMES; i++) {
		len = strlen(names[i].name);
		if (field->len < len ||
		    memcmp(field->text, names[i].name, len) != 0)
			continue;
		value->text = field->text + len;
		value->len = field->len - len;
		break;
	}
	return i;
}

/* The length of "name=", or 0 if the field is not "name=value". */
static size_t
pair_name(const struct state_field *field)
{
	size_t i, len;

	for (i = 0; i < field->len && (islower((unsigned char)field->text[i]) ||
	    isdigit((unsigned char)field->text[i]) || field->text[i] == '_');
	    i++)
		continue;
	if (i == 0 || i == field->len || field->text[i] != '=')
		return 0;
	len = i + 1;
	for (i = len; i < field->len; i++)
		if (!isgraph((unsigned char)field->text[i]))
			return 0;
	return len < field->len ? len : 0;
}

/* Keep the fields of a later version; each name must appear only once. */
static int
keep_others(const struct state_field *field, size_t n,
    struct ks_state *state, struct ks_key *key, const char **why)
{
	const struct state_field *last = &field[n - 1];
	struct state_field value;
	size_t i, j, len;

	*why = TOO_MANY;
	if (n > KS_MAX_OTHERS)
		return KS_E_DAMAGED;
	for (i = 0; i < n; i++) {
		*why = "not \"name=value\" after one space";
		if ((len = pair_name(&field[i])) == 0)
			return KS_E_DAMAGED;
		*why = OUT_OF_ORDER;
		if (find_name(&field[i], &value) < NNAMES)
			return KS_E_DAMAGED;
		for (j = 0; j < i; j++)
			if (field[j].len >= len && memcmp(field[j].text,
			    field[i].text, len) == 0)
				return KS_E_DAMAGED;
	}
	key->others = ks_state_keep(state, field[0].text,
	    (size_t)(last->text + last->len - field[0].text));
	return key->others == NULL ? KS_E_NOMEM : 0;
}

static int
state_line_parse(const char *line, size_t len, struct ks_state *state,
    struct ks_key *key, const char **why)
{
	struct state_field field[1 + NNAMES + KS_MAX_OTHERS], value;
	size_t i, n, row, nrows;
	bool nomem = false;

	*why = TOO_MANY;
	if ((n = state_split(line, len, field,
	    sizeof(field) / sizeof(field[0]))) == 0)
		return KS_E_DAMAGED;
	*why = "bad selector";
	if (!state_selector(&field[0], key->selector))
		return KS_E_DAMAGED;
	*why = "no algorithm= after the selector";
	if (n == 1 || find_name(&field[1], &value) != 0)
		return KS_E_DAMAGED;
	for (i = 1, nrows = 0; i < n; i++, nrows = row + 1) {
		if ((row = find_name(&field[i], &value)) == NNAMES)
			return keep_others(&field[i], n - i, state, key, why);
		*why = OUT_OF_ORDER;
		if (row < nrows)
			return KS_E_DAMAGED;
		*why = names[row].fault;
		if (!names[row].kind->parse(&value, (char *)key +
		    names[row].offset, state, &nomem))
			return nomem ? KS_E_NOMEM : KS_E_DAMAGED;
	}
	return 0;
}

int
state_line3_parse(const char *line, size_t len, struct ks_state *state,
    struct ks_key *key, const char **why)
{
	int r;

	if ((r = state_line_parse(line, len, state, key, why)) != 0 ||
	    key->stream != NULL || !key->ending)
		return r;
	*why = "ending= without stream=";
	return KS_E_DAMAGED;
}

int
state_line2_parse(const char *line, size_t len, struct ks_state *state,
    struct ks_key *key, const char **why)
{
	int r;

	if ((r = state_line_parse(line, len, state, key, why)) != 0 ||
	    (key->stream == NULL && !key->ending))
		return r;
	*why = "stream= and ending= only follow a first line \""
	    STATE_FIRST_LINE3 "\"";
	return KS_E_DAMAGED;
}

void
state_line_print(FILE *fp, const struct ks_key *key)
{
	const char *member;
	size_t i;

	(void)fputs(key->selector, fp);
	for (i = 0; i < NNAMES; i++) {
		member = (const char *)key + names[i].offset;
		if (!names[i].kind->is_set(member))
			continue;
		(void)fprintf(fp, " %s", names[i].name);
		names[i].kind->print(fp, member);
	}
	if (key->others != NULL)
		(void)fprintf(fp, " %s", key->others);
	(void)fputc('\n', fp);
}
