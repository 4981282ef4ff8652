/* SPDX-License-Identifier: ISC */

/*
 * The presets that are installed: each loads with what it needs, each asks for
 * its tenant, and each has a factor that proves one.
 */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/presets.h"
#include "config/private.h"

#define ORG	"00D5f000001AbCd"
#define GUID	"3a1b2c3d-0000-1111-2222-33334444aaaa"
#define SECRET	"secret_header X-S { value = 1234567890123456 }"

/*
 * needs: what the source must say besides its preset; without it, what is
 * missing: a part of the fault.
 */
static const struct {
	const char	*name, *tenant, *needs, *missing;
	size_t		 nheaders, nsecrets, ndkims, nspf;
} presets[] = {
	{ "salesforce-auth", ORG, "login = a", "needs \"login\"", 3, 0, 0, 0 },
	{ "salesforce-header", ORG, "", NULL, 3, 0, 0, 1 },
	{ "salesforce-dkim", ORG ", example.com", "dkim { selectors = s }",
	    "selectors = {", 3, 0, 1, 1 },
	{ "salesforce-dkim", ORG ", example.net", "", NULL, 3, 0, 1, 1 },
	{ "m365-dkim", "contoso.onmicrosoft.com", "", NULL, 0, 0, 1, 1 },
	{ "m365-dkim", "example.com", "dkim { selectors = selector1 }",
	    "selectors = {", 0, 0, 1, 1 },
	{ "m365-header", "example.com, " GUID, "", NULL, 2, 0, 0, 1 },
	{ "m365-header", "example.com", "", NULL, 1, 0, 0, 1 },
	{ "m365-header", "example.com, " GUID,
	    "preset_options = require_internal", NULL, 3, 0, 0, 1 },
	{ "m365-dkim", "contoso.onmicrosoft.com",
	    "preset_options = require_internal", NULL, 1, 0, 1, 1 },
	{ "m365-secret", NULL, SECRET " preset_options = require_internal",
	    "needs", 1, 1, 0, 1 },
	{ "m365-secret", NULL, SECRET, "needs \"secret_header\"", 0, 1, 0, 1 },
	{ "google-dkim", "example.com", "dkim { selectors = google }",
	    "selectors = {", 0, 0, 1, 1 },
	{ "google-dkim", "example.net", "", NULL, 0, 0, 1, 1 },
	{ "google-secret", NULL, SECRET, "needs \"secret_header\"",
	    0, 1, 0, 1 },
	{ "zendesk", "a1b2c3d", "login = a", "needs \"login\"", 1, 0, 0, 0 },
	{ "servicenow", NULL, "login = a", "needs \"login\"", 0, 0, 0, 0 },
	{ "successfactors", NULL, "login = a", "needs \"login\"", 0, 0, 0, 0 },
	{ "generic-auth", NULL, "login = a", "needs \"login\"", 0, 0, 0, 0 },
	{ "generic-mtls", NULL, "daemon = a", "needs \"daemon\"", 0, 0, 0, 0 },
};

#define NPRESETS	(sizeof(presets) / sizeof(presets[0]))

static struct config *
load(const char *name, const char *tenant, const char *needs, char *faults,
    size_t size)
{
	char text[1024];
	struct config *config;
	size_t nfaults;
	FILE *out;

	(void)snprintf(text, sizeof(text), "preset_dir = \"" TEST_PRESETS "\"\n"
	    "source a { preset = %s %s%s%s %s domains = example.com }\n", name,
	    tenant != NULL ? "tenant = { " : "", tenant != NULL ? tenant : "",
	    tenant != NULL ? " }" : "", needs);
	memset(faults, 0, size);
	assert_non_null(out = fmemopen(faults, size - 1, "w"));
	config = config_load_text("f", text, strlen(text), out, &nfaults);
	(void)fclose(out);
	return config;
}

static void
each_loads(void **state)
{
	const struct source *source;
	struct config *config;
	char faults[1024];
	size_t i;

	(void)state;
	for (i = 0; i < NPRESETS; i++) {
		config = load(presets[i].name, presets[i].tenant,
		    presets[i].needs, faults, sizeof(faults));
		if (config == NULL)
			fail_msg("%s: %s", presets[i].name, faults);
		source = &config->sources[0];
		if (source->nheaders != presets[i].nheaders ||
		    source->nsecrets != presets[i].nsecrets ||
		    source->ndkims != presets[i].ndkims ||
		    source->spf.n != presets[i].nspf)
			fail_msg("%s: %zu headers, %zu secrets, %zu dkims, "
			    "%zu spf", presets[i].name, source->nheaders,
			    source->nsecrets, source->ndkims, source->spf.n);
		assert_string_equal(source->preset, presets[i].name);
		config_unref(config);
	}
}

