/* SPDX-License-Identifier: ISC */

/*
 * The text of a state file, whose format keystore.h describes, and a state in
 * memory.  Pure functions.
 */

#ifndef STATE_H
#define STATE_H

#include <stddef.h>

#include "store/keystore.h"

/*
 * The formats that are written, without and with streams; format 1 can still be
 * read.
 */
#define STATE_FIRST_LINE	"countersign-keys 2"
#define STATE_FIRST_LINE3	"countersign-keys 3"

/*
 * Add a key whose texts the state already keeps; an unfinished key is added to
 * the unfinished ones.  Returns 0 or KS_E_NOMEM.
 */
int	state_add(struct ks_state *state, const struct ks_key *key);

/* Whether the state has a key, finished or not, with that selector. */
bool	state_has(const struct ks_state *state, const char *selector);

/*
 * Remove an unfinished key from a state in memory, and copy it to *key; the
 * state keeps its texts.  False if no unfinished key has that selector.
 */
bool	state_take_unfinished(struct ks_state *state, const char *selector,
	    struct ks_key *key);

/*
 * Parse the text of a state file.  state->domain is not changed; the caller
 * frees the keys and their texts by ks_state_finish().
 *
 * Returns 0, KS_E_NOMEM, or KS_E_DAMAGED: then *line is the number of the
 * bad line, from 1, and *why says what is wrong with it (static).  KS_E_FORMAT
 * means the format of a later version; *why is the whole message.
 */
int	state_parse(const char *text, size_t len, struct ks_state *state,
	    size_t *line, const char **why);

/*
 * Print the text of a state file.  The caller frees *text, which has a NUL
 * after its *len octets.
 *
 * Returns 0, KS_E_NOMEM, or KS_E_ARG if state_parse() would refuse the text.
 */
int	state_print(const struct ks_state *state, char **text, size_t *len);

#endif /* STATE_H */
