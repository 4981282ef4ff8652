/* SPDX-License-Identifier: ISC */

/*
 * sendmail.cf as a file, and questions about what it says: see sendmail.h.
 *
 * Its lines are read in sendmail_read.c.  Sendmail's own program says what is
 * wrong with them when it starts.
 */

#include "machine/sendmail.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/read_all.h"
#include "machine/milter_socket.h"

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
		free(s->milters[i].times);
	}
	for (i = 0; i < s->nmailers; i++) {
		free(s->mailers[i].name);
		free(s->mailers[i].program);
		free(s->mailers[i].flags);
	}
	for (i = 0; i < s->ndaemons; i++) {
		free(s->daemons[i].name);
		free(s->daemons[i].modifiers);
		free(s->daemons[i].filters);
	}
	free(s->missing);
	free(s->pid_file);
	free(s->run_as);
	free(s->run_as_group);
	free(s->masquerade);
	free(s->access);
	free(s->access_type);
	free(s->relay_domains);
	free(s);
}

const char *
sendmail_user(const struct sendmail *s, char *buf, size_t size)
{
	if (s->run_as == NULL)
		return NULL;
	(void)snprintf(buf, size, "%s%s%s", s->run_as, s->run_as_group != NULL ?
	    ":" : "", s->run_as_group != NULL ? s->run_as_group : "");
	return buf;
}

/* Whether a milter listens on a socket. */
static bool
is_on(const struct sendmail_milter *milter, const char *socket)
{
	struct milter_socket wanted, other;
	char why[128];

	return milter_socket_read(socket, &wanted, why, sizeof(why)) &&
	    milter_socket_read(milter->socket, &other, why, sizeof(why)) &&
	    milter_socket_is_same(&wanted, &other);
}

size_t
sendmail_find(const struct sendmail *s, const char *socket)
{
	size_t i;

	for (i = 0; i < s->norder; i++)
		if (is_on(&s->milters[s->order[i]], socket))
			break;
	return i;
}

const struct sendmail_milter *
sendmail_milter_on(const struct sendmail *s, const char *socket)
{
	size_t i = sendmail_find(s, socket);

	if (i < s->norder)
		return &s->milters[s->order[i]];
	for (i = 0; i < s->nmilters; i++)
		if (is_on(&s->milters[i], socket))
			return &s->milters[i];
	return NULL;
}

bool
sendmail_uses(const struct sendmail *s, const char *filters,
    const struct sendmail_milter *milter)
{
	const size_t len = strlen(milter->name);
	size_t i, n;

	for (i = 0; filters == NULL && i < s->norder; i++)
		if (&s->milters[s->order[i]] == milter)
			return true;
	while (filters != NULL && *filters != '\0') {
		filters += strspn(filters, ";, \t");
		n = strcspn(filters, ";, \t");
		if (n == len && strncmp(filters, milter->name, n) == 0)
			return true;
		filters += n;
	}
	return false;
}

enum sendmail_folder
sendmail_check_folder(const struct sendmail *s, const char *socket,
    const char *user, char *folder, size_t size)
{
	const mode_t bad = s->trusts_writable ? S_IWOTH : S_IWOTH | S_IWGRP;
	const struct passwd *pw;
	struct milter_socket at;
	const char *slash;
	struct stat st;
	char why[128];

	folder[0] = '\0';
	if (!milter_socket_read(socket, &at, why, sizeof(why)) ||
	    !at.is_unix || (slash = strrchr(at.path, '/')) == NULL)
		return SENDMAIL_FOLDER_WELL;
	(void)snprintf(folder, size, "%.*s", (int)(slash - at.path), at.path);
	if (stat(folder, &st) == -1 || (st.st_mode & bad) == 0)
		return SENDMAIL_FOLDER_WELL;
	pw = getpwnam(user);
	return pw == NULL || st.st_uid != pw->pw_uid ||
	    (st.st_mode & S_ISVTX) != 0 ? SENDMAIL_FOLDER_OTHER :
	    SENDMAIL_FOLDER_OPEN;
}
