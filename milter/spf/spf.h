/* SPDX-License-Identifier: ISC */

/*
 * Room milter/spf: SPF, RFC 7208.
 *
 * The Sender Policy Framework: check_host() of RFC 7208.
 *
 * Here it says whether a host is one of a provider's, by the record that the
 * provider publishes ("v=spf1 exists:%{i}._spf.mta.salesforce.com -all"), not
 * whether a sender is forged; but it is the whole of section 4 to 7, macros
 * and explanations included.
 *
 * DNS is reached through the caller's function only.  Nothing is kept between
 * calls, so any number of threads may call at a time.
 *
 * Limits, sections 4.6.4 and 7.3; over one of the first six is permerror:
 *
 *	SPF_MAX_LOOKUPS	    10	terms that ask DNS, redirect included
 *	SPF_MAX_VOID	     2	answers without any record
 *	SPF_MAX_MX	    10	names of one mx
 *	SPF_MAX_RECORD	 16384	octets of a record
 *	SPF_MAX_SENDER	   511	octets of a sender
 *	SPF_MACRO_SIZE	  2048	octets of an expanded domain-spec, NUL included
 *	SPF_MAX_PTR	    10	names of the client; more are not looked at
 *	SPF_TIMEOUT_MS	 20000	of it all, looked at before each lookup; over it
 *				is temperror
 *
 * A name over 253 octets loses labels on the left; one with an empty label, one
 * over 63 octets, a backslash or an octet outside printable ASCII is not asked
 * for: no match, and none of the void ones.  Want of memory is temperror.
 *
 * For the record of a provider, whoever the sender is, leave sender NULL: its
 * %{s} is postmaster@domain then, and helo is what else the client can say.
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

/* Zero it, then set.  All is borrowed for the call. */
struct spf_query {
	int		 family;	/* AF_INET, AF_INET6; others: none */
	const unsigned char *address;	/* 4 or 16 octets, network order */
	/* Whose record; required.  U-labels are made A-labels. */
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
	 * For people, on one line, printable: the term that decided and whose
	 * it is, "pass by ip4:192.0.2.0/24 of spf.example.com", or what went
	 * wrong, "spf.example.com: SERVFAIL".
	 */
	char		 reason[128];
	/* exp= of a fail, expanded, printable; "" if there is none. */
	char		 explanation[512];
	/* Seconds, the least of the answers it rests on; 0 without any. */
	uint32_t	 ttl;
	unsigned int	 lookups, voids;
	/*
	 * A term that was looked at has %{h}: the answer is for this HELO
	 * only.
	 */
	bool		 uses_helo;
};

/* Fills answer in every case. */
void	spf_check_host(const struct spf_query *query,
	    struct spf_answer *answer);

#endif /* SPF_H */
