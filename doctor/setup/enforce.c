/* SPDX-License-Identifier: ISC */

/*
 * The end of observing: "mode = observe" goes from the sources that setup
 * wrote, each as soon as the keys of its domains sign.
 *
 * Only that line changes, so what a person has changed in the file stays.  If
 * that was the layout, the line found may be that of another source, so the
 * configuration with the new text is read first.  A source whose keys do not
 * sign yet goes on observing: otherwise its mail would be deferred.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "setup/conf_text.h"
#include "setup/private.h"

/* Whether setup wrote the file of a source that observes. */
static bool
is_ours(const struct setup *setup, const struct source *source)
{
	const char *file = config_place(setup->config, source->line).file;

	return source->observe && (setup->request->name == NULL ||
	    strcmp(setup->request->name, source->name) == 0) &&
	    ledger_find(&setup->ledger, CHANGE_FILE, file, NULL) != NULL;
}

bool
enforce_is_only(const struct config *before, const struct config *after,
    size_t which)
{
	size_t i;

	if (after->nsources != before->nsources)
		return false;
	for (i = 0; i < after->nsources; i++)
		if (after->sources[i].observe != (i != which &&
		    before->sources[i].observe))
			return false;
	return true;
}

static int
refuse(struct config_place place)
{
	return setup_fail("%s: remove \"mode = observe\" from the source in "
	    "line %u, which is written otherwise than setup did, and reload "
	    "the milter", place.file, place.line);
}

/*
 * The configuration with the file's new text, which must be valid, and mean the
 * same but for that source; NULL if not.
 */
static struct config *
load_changed(const struct setup *setup, size_t which, const char *text)
{
	const struct config_place place = config_place(setup->config,
	    setup->config->sources[which].line);
	const struct config_draft draft = { place.file, text };
	struct config *config;
	size_t nfaults;

	config = config_load_drafts(setup->request->config, &draft, 1, stderr,
	    &nfaults);
	if (config == NULL)
		(void)setup_fail("without \"mode = observe\" in %s the "
		    "configuration has these errors; nothing was changed",
		    place.file);
	else if (!enforce_is_only(setup->config, config, which)) {
		(void)refuse(place);
		config_unref(config);
		config = NULL;
	}
	return config;
}

static int
write_file(struct setup *setup, const char *path, const char *now,
    const char *text)
{
	struct ledger *ledger = &setup->ledger;
	struct change *change;
	char why[SETUP_WHY_SIZE];
	int r = -1;

	if ((change = change_new(CHANGE_FILE, path, NULL, now, text)) == NULL)
		return setup_fail("out of memory");
	if (ledger_set_due(ledger, ledger->due | DUE_RELOAD, why,
	    sizeof(why)) == -1 || ledger_record(ledger, change, why,
	    sizeof(why)) == -1 || state_write(change, text, why,
	    sizeof(why)) == -1)
		(void)setup_fail("%s", why);
	else
		r = 0;
	change_free(change);
	return r;
}

/* Use the configuration that was checked from here on. */
static int
enforce(struct setup *setup, size_t which)
{
	const struct source *source = &setup->config->sources[which];
	struct config_place place = config_place(setup->config, source->line);
	char why[SETUP_WHY_SIZE], *now, *text;
	struct config *config = NULL;
	bool no_memory;

	if (file_read(place.file, &now, NULL, why, sizeof(why)) == -1)
		return setup_fail("%s", why);
	text = now != NULL ? conf_text_enforced(now, place.line, &no_memory) :
	    NULL;
	if (text == NULL)
		(void)refuse(place);
	else if ((config = load_changed(setup, which, text)) != NULL &&
	    write_file(setup, place.file, now, text) == -1) {
		config_unref(config);
		config = NULL;
	}
	free(now);
	free(text);
	if (config == NULL)
		return -1;
	(void)printf("%s: signs from now on\n", source->name);
	config_unref(setup->config);
	setup->config = config;
	return 0;
}

static bool
is_ready(struct setup *setup, const struct source *source)
{
	if (setup->request->wait)
		return keys_wait(setup, source, setup->request->wait_seconds);
	return keys_are_active(setup, source);
}

int
enforce_run(struct setup *setup)
{
	const struct source *source;
	size_t i, nfound = 0, nwaiting = 0;

	if (setup->config == NULL)
		return setup_fail("%s does not exist: run setup first",
		    setup->request->config), SETUP_FAILED;
	/* From the last: then the lines of the others stay what they are. */
	for (i = setup->config->nsources; i-- > 0;) {
		source = &setup->config->sources[i];
		if (!is_ours(setup, source))
			continue;
		nfound++;
		if (!is_ready(setup, source)) {
			nwaiting++;
			(void)printf("%s: still observes, as not all keys of "
			    "its domains sign yet; see: countersign-key "
			    "check\n", source->name);
		} else if (enforce(setup, i) == -1)
			return SETUP_FAILED;
	}
	if (nfound == 0)
		(void)printf("No source that setup wrote observes%s%s.\n",
		    setup->request->name != NULL ? ": " : "",
		    setup->request->name != NULL ? setup->request->name : "");
	if (units_settle(setup) == -1)
		return SETUP_FAILED;
	sendmail_check(setup, true);
	if (setup->config->observe)
		setup_note(setup, "\"mode = observe\" outside of all sources "
		    "is set: until it is removed, nothing is signed");
	return nwaiting > 0 ? SETUP_NOT_YET : SETUP_DONE;
}
