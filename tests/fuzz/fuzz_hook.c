/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: what a hook prints, and how it ends.
 *
 * The first octet says what is tried.  For the hook that publishes, and the one
 * that notifies, starts follow: an octet with the exit status or the signal,
 * one with the number of pieces, and the pieces, each after an octet with its
 * length, whose first bit says that it goes to standard error.  Nothing is
 * really started.  Or else many lines are answered: an octet with their number,
 * then pieces.
 *
 * A change is done only if the program said so for its line, or ended well as
 * one that knows no batch; what is said to people is text on one line; and
 * where answers were cut does not matter.
 */

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "base/program_start.h"
#include "notify/notify.h"
#include "publish/answers.h"
#include "publish/private.h"

#define PID		0x40000000	/* beyond those of Linux */
#define MAX_LENGTH	16384	/* octets of input */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int	__real_kill(pid_t pid, int sig);
int	__real_pipe2(int ends[2], int flags);
int	__real_waitid(idtype_t type, id_t id, siginfo_t *info, int options);
pid_t	__real_waitpid(pid_t pid, int *status, int options);
int	__wrap_kill(pid_t pid, int sig);
int64_t	__wrap_monotonic_ms(void);
int	__wrap_pipe2(int ends[2], int flags);
int	__wrap_program_start(const char *const argv[],
	    const char *const environment[], const struct program_begin *begin,
	    pid_t *pid);
bool	__wrap_user_file_is_program(const char *path,
	    const struct file_user *user, char *text, size_t size);
int	__wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options);
pid_t	__wrap_waitpid(pid_t pid, int *status, int options);

static struct {
	const uint8_t	*data;
	size_t		 len;
	int64_t		 now_ms;
	int		 ends[2];	/* what the program writes to */
	size_t		 npipes;
	unsigned int	 end;		/* how the program ends */
	size_t		 npieces;	/* that it has still to write */
	bool		 is_batch, is_killed;
	size_t		 nstarts;

	/* What it wrote, as far as it shows that a line may be "ok 1". */
	char		 line[5];
	size_t		 linelen;
	bool		 has_said_ok, has_ended_well;
} world;

static unsigned int
next_octet(void)
{
	if (world.len == 0)
		return 0;
	world.len--;
	return *world.data++;
}

int64_t
__wrap_monotonic_ms(void)
{
	return world.now_ms;
}

bool
__wrap_user_file_is_program(const char *path, const struct file_user *user,
    char *text, size_t size)
{
	(void)path;
	(void)user;
	(void)text;
	(void)size;
	return true;
}

int
__wrap_pipe2(int ends[2], int flags)
{
	if (__real_pipe2(ends, flags) == -1 || world.npipes == 2)
		abort();
	if ((world.ends[world.npipes++] = fcntl(ends[1], F_DUPFD_CLOEXEC,
	    0)) == -1)
		abort();
	return 0;
}

/* The beginning of each line of the output, as far as "ok 1" needs. */
static void
note_output(const uint8_t *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (world.linelen < sizeof(world.line))
			world.line[world.linelen++] = (char)text[i];
		if (world.linelen == 4 && memcmp(world.line, "ok ", 3) == 0 &&
		    (world.line[3] == '0' || world.line[3] == '1'))
			world.has_said_ok = true;
		if (text[i] == '\n')
			world.linelen = 0;
	}
}

/* The next piece; false: there is none, and the program has ended. */
static bool
write_piece(void)
{
	unsigned int head;
	size_t n;

	if (world.npieces == 0 || world.len < 2) {
		while (world.npipes > 0)
			(void)close(world.ends[--world.npipes]);
		return false;
	}
	world.npieces--;
	head = next_octet();
	n = 1 + head % 128;
	if (n > world.len)
		n = world.len;
	if (write(world.ends[head / 128], world.data, n) != (ssize_t)n)
		abort();
	if (head < 128)
		note_output(world.data, n);
	world.data += n;
	world.len -= n;
	return true;
}

int
__wrap_program_start(const char *const argv[],
    const char *const environment[], const struct program_begin *begin,
    pid_t *pid)
{
	if (strcmp(argv[0], "/hook") != 0 || strcmp(environment[0],
	    PROGRAM_PATH) != 0 || world.npipes != 2 || argv[1] == NULL ||
	    begin->limit_s == 0)
		abort();
	world.nstarts++;
	world.is_batch = strcmp(argv[1], "batch") == 0;
	world.is_killed = false;
	world.linelen = 0;
	world.end = next_octet();
	world.npieces = next_octet();
	*pid = PID;
	(void)write_piece();
	return 0;
}

