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

#include "config/names.h"
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
is_secret(const struct config *config, const char *name, size_t namelen)
{
	return names_find(&config->secret_names, name, namelen) <
	    config->secret_names.n;
}

static bool
is_signature(const char *name, size_t namelen)
{
	return namelen == sizeof(signature_name) - 1 &&
	    strncasecmp(name, signature_name, namelen) == 0;
}

static bool
is_removed_by(const struct source *source, const char *name, size_t namelen)
{
	size_t i;

	for (i = 0; i < source->remove.n; i++)
		if (pattern_text_matches(source->remove.texts[i], name,
		    namelen))
			return true;
	return false;
}

/* Whether a field of that name is worth being kept. */
static bool
is_of_use(const struct config *config, const char *name, size_t namelen)
{
	const struct source *source;
	size_t i;

	if (is_secret(config, name, namelen))
		return true;
	for (i = 0; i < config->nsources; i++) {
		source = &config->sources[i];
		if (is_removed_by(source, name, namelen) ||
		    (source->remove_signatures.n > 0 &&
		    is_signature(name, namelen)))
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

/* 0, or -1 when out of memory. */
static int
keep_sdid(struct edit *edit, const char *value, size_t valuelen)
{
	char sdid[DKIMSIG_DOMAIN_SIZE];

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

	namelen = names_length(name, namelen);
	if (!is_of_use(config, name, namelen))
		return 0;
	if (edits->n == EDITS_MAX) {
		edits->overflow = true;
		return 0;
	}
	list = recallocarray(edits->list, edits->n, edits->n + 1,
	    sizeof(*list));
	if (list == NULL)
		return -1;
	edits->list = list;
	edit = &list[edits->n];
	if ((edit->name = strndup(name, namelen)) == NULL)
		return -1;
	edit->instance = count_name(edits, edit->name) + 1;
	edit->field = field;
	edit->is_secret = is_secret(config, name, namelen);
	edit->is_wanted = edit->is_secret;
	edits->n++;
	return is_signature(name, namelen) ? keep_sdid(edit, value,
	    valuelen) : 0;
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
		if (is_removed_by(source, edit->name, strlen(edit->name)) ||
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
