/* SPDX-License-Identifier: ISC */

/*
 * Keys of the domains for which sources sign: countersign-key makes, publishes
 * and verifies them; here it is only run.
 *
 * A domain has keys if the key store has a state for it, or for a parent that
 * the source allows, too, whose keys then sign for it.  That "add" was begun is
 * in the ledger, so that it is run again after a crash; it goes on where it
 * was.
 *
 * Keys and records are never undone.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "base/memstream.h"
#include "config/means.h"
#include "config/relation.h"
#include "machine/run.h"
#include "setup/private.h"

#define BEGUN		"begun"
#define MADE		"made"
#define WAIT_STEP	5	/* seconds between two runs of rotate */
#define SIGNERS_LOOK	10	/* seconds until a signer looks at the store */
#define BATCH		50	/* domains of one run of rotate */
#define MAX_ARGUMENTS	(BATCH + 2)

static bool
has_state(const char *keydir, const char *domain)
{
	char path[PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s/state", keydir, domain);
	return stat(path, &st) == 0;
}

/*
 * The domain whose keys sign for a domain of a source, or are to be made for
 * it.  NULL for a pattern alone: each of its subdomains would need keys.
 */
static const char *
signing_domain(const struct source *source, const char *keydir,
    const char *domain)
{
	const char *signing = config_signing_domain(source, keydir, domain);

	if (signing != NULL || strncmp(domain, "*.", 2) != 0)
		return signing != NULL ? signing : domain;
	return source_allows(source, domain + 2) ? domain + 2 : NULL;
}

static bool
was_begun(const struct setup *setup, const char *domain)
{
	const struct change *change;

	change = ledger_find(&setup->ledger, CHANGE_KEYS, domain, NULL);
	return change != NULL && plan_is_same(change->after, BEGUN);
}

void
keys_plan(struct setup *setup)
{
	const struct config *config = setup->draft;
	const struct source *source;
	const char *domain;
	size_t i, j;

	for (i = 0; i < config->nsources; i++) {
		source = &config->sources[i];
		for (j = 0; j < source->domains.n; j++) {
			domain = signing_domain(source, config->keydir,
			    source->domains.texts[j]);
			if (domain == NULL || plan_find(&setup->plan,
			    CHANGE_KEYS, domain) != NULL ||
			    (has_state(config->keydir, domain) &&
			    !was_begun(setup, domain)))
				continue;
			if (config->follower || config->keydir_mounted)
				setup_note(setup, "%s has no keys, and this "
				    "host must not make any: do it on the "
				    "host that rotates them", domain);
			else
				(void)plan_add(&setup->plan, CHANGE_KEYS,
				    domain, NULL, NULL, BEGUN);
		}
	}
}

/* Run countersign-key, with up to MAX_ARGUMENTS; as machine_run(). */
static int
ask(const struct setup *setup, const char *const arguments[],
    struct machine_output *out)
{
	char program[PATH_MAX];
	const char *argv[MAX_ARGUMENTS + 4];
	size_t n = 0;

	(void)snprintf(program, sizeof(program), "%s/countersign-key",
	    setup->request->programs);
	argv[n++] = program;
	argv[n++] = "-c";
	argv[n++] = setup->request->config;
	for (; *arguments != NULL; arguments++)
		argv[n++] = *arguments;
	argv[n] = NULL;
	return machine_run(NULL, argv, SETUP_KEYS_MS, out);
}

/* Run countersign-key; the exit status, or -1 with the reason printed. */
static int
run(struct setup *setup, const char *const arguments[],
    struct machine_output *out)
{
	char why[MACHINE_WHY_SIZE];

	if (ask(setup, arguments, out) == 0)
		return 0;
	if (out->end == PROGRAM_EXITED && out->code == 3)
		return 3;
	(void)fputs(out->text, stdout);
	if (out->end == PROGRAM_EXITED && out->code == 1)
		return setup_fail("countersign-key failed, as it says above: "
		    "when that is fixed, run setup again");
	return setup_fail("%s", machine_why("countersign-key", out, why,
	    sizeof(why)));
}

int
keys_make(struct setup *setup, const char *domain)
{
	const char *const arguments[] = { "add", domain, NULL };
	struct change *begun, *made;
	struct machine_output out;
	char why[SETUP_WHY_SIZE];
	int r = -1;

	begun = change_new(CHANGE_KEYS, domain, NULL, NULL, BEGUN);
	made = change_new(CHANGE_KEYS, domain, NULL, BEGUN, MADE);
	if (begun == NULL || made == NULL)
		(void)setup_fail("out of memory");
	else if (ledger_record(&setup->ledger, begun, why,
	    sizeof(why)) == -1)
		(void)setup_fail("%s", why);
	else {
		if (run(setup, arguments, &out) != -1) {
			(void)fputs(out.text, stdout);
			r = 0;
		}
		machine_output_finish(&out);
		if (r == 0 && ledger_record(&setup->ledger, made, why,
		    sizeof(why)) == -1)
			r = setup_fail("%s", why);
	}
	change_free(begun);
	change_free(made);
	return r;
}

/* Whether "domain remove" has marked keys of a domain. */
static bool
is_leaving(const char *keydir, const char *domain)
{
	char path[PATH_MAX], why[SETUP_WHY_SIZE], *text;
	bool is;

	(void)snprintf(path, sizeof(path), "%s/%s/state", keydir, domain);
	if (file_read(path, &text, NULL, why, sizeof(why)) == -1)
		return false;
	is = text != NULL && strstr(text, " leaving=yes") != NULL;
	free(text);
	return is;
}

void
keys_say_left(const struct setup *setup, const char *domain)
{
	const char *file = setup->request->config;
	const struct source *source = setup->config == NULL ? NULL :
	    config_naming_source(setup->config, domain);

	if (!has_state(setup->keydir, domain)) {
		(void)printf("there are no keys of %s\n", domain);
		return;
	}
	(void)printf("keys of %s and their records stay", domain);
	if (setup->config == NULL)
		(void)printf(": removing them needs a valid configuration in "
		    "%s", file);
	else if (is_leaving(setup->keydir, domain))
		(void)printf(" until 'countersign-key rotate' has removed "
		    "them: 'domain remove' was run");
	else if (source != NULL)
		(void)printf(", because source \"%s\" names the domain",
		    source->name);
	else
		(void)printf("; to remove them: countersign-key%s%s domain "
		    "remove %s", config_option(file), config_option_file(file),
		    domain);
	(void)printf("\n");
}

/* Whether a key may sign soon, or signs; others do not matter. */
static bool
is_coming(const char *status)
{
	static const char *const words[] = {
		"generated", "published", "seen", "standby", "scheduled",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], status) == 0)
			return true;
	return false;
}

