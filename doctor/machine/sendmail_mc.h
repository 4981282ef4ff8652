/* SPDX-License-Identifier: ISC */

/*
 * sendmail.mc: what a command may change in it.
 */

#ifndef SENDMAIL_MC_H
#define SENDMAIL_MC_H

#include <stdbool.h>

/* A definition that a line begins with, such as "INPUT_MAIL_FILTER(`x'". */
enum sendmail_mc {
	SENDMAIL_MC_NONE,	/* none, but perhaps in another spelling */
	SENDMAIL_MC_LINE,	/* each is on one line */
	SENDMAIL_MC_PART	/* one of them goes on after its line */
};

enum sendmail_mc sendmail_mc_find(const char *begin);

/* Whether a line that is no comment has a text anywhere. */
bool	sendmail_mc_has(const char *text);

/* Whether the order of milters is not that of their lines. */
bool	sendmail_mc_has_order(void);

#endif /* SENDMAIL_MC_H */
