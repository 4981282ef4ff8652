/* SPDX-License-Identifier: ISC */

/*
 * The plan of an import: keys, senders and notes, in the order in which they
 * were found.
 *
 * Arrays grow by doubling, up to IMPORT_MAX_ROWS.  A row for which there is no
 * memory or no room is left out, and is_cut is set, so no function has a result
 * to check.  Keys from a table are wiped before their memory is freed.
 */

#include "import/plan.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkimsig/dkimsig.h"

#define FIRST_ROWS	16

void
import_plan_init(struct import_plan *plan)
{
	memset(plan, 0, sizeof(*plan));
}

void
import_plan_wipe(char *text)
{
	if (text != NULL)
		freezero(text, strlen(text));
}

static void
free_key(struct import_key *key)
{
	free(key->domain);
	free(key->selector);
	free(key->path);
	import_plan_wipe(key->secret);
}

static void
free_sender(struct import_sender *sender)
{
	free(sender->pattern);
	free(sender->local);
}

void
import_plan_finish(struct import_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->nkeys; i++)
		free_key(&plan->keys[i]);
	for (i = 0; i < plan->nsenders; i++)
		free_sender(&plan->senders[i]);
	for (i = 0; i < plan->nnotes; i++)
		free(plan->notes[i].text);
	for (i = 0; i < plan->nfiles; i++)
		free(plan->files[i]);
	free(plan->keys);
	free(plan->senders);
	free(plan->notes);
	free(plan->files);
	import_plan_init(plan);
}

/* Make room for one more row.  If that fails, sets is_cut, returns NULL. */
static void *
grow(struct import_plan *plan, void *rows, size_t nrows, size_t size)
{
	void *grown;

	if (nrows == IMPORT_MAX_ROWS) {
		plan->is_cut = true;
		return NULL;
	}
	/* The array is full if nrows is a power of two. */
	if (nrows != 0 && (nrows < FIRST_ROWS || (nrows & (nrows - 1)) != 0))
		return rows;
	grown = recallocarray(rows, nrows,
	    nrows == 0 ? FIRST_ROWS : nrows * 2, size);
	if (grown == NULL)
		plan->is_cut = true;
	return grown;
}

const char *
import_plan_file(struct import_plan *plan, const char *path)
{
	char **files;

	files = grow(plan, plan->files, plan->nfiles, sizeof(*files));
	if (files == NULL)
		return "";
	plan->files = files;
	if ((files[plan->nfiles] = strdup(path)) == NULL) {
		plan->is_cut = true;
		return "";
	}
	return files[plan->nfiles++];
}

static char *
copy(const char *text)
{
	return text == NULL ? NULL : strdup(text);
}

size_t
import_plan_key(struct import_plan *plan, struct import_place place,
    const char *domain, const char *selector, const char *path,
    const char *secret)
{
	struct import_key *key, *keys;

	keys = grow(plan, plan->keys, plan->nkeys, sizeof(*keys));
	if (keys == NULL)
		return IMPORT_NO_KEY;
	plan->keys = keys;
	key = &keys[plan->nkeys];
	key->place = place;
	key->domain = copy(domain);
	key->selector = copy(selector);
	key->path = copy(path);
	key->secret = copy(secret);
	if (key->domain != NULL && key->selector != NULL &&
	    (key->path != NULL || path == NULL) &&
	    (key->secret != NULL || secret == NULL))
		return plan->nkeys++;
	free_key(key);
	memset(key, 0, sizeof(*key));
	plan->is_cut = true;
	return IMPORT_NO_KEY;
}

/* Normalize a domain, or "*." and a domain. */
static bool
make_pattern(const char *given, char *pattern, size_t size)
{
	bool below;

	below = strncmp(given, "*.", 2) == 0;
	if (strlcpy(pattern, below ? "*." : "", size) >= size)
		return false;
	given += below ? 2 : 0;
	return dkimsig_domain_normalize(given, strlen(given),
	    pattern + strlen(pattern), size - strlen(pattern)) == 0;
}

struct import_sender *
import_plan_sender(struct import_plan *plan, struct import_place place,
    const char *given, const char *local, size_t key)
{
	char pattern[DKIMSIG_DOMAIN_SIZE + 2];
	struct import_sender *sender, *senders;

	if (key == IMPORT_NO_KEY)
		return NULL;
	if (!make_pattern(given, pattern, sizeof(pattern))) {
		import_plan_note(plan, place, false, "senders %s: not a "
		    "domain: write a source for them by hand", given);
		return NULL;
	}
	senders = grow(plan, plan->senders, plan->nsenders,
	    sizeof(*senders));
	if (senders == NULL)
		return NULL;
	plan->senders = senders;
	sender = &senders[plan->nsenders];
	sender->place = place;
	sender->key = key;
	sender->order = plan->nsenders;
	sender->is_glob = false;
	sender->pattern = strdup(pattern);
	sender->local = copy(local);
	if (sender->pattern == NULL ||
	    (sender->local == NULL && local != NULL)) {
		free_sender(sender);
		plan->is_cut = true;
		return NULL;
	}
	plan->nsenders++;
	return sender;
}

void
import_plan_note(struct import_plan *plan, struct import_place place,
    bool is_loss, const char *format, ...)
{
	struct import_note *notes;
	va_list ap;
	char *c, *text;
	int n;

	notes = grow(plan, plan->notes, plan->nnotes, sizeof(*notes));
	if (notes == NULL)
		return;
	plan->notes = notes;
	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n == -1) {
		plan->is_cut = true;
		return;
	}
	for (c = text; *c != '\0'; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
	notes[plan->nnotes].place = place;
	notes[plan->nnotes].text = text;
	notes[plan->nnotes].is_loss = is_loss;
	plan->nnotes++;
}
