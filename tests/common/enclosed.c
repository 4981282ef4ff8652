/* SPDX-License-Identifier: ISC */

/*
 * A front in its cell: see enclosed.h.
 */

#include "enclosed.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <fcntl.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/privileges.h"
#include "config/config.h"
#include "front/bounds.h"
#include "front/enclose.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))
#define OTHER_USER	"nobody"

static char top[] = "/tmp/countersign-enclosed-XXXXXX";

const char *
enclosed_path(const char *name)
{
	static char buf[2][128];
	static unsigned int turn;

	turn ^= 1;
	(void)snprintf(buf[turn], sizeof(buf[turn]), "%s/%s", top, name);
	return buf[turn];
}

int
enclosed_enter(void)
{
	struct config *config;
	size_t nfaults;

	config = config_load_within(enclosed_path("conf/main.conf"),
	    bounds_of_config(), stderr, &nfaults);
	if (config == NULL || privileges_drop(OTHER_USER) != 0)
		return -1;
	return enclose_front(config, false);
}

long
enclosed_open(const char *name, int flags)
{
	return syscall(SYS_openat, AT_FDCWD, enclosed_path(name), flags, 0666);
}

long
enclosed_socket(int family, int type, int protocol)
{
	return syscall(SYS_socket, family, type | SOCK_CLOEXEC, protocol);
}

static void
write_file(const char *name, const char *text)
{
	FILE *fp;

	fp = fopen(enclosed_path(name), "w");
	assert_non_null(fp);
	assert_true(fputs(text, fp) >= 0);
	assert_int_equal(fclose(fp), 0);
}

static void
write_main(void)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
	    "socket = \"unix:%s/run/milter.sock\"\n"
	    "keydir = \"%s/keys\"\naudit_file = \"%s/audit/audit\"\n"
	    "counts_dir = \"%s/counts\"\nuser = \"" OTHER_USER "\"\n"
	    "dns { servers = { \"127.0.0.254@5353\" } }\n"
	    "include \"%s/conf/conf.d/*.conf\"\n", top, top, top, top, top);
	write_file("conf/main.conf", text);
	write_file("conf/conf.d/one.conf", "source \"one\" {\n"
	    "    spf = { \"example.org\" }\n"
	    "    header \"X-Tenant\" { value = { \"ours\" } }\n"
	    "    domains = { \"example.com\" }\n}\n");
}

static void
listen_at(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd;

	(void)strlcpy(at.sun_path, enclosed_path(name), sizeof(at.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_not_equal(fd, -1);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)),
	    0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(chmod(enclosed_path(name), 0666), 0);
}

static const char *const folders[] = { "conf", "conf/conf.d", "audit",
    "counts", "keys", "run" };
static const char *const files[] = { "audit/audit", "counts/counts",
    "counts/alarms", "keys/key.pem" };

int
enclosed_make(void **state)
{
	const struct passwd *pw = getpwnam(OTHER_USER);
	size_t i;

	(void)state;
	(void)umask(022);
	if (mkdtemp(top) == NULL || chmod(top, 0755) == -1 || pw == NULL)
		return -1;
	for (i = 0; i < N(folders); i++)
		assert_int_equal(mkdir(enclosed_path(folders[i]), 0755), 0);
	for (i = 0; i < N(files); i++) {
		write_file(files[i], "text");
		assert_int_equal(chmod(enclosed_path(files[i]), 0666), 0);
	}
	write_main();
	listen_at("run/milter.sock");
	if (geteuid() != 0)
		return 0;
	/* The files of the configuration must belong to root. */
	for (i = 2; i < N(folders); i++)
		assert_int_equal(chown(enclosed_path(folders[i]), pw->pw_uid,
		    pw->pw_gid), 0);
	return 0;
}

int
enclosed_remove(void **state)
{
	static const char *const made[] = { "conf/main.conf",
	    "conf/conf.d/one.conf", "audit/new", "run/milter.sock" };
	size_t i;

	(void)state;
	for (i = 0; i < N(made); i++)
		(void)unlink(enclosed_path(made[i]));
	for (i = 0; i < N(files); i++)
		(void)unlink(enclosed_path(files[i]));
	for (i = N(folders); i > 0; i--)
		(void)rmdir(enclosed_path(folders[i - 1]));
	return rmdir(top);
}
