/* SPDX-License-Identifier: ISC */

/*
 * Log lines, to the journal, to syslog or to stderr.
 *
 * A line is composed in a buffer on the stack, made printable, and written by
 * one call, so that lines of several threads do not mix.  A line that does not
 * fit is cut and ends in "...".
 *
 * Nothing fails: a line that cannot be written is lost.  The only state is the
 * program's name, the destination and two switches.  Name and destination are
 * set before threads start; the switches may change at any time.
 */

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/journal.h"

#define LINE_SIZE	4200	/* octets of a line, NUL included */

static const char hex[] = "0123456789abcdef";

static const char	*log_program = "countersign";
static bool		 log_to_stderr = true;
static int		 log_journal = -1;	/* -1: stderr is no journal */
static int		 log_null = -1;		/* for stderr, later */
static atomic_bool	 log_debug_on;
static atomic_bool	 log_is_at_terminal;

static void	vlog(int priority, enum message_id id, int error,
		    const char *format, va_list ap)
		    __attribute__((__format__(printf, 4, 0)));

static bool
is_printable(unsigned char c)
{
	return c >= 0x20 && c < 0x7f;
}

/* Write c as \xNN; p has room for four octets. */
static void
put_hex(char *p, unsigned char c)
{
	p[0] = '\\';
	p[1] = 'x';
	p[2] = hex[c >> 4];
	p[3] = hex[c & 0x0f];
}

/* Copy a text; write octets outside printable ASCII as \xNN. */
static void
make_printable(char *out, size_t outsize, const char *text)
{
	const char *p;
	size_t len = 0, need;

	for (p = text; *p != '\0'; p++) {
		need = is_printable((unsigned char)*p) ? 1 : 4;
		if (need > outsize - 4 - len) {
			memcpy(out + len, "...", 3);
			len += 3;
			break;
		}
		if (need == 1)
			out[len] = *p;
		else
			put_hex(out + len, (unsigned char)*p);
		len += need;
	}
	out[len] = '\0';
}

static const char *
level_text(int priority)
{
	switch (priority) {
	case LOG_ERR:
		return "fatal: ";
	case LOG_WARNING:
		return "warning: ";
	case LOG_DEBUG:
		return "debug: ";
	default:
		return "";
	}
}

static void
write_line(const char *line, size_t len)
{
	ssize_t n;

	do
		n = write(STDERR_FILENO, line, len);
	while (n == -1 && errno == EINTR);
}

static void
write_terminal(const char *text)
{
	char line[LINE_SIZE + 64];
	int len;

	len = snprintf(line, sizeof(line), "%.40s: %s\n", log_program, text);
	if (len > 0)
		write_line(line, (size_t)len);
}

static void
write_stderr(int priority, const char *text)
{
	char line[LINE_SIZE + 128], stamp[32];
	struct tm tm;
	time_t now;
	int len;

	now = time(NULL);
	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		stamp[0] = '\0';
	len = snprintf(line, sizeof(line), "%s %.40s[%ld]: %s%s\n", stamp,
	    log_program, (long)getpid(), level_text(priority), text);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(line))
		len = (int)sizeof(line) - 1;
	write_line(line, (size_t)len);
}

/* A line; all but priority and text is only for the journal. */
struct line {
	int		 priority;
	enum message_id	 id;
	const char	*queue_id;	/* NULL: not about a message */
	const char	*source;	/* NULL: none */
	const char	*text;
};

static bool
write_journal(const struct line *line)
{
	const struct journal_entry entry = {
		.priority = line->priority,
		.facility = LOG_MAIL,
		.program = log_program,
		.text = line->text,
		.message_id = message_hex(line->id),
		.queue_id = line->queue_id,
		.source = line->source,
	};

	return log_journal != -1 && journal_send(log_journal, &entry);
}

static void
write_text(const struct line *line)
{
	if (!log_to_stderr)
		syslog(line->priority, "%s", line->text);
	else if (!write_journal(line))
		write_stderr(line->priority, line->text);
	if (!log_to_stderr && line->priority <= LOG_WARNING &&
	    atomic_load(&log_is_at_terminal))
		write_terminal(line->text);
}

/*
 * error: an errno whose text is appended, or 0.  strerror() is thread-safe in
 * glibc and musl.
 */
