/* SPDX-License-Identifier: ISC */

/*
 * The real countersign-signer over its sockets: this program is the master
 * and the front.  Each hostile peer has a good neighbour, which must be
 * served all the same.
 *
 * The path of the program is in COUNTERSIGN_SIGNER.
 */

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/hourly.h"
#include "base/ipc.h"
#include "base/wire.h"
#include "front/signpool.h"
#include "keydir.h"
#include "signer/signer.h"
#include "store/last_use.h"
#include "signone.h"

#define CEILING		"604800"
#define LONG_MS		60000

static struct keydir store;
static EVP_PKEY *rsa;

struct signer {
	pid_t			 pid;
	struct ipc_channel	 control;
	struct signpool		*pool;	/* the neighbour's */
	const struct sign_service *good;
};

static const struct sign_key s1 = { "s1", DKIMSIG_RSA_SHA256, false };

static int64_t
soon(void)
{
	return monotonic_ms() + LONG_MS;
}

static pid_t
spawn(const char *keydir, const char *user, int control)
{
	const char *program;
	pid_t pid;
	int null;

	program = getenv("COUNTERSIGN_SIGNER");
	assert_non_null(program);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		/* Its lines are many, and wanted. */
		if ((null = open("/dev/null", O_WRONLY)) != -1)
			(void)dup2(null, STDERR_FILENO);
		if (dup2(control, IPC_CONTROL_FD) != -1)
			(void)execl(program, program, "-f", "-k", keydir,
			    "-x", CEILING, "-u", user, (char *)NULL);
		_exit(127);
	}
	return pid;
}

/* Introduce a socket; the front's end. */
static int
introduce(struct signer *signer)
{
	int fds[2];

	assert_int_equal(ipc_pair(fds), 0);
	assert_int_equal(ipc_send(&signer->control, IPC_CTL_PEER, 0,
	    "\0\0\0\0", 4, fds[1], soon()), 0);
	(void)close(fds[1]);
	return fds[0];
}

static void
neighbour_start(struct signer *signer)
{
	assert_non_null(signer->pool = signpool_new(NULL, NULL));
	assert_int_equal(signpool_add(signer->pool, 0, introduce(signer)), 0);
	signer->good = signpool_service(signer->pool);
}

static void
signer_start(struct signer *signer)
{
	struct ipc_message message;
	int fds[2];

	assert_int_equal(ipc_pair(fds), 0);
	signer->pid = spawn(store.path, "root", fds[1]);
	(void)close(fds[1]);
	ipc_channel_init(&signer->control, fds[0], false);
	assert_int_equal(ipc_receive(&signer->control, &message, soon()), 0);
	assert_int_equal(message.type, IPC_CTL_READY);
	neighbour_start(signer);
}

static int
wait_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* A right block, and its signature by the neighbour's socket. */
static void
assert_serves(struct signer *signer)
{
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	struct keydir_block block;
	char tbs[2048];
	size_t len, siglen;

	keydir_block_init(&block, time(NULL));
	len = keydir_block_write(&block, tbs, sizeof(tbs));
	assert_int_equal(sign_one(signer->good, "example.com", &s1, tbs, len,
	    LONG_MS, sig, &siglen), 0);
	assert_true(keydir_verify(rsa, DKIMSIG_RSA_SHA256, tbs, len, sig,
	    siglen));
}

/* Stop it, and see that it was alive until then, and said so if asked. */
static void
signer_stop(struct signer *signer)
{
	struct ipc_message message;

	assert_serves(signer);
	assert_int_equal(ipc_send(&signer->control, IPC_CTL_PING, 0, NULL, 0,
	    -1, soon()), 0);
	assert_int_equal(ipc_receive(&signer->control, &message, soon()), 0);
	assert_int_equal(message.type, IPC_CTL_PONG);
	assert_int_equal(ipc_send(&signer->control, IPC_CTL_STOP, 0, NULL, 0,
	    -1, soon()), 0);
	assert_int_equal(wait_status(signer->pid), 0);
	ipc_channel_finish(&signer->control);
	signpool_free(signer->pool);
}

static int
setup(void **state)
{
	(void)state;
	keydir_make(&store);
	rsa = keydir_add(&store, "example.com", "s1", DKIMSIG_RSA_SHA256, 1,
	    KS_NEVER);
	(void)keydir_add(&store, "example.com", "retired",
	    DKIMSIG_RSA_SHA256, 1, 2);
	(void)keydir_add(&store, "example.com", "e1",
	    DKIMSIG_ED25519_SHA256, 1, KS_NEVER);
	(void)keydir_add(&store, "example.com", "handed-over",
	    DKIMSIG_RSA_SHA256, 1, time(NULL));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keydir_remove(&store);
	keydir_free_keys();
	return 0;
}

/* Ask for the keys of a domain by the neighbour's socket. */
static int
list_keys(const struct signer *signer, const char *domain,
    struct sign_key keys[SIGN_MAX_KEYS], size_t *nkeys)
{
	return signer->good->list_keys(signer->good->arg, domain, "", true,
	    LONG_MS, keys, nkeys);
}

