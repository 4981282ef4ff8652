/* SPDX-License-Identifier: ISC */

/*
 * What is known about one message when the decision is made: collected by the
 * callbacks, read by policy_decide().  All facts come from the MTA, the message
 * or DNS.  Only those about the connection are kept for the next message of
 * the same session.
 */

#ifndef FACTS_H
#define FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "dkimsig/dkimsig.h"

#define FACTS_MAX_HEADERS	64	/* fields kept of one message */
#define FACTS_MAX_SPF		CONFIG_MAX_SPF_DOMAINS
#define FACTS_DIGEST_SIZE	32	/* octets; identifies a signature */

/* A field that a rule asks for: unfolded, without blanks at both ends. */
struct fact_header {
	char	*name;		/* as in the message */
	char	*value;		/* NUL-terminated */
	bool	 is_clean;	/* has no NUL, control or 8-bit octet */
};

/* A domain and its organizational domain: see organization.h. */
struct fact_domain {
	char	 name[DKIMSIG_DOMAIN_SIZE];	/* normalized */
	char	 organization[DKIMSIG_DOMAIN_SIZE];
};

/* An address in From, of an author or only mentioned. */
struct fact_address {
	char		*local;		/* NULL: readers may disagree */
	const char	*domain;	/* normalized; borrowed */
};

/* What MAIL FROM says about the domain that SPF is checked for. */
enum sender_kind {
	SENDER_NULL,		/* <>, or unknown: SPF checks HELO */
	SENDER_DOMAIN,
	/* No domain, or one that we cannot parse: the MTA may add its own
	 * domain, or parse it. */
	SENDER_UNCERTAIN
};

/* The answer to a question that depends on DNS. */
enum fact_answer {
	FACT_UNKNOWN,		/* not asked yet */
	FACT_YES,
	FACT_NO,
	FACT_TEMPFAIL		/* may be known later */
};

/* Whether the SPF record of a domain covers the client. */
struct fact_spf {
	const char	*domain;	/* from the configuration */
	enum fact_answer covers;
	char		 text[128];	/* "softfail by ~all", for people */
};

/* A DKIM signature that the message arrived with; strings are borrowed. */
struct fact_signature {
	const char	*sdid;
	const char	*selector;
	enum fact_answer valid;		/* FACT_NO with l=, testing and so on */
	const char	*text;		/* the verdict, for people */
	const char	*dns_error;	/* FACT_TEMPFAIL: why; or NULL, "" */
	int64_t		 timestamp;	/* t=, -1 if there is none */
	const char *const *fields;	/* h=, lower case */
	size_t		 nfields;
	/* Names of config's covered_names of which the message has more
	 * fields than the signature covers. */
	const char *const *left_out;
	size_t		 nleft_out;
	unsigned char	 digest[FACTS_DIGEST_SIZE];
	/* Digest of its key (p=), and whether that is one of our keys. */
	unsigned char	 key_digest[FACTS_DIGEST_SIZE];
	enum fact_answer own;
	bool		 used_up;	/* seen max_uses times before */
};

struct facts {
	/* -- Of the connection -- */

	/* The client; family 0: unknown (a local submission). */
	int		 client_family;
	unsigned char	 client_address[16];
	char		*client_name;	/* forward-confirmed; NULL: none */
	char		*daemon_name;	/* of the MTA's service; NULL: none */
	char		*daemon_port;	/* a number */

	/* -- Of the message; all members from here on -- */

	char		*helo;		/* NULL: none, as below */
	enum tls_version tls;
	char		*cert_cn;	/* of a certificate the MTA trusts */
	char		*cert_issuer;
	char		*login;		/* {auth_authen} */
	char		*envelope;	/* sender without <>; "" if it is <> */
	enum sender_kind sender;	/* of envelope */
	struct fact_domain	sender_domain;	/* with SENDER_DOMAIN */

	/* The time at which the message began, later that of its end: the
	 * time by which its signatures are judged. */
	int64_t		 now;

	struct fact_header	*headers;
	size_t		 nheaders;
	bool		 headers_overflow;	/* over FACTS_MAX_HEADERS */

	/* Domains that some reader may take as the author's, without
	 * duplicates. */
	size_t		 nfrom;			/* From fields */
	struct fact_domain	*authors;
	size_t		 nauthors;
	bool		 unreadable;	/* the domain of an author is unsure */
	bool		 overflow;	/* there may be more authors */
	char		**mentions;	/* other addresses; for people only */
	size_t		 nmentions;
	/* All addresses that a reader may take as the author's; only if a
	 * source asks for them. */
	struct fact_address	*addresses;
	size_t		 naddresses;
	bool		 more_addresses;	/* there may be others */

	unsigned int	 faults;	/* DKIMSIG_FAULT_* */
	bool		 malformed;	/* a field violates the grammar */

	/* -- Answers that policy_decide() asks for -- */

	struct fact_spf	 spf[FACTS_MAX_SPF];
	size_t		 nspf;

	bool		 dkim_known;	/* signatures are complete */
	size_t		 nskipped;	/* signatures that no rule asks for */
	struct fact_signature	*signatures;	/* owned; its strings are not */
	size_t		 nsignatures;
};

/* Replace a string of the facts by a copy of text, which may be NULL.
 * Returns 0, or -1 when out of memory; the string is then NULL. */
int	facts_set(char **fact, const char *text);

/*
 * Forget the facts about the message, also login and TLS, which the MTA sends
 * with each message.  The client, its name and the daemon are kept.
 */
void	facts_reset_message(struct facts *facts);
void	facts_finish(struct facts *facts);

/* Set the client to the address that libmilter's connect callback gets; NULL,
 * or a family other than IPv4 and IPv6, is "unknown". */
struct sockaddr;
void	facts_set_client(struct facts *facts, const struct sockaddr *client);

/*
 * Keep the field if config has a rule about its name (blanks at the end of the
 * name are ignored).  value is everything after the colon, folded with CRLF or
 * LF.  Returns 0, or -1 when out of memory.
 */
int	facts_add_header(struct facts *facts, const struct config *config,
	    const char *name, size_t namelen,
	    const char *value, size_t valuelen);

/* Add an author domain, normalized, with its organizational domain; or an
 * address that is only mentioned.  0, or -1 when out of memory. */
int	facts_add_author(struct facts *facts, const char *domain,
	    const char *organization);
int	facts_add_mention(struct facts *facts, const char *address);

/* Add an address in the forms of address_pattern.h; local may be NULL, domain
 * must outlive the facts.  0, or -1 when out of memory. */
int	facts_add_address(struct facts *facts, const char *local,
	    const char *domain);

/* The author domain if there is exactly one and it is certain; else NULL. */
const char *facts_author(const struct facts *facts);

/* Add the answer for a domain of the configuration; false if full. */
bool	facts_set_spf(struct facts *facts, const char *domain,
	    enum fact_answer covers, const char *text);
/* The answer for a domain; NULL if it was not asked for. */
const struct fact_spf *facts_spf(const struct facts *facts,
	    const char *domain);

#endif /* FACTS_H */
