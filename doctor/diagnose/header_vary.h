/* SPDX-License-Identifier: ISC */

/*
 * Undo the changes that mail systems are known to make to header fields.
 */

#ifndef HEADER_VARY_H
#define HEADER_VARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct header_vary {
	const char	*code, *text;	/* for the finding */
	const char	*names;		/* "subject,from"; NULL: any field */
	/* Relaxed canonicalization is not affected by this change. */
	bool		 simple_only;
	/*
	 * Write the k-th value, from 0, that the field may have had; return
	 * false if there are no more.  The caller skips a value that is
	 * blank or equal to the present one.
	 */
	bool		(*vary)(const char *value, size_t len, size_t k,
	    FILE *out);
};

extern const struct header_vary header_varies[];
extern const size_t header_nvaries;

/* Most values that are taken from one vary function. */
#define HEADER_VARY_MAX	48

/* In header_words.c: RFC 2047 encoded words. */
bool	header_vary_words(const char *value, size_t len, size_t k, FILE *out);
/* In header_folds.c. */
bool	header_vary_blanks(const char *value, size_t len, size_t k,
	    FILE *out);
bool	header_vary_folds(const char *value, size_t len, size_t k, FILE *out);

/*
 * In header_folds.c: the k-th spelling of a name, in buf or static; NULL if
 * there are no more.
 */
const char *header_vary_name(const char *name, size_t namelen, size_t k,
	    char *buf, size_t bufsize);

#endif /* HEADER_VARY_H */