static void
test_keys(void **state)
{
	struct sign_key keys[SIGN_MAX_KEYS];
	struct signer signer;
	size_t nkeys;

	(void)state;
	signer_start(&signer);
	assert_int_equal(list_keys(&signer, "example.com", keys, &nkeys), 0);
	assert_int_equal(nkeys, 2);
	assert_string_equal(keys[0].selector, "s1");
	assert_int_equal(keys[0].algorithm, DKIMSIG_RSA_SHA256);
	assert_string_equal(keys[1].selector, "e1");
	assert_int_equal(keys[1].algorithm, DKIMSIG_ED25519_SHA256);
	assert_int_equal(list_keys(&signer, "example.net", keys, &nkeys),
	    SIGN_E_NOKEY);
	assert_int_equal(list_keys(&signer, "Example.com", keys, &nkeys),
	    SIGN_E_REFUSED);
	assert_int_equal(list_keys(&signer, "../example.com", keys, &nkeys),
	    SIGN_E_REFUSED);
	assert_int_equal(list_keys(&signer, "", keys, &nkeys),
	    SIGN_E_REFUSED);
	signer_stop(&signer);
}

static void
test_own_keys(void **state)
{
	static const unsigned char digest[DKIMSIG_HASH_SIZE];
	static const struct {
		const char	*domain, *selector;
		bool		 own;
	} cases[] = {
		{ "example.com",	"s1",		true },
		{ "example.com",	"E1",		true },
		{ "example.com",	"retired",	true },
		{ "Example.COM.",	"s1",		true },
		{ "example.com",	"s2",		false },
		{ "example.com",	"",		false },
		{ "example.net",	"s1",		false },
		{ "_under.example.com",	"s1",		false },
		{ "../example.com",	"s1",		false },
		{ "",			"s1",		false },
	};
	struct signer signer;
	bool is_own;
	size_t i;

	(void)state;
	signer_start(&signer);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (signer.good->check_own(signer.good->arg, cases[i].domain,
		    cases[i].selector, digest, LONG_MS, &is_own) != 0 ||
		    is_own != cases[i].own)
			fail_msg("%s %s", cases[i].domain,
			    cases[i].selector);
	signer_stop(&signer);
}

/* Ask for a signature, over a right block, by a key of example.com. */
static int
sign_with(struct signer *signer, const char *selector)
{
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	struct keydir_block block;
	struct sign_key key = { .algorithm = DKIMSIG_RSA_SHA256 };
	char tbs[2048];
	size_t len, siglen;

	keydir_block_init(&block, time(NULL));
	block.selector = selector;
	len = keydir_block_write(&block, tbs, sizeof(tbs));
	(void)strlcpy(key.selector, selector, sizeof(key.selector));
	return sign_one(signer->good, "example.com", &key, tbs, len, LONG_MS,
	    sig, &siglen);
}

static int64_t
last_use(const char *selector)
{
	struct ks_error error;
	int64_t last;

	if (ks_used_read(store.ks, "example.com", selector, &last,
	    &error) != 0)
		fail_msg("%s", error.text);
	return last;
}

static void
give_table(struct signer *signer, int fd)
{
	assert_int_equal(ipc_send(&signer->control, IPC_CTL_HOURLY, 0, NULL, 0,
	    fd, soon()), 0);
}

/* At a new hour, all may be had again: wait until one is far away. */
static void
avoid_end_of_hour(void)
{
	struct timespec rest = { 0 };
	const time_t left = 3600 - time(NULL) % 3600;

	if (left < 120) {
		rest.tv_sec = left + 2;
		(void)nanosleep(&rest, NULL);
	}
}

/* Two signers keep to one number, also when one of them is another process. */
static void
test_hourly(void **state)
{
	struct signer signers[2];
	struct hourly *hourly;
	int fd, i, nsigned = 0, nlimited = 0, r;

	(void)state;
	(void)keydir_add(&store, "example.com", "counted", DKIMSIG_RSA_SHA256,
	    1, KS_NEVER);
	avoid_end_of_hour();
	assert_non_null(hourly = hourly_make(&fd));
	hourly_set_limit(hourly, 20);
	for (i = 0; i < 2; i++) {
		signer_start(&signers[i]);
		give_table(&signers[i], fd);
	}
	for (i = 0; i < 40; i++) {
		r = sign_with(&signers[i % 2], "counted");
		nsigned += r == SIGN_OK;
		nlimited += r == SIGN_E_LIMITED;
		if (i != 10)
			continue;
		/* A block that is refused is not counted. */
		assert_int_equal(sign_with(&signers[0], "other"),
		    SIGN_E_NOKEY);
		hourly_set_limit(hourly, 1000);
		signer_stop(&signers[0]);
		signer_start(&signers[0]);
		give_table(&signers[0], fd);
		hourly_set_limit(hourly, 20);
	}
	/* signer_stop() has one made, too. */
	assert_int_equal(nsigned, 19);
	assert_int_equal(nlimited, 21);
	hourly_set_limit(hourly, 0);
	keydir_set_times(&store, "example.com", "counted", 1, 2);
	for (i = 0; i < 2; i++)
		signer_stop(&signers[i]);
	hourly_free(hourly);
	(void)close(fd);
}

