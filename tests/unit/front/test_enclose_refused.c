/* SPDX-License-Identifier: ISC */

/*
 * What a front that was taken over tries, and its cell refuses: see enclosed.h.
 */

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "celltry.h"
#include "enclosed.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))
#define MPTCP		262	/* IPPROTO_MPTCP, of newer headers */

static long
connect_smtp(void)
{
	return celltry_connect(25);
}

static long
read_key(void)
{
	return enclosed_open("keys/key.pem", O_RDONLY);
}

static long
list_keys(void)
{
	return enclosed_open("keys", O_RDONLY | O_DIRECTORY);
}

/* A sanitizer may read /proc and /usr, but not all of the system. */
static long
list_root(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY);
}

static long
read_process(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR);
}

static long
write_config(void)
{
	return enclosed_open("conf/main.conf", O_WRONLY);
}

static long
make_config(void)
{
	return enclosed_open("conf/conf.d/two.conf", O_WRONLY | O_CREAT);
}

static long
read_audit(void)
{
	return enclosed_open("audit/audit", O_RDONLY);
}

static long
empty_audit(void)
{
	return enclosed_open("audit/audit", O_WRONLY | O_TRUNC);
}

static long
remove_audit(void)
{
	return syscall(SYS_unlink, enclosed_path("audit/audit"));
}

static long
remove_counts(void)
{
	return syscall(SYS_unlink, enclosed_path("counts/alarms"));
}

static long
make_in_socket_folder(void)
{
	return enclosed_open("run/new", O_WRONLY | O_CREAT);
}

static long
make_socket(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	long fd;

	(void)strlcpy(at.sun_path, enclosed_path("counts/socket"),
	    sizeof(at.sun_path));
	if ((fd = enclosed_socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return -1;
	return syscall(SYS_bind, fd, &at, sizeof(at));
}

static long
bind_tcp(void)
{
	const struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	long fd;

	if ((fd = enclosed_socket(AF_INET, SOCK_STREAM, 0)) == -1)
		return -1;
	return syscall(SYS_bind, fd, &at, sizeof(at));
}

static const struct celltry refused_files[] = {
	{ "landlock", "read a key", EACCES, read_key },
	{ "landlock", "list the keys", EACCES, list_keys },
	{ "landlock", "list the root folder", EACCES, list_root },
	{ "landlock", "read memory through /proc", EACCES, read_process },
	{ "landlock", "write the configuration", EACCES, write_config },
	{ "landlock", "make a file of the configuration", EACCES,
	    make_config },
	{ "landlock", "read the audit file", EACCES, read_audit },
	{ "landlock", "remove the audit file", EACCES, remove_audit },
	{ "landlock", "remove alarms", EACCES, remove_counts },
	{ "landlock", "make a file beside the socket", EACCES,
	    make_in_socket_folder },
	{ "landlock", "make a socket", EACCES, make_socket },
};

/* From ABI 3. */
static const struct celltry refused_truncation[] = {
	{ "landlock", "empty the audit file", EACCES, empty_audit },
};

/* From ABI 4. */
static const struct celltry refused_ports[] = {
	{ "landlock", "connect to a mail server", EACCES, connect_smtp },
	{ "landlock", "bind a port", EACCES, bind_tcp },
};

static long
read_shadow(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/shadow", O_RDONLY);
}

static const struct celltry refused_shadow[] = {
	{ "mode", "read /etc/shadow", EACCES, read_shadow },
};

static long
open_raw(void)
{
	return enclosed_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static long
open_ping(void)
{
	return enclosed_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
}

static long
open_mptcp(void)
{
	return enclosed_socket(AF_INET, SOCK_STREAM, MPTCP);
}

static long
open_sequenced(void)
{
	return enclosed_socket(AF_UNIX, SOCK_SEQPACKET, 0);
}

static long
listen_somewhere(void)
{
	long fd;

	if ((fd = enclosed_socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return 0;
	return syscall(SYS_listen, fd, 1);
}

static long
send_fast_open(void)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(25),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	long fd;

	if ((fd = enclosed_socket(AF_INET, SOCK_STREAM, 0)) == -1)
		return 0;
	return syscall(SYS_sendto, fd, "x", 1, MSG_FASTOPEN, &to, sizeof(to));
}

static long
set_option(int level, int option)
{
	const char name[] = "tls";
	long fd;

	if ((fd = enclosed_socket(AF_INET, SOCK_STREAM, 0)) == -1)
		return 0;
	return syscall(SYS_setsockopt, fd, level, option, name, sizeof(name));
}

static long
load_protocol(void)
{
	return set_option(IPPROTO_TCP, TCP_ULP);
}

static long
attach_filter(void)
{
	return set_option(SOL_SOCKET, SO_ATTACH_FILTER);
}

static long
type_at_terminal(void)
{
	return syscall(SYS_ioctl, STDIN_FILENO, TIOCSTI, "x");
}

/* With O_ASYNC, that process would get SIGIO, which ends it. */
static long
signal_by_kernel(void)
{
	return syscall(SYS_fcntl, STDIN_FILENO, F_SETOWN, getppid());
}

/* Calls for files that the front never makes. */
#define FILE_CALLS(X) \
	X(chdir) \
	X(chmod) \
	X(chown) \
	X(fchown) \
	X(fsetxattr) \
	X(link) \
	X(mkdir) \
	X(mknod) \
	X(rename) \
	X(renameat2) \
	X(rmdir) \
	X(symlink) \
	X(truncate) \
	X(utimensat)

#define FILE_FUNCTION(name) \
	static long \
	call_##name(void) \
	{ \
		return syscall(SYS_##name, enclosed_path("counts/counts"), \
		    enclosed_path("counts/x"), 0, 0, 0); \
	}

FILE_CALLS(FILE_FUNCTION)

#define FILE_ENTRY(name) { #name, #name, ENOSYS, call_##name },

static const struct celltry refused_calls[] = {
	FILE_CALLS(FILE_ENTRY)
	{ "socket", "raw socket", ENOSYS, open_raw },
	{ "socket", "ping socket", ENOSYS, open_ping },
	{ "socket", "MPTCP socket", ENOSYS, open_mptcp },
	{ "socket", "socket like those of signers", ENOSYS, open_sequenced },
	{ "listen", "listen", ENOSYS, listen_somewhere },
	{ "sendto", "connect by sending", EOPNOTSUPP, send_fast_open },
	{ "setsockopt", "load a protocol", ENOSYS, load_protocol },
	{ "setsockopt", "attach a filter", ENOSYS, attach_filter },
	{ "fcntl", "have a process signalled", ENOSYS, signal_by_kernel },
	{ "ioctl", "type at a terminal", ENOSYS, type_at_terminal },
};

static void
refuses_calls(void **state)
{
	(void)state;
	celltry_check(enclosed_enter, celltry_refused, celltry_nrefused);
	celltry_check(enclosed_enter, refused_calls, N(refused_calls));
}

static void
refuses_files(void **state)
{
	long abi;

	(void)state;
	if (geteuid() == 0)
		celltry_check(enclosed_enter, refused_shadow,
		    N(refused_shadow));
	if (!celltry_has_landlock())
		skip();
	celltry_check(enclosed_enter, refused_files, N(refused_files));
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	if (abi >= 3)
		celltry_check(enclosed_enter, refused_truncation,
		    N(refused_truncation));
	if (abi >= 4)
		celltry_check(enclosed_enter, refused_ports, N(refused_ports));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_calls),
		cmocka_unit_test(refuses_files),
	};

	return cmocka_run_group_tests(tests, enclosed_make, enclosed_remove);
}
