/* SPDX-License-Identifier: ISC */

/*
 * The cell of the front lets it do all that it does: see enclosed.h.
 */

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "celltry.h"
#include "config/config.h"
#include "enclosed.h"
#include "front/bounds.h"
#include "front/enclose.h"
#include "resolver/resolver.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))

static long
read_config(void)
{
	return enclosed_open("conf/main.conf", O_RDONLY);
}

static long
read_included(void)
{
	return enclosed_open("conf/conf.d/one.conf", O_RDONLY);
}

static long
load_again(void)
{
	struct config *config;
	size_t nfaults;

	config = config_load_within(enclosed_path("conf/main.conf"),
	    bounds_of_config(), stderr, &nfaults);
	return config != NULL && bounds_refused() == 0 ? 0 : -1;
}

static long
read_hosts(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

static long
append_audit(void)
{
	return enclosed_open("audit/audit", O_WRONLY | O_APPEND | O_CREAT);
}

static long
make_audit(void)
{
	return enclosed_open("audit/new", O_WRONLY | O_APPEND | O_CREAT);
}

static long
write_counts(void)
{
	long fd;

	if ((fd = enclosed_open("counts/counts", O_RDWR | O_CREAT)) == -1)
		return -1;
	return syscall(SYS_ftruncate, fd, 4096) == 0 &&
	    syscall(SYS_pwrite64, fd, "x", 1, 0) == 1 &&
	    syscall(SYS_fdatasync, fd) == 0 ? 0 : -1;
}

static long
remove_socket(void)
{
	return syscall(SYS_unlink, enclosed_path("run/milter.sock"));
}

static long
find_user(void)
{
	return getpwnam("root") != NULL && getpwuid(0) != NULL ? 0 : -1;
}

static long
log_a_line(void)
{
	openlog("test_enclose", LOG_NDELAY, LOG_MAIL);
	syslog(LOG_DEBUG, "from the cell");
	return 0;
}

static long
ask_by_udp(void)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(53),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	long fd;

	if ((fd = enclosed_socket(AF_INET, SOCK_DGRAM, 0)) == -1)
		return -1;
	return syscall(SYS_sendto, fd, "x", 1, 0, &to, sizeof(to)) == 1 ? 0 :
	    -1;
}

static long
connect_dns(void)
{
	return celltry_connect(53);
}

static long
connect_other_dns(void)
{
	return celltry_connect(5353);
}

static long
connect_unix(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	long fd;

	(void)strlcpy(to.sun_path, enclosed_path("run/milter.sock"),
	    sizeof(to.sun_path));
	if ((fd = enclosed_socket(AF_UNIX, SOCK_STREAM, 0)) == -1)
		return -1;
	return syscall(SYS_connect, fd, &to, sizeof(to));
}

/* libunbound starts a thread, and more files and sockets. */
static long
look_up(void)
{
	static const char *const servers[] = { "127.0.0.254@5353",
	    "fe80::1%lo" };
	const struct dns_options options = {
		.servers = servers, .nservers = 2, .timeout_ms = 10,
	};
	struct dns_resolver *resolver;
	struct dns_answer answer;
	char error[256];

	if ((resolver = dns_resolver_new(&options, error, sizeof(error))) ==
	    NULL) {
		print_error("%s\n", error);
		return -1;
	}
	(void)dns_lookup(resolver, "example.com", DNS_TXT, &answer);
	dns_answer_free(&answer);
	dns_resolver_free(resolver);
	return 0;
}

static const struct celltry needed[] = {
	{ "openat", "read the configuration", 0, read_config },
	{ "openat", "read an included file", 0, read_included },
	{ "openat", "load all again", 0, load_again },
	{ "openat", "read below /etc", 0, read_hosts },
	{ "openat", "append to the audit file", 0, append_audit },
	{ "openat", "make a new audit file", 0, make_audit },
	{ "openat", "write counts", 0, write_counts },
	{ "openat", "find a user", 0, find_user },
	{ "sendto", "log", 0, log_a_line },
	{ "sendto", "ask by UDP", 0, ask_by_udp },
	{ "connect", "ask by TCP", 0, connect_dns },
	{ "connect", "ask by TCP at a port of the configuration", 0,
	    connect_other_dns },
	{ "connect", "connect to the own socket", 0, connect_unix },
	{ "clone", "start a thread", 0, celltry_start_thread },
	{ "socket", "look up with libunbound", 0, look_up },
	/* The last one, which leaves no socket to connect to. */
	{ "unlink", "remove the socket at the end", 0, remove_socket },
};

/* epoll_pwait2 is newer than the oldest libseccomp. */
static void
names_are_right(void **state)
{
	(void)state;
	celltry_check_names(enclose_calls, "epoll_pwait2");
}

static void
allows_what_the_front_needs(void **state)
{
	(void)state;
	celltry_check(enclosed_enter, needed, N(needed));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_right),
		cmocka_unit_test(allows_what_the_front_needs),
	};

	return cmocka_run_group_tests(tests, enclosed_make, enclosed_remove);
}
