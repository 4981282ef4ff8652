/* SPDX-License-Identifier: ISC */

/*
 * Calls that every process needs, whatever it does, and calls that kill it.
 *
 * The first table is that of a C library: memory, signals, locks, time, the
 * descriptors that are open, the identity of the process.  It has the calls of
 * glibc 2.36 and 2.41, and those that they fall back to.  Memory never becomes
 * executable.  Opening files and sockets is not in it: each program says what
 * it opens, and how.
 *
 * Calls that are made for each message have no tests, because the kernel keeps
 * a map of calls that it allows without running the filter.
 */

#include "cell/cell.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <sched.h>

const struct cell_call cell_base_calls[] = {
	/* Memory. */
	{ .name = "brk" },
	{ .name = "madvise" },
	{ .name = "mmap", { CELL_LACKS(2, PROT_EXEC) } },
	{ .name = "mprotect", { CELL_LACKS(2, PROT_EXEC) } },
	{ .name = "mremap" },
	{ .name = "munmap" },

	/* Descriptors that are open. */
	{ .name = "close" },
	{ .name = "fstat" },
	{ .name = "lseek" },
	{ .name = "poll" },
	{ .name = "ppoll" },
	{ .name = "read" },
	{ .name = "readv" },
	{ .name = "write" },
	{ .name = "writev" },

	/* Names: what may be seen of files is the business of Landlock. */
	{ .name = "newfstatat" },
	{ .name = "statx" },

	/* Signals; raise(3) and abort(3). */
	{ .name = "restart_syscall" },
	{ .name = "rt_sigaction" },
	{ .name = "rt_sigprocmask" },
	{ .name = "rt_sigreturn" },
	{ .name = "sigaltstack" },
	{ .name = "tgkill", { { .compare = CELL_SELF, .argument = 0 } } },

	/* Locks. */
	{ .name = "futex" },
	{ .name = "membarrier" },
	{ .name = "rseq" },
	{ .name = "sched_yield" },
	{ .name = "set_robust_list" },

	/* Time, when the vDSO cannot tell. */
	{ .name = "clock_getres" },
	{ .name = "clock_gettime" },
	{ .name = "clock_nanosleep" },
	{ .name = "gettimeofday" },
	{ .name = "nanosleep" },
	{ .name = "time" },

	/* The process and the machine. */
	{ .name = "getcpu" },
	{ .name = "getegid" },
	{ .name = "geteuid" },
	{ .name = "getgid" },
	{ .name = "getpid" },
	{ .name = "getppid" },
	{ .name = "getrandom" },
	{ .name = "getrusage" },
	{ .name = "gettid" },
	{ .name = "getuid" },
	{ .name = "prctl", { CELL_IS(0, PR_GET_DUMPABLE) } },
	{ .name = "prctl", { CELL_IS(0, PR_SET_NAME) } },
	/* Read a limit, and set none. */
	{ .name = "prlimit64", { CELL_IS(2, 0) } },
	{ .name = "sched_getaffinity" },
	{ .name = "sysinfo" },
	{ .name = "uname" },

	{ .name = "exit" },
	{ .name = "exit_group" },
	{ .name = NULL }
};

/* clone3(2) fails with ENOSYS, as its flags cannot be tested. */
const struct cell_call cell_thread_calls[] = {
	{ .name = "clone", { CELL_HAS(0, CLONE_THREAD) } },
	{ .name = "sched_get_priority_max" },
	{ .name = "sched_get_priority_min" },
	{ .name = "sched_getparam" },
	{ .name = "sched_getscheduler" },
	{ .name = NULL }
};

/*
 * Ways into the kernel that have had many errors, into other namespaces, and
 * around the system's modes; sockets that talk to the kernel.
 */
const struct cell_call cell_open_refused[] = {
	{ .name = "acct" },
	{ .name = "add_key" },
	{ .name = "clone3" },
	{ .name = "io_uring_enter" },
	{ .name = "io_uring_register" },
	{ .name = "io_uring_setup" },
	{ .name = "kcmp" },
	{ .name = "keyctl" },
	{ .name = "lookup_dcookie" },
	{ .name = "mknod" },
	{ .name = "mknodat" },
	{ .name = "name_to_handle_at" },
	{ .name = "open_by_handle_at" },
	{ .name = "perf_event_open" },
	{ .name = "pidfd_getfd" },
	{ .name = "quotactl" },
	{ .name = "reboot" },
	{ .name = "request_key" },
	{ .name = "setdomainname" },
	{ .name = "sethostname" },
	{ .name = "setns" },
	{ .name = "settimeofday" },
	{ .name = "socket", { CELL_IS(0, AF_ALG) } },
	{ .name = "socket", { CELL_IS(0, AF_PACKET) } },
	{ .name = "socket", { CELL_IS(0, AF_VSOCK) } },
	{ .name = "swapoff" },
	{ .name = "swapon" },
	{ .name = "syslog" },
	{ .name = "unshare" },
	{ .name = "userfaultfd" },
	{ .name = "vhangup" },
	{ .name = NULL }
};

const char *const cell_fatal_calls[] = {
	/* Other programs, and other processes. */
	"execve", "execveat",
	"process_vm_readv", "process_vm_writev", "ptrace",

	/* The kernel. */
	"bpf", "delete_module", "finit_module", "init_module",
	"kexec_file_load", "kexec_load",

	/* The file tree. */
	"chroot", "fsconfig", "fsmount", "fsopen", "fspick", "mount",
	"mount_setattr", "move_mount", "open_tree", "pivot_root", "umount2",
	NULL
};
