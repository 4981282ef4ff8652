/* SPDX-License-Identifier: ISC */

/*
 * How records of keys are published: the section rotation, and the TSIG key.
 *
 * The configuration has one such section.  If it is there already, it must say
 * what was asked for, unless setup wrote it.
 *
 * Only the owner of the key store reads the TSIG key.  A file that this user
 * cannot read, or others can, is copied; the copy is not undone, because the
 * original may be gone by then.
 */

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/user_file.h"
#include "setup/conf_text.h"
#include "setup/private.h"

static const char *
keys_user(const struct setup *setup)
{
	return setup->config != NULL ? setup->config->keys_user :
	    "countersign-keys";
}

/* Whether keys_user can use a file as it is. */
static bool
is_usable(const struct setup *setup, const char *path, struct file_user *user)
{
	char text[SETUP_WHY_SIZE];
	int fd;

	user_file_find_user(user, keys_user(setup), NULL);
	fd = user_file_open_secret(path, user, text, sizeof(text));
	if (fd == -1)
		return false;
	(void)close(fd);
	return true;
}

/* Plan a copy beside the configuration, whose path is put into copy. */
static int
plan_copy(struct setup *setup, const char *path, const struct file_user *user,
    char *copy, size_t size)
{
	const struct change_access access = { 0, user->gid, 0640 };
	struct file_user again;
	char directory[PATH_MAX], why[SETUP_WHY_SIZE], *text, *there;
	struct change *change;
	int r = 0;

	(void)strlcpy(directory, setup->request->config, sizeof(directory));
	(void)snprintf(copy, size, "%s/tsig.key", dirname(directory));
	if (file_read(path, &text, NULL, why, sizeof(why)) == -1)
		return setup_fail("%s", why);
	if (text == NULL)
		return setup_fail("%s: no such file; name the TSIG key with "
		    "--tsig-key", path);
	if (file_read(copy, &there, NULL, why, sizeof(why)) == -1)
		r = setup_fail("%s", why);
	else if (there != NULL && strcmp(there, text) != 0)
		r = setup_fail("%s exists and has another key: move one of "
		    "the two files away, or let %s alone read %s", copy,
		    user->name, path);
	else if (there == NULL || !is_usable(setup, copy, &again)) {
		change = plan_add(&setup->plan, CHANGE_FILE, copy, NULL, NULL,
		    text);
		if (change != NULL) {
			change->access = access;
			change->is_secret = true;
		}
	}
	if (there != NULL)
		freezero(there, strlen(there));
	freezero(text, strlen(text));
	return r;
}

/* The path of the TSIG key for the configuration. */
static int
tsig_path(struct setup *setup, char *path, size_t size)
{
	struct file_user user;
	char directory[PATH_MAX], given[PATH_MAX];

	if (setup->request->tsig_key != NULL)
		(void)strlcpy(given, setup->request->tsig_key, sizeof(given));
	else {
		(void)strlcpy(directory, setup->request->config,
		    sizeof(directory));
		(void)snprintf(given, sizeof(given), "%s/tsig.key",
		    dirname(directory));
		if (access(given, F_OK) == -1)
			return setup_fail("--publish update needs the TSIG key "
			    "of the name server: name its file with "
			    "--tsig-key");
	}
	if (!is_usable(setup, given, &user))
		return plan_copy(setup, given, &user, path, size);
	(void)strlcpy(path, given, size);
	return 0;
}

/* Whether two texts, NULL or "" for none, say the same. */
static bool
is_same(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

/* Whether the configuration publishes in the way that was asked for. */
static bool
is_configured(const struct setup *setup)
{
	const struct rotation *rotation = &setup->config->rotations[0];
	const char *publish = setup->request->publish, *rest;

	if (conf_text_publish_is(publish, "update", &rest))
		return rotation->publish == ROTATION_UPDATE && (rest[0] ==
		    '\0' || is_same(rotation->update_server, rest));
	if (conf_text_publish_is(publish, "hook", &rest))
		return rotation->publish == ROTATION_HOOK &&
		    is_same(rotation->hook, rest);
	return rotation->publish == ROTATION_MANUAL;
}

int
conf_plan_means(struct setup *setup, char **text)
{
	const struct rotation *rotation;
	char own[PATH_MAX], tsig[PATH_MAX] = "";
	struct config_place place;
	const char *rest;

	*text = NULL;
	if (setup->request->publish == NULL)
		return 0;
	conf_path(setup, SETUP_ROTATION_NAME, own, sizeof(own));
	if (setup->config != NULL && setup->config->rotations[0].line != 0) {
		rotation = &setup->config->rotations[0];
		place = config_place(setup->config, rotation->line);
		if (strcmp(place.file, own) != 0)
			return is_configured(setup) ? 0 : setup_fail("the "
			    "section \"rotation\" in line %u of %s publishes "
			    "records in another way than --publish %s: change "
			    "it there, or leave the option out", place.line,
			    place.file, setup->request->publish);
	}
	if (conf_text_publish_is(setup->request->publish, "update", &rest) &&
	    tsig_path(setup, tsig, sizeof(tsig)) == -1)
		return -1;
	*text = conf_text_rotation(setup->request, tsig[0] != '\0' ? tsig :
	    NULL);
	return *text != NULL ? 0 : setup_fail("out of memory");
}
