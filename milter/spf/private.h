/* SPDX-License-Identifier: ISC */

/*
 * One evaluation of SPF, shared by the files of check_host().
 */

#ifndef SPF_PRIVATE_H
#define SPF_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "spf/record.h"
#include "spf/spf.h"

#define SPF_MAX_NAME	253	/* octets */
#define SPF_NAME_SIZE	(SPF_MAX_NAME + 1)

struct spf_check {
	const struct spf_query	*query;
	struct spf_answer	*answer;
	int		 family;	/* IPv4 in IPv6 form is IPv4 */
	unsigned char	 address[16];
	char		 domain[SPF_NAME_SIZE + 1];	/* perhaps a dot */
	char		 sender[SPF_MAX_SENDER + 1];
	int64_t		 deadline;	/* monotonic, in milliseconds */
	/* Errors are of no consequence: they are no reason to name. */
	bool		 is_quiet;
	unsigned int	 includes;	/* that this is inside of */
	/* The term that decided, and whose it is: "ip4:... of DOMAIN". */
	char		 matched[100];
	/* %{p}, and for what domain it was found; "" before. */
	char		 client_name[SPF_NAME_SIZE];
	char		 client_name_for[SPF_NAME_SIZE + 1];
};

/* What a lookup or a term comes to. */
enum spf_outcome {
	SPF_NO_MATCH,
	SPF_MATCH,
	SPF_TEMPORARY,		/* temperror */
	SPF_PERMANENT		/* permerror */
};

/* lookup.c */

/* The reason, on one line; the first one counts, others pass it on. */
void	spf_say(struct spf_check *check, const char *format, ...)
	    __attribute__((__format__(printf, 2, 3)));

bool	spf_is_late(const struct spf_check *check);

/* Whether DNS could have such a name, and it means there what it says. */
bool	spf_is_name(const char *name);

/*
 * Ask DNS within the limits; *answer is to be freed.  SPF_MATCH if there are
 * records, SPF_NO_MATCH if there are none, which counts as void if
 * counts_void.
 */
enum spf_outcome spf_look_up(struct spf_check *check, const char *name,
	    enum dns_type type, bool counts_void, struct dns_answer *answer);

/* client.c */

/* Whether the client's address is in a block. */
bool	spf_is_client_in(const struct spf_check *check,
	    const unsigned char *address, unsigned int prefix);

/* Whether the name has an address in the client's block of a term. */
enum spf_outcome spf_match_addresses(struct spf_check *check,
	    const char *name, const struct spf_term *term, bool counts_void);

/*
 * Find a name of the client that leads back to it, section 5.5: the domain
 * itself, else one below it, else, if any will do, another one.  Errors of DNS
 * are no match here.  false if there is none.
 */
bool	spf_find_client_name(struct spf_check *check, const char *domain,
	    bool any, char found[SPF_NAME_SIZE]);

/* match.c */

/* Expand into buf; false if that has more than bufsize - 1 octets. */
bool	spf_expand(struct spf_check *check, const char *domain,
	    const char *text, size_t len, char *buf, size_t bufsize);

/*
 * The target name of a term, section 4.8: its domain-spec expanded, else the
 * domain; false, with a reason, if the expansion is too long.
 */
bool	spf_target_name(struct spf_check *check, const char *domain,
	    const struct spf_term *term, char name[SPF_NAME_SIZE]);

/* Count a term that asks DNS; true, with a reason, if it is one too many. */
bool	spf_is_over_limit(struct spf_check *check,
	    const struct spf_term *term);

enum spf_outcome spf_match(struct spf_check *check, const char *domain,
	    const struct spf_term *term);

/* check.c */

/* check_host() for a domain of a record, with the same client and sender. */
enum spf_result	spf_evaluate(struct spf_check *check, const char *domain);

#endif /* SPF_PRIVATE_H */
