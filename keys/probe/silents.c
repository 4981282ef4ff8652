/* SPDX-License-Identifier: ISC */

/*
 * The name servers that give no usable answer: see silents.h.
 *
 * Only silent servers have an entry; one mutex protects them.  A silence that
 * is over, or void (silence.h), is not written.  Without memory, or beyond
 * KS_MAX_SILENCES, a server is not counted, and waited for.
 */

#include "probe/silents.h"

#include <sys/tree.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/silence_file.h"

struct mute_server {
	RB_ENTRY(mute_server)	 by_name;
	char			*name;		/* "ZONE SERVER" */
	struct silence		 silence;
	/* In this run: */
	bool			 is_counted;	/* no usable answer */
	bool			 has_start;	/* it gave its SOA record */
};

RB_HEAD(mute_tree, mute_server);

struct dns_silents {
	pthread_mutex_t		 lock;
	int64_t			 (*clock)(void);
	bool			 watches, is_changed;
	struct mute_tree	 tree;
	size_t			 n;
};

static int
compare_silents(const struct mute_server *a, const struct mute_server *b)
{
	return strcmp(a->name, b->name);
}

RB_PROTOTYPE(mute_tree, mute_server, by_name, compare_silents)
RB_GENERATE(mute_tree, mute_server, by_name, compare_silents)

struct dns_silents *
dns_silents_new(int64_t (*clock)(void))
{
	struct dns_silents *silents;

	if ((silents = calloc(1, sizeof(*silents))) == NULL)
		return NULL;
	(void)pthread_mutex_init(&silents->lock, NULL);
	RB_INIT(&silents->tree);
	silents->clock = clock;
	return silents;
}

static void
remove_silent(struct dns_silents *silents, struct mute_server *silent)
{
	RB_REMOVE(mute_tree, &silents->tree, silent);
	silents->n--;
	free(silent->name);
	free(silent);
}

void
dns_silents_free(struct dns_silents *silents)
{
	struct mute_server *silent;

	if (silents == NULL)
		return;
	while ((silent = RB_MIN(mute_tree, &silents->tree)) != NULL)
		remove_silent(silents, silent);
	(void)pthread_mutex_destroy(&silents->lock);
	free(silents);
}

/* NULL if there is no memory for it, or it would be one too many. */
static struct mute_server *
add_silent(struct dns_silents *silents, const char *name)
{
	struct mute_server *silent, *old;

	if (silents->n == KS_MAX_SILENCES ||
	    (silent = calloc(1, sizeof(*silent))) == NULL)
		return NULL;
	if ((silent->name = strdup(name)) == NULL) {
		free(silent);
		return NULL;
	}
	if ((old = RB_INSERT(mute_tree, &silents->tree, silent)) != NULL) {
		free(silent->name);
		free(silent);
		return old;
	}
	silents->n++;
	return silent;
}

/* -- The file ------------------------------------------------------------ */

static int
add_line(void *context, const struct ks_silence *line)
{
	struct mute_server *silent;

	if ((silent = add_silent(context, line->name)) == NULL)
		return KS_E_NOMEM;
	silent->silence.since = line->since;
	silent->silence.last = line->last;
	silent->silence.nlooks = line->nlooks;
	return 0;
}

int
dns_silents_read(struct dns_silents *silents, struct keystore *ks,
    struct ks_error *error)
{
	int r;

	r = ks_silences_read(ks, add_line, silents, error);
	/* A damaged file is replaced. */
	if (r != 0)
		silents->is_changed = true;
	return r;
}

int
dns_silents_write(struct dns_silents *silents, struct keystore *ks,
    struct ks_error *error)
{
	const int64_t now = silents->clock();
	struct ks_silence *lines;
	struct mute_server *silent;
	size_t n = 0;
	int r;

	if (!silents->is_changed)
		return 0;
	if ((lines = calloc(silents->n + 1, sizeof(*lines))) == NULL) {
		(void)strlcpy(error->text, "out of memory",
		    sizeof(error->text));
		return KS_E_NOMEM;
	}
	RB_FOREACH(silent, mute_tree, &silents->tree) {
		if (silence_is_void(&silent->silence, now) ||
		    (silent->has_start && !silent->is_counted))
			continue;
		lines[n].since = silent->silence.since;
		lines[n].last = silent->silence.last;
		lines[n].nlooks = silent->silence.nlooks;
		lines[n++].name = silent->name;
	}
	r = ks_silences_write(ks, lines, n, error);
	free(lines);
	return r;
}

/* -- The run ------------------------------------------------------------- */

void
dns_silents_watch(struct dns_silents *silents)
{
	silents->watches = true;
}

bool
dns_silents_watches(const struct dns_silents *silents)
{
	return silents != NULL && silents->watches;
}

int64_t
dns_silents_now(const struct dns_silents *silents)
{
	return silents == NULL ? 0 : silents->clock();
}

/* The entry of a server, or NULL; name becomes "ZONE SERVER". */
static struct mute_server *
find_silent(struct dns_silents *silents, const char *apex,
    const struct dns_zone_server *server, char name[KS_SILENCE_NAME_SIZE])
{
	struct mute_server wanted;

	(void)snprintf(name, KS_SILENCE_NAME_SIZE, "%s %s", apex,
	    server->has_address ? server->address.text : server->name);
	wanted.name = name;
	return RB_FIND(mute_tree, &silents->tree, &wanted);
}

/* It gave no usable answer; counted once in a run. */
static void
count_silence(struct dns_silents *silents, struct mute_server *silent,
    const char *name)
{
	if (silent == NULL)
		silent = add_silent(silents, name);
	if (silent == NULL || silent->is_counted)
		return;
	silence_note(&silent->silence, silents->clock());
	silent->is_counted = true;
	silents->is_changed = true;
}

/* Note an answer, or none, to the zone's SOA or to a query for a record. */
static void
note(struct dns_silents *silents, const char *apex,
    const struct dns_zone_server *server, bool answers, bool is_start)
{
	char name[KS_SILENCE_NAME_SIZE];
	struct mute_server *silent;

	if (!dns_silents_watches(silents))
		return;
	(void)pthread_mutex_lock(&silents->lock);
	silent = find_silent(silents, apex, server, name);
	if (!answers)
		count_silence(silents, silent, name);
	else if (silent != NULL) {
		if (is_start)
			silent->has_start = true;
		else
			remove_silent(silents, silent);
		silents->is_changed = true;
	}
	(void)pthread_mutex_unlock(&silents->lock);
}

void
dns_silents_note_start(struct dns_silents *silents, const char *apex,
    const struct dns_zone_server *server, bool answers)
{
	note(silents, apex, server, answers, true);
}

void
dns_silents_note(struct dns_silents *silents, const char *apex,
    const struct dns_zone_server *server, bool answers)
{
	note(silents, apex, server, answers, false);
}

struct silence
dns_silents_find(struct dns_silents *silents, const char *apex,
    const struct dns_zone_server *server)
{
	const int64_t now = dns_silents_now(silents);
	struct silence silence = { now, now, 0 };
	char name[KS_SILENCE_NAME_SIZE];
	const struct mute_server *silent;

	if (silents == NULL)
		return silence;
	(void)pthread_mutex_lock(&silents->lock);
	silent = find_silent(silents, apex, server, name);
	if (silent != NULL && !silence_is_void(&silent->silence, now))
		silence = silent->silence;
	(void)pthread_mutex_unlock(&silents->lock);
	return silence;
}
