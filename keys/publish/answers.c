/* SPDX-License-Identifier: ISC */

/*
 * Reading the answers of "hook batch": see answers.h.
 *
 * What the program writes is not trusted to be text, to end, or to make
 * sense.  Memory does not depend on it: of a line that is too long the rest is
 * thrown away.  A line that answers nothing that was asked is kept, for the
 * message about those without an answer.  Pure; nothing here can fail.
 */

#include "publish/answers.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char		*word;
	enum answer_kind	 kind;
} words[] = {
	{ "ok", ANSWER_OK },
	{ "later", ANSWER_LATER },
	{ "failed", ANSWER_FAILED },
};

void
answers_init(struct answers *answers, struct answer *list, size_t n)
{
	memset(answers, 0, sizeof(*answers));
	memset(list, 0, n * sizeof(*list));
	answers->answers = list;
	answers->n = n;
}

static enum answer_kind
kind_of(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].kind;
	return ANSWER_MALFORMED;
}

/* Its answer; NULL if it was not asked. */
static struct answer *
answer_of(struct answers *answers, const char *number)
{
	const char *fault;
	long long n;

	if (number == NULL || !isdigit((unsigned char)number[0]))
		return NULL;
	n = strtonum(number, 1, (long long)answers->n, &fault);
	return fault != NULL ? NULL : &answers->answers[n - 1];
}

static void
end_line(struct answers *answers)
{
	char copy[sizeof(answers->line)], *rest = copy, *word, *number;
	struct answer *answer;

	answers->line[answers->linelen] = '\0';
	answers->linelen = 0;
	(void)strlcpy(copy, answers->line, sizeof(copy));
	word = strsep(&rest, " ");
	number = strsep(&rest, " ");
	if ((answer = answer_of(answers, number)) == NULL) {
		if (answers->stray[0] == '\0' && answers->line[0] != '\0')
			(void)snprintf(answers->stray, sizeof(answers->stray),
			    "%.200s", answers->line);
		return;
	}
	if (answer->kind == ANSWER_NONE) {
		answers->ngiven++;
		answer->kind = kind_of(word);
	} else
		answer->kind = ANSWER_MALFORMED;
	(void)snprintf(answer->text, sizeof(answer->text), "%.250s",
	    answer->kind == ANSWER_MALFORMED ? answers->line :
	    rest == NULL ? "" : rest);
}

void
answers_take(struct answers *answers, const char *chunk, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (chunk[i] == '\n')
			end_line(answers);
		else if (answers->linelen < sizeof(answers->line) - 1)
			answers->line[answers->linelen++] =
			    chunk[i] >= ' ' && chunk[i] <= '~' ? chunk[i] :
			    '?';
	}
}

void
answers_end(struct answers *answers)
{
	if (answers->linelen > 0)
		end_line(answers);
}
