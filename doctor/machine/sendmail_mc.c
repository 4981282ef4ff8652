/* SPDX-License-Identifier: ISC */

/*
 * Lines of sendmail.mc: see sendmail_mc.h.
 *
 * It is a program for m4(1), which is not run here.  A definition is on one
 * line if the quotes in it are even where its parenthesis closes, and nothing
 * but a comment comes after that.  A file that cannot be read has no lines.
 */

#include "machine/sendmail_mc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/sendmail.h"

#define COMMENT	"dnl"

/* Whether a definition, which a line begins with, ends on that line. */
static bool
is_whole(const char *line)
{
	int quotes = 0, parentheses = 0;

	for (; *line != '\0'; line++) {
		if (*line == '`')
			quotes++;
		else if (*line == '\'')
			quotes--;
		else if (quotes == 0 && *line == '(')
			parentheses++;
		else if (quotes == 0 && *line == ')' && --parentheses == 0)
			break;
	}
	if (*line == '\0')
		return false;
	line += 1 + strspn(line + 1, " \t\r\n");
	return *line == '\0' || *line == '#' ||
	    strncmp(line, COMMENT, strlen(COMMENT)) == 0;
}

enum sendmail_mc
sendmail_mc_find(const char *begin)
{
	enum sendmail_mc found = SENDMAIL_MC_NONE;
	char *line = NULL;
	size_t size = 0;
	FILE *fp;

	if ((fp = fopen(SENDMAIL_MC, "re")) == NULL)
		return found;
	while (found != SENDMAIL_MC_PART && getline(&line, &size, fp) != -1)
		if (strncmp(line, begin, strlen(begin)) == 0)
			found = is_whole(line) ? SENDMAIL_MC_LINE :
			    SENDMAIL_MC_PART;
	free(line);
	(void)fclose(fp);
	return found;
}

bool
sendmail_mc_has(const char *text)
{
	bool found = false;
	char *line = NULL;
	size_t size = 0;
	FILE *fp;

	if ((fp = fopen(SENDMAIL_MC, "re")) == NULL)
		return false;
	while (!found && getline(&line, &size, fp) != -1)
		found = strncmp(line, COMMENT, strlen(COMMENT)) != 0 &&
		    strstr(line, text) != NULL;
	free(line);
	(void)fclose(fp);
	return found;
}

bool
sendmail_mc_has_order(void)
{
	return sendmail_mc_has("confINPUT_MAIL_FILTERS");
}
