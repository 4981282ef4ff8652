/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: what another host answers while keys are pushed to it.
 *
 * The first octet says whether it is known what the host has had.  Pieces
 * follow, each after an octet with its length; if that is 0, the host proves
 * that it has the key that the next octet names.  A piece is handed over when
 * nothing can be pushed before.
 *
 * Private keys leave only for a domain that the host has answered about.  Only
 * a proof makes a key one that the host can sign with, and only its last line
 * makes a push complete.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keydir.h"
#include "sync/proof.h"
#include "sync/push.h"

#define MAX_LENGTH	4096	/* octets of input */
#define NOW		INT64_C(1790000000)
#define GONE		"example.net"
#define NKEYS		2

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct keydir store;
static char names[NKEYS][16] = { "example.com", "example.org" };
static char *domains[] = { names[0], names[1], NULL };
static const char *const selectors[NKEYS] = { "s1", "s2" };

static struct {
	const uint8_t	*data;
	size_t		 len;
	char		 challenge[SYNC_CHALLENGE_SIZE];
	char		*said;		/* all that was handed over */
	size_t		 saidlen;
	FILE		*saying;
	bool		 is_proved[NKEYS];
} world;

static int64_t
read_clock(void)
{
	return NOW;
}

static void
remove_store(void)
{
	keydir_remove(&store);
	keydir_free_keys();
}

static void
prepare(void)
{
	keydir_make(&store);
	(void)atexit(remove_store);
	(void)keydir_add(&store, domains[0], selectors[0],
	    DKIMSIG_ED25519_SHA256, NOW - 100, KS_NEVER);
	(void)keydir_add(&store, domains[1], selectors[1],
	    DKIMSIG_ED25519_SHA256, NOW - 100, NOW + 50);
}

/* Whether the host has said a line that begins so about a domain. */
static bool
has_said(const char *word, const char *domain)
{
	char text[64];
	int n;

	n = snprintf(text, sizeof(text), "%s %s", word, domain);
	(void)fflush(world.saying);
	return memmem(world.said, world.saidlen, text, (size_t)n) != NULL;
}

/* What is pushed. */
static void
look(const char *chunk, size_t len)
{
	const char *hello = "countersign-sync ";
	size_t i;

	if (len == 0 || chunk[len - 1] != '\n')
		abort();
	if (len > strlen(hello) + SYNC_CHALLENGE_SIZE &&
	    strncmp(chunk, hello, strlen(hello)) == 0)
		(void)strlcpy(world.challenge, chunk + len -
		    SYNC_CHALLENGE_SIZE, sizeof(world.challenge));
	if (memmem(chunk, len, "\nkey ", 5) == NULL)
		return;
	for (i = 0; i < NKEYS; i++)
		if (memmem(chunk, len, domains[i], strlen(domains[i])) !=
		    NULL && !has_said("want", domains[i]) &&
		    !has_said("same", domains[i]))
			abort();
}

static void
say(struct sync_push *push, const char *text, size_t len)
{
	if (fwrite(text, 1, len, world.saying) != len)
		abort();
	sync_push_take(push, text, len);
}

static void
prove(struct sync_push *push, size_t i)
{
	char proof[SYNC_PROOF_SIZE], line[SYNC_MAX_LINE];
	struct ks_state state;
	struct ks_error error;
	int n;

	if (world.challenge[0] == '\0' ||
	    ks_state_read(store.ks, domains[i], &state, &error) != 0)
		abort();
	if (sync_proof_make(store.ks, domains[i], &state.keys[0], NULL,
	    world.challenge, proof, &error) != 0)
		abort();
	ks_state_finish(&state);
	world.is_proved[i] = true;
	n = snprintf(line, sizeof(line), "proof %s %s %s\n", domains[i],
	    selectors[i], proof);
	say(push, line, (size_t)n);
}

/* The next piece; false: there is none. */
static bool
answer(struct sync_push *push)
{
	size_t n;

	if (world.len < 2)
		return false;
	if ((n = world.data[0]) > world.len - 1)
		n = world.len - 1;
	if (n > 0)
		say(push, (const char *)world.data + 1, n);
	else
		prove(push, world.data[1] % NKEYS);
	if (n == 0)
		n = 1;
	world.data += 1 + n;
	world.len -= 1 + n;
	return true;
}

/* A record of a host that has proved to have the first key. */
static void
fill_record(struct ks_host_record *record)
{
	struct ks_host_key *key;

	if ((key = calloc(1, sizeof(*key))) == NULL ||
	    asprintf(&key->name, "%s %s", domains[0], selectors[0]) == -1)
		abort();
	key->generated = 1;
	key->taken = NOW - 10;
	key->until = key->since = key->used = KS_NEVER;
	ks_host_take_keys(record, key, 1);
}

static void
check(const struct ks_host_record *record, const struct sync_outcome *outcome,
    bool was_known)
{
	char name[64];
	size_t i, j;

	if (outcome->is_done &&
	    memmem(world.said, world.saidlen, "done\n", 5) == NULL)
		abort();
	if (record->nkeys > NKEYS || outcome->ntaken > NKEYS + 1)
		abort();
	for (i = 0; i < record->nkeys; i++) {
		for (j = 0; j < NKEYS; j++) {
			(void)snprintf(name, sizeof(name), "%s %s",
			    domains[j], selectors[j]);
			if (strcmp(name, record->keys[i].name) == 0)
				break;
		}
		if (j == NKEYS || (record->keys[i].taken != KS_NEVER &&
		    !world.is_proved[j] && !(was_known && j == 0)))
			abort();
	}
}

static void
push_keys(struct ks_host_record *record, struct sync_outcome *outcome)
{
	static char gone_name[] = GONE;
	char *gone[] = { gone_name };
	struct sync_push_means means = {
		.ks = store.ks, .clock = read_clock,
		.holder = { .name = "one", .id = "0123456789abcdef",
		    .hash = "fedcba9876543210" },
		.generation = { .term = NOW, .push = 1 },
		.domains = domains, .ndomains = NKEYS, .gone = gone, .ngone = 1
	};
	struct sync_push *push;
	const char *chunk;
	size_t n;

	if ((push = sync_push_new(&means, record)) == NULL)
		abort();
	while ((n = sync_push_give(push, &chunk)) != SYNC_PUSH_END) {
		if (n > 0)
			look(chunk, n);
		else if (!answer(push))
			break;
	}
	if (sync_push_finish(push, outcome, record) != 0)
		abort();
	sync_push_free(push);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ks_host_record record = { .reached = KS_NEVER,
	    .failing = KS_NEVER };
	struct sync_outcome outcome;
	bool was_known;

	if (len == 0 || len > MAX_LENGTH)
		return 0;
	if (store.ks == NULL)
		prepare();
	memset(&world, 0, sizeof(world));
	world.data = data + 1;
	world.len = len - 1;
	world.saying = open_memstream(&world.said, &world.saidlen);
	if (world.saying == NULL)
		abort();
	if ((was_known = data[0] % 2 != 0))
		fill_record(&record);
	push_keys(&record, &outcome);
	(void)fflush(world.saying);
	check(&record, &outcome, was_known);
	ks_host_take_keys(&record, NULL, 0);
	(void)fclose(world.saying);
	free(world.said);
	return 0;
}
