/* SPDX-License-Identifier: ISC */

/*
 * A line of keys and values about one message, in logfmt or as a JSON object.
 * Values are escaped: a line is always printable ASCII, no value can forge
 * another, and a JSON line is always valid JSON.
 *
 * A line has a fixed size.  What does not fit is left out:
 *   - a text over LOGLINE_VALUE_SIZE is cut, and ends in "...";
 *   - a list over LOGLINE_VALUE_SIZE loses its last texts, likewise;
 *   - a pair that does not fit into the line is left out as a whole, and the
 *     line ends in "truncated=true".
 * So add the most important pairs first.
 */

#ifndef LOGLINE_H
#define LOGLINE_H

#include <stdbool.h>
#include <stddef.h>

#define LOGLINE_SIZE		4096	/* octets, NUL included */
#define LOGLINE_VALUE_SIZE	1024	/* as written, with quotes and NUL */

struct logline {
	bool	 is_json;
	bool	 is_truncated;
	size_t	 len;
	char	 text[LOGLINE_SIZE];
};

void	logline_begin(struct logline *line, bool is_json);

/* A key has only lower case letters, digits and "_"; use each key once. */
void	logline_text(struct logline *line, const char *key, const char *value);
void	logline_number(struct logline *line, const char *key,
	    long long value);
void	logline_bool(struct logline *line, const char *key, bool value);

/*
 * Add a list of texts: an array in JSON, else "key=a,b".  Only JSON tells a
 * text with a comma from two texts.
 */
void	logline_list(struct logline *line, const char *key,
	    const char *const *texts, size_t n);

/* End the line, without a newline, and return line->text. */
const char *logline_end(struct logline *line);

#endif /* LOGLINE_H */
