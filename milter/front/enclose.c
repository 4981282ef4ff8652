/* SPDX-License-Identifier: ISC */

/*
 * The cell of the front: see enclose.h.
 *
 * The calls are those of our own code, libmilter, libunbound with libevent,
 * libcrypto, and the C library's syslog(3) and name service, found by tracing
 * all tests and by reading; those that other versions use instead are listed
 * with them.  A front that was taken over still has the network: it can ask any
 * host by UDP, and connect to the ports of DNS servers and to local sockets.
 * It cannot listen: its only listener was there before.
 *
 * Libraries read some files when they first need them.  That must be before the
 * cell, in which most of /usr does not exist; and so an upgrade of a library
 * never mixes two versions in a process.
 */

#include "front/enclose.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "config/presets.h"
#include "front/bounds.h"
#include "front/crypto.h"
#include "resolver/host_servers.h"
#include "resolver/resolver.h"

#define KIND		0xf		/* of a socket's type, without flags */
#define SOCKET(family, kind, protocol) \
	{ .name = "socket", { CELL_IS(0, family), \
	    { CELL_BITS, 1, KIND, kind }, CELL_IS(2, protocol) } }
#define CONTROL(command) \
	{ .name = "fcntl", { CELL_IS(1, command) } }
#define OPTION(level, option) \
	{ .name = "setsockopt", { CELL_IS(1, level), CELL_IS(2, option) } }
/* Made for audit_file by packages, so a reload may begin to use it. */
#define LOG_FOLDER	"/var/log/countersign"
/* Nobody has this id. */
#define NOBODY_ELSE	0x7ffffffe

const struct cell_call enclose_calls[] = {
	/* Files, where Landlock allows them. */
	{ .name = "access" },
	{ .name = "dup2" },
	{ .name = "dup3" },
	{ .name = "faccessat" },
	{ .name = "faccessat2" },
	{ .name = "fchmod" },
	/* Not F_SETOWN, which lets the kernel signal another process. */
	CONTROL(F_DUPFD),
	CONTROL(F_DUPFD_CLOEXEC),
	CONTROL(F_GETFD),
	CONTROL(F_GETFL),
	CONTROL(F_SETFD),
	CONTROL(F_SETFL),
	{ .name = "fdatasync" },
	{ .name = "flock" },
	{ .name = "fsync" },
	{ .name = "ftruncate" },
	{ .name = "getdents64" },
	{ .name = "lstat" },
	{ .name = "open" },
	{ .name = "openat" },
	{ .name = "pread64" },
	{ .name = "pwrite64" },
	{ .name = "readlink" },
	{ .name = "readlinkat" },
	{ .name = "stat" },
	{ .name = "unlink" },
	{ .name = "unlinkat" },

	/* Sockets: the MTA, DNS, the log, the name service. */
	SOCKET(AF_INET, SOCK_DGRAM, 0),
	SOCKET(AF_INET, SOCK_DGRAM, IPPROTO_UDP),
	SOCKET(AF_INET, SOCK_STREAM, 0),
	SOCKET(AF_INET, SOCK_STREAM, IPPROTO_TCP),
	SOCKET(AF_INET6, SOCK_DGRAM, 0),
	SOCKET(AF_INET6, SOCK_DGRAM, IPPROTO_UDP),
	SOCKET(AF_INET6, SOCK_STREAM, 0),
	SOCKET(AF_INET6, SOCK_STREAM, IPPROTO_TCP),
	SOCKET(AF_UNIX, SOCK_DGRAM, 0),
	SOCKET(AF_UNIX, SOCK_STREAM, 0),
	{ .name = "socketpair", { CELL_IS(0, AF_UNIX) } },
	{ .name = "accept" },
	{ .name = "accept4" },
	{ .name = "bind" },
	{ .name = "connect" },
	{ .name = "getpeername" },
	{ .name = "getsockname" },
	{ .name = "getsockopt" },
	{ .name = "recvfrom" },
	{ .name = "recvmsg" },
	{ .name = "shutdown" },
	/* MSG_FASTOPEN connects, which Landlock does not notice on all
	 * kernels; libunbound then calls connect(2). */
	{ .name = "sendmsg", { CELL_LACKS(2, MSG_FASTOPEN) } },
	{ .name = "sendmsg", { CELL_HAS(2, MSG_FASTOPEN) },
	    .error = EOPNOTSUPP },
	{ .name = "sendto", { CELL_LACKS(3, MSG_FASTOPEN) } },
	{ .name = "sendto", { CELL_HAS(3, MSG_FASTOPEN) },
	    .error = EOPNOTSUPP },
	/* The index of an interface, in the address of a DNS server. */
	{ .name = "ioctl", { CELL_IS(1, SIOCGIFINDEX) } },
	OPTION(SOL_SOCKET, SO_KEEPALIVE),
	OPTION(SOL_SOCKET, SO_RCVBUF),
	OPTION(SOL_SOCKET, SO_RCVTIMEO),
	OPTION(SOL_SOCKET, SO_REUSEADDR),
	OPTION(SOL_SOCKET, SO_REUSEPORT),
	OPTION(SOL_SOCKET, SO_SNDBUF),
	OPTION(SOL_SOCKET, SO_SNDTIMEO),
	OPTION(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT),
	OPTION(IPPROTO_IP, IP_MTU_DISCOVER),
	OPTION(IPPROTO_IP, IP_RECVERR),
	OPTION(IPPROTO_IP, IP_TOS),
	OPTION(IPPROTO_IPV6, IPV6_MTU),
	OPTION(IPPROTO_IPV6, IPV6_MTU_DISCOVER),
	OPTION(IPPROTO_IPV6, IPV6_RECVERR),
	OPTION(IPPROTO_IPV6, IPV6_TCLASS),
	OPTION(IPPROTO_IPV6, IPV6_V6ONLY),
	OPTION(IPPROTO_TCP, TCP_MAXSEG),
	OPTION(IPPROTO_TCP, TCP_NODELAY),

	/* Events. */
	{ .name = "epoll_create" },
	{ .name = "epoll_create1" },
	{ .name = "epoll_ctl" },
	{ .name = "epoll_pwait" },
	{ .name = "epoll_pwait2" },
	{ .name = "epoll_wait" },
	{ .name = "eventfd2" },
	{ .name = "pipe" },
	{ .name = "pipe2" },
	{ .name = "pselect6" },
	{ .name = "rt_sigtimedwait" },
	{ .name = "select" },
	{ .name = NULL }
};

