/* SPDX-License-Identifier: ISC */

/*
 * A test message by SMTP, and the file in which Postfix queued it.  Sendmail
 * names its files otherwise: see sendmail_probe.h.
 */

#ifndef SMTP_PROBE_H
#define SMTP_PROBE_H

#include <stdbool.h>
#include <stddef.h>

struct smtp_probe {
	/* Set by the caller. */
	const char	*host, *port;
	/* Or a connection, which is closed here. */
	bool		 is_connected;
	int		 connection;
	const char	*recipient;
	const char	*message;	/* lines end with CRLF, none is "." */
	const char	*incoming;	/* folder of new queue files, or NULL */

	/* The last reply, or why there is none (code 0). */
	int		 code;
	char		 reply[512];
	/* The queue file if it was accepted, to be closed; -1: not found. */
	int		 fd;
};

/*
 * Send a message from the empty sender.  Queue files that exist before the end
 * of the data are opened then, because the message may be gone right after it.
 */
void	smtp_probe(struct smtp_probe *probe);

#endif /* SMTP_PROBE_H */
