/* SPDX-License-Identifier: ISC */

/*
 * The master's cell: see confine.h.
 *
 * A child inherits what its master has given up.  So the master keeps what the
 * C library's loader, the front and the signer need until they enter cells of
 * their own, and an allow-list of that would break them whenever a library
 * changes.  It is an open cell instead (cell.h): calls that none of them makes
 * are refused.  Landlock would have to allow reading, writing and executing
 * whatever the configuration names now and after each reload, which leaves
 * nothing to refuse.
 *
 * The master itself uses no network.  One of the signers alone gives it up, for
 * itself and for them; one that starts the front cannot, because the front asks
 * DNS and may listen on TCP.
 *
 * As root, it keeps the capabilities to signal the children and to read the
 * configuration; and those with which they listen on a port below 1024, raise
 * the limit on open files, change users, and empty their bounding sets.
 * Otherwise it has only those that it was given, of which it keeps the one for
 * ports, also as an ambient one.
 */

#include "master/confine.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <linux/capability.h>

#include "base/log.h"
#include "base/privileges.h"
#include "cell/cell.h"

#define BIT(capability)	(UINT64_C(1) << (capability))

static const uint64_t kept = BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_KILL) |
    BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_SETGID) | BIT(CAP_SETPCAP) |
    BIT(CAP_SETUID) | BIT(CAP_SYS_RESOURCE);

static const char *const spared[] = { "execve", NULL };

static const struct cell_call no_network[] = {
	{ .name = "socket", { CELL_IS(0, AF_INET) } },
	{ .name = "socket", { CELL_IS(0, AF_INET6) } },
	{ .name = "socket", { CELL_IS(0, AF_NETLINK) } },
	{ .name = NULL }
};

/* The signers inherit it. */
static void
raise_memory_limit(void)
{
	static const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit limit;

	if (setrlimit(RLIMIT_MEMLOCK, &none) == 0 ||
	    getrlimit(RLIMIT_MEMLOCK, &limit) == -1)
		return;
	log_info(M_MEMORY_NOT_LOCKED, "signers do not lock memory, so keys may "
	    "be written to swap: limit is %llu KiB, want LimitMEMLOCK=infinity "
	    "in the unit, or 'ulimit -l unlimited'",
	    (unsigned long long)limit.rlim_max / 1024);
}

int
master_confine(enum master_part part, bool is_debug)
{
	const struct cell cell = {
		.is_open = true,
		.spared = spared,
		.calls = part == MASTER_SIGNERS ? no_network : NULL,
		.capabilities = privileges_are_root() ? kept :
		    BIT(CAP_NET_BIND_SERVICE),
		.logs_refusals = is_debug,
	};

	if (part != MASTER_FRONT)
		raise_memory_limit();
	return cell_enter(&cell);
}
