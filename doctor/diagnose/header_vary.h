/* SPDX-License-Identifier: ISC */

/*
 * What mail systems do to header fields, undone.
 */

#ifndef HEADER_VARY_H
#define HEADER_VARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct header_vary {
	const char	*code, *text;	/* of the finding */
	const char	*names;		/* "subject,from"; NULL: any field */
	/* Relaxed canonicalization knows nothing of it. */
	bool		 simple_only;
	/*
	 * Write the k-th value, k from 0, that the field may have had;
	 * false: there are no more.  A value like the present one, or one
	 * that is empty, is passed over.
	 */
	bool		(*vary)(const char *value, size_t len, size_t k,
	    FILE *out);
};

extern const struct header_vary header_varies[];
extern const size_t header_nvaries;

/* How often vary is asked at the most. */
#define HEADER_VARY_MAX	48

/* RFC 2047 encoded words: in header_words.c. */
bool	header_vary_words(const char *value, size_t len, size_t k, FILE *out);
/* In header_folds.c. */
bool	header_vary_blanks(const char *value, size_t len, size_t k,
	    FILE *out);
bool	header_vary_folds(const char *value, size_t len, size_t k, FILE *out);

/* The k-th other spelling of a name, in buf or static; NULL: none. */
const char *header_vary_name(const char *name, size_t namelen, size_t k,
	    char *buf, size_t bufsize);

#endif /* HEADER_VARY_H */