static void
each_asks_for_what_proves(void **state)
{
	struct config *config;
	char faults[2048];
	size_t i;

	(void)state;
	for (i = 0; i < NPRESETS; i++) {
		if (presets[i].missing != NULL) {
			config = load(presets[i].name, presets[i].tenant, "",
			    faults, sizeof(faults));
			assert_null(config);
			if (strstr(faults, presets[i].missing) == NULL)
				fail_msg("%s: %s", presets[i].name, faults);
		}
		if (presets[i].tenant == NULL)
			continue;
		config = load(presets[i].name, NULL, presets[i].needs, faults,
		    sizeof(faults));
		assert_null(config);
		if (strstr(faults, "without a tenant") == NULL)
			fail_msg("%s: %s", presets[i].name, faults);
	}
}

/* What the source says stands in the place of what the preset says. */
static void
sources_override(void **state)
{
	const struct source *source;
	struct config *config;
	char faults[1024];

	(void)state;
	config = load("salesforce-header", ORG, "spf = _spf.example.net header "
	    "x-sfdcorgrelay { value = abc } header X-More { value = d }",
	    faults, sizeof(faults));
	assert_string_equal(faults, "");
	source = &config->sources[0];
	assert_int_equal(source->spf.n, 1);
	assert_string_equal(source->spf.texts[0], "_spf.example.net");
	assert_int_equal(source->nheaders, 4);
	assert_string_equal(source->headers[0].name, "x-sfdcorgrelay");
	assert_string_equal(source->headers[0].values.texts[0], "abc");
	assert_false(source->headers[0].optional);
	assert_string_equal(source->headers[2].name, "X-SFDC-LK");
	assert_int_equal(source->bounce, BOUNCE_OPTIONAL);
	assert_string_equal(source->bounce_ids.texts[0], ORG);
	config_unref(config);

	config = load("m365-dkim", "example.com", "dkim { domains = "
	    "example.net max_age = 1h }", faults, sizeof(faults));
	assert_string_equal(faults, "");
	source = &config->sources[0];
	assert_int_equal(source->ndkims, 1);
	assert_string_equal(source->dkims[0].sdids.texts[0], "example.net");
	assert_int_equal(source->dkims[0].max_age, 3600);
	/* What it does not say the preset does. */
	assert_int_equal(source->dkims[0].max_uses, 50);
	assert_int_equal(source->dkims[0].fields.n, 2);
	assert_int_equal(source->dkims[0].leaves_out.n, 5);
	config_unref(config);
}

static void
tenants_are_normalized(void **state)
{
	struct config *config;
	char faults[1024];

	(void)state;
	config = load("m365-dkim", "\"B\303\274cher.EXAMPLE\", a.example", "",
	    faults, sizeof(faults));
	assert_string_equal(faults, "");
	assert_int_equal(config->sources[0].dkims[0].sdids.n, 2);
	assert_string_equal(config->sources[0].dkims[0].sdids.texts[0],
	    "xn--bcher-kva.example");
	config_unref(config);
	config = load("salesforce-auth", ORG "EAK", "login = a", faults,
	    sizeof(faults));
	assert_string_equal(faults, "");
	assert_string_equal(config->sources[0].headers[0].values.texts[0],
	    ORG);
	config_unref(config);
}

static bool
has(const struct text_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcasecmp(list->texts[i], name) == 0)
			return true;
	return false;
}

