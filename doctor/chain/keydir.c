/* SPDX-License-Identifier: ISC */

/*
 * The files of the key store: is there a key directory, can its owner enter it,
 * and do all files in it belong to the user of the signers, with modes that
 * keep others out?  keystore.h says which modes these are.
 *
 * Nothing is read: only owners and modes are looked at, without following
 * symbolic links below the key directory, so that this can be done by root
 * although another user could change the store meanwhile.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memstream.h"
#include "base/user_name.h"
#include "chain/chain.h"
#include "chain/private.h"
#include "config/user_file.h"
#include "text/text.h"

#define AREA		"key store"
#define CHMOD_SIZE	(USER_NAME_SIZE + 32)
#define MAX_SHOWN	8	/* findings of one kind */

#define LOOSE_DIR	0027u
#define LOOSE_KEY	0377u
#define LOOSE_FILE	0137u

/* Files with the same fault: one finding for all of them. */
struct group {
	size_t	 n;
	char	 first[PATH_MAX];
	FILE	*fixes;		/* a command on each line, in memory */
	char	*text;
	size_t	 size;
};

struct walk {
	const struct config	*config;
	struct findings		*findings;
	uid_t			 owner;
	size_t			 nfiles;
	bool			 is_refused;	/* the key directory */
	struct group		 owners, modes;	/* that are wrong */
	size_t			 nunlisted;	/* folders */
	char			 unlisted[PATH_MAX];	/* the first of them */
	int			 unlisted_errno;
};

/* "PATH/NAME", shortened if it is too long, which only makes it useless. */
static void
join(char path[PATH_MAX], const char *folder, const char *name)
{
	(void)snprintf(path, PATH_MAX, "%s/%s", folder, name);
}

static void
group_add(struct group *group, const char *path, const char *command)
{
	char fix[CHAIN_FIX_SIZE];

	if (group->n++ == 0) {
		(void)strlcpy(group->first, path, sizeof(group->first));
		group->fixes = memstream_open(&group->text, &group->size);
	}
	if (group->fixes == NULL || group->n > MAX_SHOWN ||
	    chain_fix_word(fix, sizeof(fix), command, path) == NULL)
		return;
	(void)fprintf(group->fixes, "%s%s", group->n == 1 ? "" : "\n", fix);
}

/* The commands for all files, one each; NULL if there are too many. */
static const char *
group_fix(struct group *group)
{
	if (group->fixes != NULL)
		(void)memstream_close(group->fixes, &group->text);
	group->fixes = NULL;
	return group->n > MAX_SHOWN ? NULL : group->text;
}

static void
add_owner(struct walk *walk, const char *path, const struct stat *st)
{
	char command[USER_NAME_SIZE + 16];

	/* -h: if it is a symbolic link by then, nothing else is changed. */
	(void)snprintf(command, sizeof(command), "chown -h%s %s",
	    S_ISDIR(st->st_mode) ? "R" : "", walk->config->keys_user);
	group_add(&walk->owners, path, command);
}

/*
 * chmod(1) follows links, which the owner of the store could put there: so it
 * is run as that user, who owns the files by then.
 */
static const char *
chmod_command(const struct walk *walk, const char *mode,
    char command[CHMOD_SIZE])
{
	(void)snprintf(command, CHMOD_SIZE, "runuser -u %s -- chmod %s",
	    walk->config->keys_user, mode);
	return command;
}

static void
add_mode(struct walk *walk, const char *path, const char *mode)
{
	char command[CHMOD_SIZE];

	group_add(&walk->modes, path, chmod_command(walk, mode, command));
}

/* Check an entry; false if it is not a file or directory of the store. */
static bool
check_entry(struct walk *walk, int dirfd, const char *folder,
    const char *name, struct stat *st)
{
	const char *dot = strrchr(name, '.');
	const bool is_key = dot != NULL && strcmp(dot, ".pem") == 0;
	char path[PATH_MAX];

	if (fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;	/* removed meanwhile */
	join(path, folder, name);
	walk->nfiles++;
	if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode)) {
		findings_add(walk->findings, "key-file-type", FINDING_PROBLEM,
		    AREA, path, NULL, "This is a symbolic link or a special "
		    "file, which the signers refuse. Replace it with the file "
		    "itself.");
		return false;
	}
	if (st->st_uid != walk->owner)
		add_owner(walk, path, st);
	if (S_ISDIR(st->st_mode) && (st->st_mode & LOOSE_DIR) != 0)
		add_mode(walk, path, "0700");
	else if (S_ISREG(st->st_mode) && (st->st_mode & (is_key ? LOOSE_KEY :
	    LOOSE_FILE)) != 0)
		add_mode(walk, path, is_key ? "0400" : "0640");
	return true;
}

/* lost+found is at the top of each file system of its own. */
static bool
is_skipped(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    strcmp(name, "lost+found") == 0;
}

/* A folder was listed in part, or not at all. */
static void
note_unlisted(struct walk *walk, const char *path, int error)
{
	if (walk->nunlisted++ > 0)
		return;
	(void)strlcpy(walk->unlisted, path, sizeof(walk->unlisted));
	walk->unlisted_errno = error;
}

