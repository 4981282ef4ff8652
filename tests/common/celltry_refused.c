/* SPDX-License-Identifier: ISC */

/*
 * What every cell refuses: see celltry.h.
 *
 * Arguments are such that the call would work for root, or at least fail with
 * another error, if it were allowed.
 */

#include "celltry.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#define X32_BIT	0x40000000L

/* Newer architectures have only clone(2). */
#ifndef SYS_fork
#define SYS_fork	(-1)
#endif

/* Calls that are refused whatever their arguments are. */
#define BARE_CALLS(X) \
	X(add_key, ENOSYS) \
	X(bpf, CELLTRY_KILLED) \
	X(chroot, CELLTRY_KILLED) \
	X(clone3, ENOSYS) \
	X(delete_module, CELLTRY_KILLED) \
	X(execve, CELLTRY_KILLED) \
	X(execveat, CELLTRY_KILLED) \
	X(finit_module, CELLTRY_KILLED) \
	X(fsconfig, CELLTRY_KILLED) \
	X(fsmount, CELLTRY_KILLED) \
	X(fsopen, CELLTRY_KILLED) \
	X(fspick, CELLTRY_KILLED) \
	X(init_module, CELLTRY_KILLED) \
	X(io_uring_enter, ENOSYS) \
	X(io_uring_register, ENOSYS) \
	X(io_uring_setup, ENOSYS) \
	X(kcmp, ENOSYS) \
	X(kexec_file_load, CELLTRY_KILLED) \
	X(kexec_load, CELLTRY_KILLED) \
	X(keyctl, ENOSYS) \
	X(memfd_create, ENOSYS) \
	X(mount, CELLTRY_KILLED) \
	X(move_mount, CELLTRY_KILLED) \
	X(name_to_handle_at, ENOSYS) \
	X(open_by_handle_at, ENOSYS) \
	X(open_tree, CELLTRY_KILLED) \
	X(perf_event_open, ENOSYS) \
	X(pidfd_getfd, ENOSYS) \
	X(pidfd_open, ENOSYS) \
	X(pidfd_send_signal, ENOSYS) \
	X(pivot_root, CELLTRY_KILLED) \
	X(process_madvise, ENOSYS) \
	X(process_vm_readv, CELLTRY_KILLED) \
	X(process_vm_writev, CELLTRY_KILLED) \
	X(ptrace, CELLTRY_KILLED) \
	X(reboot, ENOSYS) \
	X(request_key, ENOSYS) \
	X(rt_sigqueueinfo, ENOSYS) \
	X(rt_tgsigqueueinfo, ENOSYS) \
	X(setdomainname, ENOSYS) \
	X(setgid, ENOSYS) \
	X(setgroups, ENOSYS) \
	X(sethostname, ENOSYS) \
	X(setns, ENOSYS) \
	X(setregid, ENOSYS) \
	X(setresgid, ENOSYS) \
	X(setresuid, ENOSYS) \
	X(setreuid, ENOSYS) \
	X(settimeofday, ENOSYS) \
	X(setuid, ENOSYS) \
	X(swapon, ENOSYS) \
	X(syslog, ENOSYS) \
	X(umount2, CELLTRY_KILLED) \
	X(unshare, ENOSYS) \
	X(userfaultfd, ENOSYS)

#define BARE_FUNCTION(name, want) \
	static long \
	call_##name(void) \
	{ \
		return syscall(SYS_##name, 0, 0, 0, 0, 0, 0); \
	}

BARE_CALLS(BARE_FUNCTION)

/* A child that could be made must not go on with the tests. */
static long
forked(long pid)
{
	if (pid == 0)
		_exit(0);
	return pid;
}

static long
call_fork(void)
{
	return forked(syscall(SYS_fork));
}

static long
call_clone(void)
{
	return forked(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static long
kill_parent(void)
{
	return syscall(SYS_kill, getppid(), 0);
}

static long
tgkill_parent(void)
{
	return syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static long
tkill_parent(void)
{
	return syscall(SYS_tkill, getppid(), 0);
}

static long
map_executable(void)
{
	return syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static long
make_executable(void)
{
	static char page[8192];
	const uintptr_t start = ((uintptr_t)page + 4095) & ~(uintptr_t)4095;

	return syscall(SYS_mprotect, start, 4096, PROT_READ | PROT_EXEC);
}

static long
make_executable_by_key(void)
{
	return syscall(SYS_pkey_mprotect, 0, 4096, PROT_READ | PROT_EXEC, -1);
}

static long
make_dumpable(void)
{
	return syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long
raise_limit(void)
{
	const struct rlimit limit = { 1 << 20, 1 << 20 };

	return syscall(SYS_prlimit64, 0, RLIMIT_CORE, &limit, NULL);
}

static long
open_netlink(void)
{
	return syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0);
}

static long
open_packets(void)
{
	return syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0);
}

static long
open_vsock(void)
{
	return syscall(SYS_socket, AF_VSOCK, SOCK_STREAM, 0);
}

static long
call_other_abi(void)
{
	return syscall(X32_BIT | SYS_getpid);
}

#define BARE_ENTRY(name, want) { #name, #name, want, call_##name },

const struct celltry celltry_refused[] = {
	BARE_CALLS(BARE_ENTRY)
	{ "fork", "fork", ENOSYS, call_fork },
	{ "clone", "clone of a process", ENOSYS, call_clone },
	{ "kill", "kill the parent", ENOSYS, kill_parent },
	{ "tgkill", "tgkill the parent", ENOSYS, tgkill_parent },
	{ "tkill", "tkill the parent", ENOSYS, tkill_parent },
	{ "mmap", "mmap executable", ENOSYS, map_executable },
	{ "mprotect", "mprotect executable", ENOSYS, make_executable },
	{ "pkey_mprotect", "pkey_mprotect executable", ENOSYS,
	    make_executable_by_key },
	{ "prctl", "become dumpable", ENOSYS, make_dumpable },
	{ "prlimit64", "raise a limit", ENOSYS, raise_limit },
	{ "socket", "netlink socket", ENOSYS, open_netlink },
	{ "socket", "packet socket", ENOSYS, open_packets },
	{ "socket", "vsock socket", ENOSYS, open_vsock },
	{ "getpid", "call of the x32 ABI", CELLTRY_KILLED, call_other_abi },
};

const size_t celltry_nrefused =
    sizeof(celltry_refused) / sizeof(celltry_refused[0]);
