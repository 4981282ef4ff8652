/* SPDX-License-Identifier: ISC */

/*
 * A test message through a Sendmail of its own, which queues it and does not
 * deliver it.
 *
 * A message that the daemon has accepted is delivered to somebody, and its
 * settings cannot say otherwise for one message.  So the program is started
 * once more, as inetd(8) would, for one connection from 127.0.0.1, with the
 * same sendmail.cf and so the same milters, but with a queue directory of its
 * own, which is read and removed.
 */

#ifndef SENDMAIL_PROBE_H
#define SENDMAIL_PROBE_H

#include <stdbool.h>

struct sendmail_probe {
	/* Set by the caller. */
	const char	*run_as;	/* RunAsUser, or NULL */
	const char	*recipient;
	const char	*message;	/* lines end with CRLF, none is "." */

	/* The last reply, or why there is none (code 0). */
	int		 code;
	char		 reply[512];
	/* The message as it was queued, for free(3); NULL: not found. */
	char		*queued;
};

/* Whether there is a program that says that it is Sendmail, version 8. */
bool	sendmail_can_probe(void);

/* Only root can do this. */
void	sendmail_probe(struct sendmail_probe *probe);

#endif /* SENDMAIL_PROBE_H */
