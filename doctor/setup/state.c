/* SPDX-License-Identifier: ISC */

/*
 * What is there now in the place of a change, and putting something else there.
 *
 * Both are safe to repeat.  Nothing that is not empty is ever removed with a
 * directory.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "setup/private.h"

/* The value of a setting as main.cf has it. */
static int
read_setting(const struct change *change, char **text, char *why, size_t size)
{
	struct postfix *postfix;
	const char *value;
	int r = 0;

	if (postfix_open(change->place, &postfix, why, size) == -1)
		return -1;
	if (postfix == NULL)
		return 0;
	value = postfix_as_set(postfix, change->name);
	if (value != NULL && (*text = strdup(value)) == NULL) {
		(void)snprintf(why, size, "out of memory");
		r = -1;
	}
	postfix_free(postfix);
	return r;
}

static int
read_directory(const struct change *change, char **text, char *why,
    size_t size)
{
	struct stat st;

	if (stat(change->place, &st) == -1)
		return 0;
	if (!S_ISDIR(st.st_mode)) {
		(void)snprintf(why, size, "%s: not a directory",
		    change->place);
		return -1;
	}
	if ((*text = strdup("")) != NULL)
		return 0;
	(void)snprintf(why, size, "out of memory");
	return -1;
}

int
state_read(const struct change *change, char **text, char *why, size_t size)
{
	*text = NULL;
	switch (change->kind) {
	case CHANGE_DIRECTORY:
		return read_directory(change, text, why, size);
	case CHANGE_FILE:
		return file_read(change->place, text, NULL, why, size);
	case CHANGE_UNIT:
		return units_state(change->place, text, why, size);
	case CHANGE_SETTING:
		return read_setting(change, text, why, size);
	case CHANGE_KEYS:
		break;
	}
	return 0;
}

static int
remove_place(const struct change *change, char *why, size_t size)
{
	int r = change->kind == CHANGE_DIRECTORY ? rmdir(change->place) :
	    unlink(change->place);

	if (r == 0 || errno == ENOENT)
		return 0;
	(void)snprintf(why, size, "%s: cannot remove: %s", change->place,
	    strerror(errno));
	return -1;
}

/* A file keeps the owner and mode that it has. */
static int
write_file(const struct change *change, const char *text, char *why,
    size_t size)
{
	struct change_access access = change->access;
	char *now;

	if (file_read(change->place, &now, &access, why, size) == -1)
		return -1;
	/* A copy of a secret gets the mode that it should have. */
	if (change->is_secret)
		access = change->access;
	free(now);
	return file_write(change->place, text, &access, why, size);
}

int
state_write(const struct change *change, const char *text, char *why,
    size_t size)
{
	switch (change->kind) {
	case CHANGE_DIRECTORY:
		return text == NULL ? remove_place(change, why, size) :
		    file_make_directory(change->place, &change->access, why,
		    size);
	case CHANGE_FILE:
		return text == NULL ? remove_place(change, why, size) :
		    write_file(change, text, why, size);
	case CHANGE_UNIT:
		return units_set(change->place, text, why, size);
	case CHANGE_SETTING:
		return attach_set(change->place, change->name, text, why,
		    size);
	case CHANGE_KEYS:
		break;
	}
	return 0;
}