/* Without the table that it should have, a signer signs nothing. */
static void
test_no_table(void **state)
{
	struct signer signer;

	(void)state;
	signer_start(&signer);
	assert_int_equal(ipc_send(&signer.control, IPC_CTL_HOURLY, 0, NULL, 0,
	    -1, soon()), 0);
	assert_int_equal(WEXITSTATUS(wait_status(signer.pid)), 1);
	ipc_channel_finish(&signer.control);
	signpool_free(signer.pool);
}

static void
set_revoked(struct ks_key *key)
{
	key->revoked = time(NULL);
}

/*
 * A key that retired is not offered, but goes on for a while, unless it is
 * revoked; a new one signs at once for who knows of it.
 */
static void
test_handover(void **state)
{
	struct sign_key keys[SIGN_MAX_KEYS];
	struct signer signer;
	size_t nkeys;

	(void)state;
	signer_start(&signer);
	assert_int_equal(list_keys(&signer, "example.com", keys, &nkeys), 0);
	assert_int_equal(nkeys, 2);
	assert_int_equal(sign_with(&signer, "handed-over"), SIGN_OK);
	assert_int_equal(sign_with(&signer, "retired"), SIGN_E_NOKEY);
	(void)keydir_add(&store, "example.com", "new", DKIMSIG_RSA_SHA256, 1,
	    KS_NEVER);
	assert_int_equal(sign_with(&signer, "new"), SIGN_OK);
	keydir_set_times(&store, "example.com", "new", 1, time(NULL));
	keydir_change(&store, "example.com", "new", set_revoked);
	signer_stop(&signer);
	signer_start(&signer);
	assert_int_equal(sign_with(&signer, "new"), SIGN_E_NOKEY);
	signer_stop(&signer);
}

/* When an answer is there, the use is recorded; and for no other reason. */
static void
test_use(void **state)
{
	struct signer signer;
	char path[128];
	int64_t before;

	(void)state;
	(void)keydir_add(&store, "example.com", "used", DKIMSIG_RSA_SHA256,
	    1, time(NULL) + 3600);
	signer_start(&signer);
	assert_int_equal(sign_with(&signer, "used2"), SIGN_E_NOKEY);
	assert_int_equal(last_use("used2"), KS_USE_UNKNOWN);
	assert_int_equal(last_use("used"), KS_NEVER);
	before = time(NULL);
	assert_int_equal(sign_with(&signer, "used"), SIGN_OK);
	assert_true(last_use("used") >= before);
	assert_true(last_use("used") <= time(NULL));
	signer_stop(&signer);

	/* The signer makes no file, and signs without one. */
	(void)snprintf(path, sizeof(path), "%s/example.com/used.used",
	    store.path);
	assert_int_equal(unlink(path), 0);
	signer_start(&signer);
	assert_int_equal(sign_with(&signer, "used"), SIGN_OK);
	assert_int_equal(last_use("used"), KS_USE_UNKNOWN);
	/* Retired by hand, so that other tests find what they look for. */
	keydir_set_times(&store, "example.com", "used", 1, 2);
	signer_stop(&signer);
}

/* Refused requests get an answer, and keep their socket. */
static void
test_refused(void **state)
{
	static const struct {
		const char	*name;
		const char	*domain, *selector;	/* of the request */
		uint8_t		 algorithm;
		const char	*more;
		int64_t		 lifetime;
		int		 want;
	} cases[] = {
		{ "right", "example.com", "s1", DKIMSIG_RSA_SHA256, NULL,
		    3600, SIGN_OK },
		{ "other domain", "example.net", "s1", DKIMSIG_RSA_SHA256,
		    NULL, 3600, SIGN_E_REFUSED },
		{ "other selector", "example.com", "s2", DKIMSIG_RSA_SHA256,
		    NULL, 3600, SIGN_E_REFUSED },
		{ "other algorithm", "example.com", "s1",
		    DKIMSIG_ED25519_SHA256, NULL, 3600, SIGN_E_REFUSED },
		{ "unknown algorithm", "example.com", "s1", 9, NULL, 3600,
		    SIGN_E_REFUSED },
		{ "path", "../example.com", "s1", DKIMSIG_RSA_SHA256, NULL,
		    3600, SIGN_E_REFUSED },
		{ "l=", "example.com", "s1", DKIMSIG_RSA_SHA256, "l=1; ",
		    3600, SIGN_E_REFUSED },
		{ "x= over -x", "example.com", "s1", DKIMSIG_RSA_SHA256,
		    NULL, 604801, SIGN_E_REFUSED },
	};
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	struct keydir_block block;
	struct sign_key key;
	struct signer signer;
	char tbs[2048];
	size_t i, len, siglen;

	(void)state;
	signer_start(&signer);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		keydir_block_init(&block, time(NULL));
		block.more = cases[i].more;
		block.expires = block.timestamp + cases[i].lifetime;
		len = keydir_block_write(&block, tbs, sizeof(tbs));
		(void)strlcpy(key.selector, cases[i].selector,
		    sizeof(key.selector));
		key.algorithm = (enum dkimsig_algorithm)cases[i].algorithm;
		if (sign_one(signer.good, cases[i].domain, &key, tbs, len,
		    LONG_MS, sig, &siglen) != cases[i].want)
			fail_msg("%s", cases[i].name);
	}
	/* Rubbish as a block, up to the largest that fits. */
	for (len = 0; len <= 320000; len = len * 2 + 1) {
		char *rubbish = calloc(1, len + 1);

		assert_non_null(rubbish);
		assert_int_equal(sign_one(signer.good, "example.com", &s1,
		    rubbish, len, LONG_MS, sig, &siglen), SIGN_E_REFUSED);
		free(rubbish);
	}
	signer_stop(&signer);
}

