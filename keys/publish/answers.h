/* SPDX-License-Identifier: ISC */

/*
 * The answers of "hook batch": one line for each line that it was given,
 *
 *	ok|later|failed N TEXT
 *
 * where N is the number of that line, from 1, and TEXT may be missing.
 */

#ifndef PUBLISH_ANSWERS_H
#define PUBLISH_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

#define ANSWER_TEXT_SIZE	256	/* the rest is cut off */

enum answer_kind {
	ANSWER_NONE,
	ANSWER_OK,
	ANSWER_LATER,
	ANSWER_FAILED,
	ANSWER_MALFORMED	/* no such word, or a second answer */
};

struct answer {
	enum answer_kind kind;
	char		 text[ANSWER_TEXT_SIZE]; /* "?" for what is not ASCII */
};

struct answers {
	struct answer	*answers;	/* of the lines in order; borrowed */
	size_t		 n;
	size_t		 ngiven;	/* lines that have an answer */
	/* The first line that answers none of them; "" if there is none. */
	char		 stray[ANSWER_TEXT_SIZE];

	char		 line[ANSWER_TEXT_SIZE + 32];	/* read so far */
	size_t		 linelen;
};

/* n answers, which are set to none, for what follows. */
void	answers_init(struct answers *answers, struct answer *list, size_t n);

/* Take the next octets of the output, cut anywhere. */
void	answers_take(struct answers *answers, const char *chunk, size_t len);

/* The output is over: its last line may lack the newline. */
void	answers_end(struct answers *answers);

#endif /* PUBLISH_ANSWERS_H */
