/* SPDX-License-Identifier: ISC */

/*
 * Queue files of Sendmail: see sendmail_queue.h.
 *
 * In qfID, a line "H?FLAGS?NAME: VALUE" is a field of the header, which blanks
 * at the beginning of a line continue.  With flags, it is only for mailers that
 * have one of them, such as Return-Path; the milter has not seen it.  All other
 * lines are about the envelope.
 */

#include "machine/sendmail_queue.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memstream.h"
#include "base/read_all.h"

/* The id of the only queue file; false if there is not exactly one. */
static bool
find_id(DIR *dir, char *id, size_t size)
{
	const struct dirent *entry;
	size_t n = 0;

	while ((entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, "qf", 2) == 0 && strlcpy(id,
		    entry->d_name + 2, size) < size)
			n++;
	return n == 1;
}

/*
 * The text of a file, for free(3), with its length.  RunAsUser, who owns the
 * directory, could put a link to a file of others there, or a FIFO.
 */
static char *
read_part(int folder, const char *part, const char *id, size_t *len)
{
	char name[NAME_MAX + 3], *text = NULL;
	struct stat above, st;
	ssize_t n = -1;
	int fd;

	(void)snprintf(name, sizeof(name), "%s%s", part, id);
	if ((fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC)) == -1)
		return NULL;
	if (fstat(folder, &above) == 0 && fstat(fd, &st) == 0 &&
	    S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    (st.st_uid == above.st_uid || st.st_uid == 0) &&
	    (text = malloc(SENDMAIL_QUEUE_MAX + 1)) != NULL)
		n = read_all(fd, text, SENDMAIL_QUEUE_MAX + 1);
	(void)close(fd);
	if (n >= 0 && n <= SENDMAIL_QUEUE_MAX) {
		text[n] = '\0';
		*len = (size_t)n;
		return text;
	}
	free(text);
	return NULL;
}

/* Sendmail writes no NUL; what is after one is not read. */
static void
copy_header(char *text, FILE *out)
{
	bool is_field = false;
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		if (line[0] != ' ' && line[0] != '\t')
			is_field = strncmp(line, "H??", 3) == 0;
		if (is_field)
			(void)fprintf(out, "%s\n", line[0] == 'H' ? line + 3 :
			    line);
	}
	(void)fputc('\n', out);
}

char *
sendmail_queue_read(const char *directory)
{
	char id[NAME_MAX + 1], *qf = NULL, *df = NULL, *text = NULL;
	size_t len, qflen, dflen;
	FILE *out;
	DIR *dir;

	if ((dir = opendir(directory)) == NULL)
		return NULL;
	if (find_id(dir, id, sizeof(id)) &&
	    (qf = read_part(dirfd(dir), "qf", id, &qflen)) != NULL &&
	    (df = read_part(dirfd(dir), "df", id, &dflen)) != NULL &&
	    (out = memstream_open(&text, &len)) != NULL) {
		copy_header(qf, out);
		(void)fwrite(df, 1, dflen, out);
		(void)memstream_close(out, &text);
	}
	free(qf);
	free(df);
	(void)closedir(dir);
	return text;
}

void
sendmail_queue_remove(const char *directory)
{
	const struct dirent *entry;
	DIR *dir;

	if ((dir = opendir(directory)) != NULL) {
		while ((entry = readdir(dir)) != NULL)
			if (entry->d_name[0] != '.')
				(void)unlinkat(dirfd(dir), entry->d_name, 0);
		(void)closedir(dir);
	}
	(void)rmdir(directory);
}
