/* SPDX-License-Identifier: ISC */

/*
 * Files that grow or are written by the services: the audit file, the metrics
 * file, and the room on their disks and on that of the keys.
 *
 * Whether a user can write a file is tried as that user.  The units of systemd
 * may write only below some directories: these are asked for, too.
 */

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/user_name.h"
#include "chain/chain.h"
#include "chain/private.h"
#include "config/user_file.h"
#include "text/text.h"

#define AREA		"files"

/* Less than this part of a disk, and of its inodes, is too little. */
#define SPACE_LEAST_PERCENT	3

/* A file that a service writes. */
struct written {
	const char	*id;
	const char	*path;
	const char	*user;
	const char	*unit;
	bool		 is_running;	/* the unit, all the time */
	const char	*what;		/* "is not written" */
	/* Its directory is for the service alone, and has other files, too. */
	bool		 owns_folder;
};

/* The directory of a path; false if it is too long or not absolute. */
static bool
folder_of(const char *path, char folder[PATH_MAX])
{
	char *slash;

	if (path[0] != '/' || strlcpy(folder, path, PATH_MAX) >= PATH_MAX)
		return false;
	slash = strrchr(folder, '/');
	slash[slash == folder ? 1 : 0] = '\0';
	return true;
}

/*
 * Create the directory.  A service that runs sees it only if it is started
 * again, as systemd made the list of what it may write at its start.
 */
static const char *
fix_folder(const struct written *file, const char *folder,
    const struct file_user *user, char *fix, size_t size)
{
	char command[2 * USER_NAME_SIZE + 64];

	(void)snprintf(command, sizeof(command),
	    "install -d -o %s -g %s -m 0750", user->name, user->group);
	if (chain_fix_word(fix, size, command, folder) == NULL)
		return NULL;
	if (file->is_running && (strlcat(fix, "\nsystemctl try-restart ",
	    size) >= size || strlcat(fix, file->unit, size) >= size))
		return NULL;
	return fix;
}

/*
 * Whether the user can write the file, or create it.  If not, fix is what lets
 * the user do so, or "".  The owner of a directory stays: it may be /var/log.
 */
static bool
can_write(const struct chain *chain, const struct written *file,
    const char *folder, const struct file_user *user, char *fix, size_t size)
{
	char text[2 * PATH_MAX], more[5 * PATH_MAX], word[2 * PATH_MAX];
	struct stat st;
	const bool exists = !file->owns_folder &&
	    lstat(file->path, &st) == 0;
	int n = -1;

	fix[0] = '\0';
	if (user_file_is_usable(exists ? file->path : folder, exists ? W_OK :
	    W_OK | X_OK, user, text, sizeof(text)))
		return true;
	if (file->owns_folder) {
		if (fix_folder(file, folder, user, fix, size) == NULL)
			fix[0] = '\0';
		return false;
	}
	/* A directory above that the user cannot enter. */
	if (text[0] != '\0')
		(void)chain_fix_in(chain, text, fix, size);
	/* install(1) replaces a link that somebody makes, and follows none. */
	if (!text_shell_word(file->path, word, sizeof(word)))
		return false;
	if (!exists)
		n = snprintf(more, sizeof(more), "[ -e %s ] || install -o %s "
		    "-g %s -m 0640 /dev/null %s", word, user->name,
		    user->group, word);
	else if (st.st_uid != user->uid)
		n = snprintf(more, sizeof(more), "chown -h %s %s", user->name,
		    word);
	if (n > 0 && (size_t)n < sizeof(more)) {
		(void)strlcat(fix, fix[0] == '\0' ? "" : "\n", size);
		(void)strlcat(fix, more, size);
	}
	return false;
}

static void
check_written(const struct chain *chain, const struct written *file,
    struct findings *findings)
{
	char fix[8 * PATH_MAX], folder[PATH_MAX];
	struct file_user user;
	struct stat st;

