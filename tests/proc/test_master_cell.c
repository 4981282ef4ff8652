/* SPDX-License-Identifier: ISC */

/*
 * The master's cell from inside, for each part of the service that it may run:
 * children of this program enter it by the master's own function.  What it
 * refuses is tried once more by a program that such a child executes: this one.
 */

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cell/cell.h"
#include "celltry.h"
#include "master/confine.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))

/* The arguments with which this program is executed in a cell. */
#define INHERITED	"inherited"
#define AMBIENT		"ambient"

static int
enter_all(void)
{
	return master_confine(MASTER_ALL, false);
}

static int
enter_front(void)
{
	return master_confine(MASTER_FRONT, false);
}

static int
enter_signers(void)
{
	return master_confine(MASTER_SIGNERS, false);
}

/* Become another user, with two ambient capabilities, as in a container. */
static int
become_with_capabilities(void)
{
	const uint32_t given = 1u << CAP_NET_BIND_SERVICE |
	    1u << CAP_SYS_CHROOT;
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3] = {
		{ .effective = given, .permitted = given,
		    .inheritable = given },
	};
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1 ||
	    setgroups(0, NULL) == -1 ||
	    setresuid(65534, 65534, 65534) == -1 ||
	    syscall(SYS_capset, &header, caps) == -1 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE,
	    0, 0) == -1)
		return -1;
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_CHROOT, 0,
	    0);
}

static int
enter_with_capabilities(void)
{
	return become_with_capabilities() == -1 ? -1 : enter_all();
}

/* Wait for a child of the attempt: 0 if it did well. */
static long
wait_for(pid_t pid)
{
	int status;

	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		return -1;
	errno = ECHILD;
	return status == 0 ? 0 : -1;
}

static long
execute(const char *argument)
{
	pid_t pid;

	if ((pid = fork()) == 0) {
		(void)execl("/proc/self/exe", "test_master_cell", argument,
		    (char *)NULL);
		_exit(1);
	}
	return wait_for(pid);
}

static long
execute_inherited(void)
{
	return execute(INHERITED);
}

static long
execute_ambient(void)
{
	return execute(AMBIENT);
}

static long
kill_child(void)
{
	pid_t pid;
	int status;

	if ((pid = fork()) == 0) {
		(void)pause();
		_exit(0);
	}
	if (pid == -1 || kill(pid, SIGTERM) == -1 ||
	    waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? 0 : -1;
}

/* For root, to another user, as a child does. */
static long
change_user(void)
{
	const uid_t uid = getuid() == 0 ? 65534 : getuid();

	return getuid() == 0 && setgroups(0, NULL) == -1 ? -1 :
	    setresuid(uid, uid, uid);
}

static long
read_file(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static long
open_unix(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET, 0);
}

static long
open_inet(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0);
}

static long
open_inet6(void)
{
	return socket(AF_INET6, SOCK_STREAM, 0);
}

static long
open_alg(void)
{
	return socket(AF_ALG, SOCK_SEQPACKET, 0);
}

static long
make_device(void)
{
	return syscall(SYS_mknodat, AT_FDCWD, "/nonexistent/device",
	    S_IFCHR | 0600, 0);
}

/* Capabilities that root would use to get out: SYS_ADMIN and its like. */
static long
has_few_capabilities(void)
{
	static const unsigned int gone[] = { CAP_SYS_ADMIN, CAP_SYS_MODULE,
	    CAP_SYS_PTRACE, CAP_SYS_RAWIO, CAP_NET_ADMIN, CAP_NET_RAW,
	    CAP_DAC_OVERRIDE, CAP_CHOWN, CAP_MKNOD, CAP_SYS_BOOT,
	    CAP_SYS_CHROOT };
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	size_t i;

	if (syscall(SYS_capget, &header, caps) == -1)
		return -1;
	errno = EPERM;
	for (i = 0; i < N(gone); i++)
		if ((caps[0].permitted & 1u << gone[i]) != 0)
			return -1;
	return 0;
}

