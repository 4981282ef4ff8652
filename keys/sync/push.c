/* SPDX-License-Identifier: ISC */

/*
 * The host that pushes: see push.h.
 *
 * Requests wait in a queue for their answers, which come in the same order.
 * The first answer that is not allowed ends the push; what was taken before
 * counts.  A domain whose state cannot be read here is reported and left out.
 */

#include "sync/push.h"

#include <sys/queue.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "base/hex.h"
#include "sync/bundle.h"
#include "sync/known.h"
#include "sync/proof.h"

#define WINDOW	64	/* requests without an answer */

/* A request that waits for its answer, or a domain that is to be pushed. */
struct request {
	TAILQ_ENTRY(request)	 entry;
	enum sync_kind		 kind;	/* HAVE, COMMIT, GONE or END */
	size_t			 domain;	/* index */
	struct known		 known;	/* of HAVE and COMMIT */
};

TAILQ_HEAD(requests, request);

struct sync_push {
	struct sync_push_means	 means;
	const struct ks_host_record *record;
	char			 challenge[SYNC_CHALLENGE_SIZE];
	struct sync_lines	 lines;
	struct requests		 pending;	/* request::entry */
	struct requests		 wanted;	/* request::entry */
	size_t			 npending;
	size_t			 next, next_gone;
	bool			 has_begun, is_ready, has_said_end, is_over;
	char			*chunk;
	size_t			 chunklen;
	bool			*is_known;	/* by domain: see list */
	struct known_list	 list;		/* what the host has */
	struct sync_outcome	 outcome;
	struct ks_error		 error;		/* of the line being read */
};

static void
end_badly(struct sync_push *push, const char *text)
{
	if (push->outcome.fault.text[0] == '\0')
		(void)strlcpy(push->outcome.fault.text, text,
		    sizeof(push->outcome.fault.text));
	push->is_over = true;
}

/* One domain failed; others may not. */
static void
note_failure(struct sync_push *push, size_t domain, const char *text)
{
	push->outcome.nfailed++;
	if (push->outcome.fault.text[0] == '\0')
		(void)snprintf(push->outcome.fault.text,
		    sizeof(push->outcome.fault.text), "%s: %.700s",
		    push->means.domains[domain], text);
}

struct sync_push *
sync_push_new(const struct sync_push_means *means,
    const struct ks_host_record *record)
{
	unsigned char octets[(SYNC_CHALLENGE_SIZE - 1) / 2];
	struct sync_push *push;

	if ((push = calloc(1, sizeof(*push))) == NULL)
		return NULL;
	push->means = *means;
	push->record = record;
	TAILQ_INIT(&push->pending);
	TAILQ_INIT(&push->wanted);
	push->is_known = calloc(means->ndomains + 1, sizeof(bool));
	if (push->is_known == NULL ||
	    RAND_bytes(octets, sizeof(octets)) != 1) {
		sync_push_free(push);
		return NULL;
	}
	hex_print(octets, sizeof(octets), push->challenge);
	return push;
}

static void
free_request(struct request *request)
{
	known_finish(&request->known);
	free(request);
}

static void
free_requests(struct requests *requests)
{
	struct request *request;

	while ((request = TAILQ_FIRST(requests)) != NULL) {
		TAILQ_REMOVE(requests, request, entry);
		free_request(request);
	}
}

/* It may contain private keys. */
static void
drop_chunk(struct sync_push *push)
{
	if (push->chunk != NULL)
		freezero(push->chunk, push->chunklen + 1);
	push->chunk = NULL;
	push->chunklen = 0;
}

void
sync_push_free(struct sync_push *push)
{
	if (push == NULL)
		return;
	drop_chunk(push);
	free_requests(&push->pending);
	free_requests(&push->wanted);
	known_list_finish(&push->list);
	free(push->is_known);
	freezero(push, sizeof(*push));
}

/* -- Writing ------------------------------------------------------------- */

static bool
set_line(struct sync_push *push, enum sync_kind kind, const char *first,
    const char *second)
{
	int n;

	n = asprintf(&push->chunk, "%s%s%s%s%s\n", sync_word(kind),
	    first == NULL ? "" : " ", first == NULL ? "" : first,
	    second == NULL ? "" : " ", second == NULL ? "" : second);
	if (n == -1) {
		push->chunk = NULL;
		end_badly(push, "out of memory");
		return false;
	}
	push->chunklen = (size_t)n;
	return true;
}