/* The seconds of "2026-11-23T09:00:00Z"; 0 if it is no time. */
static int64_t
seconds_of(const char *text)
{
	struct tm tm = { .tm_sec = 0 };

	return text != NULL && strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm) !=
	    NULL ? (int64_t)timegm(&tm) : 0;
}

struct algorithm {
	const char	*name;
	bool		 has_active;
};

/*
 * Whether each algorithm that has keys has one that signs, for so long that
 * every signer has seen it.
 */
static bool
all_sign(const json_t *keys, int64_t now)
{
	struct algorithm algorithms[4];
	const char *name, *status;
	size_t i, j, n = 0;
	const json_t *key;

	for (i = 0; i < json_array_size(keys); i++) {
		key = json_array_get(keys, i);
		name = json_string_value(json_object_get(key, "algorithm"));
		status = json_string_value(json_object_get(key, "status"));
		if (name == NULL || status == NULL || (!is_coming(status) &&
		    strcmp(status, "active") != 0))
			continue;
		for (j = 0; j < n && strcmp(algorithms[j].name, name) != 0;
		    j++)
			;
		if (j == sizeof(algorithms) / sizeof(algorithms[0]))
			return false;
		if (j == n)
			algorithms[n++] = (struct algorithm){ name, false };
		if (strcmp(status, "active") == 0 && seconds_of(
		    json_string_value(json_object_get(key, "active_from"))) +
		    SIGNERS_LOOK <= now)
			algorithms[j].has_active = true;
	}
	for (j = 0; j < n; j++)
		if (!algorithms[j].has_active)
			return false;
	return n > 0;
}

static bool
domain_signs(struct setup *setup, const char *domain)
{
	const char *const arguments[] = { "list", domain, "--json", NULL };
	struct machine_output out;
	json_t *keys = NULL;
	bool signs = false;

	if (run(setup, arguments, &out) != -1 &&
	    (keys = json_loads(out.text, 0, NULL)) != NULL)
		signs = all_sign(keys, (int64_t)time(NULL));
	json_decref(keys);
	machine_output_finish(&out);
	return signs;
}