/* Check the files in the folder of a domain. */
static void
walk_folder(struct walk *walk, int dirfd, const char *parent,
    const char *name)
{
	char path[PATH_MAX];
	struct dirent *entry;
	struct stat st;
	DIR *dir;
	int fd;

	join(path, parent, name);
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd == -1 || (dir = fdopendir(fd)) == NULL) {
		/* It may be removed meanwhile. */
		if (errno != ENOENT)
			note_unlisted(walk, path, errno);
		if (fd != -1)
			(void)close(fd);
		return;
	}
	while (errno = 0, (entry = readdir(dir)) != NULL)
		if (!is_skipped(entry->d_name))
			(void)check_entry(walk, fd, path, entry->d_name, &st);
	if (errno != 0)
		note_unlisted(walk, path, errno);
	(void)closedir(dir);
}

static void
report_unlisted(struct walk *walk)
{
	char more[64] = "";

	if (walk->nunlisted == 0)
		return;
	if (walk->nunlisted > 1)
		(void)snprintf(more, sizeof(more), " The same is true of %zu "
		    "more.", walk->nunlisted - 1);
	findings_add(walk->findings, "key-directory", FINDING_PROBLEM, AREA,
	    walk->unlisted, NULL, "Not all files in this folder can be listed: "
	    "%s.%s", strerror(walk->unlisted_errno), more);
}

/* "4 files, the first of them NAME" */
static const char *
group_print(const struct group *group, char *text, size_t size)
{
	if (group->n == 1)
		(void)strlcpy(text, "A file has", size);
	else
		(void)snprintf(text, size, "%zu files, the first of them %s, "
		    "have", group->n, group->first);
	return text;
}

static void
report_owners(struct walk *walk, const char *keydir)
{
	const char *user = walk->config->keys_user, *fix;
	char all[CHAIN_FIX_SIZE], command[USER_NAME_SIZE + 16];
	char files[PATH_MAX + 64];

	if (walk->owners.n == 0) {
		if (walk->nunlisted == 0)
			findings_add(walk->findings, "key-owner",
			    FINDING_WELL, AREA, keydir, NULL, "all %zu files "
			    "belong to %s", walk->nfiles, user);
		return;
	}
	(void)snprintf(command, sizeof(command), "chown -hR %s", user);
	if ((fix = group_fix(&walk->owners)) == NULL)
		fix = chain_fix_word(all, sizeof(all), command, keydir);
	findings_add(walk->findings, "key-owner", FINDING_PROBLEM, AREA,
	    walk->owners.n == 1 ? walk->owners.first : keydir, fix,
	    "%s another owner than %s, the user that the signers run as, so "
	    "they refuse %s.", group_print(&walk->owners, files,
	    sizeof(files)), user, walk->owners.n == 1 ? "it" : "them");
}

/* Commands that set all modes; folders first, so that they can be entered. */
static const char *
fix_modes(const struct walk *walk, const char *keydir, char *fix, size_t size)
{
	const char *user = walk->config->keys_user;
	char word[PATH_MAX];
	int n;

	if (!text_shell_word(keydir, word, sizeof(word)))
		return NULL;
	n = snprintf(fix, size,
	    "runuser -u %s -- find %s -type d -exec chmod 0700 {} \\;\n"
	    "runuser -u %s -- find %s -type f -name '*.pem' "
	    "-exec chmod 0400 {} +\n"
	    "runuser -u %s -- find %s -type f ! -name '*.pem' "
	    "-exec chmod 0640 {} +", user, word, user, word, user, word);
	return n < 0 || (size_t)n >= size ? NULL : fix;
}

static void
report_modes(struct walk *walk, const char *keydir)
{
	char all[CHAIN_FIX_SIZE], files[PATH_MAX + 64];
	const char *fix;

	if (walk->modes.n == 0) {
		if (walk->nunlisted == 0)
			findings_add(walk->findings, "key-mode", FINDING_WELL,
			    AREA, keydir, NULL, "the modes of all %zu files "
			    "keep others out", walk->nfiles);
		return;
	}
	if ((fix = group_fix(&walk->modes)) == NULL)
		fix = fix_modes(walk, keydir, all, sizeof(all));
	findings_add(walk->findings, "key-mode", FINDING_PROBLEM, AREA,
	    walk->modes.n == 1 ? walk->modes.first : keydir, fix, "%s a mode "
	    "that gives other users access, or lets a key be overwritten, so "
	    "the signers refuse %s.", group_print(&walk->modes, files,
	    sizeof(files)), walk->modes.n == 1 ? "it" : "them");
}

static void
walk_keydir(struct walk *walk, int fd, const char *keydir)
{
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	if ((dir = fdopendir(fd)) == NULL) {
		(void)close(fd);
		return;
	}
	while (errno = 0, (entry = readdir(dir)) != NULL)
		if (!is_skipped(entry->d_name) && check_entry(walk, fd, keydir,
		    entry->d_name, &st) && S_ISDIR(st.st_mode))
			walk_folder(walk, fd, keydir, entry->d_name);
	if (errno != 0)
		note_unlisted(walk, keydir, errno);
	(void)closedir(dir);
	report_unlisted(walk);
	report_owners(walk, keydir);
	report_modes(walk, keydir);
	free(walk->owners.text);
	free(walk->modes.text);
}

