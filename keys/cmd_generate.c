/* SPDX-License-Identifier: ISC */

/*
 * countersign-key generate: make the keys, store them, then enter them all
 * in the state by one replacement of it.
 *
 * A crash in between leaves key files that the state does not have; their
 * selectors count as used, for ks_key_store() overwrites nothing.  Keys are
 * made before the lock is taken, for that may take seconds.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "keygen.h"
#include "rfc3339.h"
#include "tool.h"

#define MAX_NEW		2	/* keys made at once: --algorithm both */
#define MAX_COUNTER	9999	/* of a selector */

struct new_key {
	const struct keygen_kind	*kind;
	EVP_PKEY			*pkey;
	struct ks_key			 key;
	bool				 is_stored;
};

struct generation {
	char		 domain[DKIMSIG_DOMAIN_SIZE];
	char		 selector[KS_SELECTOR_SIZE];	/* "": choose one */
	struct new_key	 new[MAX_NEW];
	size_t		 nnew;
};

/* The kinds that --algorithm names; false if it names none. */
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

/*
 * "20261123r1": date, letter of the algorithm, counter.  False when the name
 * of the record would be too long.
 */
static bool
make_selector(int64_t now, char letter, unsigned int counter,
    const char *domain, char selector[KS_SELECTOR_SIZE])
{
	char when[RFC3339_SIZE], name[DKIMSIG_DOMAIN_SIZE];

	(void)rfc3339_print(now, when);
	(void)snprintf(selector, KS_SELECTOR_SIZE, "%.4s%.2s%.2s%c%u", when,
	    when + 5, when + 8, letter, counter);
	return record_name(domain, selector, name, sizeof(name)) == 0;
}

/* Store one key under a selector that the state does not have. */
static int
try_selector(struct ks_lock *lock, const struct ks_state *state,
    struct new_key *new, const char *selector, struct ks_error *error)
{
	int r;

	if (ks_state_find(state, selector) != NULL) {
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: selector %s was used before and is never used "
		    "again: choose another", state->domain, selector);
		return KS_E_EXISTS;
	}
	r = ks_key_store(lock, selector, new->pkey, error);
	if (r == 0) {
		new->is_stored = true;
		(void)strlcpy(new->key.selector, selector,
		    sizeof(new->key.selector));
	}
	return r;
}

static int
store_key(const struct tool *tool, const struct generation *gen,
    struct ks_lock *lock, const struct ks_state *state, struct new_key *new,
    struct ks_error *error)
{
	char selector[KS_SELECTOR_SIZE];
	unsigned int counter;
	int r;

	if (gen->selector[0] != '\0')
		return try_selector(lock, state, new, gen->selector, error);
	r = KS_E_EXISTS;
	for (counter = 1; r == KS_E_EXISTS && counter <= MAX_COUNTER;
	    counter++) {
		(void)make_selector(tool->now, new->kind->letter, counter,
		    gen->domain, selector);
		r = try_selector(lock, state, new, selector, error);
	}
	return r;
}

/* Log the key, and add it to the state in memory. */
static int
enter_key(const struct tool *tool, struct ks_lock *lock,
    struct ks_state *state, struct new_key *new, struct ks_error *error)
{
	char text[64];
	struct ks_key *keys;
	int r;

	new->key.algorithm = new->kind->algorithm;
	new->key.strict = tool->strict;
	new->key.generated = tool->now;
	(void)snprintf(text, sizeof(text), "generated %s", new->kind->name);
	r = ks_log_append(lock, tool->now, new->key.selector, text, error);
	if (r != 0)
		return r;
	keys = recallocarray(state->keys, state->nkeys, state->nkeys + 1,
	    sizeof(*keys));
	if (keys == NULL) {
		(void)strlcpy(error->text, "out of memory",
		    sizeof(error->text));
		return KS_E_NOMEM;
	}
	state->keys = keys;
	state->keys[state->nkeys++] = new->key;
	return 0;
}

/* Take back what was stored, unless the state has it already. */
static void
discard_keys(struct generation *gen, struct ks_lock *lock)
{
	size_t i;

	for (i = 0; i < gen->nnew; i++)
		if (gen->new[i].is_stored)
			(void)ks_key_discard(lock, gen->new[i].key.selector,
			    NULL);
}

static int
store_all(const struct tool *tool, struct generation *gen,
    struct ks_error *error)
{
	struct ks_state state;
	struct ks_lock *lock;
	size_t i;
	int r;

	r = tool_lock(tool, gen->domain, true, &lock, error);
	if (r != 0)
		return r;
	r = ks_state_read(tool->ks, gen->domain, &state, error);
	if (r == KS_E_NODOMAIN) {
		(void)strlcpy(state.domain, gen->domain,
		    sizeof(state.domain));
		r = 0;
	}
	for (i = 0; i < gen->nnew && r == 0; i++) {
		r = store_key(tool, gen, lock, &state, &gen->new[i], error);
		if (r == 0)
			r = enter_key(tool, lock, &state, &gen->new[i],
			    error);
	}
	if (r == 0)
		r = ks_state_write(lock, &state, error);
	if (r != 0)
		discard_keys(gen, lock);
	ks_state_finish(&state);
	ks_unlock(lock);
	return r;
}

static int
print_result(const struct tool *tool, const struct generation *gen)
{
	struct ks_error error;
	struct record record;
	const struct ks_key *key;
	unsigned int keybits;
	size_t i;

	for (i = 0; i < gen->nnew; i++) {
		key = &gen->new[i].key;
		if (tool_record(tool, gen->domain, key, &record, &keybits,
		    &error) != 0) {
			warnx("%s", error.text);
			return TOOL_FAILED;
		}
		(void)printf("%s: made key %s (%s, %u bits)\n"
		    "  file       %s/%s/%s.pem\n", gen->domain,
		    key->selector, dkimsig_algorithm_name(key->algorithm),
		    keybits, tool->keydir, gen->domain, key->selector);
		tool_print_record(&record);
		(void)putchar('\n');
	}
	(void)printf("It does not sign yet.  Next: publish the record%s in "
	    "DNS, wait until every server\nof the zone answers with %s, "
	    "then:\n\n  %s activate %s", gen->nnew > 1 ? "s" : "",
	    gen->nnew > 1 ? "them" : "it", tool->command, gen->domain);
	for (i = 0; i < gen->nnew; i++)
		(void)printf(" %s", gen->new[i].key.selector);
	(void)putchar('\n');
	return TOOL_DONE;
}

/* Options and operands; false when something is wrong with them. */
static bool
prepare(const struct tool *tool, const char *operand, struct generation *gen)
{
	char name[DKIMSIG_DOMAIN_SIZE], selector[KS_SELECTOR_SIZE];

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
		if (record_name(gen->domain, gen->selector, name,
		    sizeof(name)) == 0)
			return true;
	} else if (make_selector(tool->now, 'r', MAX_COUNTER, gen->domain,
	    selector))
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
	for (i = 0; i < MAX_NEW; i++)
		ks_key_init(&gen.new[i].key);
	if (!prepare(tool, argv[0], &gen))
		return TOOL_USAGE;
	status = TOOL_FAILED;
	for (i = 0; i < gen.nnew; i++) {
		gen.new[i].pkey = keygen_make(gen.new[i].kind);
		if (gen.new[i].pkey == NULL) {
			warnx("the crypto library cannot make a key of kind "
			    "%s", gen.new[i].kind->name);
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