/* The name service loads its modules when it is first asked. */
static void
warm_up_names(const char *user)
{
	struct passwd *pw, pwbuf;
	struct group *gr, grbuf;
	char buf[4096];
	gid_t group;
	int n = 1;

	(void)getpwuid_r(NOBODY_ELSE, &pwbuf, buf, sizeof(buf), &pw);
	(void)getgrgid_r(NOBODY_ELSE, &grbuf, buf, sizeof(buf), &gr);
	(void)getgrouplist(user, NOBODY_ELSE, &group, &n);
}

/*
 * The first verification has libcrypto read its configuration, load the
 * providers that it names, and find the algorithms.  If memory is short then,
 * it may fail for ever (crypto.h), so a front in which it fails must not serve.
 * The public suffix list is in the memory of libpsl.
 */
static int
warm_up(const char *user)
{
	char why[128];

	tzset();
	if (!crypto_works(why, sizeof(why))) {
		log_warnx(M_FRONT_START_FAILED, "the crypto library cannot be "
		    "used: %s", why);
		return -1;
	}
	warm_up_names(user);
	dns_warm_up();
	return 0;
}

/* The port of "inet:PORT@ADDRESS"; 0 for a unix socket. */
static unsigned long
port_of(const char *socket)
{
	if (strncmp(socket, "inet", 4) != 0)
		return 0;
	return strtoul(strchr(socket, ':') + 1, NULL, 10);
}

/* What the front uses although no option names it. */
static int
add_our_own(const struct config *config)
{
	const char *presets[PRESETS_MAX_DIRECTORIES];
	size_t n, i;
	int r;

	if ((r = bounds_add_folder("/etc", CELL_READ)) != 0 ||
	    (r = bounds_add_folder_of(config->file, CELL_READ)) != 0 ||
	    (r = bounds_add_folder_of(HOST_SERVERS_FILE, CELL_READ)) != 0 ||
	    (r = bounds_add_folder(config->counts_dir, CELL_READ |
	    CELL_WRITE | CELL_TRUNCATE | CELL_MAKE)) != 0 ||
	    (r = bounds_add_folder(LOG_FOLDER, CELL_WRITE | CELL_MAKE)) != 0 ||
	    (r = bounds_add_port(53)) != 0)
		return r;
	n = preset_directories(config->preset_dir, presets);
	for (i = 0; i < n; i++)
		if ((r = bounds_add_folder(presets[i], CELL_READ)) != 0)
			return r;
	/* Connected to when the service stops; the file is then removed. */
	if (port_of(config->socket) != 0)
		return bounds_add_port(port_of(config->socket));
	return bounds_add_folder_of(strchr(config->socket, ':') + 1,
	    CELL_REMOVE);
}

int
enclose_front(const struct config *config, bool is_debug)
{
	struct cell cell = {
		.calls = enclose_calls,
		.has_threads = true,
		.logs_refusals = is_debug,
	};

	if (warm_up(config->user) != 0)
		return -1;
	if (add_our_own(config) != 0 ||
	    (cell.paths = bounds_close(&cell.tcp_ports)) == NULL) {
		log_warnx(M_OUT_OF_MEMORY, "out of memory: cannot prepare the "
		    "cell of the front");
		return -1;
	}
	return cell_enter(&cell);
}