static void
set_stream(struct ks_key *key)
{
	key->stream = "desk";
}

/*
 * A stream has the keys of its own, and no others: what names another stream,
 * or none, is refused and keeps its socket.
 */
static void
test_streams(void **state)
{
	static const struct {
		const char	*stream, *keys;		/* listed */
		int		 s1, desk;		/* what signing gives */
	} cases[] = {
		{ "", "s1 e1 ", SIGN_OK, SIGN_E_REFUSED },
		{ "desk", "desk1 ", SIGN_E_REFUSED, SIGN_OK },
		{ "shop", "", SIGN_E_REFUSED, SIGN_E_REFUSED },
		{ "Desk", NULL, SIGN_E_REFUSED, SIGN_E_REFUSED },
		{ "../desk", NULL, SIGN_E_REFUSED, SIGN_E_REFUSED },
	};
	struct sign_key keys[SIGN_MAX_KEYS], key = s1;
	struct sign_block block = { .domain = "example.com", .key = &key };
	struct keydir_block text;
	struct signer signer;
	char tbs[2048], listed[256];
	size_t i, j, n;
	int r;

	(void)state;
	(void)keydir_add(&store, "example.com", "desk1", DKIMSIG_RSA_SHA256,
	    1, KS_NEVER);
	keydir_change(&store, "example.com", "desk1", set_stream);
	signer_start(&signer);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("# stream \"%s\"\n", cases[i].stream);
		r = signer.good->list_keys(signer.good->arg, "example.com",
		    cases[i].stream, true, LONG_MS, keys, &n);
		assert_int_equal(r, cases[i].keys == NULL ? SIGN_E_REFUSED :
		    cases[i].keys[0] == '\0' ? SIGN_E_NOKEY : SIGN_OK);
		listed[0] = '\0';
		for (j = 0; r == 0 && j < n; j++) {
			strlcat(listed, keys[j].selector, sizeof(listed));
			strlcat(listed, " ", sizeof(listed));
		}
		if (r == 0)
			assert_string_equal(listed, cases[i].keys);
		block.stream = cases[i].stream;
		block.tbs = (const unsigned char *)tbs;
		for (j = 0; j < 2; j++) {
			keydir_block_init(&text, time(NULL));
			text.selector = j == 0 ? "s1" : "desk1";
			strlcpy(key.selector, text.selector,
			    sizeof(key.selector));
			block.tbslen = keydir_block_write(&text, tbs,
			    sizeof(tbs));
			signer.good->sign(signer.good->arg, &block, 1,
			    LONG_MS);
			assert_int_equal(block.error, j == 0 ? cases[i].s1 :
			    cases[i].desk);
			assert_int_equal(block.siglen > 0,
			    block.error == SIGN_OK);
		}
	}
	/* Retired by hand, so that other tests find what they look for. */
	keydir_set_times(&store, "example.com", "desk1", 1, 2);
	signer_stop(&signer);
}

/* Blocks of one request are answered in order, each with its own status. */
static void
test_several_blocks(void **state)
{
	static const struct sign_key keys[] = {
		{ "s1", DKIMSIG_RSA_SHA256, false },
		{ "nosuch", DKIMSIG_RSA_SHA256, false },
	};
	struct sign_block blocks[SIGN_MAX_BLOCKS];
	struct keydir_block good;
	struct signer signer;
	char tbs[2048];
	size_t i, len;

	(void)state;
	signer_start(&signer);
	keydir_block_init(&good, time(NULL));
	len = keydir_block_write(&good, tbs, sizeof(tbs));
	for (i = 0; i < SIGN_MAX_BLOCKS; i++) {
		blocks[i].domain = "example.com";
		blocks[i].stream = "";
		blocks[i].key = &keys[i % 3 == 1];
		blocks[i].tbs = (const unsigned char *)(i % 3 == 2 ?
		    "rubbish" : tbs);
		blocks[i].tbslen = i % 3 == 2 ? 7 : len;
	}
	signer.good->sign(signer.good->arg, blocks, SIGN_MAX_BLOCKS, LONG_MS);
	for (i = 0; i < SIGN_MAX_BLOCKS; i++) {
		assert_int_equal(blocks[i].error, i % 3 == 0 ? SIGN_OK :
		    SIGN_E_REFUSED);
		if (i % 3 == 0)
			assert_true(keydir_verify(rsa, DKIMSIG_RSA_SHA256,
			    tbs, len, blocks[i].sig, blocks[i].siglen));
		else
			assert_int_equal(blocks[i].siglen, 0);
	}
	signer_stop(&signer);
}

