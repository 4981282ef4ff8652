/* SPDX-License-Identifier: ISC */

/*
 * Files that one user needs and others must not read: see user_file.h.
 *
 * Whether a user can use a file depends on each directory above it, on ACLs and
 * on groups.  Therefore a child process becomes that user and tries.  The child
 * only calls functions that are allowed after fork(2) in a process with
 * threads.
 */

#include "config/user_file.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Exit status of the child; from FOLDER on, which directory it cannot enter. */
enum { CAN, CANNOT, UNTOLD, FOLDER };
#define MAX_FOLDERS	200

/* The groups of a user in the user database; the first is the primary one. */
static void
find_groups(struct file_user *user, const char *name)
{
	int n = USER_FILE_MAX_GROUPS - 1;

	user->groups[0] = user->gid;
	user->ngroups = 1;
	if (getgrouplist(name, user->gid, user->groups, &n) != -1 && n > 0)
		user->ngroups = (size_t)n;
}

void
user_file_find_user(struct file_user *user, const char *name,
    const char *other)
{
	const struct passwd *pw;

	memset(user, 0, sizeof(*user));
	if ((pw = getpwnam(name)) != NULL) {
		user->uid = pw->pw_uid;
		user->gid = pw->pw_gid;
		find_groups(user, name);
	} else {
		user->uid = geteuid();
		user->gid = getegid();
		user->groups[0] = user->gid;
		user->ngroups = 1;
	}
	user_name(user->uid, user->name);
	user_name_group(user->gid, user->group);
	if (other != NULL && (pw = getpwnam(other)) != NULL)
		user->groups[user->ngroups++] = pw->pw_gid;
}

void
user_file_print_fix(const char *path, const struct file_user *user,
    char *text, size_t textsize)
{
	if (user->uid == 0)
		(void)snprintf(text, textsize,
		    "chown root:root %s; chmod 0600 %s", path, path);
	else
		(void)snprintf(text, textsize,
		    "chown root:%s %s; chmod 0640 %s", user->group, path,
		    path);
}

/* Write "why: how to fix it" to text, and set errno to EPERM; return false. */
static bool __attribute__((format(printf, 5, 6)))
unsafe(const char *path, const struct file_user *user, char *text,
    size_t textsize, const char *format, ...)
{
	size_t len;
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, textsize, format, ap);
	va_end(ap);
	(void)strlcat(text, ": ", textsize);
	len = strlen(text);
	user_file_print_fix(path, user, text + len, textsize - len);
	errno = EPERM;
	return false;
}

/* Check owner and mode; unless run by root, our own files are fine. */
static bool
is_kept_from_others(const char *path, const struct stat *st,
    const struct file_user *user, char *text, size_t textsize)
{
	const bool is_own = geteuid() != 0 && st->st_uid == geteuid();
	const unsigned int mode = st->st_mode & 07777;
	char name[USER_NAME_SIZE];

	if (st->st_uid != 0 && st->st_uid != user->uid && !is_own) {
		user_name(st->st_uid, name);
		return unsafe(path, user, text, textsize,
		    "it belongs to user %s", name);
	}
	if ((mode & 0007) != 0)
		return unsafe(path, user, text, textsize,
		    "mode %04o lets everyone use it", mode);
	if ((mode & 0030) != 0)
		return unsafe(path, user, text, textsize,
		    "mode %04o lets its group change it", mode);
	if ((mode & 0040) != 0 && st->st_gid != 0 &&
	    st->st_gid != user->gid &&
	    !(is_own && st->st_gid == getegid())) {
		user_name_group(st->st_gid, name);
		return unsafe(path, user, text, textsize,
		    "mode %04o lets group %s read it", mode, name);
	}
	return true;
}

/* In the child: become the user, if this process is another one, and try. */
static _Noreturn void
try_as(const char *path, int what, const struct file_user *user)
{
	char folder[PATH_MAX];
	size_t i, n;

	if (geteuid() != user->uid &&
	    (setgroups(user->ngroups, user->groups) == -1 ||
	    setresgid(user->gid, user->gid, user->gid) == -1 ||
	    setresuid(user->uid, user->uid, user->uid) == -1))
		_exit(UNTOLD);
	if (access(path, what) == 0)
		_exit(CAN);
	for (i = 1, n = 0; i < sizeof(folder) && path[i] != '\0' &&
	    n < MAX_FOLDERS; i++) {
		if (path[i] != '/')
			continue;
		memcpy(folder, path, i);
		folder[i] = '\0';
		if (access(folder, X_OK) == -1)
			_exit(FOLDER + (int)n);
		n++;
	}
	_exit(CANNOT);
}

/* A directory that others have no business in: /root, /home/NAME. */
static bool
is_home(const char *path, size_t len)
{
	static const char root[] = "/root", home[] = "/home/";
	const size_t homelen = sizeof(home) - 1;

	return (len == sizeof(root) - 1 && memcmp(path, root, len) == 0) ||
	    (len > homelen && memcmp(path, home, homelen) == 0 &&
	    memchr(path + homelen, '/', len - homelen) == NULL);
}