	if (file->path == NULL || !folder_of(file->path, folder))
		return;
	user_file_find_user(&user, file->user, NULL);
	if (lstat(file->path, &st) == 0 && !S_ISREG(st.st_mode))
		findings_add(findings, file->id, FINDING_PROBLEM, AREA,
		    file->path, NULL, "This is a symbolic link or a special "
		    "file, so it %s. Find out who has put it there, and remove "
		    "it.", file->what);
	else if (access(folder, F_OK) == -1)
		findings_add(findings, file->id, FINDING_PROBLEM, AREA,
		    folder, fix_folder(file, folder, &user, fix, sizeof(fix)),
		    "The directory does not exist, so %s %s.", file->path,
		    file->what);
	else if (chain->is_root && !can_write(chain, file, folder, &user, fix,
	    sizeof(fix)))
		findings_add(findings, file->id, FINDING_PROBLEM, AREA,
		    file->path, fix, "User %s cannot write it, so it %s.",
		    user.name, file->what);
	else if (!chain_unit_writes(file->unit, folder))
		findings_add(findings, file->id, FINDING_PROBLEM, AREA,
		    file->path, chain_fix_unit(file->unit, file->id,
		    "ReadWritePaths=-", folder, fix, sizeof(fix)),
		    "%s may not write in this directory, so it %s: add it to "
		    "ReadWritePaths=.", file->unit, file->what);
	else
		findings_add(findings, file->id, FINDING_WELL, AREA,
		    file->path, NULL, "user %s can write it", user.name);
}

/* Whether there is room; name is what would be lost without it. */
static void
check_space(const char *path, const char *what, struct findings *findings)
{
	struct statvfs vfs;
	bool is_full;

	if (path == NULL || statvfs(path, &vfs) == -1)
		return;
	is_full = (vfs.f_blocks > 0 && (double)vfs.f_bavail * 100 <
	    (double)vfs.f_blocks * SPACE_LEAST_PERCENT) ||
	    (vfs.f_files > 0 && (double)vfs.f_favail * 100 <
	    (double)vfs.f_files * SPACE_LEAST_PERCENT);
	findings_add(findings, "disk-space", is_full ? FINDING_PROBLEM :
	    FINDING_WELL, AREA, path, NULL, is_full ? "Less than %d%% of the "
	    "disk or of its inodes is free: %s." : "at least %d%% of the disk "
	    "is free", SPACE_LEAST_PERCENT, what);
}

/* The file of counts: the other one is in the same directory. */
static void
check_counts(const struct chain *chain, struct findings *findings)
{
	const struct config *config = chain->config;
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/counts",
	    config->counts_dir) >= sizeof(path))
		return;
	check_written(chain, &(struct written){ .id = "counts-dir",
	    .path = path, .user = config->user,
	    .unit = "countersign-milter.service",
	    .is_running = chain->has_milter_unit, .what = "is not written: "
	    "ceilings begin at 0 after a restart, and alarms are only in the "
	    "log", .owns_folder = true }, findings);
}

void
chain_storage(struct chain *chain, struct findings *findings)
{
	const struct config *config = chain->config;
	char folder[PATH_MAX];

	if (config == NULL)
		return;
	check_written(chain, &(struct written){ .id = "audit-file",
	    .path = config->audit_file, .user = config->user,
	    .unit = "countersign-milter.service",
	    .is_running = chain->has_milter_unit, .what = "is not written, "
	    "and its lines are lost" }, findings);
	check_written(chain, &(struct written){ .id = "metrics-file",
	    .path = config->metrics_file, .user = config->keys_user,
	    .unit = "countersign-rotate.service", .what = "is not written, "
	    "and monitoring sees old figures" }, findings);
	if (config->has_ceilings)
		check_counts(chain, findings);
	if (config->audit_file != NULL &&
	    folder_of(config->audit_file, folder))
		check_space(folder, "lines of the audit file will be lost",
		    findings);
	if (!config->keydir_mounted)
		check_space(config->keydir, "no new keys can be made",
		    findings);
}
