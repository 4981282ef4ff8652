/* SPDX-License-Identifier: ISC */

/*
 * Reading the places where decisions are logged: see logs.h.
 *
 * Compressed files are decompressed by the usual programs, and systemd's
 * journal is read by journalctl: both run with the rights of this process,
 * which gave up root, and for a limited time.  What they or a file contain
 * beyond the lines of decisions is ignored; a place that cannot be read to its
 * end is noted.
 */

#include "journal/logs.h"

#include <sys/types.h>

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "journal/entry.h"
#include "journal/lines.h"

#define PROGRAM_LIMIT_MS	(15 * 60 * 1000)
#define CHUNK_SIZE		65536	/* octets */

struct search {
	struct logs		*logs;
	struct logs_place	*place;
	logs_take_fn		*take;
	void			*arg;
	unsigned long		 nwanted;
	struct lines		 lines;
	struct logged_decision	 decision;
	char			 chunk[CHUNK_SIZE];
};

static void
take_line(void *arg, const char *line, size_t len)
{
	struct search *s = arg;
	const struct logs_options *options = &s->logs->options;
	struct logged_decision *d = &s->decision;
	bool is_found;

	is_found = s->place->kind == LOGS_SYSTEMD ?
	    entry_read_json(d, line, len, options->now) :
	    entry_read_line(d, line, len, options->now);
	if (!is_found || d->time < options->since || d->time > options->until)
		return;
	s->place->ndecisions++;
	if (s->take(s->arg, d))
		s->nwanted++;
}

static void
take_chunk(void *arg, const char *chunk, size_t len)
{
	struct search *s = arg;

	lines_add(&s->lines, chunk, len);
}

static void
fail(struct logs_place *place, const char *what, const char *why)
{
	place->state = LOGS_FAILED;
	(void)snprintf(place->error, sizeof(place->error), "%s%s%s", what,
	    why[0] != '\0' ? ": " : "", why);
}

/* Run a program, and read the lines that it prints. */
static void
read_program(struct search *s, const char *const argv[], int input)
{
	static const char *const environment[] = { PROGRAM_PATH, "LC_ALL=C",
	    NULL };
	const struct program_talk talk = {
		.input = input, .limit_ms = PROGRAM_LIMIT_MS,
		.take_output = take_chunk, .context = s,
	};
	struct program_result result;

	program_talk(argv, environment, &talk, &result);
	switch (result.end) {
	case PROGRAM_EXITED:
		if (result.code != 0)
			fail(s->place, argv[0], result.complaint);
		break;
	case PROGRAM_KILLED:
		fail(s->place, argv[0], "killed by a signal");
		break;
	case PROGRAM_LATE:
		fail(s->place, argv[0], "still running after 15 minutes: "
		    "killed");
		break;
	case PROGRAM_NOT_RUN:
		fail(s->place, argv[0], strerror(result.code));
		break;
	}
}

static void
read_file(struct search *s)
{
	ssize_t n;

	while ((n = read(s->place->fd, s->chunk, sizeof(s->chunk))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			fail(s->place, "cannot be read", strerror(errno));
			return;
		}
		lines_add(&s->lines, s->chunk, (size_t)n);
	}
}

/*
 * Anyone may write to the journal in another's name, but not with another's
 * user id: so only entries of the front's user, of root, which it may have
 * started as, and of this process are read.
 */
static void
read_journal(struct search *s)
{
	const struct logs_options *options = &s->logs->options;
	const struct passwd *pw = getpwnam(options->user);
	const uid_t front = pw != NULL ? pw->pw_uid : 0;
	char since[32], until[32], users[2][32];
	const char *const argv[] = { s->place->name, "--no-pager", "--quiet",
	    "--all", "--output=json", "--output-fields=MESSAGE", since, until,
	    "SYSLOG_IDENTIFIER=" ENTRY_PROGRAM, "_UID=0", users[0], users[1],
	    NULL };

	(void)snprintf(since, sizeof(since), "--since=@%lld",
	    (long long)options->since);
	(void)snprintf(until, sizeof(until), "--until=@%lld",
	    (long long)options->until + 1);
	(void)snprintf(users[0], sizeof(users[0]), "_UID=%lu",
	    (unsigned long)front);
	(void)snprintf(users[1], sizeof(users[1]), "_UID=%lu",
	    (unsigned long)getuid());
	read_program(s, argv, -1);
}

static void
read_place(struct search *s, struct logs_place *place)
{
	s->place = place;
	lines_begin(&s->lines, take_line, s);
	if (place->kind == LOGS_SYSTEMD)
		read_journal(s);
	else if (place->unpack != NULL)
		read_program(s, place->unpack, place->fd);
	else
		read_file(s);
	lines_end(&s->lines);
	place->nlines = s->lines.nlines;
	place->nskipped = s->lines.nskipped;
}

unsigned long
logs_search(struct logs *logs, logs_take_fn *take, void *arg)
{
	struct logs_place *place;
	struct search *s;
	enum logs_kind found = LOGS_NKINDS;
	unsigned long nwanted;
	size_t i;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return 0;
	s->logs = logs;
	s->take = take;
	s->arg = arg;
	for (i = 0; i < logs->nplaces; i++) {
		place = &logs->places[i];
		if (place->state != LOGS_READABLE ||
		    (found != LOGS_NKINDS && place->kind != found))
			continue;
		read_place(s, place);
		if (s->nwanted > 0)
			found = place->kind;
	}
	nwanted = s->nwanted;
	free(s);
	return nwanted;
}
