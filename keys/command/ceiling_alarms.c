/* SPDX-License-Identifier: ISC */

/*
 * The file of alarms: see ceiling_alarms.h and config/ceiling.h.
 *
 * Its writer reads mail, so the file is not trusted: no link is followed, only
 * the last CEILING_MAX_ALARMS_FILE octets of a regular file are read, and only
 * alarms of sources that have ceilings count.  What is told is made of the
 * configuration, numbers, times and a queue id of letters and digits.  There is
 * one trouble for each source and ceiling, however many lines there are.
 *
 * Times to come are left for a later run.  A line without its end is being
 * written.  Only lack of memory is an error.
 */

#include "command/ceiling_alarms.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rfc3339.h"
#include "config/ceiling.h"
#include "config/config.h"

/* The alarms of a source and a ceiling. */
struct seen {
	int64_t		first, last;	/* last is 0: none */
	uint32_t	limit;		/* as of the last one, as below */
	char		queue_id[CEILING_QUEUE_ID_SIZE];
};

/* A source that has ceilings. */
struct counted {
	const struct source	*source;
	char			 name[CEILING_SOURCE_SIZE];	/* escaped */
	struct seen		 seen[CEILING_MAX];
};

struct reading {
	struct gathering	*gathering;
	struct counted		*sources;	/* sorted by name */
	size_t			 nsources;
	size_t			 nbad;		/* lines that are no alarms */
};

/* -- Sources ------------------------------------------------------------- */

static int
compare_counted(const void *a, const void *b)
{
	const struct counted *one = a, *other = b;

	return strcmp(one->name, other->name);
}

static int
list_sources(struct reading *reading)
{
	const struct config *config = reading->gathering->tool->config;
	struct counted *counted;
	size_t i;

	reading->sources = calloc(config->nsources + 1,
	    sizeof(*reading->sources));
	if (reading->sources == NULL)
		return KS_E_NOMEM;
	for (i = 0; i < config->nsources; i++) {
		if (!ceilings_any(&config->sources[i].ceilings))
			continue;
		counted = &reading->sources[reading->nsources++];
		counted->source = &config->sources[i];
		ceiling_escape(counted->source->name, counted->name);
	}
	qsort(reading->sources, reading->nsources, sizeof(*reading->sources),
	    compare_counted);
	return 0;
}

static struct counted *
find_source(const struct reading *reading, const char *name)
{
	struct counted key;

	(void)strlcpy(key.name, name, sizeof(key.name));
	return bsearch(&key, reading->sources, reading->nsources,
	    sizeof(*reading->sources), compare_counted);
}

/* -- The file ------------------------------------------------------------ */

static void
note_alarm(const struct reading *reading, const struct ceiling_alarm *alarm)
{
	const int64_t now = reading->gathering->tool->now;
	struct counted *counted;
	struct seen *seen;

	/*
	 * One of this second waits for the next run, so that all alarms before
	 * the time of a run are told by it, and none is told twice.
	 */
	if (alarm->time >= now || now - alarm->time >= CEILING_ALARMS_RECENT ||
	    (counted = find_source(reading, alarm->source)) == NULL)
		return;
	seen = &counted->seen[alarm->ceiling];
	if (seen->last == 0 || alarm->time < seen->first)
		seen->first = alarm->time;
	if (alarm->time < seen->last)
		return;
	seen->last = alarm->time;
	seen->limit = alarm->limit;
	(void)strlcpy(seen->queue_id, alarm->queue_id,
	    sizeof(seen->queue_id));
}

static void
read_lines(struct reading *reading, const char *text, size_t len)
{
	struct ceiling_alarm alarm;
	const char *end;
	size_t linelen;

	while ((end = memchr(text, '\n', len)) != NULL) {
		linelen = (size_t)(end - text);
		if (linelen < CEILING_LINE_SIZE &&
		    ceiling_alarm_parse(text, linelen, &alarm))
			note_alarm(reading, &alarm);
		else
			reading->nbad++;
		text = end + 1;
		len -= linelen + 1;
	}
}

