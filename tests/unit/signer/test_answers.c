/* SPDX-License-Identifier: ISC */

/*
 * What the signer answers, octet by octet: which requests are malformed and
 * get no answer, which are refused, and what the answers contain.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hourly.h"
#include "base/log.h"
#include "keydir.h"
#include "signer/answers.h"

#define NOW	1790000000
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define DOMAIN	"example.com"

static struct keydir store;
static EVP_PKEY *rsa;
static struct answerer answerer;
static char block[2048];
static size_t blocklen;
static char logged[4096];
static size_t nlogged;

void	__wrap_log_warnx(enum message_id id, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));
void	__wrap_log_info(enum message_id id, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));

void
__wrap_log_warnx(enum message_id id, const char *format, ...)
{
	va_list ap;

	assert_true(id == M_REQUEST_REFUSED || id == M_SIGNATURES_LIMITED);
	va_start(ap, format);
	(void)vsnprintf(logged, sizeof(logged), format, ap);
	va_end(ap);
	nlogged++;
}

void
__wrap_log_info(enum message_id id, const char *format, ...)
{
	va_list ap;

	assert_int_equal(id, M_SIGNED);
	va_start(ap, format);
	(void)vsnprintf(logged, sizeof(logged), format, ap);
	va_end(ap);
	nlogged++;
}

static void
set_stream(struct ks_key *key)
{
	key->stream = "desk";
}

static int
setup(void **state)
{
	struct keydir_block text;

	(void)state;
	keydir_make(&store);
	rsa = keydir_add(&store, DOMAIN, "s1", DKIMSIG_RSA_SHA256, 1,
	    KS_NEVER);
	(void)keydir_add(&store, DOMAIN, "e1", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	(void)keydir_add(&store, DOMAIN, "desk", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	keydir_change(&store, DOMAIN, "desk", set_stream);
	keydir_block_init(&text, NOW);
	blocklen = keydir_block_write(&text, block, sizeof(block));
	memset(&answerer, 0, sizeof(answerer));
	assert_non_null(answerer.cache = keycache_new(store.ks));
	answerer.now = (struct moment){ NOW, 100 };
	nlogged = 0;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keycache_free(answerer.cache);
	keydir_remove(&store);
	return 0;
}

/* -- Requests ------------------------------------------------------------- */

static void
put_text(struct wire_writer *writer, const char *text)
{
	wire_put_string(writer, text, strlen(text));
}

static void
put_block(struct wire_writer *writer, const char *domain, const char *stream,
    const char *selector, enum dkimsig_algorithm algorithm)
{
	put_text(writer, domain);
	put_text(writer, stream);
	put_text(writer, selector);
	wire_put_u8(writer, (uint8_t)algorithm);
	wire_put_string(writer, block, blocklen);
}

/* Ask, and free the request: what answer_request() returns. */
static int
ask(enum ipc_type type, struct wire_writer *request, enum ipc_type *got,
    struct wire_writer *answer)
{
	struct ipc_message message = { .type = (uint8_t)type };
	int r;

	message.payload = request->data;
	message.len = request->len;
	wire_writer_init(answer, 65536);
	*got = type;
	r = answer_request(&answerer, &message, got, answer);
	wire_writer_finish(request);
	return r;
}

/* A request that gets no answer. */
static void
check_malformed(enum ipc_type type, struct wire_writer *request)
{
	struct wire_writer answer;
	enum ipc_type got;

	assert_int_equal(ask(type, request, &got, &answer), IPC_E_MALFORMED);
	wire_writer_finish(&answer);
}

/* -- Lists of keys -------------------------------------------------------- */

/* The selectors of a list, with algorithm and strictness, after its status. */
static const char *
list_keys(const char *domain, const char *stream, int refresh)
{
	static char text[256];
	struct wire_writer request, answer;
	struct wire_reader reader;
	enum ipc_type type;
	char selector[KS_SELECTOR_SIZE];
	unsigned int status;
	size_t len;
	uint32_t i, n;

	wire_writer_init(&request, 65536);
	put_text(&request, domain);
	put_text(&request, stream);
	wire_put_u8(&request, (uint8_t)refresh);
	assert_int_equal(ask(IPC_KEYS_REQ, &request, &type, &answer), 0);
	assert_int_equal(type, IPC_KEYS_REP);
	wire_reader_init(&reader, answer.data, answer.len);
	status = wire_get_u8(&reader);
	len = (size_t)snprintf(text, sizeof(text), "%u%s", status,
	    wire_get_u8(&reader) > 0 ? " trusted" : "");
	n = wire_get_u32(&reader);
	for (i = 0; i < n; i++) {
		wire_get_text(&reader, selector, sizeof(selector));
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    " %s:%u", selector, wire_get_u8(&reader));
		assert_int_equal(wire_get_u8(&reader), 0);
	}
	assert_true(wire_reader_is_complete(&reader));
	wire_writer_finish(&answer);
	return text;
}

