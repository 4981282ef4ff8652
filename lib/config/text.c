/* SPDX-License-Identifier: ISC */

/*
 * The text of a configuration file: read as a whole, and refused if it is not
 * text.
 *
 * A byte order mark at the beginning is skipped, because some editors add one
 * that nobody sees.  A NUL is a fault after which nothing else is reported:
 * the file is a program, or text in UTF-16.  All other characters are checked
 * by scan.c.
 *
 * A file that is empty, or ends within a line, was perhaps cut off: by a full
 * disk, or because it is still being written.  The rest could be valid, with
 * fewer sources or half a user name.
 *
 * Fails if the file cannot be read, is not a regular file, is larger than
 * CONFIG_MAX_FILE or may be cut off, and when out of memory.
 */

#include "config/private.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/read_all.h"

static const char byte_order_mark[] = "\357\273\277";

char *
config_text_copy(const char *text, size_t len, unsigned int before,
    struct config_faults *faults)
{
	const size_t marklen = sizeof(byte_order_mark) - 1;
	const char *nul;
	unsigned int line = before + 1;
	char *copy;

	if (len > CONFIG_MAX_FILE) {
		config_fault(faults, before, "larger than %d octets; is this "
		    "the configuration file?", CONFIG_MAX_FILE);
		return NULL;
	}
	if ((nul = memchr(text, '\0', len)) != NULL) {
		for (; text < nul; text++)
			if (*text == '\n')
				line++;
		config_fault(faults, line, "contains a NUL octet; is this a "
		    "text file?");
		return NULL;
	}
	if (len >= marklen && memcmp(text, byte_order_mark, marklen) == 0) {
		text += marklen;
		len -= marklen;
	}
	if ((copy = malloc(len + 1)) == NULL) {
		faults->no_memory = true;
		return NULL;
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

/*
 * Read a regular file, but at most one octet more than CONFIG_MAX_FILE.  -1
 * after a fault.
 */
static int
read_file(int fd, unsigned int before, char **text, size_t *len,
    struct config_faults *faults)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == -1) {
		config_fault(faults, before, "cannot be read: %s",
		    strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		config_fault(faults, before, "is %s; name the configuration "
		    "file itself", S_ISDIR(st.st_mode) ? "a directory" :
		    "not a regular file");
		return -1;
	}
	if ((*text = malloc(CONFIG_MAX_FILE + 1)) == NULL) {
		faults->no_memory = true;
		return -1;
	}
	if ((n = read_all(fd, *text, CONFIG_MAX_FILE + 1)) == -1) {
		config_fault(faults, before, "cannot be read: %s",
		    strerror(errno));
		free(*text);
		return -1;
	}
	*len = (size_t)n;
	return 0;
}

static void
check_end(const char *text, size_t len, unsigned int before,
    struct config_faults *faults)
{
	unsigned int line = before + 1;
	size_t i;

	if (len == 0) {
		config_fault(faults, before, "is empty; was it cut off?");
		return;
	}
	if (text[len - 1] == '\n')
		return;
	for (i = 0; i < len; i++)
		if (text[i] == '\n')
			line++;
	config_fault(faults, line, "the last line does not end with a line "
	    "feed; was the file cut off? If not, add one");
}

char *
config_text_read_fd(int fd, unsigned int before, struct config_faults *faults)
{
	char *text, *copy = NULL;
	size_t len;

	if (read_file(fd, before, &text, &len, faults) == -1)
		return NULL;
	copy = config_text_copy(text, len, before, faults);
	if (copy != NULL)
		check_end(text, len, before, faults);
	free(text);
	return copy;
}

/* What to do about a file that cannot be opened. */
static const char *
hint_for(int error)
{
	switch (error) {
	case ENOENT:
		return "; let 'countersign-doctor setup' write it, or begin "
		    "with a copy of " CONFIG_EXAMPLE_INSTALLED ", or name "
		    "another file with -c";
	case EACCES:
		return geteuid() == 0 ? "" : "; run this as root";
	default:
		return "";
	}
}

char *
config_text_read(const char *file, unsigned int before,
    struct config_faults *faults)
{
	char *text;
	int fd;

	/* O_NONBLOCK: do not wait for a writer if it is a FIFO. */
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1) {
		config_fault(faults, before, "cannot be read: %s%s",
		    strerror(errno), hint_for(errno));
		return NULL;
	}
	text = config_text_read_fd(fd, before, faults);
	close(fd);
	return text;
}
