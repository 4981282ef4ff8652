/* SPDX-License-Identifier: ISC */

/*
 * Which header fields are removed from a message: see removals.h.
 *
 * As header fields arrive, the list gets each one that some source might
 * remove, with its occurrence number.  Secrets are chosen at once; the others
 * when the source is known.  If there are more than REMOVALS_MAX, overflow is
 * set, and the message is refused.  Fails only when out of memory.
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
removals_finish(struct removals *removals)
{
	size_t i;

	for (i = 0; i < removals->n; i++) {
		free(removals->list[i].name);
		free(removals->list[i].sdid);
	}
	free(removals->list);
	memset(removals, 0, sizeof(*removals));
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
is_removed_by(const struct text_list *remove, const char *name, size_t namelen)
{
	size_t i;

	for (i = 0; i < remove->n; i++)
		if (pattern_text_matches(remove->texts[i], name, namelen))
			return true;
	return false;
}

/* Whether it is a secret, or some source removes such a field. */
static bool
may_be_removed(const struct config *config, const char *name, size_t namelen)
{
	return is_secret(config, name, namelen) ||
	    is_removed_by(&config->remove, name, namelen) ||
	    (config->removes_signatures && is_signature(name, namelen));
}

static unsigned int
count_name(const struct removals *removals, const char *name)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < removals->n; i++)
		if (strcasecmp(removals->list[i].name, name) == 0)
			n++;
	return n;
}

/* 0, or -1 when out of memory. */
static int
keep_sdid(struct removal *removal, const char *value, size_t valuelen)
{
	char sdid[DKIMSIG_DOMAIN_SIZE];

	if (dkimsig_signature_sdid(value, valuelen, sdid, sizeof(sdid)) != 0)
		sdid[0] = '\0';
	return (removal->sdid = strdup(sdid)) != NULL ? 0 : -1;
}

int
removals_field(struct removals *removals, const struct config *config,
    const char *name, size_t namelen, const char *value, size_t valuelen)
{
	struct removal *list, *removal;
	size_t field = removals->nfields++;

	namelen = names_length(name, namelen);
	if (!may_be_removed(config, name, namelen))
		return 0;
	if (removals->n == REMOVALS_MAX) {
		removals->overflow = true;
		return 0;
	}
	list = recallocarray(removals->list, removals->n, removals->n + 1,
	    sizeof(*list));
	if (list == NULL)
		return -1;
	removals->list = list;
	removal = &list[removals->n];
	if ((removal->name = strndup(name, namelen)) == NULL)
		return -1;
	removal->instance = count_name(removals, removal->name) + 1;
	removal->field = field;
	removal->is_secret = is_secret(config, name, namelen);
	removal->is_chosen = removal->is_secret;
	removals->n++;
	return is_signature(name, namelen) ? keep_sdid(removal, value,
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
removals_choose(struct removals *removals, const struct source *source)
{
	struct removal *removal;
	size_t i;

	for (i = 0; i < removals->n; i++) {
		removal = &removals->list[i];
		if (is_removed_by(&source->remove, removal->name,
		    strlen(removal->name)) ||
		    is_signature_removed_by(source, removal->sdid))
			removal->is_chosen = true;
	}
}

bool
removals_any(const struct removals *removals)
{
	size_t i;

	for (i = 0; i < removals->n; i++)
		if (removals->list[i].is_chosen)
			return true;
	return false;
}