static void
write_hello(struct sync_push *push)
{
	const struct sync_push_means *means = &push->means;
	char text[1024];

	(void)snprintf(text, sizeof(text), "%d %s %s %s %lld %lld %s",
	    SYNC_VERSION, means->holder.id, means->holder.hash,
	    means->holder.name, (long long)means->generation.term,
	    (long long)means->generation.push, push->challenge);
	(void)set_line(push, SYNC_HELLO, text, NULL);
}

static struct request *
add_request(struct sync_push *push, enum sync_kind kind, size_t domain)
{
	struct request *request;

	if ((request = calloc(1, sizeof(*request))) == NULL) {
		end_badly(push, "out of memory");
		return NULL;
	}
	request->kind = kind;
	request->domain = domain;
	TAILQ_INSERT_TAIL(&push->pending, request, entry);
	push->npending++;
	return request;
}

static void
drop_request(struct sync_push *push, struct request *request)
{
	TAILQ_REMOVE(&push->pending, request, entry);
	push->npending--;
	free_request(request);
}

/* Offer the next domain. */
static void
write_have(struct sync_push *push)
{
	const size_t domain = push->next++;
	struct request *request;
	struct ks_error error;
	char digest[KS_DIGEST_SIZE];

	if ((request = add_request(push, SYNC_HAVE, domain)) == NULL)
		return;
	if (known_read(&request->known, push->means.ks,
	    push->means.domains[domain], digest, &error) != 0) {
		note_failure(push, domain, error.text);
		drop_request(push, request);
		return;
	}
	(void)set_line(push, SYNC_HAVE, push->means.domains[domain], digest);
}

/* Push the next domain that is wanted. */
static void
write_domain(struct sync_push *push)
{
	struct request *wanted = TAILQ_FIRST(&push->wanted), *request;
	const size_t domain = wanted->domain;
	struct ks_error error;

	TAILQ_REMOVE(&push->wanted, wanted, entry);
	free_request(wanted);
	if ((request = add_request(push, SYNC_COMMIT, domain)) == NULL)
		return;
	if (bundle_print(push->means.ks, push->means.domains[domain],
	    &request->known, &push->chunk, &push->chunklen, &error) != 0) {
		note_failure(push, domain, error.text);
		drop_request(push, request);
	}
}

static void
write_gone(struct sync_push *push)
{
	const size_t domain = push->next_gone++;

	if (add_request(push, SYNC_GONE, domain) != NULL)
		(void)set_line(push, SYNC_GONE, push->means.gone[domain],
		    NULL);
}

size_t
sync_push_give(struct sync_push *push, const char **chunk)
{
	drop_chunk(push);
	while (push->chunk == NULL && !push->is_over) {
		if (!push->has_begun) {
			push->has_begun = true;
			write_hello(push);
		} else if (!push->is_ready || push->npending >= WINDOW ||
		    push->has_said_end)
			return 0;
		else if (!TAILQ_EMPTY(&push->wanted))
			write_domain(push);
		else if (push->next < push->means.ndomains)
			write_have(push);
		else if (push->next_gone < push->means.ngone)
			write_gone(push);
		else if (push->npending > 0)
			return 0;
		else if (add_request(push, SYNC_END, 0) != NULL) {
			push->has_said_end = true;
			(void)set_line(push, SYNC_END, NULL, NULL);
		}
	}
	*chunk = push->chunk;
	return push->is_over ? SYNC_PUSH_END : push->chunklen;
}

/* -- Answers ------------------------------------------------------------- */

static int
refuse(struct sync_push *push, const char *text)
{
	(void)strlcpy(push->error.text, text, sizeof(push->error.text));
	return KS_E_ARG;
}

/* The host has this state of the domain. */
static int
acknowledge(struct sync_push *push, struct request *request)
{
	if (known_list_add(&push->list, &request->known, push->record,
	    push->means.clock()) != 0) {
		end_badly(push, "out of memory");
		return KS_E_NOMEM;
	}
	push->is_known[request->domain] = true;
	return 0;
}

static int
want(struct sync_push *push, struct request *request)
{
	TAILQ_REMOVE(&push->pending, request, entry);
	push->npending--;
	TAILQ_INSERT_TAIL(&push->wanted, request, entry);
	return 0;
}

static int
take_same(struct sync_push *push, struct request *request)
{
	int r;

	/* A proof that was lost is made again. */
	if (known_lacks_proof(&request->known, push->record,
	    push->means.clock()))
		return want(push, request);
	r = acknowledge(push, request);
	drop_request(push, request);
	return r;
}

