/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: files of Sendmail that doctor reads, in a folder made for each
 * input.  The first octet says which.
 *
 * 'm' is before the text of sendmail.mc, whose first line is what is looked for
 * in the rest.  Otherwise there are the two files of a message in the queue,
 * with a line "%%" between them; the octet says how many messages there are,
 * and what is in the place of a file.
 *
 * A message has the fields that the milter has seen, and the body, and is read
 * only from the only queue file; and no folder is left.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/sendmail.h"
#include "machine/sendmail_mc.h"
#include "machine/sendmail_queue.h"

#define MAX_LENGTH	4096	/* octets of input */
#define BETWEEN		"\n%%\n"
#define FOLDER		"/tmp/countersign-fuzz.XXXXXX"

/* Of the first octet. */
#define IS_MC		'm'
#define HAS_OTHER	0x1	/* another queue file */
#define HAS_NO_BODY	0x2
#define IS_LINK		0x4	/* the header is a link, */
#define IS_LINKED	0x8	/* the body has another name, */
#define IS_FIFO		0x10	/* or is a FIFO */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
FILE	*__real_fopen64(const char *path, const char *mode);
FILE	*__wrap_fopen64(const char *path, const char *mode);

static char *mc;	/* the text of sendmail.mc */

FILE *
__wrap_fopen64(const char *path, const char *mode)
{
	if (strcmp(path, SENDMAIL_MC) != 0)
		return __real_fopen64(path, mode);
	return mc[0] == '\0' ? NULL : fmemopen(mc, strlen(mc), "r");
}

static void
try_mc(char *text)
{
	const char *begin = text, *line;
	bool is_found = false;

	if ((mc = strchr(text, '\n')) == NULL)
		return;
	*mc++ = '\0';
	for (line = mc; line != NULL && *line != '\0' && !is_found;) {
		is_found = strncmp(line, begin, strlen(begin)) == 0;
		if ((line = strchr(line, '\n')) != NULL)
			line++;
	}
	if ((sendmail_mc_find(begin) != SENDMAIL_MC_NONE) != is_found)
		abort();
	if (sendmail_mc_has(begin) && strstr(mc, begin) == NULL)
		abort();
	(void)sendmail_mc_has_order();
}

static void
put(const char *folder, const char *name, const char *data, size_t len)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if ((fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600)) == -1 ||
	    write(fd, data, len) != (ssize_t)len || close(fd) == -1)
		abort();
}

/* Put something else in the place of the file of a name. */
static void
replace(const char *folder, unsigned int how)
{
	char path[64], other[64];

	(void)snprintf(path, sizeof(path), "%s/%s", folder,
	    how == IS_LINK ? "qfA1" : "dfA1");
	(void)snprintf(other, sizeof(other), "%s/other", folder);
	if (how == IS_LINKED) {
		if (link(path, other) == -1)
			abort();
	} else if (how == IS_LINK) {
		if (rename(path, other) == -1 || symlink(other, path) == -1)
			abort();
	} else if (unlink(path) == -1 || mkfifo(path, 0600) == -1)
		abort();
}

/* The fields, found otherwise than in sendmail_queue.c: each line by itself. */
static void
print_expected(FILE *out, const char *header, const char *body)
{
	const char *line, *end, *field = "";

	for (line = header; line != NULL; line = end) {
		end = strchr(line, '\n');
		if (line[0] != ' ' && line[0] != '\t')
			field = line;
		if (strncmp(field, "H??", 3) == 0)
			(void)fprintf(out, "%.*s\n", (int)(end == NULL ?
			    strlen(line) : (size_t)(end - line)) -
			    (line == field ? 3 : 0), line == field ? line + 3 :
			    line);
		if (end != NULL)
			end++;
	}
	(void)fprintf(out, "\n%s", body);
}

static void
check(char *found, const char *header, const char *body, unsigned int how)
{
	char *expected = NULL;
	size_t len;
	FILE *out;

	if ((found == NULL) != (how != 0))
		abort();
	if ((out = open_memstream(&expected, &len)) == NULL)
		abort();
	print_expected(out, header, body);
	(void)fclose(out);
	if (found != NULL && strcmp(found, expected) != 0)
		abort();
	free(expected);
	free(found);
}

static void
try_queue(char *text, size_t len, unsigned int how)
{
	char folder[] = FOLDER, *body;

	body = memmem(text, len, BETWEEN, sizeof(BETWEEN) - 1);
	if (body == NULL)
		return;
	body[1] = '\0';
	body += sizeof(BETWEEN) - 1;
	if (mkdtemp(folder) == NULL)
		abort();
	put(folder, "qfA1", text, (size_t)(body - text) - 3);
	if ((how & HAS_NO_BODY) == 0)
		put(folder, "dfA1", body, len - (size_t)(body - text));
	if ((how & HAS_OTHER) != 0)
		put(folder, "qfA2", "", 0);
	if ((how & IS_LINK) != 0)
		replace(folder, IS_LINK);
	else if ((how & HAS_NO_BODY) == 0 && (how & (IS_LINKED | IS_FIFO)) != 0)
		replace(folder, how & IS_FIFO ? IS_FIFO : IS_LINKED);
	check(sendmail_queue_read(folder), text, body, how);
	sendmail_queue_remove(folder);
	if (access(folder, F_OK) == 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text;

	if (len == 0 || len > MAX_LENGTH)
		return 0;
	if ((text = calloc(1, len)) == NULL)
		abort();
	memcpy(text, data + 1, len - 1);
	if (data[0] == IS_MC)
		try_mc(text);
	else
		try_queue(text, len - 1, data[0] & 0x1f);
	free(text);
	return 0;
}