/* The file, or -1 with errno set. */
static int
open_alarms(const char *folder)
{
	int dir, fd, saved;

	if ((dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	fd = openat(dir, CEILING_ALARMS_FILE, O_RDONLY | O_NOFOLLOW |
	    O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	saved = errno;
	(void)close(dir);
	errno = saved;
	return fd;
}

/* Read the end of an open file.  Returns its length, or -1 with errno set. */
static ssize_t
read_end(int fd, char *text)
{
	struct stat st;
	size_t len = 0;
	off_t from = 0;
	ssize_t n;

	if (fstat(fd, &st) == -1)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	if (st.st_size > CEILING_MAX_ALARMS_FILE)
		from = st.st_size - CEILING_MAX_ALARMS_FILE;
	while (len < CEILING_MAX_ALARMS_FILE && (n = pread(fd, text + len,
	    CEILING_MAX_ALARMS_FILE - len, from + (off_t)len)) != 0) {
		if (n == -1)
			return -1;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/* Read the file if there is one.  Sets *fault to 0, or to an errno. */
static int
read_alarms(struct reading *reading, const char *folder, int *fault)
{
	ssize_t len;
	char *text;
	int fd;

	*fault = 0;
	if ((fd = open_alarms(folder)) == -1) {
		*fault = errno == ENOENT ? 0 : errno;
		return 0;
	}
	if ((text = malloc(CEILING_MAX_ALARMS_FILE)) == NULL) {
		(void)close(fd);
		return KS_E_NOMEM;
	}
	if ((len = read_end(fd, text)) == -1)
		*fault = errno;
	else
		read_lines(reading, text, (size_t)len);
	(void)close(fd);
	free(text);
	return 0;
}

/* -- Troubles ------------------------------------------------------------ */

/* The first domain of a source, or "" for all domains. */
static void
domain_of(const struct source *source, char domain[DKIMSIG_DOMAIN_SIZE])
{
	const char *text = source->domains.n > 0 ? source->domains.texts[0] :
	    "";

	if (strncmp(text, "*.", 2) == 0)
		text += 2;
	if (strlcpy(domain, text, DKIMSIG_DOMAIN_SIZE) >= DKIMSIG_DOMAIN_SIZE)
		domain[0] = '\0';
}

static int
add_seen(struct gathering *gathering, const struct counted *counted,
    enum ceiling ceiling)
{
	const struct seen *seen = &counted->seen[ceiling];
	struct alarm alarm = {
		.selector = "-", .trouble = TROUBLE_CEILING,
		.severity = trouble_severity(TROUBLE_CEILING),
		.needs_person = true, .since = seen->first,
		.happened = seen->last
	};
	char text[2 * CEILING_LINE_SIZE + 256], last[RFC3339_SIZE];

	/* What may be a good day, and what nobody has set. */
	if (ceiling == CEILING_UNUSUAL || ceiling == CEILING_ROOM)
		alarm.severity = TROUBLE_WARNING;
	domain_of(counted->source, alarm.domain);
	(void)rfc3339_print(seen->last, last);
	if (ceiling == CEILING_ROOM)
		(void)snprintf(text, sizeof(text), "source \"%s\" had no room "
		    "to count all its recipients or bodies, last at %s, so an "
		    "abuse may not be noticed", counted->name, last);
	else
		(void)snprintf(text, sizeof(text), "source \"%s\" was over %s "
		    "= %u, last at %s with message %s: is its account abused? "
		    "The log of the mail server says to whom it sends",
		    counted->name, ceiling_name(ceiling),
		    (unsigned int)seen->limit, last,
		    seen->queue_id[0] == '\0' ? "-" : seen->queue_id);
	return alarms_add(&gathering->alarms, &alarm, text);
}

static int
add_all(struct reading *reading)
{
	const struct counted *counted;
	size_t i, j;
	int r = 0;

	for (i = 0; i < reading->nsources; i++) {
		counted = &reading->sources[i];
		for (j = 0; j < CEILING_MAX && r == 0; j++)
			if (counted->seen[j].last != 0)
				r = add_seen(reading->gathering, counted,
				    (enum ceiling)j);
	}
	return r;
}

static int
add_unread(struct gathering *gathering, const char *text)
{
	struct alarm alarm = {
		.selector = "-", .trouble = TROUBLE_NOTIFICATION,
		.severity = trouble_severity(TROUBLE_NOTIFICATION),
		.needs_person = true, .since = gathering->tool->now
	};

	return alarms_add(&gathering->alarms, &alarm, text);
}

/* Why nobody can be told of alarms. */
static int
add_fault(struct gathering *gathering, int fault)
{
	const struct config *config = gathering->tool->config;
	char text[1024];

	if (fault == EACCES)
		(void)snprintf(text, sizeof(text), "alarms of ceilings cannot "
		    "be read: %.500s: user %.100s is not in the group that may "
		    "read this directory and its file " CEILING_ALARMS_FILE,
		    config->counts_dir, config->keys_user);
	else
		(void)snprintf(text, sizeof(text), "alarms of ceilings cannot "
		    "be read: %.500s/" CEILING_ALARMS_FILE ": %s",
		    config->counts_dir, fault == ELOOP || fault == EINVAL ?
		    "not a regular file: find out who has put it there, and "
		    "remove it" : strerror(fault));
	return add_unread(gathering, text);
}

static int
add_bad(struct gathering *gathering, size_t nbad)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "%.500s/" CEILING_ALARMS_FILE
	    ": lines that are not alarms of ceilings: %zu: unless the disk was "
	    "full, find out who wrote them, then remove the file",
	    gathering->tool->config->counts_dir, nbad);
	return add_unread(gathering, text);
}

int
ceiling_alarms_gather(struct gathering *gathering)
{
	const struct config *config = gathering->tool->config;
	struct reading reading = { .gathering = gathering };
	int fault = 0, r;

	if (!config->has_ceilings)
		return 0;
	r = list_sources(&reading);
	if (r == 0)
		r = read_alarms(&reading, config->counts_dir, &fault);
	if (r == 0)
		r = add_all(&reading);
	if (r == 0 && fault != 0)
		r = add_fault(gathering, fault);
	if (r == 0 && reading.nbad > 0)
		r = add_bad(gathering, reading.nbad);
	free(reading.sources);
	return r;
}