static void
vlog(int priority, enum message_id id, int error, const char *format,
    va_list ap)
{
	char raw[LINE_SIZE], text[LINE_SIZE], end[256];
	const struct line line = {
		.priority = priority, .id = id, .text = text,
	};
	const int saved = errno;
	size_t len;

	if (vsnprintf(raw, sizeof(raw), format, ap) < 0)
		raw[0] = '\0';
	(void)snprintf(end, sizeof(end), "%s%s%s%s%s", error != 0 ? ": " : "",
	    error != 0 ? strerror(error) : "", id != M_NONE ? " [" : "",
	    message_name(id), id != M_NONE ? "]" : "");

	/* A long text must not push out the reason and the id. */
	make_printable(text, sizeof(text) - strlen(end), raw);
	len = strlen(text);
	(void)strlcpy(text + len, end, sizeof(text) - len);
	write_text(&line);
	errno = saved;
}

void
log_init(const char *program, bool to_stderr)
{
	log_program = program;
	log_to_stderr = to_stderr;
	if (!to_stderr)
		openlog(program, LOG_PID | LOG_NDELAY, LOG_MAIL);
	else if (log_journal == -1 && journal_is_stderr())
		log_journal = journal_open(JOURNAL_SOCKET);
}

void
log_set_debug(bool on)
{
	atomic_store(&log_debug_on, on);
}

void
log_at_terminal(void)
{
	/* A process in its cell could not open it any more. */
	log_null = open("/dev/null", O_RDWR | O_CLOEXEC);
	atomic_store(&log_is_at_terminal, true);
}

void
log_leave_terminal(void)
{
	if (!atomic_exchange(&log_is_at_terminal, false) || log_null == -1)
		return;
	(void)dup2(log_null, STDERR_FILENO);
	if (log_null > STDERR_FILENO)
		(void)close(log_null);
	log_null = -1;
}

void
log_warn(enum message_id id, const char *format, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, format);
	vlog(LOG_WARNING, id, error, format, ap);
	va_end(ap);
}

void
log_warnx(enum message_id id, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vlog(LOG_WARNING, id, 0, format, ap);
	va_end(ap);
}

void
log_info(enum message_id id, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vlog(LOG_INFO, id, 0, format, ap);
	va_end(ap);
}

void
log_debug(const char *format, ...)
{
	va_list ap;

	if (!atomic_load(&log_debug_on))
		return;
	va_start(ap, format);
	vlog(LOG_DEBUG, M_NONE, 0, format, ap);
	va_end(ap);
}

void
log_record(enum message_id id, const char *queue_id, const char *source,
    const char *record)
{
	char text[LINE_SIZE];
	const struct line line = {
		.priority = LOG_INFO, .id = id, .queue_id = queue_id,
		.source = source, .text = text,
	};
	const int saved = errno;

	make_printable(text, sizeof(text), record);
	write_text(&line);
	errno = saved;
}

void
fatal(int status, enum message_id id, const char *format, ...)
{
	int error = errno;
	va_list ap;

	va_start(ap, format);
	vlog(LOG_ERR, id, error, format, ap);
	va_end(ap);
	exit(status);
}

void
fatalx(int status, enum message_id id, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vlog(LOG_ERR, id, 0, format, ap);
	va_end(ap);
	exit(status);
}

/* The number of octets that c takes in a value. */
static size_t
value_octets(unsigned char c)
{
	if (!is_printable(c))
		return 4;
	return c == '"' || c == '\\' ? 2 : 1;
}

static bool
needs_quotes(const char *value, size_t valuelen)
{
	size_t i;

	for (i = 0; i < valuelen; i++)
		if (value[i] == ' ' || value[i] == '"' || value[i] == '=' ||
		    value[i] == '\\' || !is_printable((unsigned char)value[i]))
			return true;
	return valuelen == 0;
}

const char *
log_value(char *buf, size_t bufsize, const char *value, size_t valuelen)
{
	bool quoted;
	size_t i, len = 0, need, spare, total = 0;
	unsigned char c;

	quoted = needs_quotes(value, valuelen);
	for (i = 0; i < valuelen; i++)
		total += value_octets((unsigned char)value[i]);
	if (bufsize < 8) {	/* quotes, "...", one octet and NUL */
		if (bufsize > 0)
			buf[0] = '\0';
		return buf;
	}
	/* Octets to reserve for the end: NUL, quote, and "..." if cut. */
	spare = (quoted ? 2 : 1);
	if (total + (quoted ? 3 : 1) > bufsize)
		spare += 3;

	if (quoted)
		buf[len++] = '"';
	for (i = 0; i < valuelen; i++) {
		c = (unsigned char)value[i];
		need = value_octets(c);
		if (need > bufsize - spare - len)
			break;
		if (need == 4)
			put_hex(buf + len, c);
		else {
			if (need == 2)
				buf[len] = '\\';
			buf[len + need - 1] = (char)c;
		}
		len += need;
	}
	if (i < valuelen) {
		memcpy(buf + len, "...", 3);
		len += 3;
	}
	if (quoted)
		buf[len++] = '"';
	buf[len] = '\0';
	return buf;
}
