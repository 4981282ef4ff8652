/* SPDX-License-Identifier: ISC */

/*
 * The text of a state file: see keystore.h for the format.  Pure, text in
 * and text out.
 */

#ifndef STATE_H
#define STATE_H

#include <stddef.h>

#include "store/keystore.h"

/* The format that is written; format 1 can still be read. */
#define STATE_FIRST_LINE	"countersign-keys 2"

/*
 * Add a key whose texts the state already has; an unfinished key goes to the
 * unfinished ones.  Returns 0 or KS_E_NOMEM.
 */
int	state_add(struct ks_state *state, const struct ks_key *key);

/* Whether it has a key, finished or not, with that selector. */
bool	state_has(const struct ks_state *state, const char *selector);

/*
 * Take an unfinished key out of a state in memory, into *key; its texts stay
 * the state's.  False if there is none of that selector.
 */
bool	state_take_unfinished(struct ks_state *state, const char *selector,
	    struct ks_key *key);

/*
 * Read the text of a state file.  state->domain is left alone; the keys and
 * their texts are the caller's, to be freed by ks_state_finish().
 *
 * Returns 0, KS_E_NOMEM, or KS_E_DAMAGED: then *line is the number of the
 * bad line, from 1, and *why says what is wrong with it (static).  KS_E_FORMAT
 * means the format of a later version; *why is the whole message.
 */
int	state_parse(const char *text, size_t len, struct ks_state *state,
	    size_t *line, const char **why);

/*
 * Write the text of a state file.  *text is the caller's, and has a NUL
 * after its *len octets.
 *
 * Returns 0, KS_E_NOMEM, or KS_E_ARG for what state_parse() would refuse.
 */
int	state_print(const struct ks_state *state, char **text, size_t *len);

#endif /* STATE_H */