/* What each platform's signatures may leave out, and what they may not. */
static void
what_is_left_out(void **state)
{
	static const struct {
		const char	*preset, *tenant, *needs;
		const char	*may[8], *must[8];
	} cases[] = {
		{ "m365-dkim", "contoso.onmicrosoft.com", "",
		    { "to", "cc", "content-transfer-encoding", "in-reply-to",
		    "references" }, { "from", "subject", "date",
		    "message-id", "content-type", "mime-version", "reply-to",
		    "sender" } },
		{ "salesforce-dkim", ORG ", example.net", "",
		    { "cc", "content-transfer-encoding", "message-id",
		    "in-reply-to", "references" }, { "from", "to", "subject",
		    "date", "content-type", "mime-version", "reply-to",
		    "list-unsubscribe" } },
		{ "google-dkim", "example.net", "", { NULL }, { "from", "to",
		    "cc", "content-type", "content-transfer-encoding",
		    "references", "reply-to", "sender" } },
		{ "m365-dkim", "contoso.onmicrosoft.com", "dkim { uncovered = "
		    "{ Reply-To, sender } } remove = \"List-*\"",
		    { "to", "cc", "reply-to", "sender", "list-unsubscribe",
		    "list-id" }, { "from", "subject", "content-type" } },
		{ "google-dkim", "example.net", "sign_headers = -list-id "
		    "guard = x-guarded", { "list-id" },
		    { "list-post", "x-guarded" } },
	};
	const struct dkim_rule *rule;
	struct config *config;
	char faults[1024];
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		config = load(cases[i].preset, cases[i].tenant,
		    cases[i].needs, faults, sizeof(faults));
		assert_string_equal(faults, "");
		rule = &config->sources[0].dkims[0];
		for (j = 0; j < 8 && cases[i].may[j] != NULL; j++)
			if (has(&rule->must_cover, cases[i].may[j]))
				fail_msg("%s: must cover %s",
				    cases[i].preset, cases[i].may[j]);
		for (j = 0; j < 8 && cases[i].must[j] != NULL; j++)
			if (!has(&rule->must_cover, cases[i].must[j]) ||
			    !has(&config->covered_names, cases[i].must[j]))
				fail_msg("%s: may leave %s out",
				    cases[i].preset, cases[i].must[j]);
		for (j = 1; j < config->covered_names.n; j++)
			assert_true(strcasecmp(
			    config->covered_names.texts[j - 1],
			    config->covered_names.texts[j]) < 0);
		config_unref(config);
	}
}

/* A preset file that is wrong, or a source that is, and the fault's part. */
#define ABOUT	"source = s date = \"2026-11-23\" grade = observed "
static const struct {
	const char	*name, *preset, *source, *want;
} bad[] = {
	{ "unknown option", "title = t\ncolour = red\n", "",
	    "x.conf:2: unknown option \"colour\"" },
	{ "not closed", "title = t\nfact f {\n", "",
	    "x.conf:2: this section is never" },
	{ "a source's option", "login = a\n", "", "x.conf:1: " },
	{ "no login in a fact", "fact f { " ABOUT "\nlogin = a }\n", "",
	    "x.conf:2: " },
	{ "no source", "fact f { date = \"2026-11-23\" grade = observed }",
	    "", "x.conf:1: fact \"f\" needs a source" },
	{ "no date", "\nfact f { source = s grade = observed }", "",
	    "x.conf:2: fact \"f\" needs a source" },
	{ "short date", "fact f { source = s date = 2026 grade = observed }",
	    "", "needs a source" },
	{ "no grade", "fact f { source = s date = \"2026-11-23\" }", "",
	    "needs a source" },
	{ "grade", "fact f { source = s date = \"2026-11-23\" grade = sure }",
	    "", "documented, reported or observed" },
	{ "hop only", "fact f { " ABOUT "spf = a.b }", "",
	    "EchoSpoofing" },
	{ "no fact", "title = t", "", "x.conf: no fact in it has a factor, so "
	    "it proves nothing; restore the file, or add a fact with a "
	    "factor" },
	{ "no fact, but a login", "title = t", "login = a", "x.conf: no fact "
	    "in it has a factor" },
	{ "no factor", "fact f { " ABOUT "} fact g { " ABOUT "when = w }",
	    "login = a", "x.conf: no fact in it has a factor" },
	{ "too few facts", "title = t\nfacts = 2\nfact f { " ABOUT
	    "tls = TLSv1.2 }", "login = a", "x.conf:2: \"facts\" is \"2\", "
	    "but the file has 1; if the file is complete, write facts = 1, "
	    "otherwise restore it" },
	{ "too many facts", "facts = 1 fact f { " ABOUT "tls = TLSv1.2 } "
	    "fact g { " ABOUT "}", "login = a", "but the file has 2" },
	{ "facts are no number", "facts = 1x fact f { " ABOUT "tls = TLSv1.2 "
	    "}", "login = a", "\"facts\" is \"1x\", but the file has 1" },
	{ "facts is empty", "facts = \"\" fact f { " ABOUT "tls = TLSv1.2 }",
	    "login = a", "\"facts\" is \"\", but the file has 1" },
	{ "optional only", "fact f { " ABOUT "spf = a.b header X-A { "
	    "value = a optional = on } }", "", "absent or optional" },
	{ "exclusion only", "fact f { " ABOUT "networks = \"!10.0.0.0/8\" "
	    "header X-A { value = a } }", "", "what anyone can write" },
	{ "unknown placeholder", "tenant = text\nfact f { " ABOUT "spf = a.b "
	    "header X-A { value = \"%nobody%\" } }", "tenant = a",
	    "without a tenant for its X-A" },
	{ "tenant where there is none", "fact f { " ABOUT "spf = a.b }",
	    "tenant = a", "expected none, as this preset has no tenants" },
	{ "tenant of another kind", "tenant = guid fact f { " ABOUT
	    "spf = a.b header X-A { value = \"%guid%\" } }", "tenant = "
	    "\"3a1b2c3d-0000-1111-2222-33334444aaa\"",
	    "expected tenant id (a GUID" },
	{ "suffix of an id", "tenant = salesforce-id fact f { " ABOUT
	    "spf = a.b header X-A { value = \"%tenant%\" } }",
	    "tenant = " ORG "AAA", "must be \"EAK\"" },
	{ "tenant of all customers", "tenant = domain fact f { " ABOUT
	    "dkim { domains = \"%domain%\" } }", "tenant = onmicrosoft.com",
	    "every customer of onmicrosoft.com" },
	{ "unknown option of it", "fact f { " ABOUT "when = w spf = a.b }",
	    "login = a preset_options = v", "no option \"v\"; it has: w" },
	{ "no option of it", "fact f { " ABOUT "spf = a.b }",
	    "login = a preset_options = v", "no option \"v\"; it has: none" },
	{ "needs", "needs = { login, daemon } fact f { " ABOUT "spf = a.b }",
	    "login = a", "needs \"daemon\" in the source" },
	{ "value", "fact f { " ABOUT "tls = TLSv1.0 }", "login = a",
	    "must be TLSv1.2" },
};

