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
	char		 domain[SPF_NAME_SIZE + 1];	/* may end with a dot */
	char		 sender[SPF_MAX_SENDER + 1];
	int64_t		 deadline;	/* monotonic, in milliseconds */
	/* Errors do not matter now: spf_say() does nothing. */
	bool		 is_quiet;
	unsigned int	 includes;	/* current depth of includes */
	/* The term that decided, and its domain: "ip4:... of DOMAIN". */
	char		 matched[100];
	/* %{p}, and the domain it was found for; "" if not looked up yet. */
	char		 client_name[SPF_NAME_SIZE];
	char		 client_name_for[SPF_NAME_SIZE + 1];
};

/* The outcome of a lookup or a term. */
enum spf_outcome {
	SPF_NO_MATCH,
	SPF_MATCH,
	SPF_TEMPORARY,		/* temperror */
	SPF_PERMANENT		/* permerror */
};

/* lookup.c */

/* Set the reason of the result, on one line, unless there already is one. */
void	spf_say(struct spf_check *check, const char *format, ...)
	    __attribute__((__format__(printf, 2, 3)));

bool	spf_is_late(const struct spf_check *check);

/* Whether a name can exist in DNS and has no octet that DNS text escapes. */
bool	spf_is_name(const char *name);

/*
 * Ask DNS within the limits; free *answer with dns_answer_free().  Returns
 * SPF_MATCH if there are records, and SPF_NO_MATCH if there are none, which is
 * a void lookup if counts_void.
 */
enum spf_outcome spf_look_up(struct spf_check *check, const char *name,
	    enum dns_type type, bool counts_void, struct dns_answer *answer);

/* client.c */

/* Whether the client's address is in an address block. */
bool	spf_is_client_in(const struct spf_check *check,
	    const unsigned char *address, unsigned int prefix);

/* Match if the client is in a block around one of the name's addresses; the
 * term has the prefix length. */
enum spf_outcome spf_match_addresses(struct spf_check *check,
	    const char *name, const struct spf_term *term, bool counts_void);

/*
 * Find a validated name of the client, section 5.5: preferably the domain
 * itself, else a name below it, else, if any is set, another name.  A DNS error
 * means that a name is not validated.  Returns false if there is none.
 */
bool	spf_find_client_name(struct spf_check *check, const char *domain,
	    bool any, char found[SPF_NAME_SIZE]);

/* match.c */

/* Expand macros into buf; false if that takes more than bufsize octets. */
bool	spf_expand(struct spf_check *check, const char *domain,
	    const char *text, size_t len, char *buf, size_t bufsize);

/*
 * Set name to the target name of a term, section 4.8: its expanded domain-spec,
 * or the domain.  Returns false, with a reason, if the expansion is too long.
 */
bool	spf_target_name(struct spf_check *check, const char *domain,
	    const struct spf_term *term, char name[SPF_NAME_SIZE]);

/* Count a term if it asks DNS.  Returns false, with a reason, if there are more
 * than SPF_MAX_LOOKUPS. */
bool	spf_count_term(struct spf_check *check,
	    const struct spf_term *term);

enum spf_outcome spf_match(struct spf_check *check, const char *domain,
	    const struct spf_term *term);

/* check.c */

/* check_host() for the domain of an include or redirect. */
enum spf_result	spf_evaluate(struct spf_check *check, const char *domain);

#endif /* SPF_PRIVATE_H */
