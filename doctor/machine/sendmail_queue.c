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

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The id of the only queue file; false if there is not exactly one. */
static bool
find_id(const char *directory, char *id, size_t size)
{
	const struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	if ((dir = opendir(directory)) == NULL)
		return false;
	while ((entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, "qf", 2) == 0 && strlcpy(id,
		    entry->d_name + 2, size) < size)
			n++;
	(void)closedir(dir);
	return n == 1;
}

static FILE *
open_part(const char *directory, const char *part, const char *id)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s%s", directory, part, id);
	return fopen(path, "re");
}

static void
copy_header(FILE *qf, FILE *out)
{
	char *line = NULL;
	bool is_field = false;
	size_t size = 0;

	while (getline(&line, &size, qf) != -1) {
		if (line[0] != ' ' && line[0] != '\t')
			is_field = strncmp(line, "H??", 3) == 0;
		if (is_field)
			(void)fputs(line[0] == 'H' ? line + 3 : line, out);
	}
	free(line);
}

static void
copy_body(FILE *df, FILE *out)
{
	char block[8192];
	size_t n;

	(void)fputc('\n', out);
	while ((n = fread(block, 1, sizeof(block), df)) > 0)
		(void)fwrite(block, 1, n, out);
}

char *
sendmail_queue_read(const char *directory)
{
	char id[NAME_MAX + 1], *text = NULL;
	FILE *qf, *df, *out;
	size_t len;

	if (!find_id(directory, id, sizeof(id)))
		return NULL;
	qf = open_part(directory, "qf", id);
	df = open_part(directory, "df", id);
	if (qf != NULL && df != NULL &&
	    (out = open_memstream(&text, &len)) != NULL) {
		copy_header(qf, out);
		copy_body(df, out);
		if (fclose(out) != 0) {
			free(text);
			text = NULL;
		}
	}
	if (qf != NULL)
		(void)fclose(qf);
	if (df != NULL)
		(void)fclose(df);
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
