/* SPDX-License-Identifier: ISC */

/*
 * The host that receives: see receive.h.
 *
 * A domain is collected in memory until it is complete, see incoming.h, so a
 * connection that breaks changes nothing of it; ks_replica_write() then makes
 * the changes in an order that may be interrupted.  What goes wrong with one
 * domain is an answer, and the next one follows; a line that is not allowed
 * ends the connection.
 */

#include "sync/receive.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/last_run.h"
#include "store/last_use.h"
#include "store/wait.h"
#include "sync/incoming.h"
#include "sync/proof.h"

#define POLL_MS		20	/* between two attempts to lock */

enum stage { STAGE_HELLO, STAGE_REQUEST, STAGE_DOMAIN, STAGE_ENDED };

struct sync_receiver {
	struct sync_receiver_means	 means;
	struct sync_lines		 lines;
	enum stage			 stage;
	struct ks_holder		 holder;
	char				 challenge[SYNC_CHALLENGE_SIZE];
	struct sync_incoming		 incoming;
	size_t				 ndomains;	/* that were named */
	size_t				 nchanged;
	int				 run_fd;
	struct ks_error			*error;		/* of this call */
};

static int
fail(const struct sync_receiver *receiver, const char *text)
{
	(void)strlcpy(receiver->error->text, text,
	    sizeof(receiver->error->text));
	return KS_E_ARG;
}

/* -- Answers ------------------------------------------------------------- */

static void
answer(const struct sync_receiver *receiver, enum sync_kind kind,
    const char *first, const char *second, const char *third)
{
	FILE *fp = receiver->means.out;
	const char *p;

	(void)fputs(sync_word(kind), fp);
	if (first != NULL)
		(void)fprintf(fp, " %s", first);
	if (second != NULL)
		(void)fprintf(fp, " %s", second);
	if (third != NULL) {
		(void)fputc(' ', fp);
		for (p = third; *p != '\0'; p++)
			(void)fputc(*p < ' ' || *p > '~' ? '?' : *p, fp);
	}
	(void)fputc('\n', fp);
	(void)fflush(fp);
}

static void
answer_failed(const struct sync_receiver *receiver, const char *domain,
    const struct ks_error *error)
{
	answer(receiver, SYNC_FAILED, domain, NULL, error->text);
}

/* The latest time at which a key may have signed, if no use is recorded. */
static int64_t
latest_use(const struct ks_key *key, int64_t now)
{
	int64_t last = key->retire_at + KS_HANDOVER;

	if (key->active_from == KS_NEVER || key->active_from > now ||
	    key->active_from >= key->retire_at)
		return KS_NEVER;
	return last < now ? last : now;
}

/* The last uses of keys that have retired and whose records are needed. */
static int
answer_uses(const struct sync_receiver *receiver,
    const struct ks_state *state, struct ks_error *error)
{
	const struct ks_key *key;
	char text[32];
	int64_t last;
	size_t i;
	int r;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (key->retire_at == KS_NEVER || key->removed != KS_NEVER)
			continue;
		r = ks_used_read(receiver->means.ks, state->domain,
		    key->selector, &last, error);
		if (r != 0)
			return r;
		if (last == KS_USE_UNKNOWN)
			last = latest_use(key, receiver->means.clock());
		(void)snprintf(text, sizeof(text), "%lld", (long long)last);
		answer(receiver, SYNC_USED, state->domain, key->selector,
		    last < 0 ? "-" : text);
	}
	return 0;
}

/* The key of that selector that was pushed, or NULL. */
static EVP_PKEY *
pushed_key(const struct sync_receiver *receiver, const char *selector)
{
	const struct sync_incoming *incoming = &receiver->incoming;
	size_t i;

	for (i = 0; i < incoming->nread; i++)
		if (strcmp(incoming->keys[i].selector, selector) == 0)
			return incoming->keys[i].pkey;
	return NULL;
}

/*
 * Test signatures with all keys that have a file here.  A key that cannot be
 * used gets none; its signers could not use it either.
 */
static void
answer_proofs(const struct sync_receiver *receiver,
    const struct ks_state *state)
{
	char proof[SYNC_PROOF_SIZE];
	const struct ks_key *key;
	struct ks_error error;
	size_t i;

	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (key->removed == KS_NEVER &&
		    sync_proof_make(receiver->means.ks, state->domain, key,
		    pushed_key(receiver, key->selector), receiver->challenge,
		    proof, &error) == 0)
			answer(receiver, SYNC_PROOF, state->domain,
			    key->selector, proof);
	}
}

/* -- Requests ------------------------------------------------------------ */

static int
lock_run(struct sync_receiver *receiver)
{
	int64_t end_ms = monotonic_ms() +
	    (int64_t)receiver->means.wait_s * 1000;
	int r;

	while ((r = ks_run_lock(receiver->means.ks, &receiver->run_fd,
	    receiver->error)) == KS_E_LOCKED && monotonic_ms() < end_ms)
		sleep_ms(POLL_MS);
	return r;
}

