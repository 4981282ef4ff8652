/* SPDX-License-Identifier: ISC */

/*
 * Which header fields are taken out of a message: see removals.h.
 *
 * While fields come in, those are kept that any source may remove, with the
 * count of their name; when the source is known, it marks those it wants.
 * Secrets are marked from the beginning.  More than EDITS_MAX set overflow,
 * and the message is refused.  Only a lack of memory can fail.
 */

#include "message/removals.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/pattern.h"
#include "dkimsig/dkimsig.h"

static const char signature_name[] = "DKIM-Signature";

void
edits_finish(struct edits *edits)
{
	size_t i;

	for (i = 0; i < edits->n; i++) {
		free(edits->list[i].name);
		free(edits->list[i].sdid);
	}
	free(edits->list);
	memset(edits, 0, sizeof(*edits));
}

static bool
is_secret(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->secret_names.n; i++)
		if (strcasecmp(config->secret_names.texts[i], name) == 0)
			return true;
	return false;
}

static bool
is_removed_by(const struct source *source, const char *name)
{
	size_t i;

	for (i = 0; i < source->remove.n; i++)
		if (pattern_text_matches(source->remove.texts[i], name))
			return true;
	return false;
}

/* Whether a field of that name is worth being kept. */
static bool
is_of_use(const struct config *config, const char *name)
{
	const struct source *source;
	size_t i;

	if (is_secret(config, name))
		return true;
	for (i = 0; i < config->nsources; i++) {
		source = &config->sources[i];
		if (is_removed_by(source, name) ||
		    (source->remove_signatures.n > 0 &&
		    strcasecmp(name, signature_name) == 0))
			return true;
	}
	return false;
}

static unsigned int
count_name(const struct edits *edits, const char *name)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < edits->n; i++)
		if (strcasecmp(edits->list[i].name, name) == 0)
			n++;
	return n;
}

/* The edit's texts; name is taken over.  0, or -1 when out of memory. */
static int
fill(struct edit *edit, char *name, const char *value, size_t valuelen)
{
	char sdid[DKIMSIG_DOMAIN_SIZE];

	edit->name = name;
	if (strcasecmp(name, signature_name) != 0)
		return 0;
	if (dkimsig_signature_sdid(value, valuelen, sdid, sizeof(sdid)) != 0)
		sdid[0] = '\0';
	return (edit->sdid = strdup(sdid)) != NULL ? 0 : -1;
}

int
edits_field(struct edits *edits, const struct config *config,
    const char *name, size_t namelen, const char *value, size_t valuelen)
{
	struct edit *list, *edit;
	size_t field = edits->nfields++;
	char *copy;

	while (namelen > 0 &&
	    (name[namelen - 1] == ' ' || name[namelen - 1] == '\t'))
		namelen--;
	if ((copy = strndup(name, namelen)) == NULL)
		return -1;
	if (!is_of_use(config, copy)) {
		free(copy);
		return 0;
	}
	if (edits->n == EDITS_MAX) {
		edits->overflow = true;
		free(copy);
		return 0;
	}
	list = recallocarray(edits->list, edits->n, edits->n + 1,
	    sizeof(*list));
	if (list == NULL) {
		free(copy);
		return -1;
	}
	edits->list = list;
	edit = &list[edits->n];
	edit->instance = count_name(edits, copy) + 1;
	edit->field = field;
	edit->is_secret = is_secret(config, copy);
	edit->is_wanted = edit->is_secret;
	edits->n++;
	return fill(edit, copy, value, valuelen);
}

static bool
is_signature_removed_by(const struct source *source, const char *sdid)
{
	size_t i;

	if (sdid == NULL || sdid[0] == '\0')
		return false;
	for (i = 0; i < source->remove_signatures.n; i++)
		if (pattern_domain_matches(source->remove_signatures.texts[i],
		    sdid))
			return true;
	return false;
}

void
edits_want(struct edits *edits, const struct source *source)
{
	struct edit *edit;
	size_t i;

	for (i = 0; i < edits->n; i++) {
		edit = &edits->list[i];
		if (is_removed_by(source, edit->name) ||
		    is_signature_removed_by(source, edit->sdid))
			edit->is_wanted = true;
	}
}

bool
edits_any(const struct edits *edits)
{
	size_t i;

	for (i = 0; i < edits->n; i++)
		if (edits->list[i].is_wanted)
			return true;
	return false;
}