static const struct celltry allowed[] = {
	{ "execve", "execute a program", 0, execute_inherited },
	{ "kill", "kill a child", 0, kill_child },
	{ "setresuid", "change the user", 0, change_user },
	{ "openat", "read a file", 0, read_file },
	{ "socket", "Unix socket", 0, open_unix },
	{ "capget", "has few capabilities", 0, has_few_capabilities },
};

static const struct celltry refused[] = {
	{ "socket", "socket of the kernel's ciphers", ENOSYS, open_alg },
	{ "mknodat", "make a device", ENOSYS, make_device },
};

/* What a master of signers alone refuses. */
static const struct celltry network[] = {
	{ "socket", "IPv4 socket", ENOSYS, open_inet },
	{ "socket", "IPv6 socket", ENOSYS, open_inet6 },
};

static const struct celltry with_network[] = {
	{ "socket", "IPv4 socket", 0, open_inet },
	{ "socket", "IPv6 socket", 0, open_inet6 },
};

static bool
is_refused_by_master(const struct celltry *try)
{
	const struct cell_call *call;
	const char *const *name;

	for (call = cell_open_refused; call->name != NULL; call++)
		if (strcmp(call->name, try->call) == 0 &&
		    call->tests[0].compare == CELL_ANY)
			return true;
	for (name = cell_fatal_calls; *name != NULL; name++)
		if (strcmp(*name, try->call) == 0 &&
		    strcmp(*name, "execve") != 0)
			return true;
	return strcmp(try->name, "call of the x32 ABI") == 0;
}

/* Of what every closed cell refuses, what the master refuses, too. */
static void
check_refused(int (*enter)(void))
{
	struct celltry *tries;
	size_t i, n;

	tries = calloc(celltry_nrefused, sizeof(*tries));
	assert_non_null(tries);
	for (i = n = 0; i < celltry_nrefused; i++)
		if (is_refused_by_master(&celltry_refused[i]))
			tries[n++] = celltry_refused[i];
	assert_true(n > 40);
	celltry_check(enter, tries, n);
	free(tries);
	celltry_check(enter, refused, N(refused));
}

static void
confines_master_of_all(void **state)
{
	(void)state;
	celltry_check(enter_all, allowed, N(allowed));
	celltry_check(enter_all, with_network, N(with_network));
	check_refused(enter_all);
}

static void
confines_master_of_front(void **state)
{
	(void)state;
	celltry_check(enter_front, allowed, N(allowed));
	celltry_check(enter_front, with_network, N(with_network));
	check_refused(enter_front);
}

static void
confines_master_of_signers(void **state)
{
	(void)state;
	celltry_check(enter_signers, allowed, N(allowed));
	celltry_check(enter_signers, network, N(network));
	check_refused(enter_signers);
}

/* Without root, a port below 1024 needs a capability of whoever started it. */
static void
keeps_low_ports(void **state)
{
	static const struct celltry tries[] = {
		{ "execve", "give one capability on", 0, execute_ambient },
	};

	(void)state;
	if (geteuid() != 0)
		skip();
	celltry_check(enter_with_capabilities, tries, N(tries));
}

/* In a program executed in a cell: of two capabilities, one is left. */
static int
try_ambient(void)
{
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET,
	    CAP_NET_BIND_SERVICE, 0, 0) == 1 &&
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_SYS_CHROOT, 0,
	    0) == 0 ? 0 : 1;
}

/* In a program that was executed in a cell: it must be in the cell, too. */
static int
try_inherited(void)
{
	return syscall(SYS_keyctl, 0, 0, 0, 0, 0) == -1 && errno == ENOSYS ?
	    0 : 1;
}

int
main(int argc, char *argv[])
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(confines_master_of_all),
		cmocka_unit_test(confines_master_of_front),
		cmocka_unit_test(confines_master_of_signers),
		cmocka_unit_test(keeps_low_ports),
	};

	if (argc == 2 && strcmp(argv[1], INHERITED) == 0)
		return try_inherited();
	if (argc == 2 && strcmp(argv[1], AMBIENT) == 0)
		return try_ambient();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
