/* SPDX-License-Identifier: ISC */

/*
 * The SPF client: its address, compared with address blocks and with the
 * addresses of names, and its validated names, RFC 7208 sections 5.3 to 5.5.
 *
 * At most SPF_MAX_PTR names of the client are looked up; the domain itself is
 * preferred to a name below it.  If looking up a name fails, the name is not
 * validated, and no reason is set.
 */

#include "spf/private.h"

#include <sys/socket.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool
spf_is_client_in(const struct spf_check *check, const unsigned char *address,
    unsigned int prefix)
{
	unsigned int octets = prefix / 8, rest = prefix % 8;
	unsigned char mask = (unsigned char)(0xff << (8 - rest));

	return memcmp(check->address, address, octets) == 0 && (rest == 0 ||
	    (check->address[octets] & mask) == (address[octets] & mask));
}

enum spf_outcome
spf_match_addresses(struct spf_check *check, const char *name,
    const struct spf_term *term, bool counts_void)
{
	bool is_ipv4 = check->family == AF_INET;
	unsigned int prefix = is_ipv4 ? term->prefix4 : term->prefix6;
	struct dns_answer answer;
	enum spf_outcome outcome;
	size_t i;

	outcome = spf_look_up(check, name, is_ipv4 ? DNS_A : DNS_AAAA,
	    counts_void, &answer);
	if (outcome == SPF_MATCH) {
		outcome = SPF_NO_MATCH;
		for (i = 0; i < answer.n; i++)
			if (answer.records[i].len == (is_ipv4 ? 4U : 16U) &&
			    spf_is_client_in(check, answer.records[i].data,
			    prefix))
				outcome = SPF_MATCH;
	}
	dns_answer_free(&answer);
	return outcome;
}

static void
reverse_name(const struct spf_check *check, char *buf, size_t bufsize)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *a = check->address;
	size_t i, n = 0;

	if (check->family == AF_INET) {
		(void)snprintf(buf, bufsize, "%u.%u.%u.%u.in-addr.arpa",
		    a[3], a[2], a[1], a[0]);
		return;
	}
	for (i = 16; i-- > 0;) {
		buf[n++] = hex[a[i] & 15];
		buf[n++] = '.';
		buf[n++] = hex[a[i] >> 4];
		buf[n++] = '.';
	}
	(void)snprintf(buf + n, bufsize - n, "ip6.arpa");
}

/* How a name of the client is related to the domain; the highest is best. */
enum rank {
	ELSEWHERE,
	BELOW,		/* a subdomain */
	SAME
};

static enum rank
rank_of(const char *name, const char *domain)
{
	size_t namelen = strlen(name), len = strlen(domain);

	if (len > 0 && domain[len - 1] == '.')
		len--;
	if (namelen < len || strncasecmp(name + namelen - len, domain,
	    len) != 0)
		return ELSEWHERE;
	if (namelen == len)
		return SAME;
	return name[namelen - len - 1] == '.' ? BELOW : ELSEWHERE;
}

bool
spf_find_client_name(struct spf_check *check, const char *domain, bool any,
    char found[SPF_NAME_SIZE])
{
	static const struct spf_term whole = { .prefix4 = 32, .prefix6 = 128 };
	bool was_quiet = check->is_quiet, has = false;
	enum rank rank, best = ELSEWHERE;
	char reverse[128];
	struct dns_answer answer;
	const char *name;
	size_t i, n;

	check->is_quiet = true;
	reverse_name(check, reverse, sizeof(reverse));
	n = spf_look_up(check, reverse, DNS_PTR, false, &answer) ==
	    SPF_MATCH ? answer.n : 0;
	for (i = 0; i < n && i < SPF_MAX_PTR && best != SAME; i++) {
		name = (const char *)answer.records[i].data;
		rank = rank_of(name, domain);
		if ((rank == ELSEWHERE && !any) || (has && rank <= best) ||
		    spf_match_addresses(check, name, &whole, false) !=
		    SPF_MATCH)
			continue;
		(void)strlcpy(found, name, SPF_NAME_SIZE);
		has = true;
		best = rank;
	}
	dns_answer_free(&answer);
	check->is_quiet = was_quiet;
	return has;
}
