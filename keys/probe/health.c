/* SPDX-License-Identifier: ISC */

/*
 * Timeouts by server: those that do not answer get less time.
 *
 * Only silent servers are remembered, by address; if there are more than
 * MAX_SILENT, or no memory, the others get the full time.  Any answer of a
 * server removes its entry.  One mutex protects the entries.  Only
 * dns_health_new() can fail, if out of memory.
 */

#include "probe/health.h"

#include <sys/tree.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SILENT	10000	/* servers remembered */

struct silent {
	RB_ENTRY(silent)	 by_text;
	char			 text[DNS_ADDRESS_SIZE];
	unsigned int		 nsilences;	/* in a row */
};

RB_HEAD(silent_tree, silent);

struct dns_health {
	pthread_mutex_t		 lock;
	struct silent_tree	 silents;
	size_t			 nsilents;
};

/* The patience for a server that was silent at least nsilences times. */
static const struct {
	unsigned int		 nsilences;
	struct dns_patience	 patience;
} levels[] = {
	{ 0,	{ DNS_QUERY_TRIES, DNS_QUERY_TIMEOUT_MS } },
	{ 3,	{ 1, 1000 } },
	{ 30,	{ 1, 200 } },
};

static int
compare_silents(const struct silent *a, const struct silent *b)
{
	return strcmp(a->text, b->text);
}

RB_PROTOTYPE(silent_tree, silent, by_text, compare_silents)
RB_GENERATE(silent_tree, silent, by_text, compare_silents)

struct dns_health *
dns_health_new(void)
{
	struct dns_health *health;

	if ((health = calloc(1, sizeof(*health))) == NULL)
		return NULL;
	(void)pthread_mutex_init(&health->lock, NULL);
	RB_INIT(&health->silents);
	return health;
}

static void
remove_silent(struct dns_health *health, struct silent *silent)
{
	RB_REMOVE(silent_tree, &health->silents, silent);
	health->nsilents--;
	free(silent);
}

void
dns_health_free(struct dns_health *health)
{
	struct silent *silent;

	if (health == NULL)
		return;
	while ((silent = RB_MIN(silent_tree, &health->silents)) != NULL)
		remove_silent(health, silent);
	(void)pthread_mutex_destroy(&health->lock);
	free(health);
}

static struct silent *
find_silent(struct dns_health *health, const struct dns_address *server)
{
	struct silent wanted;

	(void)strlcpy(wanted.text, server->text, sizeof(wanted.text));
	return RB_FIND(silent_tree, &health->silents, &wanted);
}

static struct silent *
add_silent(struct dns_health *health, const struct dns_address *server)
{
	struct silent *silent;

	if (health->nsilents == MAX_SILENT ||
	    (silent = calloc(1, sizeof(*silent))) == NULL)
		return NULL;
	(void)strlcpy(silent->text, server->text, sizeof(silent->text));
	RB_INSERT(silent_tree, &health->silents, silent);
	health->nsilents++;
	return silent;
}

const struct dns_patience *
dns_health_patience(struct dns_health *health,
    const struct dns_address *server)
{
	const struct silent *silent;
	size_t level = 0;

	(void)pthread_mutex_lock(&health->lock);
	silent = find_silent(health, server);
	while (silent != NULL && level + 1 < sizeof(levels) /
	    sizeof(levels[0]) &&
	    silent->nsilences >= levels[level + 1].nsilences)
		level++;
	(void)pthread_mutex_unlock(&health->lock);
	return &levels[level].patience;
}

void
dns_health_note(struct dns_health *health, const struct dns_address *server,
    enum dns_query_status status)
{
	struct silent *silent;

	(void)pthread_mutex_lock(&health->lock);
	silent = find_silent(health, server);
	if (status == DNS_TIMEOUT) {
		if (silent == NULL)
			silent = add_silent(health, server);
		if (silent != NULL)
			silent->nsilences++;
	} else if (silent != NULL &&
	    (status == DNS_ANSWERED || status == DNS_NO_TCP ||
	    status == DNS_GARBLED))
		remove_silent(health, silent);
	(void)pthread_mutex_unlock(&health->lock);
}
