/* SPDX-License-Identifier: ISC */

/*
 * Room milter/spf: check_host() of the Sender Policy Framework, RFC 7208.
 *
 * We use it to decide whether a host belongs to a provider, by the record that
 * the provider publishes ("v=spf1 exists:%{i}._spf.mta.salesforce.com -all"),
 * not whether a sender is forged.  Nevertheless it implements all of sections
 * 4 to 7, including macros and explanations.
 *
 * DNS is reached only through the caller's function.  Nothing is kept between
 * calls, so any number of threads may call at the same time.
 *
 * Limits, sections 4.6.4 and 7.3; exceeding one of the first six is permerror:
 *
 *	SPF_MAX_LOOKUPS	    10	terms that ask DNS, including redirect
 *	SPF_MAX_VOID	     2	answers without any record
 *	SPF_MAX_MX	    10	names of one mx
 *	SPF_MAX_RECORD	 16384	octets of a record
 *	SPF_MAX_SENDER	   511	octets of a sender
 *	SPF_MACRO_SIZE	  2048	octets of an expanded domain-spec, with NUL
 *	SPF_MAX_PTR	    10	names of the client; further ones are ignored
 *	SPF_TIMEOUT_MS	 20000	for the whole check, tested before each lookup;
 *				exceeding it is temperror
 *
 * A name longer than 253 octets loses labels on the left.  A name is not
 * looked up if it has an empty label, a label longer than 63 octets, a
 * backslash, or an octet outside printable ASCII: it does not match, and does
 * not count as a void lookup.  Out of memory is temperror.
 *
 * To check the record of a provider for any sender, leave sender NULL: %{s} is
 * then postmaster@domain, and helo is the only text that the client chooses.
 */

#ifndef SPF_H
#define SPF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/resolver.h"

#define SPF_MAX_LOOKUPS	10
#define SPF_MAX_VOID	2
#define SPF_MAX_MX	10
#define SPF_MAX_PTR	10
#define SPF_MAX_RECORD	16384	/* octets */
#define SPF_MAX_SENDER	511	/* octets */
#define SPF_TIMEOUT_MS	20000

/* Results, section 2.6. */
enum spf_result {
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR
};

/* "pass" ...; static, never NULL. */
const char *spf_result_name(enum spf_result result);

/* Zero it first.  All pointers are borrowed for the call. */
struct spf_query {
	int		 family;	/* AF_INET, AF_INET6; others: none */
	const unsigned char *address;	/* 4 or 16 octets, network order */
	/* The domain to check; required.  U-labels become A-labels. */
	const char	*domain;
	const char	*sender;	/* NULL or "": postmaster@domain */
	const char	*helo;		/* NULL: unknown */
	const char	*receiver;	/* our own name; NULL: "unknown" */
	int64_t		 now;		/* for %{t}: seconds since 1970 */
	unsigned int	 timeout_ms;	/* 0: SPF_TIMEOUT_MS */
	dns_lookup_fn	*lookup;	/* required */
	void		*arg;
};

struct spf_answer {
	enum spf_result	 result;
	/*
	 * For people, one printable line: the term that decided and its
	 * domain, "pass by ip4:192.0.2.0/24 of spf.example.com", or what went
	 * wrong, "spf.example.com: SERVFAIL".
	 */
	char		 reason[128];
	/* SPF_FAIL: exp=, expanded, printable; "" if there is none. */
	char		 explanation[512];
	/* Seconds: the shortest TTL of the answers used; 0 without any. */
	uint32_t	 ttl;
	unsigned int	 lookups, voids;
	/* An evaluated term has %{h}: the answer is for this HELO only. */
	bool		 uses_helo;
};

/* Check a client; fills answer in every case. */
void	spf_check_host(const struct spf_query *query,
	    struct spf_answer *answer);

#endif /* SPF_H */
