/* SPDX-License-Identifier: ISC */

/*
 * The text of a configuration file, made fit for libconfuse 3.3.
 *
 * libconfuse counts a line with a comment twice, takes no comment inside a
 * list, keeps the state of a string that was not closed for the next parse,
 * drops a "*" or "+" outside quotes without a word, and puts environment
 * variables in for ${NAME}.  So comments are blanked here, and the rest are
 * faults, each with its line.  Strings end on their line, and a backslash in
 * one stands before a quote or a backslash only: nothing in this file needs
 * more, and a NUL made by an escape would cut a value short.
 */

#include "config_private.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

/* Blank a comment up to (without) end; newlines stay. */
static void
blank(char *p, const char *end)
{
	for (; p < end; p++)
		if (*p != '\n')
			*p = ' ';
}

/*
 * Past the string that begins at p.  A faulty one is made whole, so that the
 * rest of the file can be looked at.
 */
static char *
skip_string(char *p, unsigned int line, struct config_faults *faults)
{
	char *begin = p, quote = *p++;

	for (; *p != quote; p++) {
		if (*p == '\0' || *p == '\n') {
			config_fault(faults, line, "a string is not closed on "
			    "its line; put %c at its end", quote);
			/* A backslash there would escape the new quote. */
			if (p - begin > 2 && p[-2] == '\\')
				p[-2] = '_';
			p[-1] = p - 1 == begin ? '_' : quote;
			return p;
		}
		if (*p == '\\') {
			if (p[1] == quote || p[1] == '\\') {
				p++;
				continue;
			}
			config_fault(faults, line, "a backslash in a string "
			    "must stand before %c or another backslash", quote);
			*p = '_';
		} else if (quote == '"' && *p == '$' && p[1] == '{') {
			config_fault(faults, line, "environment variables are "
			    "not read; write the value itself");
			*p = '_';
		} else if (is_control(*p)) {
			config_fault(faults, line, "a control character in a "
			    "string (octet %d); remove it", *p);
			*p = '_';
		}
	}
	return p + 1;
}

/* Past the comment that begins at p, which is blanked. */
static char *
skip_comment(char *p, unsigned int *line, struct config_faults *faults)
{
	char *end;

	if (p[0] == '/' && p[1] == '*') {
		if ((end = strstr(p + 2, "*/")) == NULL) {
			config_fault(faults, *line,
			    "a comment is not closed; put */ at its end");
			end = p + strlen(p);
		} else
			end += 2;
	} else if ((end = strchr(p, '\n')) == NULL)
		end = p + strlen(p);
	blank(p, end);
	for (; p < end; p++)
		if (*p == '\n')
			(*line)++;
	return end;
}

/* What stands outside of strings and comments: one character of it. */
static void
check_plain(char *p, unsigned int line, struct config_faults *faults)
{
	if (*p == '$' && p[1] == '{') {
		config_fault(faults, line, "environment variables are not "
		    "read; write the value itself");
		*p = '_';
	} else if (*p == '*' || (*p == '+' && p[1] != '=')) {
		config_fault(faults, line, "\"%c\" outside of quotes; put the "
		    "value in quotes", *p);
		*p = '_';
	} else if (is_control(*p) && *p != '\n' && *p != '\r') {
		config_fault(faults, line, "a control character (octet %d); "
		    "remove it", *p);
		*p = ' ';
	}
}

static void
prepare(char *text, struct config_faults *faults)
{
	unsigned int line = 1;
	char *p = text;

	while (*p != '\0') {
		if (*p == '"' || *p == '\'')
			p = skip_string(p, line, faults);
		else if (*p == '#' ||
		    (*p == '/' && (p[1] == '/' || p[1] == '*')))
			p = skip_comment(p, &line, faults);
		else {
			check_plain(p, line, faults);
			if (*p == '\n')
				line++;
			p++;
		}
	}
	faults->nlexical = faults->n;
}

char *
config_text_copy(const char *text, size_t len, struct config_faults *faults)
{
	const char *nul;
	unsigned int line = 1;
	char *copy;

	if ((nul = memchr(text, '\0', len)) != NULL) {
		for (; text < nul; text++)
			if (*text == '\n')
				line++;
		config_fault(faults, line, "a NUL octet; is this a text file?");
		return NULL;
	}
	if ((copy = malloc(len + 1)) == NULL) {
		faults->no_memory = true;
		return NULL;
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	prepare(copy, faults);
	return copy;
}

/* Read all of a regular file; -1 with a fault. */
static int
read_all(int fd, char **text, size_t *len, struct config_faults *faults)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == -1) {
		config_fault(faults, 0, "cannot be read: %s", strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		config_fault(faults, 0, "is %s; name the configuration file "
		    "itself", S_ISDIR(st.st_mode) ? "a directory" :
		    "no regular file");
		return -1;
	}
	if (st.st_size > CONFIG_MAX_FILE) {
		config_fault(faults, 0, "is larger than %d octets; is this "
		    "the configuration file?", CONFIG_MAX_FILE);
		return -1;
	}
	if ((*text = malloc(CONFIG_MAX_FILE)) == NULL) {
		faults->no_memory = true;
		return -1;
	}
	for (*len = 0; *len < CONFIG_MAX_FILE; *len += (size_t)n) {
		n = read(fd, *text + *len, CONFIG_MAX_FILE - *len);
		if (n == 0)
			break;
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n == -1) {
			config_fault(faults, 0, "cannot be read: %s",
			    strerror(errno));
			free(*text);
			return -1;
		}
	}
	return 0;
}

char *
config_text_read(const char *file, struct config_faults *faults)
{
	char *text, *copy = NULL;
	size_t len;
	int fd;

	/* Not to wait for a writer if the name is that of a FIFO. */
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1) {
		config_fault(faults, 0, "cannot be read: %s%s",
		    strerror(errno), errno == ENOENT ?
		    "; name it with -c" : "");
		return NULL;
	}
	if (read_all(fd, &text, &len, faults) == 0) {
		copy = config_text_copy(text, len, faults);
		free(text);
	}
	close(fd);
	return copy;
}