/* Packets that cost the peer its socket, and nobody else anything. */
static const struct {
	const char	*name;
	const char	*octets;
	size_t		 len;
} broken[] = {
	{ "garbage",		"garbage garbage garbage",	23 },
	{ "short header",	"\4\3\0",			3 },
	{ "wrong version",	"\1\3\0\0\0\0\0\1",		8 },
	{ "reserved octet",	"\4\3\0\1\0\0\0\1",		8 },
	{ "unknown type",	"\4\143\0\0\0\0\0\1",		8 },
	{ "type 0",		"\4\0\0\0\0\0\0\1",		8 },
	{ "an answer",		"\4\4\0\0\0\0\0\1\0\0\0\0\0",	13 },
	{ "a control message",	"\4\23\0\0\0\0\0\1",		8 },
	{ "empty sign request",	"\4\3\0\0\0\0\0\1",		8 },
	{ "no block to sign",	"\4\3\0\0\0\0\0\1\0\0\0\0",	12 },
	{ "too many blocks",	"\4\3\0\0\0\0\0\1\0\0\0\101",	12 },
	{ "fewer blocks",
	    "\4\3\0\0\0\0\0\1\0\0\0\2\0\0\0\1a\0\0\0\0\0\0\0\1b"
	    "\0\0\0\0\1c", 32 },
	{ "a stream of 17 letters",
	    "\4\3\0\0\0\0\0\1\0\0\0\1\0\0\0\1a\0\0\0\21abcdefghijklmnopq"
	    "\0\0\0\1b\0\0\0\0\0", 48 },
	{ "keys of such a stream",
	    "\4\1\0\0\0\0\0\1\0\0\0\1a\0\0\0\21abcdefghijklmnopq\0", 35 },
	{ "NUL in the stream",
	    "\4\1\0\0\0\0\0\1\0\0\0\1a\0\0\0\3d\0k\0", 21 },
	{ "keys request without a stream",
	    "\4\1\0\0\0\0\0\1\0\0\0\1a\0", 14 },
	{ "empty keys request",	"\4\1\0\0\0\0\0\1",		8 },
	{ "length too long",	"\4\1\0\0\0\0\0\1\0\0\0\5abc",	15 },
	{ "length of 4 GB",	"\4\1\0\0\0\0\0\1\377\377\377\377abc", 15 },
	{ "NUL in the domain",	"\4\1\0\0\0\0\0\1\0\0\0\3a\0c",	15 },
	{ "refresh is 2",	"\4\1\0\0\0\0\0\1\0\0\0\1a\0\0\0\0\2", 18 },
	{ "trailing octets",	"\4\1\0\0\0\0\0\1\0\0\0\1a\0\0\0\0\0c",
							19 },
	{ "empty own request",	"\4\5\0\0\0\0\0\1",		8 },
	{ "own, short digest",
	    "\4\5\0\0\0\0\0\1\0\0\0\1a\0\0\0\1b\0\0\0\1c", 23 },
	{ "empty fragment",	"\4\3\1\0\0\0\0\1",		8 },
};

/* How much the signer answers until it closes its end; -1: it does not. */
static ssize_t
answered_octets(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char buf[4096];
	ssize_t n, total;

	total = 0;
	for (;;) {
		if (poll(&pfd, 1, LONG_MS) != 1)
			return -1;
		if ((n = recv(fd, buf, sizeof(buf), 0)) <= 0)
			break;
		total += n;
	}
	return n == 0 || errno == ECONNRESET ? total : -1;
}

/* Whether the signer has closed its end, after any answers. */
static bool
is_closed(int fd)
{
	return answered_octets(fd) != -1;
}

static void
test_broken(void **state)
{
	struct signer signer;
	size_t i;
	int fd;

	(void)state;
	signer_start(&signer);
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		fd = introduce(&signer);
		assert_int_equal(send(fd, broken[i].octets, broken[i].len,
		    MSG_NOSIGNAL), broken[i].len);
		if (!is_closed(fd))
			fail_msg("%s: not closed", broken[i].name);
		(void)close(fd);
		assert_serves(&signer);
	}
	signer_stop(&signer);
}

static void
test_oversize(void **state)
{
	static unsigned char packet[IPC_MAX_PACKET + 1] = { IPC_VERSION, 3 };
	struct signer signer;
	size_t total;
	int fd;

	(void)state;
	signer_start(&signer);
	/* One packet that is too big. */
	fd = introduce(&signer);
	assert_int_equal(send(fd, packet, sizeof(packet), MSG_NOSIGNAL),
	    sizeof(packet));
	assert_true(is_closed(fd));
	(void)close(fd);

	/* Fragments that never end. */
	fd = introduce(&signer);
	packet[2] = 1;
	for (total = 0; total <= 2 * IPC_MAX_MESSAGE;
	    total += IPC_MAX_PACKET - IPC_HEADER_SIZE)
		if (send(fd, packet, IPC_MAX_PACKET, MSG_NOSIGNAL) == -1)
			break;
	assert_true(is_closed(fd));
	(void)close(fd);

	/* Fragments of two messages mixed. */
	fd = introduce(&signer);
	assert_int_equal(send(fd, "\4\3\1\0\0\0\0\1x", 9, MSG_NOSIGNAL), 9);
	(void)send(fd, "\4\3\0\0\0\0\0\2x", 9, MSG_NOSIGNAL);
	assert_true(is_closed(fd));
	(void)close(fd);
	signer_stop(&signer);
}