static void
test_keys(void **state)
{
	char want[64];

	(void)state;
	(void)snprintf(want, sizeof(want), "%d trusted s1:%d e1:%d", IPC_OK,
	    DKIMSIG_RSA_SHA256, DKIMSIG_ED25519_SHA256);
	assert_string_equal(list_keys(DOMAIN, "", 0), want);
	assert_string_equal(list_keys(DOMAIN, "", 1), want);
	(void)snprintf(want, sizeof(want), "%d trusted desk:%d", IPC_OK,
	    DKIMSIG_ED25519_SHA256);
	assert_string_equal(list_keys(DOMAIN, "desk", 0), want);
	(void)snprintf(want, sizeof(want), "%d trusted", IPC_NO_KEY);
	assert_string_equal(list_keys("example.org", "", 0), want);
	(void)snprintf(want, sizeof(want), "%d", IPC_REFUSED);
	assert_string_equal(list_keys("Example.com", "", 0), want);
	assert_string_equal(list_keys("", "", 0), want);
	assert_string_equal(list_keys(DOMAIN, "../desk", 0), want);
}

static void
test_keys_malformed(void **state)
{
	struct wire_writer request;

	(void)state;
	wire_writer_init(&request, 65536);
	put_text(&request, DOMAIN);
	put_text(&request, "");
	wire_put_u8(&request, 2);
	check_malformed(IPC_KEYS_REQ, &request);
	wire_writer_init(&request, 65536);
	put_text(&request, DOMAIN);
	put_text(&request, "");
	check_malformed(IPC_KEYS_REQ, &request);
	wire_writer_init(&request, 65536);
	put_text(&request, DOMAIN);
	put_text(&request, "");
	wire_put_u8(&request, 0);
	wire_put_u8(&request, 0);
	check_malformed(IPC_KEYS_REQ, &request);
	/* No such request. */
	wire_writer_init(&request, 65536);
	check_malformed(IPC_KEYS_REP, &request);
}

/* -- Signatures ----------------------------------------------------------- */

static void
check_signed(struct wire_reader *reader)
{
	const unsigned char *sig;
	size_t siglen;

	assert_int_equal(wire_get_u8(reader), IPC_OK);
	wire_get_string(reader, &sig, &siglen);
	assert_true(keydir_verify(rsa, DKIMSIG_RSA_SHA256, block, blocklen,
	    sig, siglen));
}

static void
check_unsigned(struct wire_reader *reader, enum ipc_status status)
{
	const unsigned char *sig;
	size_t siglen;

	assert_int_equal(wire_get_u8(reader), status);
	wire_get_string(reader, &sig, &siglen);
	assert_int_equal(siglen, 0);
}

