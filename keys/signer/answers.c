/* SPDX-License-Identifier: ISC */

/*
 * What the signer answers: a handler for each type of request.
 *
 * A handler reads the payload of a request and writes that of the answer.  It
 * returns 0, or IPC_E_MALFORMED: then no answer is sent.  That a key cannot be
 * used is no error here, but the status of the answer; a refusal is logged.
 */

#include "signer/answers.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/log.h"

static void
log_refusal(struct answerer *answerer, const char *domain,
    const char *selector, const char *why)
{
	char held[64];
	unsigned int nheld;

	if (log_limit_pass(&answerer->faults, answerer->now.monotonic, &nheld))
		log_warnx(M_REQUEST_REFUSED, "refused to sign: d=%s s=%s: %s%s",
		    domain, selector, why, log_limit_held(held, sizeof(held),
		    nheld));
}

/* The domain has got all signatures of this hour. */
static void
log_limited(struct answerer *answerer, const char *domain,
    const char *selector)
{
	struct hourly *hourly = answerer->rules.hourly;
	char held[64];
	unsigned int nheld;

	if (log_limit_pass(&answerer->limited, answerer->now.monotonic,
	    &nheld))
		log_warnx(M_SIGNATURES_LIMITED, "not signed: d=%s s=%s: %u "
		    "signatures in this hour (signatures_per_hour)%s", domain,
		    selector, (unsigned int)hourly_limit(hourly),
		    log_limit_held(held, sizeof(held), nheld));
	if (hourly_is_full(hourly) && !answerer->is_full_logged) {
		answerer->is_full_logged = true;
		log_warnx(M_SIGNATURES_LIMITED, "more than %d domains have "
		    "signed: some share the number of signatures_per_hour",
		    HOURLY_SLOTS);
	}
}

/* The store has only normalized names. */
static bool
is_normalized(const char *domain)
{
	char buf[DKIMSIG_DOMAIN_SIZE];

	return dkimsig_domain_normalize(domain, strlen(domain), buf,
	    sizeof(buf)) == 0 && strcmp(buf, domain) == 0;
}

static bool
is_stream(const char *text)
{
	return text[0] == '\0' || ks_stream_is_valid(text);
}

_Static_assert(KEYCACHE_RECHECK <= IPC_MAX_TRUST,
    "the front must not take a list for malformed");

static int
answer_keys(struct answerer *answerer, struct wire_reader *request,
    struct wire_writer *answer)
{
	struct keycache_key keys[IPC_MAX_KEYS];
	char domain[DKIMSIG_DOMAIN_SIZE], stream[KS_STREAM_SIZE];
	const struct key_owner owner = { .domain = domain, .stream = stream };
	enum ipc_status status;
	unsigned int trusted;
	uint8_t refresh;
	size_t i, nkeys;
	int r;

	wire_get_text(request, domain, sizeof(domain));
	wire_get_text(request, stream, sizeof(stream));
	refresh = wire_get_u8(request);
	if (!wire_reader_is_complete(request) || refresh > 1)
		return IPC_E_MALFORMED;

	nkeys = 0;
	trusted = 0;
	status = IPC_REFUSED;
	if (is_normalized(domain) && is_stream(stream)) {
		r = keycache_active(answerer->cache, &owner, refresh == 1,
		    &answerer->now, keys, IPC_MAX_KEYS, &nkeys, &trusted);
		status = sign_request_status(r);
	}
	wire_put_u8(answer, status);
	wire_put_u8(answer, (uint8_t)trusted);
	wire_put_u32(answer, (uint32_t)nkeys);
	for (i = 0; i < nkeys; i++) {
		wire_put_string(answer, keys[i].selector,
		    strlen(keys[i].selector));
		wire_put_u8(answer, (uint8_t)keys[i].algorithm);
		wire_put_u8(answer, keys[i].strict);
	}
	return 0;
}

/* The front's line about the message has the same bh=. */
static void
log_signed(const struct sign_request *request, const char *algorithm,
    const struct sign_answer *answer)
{
	char hash[(DKIMSIG_HASH_SIZE + 2) / 3 * 4 + 1];
	char value[sizeof(hash) + 3];

	(void)EVP_EncodeBlock((unsigned char *)hash, answer->bodyhash,
	    DKIMSIG_HASH_SIZE);
	log_info(M_SIGNED, "signed d=%s s=%s a=%s bh=%s",
	    request->owner.domain, request->selector, algorithm,
	    log_value(value, sizeof(value), hash, strlen(hash)));
}

static enum ipc_status
sign(struct answerer *answerer, const struct sign_request *request,
    struct sign_answer *answer)
{
	enum ipc_status status;
	const char *algorithm;

	answer->siglen = 0;
	status = IPC_REFUSED;
	algorithm = dkimsig_algorithm_name(request->algorithm);
	if (algorithm == NULL)
		answer->why = "unknown algorithm";
	else if (!is_normalized(request->owner.domain))
		answer->why = "not a normalized domain name";
	else if (!is_stream(request->owner.stream))
		answer->why = "not the name of a stream";
	else
		status = sign_request_answer(answerer->cache,
		    &answerer->rules, request, &answerer->now, answer);