/* Half a message from each of many peers, kept waiting or cut off. */
static void
test_half_messages(void **state)
{
	struct signer signer;
	int fds[20];
	size_t i;

	(void)state;
	signer_start(&signer);
	for (i = 0; i < 20; i++) {
		fds[i] = introduce(&signer);
		assert_int_equal(send(fds[i], "\4\3\1\0\0\0\0\1x", 9,
		    MSG_NOSIGNAL), 9);
	}
	assert_serves(&signer);
	for (i = 0; i < 20; i += 2)
		(void)close(fds[i]);
	assert_serves(&signer);
	for (i = 1; i < 20; i += 2)
		(void)close(fds[i]);
	signer_stop(&signer);
}

static size_t
count_fds(pid_t pid)
{
	char path[64];
	size_t n;
	int i;

	n = 0;
	for (i = 0; i < 256; i++) {
		(void)snprintf(path, sizeof(path), "/proc/%ld/fd/%d",
		    (long)pid, i);
		if (access(path, F_OK) == 0 || errno == EACCES)
			n++;
	}
	return n;
}

/* Attach a descriptor to a packet. */
static void
send_fd(int to, int fd, const void *packet, size_t len)
{
	union {
		struct cmsghdr	 align;
		char		 buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct cmsghdr *cmsg;
	struct msghdr msg;
	struct iovec iov;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	memcpy(&iov.iov_base, &packet, sizeof(packet));
	iov.iov_len = len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control.buf;
	msg.msg_controllen = sizeof(control.buf);
	cmsg = CMSG_FIRSTHDR(&msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	assert_int_equal(sendmsg(to, &msg, MSG_NOSIGNAL), len);
}

static void
test_descriptors_sent_along(void **state)
{
	struct signer signer;
	size_t before;
	int fd, i;

	(void)state;
	signer_start(&signer);
	assert_serves(&signer);
	before = count_fds(signer.pid);
	for (i = 0; i < 50; i++) {
		fd = introduce(&signer);
		send_fd(fd, STDERR_FILENO,
		    "\4\1\0\0\0\0\0\1\0\0\0\1a\0\0\0\0\0", 18);
		assert_true(is_closed(fd));
		(void)close(fd);
	}
	assert_serves(&signer);
	assert_int_equal(count_fds(signer.pid), before);
	signer_stop(&signer);
}

/* A flood of requests with an answer each, and the neighbour in between. */
static void
test_flood(void **state)
{
	struct sign_key keys[SIGN_MAX_KEYS];
	struct signpool *pool;
	const struct sign_service *flood;
	struct signer signer;
	char name[64];
	size_t nkeys;
	int i, r;

	(void)state;
	signer_start(&signer);
	assert_non_null(pool = signpool_new(NULL, NULL));
	assert_int_equal(signpool_add(pool, 0, introduce(&signer)), 0);
	flood = signpool_service(pool);
	for (i = 0; i < 10000; i++) {
		(void)snprintf(name, sizeof(name), "d%d.example.org", i);
		r = flood->list_keys(flood->arg, i % 2 == 0 ? "example.com" :
		    name, "", true, LONG_MS, keys, &nkeys);
		assert_int_equal(r, i % 2 == 0 ? 0 : SIGN_E_NOKEY);
		if (i % 1000 == 0)
			assert_serves(&signer);
	}
	signpool_free(pool);
	signer_stop(&signer);
}

/* One that never reads loses its socket; the signer waits for nobody. */
static void
test_never_reads(void **state)
{
	static const char request[] =
	    "\4\1\0\0\0\0\0\1\0\0\0\13example.com\0\0\0\0\0";
	struct pollfd pfd;
	struct signer signer;
	int fd, i;

	(void)state;
	signer_start(&signer);
	fd = introduce(&signer);
	for (i = 0; i < 100000; i++)
		if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) ==
		    -1)
			break;
	assert_int_not_equal(i, 100000);
	assert_serves(&signer);
	pfd.fd = fd;
	pfd.events = POLLIN;
	assert_int_equal(poll(&pfd, 1, LONG_MS), 1);
	assert_true(is_closed(fd));
	(void)close(fd);
	signer_stop(&signer);
}

/* More sockets than it serves: those beyond are closed, all others served. */
static void
test_too_many_peers(void **state)
{
	struct signer signer;
	int fds[100];
	size_t i, nclosed;

	(void)state;
	signer_start(&signer);
	for (i = 0; i < 100; i++) {
		fds[i] = introduce(&signer);
		assert_serves(&signer);
	}
	/* The last one is looked at in the turn of the last answer. */
	assert_serves(&signer);
	nclosed = 0;
	for (i = 0; i < 100; i++) {
		struct pollfd pfd = { .fd = fds[i], .events = POLLIN };

		if (poll(&pfd, 1, 0) == 1)
			nclosed++;
		(void)close(fds[i]);
	}
	assert_int_equal(nclosed, 100 - 63);
	signer_stop(&signer);
}