static int
take_taken(struct sync_push *push, struct request *request)
{
	const char *selector;
	struct ks_error text;
	int r = 0;

	push->outcome.ntaken++;
	if (request->kind == SYNC_COMMIT) {
		r = acknowledge(push, request);
		selector = known_unproved(&request->known);
		if (selector != NULL) {
			(void)snprintf(text.text, sizeof(text.text), "no test "
			    "signature with key %s verifies: it cannot be used "
			    "there", selector);
			note_failure(push, request->domain, text.text);
		}
	}
	drop_request(push, request);
	return r;
}

static int
take_failed(struct sync_push *push, struct request *request, const char *text)
{
	if (request->kind == SYNC_GONE) {
		push->outcome.nfailed++;
		end_badly(push, text);
		return KS_E_ARG;
	}
	note_failure(push, request->domain, text);
	drop_request(push, request);
	return 0;
}

/* What is known of the key; a proof must verify. */
static int
take_key(struct sync_push *push, struct request *request,
    const struct sync_message *message)
{
	struct known_key *key;

	if ((key = known_find(&request->known, message->selector)) == NULL)
		return refuse(push, "used or proof: SELECTOR is no key that "
		    "was named");
	if (message->kind == SYNC_USED) {
		key->was_told = true;
		key->used = message->when;
	} else
		key->is_proved = sync_proof_verify(message->domain, key->key,
		    push->challenge, message->rest);
	return 0;
}

/* Whether a request may have that answer. */
static bool
fits(enum sync_kind request, enum sync_kind answer)
{
	switch (answer) {
	case SYNC_USED:
		return request == SYNC_HAVE || request == SYNC_COMMIT;
	case SYNC_PROOF:
		return request == SYNC_COMMIT;
	case SYNC_SAME:
	case SYNC_WANT:
		return request == SYNC_HAVE;
	case SYNC_TAKEN:
		return request == SYNC_COMMIT || request == SYNC_GONE;
	case SYNC_FAILED:
		return request != SYNC_END;
	case SYNC_DONE:
		return request == SYNC_END;
	default:
		return false;
	}
}

static int
take_answer(struct sync_push *push, const struct sync_message *message)
{
	struct request *request = TAILQ_FIRST(&push->pending);

	if (request == NULL || !fits(request->kind, message->kind))
		return refuse(push, "an answer that is not expected here");
	if (message->kind == SYNC_DONE) {
		push->outcome.is_done = push->is_over = true;
		return 0;
	}
	if (strcmp(message->domain, request->kind == SYNC_GONE ?
	    push->means.gone[request->domain] :
	    push->means.domains[request->domain]) != 0)
		return refuse(push, "an answer about another domain");
	switch (message->kind) {
	case SYNC_SAME:
		return take_same(push, request);
	case SYNC_WANT:
		return want(push, request);
	case SYNC_TAKEN:
		return take_taken(push, request);
	case SYNC_FAILED:
		return take_failed(push, request, message->rest);
	default:
		return take_key(push, request, message);
	}
}

static int
take_line(void *context, char *line)
{
	struct sync_push *push = context;
	struct sync_message message;
	int r;

	if (push->is_over)
		return refuse(push, "a line after the end");
	if ((r = sync_message_parse(line, &message, &push->error)) != 0)
		return r;
	if (push->is_ready)
		return take_answer(push, &message);
	if (message.kind == SYNC_READY && push->has_begun)
		push->is_ready = true;
	else if (message.kind == SYNC_REFUSED)
		end_badly(push, message.rest);
	else
		return refuse(push, "the first line is not that of "
		    "countersign-key receive");
	return 0;
}

void
sync_push_take(struct sync_push *push, const char *chunk, size_t len)
{
	struct ks_error text;

	if (push->is_over || sync_lines_add(&push->lines, chunk, len,
	    take_line, push, &push->error) == 0)
		return;
	(void)snprintf(text.text, sizeof(text.text), "not an answer of "
	    "countersign-key receive: line %zu: %.800s", push->lines.number,
	    push->error.text);
	push->outcome.is_done = false;
	end_badly(push, text.text);
}

int
sync_push_finish(struct sync_push *push, struct sync_outcome *outcome,
    struct ks_host_record *record)
{
	int r;

	*outcome = push->outcome;
	r = known_list_keep(&push->list, push->record, push->means.domains,
	    push->is_known, push->means.ndomains);
	if (r == 0)
		known_list_move(&push->list, record);
	return r;
}
