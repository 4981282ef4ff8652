/* SPDX-License-Identifier: ISC */

/*
 * From sendmail.mc to the Sendmail that runs: m4(1) makes sendmail.cf, and the
 * daemon reads it when it starts.
 */

#ifndef SENDMAIL_LOAD_H
#define SENDMAIL_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "machine/sendmail.h"

enum sendmail_stage {
	SENDMAIL_NOT_MADE,	/* sendmail.mc was changed after sendmail.cf */
	SENDMAIL_NOT_RUNNING,
	SENDMAIL_NOT_READ,	/* it started before sendmail.cf was changed */
	SENDMAIL_READ,		/* it runs with this sendmail.cf */
	SENDMAIL_UNKNOWN	/* it has no PidFile of root that we can find */
};

/* How far the settings have come. */
enum sendmail_stage sendmail_stage(const struct sendmail *sendmail);

/*
 * Sendmail's own program, where packages put it, or NULL.  Other MTAs have a
 * program named sendmail, too, and a removed package may leave sendmail.cf
 * behind.
 */
const char *sendmail_program(void);

/*
 * Commands that make sendmail.cf of sendmail.mc, and let Sendmail read it; one
 * a line, safe to repeat.  Returns false if they do not fit.
 */
bool	sendmail_make_commands(char *text, size_t size);
bool	sendmail_read_commands(const struct sendmail *sendmail, char *text,
	    size_t size);

#endif /* SENDMAIL_LOAD_H */
