/* SPDX-License-Identifier: ISC */

/*
 * usage: failat -p PROGRAM -c CALL -n N -e ERROR -r REPORT COMMAND...
 *
 * Run a command, and let the n-th call of a kind (calls.h) fail in the
 * processes that execute PROGRAM, or do less than it should (ERROR "short").
 * Calls count from the program's entry point on, not those of the loader.
 * With N 0 nothing fails.  The report has lines
 *
 *	started PID		of the command
 *	struck PROGRAM PID CALL ARGUMENT	when the call has failed
 *	crashed PROGRAM PID N	a process was ended by a signal of a crash
 *	calls KIND N		how many were made of each kind
 *
 * and the exit status is that of the command.
 *
 * Processes are traced, which no cell of theirs prevents: the system call
 * number becomes -1, and the result is written when the call is left.
 */

#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <elf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"

#define MAX_THREADS	1024
#define BREAKPOINT	0xcc
#define OPTIONS		(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | \
    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | \
    PTRACE_O_EXITKILL)

struct thread {
	pid_t	 pid;		/* 0: no thread */
	bool	 is_known;	/* its parent was seen */
	bool	 is_stopped;	/* waits for that */
	bool	 counts;	/* has reached the entry point */
	bool	 is_struck;	/* the call that it is in fails */
	long	 entry;		/* address; 0: none is waited for */
	long	 word;		/* what was there */
	char	 name[32];
};

static struct thread threads[MAX_THREADS];
static const char *program;
static const struct calls *calls;
static long at, nfailing;	/* which is to fail; how many could */
static long made[CALLS_KINDS];
static int error;		/* 0: short */
static FILE *report;

static struct thread *
thread_of(pid_t pid)
{
	struct thread *unused;
	size_t i;

	unused = NULL;
	for (i = 0; i < MAX_THREADS; i++) {
		if (threads[i].pid == pid)
			return &threads[i];
		if (unused == NULL && threads[i].pid == 0)
			unused = &threads[i];
	}
	if (unused == NULL)
		errx(2, "too many threads");
	memset(unused, 0, sizeof(*unused));
	unused->pid = pid;
	return unused;
}

/* Let a thread go on to its next system call, with that signal. */
static void
go_on(const struct thread *thread, int sig)
{
	/* It may be gone. */
	(void)ptrace(PTRACE_SYSCALL, thread->pid, NULL, (long)sig);
}

/* The entry point of the program that a process executes; 0 if unknown. */
static long
entry_of(pid_t pid)
{
	char path[64];
	Elf64_auxv_t aux;
	FILE *file;
	long found;

	(void)snprintf(path, sizeof(path), "/proc/%ld/auxv", (long)pid);
	if ((file = fopen(path, "r")) == NULL)
		return 0;
	found = 0;
	while (found == 0 && fread(&aux, sizeof(aux), 1, file) == 1)
		if (aux.a_type == AT_ENTRY)
			found = (long)aux.a_un.a_val;
	(void)fclose(file);
	return found;
}

/* A process executes another program: note which, and wait for its entry. */
static void
note_exec(struct thread *thread)
{
	char link[64], path[PATH_MAX];
	const char *name;
	ssize_t len;

	(void)snprintf(link, sizeof(link), "/proc/%ld/exe",
	    (long)thread->pid);
	if ((len = readlink(link, path, sizeof(path) - 1)) == -1)
		len = 0;
	path[len] = '\0';
	name = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
	(void)snprintf(thread->name, sizeof(thread->name), "%.31s", name);
	thread->counts = false;
	thread->entry = 0;
	if (strcmp(name, program) != 0 ||
	    (thread->entry = entry_of(thread->pid)) == 0)
		return;
	errno = 0;
	thread->word = ptrace(PTRACE_PEEKTEXT, thread->pid, thread->entry,
	    NULL);
	if (errno != 0 || ptrace(PTRACE_POKETEXT, thread->pid, thread->entry,
	    (thread->word & ~0xffL) | BREAKPOINT) == -1)
		err(2, "breakpoint");
}