/*
 * The domains whose keys sign for a source, each once, of which the texts are
 * borrowed; NULL after the reason was printed.
 */
static const char **
list_domains(const struct setup *setup, const struct source *source,
    size_t *n)
{
	const char **domains, *domain;
	size_t i, j;

	*n = 0;
	domains = calloc(source->domains.n + 1, sizeof(*domains));
	if (domains == NULL)
		(void)setup_fail("out of memory");
	for (i = 0; domains != NULL && i < source->domains.n; i++) {
		domain = signing_domain(source, setup->config->keydir,
		    source->domains.texts[i]);
		for (j = 0; domain != NULL && j < *n &&
		    strcmp(domains[j], domain) != 0; j++)
			;
		if (domain != NULL && j == *n)
			domains[(*n)++] = domain;
	}
	return domains;
}

bool
keys_are_active(struct setup *setup, const struct source *source)
{
	const char **domains;
	bool all = true;
	size_t i, n;

	if ((domains = list_domains(setup, source, &n)) == NULL)
		return false;
	for (i = 0; i < n; i++)
		all &= domain_signs(setup, domains[i]);
	free(domains);
	return all;
}

/* Rotate up to BATCH domains; what rotate says is written to said. */
static void
rotate_some(struct setup *setup, const char *const *domains, size_t n,
    FILE *said)
{
	const char *arguments[MAX_ARGUMENTS + 1];
	struct machine_output out;

	arguments[0] = "rotate";
	memcpy(arguments + 1, domains, n * sizeof(*domains));
	arguments[n + 1] = "--no-progress";
	arguments[n + 2] = NULL;
	if (run(setup, arguments, &out) != -1)
		(void)fputs(out.text, said);
	machine_output_finish(&out);
}

/* Rotate domains; print what rotate says if that is new. */
static void
rotate(struct setup *setup, const char *const *domains, size_t n, char **last)
{
	char *text = NULL;
	size_t i, size;
	FILE *said;

	if ((said = memstream_open(&text, &size)) == NULL) {
		(void)setup_fail("out of memory");
		return;
	}
	for (i = 0; i < n; i += BATCH)
		rotate_some(setup, domains + i, n - i < BATCH ? n - i : BATCH,
		    said);
	if (!memstream_close(said, &text)) {
		(void)setup_fail("out of memory");
		return;
	}
	if (*last != NULL && strcmp(*last, text) == 0) {
		free(text);
		return;
	}
	(void)fputs(text, stdout);
	(void)fflush(stdout);
	free(*last);
	*last = text;
}

/* What rotation reports that no waiting will end. */
#define HOPELESS	"private-servers"

/* Whether a domain has that trouble; what it says is printed. */
static bool
is_hopeless(struct setup *setup, const char *domain)
{
	const char *const arguments[] = { "list", domain, "--monitor",
	    "--json", NULL };
	struct machine_output out;
	json_t *answer, *problem;
	const char *text;
	bool found = false;
	size_t i;

	/* With problems, it does not end with 0. */
	(void)ask(setup, arguments, &out);
	answer = json_loads(out.text, 0, NULL);
	json_array_foreach(json_object_get(answer, "problems"), i, problem) {
		text = json_string_value(json_object_get(problem, "trouble"));
		if (text == NULL || strcmp(text, HOPELESS) != 0)
			continue;
		text = json_string_value(json_object_get(problem, "text"));
		if (!found)
			(void)printf("%s: %s\n", domain,
			    text != NULL ? text : HOPELESS);
		found = true;
	}
	json_decref(answer);
	machine_output_finish(&out);
	return found;
}

static bool
any_is_hopeless(struct setup *setup, const char *const *domains, size_t n)
{
	bool any = false;
	size_t i;

	for (i = 0; i < n; i++)
		any |= is_hopeless(setup, domains[i]);
	return any;
}

bool
keys_wait(struct setup *setup, const struct source *source, int64_t seconds)
{
	const int64_t end = (int64_t)time(NULL) + seconds;
	const char **domains;
	char *last = NULL;
	bool done, hopeless;
	size_t n;

	while (!(done = keys_are_active(setup, source)) &&
	    (int64_t)time(NULL) < end) {
		if ((domains = list_domains(setup, source, &n)) == NULL)
			break;
		rotate(setup, domains, n, &last);
		hopeless = any_is_hopeless(setup, domains, n);
		free(domains);
		if (hopeless)
			break;
		(void)sleep(WAIT_STEP);
	}
	free(last);
	return done;
}