static char folder[] = "/tmp/countersign-preset.XXXXXX";

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
remove_folder(void **state)
{
	char path[sizeof(folder) + 8];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/x.conf", folder);
	(void)unlink(path);
	return rmdir(folder);
}

/* The number of facts of a preset, all of which are "f" or "g". */
static unsigned int
count_facts(const char *preset)
{
	unsigned int n = 0;

	while ((preset = strstr(preset, "fact ")) != NULL) {
		preset += strlen("fact ");
		n += *preset == 'f' || *preset == 'g';
	}
	return n;
}

static void
write_own(const char *preset)
{
	char path[sizeof(folder) + 8];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/x.conf", folder);
	assert_non_null(out = fopen(path, "w"));
	assert_true(fputs(preset, out) >= 0 && fputc('\n', out) != EOF);
	assert_int_equal(fclose(out), 0);
}

/* Load a source with the preset that write_own() wrote. */
static struct config *
load_written(const char *source, char *faults, size_t size)
{
	char text[1024];
	struct config *config;
	size_t nfaults;
	FILE *out;

	(void)snprintf(text, sizeof(text), "preset_dir = \"%s\"\n"
	    "source a { preset = x domains = example.com %s }\n", folder,
	    source);
	memset(faults, 0, size);
	assert_non_null(out = fmemopen(faults, size - 1, "w"));
	config = config_load_text("f", text, strlen(text), out, &nfaults);
	(void)fclose(out);
	return config;
}

/*
 * Load a source with a preset "x" of that text, to which the number of its
 * facts is added unless it has one.
 */
static struct config *
load_own(const char *preset, const char *source, char *faults, size_t size)
{
	char text[2048];

	(void)snprintf(text, sizeof(text), "%s\nfacts = %u", preset,
	    count_facts(preset));
	write_own(strstr(preset, "facts =") != NULL ? preset : text);
	return load_written(source, faults, size);
}

