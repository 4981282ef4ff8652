/* SPDX-License-Identifier: ISC */

/*
 * Reload in the master.  The master first checks the file and the key directory
 * that it names, so that an error changes nothing in any process; then the
 * front reads the file.
 */

#include "master/private.h"

#include <sys/stat.h>

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memstream.h"
#include "base/privileges.h"
#include "base/user_name.h"
#include "master/ask.h"

static void
log_lines(char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL)
		if (line[0] != '\0')
			log_warnx(M_CONFIG_ERROR, "%s", line);
}

/* Read the configuration file again; NULL with its errors logged. */
static struct config *
load_again(const char *file)
{
	struct config *config;
	size_t nfaults, size;
	char *text;
	FILE *faults;

	text = NULL;
	if ((faults = memstream_open(&text, &size)) == NULL) {
		log_warn(M_CONFIG_UNREADABLE, "reload: cannot read %s", file);
		return NULL;
	}
	config = config_load(file, faults, &nfaults);
	if (!memstream_close(faults, &text))
		log_warnx(M_CONFIG_UNREADABLE, "%s: cannot list its errors: "
		    "out of memory", file);
	if (config == NULL) {
		log_lines(text);
		log_warnx(M_CONFIG_KEPT,
		    "reload: %zu error%s in %s: keeping the old "
		    "configuration", nfaults, nfaults == 1 ? "" : "s", file);
	}
	free(text);
	return config;
}

static bool
strings_differ(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a != b;
	return strcmp(a, b) != 0;
}

static void
log_unchanged(enum master_part part, const struct config *old,
    const struct config *new)
{
	const struct {
		const char	*option;
		bool		 differs;
		enum master_part part;	/* whose; MASTER_ALL: of both */
	} fixed[] = {
		{ "connections", old->max_connections !=
		    new->max_connections, MASTER_FRONT },
		{ "counts_dir",	strings_differ(old->counts_dir,
		    new->counts_dir), MASTER_FRONT },
		{ "kek_file",	strings_differ(old->kek_file, new->kek_file),
		    MASTER_SIGNERS },
		{ "keydir_mounted",
		    old->keydir_mounted != new->keydir_mounted,
		    MASTER_SIGNERS },
		{ "state_dir",	strings_differ(old->state_dir,
		    new->state_dir), MASTER_SIGNERS },
		{ "socket",	strings_differ(old->socket, new->socket),
		    MASTER_FRONT },
		{ "socket_mode", old->socket_mode != new->socket_mode,
		    MASTER_FRONT },
		{ "socket_group", strings_differ(old->socket_group,
		    new->socket_group), MASTER_FRONT },
		{ "user",	strings_differ(old->user, new->user),
		    MASTER_ALL },
		{ "keys_user",	strings_differ(old->keys_user,
		    new->keys_user), MASTER_SIGNERS },
		{ "signers",	old->signers != new->signers,
		    MASTER_SIGNERS },
	};
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (fixed[i].differs && (part == MASTER_ALL ||
		    fixed[i].part == MASTER_ALL || fixed[i].part == part))
			log_warnx(M_RESTART_NEEDED,
			    "reload: %s changed: restart to apply it",
			    fixed[i].option);
}

/*
 * Whether the signers could use a new key directory: without this check, a
 * typing error would end them all.  They check it again, with everything in it.
 */
static bool
keydir_is_usable(const struct master *master, const char *keydir)
{
	char owner[USER_NAME_SIZE], want[USER_NAME_SIZE];
	const struct passwd *pw;
	struct stat st;
	uid_t uid;

	/* Of a mounted one, signers check more than its mode. */
	if (strcmp(master->keydir, keydir) == 0 ||
	    (master->opts->config->keydir_mounted &&
	    stat(keydir, &st) == 0 && S_ISDIR(st.st_mode)))
		return true;
	uid = geteuid();
	if (privileges_are_root()) {
		pw = getpwnam(master->opts->config->keys_user);
		if (pw == NULL) {
			log_warnx(M_KEYDIR_UNUSABLE,
			    "reload: cannot look up user %s",
			    master->opts->config->keys_user);
			return false;
		}
		uid = pw->pw_uid;
	}
	user_name(uid, want);
	if (stat(keydir, &st) == -1) {
		if (errno == ENOENT)
			log_warnx(M_KEYDIR_UNUSABLE,
			    "reload: keydir %s does not exist: create it with "
			    "'install -d -o %s -g %s -m 0700 %s'", keydir,
			    want, want, keydir);
		else
			log_warn(M_KEYDIR_UNUSABLE,
			    "reload: keydir %s: cannot be examined", keydir);
		return false;
	}
	if (S_ISDIR(st.st_mode) && (st.st_mode & 0027) == 0 &&
	    st.st_uid == uid && (st.st_mode & 0500) == 0500)
		return true;
	user_name(st.st_uid, owner);
	log_warnx(M_KEYDIR_UNUSABLE,
	    "reload: keydir %s: mode %04o, owner %s; must be a directory with "
	    "mode 0700 and owner %s: chown -R %s %s && chmod 0700 %s", keydir,
	    (unsigned int)st.st_mode & 07777, owner, want, want, keydir,
	    keydir);
	return false;
}

