/* SPDX-License-Identifier: ISC */

/*
 * What the parts that read and write the text of a state share.
 */

#ifndef STATE_PRIVATE_H
#define STATE_PRIVATE_H

#include <stdio.h>

#include "store/state.h"

/* A piece of a line; no NUL after it. */
struct state_field {
	const char	*text;
	size_t		 len;
};

/* Cut a line at each space; 0 if that gives more than max fields. */
size_t	state_split(const char *line, size_t len, struct state_field *field,
	    size_t max);
bool	state_field_is(const struct state_field *field, const char *text);

/* Only in normal form, so that no two texts mean the same. */
bool	state_selector(const struct state_field *field,
	    char selector[KS_SELECTOR_SIZE]);
bool	state_algorithm(const struct state_field *field,
	    enum dkimsig_algorithm *algorithm);
bool	state_record(const struct state_field *field,
	    char record[DKIMSIG_DOMAIN_SIZE]);

/*
 * The line of a key, in format 1 and in format 2.  key is initialized; its
 * texts are kept by the state.  Returns 0, KS_E_NOMEM, or KS_E_DAMAGED with
 * *why (static).
 */
int	state_line1_parse(const char *line, size_t len, struct ks_state *state,
	    struct ks_key *key, const char **why);
int	state_line_parse(const char *line, size_t len, struct ks_state *state,
	    struct ks_key *key, const char **why);

/* In format 2, with its newline. */
void	state_line_print(FILE *fp, const struct ks_key *key);

#endif /* STATE_PRIVATE_H */
