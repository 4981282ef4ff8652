/* SPDX-License-Identifier: ISC */

/*
 * A line of names and values, as logfmt or as a JSON object: what is said of
 * one message.  Nothing in a value can end it, begin another, or reach a
 * terminal; a line is printable ASCII whatever is put into it, and one of
 * JSON is valid JSON.
 *
 * A line has a fixed size, and what does not fit goes in this order:
 *   - of a text over LOGLINE_VALUE_SIZE the end, with "..." in its place;
 *   - of a list over LOGLINE_VALUE_SIZE the last texts, likewise;
 *   - pairs for which no room is left, as a whole; the line then ends in
 *     "truncated=true".
 * So what matters most is put first.
 */

#ifndef LOGLINE_H
#define LOGLINE_H

#include <stdbool.h>
#include <stddef.h>

#define LOGLINE_SIZE		4096	/* octets, NUL included */
#define LOGLINE_VALUE_SIZE	1024	/* as written, quotes and NUL included */

struct logline {
	bool	 is_json;
	bool	 is_truncated;
	size_t	 len;
	char	 text[LOGLINE_SIZE];
};

void	logline_begin(struct logline *line, bool is_json);

/* Keys are ours: lower case letters, digits and "_" only, each once. */
void	logline_text(struct logline *line, const char *key, const char *value);
void	logline_number(struct logline *line, const char *key,
	    long long value);
void	logline_bool(struct logline *line, const char *key, bool value);

/*
 * A list of texts: an array, or "key=a,b", so that a text with a comma is
 * told from two only in JSON.
 */
void	logline_list(struct logline *line, const char *key,
	    const char *const *texts, size_t n);

/* Ends the line, without a newline; it stays in line->text. */
const char *logline_end(struct logline *line);

#endif /* LOGLINE_H */
