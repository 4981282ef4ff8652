/* SPDX-License-Identifier: ISC */

/*
 * The MTA's side of a milter connection, version 6 of the protocol, as Postfix
 * speaks it: macros, the bits by which a filter says what it does not want or
 * does not answer, and the replies that change a message.
 *
 * Only for filters that we start ourselves: what breaks the protocol ends the
 * program with a message.
 */

#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A message, complete, as an MTA would send it. */
struct load_message {
	const struct load_field {
		const char	*name, *value;	/* value with leading blank */
	}		*fields;
	size_t		 nfields;
	const char	*sender, *recipient;
	const unsigned char *body;
	size_t		 bodylen;
};

/* What the message of a number is called, and its sender. */
struct load_names {
	char		 from[128];	/* as a value of From */
	char		 sender[128];
	char		 id[64];	/* as a value of Message-ID */
	char		 queue_id[32];
};

/* What a filter did with it. */
struct load_result {
	unsigned char	 reply;		/* SMFIR_*: 'c', 'a', 't', ... */
	char		 class;		/* of SMFIR_REPLYCODE: '4' or '5' */
	unsigned int	 nsignatures;	/* DKIM-Signature fields added */
	char		*first;		/* value of the topmost; owner frees;
					 * NULL: none */
};

struct session;

/*
 * Connect to "unix:PATH", "PATH" or "inet:PORT@HOST", negotiate, and say who
 * the client is.  want_fields: keep the values of added fields.
 */
struct session *session_open(const char *socket, const char *client_name,
	    const char *client_address, bool want_fields);
void	session_close(struct session *session);

/* Send a message, and wait for what becomes of it. */
void	session_send(struct session *session,
	    const struct load_message *message, const char *queue_id,
	    struct load_result *result);

/* Name the message with that number of an author in the domain. */
void	load_name(struct load_names *names, const char *domain,
	    unsigned int number);

/* An option's number, from 1; anything else ends the program. */
unsigned int load_number(const char *text, unsigned int most);

/* Octets written to the socket so far. */
uint64_t session_octets(const struct session *session);

#endif /* SESSION_H */
