/* SPDX-License-Identifier: ISC */

/*
 * The table of calls.h.  System calls that this architecture does not have are
 * not compiled: x86-64 has all of them.
 */

#include "calls.h"

#include <sys/syscall.h>

#include <errno.h>
#include <string.h>

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static const struct calls all[] = {
	{ "accept", { SYS_accept, SYS_accept4, -1 }, false, -1 },
	{ "bind", { SYS_bind, SYS_listen, -1 }, false, -1 },
	{ "chdir", { SYS_chdir, SYS_fchdir, SYS_umask, -1 }, false, -1 },
	{ "close", { SYS_close, -1 }, true, -1 },
	{ "connect", { SYS_connect, -1 }, false, -1 },
	{ "dup", { SYS_dup, SYS_dup2, SYS_dup3, -1 }, false, -1 },
	{ "exec", { SYS_execve, -1 }, false, -1 },
	{ "fcntl", { SYS_fcntl, -1 }, false, -1 },
	{ "fork", { SYS_clone, SYS_clone3, SYS_fork, SYS_vfork, -1 }, false,
	    -1 },
	{ "fsync", { SYS_fsync, SYS_fdatasync, -1 }, true, -1 },
	{ "getdents", { SYS_getdents64, -1 }, false, -1 },
	{ "ids", { SYS_setuid, SYS_setgid, SYS_setresuid, SYS_setresgid,
	    SYS_setgroups, -1 }, false, -1 },
	{ "limits", { SYS_prctl, SYS_prlimit64, SYS_setrlimit, SYS_mlockall,
	    SYS_seccomp, SYS_setpgid, SYS_setsid, -1 }, false, -1 },
	{ "link", { SYS_link, SYS_linkat, SYS_symlinkat, -1 }, false, -1 },
	{ "lock", { SYS_flock, -1 }, false, -1 },
	{ "lseek", { SYS_lseek, -1 }, false, -1 },
	{ "mkdir", { SYS_mkdir, SYS_mkdirat, -1 }, false, -1 },
	{ "mmap", { SYS_mmap, SYS_mprotect, SYS_mremap, -1 }, false, -1 },
	{ "open", { SYS_open, SYS_openat, SYS_creat, -1 }, false, -1 },
	{ "owner", { SYS_chmod, SYS_fchmod, SYS_fchmodat, SYS_chown,
	    SYS_fchown, SYS_lchown, SYS_fchownat, -1 }, false, -1 },
	{ "pipe", { SYS_pipe, SYS_pipe2, SYS_eventfd2, SYS_epoll_create1,
	    SYS_timerfd_create, SYS_signalfd4, SYS_memfd_create, -1 }, false,
	    -1 },
	{ "poll", { SYS_poll, SYS_ppoll, SYS_select, SYS_pselect6,
	    SYS_epoll_wait, SYS_epoll_pwait, -1 }, false, -1 },
	{ "read", { SYS_read, SYS_pread64, -1 }, false, 2 },
	{ "recv", { SYS_recvfrom, -1 }, false, 2 },
	{ "recvmsg", { SYS_recvmsg, SYS_recvmmsg, -1 }, false, -1 },
	{ "rename", { SYS_rename, SYS_renameat, SYS_renameat2, -1 }, false,
	    -1 },
	{ "send", { SYS_sendto, -1 }, false, 2 },
	{ "sendmsg", { SYS_sendmsg, SYS_sendmmsg, -1 }, false, -1 },
	{ "socket", { SYS_socket, SYS_socketpair, -1 }, false, -1 },
	{ "sockopt", { SYS_setsockopt, SYS_getsockopt, SYS_getsockname,
	    SYS_getpeername, -1 }, false, -1 },
	{ "stat", { SYS_stat, SYS_lstat, SYS_fstat, SYS_newfstatat, SYS_statx,
	    SYS_fstatfs, SYS_access, -1 }, false, -1 },
	{ "truncate", { SYS_truncate, SYS_ftruncate, SYS_fallocate, -1 },
	    false, -1 },
	{ "unlink", { SYS_unlink, SYS_unlinkat, SYS_rmdir, -1 }, false, -1 },
	{ "wait", { SYS_wait4, SYS_waitid, -1 }, false, -1 },
	{ "write", { SYS_write, SYS_pwrite64, -1 }, false, 2 },
	/* Short: the number of pieces. */
	{ "writev", { SYS_writev, -1 }, false, 2 },
	{ "malloc", { CALLS_REPORT, -1 }, true, -1 },
};

static const struct {
	const char	*name;
	int		 number;
} errors[] = {
	{ "EACCES", EACCES },
	{ "EADDRINUSE", EADDRINUSE },
	{ "EAGAIN", EAGAIN },
	{ "ECONNREFUSED", ECONNREFUSED },
	{ "ECONNRESET", ECONNRESET },
	{ "EINTR", EINTR },
	{ "EIO", EIO },
	{ "EMFILE", EMFILE },
	{ "ENOBUFS", ENOBUFS },
	{ "ENOLCK", ENOLCK },
	{ "ENOMEM", ENOMEM },
	{ "ENOSPC", ENOSPC },
	{ "EPERM", EPERM },
	{ "EPIPE", EPIPE },
};

const struct calls *
calls_table(size_t *n)
{
	*n = N(all);
	return all;
}

const struct calls *
calls_find(const char *name)
{
	size_t i;

	for (i = 0; i < N(all); i++)
		if (strcmp(all[i].name, name) == 0)
			return &all[i];
	return NULL;
}

bool
calls_include(const struct calls *calls, long number)
{
	size_t i;

	for (i = 0; calls->numbers[i] != -1; i++)
		if (calls->numbers[i] == number)
			return true;
	return false;
}

int
calls_error(const char *name)
{
	size_t i;

	for (i = 0; i < N(errors); i++)
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].number;
	return 0;
}
