/* SPDX-License-Identifier: ISC */

/*
 * Whether Postfix reaches our socket: from its chroot, as its user.
 *
 * smtpd(8) opens the socket as mail_owner, with all groups of that user, and a
 * path as seen from the chroot if it runs in one.  So the milter's negotiation
 * is tried as that user; if that fails, the path is walked to find out why.
 */

#include <sys/stat.h>

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/user_name.h"
#include "chain/postfix_area.h"
#include "machine/milter_hello.h"
#include "machine/reach.h"
#include "text/text.h"

#define HELLO_MS	10000

/* Our path is below the queue directory, so a chroot does not matter. */
static bool
is_below_queue(const struct pf *pf)
{
	char address[1200];

	pf_our_address(pf, address, sizeof(address));
	return strncmp(address, "unix:/", 6) != 0;
}

/* A path that is right outside of the chroot and wrong inside, or reverse. */
static void
check_path(const struct pf *pf, const struct pf_service *s)
{
	const char *address = s->milters.list[s->ours].address;
	char fix[CHAIN_FIX_SIZE] = "";

	if (!s->is_lost) {
		findings_add(pf->findings, "milter-chroot", FINDING_WELL,
		    POSTFIX_AREA, s->name, NULL, "%s leads to our socket",
		    address);
		return;
	}
	/* Without a chroot, only a path below the queue can be meant. */
	if (!s->service->is_chrooted || is_below_queue(pf))
		(void)pf_fix_milters(pf, s, "smtpd_milters", fix, sizeof(fix));
	else
		(void)pf_fix_chroot(pf, s->name, fix, sizeof(fix));
	findings_add(pf->findings, "milter-chroot", FINDING_PROBLEM,
	    POSTFIX_AREA, s->name, fix, "This service %s in the chroot %s, "
	    "so it looks for %s in the wrong place.",
	    s->service->is_chrooted ? "runs" : "does not run",
	    postfix_queue_directory(pf->postfix), address);
}

/* The name of a user's primary group; the number if it has none. */
static void
group_of(const char *user, char group[USER_NAME_SIZE])
{
	const struct passwd *pw = getpwnam(user);

	user_name_group(pw != NULL ? pw->pw_gid : 0, group);
}

/*
 * Give a file to the group of Postfix, with these rights.  The front's user
 * owns the folder of the socket, and could put a symbolic link there: so
 * chmod(1), which follows links, is run as the owner of the socket.
 */
static const char *
fix_group(const char *user, const char *rights, const char *path, char *fix,
    size_t size)
{
	char group[USER_NAME_SIZE], word[1200], as[USER_NAME_SIZE + 16] = "";
	const struct passwd *pw;
	struct stat st;
	int n;

	if (!text_shell_word(path, word, sizeof(word)) ||
	    lstat(path, &st) == -1 || S_ISLNK(st.st_mode) ||
	    (pw = getpwuid(st.st_uid)) == NULL)
		return NULL;
	if (!S_ISDIR(st.st_mode))
		(void)snprintf(as, sizeof(as), "runuser -u %s -- ",
		    pw->pw_name);
	group_of(user, group);
	n = snprintf(fix, size, "chgrp -h %s %s\n%schmod %s %s", group, word,
	    as, rights, word);
	return n < 0 || (size_t)n >= size ? NULL : fix;
}