static int
take_hello(struct sync_receiver *receiver, const struct sync_message *message)
{
	const struct sync_receiver_means *means = &receiver->means;
	int r;

	receiver->holder = message->holder;
	(void)strlcpy(receiver->challenge, message->challenge,
	    sizeof(receiver->challenge));
	if ((r = lock_run(receiver)) == 0 &&
	    (r = ks_rotator_follow(means->ks, means->host, &receiver->holder,
	    means->wait_s, receiver->error)) == 0)
		r = ks_generation_accept(means->ks, &message->generation,
		    means->wait_s, receiver->error);
	if (r != 0) {
		answer(receiver, SYNC_REFUSED, NULL, NULL,
		    receiver->error->text);
		return r;
	}
	answer(receiver, SYNC_READY, means->host->name, NULL, NULL);
	receiver->stage = STAGE_REQUEST;
	return 0;
}

/* Whether the domain is as the digest says, and has a file for each key. */
static int
compare(const struct sync_receiver *receiver, struct ks_state *state,
    const char *digest, bool *is_same, bool *is_whole, struct ks_error *error)
{
	char own[KS_DIGEST_SIZE];
	int r;

	*is_same = *is_whole = false;
	r = ks_replica_digest(receiver->means.ks, state, own, is_whole,
	    error);
	if (r == 0)
		*is_same = strcmp(own, digest) == 0;
	return r;
}

/* Make files for last uses that an earlier version did not make. */
static int
complete_uses(const struct sync_receiver *receiver,
    const struct ks_state *state, struct ks_error *error)
{
	const struct sync_receiver_means *means = &receiver->means;
	const int64_t now = means->clock();
	struct ks_lock *lock = NULL;
	int r;

	if (ks_used_is_complete(means->ks, state, now))
		return 0;
	r = ks_lock_wait(means->ks, state->domain, false, means->wait_s,
	    &lock, error);
	if (r == 0)
		r = ks_used_complete(lock, state, now, error);
	ks_unlock(lock);
	return r;
}

static int
take_have(struct sync_receiver *receiver, const struct sync_message *message)
{
	struct ks_state state;
	bool is_same = false, is_whole = false;
	struct ks_error error;
	int r;

	if (++receiver->ndomains > SYNC_MAX_DOMAINS)
		return fail(receiver, "have: more domains than a push may "
		    "have");
	memset(&state, 0, sizeof(state));
	r = ks_state_read(receiver->means.ks, message->domain, &state, &error);
	if (r == 0)
		r = compare(receiver, &state, message->digest, &is_same,
		    &is_whole, &error);
	is_same = is_same && is_whole;
	if (r == 0 && is_same && (r = complete_uses(receiver, &state,
	    &error)) == 0)
		r = answer_uses(receiver, &state, &error);
	ks_state_finish(&state);
	if (r != 0 && r != KS_E_NODOMAIN && r != KS_E_DAMAGED)
		answer_failed(receiver, message->domain, &error);
	else
		answer(receiver, r == 0 && is_same ? SYNC_SAME : SYNC_WANT,
		    message->domain, NULL, NULL);
	return 0;
}

static int
take_gone(struct sync_receiver *receiver, const struct sync_message *message)
{
	const struct sync_receiver_means *means = &receiver->means;
	struct ks_lock *lock = NULL;
	struct ks_error error;
	int r;

	r = ks_lock_wait(means->ks, message->domain, false, means->wait_s,
	    &lock, &error);
	if (r == 0 && (r = ks_replica_archive(lock, receiver->holder.name,
	    means->clock(), &error)) == 0)
		receiver->nchanged++;
	ks_unlock(lock);
	if (r != 0 && r != KS_E_NODOMAIN)
		answer_failed(receiver, message->domain, &error);
	else
		answer(receiver, SYNC_TAKEN, message->domain, NULL, NULL);
	return 0;
}

static int
take_end(struct sync_receiver *receiver)
{
	int r;

	r = ks_last_run_write(receiver->means.ks, receiver->means.clock(),
	    receiver->error);
	if (r != 0)
		return r;
	answer(receiver, SYNC_DONE, NULL, NULL, NULL);
	receiver->stage = STAGE_ENDED;
	return 0;
}

/* -- A domain ------------------------------------------------------------ */

static int
begin_domain(struct sync_receiver *receiver,
    const struct sync_message *message)
{
	int r;

	r = sync_incoming_begin(&receiver->incoming, message, receiver->error);
	if (r == 0)
		receiver->stage = STAGE_DOMAIN;
	return r;
}

static int
take_line(struct sync_receiver *receiver, const struct sync_message *message)
{
	return sync_incoming_line(&receiver->incoming, message,
	    receiver->error);
}

static int
take_key(struct sync_receiver *receiver, const struct sync_message *message)
{
	return sync_incoming_key(&receiver->incoming, message,
	    receiver->error);
}

