/* SPDX-License-Identifier: ISC */

/*
 * The authors that a message names.
 *
 * Every From field counts, including those after a limit was reached and
 * those after a malformed field: a receiver may read what we skip.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/address_pattern.h"
#include "config/names.h"
#include "config/organization.h"
#include "dkimsig/dkimsig.h"
#include "message/private.h"

static bool
is_from(const char *name, size_t namelen)
{
	return names_length(name, namelen) == 4 &&
	    strncasecmp(name, "from", 4) == 0;
}

int
message_add_author(struct message *m, const char *name, size_t namelen,
    const char *value, size_t valuelen)
{
	if (!is_from(name, namelen) || m->authors == NULL)
		return 0;
	return dkimsig_authors_field(m->authors, value, valuelen) == 0 ? 0 :
	    -1;
}

/* Compared in the form that patterns have. */
static int
keep_address(struct facts *facts, const char *local, const char *domain)
{
	char *copy = NULL;
	int r;

	if (local != NULL && (copy = address_local_copy(local)) == NULL &&
	    errno == ENOMEM)
		return -1;
	r = facts_add_address(facts, copy, domain);
	free(copy);
	return r;
}

static int
keep_addresses(struct facts *facts, const struct dkimsig_authors *authors)
{
	size_t i;

	facts->more_addresses = dkimsig_authors_addresses_uncertain(authors);
	for (i = 0; i < dkimsig_authors_naddresses(authors); i++)
		if (keep_address(facts,
		    dkimsig_authors_address_local(authors, i),
		    dkimsig_authors_address_domain(authors, i)) != 0)
			return -1;
	return 0;
}

int
message_keep_authors(struct message *m)
{
	char organization[DKIMSIG_DOMAIN_SIZE];
	struct facts *facts = m->facts;
	const char *domain;
	size_t i;

	if (m->authors == NULL)
		return -1;
	facts->nfrom = dkimsig_authors_nfields(m->authors);
	facts->unreadable = dkimsig_authors_uncertain(m->authors);
	facts->overflow = dkimsig_authors_overflow(m->authors);
	for (i = 0; i < dkimsig_authors_count(m->authors); i++) {
		domain = dkimsig_authors_domain(m->authors, i);
		organization_of(domain, organization);
		if (facts_add_author(facts, domain, organization) != 0)
			return -1;
	}
	for (i = 0; i < dkimsig_authors_nmentions(m->authors); i++)
		if (facts_add_mention(facts,
		    dkimsig_authors_mention(m->authors, i)) != 0)
			return -1;
	return m->config->asks_authors ? keep_addresses(facts, m->authors) :
	    0;
}

const char *
message_author(const struct message *m)
{
	if (m->decision.author != NULL)
		return m->decision.author;
	return m->facts->nauthors > 0 ? m->facts->authors[0].name : "";
}
