/* SPDX-License-Identifier: ISC */

/*
 * What is said about one message, in one line: of names and values, as logfmt
 * or as a JSON object.  Nothing in a value can end it, begin another, or
 * reach a terminal.
 *
 * A line has a fixed size; a pair that does not fit is left out as a whole,
 * and the line says so ("truncated=true").
 */

#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stddef.h>

#define RECORD_LINE_SIZE	4096	/* octets, NUL included */

struct record {
	bool	 is_json;
	bool	 is_truncated;
	size_t	 len;
	char	 line[RECORD_LINE_SIZE];
};

void	record_begin(struct record *record, bool is_json);
/* Keys are ours: letters, digits and "_" only. */
void	record_text(struct record *record, const char *key, const char *value);
void	record_number(struct record *record, const char *key, long long value);
void	record_bool(struct record *record, const char *key, bool value);
/* A list of texts: "key=a,b", or an array. */
void	record_list(struct record *record, const char *key,
	    const char *const *values, size_t n);
/* Ends the line, without a newline; it stays in record->line. */
const char *record_end(struct record *record);

#endif /* RECORD_H */
