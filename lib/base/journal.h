/* SPDX-License-Identifier: ISC */

/*
 * Log lines for systemd's journal, with fields that syslog cannot carry.
 *
 * Our own few lines instead of libsystemd: the signer links nothing but
 * libcrypto and libbsd.  The protocol is "JOURNAL_NATIVE_PROTOCOL" of systemd,
 * which keeps it stable.
 */

#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdbool.h>

#define JOURNAL_SOCKET	"/run/systemd/journal/socket"

struct journal_entry {
	int		 priority;	/* LOG_WARNING, ... */
	int		 facility;	/* LOG_MAIL, ... */
	const char	*program;
	const char	*text;		/* of one line */
	const char	*message_id;	/* 32 hexadecimal digits; "": none */
	const char	*queue_id;	/* of the message; NULL: none */
	const char	*source;	/* of the message; NULL: none */
};

/*
 * Whether systemd has connected stderr to the journal, as the environment
 * (JOURNAL_STREAM) and stderr itself say.
 */
bool	journal_is_stderr(void);

/*
 * Open the way to the journal that listens on the socket path, JOURNAL_SOCKET.
 * Returns the descriptor for journal_send(), or -1 with errno set.
 */
int	journal_open(const char *path);

/*
 * Send one entry.  A value with a line feed is left out.  Returns false if the
 * journal did not take it; then it is lost.  Thread-safe.
 */
bool	journal_send(int fd, const struct journal_entry *entry);

#endif /* JOURNAL_H */
