/* SPDX-License-Identifier: ISC */

/*
 * A key directory that is not there: it was never created, it was removed, or
 * its file system is not mounted.
 *
 * An empty directory in the place of a file system that is not mounted, with
 * new keys in it, would hide that the old ones still exist.  So /etc/fstab is
 * read first, and what it has is to be mounted.  Otherwise a directory is
 * created, which loses nothing: a backup can be restored into it.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>

#include "base/user_name.h"
#include "chain/chain.h"
#include "chain/private.h"
#include "config/user_file.h"
#include "text/text.h"

#define AREA		"key store"
#define FSTAB		"/etc/fstab"
#define MOUNTS		"/proc/self/mounts"

/* Whether a path is a directory, or below it. */
static bool
is_below(const char *path, const char *folder)
{
	const size_t len = strlen(folder);

	return strncmp(path, folder, len) == 0 && (path[len] == '\0' ||
	    path[len] == '/');
}

/*
 * The longest mount point in a table that a path is below; false if there is
 * none but the root.
 */
static bool
find_mount(const char *table, const char *path, char *point, size_t size)
{
	struct mntent *entry;
	FILE *fp;

	point[0] = '\0';
	if ((fp = setmntent(table, "re")) == NULL)
		return false;
	while ((entry = getmntent(fp)) != NULL)
		if (entry->mnt_dir[0] == '/' && entry->mnt_dir[1] != '\0' &&
		    is_below(path, entry->mnt_dir) &&
		    strlen(entry->mnt_dir) > strlen(point) &&
		    strlcpy(point, entry->mnt_dir, size) >= size)
			point[0] = '\0';
	(void)endmntent(fp);
	return point[0] != '\0';
}

/* Find the mount point that /etc/fstab has for a path; false if it is mounted. */
static bool
is_unmounted(const char *path, char *point, size_t size)
{
	char mounted[PATH_MAX];

	return find_mount(FSTAB, path, point, size) &&
	    (!find_mount(MOUNTS, path, mounted, sizeof(mounted)) ||
	    strlen(mounted) < strlen(point));
}

static void
report_unmounted(const struct chain *chain, struct findings *findings,
    const char *point)
{
	char fix[CHAIN_FIX_SIZE], word[PATH_MAX];
	bool is_known;

	is_known = text_shell_word(point, word, sizeof(word)) &&
	    snprintf(fix, sizeof(fix), "mkdir -p %s\n"
	    "mountpoint -q %s || mount %s", word, word, word) <
	    (int)sizeof(fix);
	findings_add(findings, "key-directory", FINDING_PROBLEM, AREA,
	    chain->config->keydir, is_known ? fix : NULL, "The file system of "
	    "%s, which " FSTAB " has, is not mounted, so there are no keys and "
	    "nothing can be signed.", point);
}

/* Whether a directory has nothing but what a file system has. */
static bool
is_empty(const char *path)
{
	struct dirent *entry;
	bool is_empty = true;
	DIR *dir;

	if ((dir = opendir(path)) == NULL)
		return false;
	while (is_empty && (entry = readdir(dir)) != NULL)
		is_empty = strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    strcmp(entry->d_name, "lost+found") == 0;
	(void)closedir(dir);
	return is_empty;
}

bool
chain_keydir_unmounted(const struct chain *chain, struct findings *findings)
{
	const char *keydir = chain->config->keydir;
	char point[PATH_MAX];

	if (!is_unmounted(keydir, point, sizeof(point)) || !is_empty(keydir))
		return false;
	report_unmounted(chain, findings, point);
	return true;
}

/* There is none, and no file system that would have it. */
static void
report_missing(const struct chain *chain, struct findings *findings)
{
	const struct config *config = chain->config;
	char fix[CHAIN_FIX_SIZE], command[2 * USER_NAME_SIZE + 64];
	struct file_user user;
	struct stat st;
	uid_t uid;

	if (lstat(config->keydir, &st) == 0) {
		findings_add(findings, "key-directory", FINDING_PROBLEM, AREA,
		    config->keydir, NULL, "This is a symbolic link to a "
		    "directory that does not exist. Create or mount what it "
		    "points to.");
		return;
	}
	if (!user_find(config->keys_user, &uid)) {
		findings_add(findings, "key-directory", FINDING_PROBLEM, AREA,
		    config->keydir, NULL, "There is no key directory, so "
		    "nothing can be signed, and no user %s to own it. When "
		    "that user exists, run countersign-doctor again.",
		    config->keys_user);
		return;
	}
	user_file_find_user(&user, config->keys_user, NULL);
	(void)snprintf(command, sizeof(command), "install -d -o %s -g %s "
	    "-m 0700", user.name, user.group);
	findings_add(findings, "key-directory", FINDING_PROBLEM, AREA,
	    config->keydir, chain_fix_word(fix, sizeof(fix), command,
	    config->keydir), "There is no key directory, so nothing can be "
	    "signed. If it was removed, restore the keys from a backup into "
	    "the new one; new keys need new records in DNS.");
}

void
chain_keydir_unopened(const struct chain *chain, struct findings *findings,
    int error)
{
	const struct config *config = chain->config;
	char point[PATH_MAX];

	if (error == EACCES && !chain->is_root)
		findings_add(findings, "key-directory", FINDING_UNKNOWN, AREA,
		    config->keydir, NULL, "Only root and %s can look into the "
		    "key directory: run countersign-doctor as root.",
		    config->keys_user);
	else if (error == ENOENT && is_unmounted(config->keydir, point,
	    sizeof(point)))
		report_unmounted(chain, findings, point);
	else if (error == ENOENT && !config->keydir_mounted)
		report_missing(chain, findings);
	else if (error == ENOTDIR)
		findings_add(findings, "key-directory", FINDING_PROBLEM, AREA,
		    config->keydir, NULL, "This, or what is above it, is a "
		    "file and not a directory. Correct keydir, or move the "
		    "file away.");
	else
		findings_add(findings, "key-directory", FINDING_PROBLEM, AREA,
		    config->keydir, NULL, "The key directory cannot be opened: "
		    "%s.%s", strerror(error), config->keydir_mounted ?
		    " Mount it, or remove keydir_mounted." : "");
}
