/* SPDX-License-Identifier: ISC */

/*
 * The cell of countersign-fleet: see confine.h.
 *
 * It reads and changes files below the key directory, and reads those that the
 * connection string names, the folders in which they are, because certificates
 * are replaced by rename, and /etc, for the name service.  It connects to the
 * ports of the database and of DNS.  Who takes it over has the key directory
 * and the database, which is what it is for; not other files, programs or
 * processes.
 *
 * Libraries read some files when they first need them.  That must be before the
 * cell, in which /usr does not exist.
 */

#include "fleet/confine.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include "base/log.h"
#include "cell/cell.h"

#define RESOLVERS	"/etc/resolv.conf"
#define DNS_PORT	53
#define MAX_PATHS	(FLEET_DB_MAX_FILES + 4)
#define KIND		0xf		/* of a socket's type, without flags */
#define STATM		"/proc/self/statm"
#define STATM_SIZE	256
#define STATM_DATA	6	/* the field, from 1, in pages */
#define SOCKET(family, kind) \
	{ .name = "socket", { CELL_IS(0, family), \
	    { CELL_BITS, 1, KIND, kind } } }
#define CONTROL(command) \
	{ .name = "fcntl", { CELL_IS(1, command) } }

const struct cell_call fleet_calls[] = {
	/* Files, where Landlock allows them. */
	{ .name = "access" },
	{ .name = "dup" },
	{ .name = "faccessat" },
	{ .name = "faccessat2" },
	{ .name = "fchmod" },
	{ .name = "fchown" },
	CONTROL(F_DUPFD_CLOEXEC),
	CONTROL(F_GETFD),
	CONTROL(F_GETFL),
	CONTROL(F_SETFD),
	CONTROL(F_SETFL),
	{ .name = "fdatasync" },
	{ .name = "flock" },
	{ .name = "fstatfs" },
	{ .name = "fsync" },
	{ .name = "ftruncate" },
	{ .name = "getdents64" },
	{ .name = "linkat" },
	{ .name = "lstat" },
	{ .name = "mkdirat" },
	{ .name = "open" },
	{ .name = "openat" },
	{ .name = "pread64" },
	{ .name = "pwrite64" },
	{ .name = "readlink" },
	{ .name = "readlinkat" },
	{ .name = "renameat" },
	{ .name = "renameat2" },
	{ .name = "stat" },
	{ .name = "syncfs" },
	{ .name = "unlinkat" },
	{ .name = "utimensat" },

	/* Sockets: the database, DNS, the log, clients. */
	SOCKET(AF_INET, SOCK_DGRAM),
	SOCKET(AF_INET, SOCK_STREAM),
	SOCKET(AF_INET6, SOCK_DGRAM),
	SOCKET(AF_INET6, SOCK_STREAM),
	SOCKET(AF_UNIX, SOCK_DGRAM),
	SOCKET(AF_UNIX, SOCK_STREAM),
	{ .name = "accept4" },
	{ .name = "bind" },
	{ .name = "connect" },
	{ .name = "getpeername" },
	{ .name = "getsockname" },
	{ .name = "getsockopt" },
	{ .name = "ioctl", { CELL_IS(1, FIONREAD) } },
	{ .name = "recvfrom" },
	{ .name = "recvmsg" },
	{ .name = "sendmmsg" },
	{ .name = "sendmsg" },
	{ .name = "sendto" },
	{ .name = "setsockopt" },
	{ .name = "shutdown" },
	{ .name = NULL }
};