/* There is no pidfd of it, so it is asked for after each piece. */
int
__wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	if (type != P_PID || id != PID)
		return __real_waitid(type, id, info, options);
	if (write_piece())
		info->si_pid = 0;
	else if (world.end == UINT8_MAX) {
		world.now_ms += INT64_C(86400000);
		info->si_pid = 0;
	} else
		info->si_pid = PID;
	return 0;
}

int
__wrap_kill(pid_t pid, int sig)
{
	if (pid != PID && pid != -PID)
		return __real_kill(pid, sig);
	if (sig != SIGKILL || world.end != UINT8_MAX)
		abort();
	world.is_killed = true;
	return 0;
}

pid_t
__wrap_waitpid(pid_t pid, int *status, int options)
{
	if (pid != PID)
		return __real_waitpid(pid, status, options);
	while (write_piece())
		continue;
	if (world.is_killed)
		*status = SIGKILL;
	else if (world.end >= 128)
		*status = (int)(world.end % 32) + 1;
	else
		*status = (int)world.end << 8;
	if (!world.is_batch && *status == 0)
		world.has_ended_well = true;
	return PID;
}

static void
check_text(const char *text)
{
	if (text[0] == '\0')
		abort();
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			abort();
}

static void
try_publishing(void)
{
	static const struct rotation rotation = {
		.publish = ROTATION_HOOK, .hook = "/hook"
	};
	static const struct publish_change change = {
		.domain = "example.com", .to = "v=DKIM1; p=", .ttl = 3600,
		.name = "s._domainkey.example.com"
	};
	struct publisher publisher = { .rotation = &rotation };
	struct publish_crew crew;
	struct ks_error error = { "" };
	enum publish_result result;

	publish_crew_init(&crew);
	publish_crew_enter(&crew);
	publisher.crew = &crew;
	hook_batch_init(&publisher.batch, &crew);
	(void)pthread_mutex_init(&publisher.mutex, NULL);
	result = publish_by_hook(&publisher, &change, &error);
	check_text(error.text);
	if ((result == PUBLISH_DONE && !world.has_said_ok &&
	    !world.has_ended_well) || result == PUBLISH_UNCHANGED ||
	    result == PUBLISH_CONFLICT || world.nstarts > HOOK_TRIES + 1)
		abort();
	(void)pthread_mutex_destroy(&publisher.mutex);
	hook_batch_finish(&publisher.batch);
	publish_crew_leave(&crew);
	publish_crew_finish(&crew);
}

static void
try_notifying(void)
{
	static const struct file_user user = { .ngroups = 1 };
	const struct notify_run run = { .hook = "/hook", .user = &user };
	struct ks_error error = { "" };

	if (notify_test(&run, "postmaster@example.com", &error) !=
	    world.has_ended_well)
		abort();
	if (!world.has_ended_well)
		check_text(error.text);
}

static void
take(struct answers *answers, size_t piece)
{
	size_t at, n;

	for (at = 0; at < world.len; at += n) {
		n = world.len - at < piece ? world.len - at : piece;
		answers_take(answers, (const char *)world.data + at, n);
	}
	answers_end(answers);
}

static void
try_answers(void)
{
	static struct answer list[BATCH_LINES], again[BATCH_LINES];
	struct answers whole, pieces;
	size_t n = 1 + next_octet() % BATCH_LINES, piece = 1 + next_octet();
	size_t i, ngiven = 0;

	answers_init(&whole, list, n);
	take(&whole, SIZE_MAX);
	answers_init(&pieces, again, n);
	take(&pieces, piece);
	for (i = 0; i < n; i++) {
		ngiven += list[i].kind != ANSWER_NONE;
		if (list[i].kind != again[i].kind ||
		    strcmp(list[i].text, again[i].text) != 0 ||
		    (list[i].kind == ANSWER_NONE && list[i].text[0] != '\0'))
			abort();
		if (list[i].text[0] != '\0')
			check_text(list[i].text);
	}
	if (whole.ngiven != ngiven || pieces.ngiven != ngiven ||
	    strcmp(whole.stray, pieces.stray) != 0)
		abort();
	if (whole.stray[0] != '\0')
		check_text(whole.stray);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len == 0 || len > MAX_LENGTH)
		return 0;
	memset(&world, 0, sizeof(world));
	world.data = data + 1;
	world.len = len - 1;
	world.now_ms = 1000;
	if (data[0] % 3 == 0)
		try_publishing();
	else if (data[0] % 3 == 1)
		try_notifying();
	else
		try_answers();
	return 0;
}