/* Sections of several facts are one, and what a fact says first stays. */
static void
facts_about_one_signature(void **state)
{
	static const char preset[] = "tenant = domain fact f { " ABOUT
	    "dkim { domains = \"%domain%\" max_uses = 5 } } fact g { " ABOUT
	    "dkim { max_uses = 6 leaves_out = cc } }";
	const struct source *source;
	struct config *config;
	char faults[1024];

	(void)state;
	config = load_own(preset, "tenant = example.net", faults,
	    sizeof(faults));
	assert_string_equal(faults, "");
	source = &config->sources[0];
	assert_int_equal(source->ndkims, 1);
	assert_int_equal(source->dkims[0].max_uses, 5);
	assert_int_equal(source->dkims[0].leaves_out.n, 1);
	config_unref(config);
	config = load_own(preset, "tenant = example.net dkim { max_uses = 7 } "
	    "dkim { domains = b.example }", faults, sizeof(faults));
	assert_string_equal(faults, "");
	source = &config->sources[0];
	assert_int_equal(source->ndkims, 2);
	assert_string_equal(source->dkims[0].sdids.texts[0], "example.net");
	assert_int_equal(source->dkims[0].max_uses, 7);
	assert_string_equal(source->dkims[1].sdids.texts[0], "b.example");
	assert_int_equal(source->dkims[1].leaves_out.n, 1);
	config_unref(config);
}

static void
wrong_files(void **state)
{
	char faults[2048];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (load_own(bad[i].preset, bad[i].source, faults,
		    sizeof(faults)) != NULL)
			fail_msg("%s: loaded", bad[i].name);
		if (strncmp(faults, "f:2: ", 5) != 0 ||
		    strstr(faults, bad[i].want) == NULL)
			fail_msg("%s: %s", bad[i].name, faults);
	}
}

/*
 * Of a preset that was cut off after a line, nothing loads: with fewer facts
 * it would prove less.
 */
static void
cut_files(void **state)
{
	static const char preset[] = "title = t\nfacts = 2\n"
	    "fact f {\n" ABOUT "\ntls = TLSv1.2\n}\n"
	    "fact g {\n" ABOUT "\nheader X-A {\nvalue = a\n}\n}\n";
	struct config *config;
	char cut[sizeof(preset)], faults[2048];
	size_t n = 0;
	char *end;

	(void)state;
	strlcpy(cut, preset, sizeof(cut));
	config = load_own(cut, "login = a", faults, sizeof(faults));
	assert_string_equal(faults, "");
	config_unref(config);
	/* load_own() ends the last line. */
	for (cut[strlen(cut) - 1] = '\0'; (end = strrchr(cut, '\n')) != NULL;
	    n++) {
		*end = '\0';
		write_own(cut);
		if (load_written("login = a", faults, sizeof(faults)) != NULL)
			fail_msg("loaded: %s", cut);
		assert_non_null(strstr(faults, "x.conf:"));
	}
	assert_int_equal(n, 11);
	write_own("fact f { " ABOUT "tls = TLSv1.2 }");
	assert_null(load_written("login = a", faults, sizeof(faults)));
	assert_non_null(strstr(faults, "x.conf: \"facts\" is missing; if the "
	    "file is complete, add facts = 1, otherwise restore it"));
}

/* Each error of a preset's file, with its place there. */
static void
every_error_of_a_file(void **state)
{
	static const char preset[] =
	    "title = \"x\ntenant = { domain guid }\n"
	    "fact f {\n" ABOUT "\nspf == a.b\ncolour = 1\n"
	    "dkim { domains = }\n}\n}\n";
	static const char *const wanted[][2] = {
		{ "1", "string not closed on its line" },
		{ "2", "expected \",\" or \"}\", found \"guid\"" },
		{ "5", "expected a value, found \"=\"" },
		{ "6", "unknown option \"colour\"" },
		{ "7", "expected a value, found \"}\"" },
		{ "9", "expected the name of an option, found \"}\"" },
	};
	char faults[2048], head[128], *line, *rest = faults;
	size_t i;

	(void)state;
	assert_null(load_own(preset, "", faults, sizeof(faults)));
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		assert_non_null(line = strsep(&rest, "\n"));
		(void)snprintf(head, sizeof(head), "f:2: preset \"x\" cannot "
		    "be used: %s/x.conf:%s: %s", folder, wanted[i][0],
		    wanted[i][1]);
		if (strncmp(line, head, strlen(head)) != 0)
			fail_msg("got %s, wanted %s", line, head);
	}
	assert_string_equal(rest, "");
}

