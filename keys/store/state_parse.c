/* SPDX-License-Identifier: ISC */

/*
 * Parsing the text of a state file.
 *
 * Strict: one form for each value, one space between fields, a newline at the
 * end of each line.  A file that an editor or a disk has damaged must never be
 * read as a different set of keys, so the first unexpected octet makes the
 * whole file damaged; the error names its line.
 *
 * The first line states the format.  Format 1, which has no public halves, is
 * read as well.  Format 3 has the stream of a key, so a file of that format in
 * which no key has one has lost them.  A format above 3 comes from a later
 * version, and the error says so.
 */

#include "store/state_private.h"

#include <ctype.h>
#include <string.h>

#include "store/format.h"

#define FIRST_WORD	"countersign-keys "

typedef int	parse_fn(const char *line, size_t len,
		    struct ks_state *state, struct ks_key *key,
		    const char **why);

/* Parse the first line; *parse is set to the function for the other lines. */
static int
parse_first(const char *line, size_t len, parse_fn **parse, const char **why)
{
	const size_t wordlen = strlen(FIRST_WORD);
	static parse_fn *const parsers[] = {
		state_line1_parse, state_line2_parse, state_line3_parse
	};
	size_t i;

	*why = "first line is neither \"" STATE_FIRST_LINE "\" nor \""
	    STATE_FIRST_LINE3 "\"";
	if (len <= wordlen || memcmp(line, FIRST_WORD, wordlen) != 0 ||
	    line[wordlen] == '0')
		return KS_E_DAMAGED;
	for (i = wordlen; i < len; i++)
		if (!isdigit((unsigned char)line[i]))
			return KS_E_DAMAGED;
	if (len == wordlen + 1 && line[wordlen] <= '3') {
		*parse = parsers[line[wordlen] - '1'];
		return 0;
	}
	*why = FORMAT_LATER ": install the later version again";
	return KS_E_FORMAT;
}

/*
 * The file of an unfinished key will be removed, so its line must say which
 * key that is, and must not say that the key was ever used.
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
	    key->absent == KS_NEVER && key->delayed == KS_NEVER &&
	    key->seen_outside == KS_NEVER;
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

/* On failure, *line is the number of the bad line. */
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
	if (parse == state_line3_parse && !state_has_streams(state)) {
		*line = 1;
		*why = "format 3, but no key has a stream";
		return KS_E_DAMAGED;
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