/* At the entry point: take the breakpoint out, and count from here on. */
static bool
note_entry(struct thread *thread)
{
	struct user_regs_struct regs;

	if (thread->entry == 0 ||
	    ptrace(PTRACE_GETREGS, thread->pid, NULL, &regs) == -1 ||
	    (long)regs.rip != thread->entry + 1)
		return false;
	regs.rip = (unsigned long long)thread->entry;
	if (ptrace(PTRACE_POKETEXT, thread->pid, thread->entry,
	    thread->word) == -1 ||
	    ptrace(PTRACE_SETREGS, thread->pid, NULL, &regs) == -1)
		err(2, "breakpoint");
	thread->entry = 0;
	thread->counts = true;
	return true;
}

/*
 * Whether a descriptor is one of which a part can be read or written: a file,
 * a pipe, or a socket of streams.
 */
static bool
has_octets(const struct thread *thread, int fd)
{
	struct stat st;
	char path[64];
	socklen_t len;
	int copy, pidfd, type;

	(void)snprintf(path, sizeof(path), "/proc/%ld/fd/%d",
	    (long)thread->pid, fd);
	if (stat(path, &st) == -1)
		return false;
	if (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode))
		return true;
	if (!S_ISSOCK(st.st_mode))
		return false;
	type = 0;
	len = sizeof(type);
	/* Of a thread other than the first there is no such descriptor. */
	if ((pidfd = (int)syscall(SYS_pidfd_open, thread->pid, 0)) == -1)
		return false;
	copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (copy != -1)
		(void)getsockopt(copy, SOL_SOCKET, SO_TYPE, &type, &len);
	(void)close(copy);
	(void)close(pidfd);
	return type == SOCK_STREAM;
}

/* Halve what a call is to transfer, if it can be halved. */
static bool
shorten(const struct thread *thread, struct user_regs_struct *regs)
{
	if (regs->rdx < 2 || !has_octets(thread, (int)regs->rdi))
		return false;
	regs->rdx /= 2;
	return true;
}

static void
count(long number)
{
	const struct calls *table;
	size_t i, n;

	table = calls_table(&n);
	for (i = 0; i < n; i++)
		if (calls_include(&table[i], number))
			made[i]++;
}

static void
print_counts(void)
{
	const struct calls *table;
	size_t i, n;

	table = calls_table(&n);
	for (i = 0; i < n; i++)
		(void)fprintf(report, "calls %s %ld\n", table[i].name,
		    made[i]);
}

static void
note_call(struct thread *thread)
{
	struct user_regs_struct regs;
	unsigned long long number;

	if (!thread->counts ||
	    ptrace(PTRACE_GETREGS, thread->pid, NULL, &regs) == -1)
		return;
	count((long)regs.orig_rax);
	if (!calls_include(calls, (long)regs.orig_rax) ||
	    (error == 0 && !shorten(thread, &regs)) || ++nfailing != at)
		return;
	number = regs.orig_rax;
	if (error != 0)
		thread->is_struck = true;
	if (error != 0 && !calls->are_made)
		regs.orig_rax = (unsigned long long)-1;
	if (ptrace(PTRACE_SETREGS, thread->pid, NULL, &regs) == -1)
		warn("cannot fail a call");
	(void)fprintf(report, "struck %s %ld %llu %llu\n", thread->name,
	    (long)thread->pid, number, regs.rdi);
	(void)fflush(report);
}

static void
note_result(struct thread *thread)
{
	struct user_regs_struct regs;

	if (!thread->is_struck)
		return;
	thread->is_struck = false;
	if (ptrace(PTRACE_GETREGS, thread->pid, NULL, &regs) == -1)
		return;
	regs.rax = (unsigned long long)-error;
	if (ptrace(PTRACE_SETREGS, thread->pid, NULL, &regs) == -1)
		warn("cannot fail a call");
}

static void
note_syscall(struct thread *thread)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->pid, sizeof(info),
	    &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		note_call(thread);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		note_result(thread);
}

