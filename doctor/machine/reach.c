/* SPDX-License-Identifier: ISC */

/*
 * Whether a user can reach a file: see reach.h.
 *
 * A process of that user asks with access(2), so that the kernel decides, with
 * groups, access lists and file systems that are read-only.
 */

#include "machine/reach.h"

#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/read_all.h"
#include "machine/become.h"

#define MAX_GROUPS	65536

struct answer {
	enum reach reach;
	char	 denied[PATH_MAX];
};

/* One step; true if the walk ends here. */
static bool
is_end(const char *path, int mode, enum reach no, struct answer *answer)
{
	if (access(path, mode) == 0)
		return false;
	answer->reach = errno == ENOENT || errno == ENOTDIR ? REACH_MISSING :
	    no;
	(void)strlcpy(answer->denied, path, sizeof(answer->denied));
	return true;
}

static void
walk(const char *path, struct answer *answer)
{
	char folder[PATH_MAX];
	const char *slash = path;
	size_t len;

	while ((slash = strchr(slash + 1, '/')) != NULL) {
		len = (size_t)(slash - path);
		if (len >= sizeof(folder))
			return;
		memcpy(folder, path, len);
		folder[len] = '\0';
		if (is_end(folder, X_OK, REACH_FOLDER, answer))
			return;
	}
	if (!is_end(path, R_OK | W_OK, REACH_FILE, answer))
		answer->reach = REACH_WELL;
}

enum reach
reach_walk(const char *user, const char *path, char *denied, size_t size)
{
	struct answer answer = { .reach = REACH_UNKNOWN };
	int ends[2], status;
	pid_t pid = -1;

	if (pipe(ends) != -1) {
		if ((pid = fork()) == 0) {
			close(ends[0]);
			if (become_user(user, answer.denied,
			    sizeof(answer.denied)) == 0)
				walk(path, &answer);
			_exit(write(ends[1], &answer, sizeof(answer)) ==
			    sizeof(answer) ? 0 : 1);
		}
		close(ends[1]);
		if (pid == -1 || read_all(ends[0], &answer,
		    sizeof(answer)) != sizeof(answer)) {
			answer.reach = REACH_UNKNOWN;
			(void)strlcpy(answer.denied, "cannot start a process",
			    sizeof(answer.denied));
		}
		close(ends[0]);
		while (pid != -1 && waitpid(pid, &status, 0) == -1 &&
		    errno == EINTR)
			;
	}
	(void)strlcpy(denied, answer.denied, size);
	return answer.reach;
}

bool
reach_is_member(const char *user, gid_t group)
{
	const struct passwd *pw;
	bool is_member = false;
	gid_t *groups = NULL;
	int n = 0, i;

	if ((pw = getpwnam(user)) == NULL)
		return false;
	(void)getgrouplist(user, pw->pw_gid, NULL, &n);
	if (n > 0 && n <= MAX_GROUPS &&
	    (groups = calloc((size_t)n, sizeof(*groups))) != NULL &&
	    getgrouplist(user, pw->pw_gid, groups, &n) != -1)
		for (i = 0; i < n; i++)
			is_member = is_member || groups[i] == group;
	free(groups);
	return is_member;
}