static void
test_signs(void **state)
{
	struct wire_writer request, answer;
	struct wire_reader reader;
	enum ipc_type type;

	(void)state;
	wire_writer_init(&request, 65536);
	wire_put_u32(&request, 7);
	put_block(&request, DOMAIN, "", "s1", DKIMSIG_RSA_SHA256);
	put_block(&request, DOMAIN, "", "s2", DKIMSIG_RSA_SHA256);
	put_block(&request, "example.COM", "", "s1", DKIMSIG_RSA_SHA256);
	put_block(&request, DOMAIN, "a/b", "s1", DKIMSIG_RSA_SHA256);
	put_block(&request, DOMAIN, "desk", "s1", DKIMSIG_RSA_SHA256);
	put_block(&request, DOMAIN, "", "s1", (enum dkimsig_algorithm)99);
	put_block(&request, DOMAIN, "", "s1", DKIMSIG_RSA_SHA256);
	assert_int_equal(ask(IPC_SIGN_REQ, &request, &type, &answer), 0);
	assert_int_equal(type, IPC_SIGN_REP);
	wire_reader_init(&reader, answer.data, answer.len);
	assert_int_equal(wire_get_u8(&reader), IPC_OK);
	assert_int_equal(wire_get_u32(&reader), 7);
	check_signed(&reader);
	check_unsigned(&reader, IPC_REFUSED);
	check_unsigned(&reader, IPC_REFUSED);
	check_unsigned(&reader, IPC_REFUSED);
	check_unsigned(&reader, IPC_REFUSED);
	check_unsigned(&reader, IPC_REFUSED);
	check_signed(&reader);
	assert_true(wire_reader_is_complete(&reader));
	wire_writer_finish(&answer);
	/* Two signatures, and five refusals. */
	assert_int_equal(nlogged, 7);
	assert_string_equal(logged, "signed d=example.com s=s1 a=rsa-sha256 "
	    "bh=\"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"");
}

static void
test_sign_malformed(void **state)
{
	struct wire_writer request;
	size_t i;

	(void)state;
	wire_writer_init(&request, 65536);
	wire_put_u32(&request, 0);
	check_malformed(IPC_SIGN_REQ, &request);
	/* Nothing of a request that is too long is signed. */
	wire_writer_init(&request, 1 << 20);
	wire_put_u32(&request, IPC_MAX_BLOCKS + 1);
	for (i = 0; i < IPC_MAX_BLOCKS + 1; i++)
		put_block(&request, DOMAIN, "", "s1", DKIMSIG_RSA_SHA256);
	check_malformed(IPC_SIGN_REQ, &request);
	/* Nor of one that says more than it has, or less. */
	wire_writer_init(&request, 65536);
	wire_put_u32(&request, 2);
	put_block(&request, DOMAIN, "", "s1", DKIMSIG_RSA_SHA256);
	check_malformed(IPC_SIGN_REQ, &request);
	wire_writer_init(&request, 65536);
	wire_put_u32(&request, 1);
	put_block(&request, DOMAIN, "", "s1", DKIMSIG_RSA_SHA256);
	wire_put_u8(&request, 0);
	check_malformed(IPC_SIGN_REQ, &request);
	assert_int_equal(nlogged, 0);
}

static void
test_most_blocks(void **state)
{
	struct wire_writer request, answer;
	struct wire_reader reader;
	enum ipc_type type;
	size_t i;

	(void)state;
	wire_writer_init(&request, 1 << 20);
	wire_put_u32(&request, IPC_MAX_BLOCKS);
	for (i = 0; i < IPC_MAX_BLOCKS; i++)
		put_block(&request, DOMAIN, "", "s1", DKIMSIG_RSA_SHA256);
	assert_int_equal(ask(IPC_SIGN_REQ, &request, &type, &answer), 0);
	wire_reader_init(&reader, answer.data, answer.len);
	assert_int_equal(wire_get_u8(&reader), IPC_OK);
	assert_int_equal(wire_get_u32(&reader), IPC_MAX_BLOCKS);
	for (i = 0; i < IPC_MAX_BLOCKS; i++)
		check_signed(&reader);
	wire_writer_finish(&answer);
}

/* Ask for one signature: its status. */
static enum ipc_status
sign_one(const char *selector)
{
	struct wire_writer request, answer;
	enum ipc_status status;
	enum ipc_type type;

	wire_writer_init(&request, 65536);
	wire_put_u32(&request, 1);
	put_block(&request, DOMAIN, "", selector, DKIMSIG_RSA_SHA256);
	assert_int_equal(ask(IPC_SIGN_REQ, &request, &type, &answer), 0);
	assert_int_equal(answer.data[0], IPC_OK);
	status = (enum ipc_status)answer.data[5];
	wire_writer_finish(&answer);
	return status;
}

/* Of a flood of refusals, ten are logged in a minute, then their number. */
static void
test_refusals_logged(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LOG_LIMIT_BURST; i++)
		assert_int_equal(sign_one("s2"), IPC_REFUSED);
	assert_int_equal(nlogged, LOG_LIMIT_BURST);
	assert_non_null(strstr(logged, "refused to sign: d=example.com s=s2"));
	assert_null(strstr(logged, "not logged"));
	answerer.now.monotonic += LOG_LIMIT_PERIOD - 1;
	for (i = 0; i < 3; i++)
		assert_int_equal(sign_one("s2"), IPC_REFUSED);
	assert_int_equal(nlogged, LOG_LIMIT_BURST);
	answerer.now.monotonic++;
	assert_int_equal(sign_one("s2"), IPC_REFUSED);
	assert_int_equal(nlogged, LOG_LIMIT_BURST + 1);
	assert_non_null(strstr(logged, "(3 such lines not logged)"));
	assert_int_equal(sign_one("s2"), IPC_REFUSED);
	assert_int_equal(nlogged, LOG_LIMIT_BURST + 2);
	assert_null(strstr(logged, "not logged"));
}