/* Write how to let the user enter the n-th directory of a path. */
static void
print_folder(const char *path, int n, char *text, size_t textsize)
{
	const char *end = path;
	int i, len;

	for (i = 0; i <= n && end != NULL; i++)
		end = strchr(end + 1, '/');
	len = end == NULL ? (int)strlen(path) : (int)(end - path);
	if (is_home(path, (size_t)len)) {
		(void)snprintf(text, textsize, "directory %.*s: keep files for "
		    "other users elsewhere, such as in /etc/countersign", len,
		    path);
		return;
	}
	(void)snprintf(text, textsize, "directory %.*s: chmod o+x %.*s", len,
	    path, len, path);
}

bool
user_file_is_usable(const char *path, int what,
    const struct file_user *user, char *text, size_t textsize)
{
	pid_t pid;
	int status;

	text[0] = '\0';
	if (user->uid == 0 || (geteuid() != 0 && geteuid() != user->uid))
		return true;
	if ((pid = fork()) == -1)
		return true;
	if (pid == 0)
		try_as(path, what, user);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return true;
	if (!WIFEXITED(status) || WEXITSTATUS(status) == CAN ||
	    WEXITSTATUS(status) == UNTOLD)
		return true;
	if (WEXITSTATUS(status) >= FOLDER)
		print_folder(path, WEXITSTATUS(status) - FOLDER, text,
		    textsize);
	return false;
}

/* If the user cannot enter a directory above the file, say which. */
static bool
names_folder(const char *path, int what, const struct file_user *user,
    char *text, size_t textsize)
{
	char folder[PATH_MAX * 2 + 32];

	if (user_file_is_usable(path, what, user, folder, sizeof(folder)) ||
	    folder[0] == '\0')
		return false;
	(void)snprintf(text, textsize, "user %s cannot enter the %s",
	    user->name, folder);
	return true;
}

bool
user_file_keeps_secret(const char *path, int fd,
    const struct file_user *user, char *text, size_t textsize)
{
	char folder[PATH_MAX * 2 + 32];
	struct stat st;

	if (fstat(fd, &st) == -1) {
		(void)strlcpy(text, strerror(errno), textsize);
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		(void)strlcpy(text, "not a regular file", textsize);
		errno = EPERM;
		return false;
	}
	if (!is_kept_from_others(path, &st, user, text, textsize))
		return false;
	if (user_file_is_usable(path, R_OK, user, folder, sizeof(folder)))
		return true;
	if (folder[0] == '\0')
		return unsafe(path, user, text, textsize, "user %s cannot "
		    "read it", user->name);
	(void)snprintf(text, textsize, "user %s cannot enter the %s",
	    user->name, folder);
	errno = EPERM;
	return false;
}

/* Why a program must not be used; NULL if it may. */
static const char *
program_fault(const char *path, const struct stat *st,
    const struct file_user *user, char *folder, size_t foldersize)
{
	folder[0] = '\0';
	if (!S_ISREG(st->st_mode) || (st->st_mode & 0111) == 0)
		return "not an executable file";
	if (st->st_uid != 0 && st->st_uid != user->uid &&
	    (geteuid() == 0 || st->st_uid != geteuid()))
		return "its owner could run anything as the user who publishes";
	if ((st->st_mode & 0022) != 0)
		return "others can change it";
	if (!user_file_is_usable(path, X_OK, user, folder, foldersize) ||
	    (geteuid() != 0 && access(path, X_OK) == -1))
		return "the user who publishes cannot run it";
	return NULL;
}

bool
user_file_is_program(const char *path, const struct file_user *user,
    char *text, size_t textsize)
{
	char folder[PATH_MAX * 2 + 32], owner[USER_NAME_SIZE];
	const char *fault;
	struct stat st;

	if (stat(path, &st) == -1) {
		(void)strlcpy(text, strerror(errno), textsize);
		if (errno == EACCES)
			(void)names_folder(path, X_OK, user, text, textsize);
		return false;
	}
	fault = program_fault(path, &st, user, folder, sizeof(folder));
	if (fault == NULL)
		return true;
	user_name(st.st_uid, owner);
	if (folder[0] != '\0')
		(void)snprintf(text, textsize, "user %s cannot enter the %s",
		    user->name, folder);
	else
		(void)snprintf(text, textsize, "owner %s, mode %04o: %s: "
		    "chown root:root %s; chmod 0755 %s", owner,
		    (unsigned int)st.st_mode & 07777, fault, path, path);
	return false;
}

int
user_file_open_secret(const char *path, const struct file_user *user,
    char *text, size_t textsize)
{
	char name[USER_NAME_SIZE];
	int error, fd;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1) {
		error = errno;
		user_name(geteuid(), name);
		if (error == EACCES && names_folder(path, R_OK, user, text,
		    textsize))
			errno = error;
		else if (error == EACCES && geteuid() == user->uid)
			(void)unsafe(path, user, text, textsize,
			    "user %s cannot read it", name);
		else if (error == EACCES)
			(void)snprintf(text, textsize, "user %s cannot read "
			    "it: only root and %s may", name, user->name);
		else
			(void)strlcpy(text, strerror(error), textsize);
		errno = error;
		return -1;
	}
	if (user_file_keeps_secret(path, fd, user, text, textsize))
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}
