/* SPDX-License-Identifier: ISC */

/*
 * The cell of countersign-fleet from inside: children of this program enter it
 * by the daemon's own function, with a scratch key store, and try what it
 * allows and what it refuses.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "celltry.h"
#include "epochs/hostkeys.h"
#include "fleet/confine.h"
#include "keydir.h"
#include "store/replica.h"
#include "store/stage.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))
#define DOMAIN		"example.com"
#define PORT		5433

static struct keydir store, certificates;
static struct fleet_db *db;

static const char *
path(const char *name)
{
	static char buf[2][128];
	static unsigned int turn;

	turn ^= 1;
	(void)snprintf(buf[turn], sizeof(buf[turn]), "%s/" DOMAIN "/%s",
	    store.path, name);
	return buf[turn];
}

static int
enter(void)
{
	return fleet_confine(store.path, db, false);
}

/* What it does all day. */

static long
write_state(void)
{
	struct ks_error error;
	struct ks_lock *lock;
	struct ks_state state;
	int r;

	if (ks_lock(store.ks, DOMAIN, false, &lock, &error) != 0)
		return -1;
	r = ks_state_read(store.ks, DOMAIN, &state, &error);
	if (r == 0)
		r = ks_state_write(lock, &state, &error);
	ks_state_finish(&state);
	ks_unlock(lock);
	return r == 0 ? 0 : -1;
}

static long
make_domain(void)
{
	struct ks_error error;
	struct ks_lock *lock;

	if (ks_lock(store.ks, "new.example", true, &lock, &error) != 0)
		return -1;
	ks_unlock(lock);
	return 0;
}

static long
move_domain(void)
{
	char from[128], to[128];

	(void)snprintf(from, sizeof(from), "%s/old.example", store.path);
	(void)snprintf(to, sizeof(to), "%s/.archive/old.example", store.path);
	return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* Many domains come to the disk at once. */
static long
sync_domains(void)
{
	struct keystore *stage;
	struct ks_error error;
	int r;

	if (ks_stage_open(store.ks, &stage, &error) != 0)
		return -1;
	r = ks_stage_commit(store.ks, stage, 0, &error);
	ks_close(stage);
	return r == 0 ? 0 : -1;
}

static long
make_keys(void)
{
	struct fleet_hostkeys keys;
	struct ks_error error;

	if (fleet_hostkeys_make(store.ks, "relay1", &keys, &error) != 0)
		return -1;
	fleet_hostkeys_finish(&keys);
	return 0;
}

static long
read_certificate(void)
{
	char name[128];

	(void)snprintf(name, sizeof(name), "%s/root.crt", certificates.path);
	return syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC);
}

static long
find_names(void)
{
	static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list;

	if (getaddrinfo("localhost", "1", &hints, &list) != 0)
		return -1;
	freeaddrinfo(list);
	return 0;
}

static long
connect_database(void)
{
	return celltry_connect(PORT);
}

static long
connect_dns(void)
{
	return celltry_connect(53);
}

static long
use_local_time(void)
{
	const time_t now = 1700000000;
	struct tm tm;

	return localtime_r(&now, &tm) == NULL ? -1 : 0;
}

/* What Landlock refuses. */

static long
write_password(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_WRONLY);
}

static long
list_root(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY);
}

static long
read_memory(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/proc/1/mem", O_RDONLY);
}

static long
write_certificate(void)
{
	char name[128];

	(void)snprintf(name, sizeof(name), "%s/root.crt", certificates.path);
	return syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CLOEXEC);
}

static long
connect_mail(void)
{
	return celltry_connect(25);
}

/* What the filter of calls refuses. */

static long
listen_on_socket(void)
{
	return syscall(SYS_listen, STDIN_FILENO, 1);
}

static long
open_packet_socket(void)
{
	return syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0);
}

static long
make_link(void)
{
	return syscall(SYS_symlinkat, "/", AT_FDCWD, path("new"));
}

static long
make_pipe_file(void)
{
	return syscall(SYS_mknodat, AT_FDCWD, path("new"), S_IFIFO | 0600, 0);
}

