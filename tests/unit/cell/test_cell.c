/* SPDX-License-Identifier: ISC */

/*
 * The tables of a cell, and what kernel and filter make of them: a cell of
 * three folders, in which the calls for files are all allowed, so that it is
 * Landlock that refuses.
 */

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cell/private.h"
#include "celltry.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))

/* In it: "read", "write", "all" and "all/sub", each with files f and f2. */
static char top[] = "/tmp/countersign-cell-XXXXXX";

static const char *
path(const char *name)
{
	static char buf[2][128];
	static unsigned int turn;

	turn ^= 1;
	(void)snprintf(buf[turn], sizeof(buf[turn]), "%s/%s", top, name);
	return buf[turn];
}

static const struct cell_call file_calls[] = {
	{ .name = "bind" },
	{ .name = "connect" },
	{ .name = "ftruncate" },
	{ .name = "mkdirat" },
	{ .name = "openat" },
	{ .name = "renameat" },
	{ .name = "socket", { CELL_IS(0, AF_UNIX) } },
	{ .name = "socket", { CELL_IS(0, AF_INET) } },
	{ .name = "symlinkat" },
	{ .name = "truncate" },
	{ .name = "unlinkat" },
	{ .name = NULL }
};

static int
enter(void)
{
	static const uint16_t ports[] = { 53, 0 };
	static const struct cell_limit limits[] = { { RLIMIT_NPROC, 0 } };
	char read_path[128], write_path[128], all_path[128], tree_path[128];
	const struct cell_path paths[] = {
		{ read_path, CELL_READ },
		{ write_path, CELL_WRITE },
		{ all_path, CELL_READ | CELL_WRITE | CELL_TRUNCATE |
		    CELL_MAKE | CELL_REMOVE },
		{ tree_path, CELL_READ | CELL_MAKE | CELL_REMOVE |
		    CELL_FOLDERS },
		{ "/nonexistent", CELL_READ | CELL_OPTIONAL },
		{ .path = NULL }
	};
	const struct cell cell = {
		.calls = file_calls, .paths = paths, .tcp_ports = ports,
		.limits = limits, .nlimits = N(limits), .has_threads = true,
	};

	(void)strlcpy(read_path, path("read"), sizeof(read_path));
	(void)strlcpy(write_path, path("write"), sizeof(write_path));
	(void)strlcpy(all_path, path("all"), sizeof(all_path));
	(void)strlcpy(tree_path, path("tree"), sizeof(tree_path));
	return cell_enter(&cell);
}

static long
open_as(const char *name, int flags)
{
	return syscall(SYS_openat, AT_FDCWD, path(name), flags, 0600);
}

static long
read_readable(void)
{
	return open_as("read/f", O_RDONLY);
}

static long
list_readable(void)
{
	return open_as("read", O_RDONLY | O_DIRECTORY);
}

static long
write_readable(void)
{
	return open_as("read/f", O_WRONLY);
}

static long
read_writable(void)
{
	return open_as("write/f", O_RDONLY);
}

static long
write_writable(void)
{
	return open_as("write/f", O_WRONLY | O_APPEND);
}

static long
make_writable(void)
{
	return open_as("write/new", O_WRONLY | O_CREAT);
}

static long
truncate_writable(void)
{
	return syscall(SYS_truncate, path("write/f"), 0);
}

static long
read_parent(void)
{
	return open_as(".", O_RDONLY | O_DIRECTORY);
}

