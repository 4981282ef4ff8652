/* SPDX-License-Identifier: ISC */

/*
 * The cell of countersign-metrics from inside: children of this program enter
 * it by its own function, with a scratch folder, and try what it allows and
 * what it refuses.
 */

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/meters.h"
#include "base/replace_file.h"
#include "celltry.h"
#include "metrics/confine.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))

static char scratch[240];
static char folders[2][256], textfile[512], other[512], kept[512],
    listen_on[512];
static int table, reader, pair[2], listener, stranger;
static struct meters *meters;

static int
enter(void)
{
	const struct metrics_places places = { listen_on, textfile };

	return metrics_confine(&places, false);
}

static int
enter_without_file(void)
{
	const struct metrics_places places = { "inet:9000@127.0.0.1", NULL };

	return metrics_confine(&places, false);
}

/* What it does all day. */

static long
replace_textfile(void)
{
	struct replace_file file;
	char why[256];

	return replace_file_begin(&file, textfile, why, sizeof(why)) == 0 &&
	    fputs("x 1\n", file.fp) != EOF &&
	    replace_file_end(&file, 0644, why, sizeof(why)) == 0 ? 0 : -1;
}

static long
remove_socket(void)
{
	return syscall(SYS_unlink, listen_on + strlen("unix:"));
}

static long
pass_octets(void)
{
	char c = 'x';

	return send(pair[0], &c, 1, MSG_NOSIGNAL) == 1 &&
	    recv(pair[1], &c, 1, 0) == 1 ? 0 : -1;
}

static long
reach_log(void)
{
	return syscall(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static long
read_table(void)
{
	return meters_map(reader) != NULL ? 0 : -1;
}

/* What Landlock refuses. */

static long
make_elsewhere(void)
{
	return syscall(SYS_openat, AT_FDCWD, other,
	    O_WRONLY | O_CREAT | O_EXCL, 0600);
}

static long
remove_elsewhere(void)
{
	return syscall(SYS_unlink, kept);
}

/* A file that others may read or trust does not become one of ours. */
static long
rename_away(void)
{
	return syscall(SYS_rename, textfile, other);
}

static long
rename_here(void)
{
	return syscall(SYS_rename, kept, textfile);
}

/* From a socket that is there, since it can make none. */
static long
connect_out(void)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(25),
		.sin_addr = { htonl(INADDR_LOOPBACK + 253) },
	};

	return syscall(SYS_connect, stranger, &to, sizeof(to)) == 0 ||
	    errno == ECONNREFUSED ? 0 : -1;
}

/* What the filter of calls refuses. */

static long
open_with(const char *path, int flags)
{
	return syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
}

static long
read_password(void)
{
	return open_with("/etc/passwd", O_RDONLY);
}

static long
write_textfile(void)
{
	return open_with(textfile, O_WRONLY);
}

static long
create_or_open(void)
{
	return open_with(textfile, O_WRONLY | O_CREAT | O_TRUNC);
}

static long
open_table_again(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", reader);
	return open_with(path, O_RDWR);
}

static long
create_unnamed(void)
{
	return open_with(folders[1], O_WRONLY | O_TMPFILE | O_EXCL);
}

static long
read_memory(void)
{
	return open_with("/proc/1/mem", O_RDONLY);
}

static long
make_socket_of(int family, int type)
{
	return syscall(SYS_socket, family, type, 0);
}

static long
open_inet(void)
{
	return make_socket_of(AF_INET, SOCK_STREAM);
}

static long
open_inet6(void)
{
	return make_socket_of(AF_INET6, SOCK_DGRAM);
}

static long
open_unix_stream(void)
{
	return make_socket_of(AF_UNIX, SOCK_STREAM);
}

static long
open_unix_packets(void)
{
	return make_socket_of(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC);
}

static long
open_inet_datagrams(void)
{
	return make_socket_of(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC);
}

static long
send_fast_open(void)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(25),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};

	return syscall(SYS_sendto, stranger, "x", 1, MSG_FASTOPEN, &to,
	    sizeof(to));
}

