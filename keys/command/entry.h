/* SPDX-License-Identifier: ISC */

/*
 * What a person enters in DNS for one key, in the words of DNS providers'
 * forms: the host name within the zone, the type, the TTL and the value.
 *
 * Most forms add the zone to the host name, so a full name would get the zone
 * twice.  DNS is not asked which zone it is: the domain itself and the
 * registrable domain above it are both printed, if they differ.
 */

#ifndef ENTRY_H
#define ENTRY_H

#include <stdio.h>

#include "config/config.h"
#include "record/record.h"

#define ENTRY_MAX_HOSTS	2
#define ENTRY_NO_TTL	(-1)

enum entry_role {
	ENTRY_SIGNS,
	ENTRY_NEXT,		/* will sign first */
	ENTRY_RESERVE,
	ENTRY_OLD		/* no longer signs */
};

struct entry {
	const char	*type;		/* "TXT" or "CNAME"; static */
	char		 name[DKIMSIG_DOMAIN_SIZE];
	char		 value[DKIMSIG_KEYRECORD_SIZE];
	int64_t		 ttl;		/* seconds; ENTRY_NO_TTL: not known */
	struct {
		char	 zone[DKIMSIG_DOMAIN_SIZE];
		char	 host[DKIMSIG_DOMAIN_SIZE];
	} hosts[ENTRY_MAX_HOSTS];
	size_t		 nhosts;
};

/* What a key does or will do among the keys of its algorithm. */
enum entry_role entry_role(const struct ks_state *state,
	    const struct ks_key *key, int64_t now);

/* "signs", "signs next", "in reserve", "no longer signs"; static. */
const char *entry_role_text(enum entry_role role);

/*
 * The TXT record of a key.  Without a configuration rotation is NULL, here and
 * below, and the TTL is not known.
 */
void	entry_of_record(struct entry *entry, const char *domain,
	    const struct rotation *rotation, const struct record *record);

/* The CNAME of a selector that leads to target. */
void	entry_of_alias(struct entry *entry, const char *domain,
	    const struct rotation *rotation, const char *name,
	    const char *target);

/* Print it on standard output, indented by four columns. */
void	entry_print(const struct entry *entry);

/* Print it as a JSON object, or only the members. */
void	entry_print_json(const struct entry *entry);
void	entry_print_members(const struct entry *entry);
void	entry_write_json(FILE *fp, const struct entry *entry);

#endif /* ENTRY_H */
