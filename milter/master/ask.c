/* SPDX-License-Identifier: ISC */

/*
 * Asking for a reload: see ask.h.
 *
 * A SIGHUP of kill(1) asks for no answer; one with the value below does.  The
 * answer is a signal, too, which the kernel lets a master send only to
 * processes of its own user, or of any user if it is root.
 *
 * Fails if the process is no master, may not be signalled, ends, or does not
 * answer within a minute.
 */

#include "master/ask.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WANTS_ANSWER	0x636f756e	/* sent with SIGHUP */
#define IS_USED		SIGUSR1
#define IS_KEPT		SIGUSR2
#define LIMIT_S		60

pid_t
ask_asker(const siginfo_t *info)
{
	return info->si_code == SI_QUEUE &&
	    info->si_value.sival_int == WANTS_ANSWER ? info->si_pid : 0;
}

/* The name of the program of a process; pid 0: of this one. */
static bool
read_name(pid_t pid, char *name, int size)
{
	char path[64];
	bool is_read;
	FILE *fp;

	if (pid == 0)
		(void)strlcpy(path, "/proc/self/comm", sizeof(path));
	else
		(void)snprintf(path, sizeof(path), "/proc/%ld/comm",
		    (long)pid);
	if ((fp = fopen(path, "re")) == NULL)
		return false;
	is_read = fgets(name, size, fp) != NULL;
	(void)fclose(fp);
	return is_read;
}

/*
 * No other program gets a signal that would end it.  A process in another user
 * namespace (systemd's PrivateUsers=) is not seen, but can be signalled.
 */
static bool
is_another(pid_t pid)
{
	char ours[32], its[32];

	return read_name(0, ours, sizeof(ours)) &&
	    read_name(pid, its, sizeof(its)) && strcmp(ours, its) != 0;
}

/* One that has given up may have ended, and another may have its number. */
void
ask_answer(pid_t asker, bool is_used, unsigned int restart_line)
{
	const union sigval value = { .sival_int = (int)restart_line };

	if (!is_another(asker))
		(void)sigqueue(asker, is_used ? IS_USED : IS_KEPT, value);
}

static void
tell_why_kept(pid_t master, const struct config *config,
    const siginfo_t *answer)
{
	struct config_place place;

	/* A signal without a value comes from a master that is older. */
	if (answer->si_code == SI_QUEUE && answer->si_value.sival_int > 0) {
		place = config_place(config,
		    (unsigned int)answer->si_value.sival_int);
		warnx("%s:%u: needs a restart: process %ld can use only the "
		    "directories and ports that it began with", place.file,
		    place.line, (long)master);
	}
	warnx("process %ld keeps the old configuration; its log says why",
	    (long)master);
}

static int
wait_for_answer(pid_t master, const struct config *config,
    const sigset_t *answers)
{
	const struct timespec second = { .tv_sec = 1 };
	siginfo_t answer;
	int i, sig;

	for (i = 0; i < LIMIT_S; i++) {
		sig = sigtimedwait(answers, &answer, &second);
		if (sig == IS_USED)
			return 0;
		if (sig == IS_KEPT) {
			tell_why_kept(master, config, &answer);
			return 1;
		}
		if (kill(master, 0) == -1 && errno == ESRCH) {
			warnx("process %ld has ended; its log says why",
			    (long)master);
			return 1;
		}
	}
	warnx("process %ld has not loaded the configuration within %d "
	    "seconds; its log may say why", (long)master, LIMIT_S);
	return 1;
}

int
ask_reload(pid_t master, const struct config *config)
{
	const union sigval value = { .sival_int = WANTS_ANSWER };
	sigset_t answers;

	if (is_another(master)) {
		warnx("process %ld is not countersign-milter", (long)master);
		return 1;
	}
	(void)sigemptyset(&answers);
	(void)sigaddset(&answers, IS_USED);
	(void)sigaddset(&answers, IS_KEPT);
	(void)sigprocmask(SIG_BLOCK, &answers, NULL);
	if (sigqueue(master, SIGHUP, value) == -1) {
		warn("cannot signal process %ld", (long)master);
		return 1;
	}
	return wait_for_answer(master, config, &answers);
}
