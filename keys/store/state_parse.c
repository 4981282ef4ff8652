/* SPDX-License-Identifier: ISC */

/*
 * Reading the text of a state file.
 *
 * Strict: one form for each thing, one blank between fields, a newline at
 * each end.  What a person broke with an editor, or a disk, must never be
 * taken for another set of keys, so the first odd octet makes the whole file
 * damaged, and its line is named.
 *
 * The first line tells the format.  Format 1, which knew no public halves, is
 * read as well; one above 2 is of a later version, and is refused as that.
 */

#include "store/state_private.h"

#include <ctype.h>
#include <string.h>

#define FIRST_WORD	"countersign-keys "

typedef int	parse_fn(const char *line, size_t len,
		    struct ks_state *state, struct ks_key *key,
		    const char **why);

/* Sets the function for all further lines. */
static int
parse_first(const char *line, size_t len, parse_fn **parse, const char **why)
{
	const size_t wordlen = strlen(FIRST_WORD);
	size_t i;

	*why = "first line is not \"" STATE_FIRST_LINE "\"";
	if (len <= wordlen || memcmp(line, FIRST_WORD, wordlen) != 0 ||
	    line[wordlen] == '0')
		return KS_E_DAMAGED;
	for (i = wordlen; i < len; i++)
		if (!isdigit((unsigned char)line[i]))
			return KS_E_DAMAGED;
	if (len == wordlen + 1 && line[wordlen] <= '2') {
		*parse = line[wordlen] == '1' ? state_line1_parse :
		    state_line_parse;
		return 0;
	}
	*why = "written by a later version of countersign, in a format that "
	    "this version does not know: install the later version again";
	return KS_E_FORMAT;
}

/*
 * By such a line a file is removed: so nothing may have happened to the key,
 * and it must be known which it is.
 */
static bool
check_unfinished(const struct ks_state *state, const struct ks_key *key,
    const char **why)
{
	*why = "a key after an unfinished one";
	if (!key->unfinished)
		return state->nunfinished == 0;
	*why = "an unfinished key without public=, or with a time other than "
	    "generated=";
	return key->public != NULL && key->published == KS_NEVER &&
	    key->seen == KS_NEVER && key->verified == KS_NEVER &&
	    key->active_from == KS_NEVER && key->retire_at == KS_NEVER &&
	    key->revoked == KS_NEVER && key->removed == KS_NEVER &&
	    key->absent == KS_NEVER;
}

static int
add_key(struct ks_state *state, parse_fn *parse, const char *line, size_t len,
    const char **why)
{
	struct ks_key key;
	int r;

	ks_key_init(&key);
	if ((r = parse(line, len, state, &key, why)) != 0)
		return r;
	if (state_has(state, key.selector)) {
		*why = "duplicate selector";
		return KS_E_DAMAGED;
	}
	if (!check_unfinished(state, &key, why))
		return KS_E_DAMAGED;
	if (state->nkeys + state->nunfinished == KS_MAX_KEYS) {
		*why = "too many keys";
		return KS_E_DAMAGED;
	}
	return state_add(state, &key);
}

/* A line at a time; what it returns is of the line that *line tells. */
static int
parse_lines(const char *text, size_t len, struct ks_state *state,
    size_t *line, const char **why)
{
	parse_fn *parse = NULL;
	const char *newline;
	size_t linelen;
	int r;

	for (; len > 0; (*line)++) {
		if ((newline = memchr(text, '\n', len)) == NULL) {
			*why = "no newline at the end of the file";
			return KS_E_DAMAGED;
		}
		linelen = (size_t)(newline - text);
		r = *line == 1 ? parse_first(text, linelen, &parse, why) :
		    add_key(state, parse, text, linelen, why);
		if (r != 0)
			return r;
		text += linelen + 1;
		len -= linelen + 1;
	}
	return 0;
}

int
state_parse(const char *text, size_t len, struct ks_state *state,
    size_t *line, const char **why)
{
	int r;

	state->keys = state->unfinished = NULL;
	state->nkeys = state->nunfinished = 0;
	state->texts = NULL;
	*line = 1;
	*why = len == 0 ? "the file is empty" : "the file is too large";
	r = len == 0 || len > KS_MAX_STATE ? KS_E_DAMAGED :
	    parse_lines(text, len, state, line, why);
	if (r != 0)
		ks_state_finish(state);
	return r;
}