/*
 * Restart the signers if keydir changed, or if expire, in any source, is now
 * longer than they allow.  A shorter one needs no restart.
 */
static void
renew_signers(struct master *master, const struct config *new)
{
	bool is_longer, is_moved;
	unsigned int i;
	char *keydir;

	is_longer = master->ceiling != 0 &&
	    (new->longest_expire == 0 ||
	    new->longest_expire > master->ceiling);
	is_moved = strcmp(master->keydir, new->keydir) != 0;
	if (is_moved) {
		if ((keydir = strdup(new->keydir)) == NULL) {
			log_warnx(M_OUT_OF_MEMORY, "reload: out of memory");
			return;
		}
		free(master->keydir);
		master->keydir = keydir;
	}
	if (is_longer)
		master->ceiling = new->longest_expire;
	if (!is_longer && !is_moved)
		return;
	for (i = 0; i < master->nsigners; i++)
		child_stop(&master->signers[i].child,
		    master->now_ms + STOP_SIGNERS_MS);
}

bool
reload_signers_are_ready(const struct master *master)
{
	unsigned int i;

	for (i = 0; i < master->nsigners; i++)
		if (!master->signers[i].child.is_ready)
			return false;
	return true;
}

void
reload_end(struct master *master, bool is_used, unsigned int restart_line)
{
	if (!master->is_reloading)
		return;
	master->is_reloading = false;
	master->reload_is_due = false;
	if (master->is_up)
		notify_send(&master->notify, "READY=1");
	if (master->reload_asker != 0)
		ask_answer(master->reload_asker, is_used, restart_line);
	master->reload_asker = 0;
}

void
reload_front(struct master *master)
{
	if (!master->reload_is_due || !reload_signers_are_ready(master))
		return;
	master->reload_is_due = false;
	/* A front that is yet to be started reads the new file. */
	if (master->front.pid == 0) {
		reload_end(master, true, 0);
		return;
	}
	if (ipc_send(&master->front.control, IPC_CTL_RELOAD, 0, NULL, 0, -1,
	    IPC_NOWAIT) == 0) {
		/* It reads as much as at its start. */
		child_allow(&master->front, master->opts->start_limit_ms);
		return;
	}
	log_warnx(M_RELOAD_INCOMPLETE,
	    "reload: cannot reach the front: send SIGHUP again");
	reload_end(master, false, 0);
}

static void
begin(struct master *master, pid_t asker)
{
	/* One that is not complete yet becomes a part of this one. */
	if (master->reload_asker != 0)
		ask_answer(master->reload_asker, false, 0);
	master->reload_asker = asker;
	master->is_reloading = true;
	if (master->is_up)
		notify_send(&master->notify, "RELOADING=1");
}

void
reload(struct master *master, pid_t asker)
{
	struct config *config;

	if (master->phase != RUNNING)
		return;
	begin(master, asker);
	if ((config = load_again(master->opts->file)) == NULL) {
		reload_end(master, false, 0);
		return;
	}
	if (master->opts->part != MASTER_FRONT &&
	    !keydir_is_usable(master, config->keydir)) {
		log_warnx(M_CONFIG_KEPT,
		    "reload: keeping the old configuration");
		config_unref(config);
		reload_end(master, false, 0);
		return;
	}
	log_info(M_CONFIG_RELOADED, "reload: %s", master->opts->file);
	log_unchanged(master->opts->part, master->opts->config, config);
	if (master->hourly != NULL)
		hourly_set_limit(master->hourly, config->signatures_per_hour);
	metrics_configure(master, config);
	renew_signers(master, config);
	config_unref(config);
	master->reload_is_due = true;
	reload_front(master);
}