static long
read_password(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static long
make_in_all(void)
{
	return open_as("all/new", O_RDWR | O_CREAT | O_TRUNC);
}

static long
rename_in_all(void)
{
	return syscall(SYS_renameat, AT_FDCWD, path("all/f"), AT_FDCWD,
	    path("all/g"));
}

static long
rename_away(void)
{
	return syscall(SYS_renameat, AT_FDCWD, path("all/f2"),
	    AT_FDCWD, path("all/sub/f2"));
}

static long
unlink_in_all(void)
{
	return syscall(SYS_unlinkat, AT_FDCWD, path("all/g"), 0);
}

static long
unlink_readable(void)
{
	return syscall(SYS_unlinkat, AT_FDCWD, path("read/f"), 0);
}

static long
make_folder(void)
{
	return syscall(SYS_mkdirat, AT_FDCWD, path("all/folder"), 0700);
}

static long
make_link(void)
{
	return syscall(SYS_symlinkat, "/", AT_FDCWD, path("all/link"));
}

static long
make_folder_in_tree(void)
{
	return syscall(SYS_mkdirat, AT_FDCWD, path("tree/new"), 0700);
}

static long
remove_folder_in_tree(void)
{
	return syscall(SYS_unlinkat, AT_FDCWD, path("tree/new"),
	    AT_REMOVEDIR);
}

static long
move_folder(void)
{
	return syscall(SYS_renameat, AT_FDCWD, path("tree/folder"),
	    AT_FDCWD, path("tree/sub/folder"));
}

static long
move_folder_out(void)
{
	return syscall(SYS_renameat, AT_FDCWD, path("tree/sub"), AT_FDCWD,
	    path("all/sub2"));
}

static long
connect_dns(void)
{
	return celltry_connect(53);
}

static long
connect_mail(void)
{
	return celltry_connect(25);
}

static long
open_ipv6(void)
{
	return syscall(SYS_socket, AF_INET6, SOCK_STREAM, 0);
}

static long
raise_signal(void)
{
	return signal(SIGUSR1, SIG_IGN) != SIG_ERR && raise(SIGUSR1) == 0 ?
	    0 : -1;
}

static long
use_memory(void)
{
	const size_t size = 64 << 20;
	char *p;

	if ((p = malloc(size)) == NULL)
		return -1;
	memset(p, 1, size);
	free(p);
	return 0;
}

static const struct celltry allowed[] = {
	{ "openat", "read a readable file", 0, read_readable },
	{ "openat", "list a readable folder", 0, list_readable },
	{ "openat", "append to a writable file", 0, write_writable },
	{ "openat", "make a file", 0, make_in_all },
	{ "renameat", "rename in a folder", 0, rename_in_all },
	{ "unlinkat", "remove a file", 0, unlink_in_all },
	{ "mkdirat", "make a folder", 0, make_folder_in_tree },
	{ "unlinkat", "remove a folder", 0, remove_folder_in_tree },
	{ "clone", "start a thread", 0, celltry_start_thread },
	{ "tgkill", "raise", 0, raise_signal },
	{ "mmap", "use memory", 0, use_memory },
};

static const struct celltry refused_files[] = {
	{ "landlock", "write a readable file", EACCES, write_readable },
	{ "landlock", "read a writable file", EACCES, read_writable },
	{ "landlock", "make a file where only writing is allowed", EACCES,
	    make_writable },
	{ "landlock", "list the parent", EACCES, read_parent },
	{ "landlock", "read another file", EACCES, read_password },
	{ "landlock", "rename to another folder", EXDEV, rename_away },
	{ "landlock", "remove a readable file", EACCES, unlink_readable },
	{ "landlock", "make a folder", EACCES, make_folder },
	{ "landlock", "make a symbolic link", EACCES, make_link },
};

/* From ABI 2, 3 and 4. */
static const struct celltry moves[] = {
	{ "landlock", "move a folder out of its tree", EACCES,
	    move_folder_out },
	{ "landlock", "move a folder", 0, move_folder },
};

static const struct celltry truncation[] = {
	{ "landlock", "truncate", EACCES, truncate_writable },
};

static const struct celltry ports[] = {
	{ "landlock", "connect to a port of the cell", 0, connect_dns },
	{ "landlock", "connect to another port", EACCES, connect_mail },
};

static const struct celltry refused_calls[] = {
	{ "socket", "socket of another family", ENOSYS, open_ipv6 },
};

static void
names_are_right(void **state)
{
	static const struct cell_call *const tables[] = {
		cell_base_calls, cell_thread_calls, cell_extra_calls,
	};
	const char *const *name;
	size_t i;

	(void)state;
	for (i = 0; i < N(tables); i++)
		celltry_check_names(tables[i], NULL);
	for (name = cell_fatal_calls; *name != NULL; name++)
		if (seccomp_syscall_resolve_name(*name) == __NR_SCMP_ERROR)
			fail_msg("%s: no such call", *name);
}

static void
allows_what_it_says(void **state)
{
	(void)state;
	celltry_check(enter, allowed, N(allowed));
}

static void
refuses_calls(void **state)
{
	(void)state;
	celltry_check(enter, celltry_refused, celltry_nrefused);
	celltry_check(enter, refused_calls, N(refused_calls));
}

static void
refuses_files(void **state)
{
	long abi;

	(void)state;
	if (!celltry_has_landlock())
		skip();
	celltry_check(enter, refused_files, N(refused_files));
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	if (abi >= 2)
		celltry_check(enter, moves, N(moves));
	if (abi >= 3)
		celltry_check(enter, truncation, N(truncation));
	if (abi >= 4)
		celltry_check(enter, ports, N(ports));
}

static int
enter_missing_path(void)
{
	static const struct cell_path paths[] = {
		{ "/nonexistent", CELL_READ }, { .path = NULL }
	};
	const struct cell cell = { .paths = paths };

	return cell_enter(&cell);
}

static void
fails_if_a_path_is_missing(void **state)
{
	(void)state;
	if (!celltry_has_landlock())
		skip();
	assert_int_equal(enter_missing_path(), -1);
}

static int
make_files(void **state)
{
	static const char *const folders[] = { "read", "write", "all",
	    "all/sub", "tree", "tree/folder", "tree/sub" };
	static const char *const files[] = { "f", "f2" };
	char name[32];
	size_t i, j;
	int fd;

	(void)state;
	if (mkdtemp(top) == NULL)
		return -1;
	for (i = 0; i < N(folders); i++) {
		if (mkdir(path(folders[i]), 0700) == -1)
			return -1;
		for (j = 0; j < N(files); j++) {
			(void)snprintf(name, sizeof(name), "%s/%s",
			    folders[i], files[j]);
			if ((fd = open(path(name), O_WRONLY | O_CREAT,
			    0600)) == -1)
				return -1;
			(void)close(fd);
		}
	}
	return 0;
}

static int
remove_files(void **state)
{
	static const char *const names[] = { "read/f", "read/f2", "read",
	    "write/f", "write/f2", "write", "all/sub/f", "all/sub/f2",
	    "all/sub", "all/f", "all/f2", "all/g", "all/new", "all",
	    "tree/folder/f", "tree/folder/f2", "tree/folder",
	    "tree/sub/folder/f", "tree/sub/folder/f2", "tree/sub/folder",
	    "tree/sub/f", "tree/sub/f2", "tree/sub", "tree/f", "tree/f2",
	    "tree" };
	size_t i;

	(void)state;
	for (i = 0; i < N(names); i++)
		(void)remove(path(names[i]));
	return rmdir(top);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_right),
		cmocka_unit_test(allows_what_it_says),
		cmocka_unit_test(refuses_calls),
		cmocka_unit_test(refuses_files),
		cmocka_unit_test(fails_if_a_path_is_missing),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
