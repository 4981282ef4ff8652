/* SPDX-License-Identifier: ISC */

/*
 * The start of the master's children, and when a first start is given up.
 *
 * Which children there are depends on the part of the service that this master
 * runs: master.h.
 *
 * A program that cannot be started is tried again, with a delay.
 */

#include "master/private.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/privileges.h"
#include "base/user_name.h"

/* execv(2) does not change its arguments, but they are not const. */
static char *
arg(const char *text)
{
	char *p;

	memcpy(&p, &text, sizeof(p));
	return p;
}

void
start_add_log_options(const struct master *master, char **argv)
{
	const struct master_opts *opts = master->opts;

	if (opts->to_stderr)
		*argv++ = arg("-f");
	if (opts->at_terminal && !master->is_up)
		*argv++ = arg("-t");
	if (opts->is_debug)
		*argv++ = arg("-d");
	*argv = NULL;
}

static void
start_front(struct master *master)
{
	const struct master_opts *opts = master->opts;
	char *argv[7];
	size_t n;

	n = 0;
	argv[n++] = arg(opts->front);
	argv[n++] = arg("-c");
	argv[n++] = arg(opts->file);
	start_add_log_options(master, argv + n);
	if (child_start(&master->front, opts->front, argv,
	    master->now_ms) == -1)
		return;
	/* First of all: it counts from the first message on. */
	metrics_tell_front(master);
	introduce_owe(master, NULL);
}

static void
start_signer(struct master *master, struct signer_slot *slot)
{
	const struct master_opts *opts = master->opts;
	char ceiling[24], *argv[15];
	size_t n;

	(void)snprintf(ceiling, sizeof(ceiling), "%lld",
	    (long long)master->ceiling);
	n = 0;
	argv[n++] = arg(opts->signer);
	argv[n++] = arg("-k");
	argv[n++] = master->keydir;
	argv[n++] = arg("-x");
	argv[n++] = ceiling;
	argv[n++] = arg("-u");
	argv[n++] = arg(opts->config->keys_user);
	if (opts->config->kek_file != NULL) {
		argv[n++] = arg("-s");
		argv[n++] = arg(opts->config->kek_file);
	}
	if (opts->config->keydir_mounted) {
		argv[n++] = arg("-m");
		argv[n++] = arg(opts->config->state_dir);
	}
	start_add_log_options(master, argv + n);
	if (child_start(&slot->child, opts->signer, argv,
	    master->now_ms) == -1)
		return;
	/* First of all: a signer without it would keep to no number. */
	if (ipc_send(&slot->child.control, IPC_CTL_HOURLY, 0, NULL, 0,
	    master->hourly_fd, IPC_NOWAIT) != 0) {
		child_lose(&slot->child, master->now_ms);
		return;
	}
	introduce_owe(master, slot);
}

bool
start_make_hourly(struct master *master)
{
	master->hourly = hourly_make(&master->hourly_fd);
	if (master->hourly == NULL) {
		log_warn(M_OUT_OF_MEMORY, "cannot make the table of "
		    "signatures");
		return false;
	}
	hourly_set_limit(master->hourly,
	    master->opts->config->signatures_per_hour);
	return true;
}

/* At first only one signer is started, so that an error in the key store is
 * logged once. */
bool
start_is_wanted(const struct master *master, const struct child *child)
{
	if (master->phase != RUNNING || master->failed_ms != 0 ||
	    child->pid != 0)
		return false;
	if (child == &master->metrics.child)
		return metrics_are_wanted(master);
	if (child == &master->front)
		return master->opts->part != MASTER_SIGNERS;
	return master->store_is_usable || child == &master->signers[0].child;
}

void
start_due(struct master *master)
{
	struct signer_slot *slot;
	unsigned int i;

	for (i = 0; i < master->nsigners; i++) {
		slot = &master->signers[i];
		if (start_is_wanted(master, &slot->child) &&
		    slot->child.restart_at_ms <= master->now_ms)
			start_signer(master, slot);
	}
	if (start_is_wanted(master, &master->front) &&
	    master->front.restart_at_ms <= master->now_ms)
		start_front(master);
	metrics_start_due(master);
}

/* Whether it is ready, or has exited and so logged why. */
static bool
is_settled(const struct child *child)
{
	return child->is_ready || child->pid == 0;
}

/* Who failed each time; NULL: nobody did, so far. */
static const char *
who_fails(const struct master *master)
{
	if (master->front.delay_ms >= GIVE_UP_MS)
		return master->front.name;
	if (master->signers[0].child.delay_ms >= GIVE_UP_MS)
		return master->signers[0].child.name;
	return NULL;
}

static void
log_needs_root(bool is_mounted)
{
	char user[USER_NAME_SIZE];

	user_name(geteuid(), user);
	if (is_mounted)
		log_warnx(M_START_NEEDS_ROOT,
		    "started without root: put user %s into the group of the "
		    "files in keydir, and make it the owner of state_dir and "
		    "of the socket's directory", user);
	else
		log_warnx(M_START_NEEDS_ROOT,
		    "started without root: start this as root; if all is to "
		    "run as user %s, as in a container, name a key directory "
		    "and a directory for the socket of its own", user);
}

/* Every child has time to log its errors. */
bool
start_has_failed(const struct master *master, int *status)
{
	const char *name;

	if (master->phase != RUNNING || master->is_up)
		return false;
	if (master->failed_ms == 0) {
		if (master->opts->part == MASTER_FRONT &&
		    link_has_failed(&master->link)) {
			*status = EX_OSERR;
			return true;
		}
		if ((name = who_fails(master)) == NULL)
			return false;
		log_warnx(M_PROCESS_FAILING,
		    "%s: failed each time it was started: giving up", name);
		*status = EX_OSERR;
		return true;
	}
	if ((!is_settled(&master->front) ||
	    !is_settled(&master->signers[0].child)) &&
	    master->now_ms - master->failed_ms < FIRST_START_MS)
		return false;
	if (master->opts->part == MASTER_ALL && !privileges_are_root())
		log_needs_root(master->opts->config->keydir_mounted);
	*status = EX_CONFIG;
	return true;
}
