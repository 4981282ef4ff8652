/* SPDX-License-Identifier: ISC */

/*
 * What is known of one message when it is decided upon: collected by the
 * callbacks, read by policy_decide().  Nothing here comes from elsewhere than
 * the MTA and the message, and nothing outlives the message: a second
 * message of the same session starts from the connection's facts alone.
 */

#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "dkimsig.h"

#define FACTS_MAX_HEADERS	64	/* fields kept for the rules, a message */

/* A field that some rule asks for: unfolded, blanks at both ends removed. */
struct fact_header {
	char	*name;		/* as in the message */
	char	*value;		/* NUL-terminated */
	bool	 is_clean;	/* no NUL, no control, no 8-bit octet in it */
};

struct facts {
	/* The client; family 0: not known (a local submission). */
	int		 client_family;
	unsigned char	 client_address[16];

	char		*login;		/* {auth_authen}; NULL: none */

	struct fact_header	*headers;
	size_t		 nheaders;
	bool		 headers_overflow;	/* more than FACTS_MAX_HEADERS */

	/* dkimsig_signer_author(): 0, or why there is no author domain. */
	int		 author_error;
	char		 author_domain[DKIMSIG_DOMAIN_SIZE];

	unsigned int	 faults;	/* DKIMSIG_FAULT_* of the header */
};

/*
 * Facts of the message begin anew, the login among them, which the MTA names
 * with each message; the client stays.
 */
void	facts_reset_message(struct facts *facts);
void	facts_finish(struct facts *facts);

/* Set the client from what libmilter's connect callback gives; a family
 * other than IPv4 and IPv6, and NULL, is "not known". */
struct sockaddr;
void	facts_set_client(struct facts *facts, const struct sockaddr *client);

/* 0, or -1 when out of memory. */
int	facts_set_login(struct facts *facts, const char *login);

/*
 * Keep the field if config has a rule about that name (blanks at the end of
 * the name are ignored).  value is what stands after the colon, folded with
 * CRLF or LF.  0, or -1 when out of memory.
 */
int	facts_add_header(struct facts *facts, const struct config *config,
	    const char *name, size_t namelen,
	    const char *value, size_t valuelen);

#endif /* FACTS_H */
