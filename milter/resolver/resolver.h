/* SPDX-License-Identifier: ISC */

/*
 * Room milter/resolver: DNS lookups.
 *
 * Lookups by libunbound: answers are cached within their TTL and, with a trust
 * anchor, validated.  Any number of threads may ask at the same time; each
 * waits at most for the timeout.
 */

#ifndef DNS_H
#define DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values as in RFC 1035 section 3.2.2 and RFC 3596. */
enum dns_type {
	DNS_A		= 1,
	DNS_PTR		= 12,
	DNS_MX		= 15,
	DNS_TXT		= 16,
	DNS_AAAA	= 28
};

enum dns_status {
	DNS_OK,
	DNS_NODATA,	/* the name exists, but has no such record */
	DNS_NXDOMAIN,
	DNS_TEMPFAIL	/* SERVFAIL, bogus, no answer in time, no memory */
};

struct dns_record {
	/*
	 * A: 4 octets; AAAA: 16; TXT: its strings joined; MX, PTR: the name
	 * in lower case without a final dot.  A NUL follows, which is not
	 * counted in len.
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
	bool		 servfail;	/* DNS_TEMPFAIL: it was a SERVFAIL */
	char		 reason[128];	/* DNS_TEMPFAIL: why, for the log */
};

/* Free the records of an answer; it may be zeroed. */
void	dns_answer_free(struct dns_answer *answer);

/*
 * A lookup function: that of a resolver, or of a test.  It fills answer in
 * every case, and returns its status; free answer with dns_answer_free().
 */
typedef enum dns_status dns_lookup_fn(void *arg, const char *name,
	    enum dns_type type, struct dns_answer *answer);

struct dns_question {
	const char	*name;
	/*
	 * A sender may have chosen the name.  If servers do not answer for
	 * it, libunbound must not avoid them in other lookups: the name is
	 * looked up in a separate libunbound context, only for the questions
	 * of this call.  That takes about a millisecond more, and nothing is
	 * cached.  If too many such contexts are in use, the call waits for
	 * one, at most for the timeout.  An immediate SERVFAIL is retried
	 * after a second if time is left: it comes from a server that avoids
	 * all servers of the zone, because they did not answer others.
	 */
	bool		 apart;
};

/*
 * The same for n names at the same time: fills all answers, and takes no longer
 * than the timeout of one lookup.
 */
typedef void dns_lookup_all_fn(void *arg, const struct dns_question *questions,
	    size_t n, enum dns_type type, struct dns_answer *answers);

#define DNS_MAX_PARALLEL	8	/* names; further ones: DNS_TEMPFAIL */

/* Descriptors that one resolver uses at most, if the limit allows as many. */
#define DNS_MAX_DESCRIPTORS	3600

struct dns_resolver;

struct dns_options {
	/* "192.0.2.1", "192.0.2.1@5353", "::1@53"; none: /etc/resolv.conf. */
	const char *const *servers;
	size_t		 nservers;
	const char	*trust_anchor;	/* file; NULL: no DNSSEC */
	unsigned int	 timeout_ms;	/* of one lookup */
};

/*
 * Make a resolver, and read its files.
 *
 * Called when: after the last fork, because it starts a thread.
 *
 * Returns the resolver, or NULL with a text in error.
 */
struct dns_resolver *dns_resolver_new(const struct dns_options *options,
	    char *error, size_t errorsize);

/*
 * Have libunbound read what it reads only once in a process, without starting a
 * thread.
 */
void	dns_warm_up(void);

/*
 * Free a resolver; no lookup may be running.  NULL is allowed.  If libunbound
 * does not answer any more, this takes five seconds, and leaves its context.
 */
void	dns_resolver_free(struct dns_resolver *resolver);

/*
 * Whether libunbound does not work in this resolver any more, with a text in
 * why: replace it.  Other calls only note what the next one looks at.
 *
 * Called when: every few seconds, by one thread, which also frees or replaces
 * the resolver; lookups may be running.
 *
 * most_ms	how long after its timeout a lookup may be under way
 */
bool	dns_resolver_is_stuck(struct dns_resolver *resolver,
	    unsigned int most_ms, char *why, size_t size);

/* How many contexts were left because they could not be freed. */
unsigned int	dns_contexts_left(void);

/* A dns_lookup_fn; arg is the resolver.  An invalid name is DNS_NXDOMAIN. */
enum dns_status	dns_lookup(void *arg, const char *name, enum dns_type type,
	    struct dns_answer *answer);

/* A dns_lookup_all_fn; otherwise the same. */
void	dns_lookup_all(void *arg, const struct dns_question *questions,
	    size_t n, enum dns_type type, struct dns_answer *answers);

/* Used if there is no resolver: always DNS_TEMPFAIL. */
dns_lookup_fn		dns_lookup_none;
dns_lookup_all_fn	dns_lookup_all_none;

#endif /* DNS_H */