/* Change the store, and answer with proofs. */
static int
apply(struct sync_receiver *receiver, struct ks_state *state,
    const char *digest, struct ks_error *error)
{
	const struct sync_receiver_means *means = &receiver->means;
	const struct sync_incoming *incoming = &receiver->incoming;
	struct ks_lock *lock = NULL;
	bool is_same = false, is_whole;
	int r;

	r = ks_lock_wait(means->ks, incoming->domain, true, means->wait_s,
	    &lock, error);
	if (r == 0)
		r = ks_replica_write(lock, state, incoming->keys,
		    incoming->nread, receiver->holder.name, means->clock(),
		    error);
	if (r == 0)
		r = compare(receiver, state, digest, &is_same, &is_whole,
		    error);
	if (r == 0 && !is_same) {
		(void)strlcpy(error->text, "after the push, its keys are not "
		    "those that were pushed", sizeof(error->text));
		r = KS_E_DAMAGED;
	}
	if (r == 0)
		r = answer_uses(receiver, state, error);
	if (r == 0)
		answer_proofs(receiver, state);
	ks_unlock(lock);
	return r;
}

static int
take_commit(struct sync_receiver *receiver,
    const struct sync_message *message)
{
	struct sync_incoming *incoming = &receiver->incoming;
	struct ks_state state;
	struct ks_error error;
	int r;

	r = sync_incoming_complete(incoming, message, receiver->error);
	if (r != 0)
		return r;
	memset(&state, 0, sizeof(state));
	r = sync_incoming_state(incoming, &state, &error);
	if (r == 0)
		r = apply(receiver, &state, message->digest, &error);
	ks_state_finish(&state);
	if (r == 0) {
		receiver->nchanged++;
		answer(receiver, SYNC_TAKEN, incoming->domain, NULL, NULL);
	} else
		answer_failed(receiver, incoming->domain, &error);
	sync_incoming_forget(incoming);
	receiver->stage = STAGE_REQUEST;
	return 0;
}

/* -- Lines --------------------------------------------------------------- */

typedef int	take_fn(struct sync_receiver *, const struct sync_message *);

static take_fn *
handler_of(enum stage stage, enum sync_kind kind)
{
	static const struct {
		enum stage	 stage;
		enum sync_kind	 kind;
		take_fn		*take;
	} handlers[] = {
		{ STAGE_HELLO, SYNC_HELLO, take_hello },
		{ STAGE_REQUEST, SYNC_HAVE, take_have },
		{ STAGE_REQUEST, SYNC_GONE, take_gone },
		{ STAGE_REQUEST, SYNC_DOMAIN, begin_domain },
		{ STAGE_DOMAIN, SYNC_LINE, take_line },
		{ STAGE_DOMAIN, SYNC_KEY, take_key },
		{ STAGE_DOMAIN, SYNC_COMMIT, take_commit }
	};
	size_t i;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].stage == stage && handlers[i].kind == kind)
			return handlers[i].take;
	return NULL;
}

static int
receive_line(void *context, char *line)
{
	struct sync_receiver *receiver = context;
	struct sync_message message;
	take_fn *take;
	int r;

	r = sync_message_parse(line, &message, receiver->error);
	if (r == 0 && receiver->stage == STAGE_REQUEST &&
	    message.kind == SYNC_END)
		return take_end(receiver);
	take = handler_of(receiver->stage, message.kind);
	if (r == 0 && take == NULL)
		r = fail(receiver, receiver->stage == STAGE_HELLO ?
		    "the first line is not that of countersign-key sync" :
		    "a line that is not expected here");
	else if (r == 0)
		return take(receiver, &message);
	if (receiver->stage == STAGE_HELLO)
		answer(receiver, SYNC_REFUSED, NULL, NULL,
		    receiver->error->text);
	return r;
}

struct sync_receiver *
sync_receiver_new(const struct sync_receiver_means *means)
{
	struct sync_receiver *receiver;

	if ((receiver = calloc(1, sizeof(*receiver))) == NULL)
		return NULL;
	receiver->means = *means;
	receiver->run_fd = -1;
	return receiver;
}

void
sync_receiver_free(struct sync_receiver *receiver)
{
	if (receiver == NULL)
		return;
	sync_incoming_forget(&receiver->incoming);
	if (receiver->run_fd != -1)
		(void)close(receiver->run_fd);
	freezero(receiver, sizeof(*receiver));
}

int
sync_receiver_take(struct sync_receiver *receiver, const char *chunk,
    size_t len, struct ks_error *error)
{
	int r;

	receiver->error = error;
	r = sync_lines_add(&receiver->lines, chunk, len, receive_line,
	    receiver, error);
	/* The other host waits for an answer that it will not get. */
	if (r == 0 && ferror(receiver->means.out) != 0) {
		(void)strlcpy(error->text, "cannot send an answer to the "
		    "other host", sizeof(error->text));
		r = KS_E_SYSTEM;
	}
	return r;
}

bool
sync_receiver_has_ended(const struct sync_receiver *receiver)
{
	return receiver->stage == STAGE_ENDED;
}

size_t
sync_receiver_count(const struct sync_receiver *receiver)
{
	return receiver->nchanged;
}

const char *
sync_receiver_peer(const struct sync_receiver *receiver)
{
	return receiver->holder.name[0] == '\0' ? "the other host" :
	    receiver->holder.name;
}
