/* SPDX-License-Identifier: ISC */

/*
 * sendmail.cf: see sendmail.h.
 *
 * Each line begins with a letter that says what it is: X a milter, O an option,
 * D a macro, K a table.  Lines of no interest are skipped, and so is what cannot
 * be read, because Sendmail itself says so when it starts.
 */

#include "machine/sendmail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/read_all.h"
#include "machine/milter_socket.h"

#define BLANKS	" \t"

/* A copy without blanks at its ends; NULL if out of memory. */
static char *
copy(const char *text, size_t len)
{
	while (len > 0 && strchr(BLANKS, text[0]) != NULL) {
		text++;
		len--;
	}
	while (len > 0 && strchr(BLANKS, text[len - 1]) != NULL)
		len--;
	return strndup(text, len);
}

/* "NAME, S=SOCKET, F=FLAG, T=TIMES" */
static int
read_milter(struct sendmail *s, const char *text)
{
	struct sendmail_milter *m;
	size_t len = strcspn(text, ",");

	if (s->nmilters == SENDMAIL_MAX_MILTERS)
		return 0;
	m = &s->milters[s->nmilters++];
	if ((m->name = copy(text, len)) == NULL)
		return -1;
	while (text[len] == ',') {
		text += len + 1;
		text += strspn(text, BLANKS);
		len = strcspn(text, ",");
		if (strncmp(text, "F=", 2) == 0 && len > 2)
			m->flag = text[2];
		else if (strncmp(text, "S=", 2) == 0 && m->socket == NULL &&
		    (m->socket = copy(text + 2, len - 2)) == NULL)
			return -1;
	}
	if (m->socket == NULL)
		m->socket = strdup("");
	return m->socket != NULL ? 0 : -1;
}

/* The value of an option, "O NAME=VALUE"; NULL if it is another one. */
static const char *
option(const char *line, const char *name)
{
	const size_t len = strlen(name);

	line += 1 + strspn(line + 1, BLANKS);
	if (strncasecmp(line, name, len) != 0)
		return NULL;
	line += len + strspn(line + len, BLANKS);
	return *line == '=' ? line + 1 + strspn(line + 1, BLANKS) : NULL;
}

static int
set(char **member, const char *value, size_t len)
{
	free(*member);
	return (*member = copy(value, len)) != NULL ? 0 : -1;
}

/* The names of filters are resolved in the end, when all are known. */
static int
read_option(struct sendmail *s, const char *line, char **filters)
{
	const char *value;

	if ((value = option(line, "InputMailFilters")) != NULL)
		return set(filters, value, strlen(value));
	if ((value = option(line, "PidFile")) != NULL)
		return set(&s->pid_file, value, strlen(value));
	if ((value = option(line, "RunAsUser")) != NULL)
		return set(&s->run_as, value, strcspn(value, ":."));
	if ((value = option(line, "DontBlameSendmail")) != NULL)
		s->trusts_writable = strcasestr(value,
		    "GroupWritableDirPathSafe") != NULL;
	return 0;
}

static int
read_line(struct sendmail *s, const char *line, char **filters)
{
	switch (line[0]) {
	case 'X':
		return read_milter(s, line + 1);
	case 'O':
		return read_option(s, line, filters);
	case 'D':
		return line[1] == 'M' && line[2] != '\0' ?
		    set(&s->masquerade, line + 2, strlen(line + 2)) : 0;
	case 'K':
		if (strncmp(line + 1, "generics", 8) == 0)
			s->has_generics = true;
		return 0;
	default:
		return 0;
	}
}

static int
resolve(struct sendmail *s, char *filters)
{
	char *name;
	size_t i;

	while ((name = strsep(&filters, ", \t")) != NULL) {
		if (*name == '\0' || s->norder == SENDMAIL_MAX_MILTERS)
			continue;
		for (i = 0; i < s->nmilters; i++)
			if (strcmp(s->milters[i].name, name) == 0)
				break;
		if (i < s->nmilters)
			s->order[s->norder++] = i;
		else if (set(&s->missing, name, strlen(name)) == -1)
			return -1;
	}
	return 0;
}

struct sendmail *
sendmail_read(const char *text)
{
	struct sendmail *s = calloc(1, sizeof(*s));
	char *lines = strdup(text), *rest = lines, *line, *filters = NULL;
	int r = s != NULL && lines != NULL ? 0 : -1;

	while (r == 0 && (line = strsep(&rest, "\n")) != NULL)
		r = read_line(s, line, &filters);
	if (r == 0)
		r = resolve(s, filters);
	free(filters);
	free(lines);
	if (r == 0)
		return s;
	sendmail_free(s);
	return NULL;
}

int
sendmail_open(const char *file, struct sendmail **sendmail, char *error,
    size_t size)
{
	char *text = NULL;
	ssize_t n = -1;
	int fd;

	*sendmail = NULL;
	if ((fd = open(file, O_RDONLY | O_CLOEXEC)) == -1) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		(void)snprintf(error, size, "%s: %s", file, strerror(errno));
		return -1;
	}
	if ((text = malloc(SENDMAIL_MAX_CF + 1)) != NULL)
		n = read_all(fd, text, SENDMAIL_MAX_CF + 1);
	close(fd);
	if (n >= 0 && n <= SENDMAIL_MAX_CF) {
		text[n] = '\0';
		*sendmail = sendmail_read(text);
	}
	free(text);
	if (*sendmail != NULL)
		return 0;
	(void)snprintf(error, size, "%s: %s", file, n > SENDMAIL_MAX_CF ?
	    "too long" : "cannot be read");
	return -1;
}

void
sendmail_free(struct sendmail *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->nmilters; i++) {
		free(s->milters[i].name);
		free(s->milters[i].socket);
	}
	free(s->missing);
	free(s->pid_file);
	free(s->run_as);
	free(s->masquerade);
	free(s);
}

size_t
sendmail_find(const struct sendmail *s, const char *socket)
{
	struct milter_socket ours, other;
	char why[128];
	size_t i;

	if (!milter_socket_read(socket, &ours, why, sizeof(why)))
		return s->norder;
	for (i = 0; i < s->norder; i++)
		if (milter_socket_read(s->milters[s->order[i]].socket, &other,
		    why, sizeof(why)) && milter_socket_is_same(&ours, &other))
			break;
	return i;
}