/* A thread has made another, which may have stopped before. */
static void
note_child(const struct thread *thread)
{
	struct thread *child;
	unsigned long pid;

	if (ptrace(PTRACE_GETEVENTMSG, thread->pid, NULL, &pid) == -1)
		return;
	child = thread_of((pid_t)pid);
	child->is_known = true;
	child->counts = thread->counts;
	memcpy(child->name, thread->name, sizeof(child->name));
	if (child->is_stopped)
		go_on(child, 0);
	child->is_stopped = false;
}

static void
stopped(struct thread *thread, int status)
{
	int event, sig;

	sig = WSTOPSIG(status);
	event = status >> 16;
	if (!thread->is_known) {
		thread->is_stopped = true;
		return;
	}
	if (sig == (SIGTRAP | 0x80)) {
		note_syscall(thread);
		sig = 0;
	} else if (event == PTRACE_EVENT_EXEC) {
		note_exec(thread);
		sig = 0;
	} else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	    event == PTRACE_EVENT_CLONE) {
		note_child(thread);
		sig = 0;
	} else if (sig == SIGTRAP && note_entry(thread)) {
		sig = 0;
	} else if (sig == SIGSTOP) {
		/* Each new thread begins with it. */
		sig = 0;
	}
	go_on(thread, sig);
}

static void
ended(struct thread *thread, int status)
{
	static const int crashes[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL,
	    SIGSEGV, SIGSYS, SIGTRAP };
	size_t i;

	for (i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		if (WIFSIGNALED(status) && WTERMSIG(status) == crashes[i])
			(void)fprintf(report, "crashed %s %ld %d\n",
			    thread->name, (long)thread->pid, crashes[i]);
	(void)fflush(report);
	thread->pid = 0;
}

/* Until all processes have ended; the status of the first. */
static int
trace(pid_t first)
{
	struct thread *thread;
	pid_t pid;
	int result, status;

	result = 2;
	while ((pid = waitpid(-1, &status, __WALL)) != -1 || errno == EINTR) {
		if (pid == -1)
			continue;
		thread = thread_of(pid);
		if (WIFSTOPPED(status)) {
			stopped(thread, status);
			continue;
		}
		ended(thread, status);
		if (pid == first)
			result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
			    WEXITSTATUS(status);
	}
	return result;
}

static pid_t
start(char *argv[])
{
	struct thread *thread;
	pid_t pid;
	int status;

	if ((pid = fork()) == -1)
		err(2, "fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
			err(2, "ptrace");
		(void)raise(SIGSTOP);
		(void)execvp(argv[0], argv);
		err(2, "%s", argv[0]);
	}
	if (waitpid(pid, &status, 0) == -1 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS) == -1)
		errx(2, "cannot trace processes here");
	thread = thread_of(pid);
	thread->is_known = true;
	(void)fprintf(report, "started %ld\n", (long)pid);
	(void)fflush(report);
	go_on(thread, 0);
	return pid;
}

int
main(int argc, char *argv[])
{
	const char *to;
	int c, status;

	to = NULL;
	while ((c = getopt(argc, argv, "+c:e:n:p:r:")) != -1)
		switch (c) {
		case 'c':
			if ((calls = calls_find(optarg)) == NULL)
				errx(2, "%s: no such kind of calls", optarg);
			break;
		case 'e':
			error = calls_error(optarg);
			if (error == 0 && strcmp(optarg, "short") != 0)
				errx(2, "%s: no such error", optarg);
			break;
		case 'n':
			at = strtol(optarg, NULL, 10);
			break;
		case 'p':
			program = optarg;
			break;
		case 'r':
			to = optarg;
			break;
		default:
			return 2;
		}
	if (program == NULL || calls == NULL || to == NULL || optind == argc)
		errx(2, "-p, -c, -r and a command are needed");
	if (error == 0 && calls->short_arg == -1)
		errx(2, "%s: cannot be short", calls->name);
	if ((report = fopen(to, "we")) == NULL)
		err(2, "%s", to);
	/* Who stops the command stops all that it has started. */
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	status = trace(start(argv + optind));
	print_counts();
	(void)fclose(report);
	return status;
}
