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

/* A mount point without slashes at its end; false: none, or the root. */
static bool
copy_point(const char *dir, char *point, size_t size)
{
	size_t len = strlen(dir);

	while (len > 0 && dir[len - 1] == '/')
		len--;
	if (dir[0] != '/' || len == 0 || len >= size)
		return false;
	memcpy(point, dir, len);
	point[len] = '\0';
	return true;
}

/*
 * The next mount point in a table that a path is below: the shortest of those
 * that are longer than longer_than; false if there is none.
 */
static bool
find_mount(const char *table, const char *path, size_t longer_than,
    char point[PATH_MAX])
{
	char other[PATH_MAX];
	struct mntent *entry;
	FILE *fp;

	point[0] = '\0';
	if ((fp = setmntent(table, "re")) == NULL)
		return false;
	while ((entry = getmntent(fp)) != NULL)
		if (copy_point(entry->mnt_dir, other, sizeof(other)) &&
		    is_below(path, other) && strlen(other) > longer_than &&
		    (point[0] == '\0' || strlen(other) < strlen(point)))
			(void)strlcpy(point, other, PATH_MAX);
	(void)endmntent(fp);
	return point[0] != '\0';
}

/*
 * Find the first mount point that /etc/fstab has for a path and that is not
 * mounted, nor hidden by what is mounted below it; false if there is none.
 */
static bool
is_unmounted(const char *path, char point[PATH_MAX])
{
	char mounted[PATH_MAX];
	size_t len = 0;

	while (find_mount(MOUNTS, path, len, mounted))
		len = strlen(mounted);
	return find_mount(FSTAB, path, len, point);
}

/* A mount point may be in the file system of another one: that comes first. */
static void
report_unmounted(const struct chain *chain, struct findings *findings,
    const char *first)
{
	const char *keydir = chain->config->keydir;
	char fix[CHAIN_FIX_SIZE] = "", command[CHAIN_FIX_SIZE];
	char word[PATH_MAX], point[PATH_MAX];
	bool is_known = true;

	(void)strlcpy(point, first, sizeof(point));
	do {
		is_known = is_known && text_shell_word(point, word,
		    sizeof(word)) && snprintf(command, sizeof(command),
		    "%smkdir -p %s\nmountpoint -q %s || mount %s",
		    fix[0] != '\0' ? "\n" : "", word, word, word) <
		    (int)sizeof(command) && strlcat(fix, command,
		    sizeof(fix)) < sizeof(fix);
	} while (find_mount(FSTAB, keydir, strlen(point), point));
	findings_add(findings, "key-directory", FINDING_PROBLEM, AREA, keydir,
	    is_known ? fix : NULL, "The file system of %s, which " FSTAB
	    " has, is not mounted, so there are no keys and nothing can be "
	    "signed.", first);
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
	while (is_empty && (errno = 0, entry = readdir(dir)) != NULL)
		is_empty = strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    strcmp(entry->d_name, "lost+found") == 0;
	is_empty = is_empty && errno == 0;
	(void)closedir(dir);
	return is_empty;
}

bool
chain_keydir_unmounted(const struct chain *chain, struct findings *findings)
{
	const char *keydir = chain->config->keydir;
	char point[PATH_MAX];

	if (!is_unmounted(keydir, point) || !is_empty(keydir))
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
	else if (error == ENOENT && is_unmounted(config->keydir, point))
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
