/* SPDX-License-Identifier: ISC */

/*
 * The signer's cell from inside: children of this program enter it by the
 * signer's own function, with a scratch key store, and try what it allows and
 * what it refuses.
 *
 * Files are tried twice: by calls that the cell allows, so that Landlock
 * refuses, and by calls that it does not.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "celltry.h"
#include "keydir.h"
#include "signer/confine.h"
#include "store/last_use.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))
#define DOMAIN		"example.com"

static struct keydir store, uses;
static int log_listener = -1, pair[2];
static struct sockaddr_un log_address = { .sun_family = AF_UNIX };

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
	return signer_confine(store.path, NULL, false);
}

static int
enter_mounted(void)
{
	return signer_confine(store.path, uses.path, false);
}

/* What it does all day. */

static long
list_domain(void)
{
	return syscall(SYS_openat, AT_FDCWD, path("."),
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static long
sign_with(const char *selector, enum dkimsig_algorithm algorithm)
{
	unsigned char signature[1024];
	size_t len = sizeof(signature);
	struct ks_error error;
	struct ks_key key;
	EVP_PKEY *pkey;
	EVP_MD_CTX *ctx;
	int r;

	ks_key_init(&key);
	(void)strlcpy(key.selector, selector, sizeof(key.selector));
	key.algorithm = algorithm;
	if (ks_key_load(store.ks, DOMAIN, &key, &pkey, &error) != 0)
		return -1;
	ctx = EVP_MD_CTX_new();
	r = EVP_DigestSignInit(ctx, NULL, algorithm == DKIMSIG_RSA_SHA256 ?
	    EVP_sha256() : NULL, NULL, pkey) == 1 &&
	    EVP_DigestSign(ctx, signature, &len,
	    (const unsigned char *)"mail", 4) == 1 ? 0 : -1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return r;
}

static long
sign_rsa(void)
{
	return sign_with("rsa", DKIMSIG_RSA_SHA256);
}

static long
sign_ed25519(void)
{
	return sign_with("ed", DKIMSIG_ED25519_SHA256);
}

static long
record_use(void)
{
	struct ks_error error;

	return ks_used_record(store.ks, DOMAIN, "rsa", 1000, &error) == 0 ?
	    0 : -1;
}

static long
pass_messages(void)
{
	struct iovec iov = { pair, sizeof(pair) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return sendmsg(pair[0], &msg, MSG_NOSIGNAL) == sizeof(pair) &&
	    recvmsg(pair[1], &msg, 0) == sizeof(pair) ? 0 : -1;
}

static long
reach_log(void)
{
	int fd;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, (const struct sockaddr *)&log_address,
	    sizeof(log_address)) == -1)
		return -1;
	return send(fd, "line", 4, MSG_NOSIGNAL);
}

static long
use_local_time(void)
{
	const time_t now = 1700000000;
	struct tm tm;

	return localtime_r(&now, &tm) == NULL ? -1 : 0;
}

static long
open_file_how(const char *name, uint64_t flags)
{
	struct open_how how = { .flags = flags, .mode = 0 };

	if ((flags & O_CREAT) != 0)
		how.mode = 0600;
	return syscall(SYS_openat2, AT_FDCWD, path(name), &how, sizeof(how));
}

static long
open_key_how(void)
{
	return open_file_how("rsa.pem", O_RDONLY);
}

/* What Landlock refuses. */

static long
read_password(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
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
write_key_how(void)
{
	return open_file_how("rsa.pem", O_WRONLY);
}

static long
write_use_how(void)
{
	return open_file_how("rsa.used", O_RDWR | O_TRUNC);
}

static long
make_file_how(void)
{
	return open_file_how("new", O_WRONLY | O_CREAT);
}

static long
make_unnamed_how(void)
{
	return open_file_how(".", O_WRONLY | O_TMPFILE);
}

/* What the filter of calls refuses. */

static long
open_with(const char *name, int flags)
{
	return syscall(SYS_openat, AT_FDCWD, path(name), flags, 0600);
}

static long
write_key(void)
{
	return open_with("rsa.pem", O_WRONLY);
}

static long
append_key(void)
{
	return open_with("rsa.pem", O_RDWR | O_APPEND);
}

static long
truncate_key(void)
{
	return open_with("rsa.pem", O_RDONLY | O_TRUNC);
}

static long
make_file(void)
{
	return open_with("new", O_RDONLY | O_CREAT);
}

static long
make_unnamed(void)
{
	return open_with(".", O_WRONLY | O_TMPFILE);
}

static long
truncate_file(void)
{
	return syscall(SYS_truncate, path("rsa.pem"), 0);
}

static long
unlink_key(void)
{
	return syscall(SYS_unlinkat, AT_FDCWD, path("rsa.pem"), 0);
}

static long
rename_key(void)
{
	return syscall(SYS_renameat2, AT_FDCWD, path("rsa.pem"), AT_FDCWD,
	    path("ed.pem"), 0);
}

static long
link_key(void)
{
	return syscall(SYS_linkat, AT_FDCWD, path("rsa.pem"), AT_FDCWD,
	    path("new"), 0);
}

static long
make_link(void)
{
	return syscall(SYS_symlinkat, "/", AT_FDCWD, path("new"));
}

static long
make_folder(void)
{
	return syscall(SYS_mkdirat, AT_FDCWD, path("new"), 0700);
}

static long
make_pipe_file(void)
{
	return syscall(SYS_mknodat, AT_FDCWD, path("new"), S_IFIFO | 0600, 0);
}

static long
change_mode(void)
{
	return syscall(SYS_fchmodat, AT_FDCWD, path("rsa.pem"), 0644);
}

static long
change_owner(void)
{
	return syscall(SYS_fchownat, AT_FDCWD, path("rsa.pem"), 1, 1, 0);
}

static long
open_socket(int family, int type)
{
	return syscall(SYS_socket, family, type, 0);
}

static long
open_inet(void)
{
	return open_socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC);
}

static long
open_inet_stream(void)
{
	return open_socket(AF_INET, SOCK_STREAM);
}

static long
open_inet6(void)
{
	return open_socket(AF_INET6, SOCK_STREAM);
}

static long
open_unix_stream(void)
{
	return open_socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC);
}