/* Check the owner and mode of the key directory itself; false: stop there. */
static bool
check_keydir(struct walk *walk, int fd)
{
	const struct config *config = walk->config;
	const char *keydir = config->keydir;
	char fix[CHAIN_FIX_SIZE], command[CHMOD_SIZE];
	char owner[USER_NAME_SIZE];
	struct stat st;

	walk->is_refused = true;
	if (fstat(fd, &st) == -1)
		return false;
	if (st.st_uid != walk->owner) {
		user_name(st.st_uid, owner);
		(void)snprintf(command, sizeof(command), "chown -hR %s",
		    config->keys_user);
		findings_add(walk->findings, "key-owner", FINDING_PROBLEM,
		    AREA, keydir, chain_fix_word(fix, sizeof(fix), command,
		    keydir), "The key directory belongs to user %s, but the "
		    "signers run as %s and refuse it.", owner,
		    config->keys_user);
		return false;
	}
	walk->is_refused = (st.st_mode & LOOSE_DIR) != 0;
	if (!walk->is_refused)
		return true;
	findings_add(walk->findings, "key-mode", FINDING_PROBLEM, AREA, keydir,
	    chain_fix_word(fix, sizeof(fix), chmod_command(walk, "0700",
	    command), keydir), "Mode %04o of the key directory gives other "
	    "users access, so the signers refuse it; 0700 is right.",
	    (unsigned int)st.st_mode & 07777);
	return false;
}

/* Whether the owner can enter all directories above. */
static void
check_path(struct chain *chain, struct findings *findings)
{
	const struct config *config = chain->config;
	char fix[CHAIN_FIX_SIZE], text[2 * PATH_MAX];
	struct file_user user;

	user_file_find_user(&user, config->keys_user, NULL);
	if (user_file_is_usable(config->keydir, R_OK | X_OK, &user, text,
	    sizeof(text)))
		findings_add(findings, "key-directory", FINDING_WELL, AREA,
		    config->keydir, NULL, "%s can use the key directory",
		    config->keys_user);
	else if (text[0] != '\0')
		findings_add(findings, "key-directory", FINDING_PROBLEM, AREA,
		    config->keydir, chain_fix_in(chain, text, fix, sizeof(fix)),
		    "User %s cannot enter a directory above it: %s",
		    config->keys_user, text);
}

/* With keydir_mounted, last uses are recorded elsewhere. */
static void
check_state_dir(struct chain *chain, struct findings *findings)
{
	const struct config *config = chain->config;
	char fix[CHAIN_FIX_SIZE], command[2 * USER_NAME_SIZE + 32];
	char text[2 * PATH_MAX];
	struct file_user user;

	if (config->state_dir == NULL)
		return;
	user_file_find_user(&user, config->keys_user, NULL);
	if (access(config->state_dir, F_OK) == 0 && user_file_is_usable(
	    config->state_dir, R_OK | W_OK | X_OK, &user, text,
	    sizeof(text))) {
		findings_add(findings, "state-directory", FINDING_WELL, AREA,
		    config->state_dir, NULL, "%s can write there",
		    config->keys_user);
		return;
	}
	(void)snprintf(command, sizeof(command), "install -d -o %s -g %s "
	    "-m 0700", user.name, user.group);
	findings_add(findings, "state-directory", FINDING_PROBLEM, AREA,
	    config->state_dir, chain_fix_word(fix, sizeof(fix), command,
	    config->state_dir), "User %s cannot write there, so when keys were "
	    "last used is not recorded.", config->keys_user);
}

void
chain_keydir(struct chain *chain, struct findings *findings)
{
	const struct config *config = chain->config;
	struct walk walk = { .config = config, .findings = findings };
	int fd;

	if (config == NULL)
		return;
	fd = open(config->keydir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1) {
		chain_keydir_unopened(chain, findings, errno);
		return;
	}
	/* What is under the mount point is not the key store. */
	if (chain_keydir_unmounted(chain, findings)) {
		(void)close(fd);
		return;
	}
	check_path(chain, findings);
	check_state_dir(chain, findings);
	if (!user_find(config->keys_user, &walk.owner)) {
		(void)close(fd);
		return;
	}
	/* Without root, everything runs as one user. */
	if (!chain->is_root)
		walk.owner = geteuid();
	/* What is mounted belongs to root; its readers check the rest. */
	if (config->keydir_mounted || !check_keydir(&walk, fd))
		(void)close(fd);
	else
		walk_keydir(&walk, fd, config->keydir);
	chain_seal(chain, findings);
	chain->has_keys = !walk.is_refused && walk.owners.n == 0 &&
	    walk.modes.n == 0;
	if (!chain->has_keys)
		findings_add(findings, "key-store", FINDING_UNKNOWN, AREA,
		    config->keydir, NULL, "The keys and their DNS records are "
		    "not examined before these files are right.");
}
