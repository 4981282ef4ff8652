/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: setup's changes of a configuration that others may have edited.
 * The input is the configuration.
 *
 * For each source that observes, setup takes out its "mode = observe", or says
 * that a person must: whole lines go, and nothing else.  An include statement
 * that is added comes after all that was there.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/private.h"
#include "setup/conf_text.h"
#include "setup/private.h"

#define MAX_LENGTH	8192	/* octets of input */
#define PATTERN		"/etc/countersign/conf.d/*.conf"
#define INCLUDE		"include \"" PATTERN "\"\n"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static FILE *nowhere;

/* Of two texts, how many octets at their beginning are the same. */
static size_t
same_begin(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] != '\0' && a[n] == b[n])
		n++;
	return n;
}

/* What is missing from a text is one or two whole lines. */
static void
check_lines(const char *before, const char *after)
{
	const size_t len = strlen(before), newlen = strlen(after);
	const size_t gone = len - newlen;
	size_t begin, nlines = 0, i;
	const char *at;

	if (newlen >= len)
		abort();
	begin = same_begin(before, after);
	if (strcmp(before + begin + gone, after + begin) != 0)
		abort();
	while (begin > 0 && before[begin - 1] != '\n')
		begin--;
	at = before + begin;
	for (i = 0; i < gone; i++)
		nlines += at[i] == '\n';
	if (at[gone - 1] != '\n' && at[gone] != '\0')
		abort();
	nlines += at[gone - 1] != '\n';
	if (nlines < 1 || nlines > 2 || strstr(before, "observe") == NULL)
		abort();
}

/* Setup accepts a changed text exactly if it differs in that source alone. */
static void
check_meaning(const struct config *before, const char *text, size_t which)
{
	const struct source *now, *then;
	struct config *after;
	bool is_only = true;
	size_t nfaults, i;

	after = config_load_text("f", text, strlen(text), nowhere, &nfaults);
	if (after == NULL)
		return;
	/* No source begins or ends with a line that goes. */
	if (after->nsources != before->nsources)
		abort();
	for (i = 0; i < before->nsources; i++) {
		now = &after->sources[i];
		then = &before->sources[i];
		if (strcmp(now->name, then->name) != 0)
			abort();
		if (i == which ? now->observe : now->observe != then->observe)
			is_only = false;
	}
	if (enforce_is_only(before, after, which) != is_only)
		abort();
	config_unref(after);
}

static void
try_enforce(const struct config *config, const char *text)
{
	struct config_place place;
	bool no_memory;
	char *new;
	size_t i;

	for (i = 0; i < config->nsources; i++) {
		place = config_place(config, config->sources[i].line);
		if (!config->sources[i].observe ||
		    strcmp(place.file, "f") != 0)
			continue;
		new = conf_text_enforced(text, place.line, &no_memory);
		if (no_memory)
			abort();
		if (new == NULL)
			continue;
		check_lines(text, new);
		check_meaning(config, new, i);
		free(new);
	}
}

static void
try_include(const char *text)
{
	char *new = conf_text_main(text, PATTERN);
	const size_t len = strlen(text);

	if (new == NULL || strncmp(new, text, len) != 0 || new[len] != '\n' ||
	    strcmp(new + strlen(new) - strlen(INCLUDE), INCLUDE) != 0)
		abort();
	free(new);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct config *config;
	size_t nfaults;
	char *text;

	if (len > MAX_LENGTH || memchr(data, '\0', len) != NULL)
		return 0;
	if ((nowhere == NULL && (nowhere = fopen("/dev/null", "w")) == NULL) ||
	    (text = strndup((const char *)data, len)) == NULL)
		abort();
	config = config_load_text("f", text, len, nowhere, &nfaults);
	if (config != NULL) {
		try_enforce(config, text);
		config_unref(config);
	}
	try_include(text);
	free(text);
	return 0;
}
