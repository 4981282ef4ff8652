/* SPDX-License-Identifier: ISC */

/*
 * Reading the text of a state file.
 *
 * Strict: one form for each thing, one blank between fields, a newline at
 * each end.  What a person broke with an editor, or a disk, must never be
 * taken for another set of keys, so the first odd octet makes the whole file
 * damaged, and its line is named.
 */

#include "state.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rfc3339.h"

#define FIRST_LINE	"countersign-keys 1"
#define NFIELDS		10	/* of a key's line, without its marks */
#define NTIMES		(NFIELDS - 2)
#define NMARKS		3	/* that may come after them */
#define RECORD		"record="

struct field {
	const char	*text;
	size_t		 len;
};

/* Cut a line at each blank; 0 if that makes more than max fields. */
static size_t
split(const char *line, size_t len, struct field *field, size_t max)
{
	const char *blank;
	size_t n;

	for (n = 0; n < max; n++) {
		blank = memchr(line, ' ', len);
		field[n].text = line;
		field[n].len = blank == NULL ? len : (size_t)(blank - line);
		if (blank == NULL)
			return n + 1;
		line += field[n].len + 1;
		len -= field[n].len + 1;
	}
	return 0;
}

static bool
field_is(const struct field *field, const char *text)
{
	return field->len == strlen(text) &&
	    memcmp(field->text, text, field->len) == 0;
}

/* In its normal form alone, so that two cannot be the same. */
static bool
parse_selector(const struct field *field, char selector[KS_SELECTOR_SIZE])
{
	if (field->len >= KS_SELECTOR_SIZE)
		return false;
	memcpy(selector, field->text, field->len);
	selector[field->len] = '\0';
	return strlen(selector) == field->len &&
	    ks_selector_is_normal(selector);
}

static bool
parse_algorithm(const struct field *field, enum dkimsig_algorithm *algorithm)
{
	const char *name;

	if (dkimsig_algorithm_parse(field->text, field->len, algorithm) != 0)
		return false;
	/* The library takes capitals too; a second form is damage here. */
	name = dkimsig_algorithm_name(*algorithm);
	return field_is(field, name);
}

/* A name in its normal form, and no other. */
static bool
parse_record(const struct field *field, char record[DKIMSIG_DOMAIN_SIZE])
{
	size_t i;

	if (field->len <= strlen(RECORD) ||
	    field->len - strlen(RECORD) > DKIMSIG_MAX_DOMAIN ||
	    memcmp(field->text, RECORD, strlen(RECORD)) != 0)
		return false;
	memcpy(record, field->text + strlen(RECORD),
	    field->len - strlen(RECORD));
	record[field->len - strlen(RECORD)] = '\0';
	for (i = 0; record[i] != '\0'; i++)
		if (!islower((unsigned char)record[i]) &&
		    !isdigit((unsigned char)record[i]) && record[i] != '-' &&
		    record[i] != '_' && record[i] != '.')
			return false;
	return i == field->len - strlen(RECORD) && record[0] != '.' &&
	    record[i - 1] != '.' && strstr(record, "..") == NULL;
}

/* What may come after the times, each once and in this order. */
static bool
parse_marks(const struct field *field, size_t nfields, struct ks_key *key)
{
	size_t i;

	i = 0;
	if (i < nfields && field_is(&field[i], "strict")) {
		key->strict = true;
		i++;
	}
	if (i < nfields && field_is(&field[i], "compromised")) {
		key->compromised = true;
		i++;
	}
	if (i < nfields && parse_record(&field[i], key->record))
		i++;
	return i == nfields;
}

/* Returns what is wrong with the line of a key, or NULL. */
static const char *
parse_key(const char *line, size_t len, struct ks_key *key)
{
	struct field field[NFIELDS + NMARKS];
	int64_t *times[NTIMES] = {
		&key->generated, &key->published, &key->seen, &key->verified,
		&key->active_from, &key->retire_at, &key->revoked,
		&key->removed
	};
	size_t i, n;

	if ((n = split(line, len, field, NFIELDS + NMARKS)) < NFIELDS)
		return "not ten fields, or up to three more, with one blank "
		    "between";
	if (!parse_selector(&field[0], key->selector))
		return "bad selector";
	if (!parse_algorithm(&field[1], &key->algorithm))
		return "bad algorithm";
	for (i = 0; i < NTIMES; i++) {
		if (field_is(&field[i + 2], "-"))
			*times[i] = KS_NEVER;
		else if (!rfc3339_parse(field[i + 2].text, field[i + 2].len,
		    times[i]))
			return "bad time";
	}
	if (!parse_marks(field + NFIELDS, n - NFIELDS, key))
		return "after the times only \"strict\", \"compromised\" and "
		    "\"record=NAME\" may come, in this order";
	return NULL;
}

static int
add_key(struct ks_state *state, const char *line, size_t len,
    const char **why)
{
	struct ks_key key;

	memset(&key, 0, sizeof(key));
	if ((*why = parse_key(line, len, &key)) != NULL)
		return KS_E_DAMAGED;
	if (ks_state_find(state, key.selector) != NULL) {
		*why = "selector given twice";
		return KS_E_DAMAGED;
	}
	if (state->nkeys == KS_MAX_KEYS) {
		*why = "too many keys";
		return KS_E_DAMAGED;
	}
	return ks_state_append(state, &key);
}

int
state_parse(const char *text, size_t len, struct ks_state *state,
    size_t *line, const char **why)
{
	const char *newline;
	size_t linelen;
	int r;

	state->keys = NULL;
	state->nkeys = 0;
	*why = NULL;
	*line = 1;
	r = KS_E_DAMAGED;
	if (len > KS_MAX_STATE) {
		*why = "file too large";
		goto out;
	}
	if (len == 0) {
		*why = "file empty";
		goto out;
	}
	for (; len > 0; (*line)++) {
		if ((newline = memchr(text, '\n', len)) == NULL) {
			*why = "no newline at the end";
			r = KS_E_DAMAGED;
			goto out;
		}
		linelen = (size_t)(newline - text);
		r = 0;
		if (*line > 1)
			r = add_key(state, text, linelen, why);
		else if (linelen != strlen(FIRST_LINE) ||
		    memcmp(text, FIRST_LINE, linelen) != 0) {
			*why = "first line is not \"" FIRST_LINE "\"";
			r = KS_E_DAMAGED;
		}
		if (r != 0)
			goto out;
		text += linelen + 1;
		len -= linelen + 1;
	}
	r = 0;
out:
	if (r != 0)
		ks_state_finish(state);
	return r;
}