static long
change_mode_by_name(void)
{
	return syscall(SYS_fchmodat, AT_FDCWD, path("state"), 0644);
}

static long
start_thread(void)
{
	const long r = syscall(SYS_clone, CLONE_VM | CLONE_SIGHAND |
	    CLONE_THREAD, 0, 0, 0, 0);

	if (r == 0)
		_exit(0);
	return r;
}

static const struct celltry allowed[] = {
	{ "renameat", "replace a state", 0, write_state },
	{ "mkdirat", "make a domain", 0, make_domain },
	{ "renameat2", "archive a domain", 0, move_domain },
	{ "syncfs", "take domains from a stage", 0, sync_domains },
	{ "linkat", "make and read the keys of the host", 0, make_keys },
	{ "openat", "read a certificate", 0, read_certificate },
	{ "socket", "find a host", 0, find_names },
	{ "connect", "connect to the database", 0, connect_database },
	{ "connect", "ask DNS by TCP", 0, connect_dns },
	{ "time", "local time", 0, use_local_time },
};

static const struct celltry refused[] = {
	{ "listen", "listen", ENOSYS, listen_on_socket },
	{ "socket", "packets of the network", ENOSYS, open_packet_socket },
	{ "symlinkat", "make a symbolic link", ENOSYS, make_link },
	{ "mknodat", "make a FIFO", ENOSYS, make_pipe_file },
	{ "fchmodat", "change a mode by name", ENOSYS, change_mode_by_name },
	{ "clone", "start a thread", ENOSYS, start_thread },
};

static const struct celltry refused_files[] = {
	{ "landlock", "change another file", EACCES, write_password },
	{ "landlock", "change a certificate", EACCES, write_certificate },
	{ "landlock", "list the root directory", EACCES, list_root },
};

/* Sanitizers read /proc. */
static const struct celltry refused_proc[] = {
	{ "openat", "read the memory of a process", EACCES, read_memory },
};

/* From ABI 4 of Landlock. */
static const struct celltry refused_ports[] = {
	{ "landlock", "connect to a mail server", EACCES, connect_mail },
};

static void
allows_its_work(void **state)
{
	(void)state;
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
	celltry_check(enter, refused_proc, N(refused_proc));
}

static void
names_are_right(void **state)
{
	(void)state;
	celltry_check_names(fleet_calls, NULL);
}

static void
refuses_ports(void **state)
{
	(void)state;
	if (!celltry_has_landlock() ||
	    syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 4)
		skip();
	celltry_check(enter, refused_ports, N(refused_ports));
}

static int
prepare(void **state)
{
	char text[256], name[128];
	struct ks_error error;
	int fd;

	(void)state;
	keydir_make(&store);
	keydir_make(&certificates);
	(void)keydir_add(&store, DOMAIN, "ed", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	(void)snprintf(name, sizeof(name), "%s/old.example", store.path);
	if (mkdir(name, 0700) == -1)
		return -1;
	(void)snprintf(name, sizeof(name), "%s/.archive", store.path);
	if (mkdir(name, 0700) == -1)
		return -1;
	(void)snprintf(name, sizeof(name), "%s/root.crt", certificates.path);
	if ((fd = open(name, O_WRONLY | O_CREAT, 0600)) == -1)
		return -1;
	(void)close(fd);
	(void)snprintf(text, sizeof(text), "host=localhost port=%d "
	    "sslmode=verify-full sslrootcert=%s", PORT, name);
	return fleet_db_new(&db, text, &error);
}

static int
clean_up(void **state)
{
	(void)state;
	fleet_db_free(db);
	keydir_remove(&store);
	keydir_remove(&certificates);
	keydir_free_keys();
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_right),
		cmocka_unit_test(allows_its_work),
		cmocka_unit_test(refuses_the_rest),
		cmocka_unit_test(refuses_files),
		cmocka_unit_test(refuses_ports),
	};

	return cmocka_run_group_tests(tests, prepare, clean_up);
}
