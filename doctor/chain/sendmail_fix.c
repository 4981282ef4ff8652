/* SPDX-License-Identifier: ISC */

/*
 * Commands that change sendmail.mc: see sendmail_area.h.
 *
 * They change lines that stand in it as we or its authors write them: one
 * definition a line, at its beginning.  If there is no such line, or the
 * definition goes on after it, only a person can change it.
 *
 * They are pasted into an interactive shell: in double quotes, bash(1) takes
 * "!" for a command of its history, so none of them has one.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chain/sendmail_area.h"
#include "machine/sendmail_load.h"

#define MAX_LINE	1024

/* A name that stands in a pattern of sed and grep as it is. */
static bool
is_plain(const char *name)
{
	return name[0] != '\0' && strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == strlen(name);
}

enum sendmail_mc
sm_find_line(const char *name)
{
	char begin[MAX_LINE];

	(void)snprintf(begin, sizeof(begin), "INPUT_MAIL_FILTER(`%s'", name);
	return is_plain(name) ? sendmail_mc_find(begin) : SENDMAIL_MC_NONE;
}

const char *
sm_fix_load(const struct sm *v, char *fix, size_t size)
{
	char commands[1024];

	if (!sendmail_make_commands(commands, sizeof(commands)))
		return NULL;
	(void)strlcat(fix, "\n", size);
	(void)strlcat(fix, commands, size);
	if (!sendmail_read_commands(v->sendmail, commands, sizeof(commands)))
		return NULL;
	if (commands[0] != '\0')
		(void)strlcat(fix, "\n", size);
	return strlcat(fix, commands, size) < size ? fix : NULL;
}

const char *
sm_fix_line(const struct sm *v, const char *format, char *fix, size_t size)
{
	const struct sendmail *s = v->sendmail;
	const char *name = s->milters[s->order[v->ours]].name;
	char pattern[MAX_LINE];
	const char *place;
	size_t len = 0;

	if (sm_find_line(name) != SENDMAIL_MC_LINE)
		return NULL;
	(void)snprintf(pattern, sizeof(pattern), "^INPUT_MAIL_FILTER(.%s'",
	    name);
	fix[0] = '\0';
	/* "%" in the format stands for the pattern. */
	for (; (place = strchr(format, '%')) != NULL && len < size;
	    format = place + 1) {
		len = strlen(fix);
		(void)snprintf(fix + len, size - len, "%.*s%s",
		    (int)(place - format), format, pattern);
	}
	(void)strlcat(fix, format, size);
	return sm_fix_load(v, fix, size);
}

const char *
sm_fix_define(const struct sm *v, const char *name, const char *value,
    char *fix, size_t size)
{
	char begin[MAX_LINE];

	(void)snprintf(begin, sizeof(begin), "define(`%s'", name);
	if (access(SENDMAIL_MC, W_OK) == -1 ||
	    sendmail_mc_find("MAILER(`smtp')") != SENDMAIL_MC_LINE ||
	    sendmail_mc_find(begin) == SENDMAIL_MC_PART)
		return NULL;
	(void)snprintf(fix, size, "sed -i \"/^define(.%s'/d\" " SENDMAIL_MC "\n"
	    "sed -i \"/^MAILER(.smtp')/i define(\\`%s', \\`%s')dnl\" "
	    SENDMAIL_MC, name, name, value);
	return sm_fix_load(v, fix, size);
}