/* The folder is no file: the place is the path alone. */
static void
unreadable_file(void **state)
{
	char faults[2048], path[sizeof(folder) + 8], wanted[128];
	struct config *config;
	char text[256];
	size_t nfaults;
	FILE *out;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/x.conf", folder);
	(void)unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(text, sizeof(text), "preset_dir = \"%s\"\n"
	    "source a { preset = x domains = example.com }\n", folder);
	memset(faults, 0, sizeof(faults));
	assert_non_null(out = fmemopen(faults, sizeof(faults) - 1, "w"));
	config = config_load_text("f", text, strlen(text), out, &nfaults);
	(void)fclose(out);
	assert_null(config);
	(void)snprintf(wanted, sizeof(wanted), "f:2: preset \"x\" cannot be "
	    "used: %s: is a directory; ", path);
	if (strncmp(faults, wanted, strlen(wanted)) != 0)
		fail_msg("got %s, wanted %s", faults, wanted);
	assert_int_equal(rmdir(path), 0);
}

/* An optional factor without a tenant is left out, however it is spelt. */
static void
optional_is_dropped(void **state)
{
	static const char *const words[] = { "true", "yes", "on" };
	struct config *config;
	char faults[1024], preset[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		(void)snprintf(preset, sizeof(preset), "tenant = { text, guid "
		    "} fact f { " ABOUT "spf = a.b header X-A { value = "
		    "\"a-%%text%%-b\" } header X-B { value = \"%%guid%%\" "
		    "optional = %s } }", words[i]);
		config = load_own(preset, "tenant = t", faults,
		    sizeof(faults));
		assert_string_equal(faults, "");
		assert_int_equal(config->sources[0].nheaders, 1);
		assert_string_equal(
		    config->sources[0].headers[0].values.texts[0], "a-t-b");
		config_unref(config);
	}
}

/* No preset has such a name; the fault lists those there are. */
static void
names_of_presets(void **state)
{
	static const char *const names[] = {
		"salesforce", "\"../presets/zendesk\"", "Zendesk", "\"\"",
	};
	char faults[2048];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_null(load(names[i], NULL, "login = a", faults,
		    sizeof(faults)));
		if (strstr(faults, "unknown preset") == NULL ||
		    strstr(faults, "generic-auth, generic-mtls") == NULL)
			fail_msg("%s: %s", names[i], faults);
	}
}

/* What a person who chooses a preset is told. */
static void
list_says_what_they_need(void **state)
{
	char place[] = "/tmp/test_preset.XXXXXX", path[64], text[2048] = "";
	const struct preset_summary *preset;
	struct preset_list *list;
	FILE *faults, *file;
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(place));
	assert_non_null(faults = fmemopen(text, sizeof(text) - 1, "w"));
	list = preset_list_read(TEST_PRESETS, faults);
	assert_non_null(list);
	for (i = 0; i < NPRESETS; i++) {
		preset = preset_list_find(list, presets[i].name);
		assert_non_null(preset);
		assert_string_not_equal(preset->title, "");
		assert_int_equal(preset->tenants.n > 0,
		    presets[i].tenant != NULL);
		assert_int_equal(preset->needs.n > 0, presets[i].missing !=
		    NULL && strstr(presets[i].missing, "needs") != NULL);
	}
	for (i = 1; i < preset_list_count(list); i++)
		assert_true(strcmp(preset_list_at(list, i - 1)->name,
		    preset_list_at(list, i)->name) < 0);
	preset = preset_list_find(list, "salesforce-auth");
	assert_string_equal(preset->tenants.texts[0], "salesforce-id");
	assert_string_equal(preset->needs.texts[0], "login");
	assert_null(preset_list_find(list, "salesforce"));
	preset_list_free(list);
	assert_int_equal(ftell(faults), 0);

	/* One with an error is reported, and left out. */
	(void)snprintf(path, sizeof(path), "%s/broken.conf", place);
	assert_non_null(file = fopen(path, "w"));
	assert_true(fputs("facts = 2\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	list = preset_list_read(place, faults);
	assert_non_null(list);
	assert_null(preset_list_find(list, "broken"));
	preset_list_free(list);
	(void)fclose(faults);
	assert_non_null(strstr(text, "preset \"broken\" cannot be used: "));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(place), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_loads),
		cmocka_unit_test(each_asks_for_what_proves),
		cmocka_unit_test(sources_override),
		cmocka_unit_test(tenants_are_normalized),
		cmocka_unit_test(what_is_left_out),
		cmocka_unit_test(facts_about_one_signature),
		cmocka_unit_test(wrong_files),
		cmocka_unit_test(cut_files),
		cmocka_unit_test(every_error_of_a_file),
		cmocka_unit_test(unreadable_file),
		cmocka_unit_test(optional_is_dropped),
		cmocka_unit_test(names_of_presets),
		cmocka_unit_test(list_says_what_they_need),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