/* Whether the path is a socket itself, not a link or another file. */
static bool
is_socket(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* Whether root alone decides what is in the folder above a path. */
static bool
is_in_folder_of_root(const char *path)
{
	const char *slash = strrchr(path, '/');
	char above[1200];
	struct stat st;

	(void)snprintf(above, sizeof(above), "%.*s", slash > path ?
	    (int)(slash - path) : 1, path);
	return stat(above, &st) == 0 && st.st_uid == 0 &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/*
 * Create the folder of the socket, which inherits the group from it.  In a
 * folder of another user, install(1) could follow a symbolic link.
 */
static const char *
fix_folder(const struct pf *pf, const char *user, const char *folder,
    char *fix, size_t size)
{
	char group[USER_NAME_SIZE], command[2 * USER_NAME_SIZE + 32];

	if (!is_in_folder_of_root(folder))
		return NULL;
	group_of(user, group);
	(void)snprintf(command, sizeof(command), "install -d -o %s -g %s "
	    "-m 2750", pf->chain->config->user, group);
	return chain_fix_word(fix, size, command, folder);
}

/* Why the socket cannot be reached, step by step along its path. */
static void
explain(const struct pf *pf, const char *user, const char *path,
    const char *why)
{
	char denied[1200], fix[CHAIN_FIX_SIZE], folder[1200];
	const char *slash = strrchr(path, '/');

	(void)snprintf(folder, sizeof(folder), "%.*s",
	    slash != NULL ? (int)(slash - path) : 0, path);
	switch (reach_walk(user, path, denied, sizeof(denied))) {
	case REACH_FOLDER:
		findings_add(pf->findings, "milter-socket", FINDING_PROBLEM,
		    POSTFIX_AREA, path, strcmp(denied, folder) == 0 ?
		    fix_group(user, "g+x", denied, fix, sizeof(fix)) : NULL,
		    "User %s of Postfix may not enter the folder %s, so mail "
		    "is deferred or leaves unsigned.", user, denied);
		break;
	case REACH_FILE:
		if (!is_socket(denied)) {
			findings_add(pf->findings, "milter-socket",
			    FINDING_PROBLEM, POSTFIX_AREA, path, NULL, "%s is "
			    "not a socket. Find out who has put it there: only "
			    "root and the user of the milter can. Then remove "
			    "it, and restart the milter.", denied);
			break;
		}
		findings_add(pf->findings, "milter-socket", FINDING_PROBLEM,
		    POSTFIX_AREA, path, fix_group(user, "g+rw", denied, fix,
		    sizeof(fix)), "User %s of Postfix may not use the socket, "
		    "so mail is deferred or leaves unsigned.", user);
		break;
	case REACH_MISSING:
		findings_add(pf->findings, "milter-socket", FINDING_PROBLEM,
		    POSTFIX_AREA, path, strcmp(denied, folder) == 0 ?
		    fix_folder(pf, user, folder, fix, sizeof(fix)) : NULL,
		    "%s does not exist: countersign-milter does not run, or "
		    "with another configuration. Mail is deferred or leaves "
		    "unsigned.", denied);
		break;
	case REACH_WELL:
	case REACH_UNKNOWN:
		findings_add(pf->findings, "milter-socket", FINDING_PROBLEM,
		    POSTFIX_AREA, path, NULL, "Our milter does not answer to "
		    "user %s of Postfix: %s. Is countersign-milter running?",
		    user, why);
		break;
	}
}

static void
check_hello(const struct pf *pf)
{
	const char *socket = pf->chain->config->socket;
	const char *user = postfix_mail_owner(pf->postfix);
	struct milter_socket s;
	char why[512];

	if (!pf->chain->is_root)
		findings_add(pf->findings, "milter-socket", FINDING_UNKNOWN,
		    POSTFIX_AREA, socket, NULL, "Only root can try the socket "
		    "as user %s: run countersign-doctor as root.", user);
	else if (milter_hello(socket, user, HELLO_MS, why,
	    sizeof(why)) == 0)
		findings_add(pf->findings, "milter-socket", FINDING_WELL,
		    POSTFIX_AREA, socket, NULL, "answers to user %s", user);
	else if (milter_socket_read(socket, &s, why, sizeof(why)) &&
	    s.is_unix)
		explain(pf, user, s.path, why);
	else
		findings_add(pf->findings, "milter-socket", FINDING_PROBLEM,
		    POSTFIX_AREA, socket, NULL, "Our milter does not answer: "
		    "%s. Is countersign-milter running?", why);
}

/* The group of the socket after the next start of the milter. */
static bool
is_group_good(const struct pf *pf, const char *user, const char **name)
{
	const struct config *config = pf->chain->config;
	const struct passwd *pw;
	const struct group *gr;

	if ((config->socket_mode & 0006) == 0006)
		return true;
	if (config->socket_group != NULL) {
		*name = config->socket_group;
		return (gr = getgrnam(*name)) != NULL &&
		    (config->socket_mode & 0060) == 0060 &&
		    reach_is_member(user, gr->gr_gid);
	}
	*name = "the group of the user of the milter";
	return (pw = getpwnam(config->user)) != NULL &&
	    (config->socket_mode & 0060) == 0060 &&
	    reach_is_member(user, pw->pw_gid);
}

/* Only if all is in one file can a command change it. */
static const char *
fix_option(const struct pf *pf, const char *user, char *fix, size_t size)
{
	const struct config *config = pf->chain->config;
	char group[USER_NAME_SIZE], word[1200];
	int n;

	group_of(user, group);
	if (config->files.n != 1 || (config->socket_mode & 0060) != 0060 ||
	    !text_shell_word(config->file, word, sizeof(word)))
		return NULL;
	n = snprintf(fix, size, "sed -i '/^[[:blank:]]*socket_group[[:blank:]]"
	    "*=/d' %s\nsed -i '1i socket_group = \"%s\"' %s", word, group,
	    word);
	return n < 0 || (size_t)n >= size ? NULL : fix;
}

static void
check_group(const struct pf *pf)
{
	const char *user = postfix_mail_owner(pf->postfix);
	const char *name = "everybody";
	char fix[CHAIN_FIX_SIZE], group[USER_NAME_SIZE];

	if (strncmp(pf->chain->config->socket, "unix:", 5) != 0)
		return;
	if (is_group_good(pf, user, &name)) {
		findings_add(pf->findings, "socket-group", FINDING_WELL,
		    POSTFIX_AREA, "socket_group", NULL, "user %s is in it: %s",
		    user, name);
		return;
	}
	group_of(user, group);
	findings_add(pf->findings, "socket-group", FINDING_PROBLEM,
	    POSTFIX_AREA, "socket_group", fix_option(pf, user, fix,
	    sizeof(fix)), "After the next start of the milter, user %s of "
	    "Postfix cannot use the socket, because it is not in its group "
	    "(%s). Write socket_group = \"%s\" and socket_mode = 0660.", user,
	    name, group);
}

void
pf_check_socket(const struct pf *pf)
{
	size_t i;

	for (i = 0; i < pf->nservices; i++)
		if (pf_signs(&pf->services[i]) &&
		    strncmp(pf->chain->config->socket, "unix:", 5) == 0)
			check_path(pf, &pf->services[i]);
	check_hello(pf);
	check_group(pf);
}
