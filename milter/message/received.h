/* SPDX-License-Identifier: ISC */

/*
 * What a Received field says about how a message came: RFC 5321 section 4.4.
 */

#ifndef RECEIVED_H
#define RECEIVED_H

#include <stddef.h>

enum received {
	RECEIVED_HOP,		/* from another mail server, or unclear */
	RECEIVED_LOCAL,		/* from a program on that host */
	RECEIVED_WEB,		/* from a browser, by HTTP */
	RECEIVED_FETCHED,	/* from a mailbox, by POP3 or IMAP */
	RECEIVED_FILTER		/* from a content filter */
};

/* Read the value of a field, which may be anything. */
enum received received_read(const char *value, size_t len);

#endif /* RECEIVED_H */