static long
open_unix_packets(void)
{
	return open_socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC);
}

static long
listen_on_socket(void)
{
	return syscall(SYS_listen, pair[0], 1);
}

static long
bind_socket(void)
{
	return syscall(SYS_bind, pair[0], &log_address, sizeof(log_address));
}

static long
duplicate_low(void)
{
	return syscall(SYS_dup3, pair[0], STDOUT_FILENO, 0);
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
	{ "openat", "list a domain", 0, list_domain },
	{ "openat", "sign with RSA", 0, sign_rsa },
	{ "openat", "sign with Ed25519", 0, sign_ed25519 },
	{ "utimensat", "record a use", 0, record_use },
	{ "sendmsg", "pass messages", 0, pass_messages },
	{ "socket", "reach the log again", 0, reach_log },
	{ "time", "local time", 0, use_local_time },
};

static const struct celltry refused[] = {
	{ "openat2", "openat2 without a mounted store", ENOSYS,
	    open_key_how },
	{ "openat", "open a key for writing", ENOSYS, write_key },
	{ "openat", "append to a key", ENOSYS, append_key },
	{ "openat", "truncate a key", ENOSYS, truncate_key },
	{ "openat", "create a file", ENOSYS, make_file },
	{ "openat", "create a file without a name", ENOSYS, make_unnamed },
	{ "truncate", "truncate", ENOSYS, truncate_file },
	{ "unlinkat", "remove a key", ENOSYS, unlink_key },
	{ "renameat2", "replace a key", ENOSYS, rename_key },
	{ "linkat", "link a key", ENOSYS, link_key },
	{ "symlinkat", "make a symbolic link", ENOSYS, make_link },
	{ "mkdirat", "make a folder", ENOSYS, make_folder },
	{ "mknodat", "make a FIFO", ENOSYS, make_pipe_file },
	{ "fchmodat", "change a mode", ENOSYS, change_mode },
	{ "fchownat", "change an owner", ENOSYS, change_owner },
	{ "socket", "IPv4 datagrams", ENOSYS, open_inet },
	{ "socket", "IPv4 stream", ENOSYS, open_inet_stream },
	{ "socket", "IPv6 stream", ENOSYS, open_inet6 },
	{ "socket", "Unix stream", ENOSYS, open_unix_stream },
	{ "socket", "Unix packets", ENOSYS, open_unix_packets },
	{ "listen", "listen", ENOSYS, listen_on_socket },
	{ "bind", "bind", ENOSYS, bind_socket },
	{ "dup3", "replace a descriptor", ENOSYS, duplicate_low },
	{ "clone", "start a thread", ENOSYS, start_thread },
};

static const struct celltry refused_files[] = {
	{ "landlock", "read another file", EACCES, read_password },
	{ "landlock", "list the root directory", EACCES, list_root },
};

/* Sanitizers read /proc. */
static const struct celltry refused_proc[] = {
	{ "openat", "read the memory of a process", EACCES, read_memory },
};

static const struct celltry mounted_allowed[] = {
	{ "openat2", "open a key", 0, open_key_how },
	{ "openat", "sign with RSA", 0, sign_rsa },
};

static const struct celltry mounted_refused[] = {
	{ "landlock", "open a key for writing", EACCES, write_key_how },
	{ "landlock", "truncate a file of times", EACCES, write_use_how },
	{ "landlock", "create a file", EACCES, make_file_how },
	{ "landlock", "create a file without a name", EACCES,
	    make_unnamed_how },
};

static void
allows_signing(void **state)
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
confines_with_mounted_keys(void **state)
{
	(void)state;
	celltry_check(enter_mounted, mounted_allowed, N(mounted_allowed));
	celltry_check(enter_mounted, celltry_refused, celltry_nrefused);
	if (celltry_has_landlock())
		celltry_check(enter_mounted, mounted_refused,
		    N(mounted_refused));
}

static int
prepare(void **state)
{
	(void)state;
	keydir_make(&store);
	keydir_make(&uses);
	(void)keydir_add(&store, DOMAIN, "rsa", DKIMSIG_RSA_SHA256, 1,
	    KS_NEVER);
	(void)keydir_add(&store, DOMAIN, "ed", DKIMSIG_ED25519_SHA256, 1,
	    KS_NEVER);
	(void)snprintf(log_address.sun_path, sizeof(log_address.sun_path),
	    "%s/log", uses.path);
	log_listener = socket(AF_UNIX, SOCK_DGRAM, 0);
	return log_listener == -1 || bind(log_listener,
	    (const struct sockaddr *)&log_address,
	    sizeof(log_address)) == -1 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1 ? -1 : 0;
}

static int
clean_up(void **state)
{
	(void)state;
	(void)close(log_listener);
	(void)close(pair[0]);
	(void)close(pair[1]);
	keydir_remove(&store);
	keydir_remove(&uses);
	keydir_free_keys();
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(allows_signing),
		cmocka_unit_test(refuses_the_rest),
		cmocka_unit_test(refuses_files),
		cmocka_unit_test(confines_with_mounted_keys),
	};

	return cmocka_run_group_tests(tests, prepare, clean_up);
}
