/* SPDX-License-Identifier: ISC */

/*
 * Streams: keys of a domain that only some sources sign with.
 *
 * The option "keys" of a source names a stream for all domains of that source.
 * The pairs of pattern and stream are kept sorted, so that the streams of a
 * domain are found by its name and by "*." before each of its parents, however
 * many sources there are.
 *
 * Fails when out of memory, or if there are too many streams: each has keys of
 * its own, which are published in the DNS and held by the signers.
 */

#include "config/private.h"

#include <stdlib.h>
#include <string.h>

/* The word by which commands may call the keys of no stream. */
#define RESERVED	"default"

bool
config_is_stream(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	static const char others[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	return text[0] != '\0' && strchr(letters, text[0]) != NULL &&
	    text[strspn(text, others)] == '\0' &&
	    strlen(text) < CONFIG_STREAM_SIZE && strcmp(text, RESERVED) != 0;
}

void
config_apply_stream(struct config_builder *builder,
    const struct config_node *node, struct source *source)
{
	const struct config_setting *setting;
	const char *text;

	if ((setting = config_setting(node, "keys")) == NULL)
		return;
	text = setting->values[0].text;
	if (config_is_stream(text))
		source->stream = config_strdup(builder, text);
	else if (strcmp(text, RESERVED) == 0)
		config_fault(&builder->faults, setting->values[0].line,
		    "\"keys\" is \"%s\"; remove it to sign with the keys "
		    "that belong to no stream", text);
	else
		config_fault(&builder->faults, setting->values[0].line,
		    "\"keys\" is \"%s\"; it must be a name of 1 to %d lower "
		    "case letters and digits that begins with a letter", text,
		    CONFIG_STREAM_SIZE - 1);
}

static int
compare(const void *a, const void *b)
{
	const struct config_stream *one = a, *other = b;
	int order = strcmp(one->pattern, other->pattern);

	return order != 0 ? order : strcmp(one->name, other->name);
}

static int
compare_lines(const void *a, const void *b)
{
	const struct config_stream *one = a, *other = b;
	int order = compare(a, b);

	return order != 0 ? order : one->line < other->line ? -1 :
	    one->line > other->line;
}

/* Pairs of all sources, sorted, each once; NULL when out of memory. */
static struct config_stream *
list_pairs(struct config_builder *builder, size_t *n)
{
	const struct config *config = builder->config;
	const struct source *source;
	struct config_stream *pairs;
	size_t all = 0, kept = 0, i, j;

	for (i = 0; i < config->nsources; i++)
		if (config->sources[i].stream != NULL)
			all += config->sources[i].domains.n;
	if ((pairs = config_alloc(builder, all, sizeof(*pairs))) == NULL)
		return NULL;
	for (*n = i = 0; i < config->nsources; i++) {
		source = &config->sources[i];
		for (j = 0; source->stream != NULL && j < source->domains.n;
		    j++) {
			pairs[*n].pattern = source->domains.texts[j];
			pairs[*n].name = source->stream;
			pairs[(*n)++].line = source->line;
		}
	}
	if (*n == 0)
		return pairs;
	qsort(pairs, *n, sizeof(*pairs), compare_lines);
	for (i = 1; i < *n; i++)
		if (compare(&pairs[i], &pairs[kept]) != 0)
			pairs[++kept] = pairs[i];
	*n = kept + 1;
	return pairs;
}

/* The first pair that is not before this pattern. */
static size_t
find_pattern(const struct config *config, const char *pattern)
{
	size_t low = 0, high = config->nstreams, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(config->streams[middle].pattern, pattern) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Add a name to a sorted list, once; false if there is no room. */
static bool
add_name(const char **names, size_t *n, size_t size, const char *name)
{
	size_t place = 0;

	while (place < *n && strcmp(names[place], name) < 0)
		place++;
	if (place < *n && strcmp(names[place], name) == 0)
		return true;
	if (*n == size)
		return false;
	memmove(names + place + 1, names + place,
	    (*n - place) * sizeof(*names));
	names[place] = name;
	++*n;
	return true;
}

/* Add the streams of one pattern. */
static bool
add_pattern(const struct config *config, const char *pattern,
    const char **names, size_t *n, size_t size)
{
	size_t i;

	for (i = find_pattern(config, pattern); i < config->nstreams &&
	    strcmp(config->streams[i].pattern, pattern) == 0; i++)
		if (!add_name(names, n, size, config->streams[i].name))
			return false;
	return true;
}

/* Add all streams of a domain or of a pattern of domains. */
static bool
add_streams(const struct config *config, const char *domain,
    const char **names, size_t *n, size_t size)
{
	char pattern[DKIMSIG_DOMAIN_SIZE + 2];
	const char *parent = domain;

	*n = 0;
	if (!add_pattern(config, domain, names, n, size))
		return false;
	while ((parent = strchr(parent, '.')) != NULL) {
		pattern[0] = '*';
		if (strlcpy(pattern + 1, parent++, sizeof(pattern) - 1) >=
		    sizeof(pattern) - 1)
			continue;
		if (!add_pattern(config, pattern, names, n, size))
			return false;
	}
	return true;
}

size_t
config_streams(const struct config *config, const char *domain,
    const char **names, size_t size)
{
	size_t n;

	(void)add_streams(config, domain, names, &n, size);
	return n;
}

bool
config_names_stream(const struct config *config, const char *domain,
    const char *stream)
{
	const char *names[CONFIG_MAX_STREAMS];
	size_t n, i;

	n = config_streams(config, domain, names, CONFIG_MAX_STREAMS);
	for (i = 0; i < n; i++)
		if (strcmp(names[i], stream) == 0)
			return true;
	return false;
}

/* Report a domain, or all names, with more streams than there may be. */
static void
check_counts(struct config_builder *builder)
{
	const struct config *config = builder->config;
	const char *of_domain[CONFIG_MAX_STREAMS];
	const char *all[CONFIG_MAX_ALL_STREAMS];
	const struct config_stream *pair;
	size_t n, nall = 0, i;

	for (i = 0; i < config->nstreams; i++) {
		pair = &config->streams[i];
		if (!add_name(all, &nall, CONFIG_MAX_ALL_STREAMS,
		    pair->name)) {
			config_fault(&builder->faults, pair->line, "\"keys\" "
			    "of all sources together name more than %d "
			    "streams; let sources share one",
			    CONFIG_MAX_ALL_STREAMS);
			return;
		}
	}
	for (i = 0; i < config->nstreams; i++) {
		pair = &config->streams[i];
		if (i > 0 && strcmp(pair->pattern, pair[-1].pattern) == 0)
			continue;
		if (!add_streams(config, pair->pattern, of_domain, &n,
		    CONFIG_MAX_STREAMS)) {
			config_fault(&builder->faults, pair->line, "\"keys\" "
			    "of all sources name more than %d streams for "
			    "%s; let sources share one", CONFIG_MAX_STREAMS,
			    pair->pattern);
			return;
		}
	}
}

void
config_collect_streams(struct config_builder *builder)
{
	struct config_stream *pairs;
	size_t n;

	if ((pairs = list_pairs(builder, &n)) == NULL)
		return;
	builder->config->streams = pairs;
	builder->config->nstreams = n;
	check_counts(builder);
}