/* The front dies with requests under way; a new front is served. */
static void
test_death_of_peers(void **state)
{
	static const char request[] =
	    "\4\1\0\0\0\0\0\1\0\0\0\13example.com\0\0\0\0\0";
	struct signer signer;
	int fd, i;

	(void)state;
	signer_start(&signer);
	for (i = 0; i < 200; i++) {
		fd = introduce(&signer);
		assert_int_equal(send(fd, request, sizeof(request) - 1,
		    MSG_NOSIGNAL), sizeof(request) - 1);
		(void)close(fd);
	}
	signpool_free(signer.pool);
	neighbour_start(&signer);
	signer_stop(&signer);
}

/* A socket of a front that has ended is worth nothing, whoever has it. */
static void
test_epoch(void **state)
{
	static const char request[] =
	    "\4\1\0\0\0\0\0\1\0\0\0\13example.com\0\0\0\0\0";
	struct signer signer;
	size_t before;
	int kept[4], round, status, i;

	(void)state;
	signer_start(&signer);
	assert_serves(&signer);
	before = count_fds(signer.pid);
	for (round = 0; round < SIGNER_MAX_PEERS / 2; round++) {
		for (i = 0; i < 4; i++)
			kept[i] = introduce(&signer);
		/* A request that waits for its turn is not answered, either. */
		assert_int_equal(kill(signer.pid, SIGSTOP), 0);
		assert_int_equal(waitpid(signer.pid, &status, WUNTRACED),
		    signer.pid);
		assert_int_equal(send(kept[0], request, sizeof(request) - 1,
		    MSG_NOSIGNAL), sizeof(request) - 1);
		assert_int_equal(ipc_send(&signer.control, IPC_CTL_EPOCH, 0,
		    NULL, 0, -1, soon()), 0);
		signpool_free(signer.pool);
		neighbour_start(&signer);
		assert_int_equal(kill(signer.pid, SIGCONT), 0);
		for (i = 0; i < 4; i++) {
			assert_int_equal(answered_octets(kept[i]), 0);
			(void)close(kept[i]);
		}
		assert_serves(&signer);
	}
	assert_int_equal(count_fds(signer.pid), before);
	signer_stop(&signer);
}

/* Rubbish on the control socket is ignored; its end is the end. */
static void
test_control(void **state)
{
	struct signer signer;

	(void)state;
	signer_start(&signer);
	assert_int_equal(send(signer.control.fd, "garbage garbage", 15,
	    MSG_NOSIGNAL), 15);
	assert_int_equal(ipc_send(&signer.control, IPC_CTL_RELOAD, 0, NULL,
	    0, -1, soon()), 0);
	assert_int_equal(ipc_send(&signer.control, IPC_CTL_PEER, 0, NULL, 0,
	    -1, soon()), 0);
	assert_serves(&signer);
	/* Signals for the whole group are the master's business. */
	assert_int_equal(kill(signer.pid, SIGTERM), 0);
	assert_int_equal(kill(signer.pid, SIGINT), 0);
	assert_int_equal(kill(signer.pid, SIGHUP), 0);
	assert_serves(&signer);
	ipc_channel_finish(&signer.control);
	assert_int_equal(wait_status(signer.pid), 0);
	signpool_free(signer.pool);
}

/* What comes with a message from the master that needs none is closed. */
static void
test_control_descriptors(void **state)
{
	struct signer signer;
	size_t before;
	int i;

	(void)state;
	signer_start(&signer);
	assert_serves(&signer);
	before = count_fds(signer.pid);
	for (i = 0; i < 20; i++)
		assert_int_equal(ipc_send(&signer.control, IPC_CTL_RELOAD, 0,
		    NULL, 0, STDERR_FILENO, soon()), 0);
	assert_serves(&signer);
	assert_int_equal(count_fds(signer.pid), before);
	signer_stop(&signer);
}

static void
test_killed(void **state)
{
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	struct signer signer;
	size_t siglen;
	int status;

	(void)state;
	signer_start(&signer);
	assert_serves(&signer);
	assert_int_equal(kill(signer.pid, SIGKILL), 0);
	status = wait_status(signer.pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(sign_one(signer.good, "example.com", &s1, "x", 1, 10,
	    sig, &siglen), SIGN_E_UNAVAILABLE);
	ipc_channel_finish(&signer.control);
	signpool_free(signer.pool);
}

/* The value of a line "Name:\tvalue" in /proc/PID/status. */
static void
read_status(pid_t pid, const char *name, char *value, size_t size)
{
	char path[64], line[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	value[0] = '\0';
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, name, strlen(name)) == 0 &&
		    line[strlen(name)] == ':')
			(void)strlcpy(value, line + strlen(name) + 2, size);
	(void)fclose(file);
	value[strcspn(value, "\n")] = '\0';
}

