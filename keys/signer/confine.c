/* SPDX-License-Identifier: ISC */

/*
 * The signer's cell: see confine.h.
 *
 * It reads below the key directory.  It does not write, create, rename or
 * remove a file anywhere; that it can set the times of files, it needs to
 * record the last use of a key, and the kernel asks only who owns the file.
 * The only socket that it can make is one for datagrams to the log, which it
 * needs when the log daemon has restarted; all others come from the master.
 *
 * Memory is locked, so that no key is written to a swap area: each page when it
 * is first used, since most of the address space never is.  With a limit, a
 * later allocation would fail, so memory is locked only if there is none.
 */

#include "signer/confine.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/log.h"
#include "cell/cell.h"
#include "signer/signer.h"
#include "store/keystore.h"

/* stdio, control socket, log, key store, and one file at a time. */
#define MAX_FDS		(SIGNER_MAX_PEERS + 32)

#define NO_WRITING	(O_ACCMODE | O_CREAT | O_TRUNC | O_TMPFILE)

#define SIGNER_CALLS \
	/* The sockets of the master and the front. */ \
	{ .name = "recvmsg" }, \
	{ .name = "sendmsg" }, \
	{ .name = "fcntl", { CELL_IS(1, F_GETFL) } }, \
	{ .name = "fcntl", { CELL_IS(1, F_SETFL) } }, \
	{ .name = "fcntl", { CELL_IS(1, F_SETFD) } }, \
	/* The key store. */ \
	{ .name = "fstatfs" }, \
	{ .name = "getdents64" }, \
	{ .name = "openat", { CELL_LACKS(2, NO_WRITING & ~O_DIRECTORY) } }, \
	{ .name = "utimensat" }, \
	/* The log. */ \
	{ .name = "connect" }, \
	{ .name = "sendto" }, \
	{ .name = "socket", { CELL_IS(0, AF_UNIX), \
	    CELL_IS(1, SOCK_DGRAM | SOCK_CLOEXEC) } }

static const struct cell_call signer_calls[] = {
	SIGNER_CALLS,
	{ .name = NULL }
};

/* Its flags are in memory, which a filter does not see: Landlock decides. */
static const struct cell_call mounted_calls[] = {
	SIGNER_CALLS,
	{ .name = "openat2" },
	{ .name = NULL }
};

static const struct cell_limit limits[] = {
	{ RLIMIT_NOFILE, MAX_FDS },
};

/*
 * Let OpenSSL read its configuration and load what it names, find the
 * algorithms, and seed its random numbers; let the C library read the time
 * zone; then use a key.  OpenSSL looks for what it needs when it is first
 * needed; if memory runs out then, it never finds it again.  Returns whether
 * keys can be used.
 */
static bool
warm_up(void)
{
	unsigned char octet;
	EVP_SIGNATURE *signature;
	EVP_MD *md;
	bool works;

	tzset();
	/* Without its context, libcrypto 3.0 crashes. */
	if (OSSL_LIB_CTX_get0_global_default() == NULL ||
	    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG |
	    OPENSSL_INIT_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_ADD_ALL_CIPHERS |
	    OPENSSL_INIT_ADD_ALL_DIGESTS, NULL) != 1)
		return false;
	signature = EVP_SIGNATURE_fetch(NULL, "RSA", NULL);
	md = EVP_MD_fetch(NULL, "SHA256", NULL);
	works = signature != NULL && md != NULL &&
	    RAND_bytes(&octet, sizeof(octet)) == 1;
	EVP_MD_free(md);
	EVP_SIGNATURE_free(signature);
	return works && ks_crypto_works();
}

/* If there is a limit, the master has logged it. */
static void
lock_memory(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == -1 ||
	    limit.rlim_cur != RLIM_INFINITY) {
		log_debug("memory is not locked: its size is limited");
		return;
	}
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == -1)
		log_warn(M_MEMORY_NOT_LOCKED,
		    "cannot lock memory, so keys may be written to swap");
}

int
signer_confine(const char *keydir, const char *state_dir, bool is_debug)
{
	const struct cell_path paths[] = {
		{ keydir, CELL_READ },
		{ state_dir, CELL_READ },
		{ .path = NULL }
	};
	const struct cell cell = {
		.calls = state_dir != NULL ? mounted_calls : signer_calls,
		.paths = paths,
		.limits = limits,
		.nlimits = sizeof(limits) / sizeof(limits[0]),
		.logs_refusals = is_debug,
	};
	const char *why;

	if (!warm_up()) {
		why = ERR_reason_error_string(ERR_peek_error());
		log_warnx(M_OUT_OF_MEMORY, "the crypto library cannot be "
		    "used: %s", why != NULL ? why : "unknown error");
		return -1;
	}
	ERR_clear_error();
	lock_memory();
	return cell_enter(&cell);
}
