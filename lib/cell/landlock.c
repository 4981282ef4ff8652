/* SPDX-License-Identifier: ISC */

/*
 * Landlock: no file, and no TCP port, but those of the cell.
 *
 * The kernel says which ABI it has, and gets only the rights that this ABI
 * knows: all of them are handled, so what no path of the cell allows is
 * refused.  What an older kernel does not know, it does not refuse: truncating
 * before ABI 3, TCP before ABI 4, ioctl(2) on devices before ABI 5, signals and
 * abstract sockets of other processes before ABI 6.  For those, the filter of
 * system calls remains.
 *
 * Fails if a path of the cell cannot be opened.  Descriptors that are open keep
 * their rights.
 */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cell/landlock_abi.h"
#include "cell/private.h"

static const struct {
	enum cell_right	right;
	uint64_t	access;
} rights[] = {
	{ CELL_READ,		FS_READ_FILE | FS_READ_DIR },
	{ CELL_WRITE,		FS_WRITE_FILE },
	{ CELL_TRUNCATE,	FS_TRUNCATE },
	{ CELL_MAKE,		FS_MAKE_REG },
	{ CELL_REMOVE,		FS_REMOVE_FILE },
	{ CELL_FOLDERS,		FS_MAKE_DIR | FS_REMOVE_DIR | FS_REFER },
};

/* What may be allowed on something that is no directory. */
#define FS_FILE	(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | \
    FS_IOCTL_DEV)

static uint64_t
all_of_abi(long abi)
{
	if (abi >= 5)
		return FS_ALL_5;
	if (abi >= 3)
		return FS_ALL_3;
	return abi == 2 ? FS_ALL_2 : FS_ALL_1;
}

/* The kernel's structure grew: an older one wants the shorter. */
static int
create_ruleset(const struct cell *cell, long abi, struct ruleset_attr *attr)
{
	size_t size = sizeof(attr->handled_fs);

	memset(attr, 0, sizeof(*attr));
	attr->handled_fs = all_of_abi(abi);
	if (abi >= 4) {
		size += sizeof(attr->handled_net);
		attr->handled_net = NET_BIND_TCP;
		if (!cell->has_any_tcp)
			attr->handled_net |= NET_CONNECT_TCP;
	}
	if (abi >= 6) {
		size += sizeof(attr->scoped);
		attr->scoped = SCOPE_ABSTRACT | SCOPE_SIGNAL;
	}
	return (int)syscall(SYS_landlock_create_ruleset, attr, size, 0);
}

static int
allow_path(int ruleset, const struct ruleset_attr *attr,
    const struct cell_path *path)
{
	struct path_attr rule = { .allowed = 0 };
	struct stat st;
	size_t i;
	int r;

	rule.parent = open(path->path, O_PATH | O_CLOEXEC);
	if (rule.parent == -1 && (path->rights & CELL_OPTIONAL) != 0 &&
	    (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return 0;
	if (rule.parent == -1 || fstat(rule.parent, &st) == -1) {
		log_warn(M_LOCKDOWN_FAILED, "%s: cannot open it to allow its "
		    "use", path->path);
		if (rule.parent != -1)
			(void)close(rule.parent);
		return -1;
	}
	for (i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
		if ((path->rights & rights[i].right) != 0)
			rule.allowed |= rights[i].access;
	rule.allowed &= attr->handled_fs;
	if (!S_ISDIR(st.st_mode))
		rule.allowed &= FS_FILE;
	r = rule.allowed == 0 ? 0 : (int)syscall(SYS_landlock_add_rule,
	    ruleset, RULE_PATH, &rule, 0);
	if (r == -1)
		log_warn(M_LOCKDOWN_FAILED, "%s: cannot allow its use",
		    path->path);
	(void)close(rule.parent);
	return r;
}

static int
allow_paths(int ruleset, const struct ruleset_attr *attr,
    const struct cell_path *paths)
{
	int r;

	for (r = 0; paths != NULL && paths->path != NULL && r == 0; paths++)
		r = allow_path(ruleset, attr, paths);
	return r;
}

static int
allow_ports(int ruleset, const struct ruleset_attr *attr,
    const uint16_t *ports)
{
	struct port_attr rule = { .allowed = NET_CONNECT_TCP };

	if ((attr->handled_net & NET_CONNECT_TCP) == 0 || ports == NULL)
		return 0;
	for (; *ports != 0; ports++) {
		rule.port = *ports;
		if (syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &rule,
		    0) == -1) {
			log_warn(M_LOCKDOWN_FAILED, "cannot allow TCP port %u",
			    (unsigned int)*ports);
			return -1;
		}
	}
	return 0;
}

static int
restrict_self(int ruleset)
{
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) == 0)
		return 0;
	log_warn(M_LOCKDOWN_FAILED, "cannot restrict the use of files");
	return -1;
}

int
landlock_enter(const struct cell *cell, char lack[CELL_LACK_SIZE])
{
	struct ruleset_attr attr;
	int r, ruleset;
	long abi;

	lack[0] = '\0';
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
	if (abi < 1) {
		/* Not compiled in, not enabled, or forbidden to us. */
		(void)snprintf(lack, CELL_LACK_SIZE, "Landlock: %s",
		    strerror(errno));
		return 0;
	}
	log_debug("Landlock has ABI %ld", abi);
	if ((ruleset = create_ruleset(cell, abi, &attr)) == -1) {
		log_warn(M_LOCKDOWN_FAILED, "cannot use Landlock");
		return -1;
	}
	if ((r = allow_paths(ruleset, &attr, cell->paths)) == 0 &&
	    (r = allow_paths(ruleset, &attr, cell_extra_paths)) == 0 &&
	    (r = allow_ports(ruleset, &attr, cell->tcp_ports)) == 0)
		r = restrict_self(ruleset);
	(void)close(ruleset);
	return r;
}
