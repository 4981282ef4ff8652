/* SPDX-License-Identifier: ISC */

/*
 * The configuration: countersign.conf(5), read by libconfuse and checked as a
 * whole.  A loaded configuration is never changed; it is shared between
 * threads by counted references, and a message holds one from its start to
 * its end.
 */

#ifndef CONFIG_H
#define CONFIG_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "dkimsig.h"

#define CONFIG_DEFAULT_FILE	"/etc/countersign/countersign.conf"

/* What is done with a message that may not or cannot be signed. */
enum action {
	ACTION_PASS,
	ACTION_TEMPFAIL,
	ACTION_QUARANTINE,
	ACTION_REJECT
};

/* An address block: IPv4 as ::ffff:0:0/96 is not folded, family counts. */
struct network {
	int		 family;	/* AF_INET or AF_INET6 */
	unsigned char	 address[16];	/* host bits zero */
	unsigned int	 prefix_length;	/* bits */
};

/* How the value of a header field is compared. */
enum header_compare {
	HEADER_EXACT,		/* octet for octet */
	HEADER_NOCASE,		/* ASCII case ignored */
	HEADER_SALESFORCE_ID,	/* 15 or 18 characters, compared as 15 */
	HEADER_ABSENT		/* there must be no such field */
};

/* One rule about a header field; all rules of a source must hold. */
struct header_rule {
	const char	*name;		/* compared without case */
	enum header_compare	compare;
	const char *const *values;	/* any of them will do */
	size_t		 nvalues;
	bool		 optional;	/* absent is as good as a match */
	bool		 proves_tenant;	/* a tenant factor by itself */
};

struct source {
	const char	*name;
	unsigned int	 line;		/* in the file, where it begins */

	const struct network *networks;
	size_t		 nnetworks;
	bool		 trust_network;

	const char *const *logins;
	size_t		 nlogins;

	const struct header_rule *headers;
	size_t		 nheaders;

	/* Normalized; "*.example.com" allows every subdomain. */
	const char *const *domains;
	size_t		 ndomains;

	enum action	 on_mismatch;
	enum action	 on_no_key;
};

struct config {
	char		*file;
	char		*socket;	/* unix:PATH or inet:PORT@ADDRESS */
	unsigned int	 socket_mode;	/* of a unix socket, default 0660 */
	char		*socket_group;	/* NULL: unchanged */
	char		*keydir;
	char		*user;		/* of the front; "countersign" */
	char		*keys_user;	/* of the signers; "countersign-keys" */
	unsigned int	 signers;	/* processes; 0 in the file: one a core */
	unsigned int	 sign_timeout_ms;

	int64_t		 expire;	/* seconds, 0 for none; default 7 days */
	bool		 oversign;
	enum dkimsig_canon	header_canon, body_canon;

	size_t		 max_header;	/* octets */
	size_t		 max_fields;

	const struct source *sources;
	size_t		 nsources;

	/* Names of all fields that some rule looks at, lower case, sorted. */
	const char *const *header_names;
	size_t		 nheader_names;
};

/*
 * Read and check a configuration file.  Every fault is written to faults as
 * "FILE:LINE: text" (one line each), not just the first.  Returns the
 * configuration with one reference, or NULL when there was any fault;
 * *nfaults is their number.
 */
struct config *config_load(const char *file, FILE *faults, size_t *nfaults);

/* Another reference, and giving one up (NULL allowed).  Thread safe. */
struct config *config_ref(struct config *config);
void	config_unref(struct config *config);

#endif /* CONFIG_H */