	/* Record the use before the signature is sent, and only if it is. */
	if (status == IPC_OK) {
		keycache_record_use(answerer->cache, &request->owner,
		    request->selector, request->algorithm, &answerer->now);
		log_signed(request, algorithm, answer);
	} else if (status == IPC_REFUSED)
		log_refusal(answerer, request->owner.domain, request->selector,
		    answer->why);
	else if (status == IPC_LIMITED)
		log_limited(answerer, request->owner.domain,
		    request->selector);
	else
		log_debug("not signed: d=%s s=%s: %s",
		    request->owner.domain, request->selector, answer->why);
	return status;
}

/* A block in a request. */
struct asked {
	char	domain[DKIMSIG_DOMAIN_SIZE];
	char	stream[KS_STREAM_SIZE];
	char	selector[KS_SELECTOR_SIZE];
	struct sign_request request;
};

static void
read_asked(struct wire_reader *reader, struct asked *asked)
{
	wire_get_text(reader, asked->domain, sizeof(asked->domain));
	wire_get_text(reader, asked->stream, sizeof(asked->stream));
	wire_get_text(reader, asked->selector, sizeof(asked->selector));
	asked->request.owner.domain = asked->domain;
	asked->request.owner.stream = asked->stream;
	asked->request.selector = asked->selector;
	asked->request.algorithm =
	    (enum dkimsig_algorithm)wire_get_u8(reader);
	wire_get_string(reader, &asked->request.tbs, &asked->request.tbslen);
}

/* Nothing is signed before the whole request has been read. */
static int
answer_sign(struct answerer *answerer, struct wire_reader *reader,
    struct wire_writer *answer)
{
	struct asked asked[IPC_MAX_BLOCKS];
	struct sign_answer signature;
	uint32_t i, n;

	n = wire_get_u32(reader);
	if (n < 1 || n > IPC_MAX_BLOCKS)
		return IPC_E_MALFORMED;
	for (i = 0; i < n; i++)
		read_asked(reader, &asked[i]);
	if (!wire_reader_is_complete(reader))
		return IPC_E_MALFORMED;

	wire_put_u8(answer, IPC_OK);
	wire_put_u32(answer, n);
	for (i = 0; i < n; i++) {
		wire_put_u8(answer, (uint8_t)sign(answerer, &asked[i].request,
		    &signature));
		wire_put_string(answer, signature.sig, signature.siglen);
	}
	return 0;
}

/* A domain name that is not valid is not in the store, so it has no key. */
static int
answer_own(struct answerer *answerer, struct wire_reader *request,
    struct wire_writer *answer)
{
	char given[DKIMSIG_DOMAIN_SIZE], selector[DKIMSIG_DOMAIN_SIZE];
	char domain[DKIMSIG_DOMAIN_SIZE];
	const unsigned char *digest;
	size_t digestlen;
	bool is_own = false;
	int r;

	wire_get_text(request, given, sizeof(given));
	wire_get_text(request, selector, sizeof(selector));
	wire_get_string(request, &digest, &digestlen);
	if (!wire_reader_is_complete(request) ||
	    digestlen != IPC_DIGEST_SIZE)
		return IPC_E_MALFORMED;

	r = dkimsig_domain_normalize(given, strlen(given), domain,
	    sizeof(domain));
	if (r == 0)
		r = keycache_is_own(answerer->cache, domain, selector, digest,
		    &answerer->now, &is_own);
	else
		r = r == DKIMSIG_E_NOMEM ? KS_E_NOMEM : KS_OK;
	wire_put_u8(answer, sign_request_status(r));
	wire_put_u8(answer, is_own);
	return 0;
}

static const struct {
	enum ipc_type	request, answer;
	int		(*handle)(struct answerer *answerer,
			    struct wire_reader *request,
			    struct wire_writer *answer);
} handlers[] = {
	{ IPC_KEYS_REQ,	IPC_KEYS_REP,	answer_keys },
	{ IPC_SIGN_REQ,	IPC_SIGN_REP,	answer_sign },
	{ IPC_OWN_REQ,	IPC_OWN_REP,	answer_own },
};

int
answer_request(struct answerer *answerer, const struct ipc_message *message,
    enum ipc_type *type, struct wire_writer *answer)
{
	struct wire_reader request;
	size_t i;
	int r;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].request == message->type)
			break;
	if (i == sizeof(handlers) / sizeof(handlers[0]))
		return IPC_E_MALFORMED;
	wire_reader_init(&request, message->payload, message->len);
	r = handlers[i].handle(answerer, &request, answer);
	if (r == 0 && answer->failed)
		r = IPC_E_NOMEM;
	*type = handlers[i].answer;
	return r;
}
