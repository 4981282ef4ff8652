/* SPDX-License-Identifier: ISC */

/*
 * countersign-key generate: generate keys, and store all of them or none.
 *
 * Keys are generated before the lock is taken, because that may take seconds.
 * New keys do not sign yet; the output shows their records, and says what to do
 * next.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "command/key_print.h"
#include "command/tool.h"
#include "life/keygen.h"
#include "life/newkey.h"

struct generation {
	char		 domain[DKIMSIG_DOMAIN_SIZE];
	char		 selector[KS_SELECTOR_SIZE];	/* "": choose one */
	struct newkey	 new[NEWKEY_MAX];
	size_t		 nnew;
};

/* The stream of the keys; NULL: they are default keys. */
static const char *
stream_of(const struct tool *tool)
{
	return tool->stream == NULL || tool->stream[0] == '\0' ? NULL :
	    tool->stream;
}

/* Set the kinds that --algorithm names; false, with an error, if unknown. */
static bool
choose_kinds(const struct tool *tool, struct generation *gen)
{
	const char *name;

	name = tool->algorithm == NULL ? "rsa2048" : tool->algorithm;
	if (strcmp(name, "both") == 0) {
		gen->new[0].kind = keygen_find("rsa2048");
		gen->new[1].kind = keygen_find("ed25519");
		gen->nnew = 2;
		return true;
	}
	if ((gen->new[0].kind = keygen_find(name)) == NULL) {
		warnx("--algorithm %s: unknown: give one of rsa2048 rsa3072 "
		    "rsa4096 ed25519 both", name);
		return false;
	}
	gen->nnew = 1;
	return true;
}

static int
store_all(struct tool *tool, struct generation *gen,
    struct ks_error *error)
{
	struct newkey_wish wish = {
		.selector = gen->selector[0] == '\0' ? NULL : gen->selector,
		.stream = stream_of(tool), .revoked_for = KS_NEVER,
		.strict = tool->strict
	};
	struct ks_state state;
	struct ks_lock *lock;
	int r;

	r = tool_lock(tool, gen->domain, true, &lock, error);
	if (r != 0)
		return r;
	wish.now = tool->now;
	r = ks_state_read(tool->ks, gen->domain, &state, error);
	if (r == KS_E_NODOMAIN) {
		(void)strlcpy(state.domain, gen->domain,
		    sizeof(state.domain));
		r = 0;
	}
	if (r == 0)
		tool_warn_strays(tool, &state);
	if (r == 0)
		r = newkey_store(tool->ks, lock, &state, &wish, gen->new,
		    gen->nnew, error);
	ks_state_finish(&state);
	ks_unlock(lock);
	return r;
}

static int
print_result(const struct tool *tool, const struct generation *gen)
{
	struct record record;
	const struct ks_key *key;
	size_t i;

	if (tool->json)
		(void)printf("[");
	for (i = 0; i < gen->nnew; i++) {
		key = &gen->new[i].key;
		if (record_make(gen->domain, key, gen->new[i].pkey, false,
		    &record) != 0) {
			warnx("%s: cannot make a DNS record for key %s",
			    gen->domain, key->selector);
			return TOOL_FAILED;
		}
		if (tool->json) {
			(void)printf("%s\n  ", i == 0 ? "" : ",");
			key_print_json(tool, gen->domain, key, &record);
			continue;
		}
		(void)printf("%s: generated key %s (%s, %u bits%s%s)\n"
		    "    file    %s/%s/%s.pem\n", gen->domain,
		    key->selector, dkimsig_algorithm_name(key->algorithm),
		    record.keybits, key->stream == NULL ? "" : ", stream ",
		    key->stream == NULL ? "" : key->stream,
		    tool->keydir, gen->domain, key->selector);
		key_print_record(tool, gen->domain, &record);
		(void)putchar('\n');
	}
	if (tool->json) {
		(void)printf("\n]\n");
		return TOOL_DONE;
	}
	(void)printf("%s not sign yet.  Next: publish the record%s in "
	    "DNS, wait until every server\nof the zone answers with %s, "
	    "then:\n\n  %s activate %s", gen->nnew > 1 ? "They do" :
	    "It does", gen->nnew > 1 ? "s" : "", gen->nnew > 1 ? "them" :
	    "it", tool->command, gen->domain);
	for (i = 0; i < gen->nnew; i++)
		(void)printf(" %s", gen->new[i].key.selector);
	(void)putchar('\n');
	return TOOL_DONE;
}

/* For a dry run: print what would be generated. */
static int
print_due(const struct tool *tool, const struct generation *gen)
{
	size_t i;

	for (i = 0; i < gen->nnew; i++)
		if (tool->json)
			(void)printf("%s{\"domain\": \"%s\", \"kind\": "
			    "\"%s\"}%s", i == 0 ? "[" : ", ", gen->domain,
			    gen->new[i].kind->name, i + 1 < gen->nnew ? "" :
			    "]\n");
		else
			(void)printf("%s: a key of kind %s would be "
			    "generated\n",
			    gen->domain, gen->new[i].kind->name);
	return TOOL_DONE;
}

/* Check options and operands; prints an error and returns false if wrong. */
static bool
prepare(const struct tool *tool, const char *operand, struct generation *gen)
{
	const char *stream = stream_of(tool);
	char longest[KS_SELECTOR_SIZE], name[DKIMSIG_DOMAIN_SIZE];

	if (!tool_domain(operand, gen->domain) || !choose_kinds(tool, gen))
		return false;
	if (tool->selector != NULL) {
		if (gen->nnew > 1) {
			warnx("--selector names one key: give one "
			    "--algorithm, not both");
			return false;
		}
		if (!tool_selector(tool->selector, gen->selector))
			return false;
	}
	(void)snprintf(longest, sizeof(longest), "%s%s", stream == NULL ? "" :
	    stream, stream == NULL ? NEWKEY_LONGEST : NEWKEY_LONGEST_END);
	if (record_name(gen->domain, gen->selector[0] == '\0' ? longest :
	    gen->selector, name, sizeof(name)) == 0)
		return true;
	warnx("%s: too long: with the selector its record's name would have "
	    "over %d octets", gen->domain, DKIMSIG_MAX_DOMAIN);
	return false;
}

int
cmd_generate(struct tool *tool, int argc, char **argv)
{
	struct generation gen;
	struct ks_error error;
	size_t i;
	int status;

	(void)argc;
	memset(&gen, 0, sizeof(gen));
	if (!prepare(tool, argv[0], &gen))
		return TOOL_USAGE;
	if (tool->dry_run)
		return print_due(tool, &gen);
	status = TOOL_FAILED;
	for (i = 0; i < gen.nnew; i++) {
		gen.new[i].pkey = keygen_make(gen.new[i].kind);
		if (gen.new[i].pkey == NULL) {
			warnx("the crypto library cannot generate a key of "
			    "kind %s", gen.new[i].kind->name);
			goto out;
		}
	}
	if (store_all(tool, &gen, &error) == 0)
		status = print_result(tool, &gen);
	else
		warnx("%s", error.text);
out:
	for (i = 0; i < gen.nnew; i++)
		EVP_PKEY_free(gen.new[i].pkey);
	return status;
}
