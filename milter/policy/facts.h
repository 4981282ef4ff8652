/* SPDX-License-Identifier: ISC */

/*
 * What is known of one message when it is decided upon: collected by the
 * callbacks, read by policy_decide().  Nothing here comes from elsewhere than
 * the MTA, the message and DNS, and nothing outlives the message but the
 * connection's facts: a second message of the same session starts from them
 * alone.
 */

#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "dkimsig/dkimsig.h"

#define FACTS_MAX_HEADERS	64	/* fields kept for the rules, a message */
#define FACTS_MAX_SPF		CONFIG_MAX_SPF_DOMAINS
#define FACTS_DIGEST_SIZE	32	/* octets that tell signatures apart */

/* A field that some rule asks for: unfolded, blanks at both ends removed. */
struct fact_header {
	char	*name;		/* as in the message */
	char	*value;		/* NUL-terminated */
	bool	 is_clean;	/* no NUL, no control, no 8-bit octet in it */
};

/* A domain, and the organization that it is of: see organization.h. */
struct fact_domain {
	char	 name[DKIMSIG_DOMAIN_SIZE];	/* normalized */
	char	 organization[DKIMSIG_DOMAIN_SIZE];
};

/* What MAIL FROM says of the domain that SPF is checked for. */
enum sender_kind {
	SENDER_NULL,		/* <>, or none is known: HELO counts */
	SENDER_DOMAIN,
	/* No domain, or one that cannot be read: the MTA may add its own, or
	 * read it after all. */
	SENDER_UNCERTAIN
};

/* The answer to a question that DNS has a say in. */
enum fact_answer {
	FACT_UNKNOWN,		/* not asked yet */
	FACT_YES,
	FACT_NO,
	FACT_TEMPFAIL		/* may be known later */
};

/* Whether the SPF record of a domain covers the client. */
struct fact_spf {
	const char	*domain;	/* of the configuration */
	enum fact_answer covers;
	char		 text[128];	/* "softfail by ~all", for people */
};

/* A DKIM signature that the message arrived with; texts are borrowed. */
struct fact_signature {
	const char	*sdid;
	const char	*selector;
	enum fact_answer valid;		/* FACT_NO with l=, testing and so on */
	const char	*text;		/* of its verdict, for people */
	const char	*dns_error;	/* of FACT_TEMPFAIL; NULL or "": none */
	int64_t		 timestamp;	/* t=, -1 if there is none */
	const char *const *fields;	/* h=, lower case */
	size_t		 nfields;
	/* Of config's covered_names those that the message has more fields
	 * of than the signature covers. */
	const char *const *left_out;
	size_t		 nleft_out;
	unsigned char	 digest[FACTS_DIGEST_SIZE];
	/* Of its key, the octets of p=; and whether that is one of ours. */
	unsigned char	 key_digest[FACTS_DIGEST_SIZE];
	enum fact_answer own;
	bool		 used_up;	/* seen before, too often */
};

struct facts {
	/* -- Of the connection -- */

	/* The client; family 0: not known (a local submission). */
	int		 client_family;
	unsigned char	 client_address[16];
	char		*client_name;	/* forward-confirmed; NULL: none */
	char		*daemon_name;	/* of the MTA's service; NULL: none */
	char		*daemon_port;	/* a number */

	/* -- Of the message, from helo on; what the MTA says with it -- */

	char		*helo;		/* NULL: none, as all below */
	enum tls_version tls;
	char		*cert_cn;	/* of a certificate the MTA trusts */
	char		*cert_issuer;
	char		*login;		/* {auth_authen} */
	char		*envelope;	/* sender without <>; "" for the null one */
	enum sender_kind sender;	/* of envelope */
	struct fact_domain	sender_domain;	/* with SENDER_DOMAIN */

	/* When it began; at its end, when that came: the signatures that it
	 * came with are judged by it. */
	int64_t		 now;

	struct fact_header	*headers;
	size_t		 nheaders;
	bool		 headers_overflow;	/* more than FACTS_MAX_HEADERS */

	/* Whom the message says it is from: domains that some reader takes
	 * as the author's, each once. */
	size_t		 nfrom;			/* From fields */
	struct fact_domain	*authors;
	size_t		 nauthors;
	bool		 unreadable;	/* an author whose domain is not sure */
	bool		 overflow;	/* there may be more authors */
	char		**mentions;	/* other addresses; decide nothing */
	size_t		 nmentions;

	unsigned int	 faults;	/* DKIMSIG_FAULT_* */
	bool		 malformed;	/* a field is against the grammar */

	/* -- Answers, as policy_decide() asks for them -- */

	struct fact_spf	 spf[FACTS_MAX_SPF];
	size_t		 nspf;

	bool		 dkim_known;	/* signatures are complete */
	size_t		 nskipped;	/* those that no rule asks for */
	struct fact_signature	*signatures;	/* array owned, texts not */
	size_t		 nsignatures;
};

/* A text of the facts: a copy replaces the old one.  NULL is allowed.
 * 0, or -1 when out of memory: the text is then NULL. */
int	facts_set(char **fact, const char *text);

/*
 * Forget the facts of the message, including login and TLS, which the MTA
 * names with each message; the client, its name and the daemon stay.
 */
void	facts_reset_message(struct facts *facts);
void	facts_finish(struct facts *facts);

/* Set the client from what libmilter's connect callback gives; a family
 * other than IPv4 and IPv6, and NULL, is "not known". */
struct sockaddr;
void	facts_set_client(struct facts *facts, const struct sockaddr *client);

/*
 * Keep the field if config has a rule about that name (blanks at the end of
 * the name are ignored).  value is what stands after the colon, folded with
 * CRLF or LF.  0, or -1 when out of memory.
 */
int	facts_add_header(struct facts *facts, const struct config *config,
	    const char *name, size_t namelen,
	    const char *value, size_t valuelen);

/* Add an author's domain, normalized, with its organization, or a mention.
 * 0, or -1 when out of memory. */
int	facts_add_author(struct facts *facts, const char *domain,
	    const char *organization);
int	facts_add_mention(struct facts *facts, const char *address);

/* The author's domain where there is exactly one, and it is certain; NULL. */
const char *facts_author(const struct facts *facts);

/* The answer about a domain of the configuration; false when full. */
bool	facts_set_spf(struct facts *facts, const char *domain,
	    enum fact_answer covers, const char *text);
/* NULL if it was not asked. */
const struct fact_spf *facts_spf(const struct facts *facts,
	    const char *domain);

#endif /* FACTS_H */
