/* SPDX-License-Identifier: ISC */

/*
 * The line of a key in format 1, which is read but no longer written:
 *
 *	selector algorithm generated published seen verified active_from
 *	retire_at revoked removed [strict] [compromised] [record=NAME]
 *
 * with "-" for a time that is not set.
 */

#include "store/state_private.h"

#include <string.h>

#include "base/rfc3339.h"

#define NFIELDS		10	/* without marks */
#define NTIMES		(NFIELDS - 2)
#define NMARKS		3	/* at most, after the times */
#define RECORD		"record="

static bool
parse_record(const struct state_field *field, struct ks_key *key)
{
	struct state_field name;

	if (field->len <= strlen(RECORD) ||
	    memcmp(field->text, RECORD, strlen(RECORD)) != 0)
		return false;
	name.text = field->text + strlen(RECORD);
	name.len = field->len - strlen(RECORD);
	return state_record(&name, key->record);
}

/* The marks may follow the times, each at most once, in this order. */
static bool
parse_marks(const struct state_field *field, size_t nfields,
    struct ks_key *key)
{
	size_t i;

	i = 0;
	if (i < nfields && state_field_is(&field[i], "strict")) {
		key->strict = true;
		i++;
	}
	if (i < nfields && state_field_is(&field[i], "compromised")) {
		key->compromised = true;
		i++;
	}
	if (i < nfields && parse_record(&field[i], key))
		i++;
	return i == nfields;
}

/* Returns what is wrong with the line, or NULL. */
static const char *
parse(const char *line, size_t len, struct ks_key *key)
{
	struct state_field field[NFIELDS + NMARKS];
	int64_t *times[NTIMES] = {
		&key->generated, &key->published, &key->seen, &key->verified,
		&key->active_from, &key->retire_at, &key->revoked,
		&key->removed
	};
	size_t i, n;

	n = state_split(line, len, field, NFIELDS + NMARKS);
	if (n < NFIELDS)
		return "not ten to thirteen fields with one space between them";
	if (!state_selector(&field[0], key->selector))
		return "bad selector";
	if (!state_algorithm(&field[1], &key->algorithm))
		return "bad algorithm";
	for (i = 0; i < NTIMES; i++) {
		if (state_field_is(&field[i + 2], "-"))
			*times[i] = KS_NEVER;
		else if (!rfc3339_parse(field[i + 2].text, field[i + 2].len,
		    times[i]))
			return "bad time";
	}
	if (!parse_marks(field + NFIELDS, n - NFIELDS, key))
		return "only \"strict\", \"compromised\" and \"record=NAME\" "
		    "may follow the times, in this order";
	return NULL;
}

int
state_line1_parse(const char *line, size_t len, struct ks_state *state,
    struct ks_key *key, const char **why)
{
	(void)state;
	*why = parse(line, len, key);
	return *why == NULL ? 0 : KS_E_DAMAGED;
}