/* libcrypto, libssl and its trust, the name service, the time zone. */
static bool
warm_up(void)
{
	static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct passwd *pw, pwbuf;
	struct addrinfo *list;
	unsigned char octet;
	char buf[4096];
	EVP_PKEY *pkey;
	SSL_CTX *ctx;
	bool works;

	tzset();
	(void)getpwuid_r(geteuid(), &pwbuf, buf, sizeof(buf), &pw);
	if (getaddrinfo("localhost", "5432", &hints, &list) == 0)
		freeaddrinfo(list);
	if (OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG |
	    OPENSSL_INIT_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_ADD_ALL_CIPHERS |
	    OPENSSL_INIT_ADD_ALL_DIGESTS, NULL) != 1)
		return false;
	ctx = SSL_CTX_new(TLS_client_method());
	pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	works = ctx != NULL && pkey != NULL &&
	    RAND_bytes(&octet, sizeof(octet)) == 1;
	SSL_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return works;
}

/* With a limit, a later allocation would fail. */
static void
lock_memory(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
	    limit.rlim_cur == RLIM_INFINITY &&
	    mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)
		return;
	log_warnx(M_FLEET_MEMORY_NOT_LOCKED, "memory is not locked, so keys "
	    "may be written to swap: want LimitMEMLOCK=infinity in the unit, "
	    "or 'ulimit -l unlimited'");
}

/* The pages of data and stack that this process has, or -1. */
static long long
count_data_pages(void)
{
	char line[STATM_SIZE], *p = line, *end;
	long long pages = -1;
	FILE *fp;
	int i;

	if ((fp = fopen(STATM, "re")) == NULL)
		return -1;
	if (fgets(line, sizeof(line), fp) != NULL)
		for (i = 0; i < STATM_DATA; i++, p = end) {
			pages = strtoll(p, &end, 10);
			if (end == p) {
				pages = -1;
				break;
			}
		}
	(void)fclose(fp);
	return pages;
}

/*
 * A server that nobody believes may send what it likes: what it sends too much
 * of ends the connection, and not this process.
 */
static void
limit_memory(void)
{
	struct rlimit limit;
	long long used = count_data_pages();

	if (used < 0 || getrlimit(RLIMIT_DATA, &limit) == -1)
		return;
	used = used * sysconf(_SC_PAGESIZE) + FLEET_MAX_MEMORY;
	if (limit.rlim_cur == RLIM_INFINITY ||
	    limit.rlim_cur > (rlim_t)used) {
		limit.rlim_cur = (rlim_t)used;
		(void)setrlimit(RLIMIT_DATA, &limit);
	}
}

/* The folder of a file, in place of its name. */
static const char *
cut_name(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return NULL;
	*slash = '\0';
	return path;
}

int
fleet_confine(const char *keydir, const struct fleet_db *db, bool is_debug)
{
	char files[FLEET_DB_MAX_FILES][PATH_MAX], resolvers[PATH_MAX];
	struct cell_path paths[MAX_PATHS] = {
		{ keydir, CELL_READ | CELL_WRITE | CELL_TRUNCATE | CELL_MAKE |
		    CELL_REMOVE | CELL_FOLDERS },
		{ "/etc", CELL_READ },
	};
	uint16_t ports[FLEET_DB_MAX_PORTS + 2];
	const struct cell cell = {
		.calls = fleet_calls, .paths = paths, .tcp_ports = ports,
		.logs_refusals = is_debug
	};
	size_t i, n = 2, nfiles, nports;

	if (!warm_up()) {
		log_warnx(M_FLEET_START_FAILED, "cannot start: %s",
		    "the crypto library cannot be used");
		return -1;
	}
	ERR_clear_error();
	lock_memory();
	limit_memory();
	nfiles = fleet_db_files(db, files);
	for (i = 0; i < nfiles; i++)
		if ((paths[n].path = cut_name(files[i])) != NULL)
			paths[n++].rights = CELL_READ | CELL_OPTIONAL;
	if (realpath(RESOLVERS, resolvers) != NULL &&
	    (paths[n].path = cut_name(resolvers)) != NULL)
		paths[n++].rights = CELL_READ | CELL_OPTIONAL;
	paths[n].path = NULL;
	nports = fleet_db_ports(db, ports);
	ports[nports++] = DNS_PORT;
	ports[nports] = 0;
	return cell_enter(&cell);
}
