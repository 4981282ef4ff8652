/* SPDX-License-Identifier: ISC */

/*
 * Streams: which names are valid, which of them sources give a domain, and how
 * many there may be.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/private.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* Load a text; without faults, the configuration, else NULL and the faults. */
static struct config *
load(const char *text, char **faults)
{
	struct config *config;
	size_t n, len;
	FILE *out;

	assert_non_null(out = open_memstream(faults, &len));
	config = config_load_text("c", text, strlen(text), out, &n);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(config == NULL, n > 0);
	return config;
}

static struct config *
load_good(const char *text)
{
	struct config *config;
	char *faults;

	config = load(text, &faults);
	assert_string_equal(faults, "");
	free(faults);
	return config;
}

static const struct {
	const char	*text;
	bool		 is_good;
} names[] = {
	{ "desk", true },
	{ "a", true },
	{ "z9", true },
	{ "a234567890123456", true },
	{ "a2345678901234567", false },
	{ "", false },
	{ "9a", false },
	{ "Desk", false },
	{ "desK", false },
	{ "de-sk", false },
	{ "de_sk", false },
	{ "de.sk", false },
	{ "desk ", false },
	{ "d\303\251sk", false },
	{ "default", false },
	{ "default1", true },
};

static void
names_are_checked(void **state)
{
	struct config *config;
	char text[256], *faults;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		print_message("# \"%s\"\n", names[i].text);
		assert_int_equal(config_is_stream(names[i].text),
		    names[i].is_good);
		snprintf(text, sizeof(text), "source a { login = a domains = "
		    "example.com\nkeys = \"%s\" }\n", names[i].text);
		config = load(text, &faults);
		assert_int_equal(config != NULL, names[i].is_good);
		if (config != NULL)
			assert_string_equal(config->sources[0].stream,
			    names[i].text);
		else
			assert_ptr_equal(strstr(faults, "c:2: \"keys\" is "),
			    faults);
		config_unref(config);
		free(faults);
	}
}

static void
no_stream_by_default(void **state)
{
	const char *found[CONFIG_MAX_STREAMS];
	struct config *config;

	(void)state;
	config = load_good("source a { login = a domains = example.com }\n");
	assert_null(config->sources[0].stream);
	assert_int_equal(config->nstreams, 0);
	assert_int_equal(config_streams(config, "example.com", found,
	    COUNT(found)), 0);
	assert_false(config_names_stream(config, "example.com", "desk"));
	config_unref(config);
	config = load_good("");
	assert_int_equal(config_streams(config, "example.com", found,
	    COUNT(found)), 0);
	config_unref(config);
}

#define MANY \
	"source a { login = a domains = { example.com, example.org } " \
	"keys = shop }\n" \
	"source b { login = b domains = { \"*.example.com\" } keys = desk }\n" \
	"source c { login = c domains = { example.com } keys = desk }\n" \
	"source d { login = d domains = { example.com } keys = desk }\n" \
	"source e { login = e domains = { \"*.b.example.com\", " \
	"a.example.com } keys = news also_sign = example.net }\n" \
	"source f { login = f domains = { other.com, example.net } }\n"

/* want: the streams of a domain, each before a space. */
static const struct {
	const char	*domain, *want;
} domains[] = {
	{ "example.com", "desk shop " },
	{ "example.org", "shop " },
	{ "a.example.com", "desk news " },
	{ "b.example.com", "desk " },
	{ "x.b.example.com", "desk news " },
	{ "y.x.b.example.com", "desk news " },
	{ "a.example.org", "" },
	{ "example.net", "" },
	{ "com", "" },
	{ "xexample.com", "" },
	{ "other.com", "" },
	{ "", "" },
};

static void
streams_of_domains(void **state)
{
	static const char *const all[] = { "desk", "news", "shop", "other" };
	const char *found[CONFIG_MAX_STREAMS];
	struct config *config;
	char text[128], part[32];
	size_t i, j, n;

	(void)state;
	config = load_good(MANY);
	for (i = 0; i < COUNT(domains); i++) {
		print_message("# %s\n", domains[i].domain);
		n = config_streams(config, domains[i].domain, found,
		    COUNT(found));
		for (text[0] = '\0', j = 0; j < n; j++) {
			snprintf(part, sizeof(part), "%s ", found[j]);
			assert_true(strlcat(text, part, sizeof(text)) <
			    sizeof(text));
		}
		assert_string_equal(text, domains[i].want);
		for (j = 0; j < COUNT(all); j++) {
			snprintf(part, sizeof(part), "%s ", all[j]);
			assert_int_equal(config_names_stream(config,
			    domains[i].domain, all[j]),
			    strstr(domains[i].want, part) != NULL);
		}
	}
	assert_int_equal(config_streams(config, "example.com", found, 1), 1);
	assert_int_equal(config_streams(config, "example.com", found, 0), 0);
	config_unref(config);
}

/*
 * n sources, each with a stream, of the same domain or of one each, and then
 * nabove more, of a pattern that matches these domains too.
 */
static char *
write_sources(size_t n, bool is_same, size_t nabove)
{
	char *text;
	size_t len, i;
	FILE *out;

	assert_non_null(out = open_memstream(&text, &len));
	for (i = 0; i < n + nabove; i++) {
		fprintf(out, "source s%zu { login = l%zu keys = k%zu ", i, i,
		    i);
		if (i >= n)
			fprintf(out, "domains = \"*.example.com\" }\n");
		else if (is_same)
			fprintf(out, "domains = a.example.com }\n");
		else
			fprintf(out, "domains = d%zu.example.com }\n", i);
	}
	assert_int_equal(fclose(out), 0);
	return text;
}

static const struct {
	const char	*name;
	size_t		 n;
	bool		 is_same;
	size_t		 nabove;
	const char	*want;		/* NULL: no fault */
} counts[] = {
	{ "most of a domain", 16, true, 0, NULL },
	{ "one more of a domain", 17, true, 0,
	    "more than 16 streams for a.example.com" },
	{ "most, some by a pattern", 12, true, 4, NULL },
	{ "one more by a pattern", 12, true, 5,
	    "more than 16 streams for a.example.com" },
	{ "most of a pattern", 0, true, 16, NULL },
	{ "one more of a pattern", 0, true, 17,
	    "more than 16 streams for *.example.com" },
	{ "most of all", 256, false, 0, NULL },
	{ "one more of all", 257, false, 0, "more than 256 streams" },
};

static void
numbers_are_limited(void **state)
{
	struct config *config;
	char *text, *faults;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(counts); i++) {
		print_message("# %s\n", counts[i].name);
		text = write_sources(counts[i].n, counts[i].is_same,
		    counts[i].nabove);
		config = load(text, &faults);
		if (counts[i].want == NULL)
			assert_string_equal(faults, "");
		else {
			assert_non_null(strstr(faults, counts[i].want));
			/* One fault, not one for each stream too many. */
			assert_ptr_equal(strchr(faults, '\n') + 1,
			    faults + strlen(faults));
		}
		assert_int_equal(config != NULL, counts[i].want == NULL);
		config_unref(config);
		free(faults);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(no_stream_by_default),
		cmocka_unit_test(streams_of_domains),
		cmocka_unit_test(numbers_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