/* A domain gets so many signatures in an hour, and what is over is logged. */
static void
test_hourly(void **state)
{
	struct hourly *hourly;
	int fd;

	(void)state;
	assert_non_null(hourly = hourly_make(&fd));
	hourly_set_limit(hourly, 2);
	answerer.rules.hourly = hourly;
	assert_int_equal(sign_one("s1"), IPC_OK);
	assert_int_equal(sign_one("s1"), IPC_OK);
	assert_int_equal(sign_one("s1"), IPC_LIMITED);
	assert_int_equal(nlogged, 3);
	assert_non_null(strstr(logged, "not signed: d=example.com s=s1: 2 "
	    "signatures in this hour"));
	/* A refusal is none of them. */
	assert_int_equal(sign_one("s2"), IPC_REFUSED);
	assert_false(answerer.is_full_logged);
	hourly_set_limit(hourly, 0);
	assert_int_equal(sign_one("s1"), IPC_OK);
	hourly_free(hourly);
	(void)close(fd);
}

/* -- Our own keys --------------------------------------------------------- */

static const struct {
	const char	*domain, *selector;
	enum ipc_status	 status;
	bool		 is_own;
} owns[] = {
	{ DOMAIN, "s1", IPC_OK, true },
	{ DOMAIN, "S1", IPC_OK, true },
	{ "Example.COM", "s1", IPC_OK, true },
	{ DOMAIN, "s9", IPC_OK, false },
	{ DOMAIN, "", IPC_OK, false },
	{ "example.org", "s1", IPC_OK, false },
	{ "not a domain", "s1", IPC_OK, false },
	{ "", "s1", IPC_OK, false },
};

static void
put_own(struct wire_writer *request, const char *domain,
    const char *selector, size_t digestlen)
{
	static const unsigned char digest[IPC_DIGEST_SIZE + 1];

	wire_writer_init(request, 65536);
	put_text(request, domain);
	put_text(request, selector);
	wire_put_string(request, digest, digestlen);
}

static void
test_own(void **state)
{
	struct wire_writer request, answer;
	enum ipc_type type;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(owns); i++) {
		put_own(&request, owns[i].domain, owns[i].selector,
		    IPC_DIGEST_SIZE);
		assert_int_equal(ask(IPC_OWN_REQ, &request, &type, &answer),
		    0);
		assert_int_equal(type, IPC_OWN_REP);
		assert_int_equal(answer.len, 2);
		if (answer.data[0] != owns[i].status ||
		    answer.data[1] != owns[i].is_own)
			fail_msg("%s %s: %d %d", owns[i].domain,
			    owns[i].selector, answer.data[0], answer.data[1]);
		wire_writer_finish(&answer);
	}
}

static void
test_own_malformed(void **state)
{
	struct wire_writer request;

	(void)state;
	put_own(&request, DOMAIN, "s1", IPC_DIGEST_SIZE - 1);
	check_malformed(IPC_OWN_REQ, &request);
	put_own(&request, DOMAIN, "s1", IPC_DIGEST_SIZE + 1);
	check_malformed(IPC_OWN_REQ, &request);
	put_own(&request, DOMAIN, "s1", IPC_DIGEST_SIZE);
	wire_put_u8(&request, 0);
	check_malformed(IPC_OWN_REQ, &request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keys_malformed, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_signs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sign_malformed, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_most_blocks, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_refusals_logged, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_hourly, setup, teardown),
		cmocka_unit_test_setup_teardown(test_own, setup, teardown),
		cmocka_unit_test_setup_teardown(test_own_malformed, setup,
		    teardown),
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return failed;
}
