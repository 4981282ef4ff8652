/* SPDX-License-Identifier: ISC */

/*
 * Declarations that the files which parse and print a state share.
 */

#ifndef STATE_PRIVATE_H
#define STATE_PRIVATE_H

#include <stdio.h>

#include "store/state.h"

/* A field of a line, without a NUL after it. */
struct state_field {
	const char	*text;
	size_t		 len;
};

/*
 * Split a line at each space.  Returns the number of fields, or 0 if there are
 * more than max.
 */
size_t	state_split(const char *line, size_t len, struct state_field *field,
	    size_t max);
bool	state_field_is(const struct state_field *field, const char *text);

/*
 * Parse a field.  They accept only the normal form, so that no two texts mean
 * the same.
 */
bool	state_selector(const struct state_field *field,
	    char selector[KS_SELECTOR_SIZE]);
bool	state_algorithm(const struct state_field *field,
	    enum dkimsig_algorithm *algorithm);
bool	state_record(const struct state_field *field,
	    char record[DKIMSIG_DOMAIN_SIZE]);

/*
 * Parse the line of a key, in format 1, 2 or 3.  The caller has initialized
 * *key; the state keeps its texts.  Return 0, KS_E_NOMEM, or KS_E_DAMAGED with
 * *why (static).
 */
int	state_line1_parse(const char *line, size_t len, struct ks_state *state,
	    struct ks_key *key, const char **why);
int	state_line2_parse(const char *line, size_t len, struct ks_state *state,
	    struct ks_key *key, const char **why);
int	state_line3_parse(const char *line, size_t len, struct ks_state *state,
	    struct ks_key *key, const char **why);

/* Whether a key, finished or not, has a stream. */
bool	state_has_streams(const struct ks_state *state);

/* Print the line of a key in format 2 or 3, with its newline. */
void	state_line_print(FILE *fp, const struct ks_key *key);

#endif /* STATE_PRIVATE_H */
