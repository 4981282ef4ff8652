/* SPDX-License-Identifier: ISC */

/*
 * Room milter/resolver: names looked up in DNS.
 *
 * Names looked up, by libunbound: answers are cached within their TTL and,
 * with a trust anchor, validated.  Any number of threads may ask at a time,
 * and each waits no longer than it was told.
 */

#ifndef DNS_H
#define DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* By their numbers, RFC 1035 section 3.2.2 and RFC 3596. */
enum dns_type {
	DNS_A		= 1,
	DNS_PTR		= 12,
	DNS_MX		= 15,
	DNS_TXT		= 16,
	DNS_AAAA	= 28
};

enum dns_status {
	DNS_OK,
	DNS_NODATA,	/* the name is there, but no such record */
	DNS_NXDOMAIN,
	DNS_TEMPFAIL	/* SERVFAIL, bogus, no answer in time, no memory */
};

struct dns_record {
	/*
	 * A: 4 octets; AAAA: 16; TXT: its strings joined; MX, PTR: the name
	 * in lower case without final dot.  A NUL that len does not count
	 * follows.
	 */
	unsigned char	*data;
	size_t		 len;
	unsigned int	 preference;	/* MX */
};

struct dns_answer {
	enum dns_status	 status;
	uint32_t	 ttl;		/* seconds */
	struct dns_record *records;
	size_t		 n;
	bool		 secure;	/* validated by DNSSEC */
	bool		 servfail;	/* DNS_TEMPFAIL: so the server said */
	char		 reason[128];	/* of DNS_TEMPFAIL, for the log */
};

/* Free what an answer holds; a zeroed one is allowed. */
void	dns_answer_free(struct dns_answer *answer);

/*
 * Something that looks up: a resolver, or what a test has in its place.
 * answer is filled in every case and to be freed; the status is returned.
 */
typedef enum dns_status dns_lookup_fn(void *arg, const char *name,
	    enum dns_type type, struct dns_answer *answer);

struct dns_question {
	const char	*name;
	/*
	 * A sender may have chosen the name.  If servers are silent about it,
	 * that must not count against them when others ask: it is looked up
	 * with a context of libunbound for these questions alone.  That takes
	 * about a millisecond, and nothing is cached; while too many are in
	 * use it waits for one, and no longer than for an answer.  A SERVFAIL
	 * that comes at once is asked again after a second, while time is
	 * left: so says a server that has no server left to ask, for those
	 * were silent.
	 */
	bool		 apart;
};

/*
 * The same for n names at a time: all answers are filled, and none is waited
 * for longer than one lookup may take.
 */
typedef void dns_lookup_all_fn(void *arg, const struct dns_question *questions,
	    size_t n, enum dns_type type, struct dns_answer *answers);

#define DNS_MAX_PARALLEL	8	/* names; more are DNS_TEMPFAIL */

struct dns_resolver;

struct dns_options {
	/* "192.0.2.1", "192.0.2.1@5353", "::1@53"; none: /etc/resolv.conf. */
	const char *const *servers;
	size_t		 nservers;
	const char	*trust_anchor;	/* file; NULL: no DNSSEC */
	unsigned int	 timeout_ms;	/* of one lookup */
};

/*
 * Make a resolver, and read its files.  It has a thread of its own, so it
 * must be made after the last fork.  Returns it, or NULL with a text in error.
 */
struct dns_resolver *dns_resolver_new(const struct dns_options *options,
	    char *error, size_t errorsize);

/* No lookup may be under way.  NULL is allowed. */
void	dns_resolver_free(struct dns_resolver *resolver);

/* A dns_lookup_fn; arg is the resolver.  What is no name does not exist. */
enum dns_status	dns_lookup(void *arg, const char *name, enum dns_type type,
	    struct dns_answer *answer);

/* A dns_lookup_all_fn; the same. */
void	dns_lookup_all(void *arg, const struct dns_question *questions,
	    size_t n, enum dns_type type, struct dns_answer *answers);

/* In the place of a resolver where there is none: always DNS_TEMPFAIL. */
dns_lookup_fn		dns_lookup_none;
dns_lookup_all_fn	dns_lookup_all_none;

#endif /* DNS_H */