static void
test_lock_down(void **state)
{
	struct rlimit limit;
	struct signer signer;
	char value[256];

	(void)state;
	signer_start(&signer);
	read_status(signer.pid, "NoNewPrivs", value, sizeof(value));
	assert_string_equal(value, "1");
	assert_int_equal(prlimit(signer.pid, RLIMIT_CORE, NULL, &limit), 0);
	assert_int_equal(limit.rlim_cur, 0);
	assert_int_equal(limit.rlim_max, 0);
	/* stdio, control, key directory and one peer: nothing inherited. */
	assert_serves(&signer);
	if (geteuid() == 0)
		assert_int_equal(count_fds(signer.pid), 6);
	signer_stop(&signer);
}

/* Started as root it becomes another user, without groups, for good. */
static void
test_drops_root(void **state)
{
	struct ipc_message message;
	struct ipc_channel control;
	struct passwd *pw;
	char value[256], want[64];
	int fds[2];
	pid_t pid;

	(void)state;
	pw = getpwnam("nobody");
	if (geteuid() != 0 || pw == NULL) {
		skip();
		return;
	}
	assert_int_equal(chown(store.path, pw->pw_uid, pw->pw_gid), 0);
	assert_int_equal(ipc_pair(fds), 0);
	pid = spawn(store.path, "nobody", fds[1]);
	(void)close(fds[1]);
	ipc_channel_init(&control, fds[0], false);
	assert_int_equal(ipc_receive(&control, &message, soon()), 0);
	(void)snprintf(want, sizeof(want), "%u\t%u\t%u\t%u", pw->pw_uid,
	    pw->pw_uid, pw->pw_uid, pw->pw_uid);
	read_status(pid, "Uid", value, sizeof(value));
	assert_string_equal(value, want);
	(void)snprintf(want, sizeof(want), "%u ", pw->pw_gid);
	read_status(pid, "Groups", value, sizeof(value));
	assert_string_equal(value, want);
	ipc_channel_finish(&control);
	assert_int_equal(wait_status(pid), 0);
	assert_int_equal(chown(store.path, 0, 0), 0);
}

static void
test_cannot_start(void **state)
{
	int fds[2], status;

	(void)state;
	assert_int_equal(ipc_pair(fds), 0);
	status = wait_status(spawn("/nonexistent", "root", fds[1]));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 78);
	assert_int_equal(chmod(store.path, 0777), 0);
	status = wait_status(spawn(store.path, "root", fds[1]));
	assert_int_equal(WEXITSTATUS(status), 78);
	assert_int_equal(chmod(store.path, 0700), 0);
	if (geteuid() == 0) {
		status = wait_status(spawn(store.path, "no-such-user",
		    fds[1]));
		assert_int_equal(WEXITSTATUS(status), 78);
	}
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* The program, whose words go nowhere; control is -1 if a person starts it. */
static pid_t
spawn_with(const char *const arguments[], int control)
{
	const char *program = getenv("COUNTERSIGN_SIGNER");
	const char *argv[8] = { program };
	size_t i;
	pid_t pid;

	assert_non_null(program);
	for (i = 0; arguments[i] != NULL; i++)
		argv[i + 1] = arguments[i];
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		(void)close(STDERR_FILENO);
		if (control == -1)
			(void)close(IPC_CONTROL_FD);
		else if (dup2(control, IPC_CONTROL_FD) == -1)
			_exit(127);
		(void)execv(program, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	return pid;
}

static void
test_usage(void **state)
{
	static const char *const wrong[][7] = {
		{ NULL },
		{ "-f", "-k", "/nonexistent", NULL },
		{ "-f", "-x", CEILING, NULL },
		{ "-f", "-k", "/nonexistent", "-x", CEILING, "more", NULL },
		{ "-f", "-k", "/nonexistent", "-x", "-1", NULL },
		{ "-f", "-k", "/nonexistent", "-x", "many", NULL },
		{ "-f", "-k", "/nonexistent", "-x", CEILING, "-z", NULL },
	};
	static const char *const right[] = { "-f", "-k", "/nonexistent", "-x",
	    CEILING, NULL };
	size_t i;
	int fds[2], status;

	(void)state;
	assert_int_equal(ipc_pair(fds), 0);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		status = wait_status(spawn_with(wrong[i], fds[1]));
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 2)
			fail_msg("%zu: status %x", i, (unsigned int)status);
	}
	(void)close(fds[0]);
	(void)close(fds[1]);
	/* Nobody is to start it by hand. */
	status = wait_status(spawn_with(right, -1));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_own_keys),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_several_blocks),
		cmocka_unit_test(test_handover),
		cmocka_unit_test(test_use),
		cmocka_unit_test(test_hourly),
		cmocka_unit_test(test_no_table),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_oversize),
		cmocka_unit_test(test_half_messages),
		cmocka_unit_test(test_descriptors_sent_along),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_never_reads),
		cmocka_unit_test(test_too_many_peers),
		cmocka_unit_test(test_death_of_peers),
		cmocka_unit_test(test_epoch),
		cmocka_unit_test(test_control),
		cmocka_unit_test(test_control_descriptors),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_lock_down),
		cmocka_unit_test(test_drops_root),
		cmocka_unit_test(test_cannot_start),
		cmocka_unit_test(test_usage),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, setup, teardown);
}