static long
set_option(int level, int option)
{
	const char name[] = "tls";

	return syscall(SYS_setsockopt, listener, level, option, name,
	    sizeof(name));
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

static long
duplicate_low(void)
{
	return syscall(SYS_dup3, pair[0], STDOUT_FILENO, 0);
}

static long
bind_another(void)
{
	const struct sockaddr_in in = { .sin_family = AF_INET };

	return syscall(SYS_bind, listener, &in, sizeof(in));
}

static long
listen_again(void)
{
	return syscall(SYS_listen, listener, 1);
}

static long
signal_another(void)
{
	return syscall(SYS_kill, getppid(), 0);
}

static long
change_mode(void)
{
	return syscall(SYS_fchmodat, AT_FDCWD, textfile, 0777);
}

static long
make_folder(void)
{
	return syscall(SYS_mkdirat, AT_FDCWD, other, 0700);
}

static long
make_link(void)
{
	return syscall(SYS_symlinkat, "/", AT_FDCWD, other);
}

/* Calls for files that it never makes. */
#define FILE_CALLS(X) \
	X(chdir) \
	X(chmod) \
	X(chown) \
	X(fchown) \
	X(fsetxattr) \
	X(link) \
	X(mkdir) \
	X(mknod) \
	X(openat2) \
	X(renameat2) \
	X(rmdir) \
	X(symlink) \
	X(truncate) \
	X(utimensat)

#define FILE_FUNCTION(name) \
	static long \
	call_##name(void) \
	{ \
		return syscall(SYS_##name, textfile, other, 0, 0, 0); \
	}

FILE_CALLS(FILE_FUNCTION)

#define FILE_ENTRY(name) { #name, #name, ENOSYS, call_##name },

static const struct celltry allowed[] = {
	{ "openat", "replace the textfile", 0, replace_textfile },
	{ "unlink", "remove its socket", 0, remove_socket },
	{ "sendto", "pass octets", 0, pass_octets },
	{ "socket", "reach the log again", 0, reach_log },
	{ "mmap", "read the table", 0, read_table },
};

static const struct celltry refused[] = {
	FILE_CALLS(FILE_ENTRY)
	{ "openat", "read a file", ENOSYS, read_password },
	{ "openat", "write an existing file", ENOSYS, write_textfile },
	{ "openat", "create or open a file", ENOSYS, create_or_open },
	{ "openat", "open the table for writing", ENOSYS, open_table_again },
	{ "openat", "create a file without a name", ENOSYS, create_unnamed },
	{ "openat", "read the memory of a process", ENOSYS, read_memory },
	{ "socket", "IPv4", ENOSYS, open_inet },
	{ "socket", "IPv4 datagrams", ENOSYS, open_inet_datagrams },
	{ "socket", "Unix packets", ENOSYS, open_unix_packets },
	{ "sendto", "connect by sending", ENOSYS, send_fast_open },
	{ "setsockopt", "load a protocol", ENOSYS, load_protocol },
	{ "setsockopt", "attach a filter", ENOSYS, attach_filter },
	{ "ioctl", "type at a terminal", ENOSYS, type_at_terminal },
	{ "fcntl", "have a process signalled", ENOSYS, signal_by_kernel },
	{ "dup3", "replace a descriptor", ENOSYS, duplicate_low },
	{ "socket", "IPv6", ENOSYS, open_inet6 },
	{ "socket", "Unix stream", ENOSYS, open_unix_stream },
	{ "bind", "bind", ENOSYS, bind_another },
	{ "listen", "listen", ENOSYS, listen_again },
	{ "kill", "signal another process", ENOSYS, signal_another },
	{ "fchmodat", "change a mode", ENOSYS, change_mode },
	{ "mkdirat", "make a folder", ENOSYS, make_folder },
	{ "symlinkat", "make a link", ENOSYS, make_link },
	{ "clone", "start a thread", ENOSYS, celltry_start_thread },
};

static const struct celltry refused_files[] = {
	{ "landlock", "create a file elsewhere", EACCES, make_elsewhere },
	{ "landlock", "remove a file elsewhere", EACCES, remove_elsewhere },
	{ "landlock", "move a file elsewhere", EACCES, rename_away },
	{ "landlock", "move a file from elsewhere", EACCES, rename_here },
};

/* From ABI 4. */
static const struct celltry refused_ports[] = {
	{ "landlock", "connect by TCP", EACCES, connect_out },
};

static const struct celltry refused_without_file[] = {
	{ "landlock", "create a file", EACCES, make_elsewhere },
	{ "landlock", "remove a file", EACCES, remove_elsewhere },
};

static void
allows_its_work(void **state)
{
	(void)state;
	celltry_check_names(metrics_calls, "epoll_pwait2");
	celltry_check(enter, allowed, N(allowed));
}

static void
refuses_the_rest(void **state)
{
	(void)state;
	celltry_check(enter, celltry_refused, celltry_nrefused);
	celltry_check(enter, refused, N(refused));
}

static void
refuses_files(void **state)
{
	(void)state;
	if (!celltry_has_landlock())
		skip();
	celltry_check(enter, refused_files, N(refused_files));
	celltry_check(enter_without_file, refused_without_file,
	    N(refused_without_file));
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 4)
		celltry_check(enter, refused_ports, N(refused_ports));
}

static int
make_file(const char *path)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	return fd == -1 ? -1 : close(fd);
}

static int
make_folders(void)
{
	const char *top = getenv("TMPDIR");

	(void)snprintf(scratch, sizeof(scratch), "%s/countersign-cell.XXXXXX",
	    top != NULL ? top : "/tmp");
	if (mkdtemp(scratch) == NULL)
		return -1;
	(void)snprintf(folders[0], sizeof(folders[0]), "%s/run", scratch);
	(void)snprintf(folders[1], sizeof(folders[1]), "%s/files", scratch);
	(void)snprintf(other, sizeof(other), "%s/other", scratch);
	(void)snprintf(listen_on, sizeof(listen_on), "unix:%s/socket",
	    folders[0]);
	(void)snprintf(textfile, sizeof(textfile), "%s/a.prom", folders[1]);
	(void)snprintf(kept, sizeof(kept), "%s/kept", scratch);
	return mkdir(folders[0], 0700) == -1 ||
	    mkdir(folders[1], 0700) == -1 || make_file(kept) == -1 ||
	    make_file(textfile) == -1 ||
	    make_file(listen_on + strlen("unix:")) == -1 ? -1 : 0;
}

static int
prepare(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	(void)state;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	meters = meters_make(&table, &reader);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	stranger = socket(AF_INET, SOCK_STREAM, 0);
	return make_folders() == -1 || meters == NULL ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 ||
	    listener == -1 || stranger == -1 || bind(listener,
	    (const struct sockaddr *)&in, sizeof(in)) == -1 ? -1 : 0;
}

static int
clean_up(void **state)
{
	(void)state;
	meters_free(meters);
	(void)unlink(listen_on + strlen("unix:"));
	(void)unlink(textfile);
	(void)unlink(kept);
	(void)rmdir(folders[0]);
	(void)rmdir(folders[1]);
	(void)rmdir(scratch);
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(allows_its_work),
		cmocka_unit_test(refuses_the_rest),
		cmocka_unit_test(refuses_files),
	};

	return cmocka_run_group_tests(tests, prepare, clean_up);
}
