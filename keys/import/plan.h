/* SPDX-License-Identifier: ISC */

/*
 * Room keys/import: keys and tables of other signers.
 *
 * What the files of another signer name: keys, whom they sign for, and what
 * has no counterpart here.
 *
 * No text in a plan contains control characters.  If a plan runs out of memory
 * or room, is_cut is set, and what it had is kept.
 */

#ifndef IMPORT_PLAN_H
#define IMPORT_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#define IMPORT_MAX_ROWS	1000000		/* keys; and senders; and notes */

/* Where something is. */
struct import_place {
	const char	*file;		/* kept by import_plan_file() */
	unsigned int	 line;		/* 0: no line */
};

/* A key to be imported; domain and selector as they are in the file. */
struct import_key {
	struct import_place	 place;
	char	*domain, *selector;
	char	*path;			/* of the key file, or NULL */
	char	*secret;		/* otherwise the key itself */
};

/* Senders whose mail was signed: a pattern as in a source's domains. */
struct import_sender {
	struct import_place	 place;
	char	*pattern;
};

struct import_note {
	struct import_place	 place;
	char	*text;
	bool	 is_loss;		/* a key was left out */
};

struct import_plan {
	char			**files;
	size_t			 nfiles;
	struct import_key	*keys;
	size_t			 nkeys;
	struct import_sender	*senders;
	size_t			 nsenders;
	struct import_note	*notes;
	size_t			 nnotes;
	bool			 is_cut;
};

void	import_plan_init(struct import_plan *plan);
void	import_plan_finish(struct import_plan *plan);

/* A copy of the path of a file that lasts as long as the plan; "" if out of
 * memory. */
const char *import_plan_file(struct import_plan *plan, const char *path);

/* Copies all; path or secret is NULL. */
void	import_plan_key(struct import_plan *plan, struct import_place place,
	    const char *domain, const char *selector, const char *path,
	    const char *secret);

/* An invalid pattern becomes a note. */
void	import_plan_sender(struct import_plan *plan,
	    struct import_place place, const char *pattern);

/* Control characters become question marks. */
void	import_plan_note(struct import_plan *plan, struct import_place place,
	    bool is_loss, const char *format, ...)
	    __attribute__((format(printf, 4, 5)));

#endif /* IMPORT_PLAN_H */
