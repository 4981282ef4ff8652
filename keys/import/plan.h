/* SPDX-License-Identifier: ISC */

/*
 * Room keys/import: keys and tables of other signers.
 *
 * A plan is what was read from the files of another signer: keys, the senders
 * that they sign for, and notes about what cannot be imported.
 *
 * No text in a plan contains control characters.  If memory or the room for
 * rows runs out, is_cut is set, and the plan keeps what it has.
 */

#ifndef IMPORT_PLAN_H
#define IMPORT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMPORT_MAX_ROWS	1000000		/* of keys, senders and notes each */

/* Where something was found. */
struct import_place {
	const char	*file;		/* from import_plan_file() */
	unsigned int	 line;		/* 0: no line */
};

/* A key to import; domain and selector are as written in the file. */
struct import_key {
	struct import_place	 place;
	char	*domain, *selector;
	char	*path;			/* of the key file; or NULL, */
	char	*secret;		/* and this is the key itself */
	/* Set when it was tried to store it. */
	bool	 is_new, is_refused;
};

#define IMPORT_NO_KEY	SIZE_MAX

/*
 * Senders whose mail was signed: a pattern for domains of a source, what an
 * address of these has before the "@", and the key that signed.  The same
 * senders may appear with several keys.
 */
struct import_sender {
	struct import_place	 place;
	char	*pattern;
	char	*local;			/* "*" is any text; NULL: all */
	size_t	 order;			/* of senders, as they were added */
	size_t	 key;			/* index in keys */
	bool	 is_glob;		/* the line was LOCAL@DOMAIN */
};

struct import_note {
	struct import_place	 place;
	char	*text;
	bool	 is_loss;		/* something is left out */
};

struct import_plan {
	char			**files;
	size_t			 nfiles;
	struct import_key	*keys;
	size_t			 nkeys;
	struct import_sender	*senders;
	size_t			 nsenders;
	bool			 has_senders;	/* the files name any */
	bool			 is_first_only;	/* first line that fits signs */
	struct import_note	*notes;
	size_t			 nnotes;
	bool			 is_cut;
};

void	import_plan_init(struct import_plan *plan);
void	import_plan_finish(struct import_plan *plan);

/* Wipe and free a text that may be a key; NULL is ignored. */
void	import_plan_wipe(char *text);

/*
 * Copy the path of a file.  The copy lasts as long as the plan; it is "" if out
 * of memory.
 */
const char *import_plan_file(struct import_plan *plan, const char *path);

/*
 * Add a key.  All strings are copied; either path or secret is NULL.  Returns
 * its index, or IMPORT_NO_KEY if it was left out.
 */
size_t	import_plan_key(struct import_plan *plan, struct import_place place,
	    const char *domain, const char *selector, const char *path,
	    const char *secret);

/*
 * Add senders: all of a pattern of domains, if local is NULL.  For an invalid
 * pattern, a note is added instead.  Nothing is added if key is IMPORT_NO_KEY.
 * Returns the sender, so that the caller can set is_glob, or NULL.
 */
struct import_sender *import_plan_sender(struct import_plan *plan,
	    struct import_place place, const char *pattern,
	    const char *local, size_t key);

/* Add a note; control characters are replaced by question marks. */
void	import_plan_note(struct import_plan *plan, struct import_place place,
	    bool is_loss, const char *format, ...)
	    __attribute__((format(printf, 4, 5)));

#endif /* IMPORT_PLAN_H */
