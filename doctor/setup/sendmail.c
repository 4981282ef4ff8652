/* SPDX-License-Identifier: ISC */

/*
 * Sendmail: the lines that sendmail.mc needs are shown, and setup looks whether
 * the sendmail.cf that was made of it has them.
 *
 * Nothing is edited: sendmail.mc is a program for m4(1), in which the place of a
 * line matters.  A sendmail.cf that cannot be read is reported, and counts as
 * one without the milter.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "setup/private.h"

#define SENDMAIL_CF	"/etc/mail/sendmail.cf"

bool
sendmail_is_installed(void)
{
	return access(SENDMAIL_CF, F_OK) == 0;
}

/* Whether a line "Xcountersign, S=SOCKET, ..." is there. */
static bool
has_filter(const char *text, const char *socket)
{
	const char *line, *end, *found;

	for (line = text; line != NULL && *line != '\0';
	    line = *end == '\n' ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		if (*line != 'X' || (found = strstr(line, socket)) == NULL ||
		    found > end)
			continue;
		found += strlen(socket);
		if (*found == ',' || *found == ' ' || found == end)
			return true;
	}
	return false;
}

/* Whether sendmail.cf has our socket; says so if that cannot be read. */
bool
sendmail_is_attached(const struct config *config)
{
	char why[SETUP_WHY_SIZE], *text;
	bool is_attached;

	if (file_read(SENDMAIL_CF, &text, NULL, why, sizeof(why)) == -1) {
		(void)setup_fail("%s", why);
		return false;
	}
	is_attached = text != NULL && has_filter(text, config->socket);
	free(text);
	return is_attached;
}

void
sendmail_plan(struct setup *setup)
{
	if (setup->postfix != NULL || setup->request->mta == SETUP_MTA_NONE ||
	    sendmail_is_attached(setup->draft))
		return;
	setup_note(setup, "when the milter runs, add to "
	    "/etc/mail/sendmail.mc, above MAILER_DEFINITIONS and after all "
	    "other filters:\n"
	    "    INPUT_MAIL_FILTER(`countersign',\n"
	    "        `S=%s, F=T, T=S:30s;R:2m;E:5m')\n"
	    "  then: make -C /etc/mail && service sendmail restart, and run "
	    "setup again, which looks whether it is there",
	    setup->draft->socket);
}
