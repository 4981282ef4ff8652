/* SPDX-License-Identifier: ISC */

/*
 * Problems that would otherwise show up only when nobody is watching: whether
 * the front can read the file at the next reload, whether the user who runs
 * rotation can use the TSIG key or the hook when a key is due, which may be in
 * 90 days, or tell people when something is wrong, and whether a key can be
 * ready in time.
 */

#include "config/means.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "config/user_file.h"

/* Whether a user can read a file of the configuration; if not, say so. */
static bool
can_read(const char *path, const struct file_user *user, const char *why,
    FILE *out)
{
	char folder[1024], fix[1024];

	if (user_file_is_usable(path, R_OK, user, folder, sizeof(folder)))
		return true;
	user_file_print_fix(path, user, fix, sizeof(fix));
	if (folder[0] != '\0')
		(void)fprintf(out, "%s: user %s cannot enter the %s\n", path,
		    user->name, folder);
	else
		(void)fprintf(out, "%s: user %s must be able to read it, "
		    "because %s: %s\n", path, user->name, why, fix);
	return false;
}

/*
 * Whether a user can search a directory of included files.  One that does not
 * exist has no files.
 */
static bool
can_search(const char *path, const struct file_user *user, FILE *out)
{
	char folder[1024];

	if (access(path, F_OK) == -1 || user_file_is_usable(path, R_OK | X_OK,
	    user, folder, sizeof(folder)))
		return true;
	if (folder[0] != '\0')
		(void)fprintf(out, "%s: user %s cannot enter the %s\n", path,
		    user->name, folder);
	else
		(void)fprintf(out, "%s: user %s must be able to search this "
		    "directory, because the configuration includes files of "
		    "it: chmod o+rx %s\n", path, user->name, path);
	return false;
}

bool
config_can_be_read(const struct config *config, FILE *out)
{
	struct file_user front, rotation;
	bool is_readable = true, can_enter;
	const char *path;
	size_t i;

	user_file_find_user(&front, config->user, NULL);
	user_file_find_user(&rotation, config->keys_user, config->user);
	for (i = 0; i < config->folders.n; i++) {
		path = config->folders.texts[i];
		is_readable = can_search(path, &front, out) &&
		    can_search(path, &rotation, out) && is_readable;
	}
	/* Not each file in a directory that was reported: the main one only. */
	can_enter = is_readable;
	for (i = 0; i < config->files.n && (i == 0 || can_enter); i++) {
		path = config->files.list[i].path;
		is_readable = can_read(path, &front, "the front reads it at "
		    "each reload", out) && can_read(path, &rotation,
		    "rotation runs as that user", out) && is_readable;
	}
	return is_readable;
}

/* Whether the TSIG key or hook of a policy cannot be used; text says why. */
static bool
has_fault(const struct rotation *rotation, const struct file_user *user,
    char *text, size_t textsize)
{
	size_t len;
	int fd;

	if (rotation->publish == ROTATION_HOOK)
		return !user_file_is_program(rotation->hook, user, text,
		    textsize);
	if (rotation->publish != ROTATION_UPDATE)
		return false;
	fd = user_file_open_secret(rotation->tsig_key, user, text, textsize);
	if (fd != -1) {
		(void)close(fd);
		return false;
	}
	if (errno == ENOENT) {
		(void)strlcat(text, ": create it, then ", textsize);
		len = strlen(text);
		user_file_print_fix(rotation->tsig_key, user, text + len,
		    textsize - len);
		return true;
	}
	/* Not being able to read it is a fault only for that user itself. */
	return errno != EACCES || geteuid() == user->uid;
}

static bool
is_same(const struct rotation *a, const struct rotation *b)
{
	return a->publish == b->publish && a->publish == ROTATION_HOOK ?
	    strcmp(a->hook, b->hook) == 0 :
	    a->publish == b->publish && a->publish == ROTATION_UPDATE &&
	    strcmp(a->tsig_key, b->tsig_key) == 0;
}

/*
 * A key is verified once no cache can hold an older answer.  If keys sign for a
 * shorter time than that, the next one is never verified in time.
 */
static void
warn_of_haste(const struct config *config, size_t i, FILE *out)
{
	const struct rotation *rotation = &config->rotations[i];
	const struct config_place place = config_place(config, rotation->line);

	if (rotation->every > rotation->ttl || (i > 0 &&
	    rotation->every == config->rotations[0].every &&
	    rotation->ttl == config->rotations[0].ttl))
		return;
	(void)fprintf(out, "%s:%u: warning: \"every\" (%llds) is not longer "
	    "than \"ttl\" (%llds), so caches may keep an old answer until "
	    "after a key is due: the key is not verified in time, and the "
	    "previous one keeps signing; set a longer \"every\" or a shorter "
	    "\"ttl\"\n", place.file, place.line,
	    (long long)rotation->every, (long long)rotation->ttl);
}

void
config_warn_of_means(const struct config *config, FILE *out)
{
	const struct rotation *rotation;
	struct config_place place;
	struct file_user user;
	char text[2048];
	size_t i, j;

	user_file_find_user(&user, config->keys_user, config->user);
	for (i = 0; i < config->nrotations; i++) {
		rotation = &config->rotations[i];
		warn_of_haste(config, i, out);
		for (j = 0; j < i && !is_same(rotation,
		    &config->rotations[j]); j++)
			;
		place = config_place(config, rotation->means_line);
		if (j == i && has_fault(rotation, &user, text, sizeof(text)))
			(void)fprintf(out, "%s:%u: warning: %s %s: %s\n",
			    place.file, place.line,
			    rotation->publish == ROTATION_HOOK ? "hook" :
			    "tsig_key", rotation->publish == ROTATION_HOOK ?
			    rotation->hook : rotation->tsig_key, text);
	}
	place = config_place(config, config->notify_line);
	if (config->notify_hook != NULL && !user_file_is_program(
	    config->notify_hook, &user, text, sizeof(text)))
		(void)fprintf(out, "%s:%u: warning: notify_hook %s: %s\n",
		    place.file, place.line, config->notify_hook, text);
}
