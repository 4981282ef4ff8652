/* SPDX-License-Identifier: ISC */

/*
 * Pushing the keys to the hosts of sync_hosts, for the commands that change
 * them.
 */

#ifndef SPREAD_H
#define SPREAD_H

#include "command/tool.h"
#include "store/hosts_file.h"
#include "sync/hosts.h"

/* Whether there are other hosts to which this one pushes keys. */
bool	spread_is_wanted(const struct tool *tool);

/*
 * Push all keys to these hosts; results has room for nhosts.  Errors are
 * printed, also those of single hosts.  Returns TOOL_DONE, or TOOL_FAILED if
 * any host failed; *hosts is what the hosts have, and ks_hosts_finish() must be
 * called.
 */
int	spread_push(const struct tool *tool, const char *const *names,
	    size_t nnames, struct ks_hosts *hosts,
	    struct sync_result *results);

/*
 * The same for all hosts of the configuration, before or after a change; does
 * nothing if there are none, in a dry run, or if there are no keys yet.
 */
int	spread_all(const struct tool *tool);

/*
 * At the end of a command: push what it has changed, if anything.  Returns
 * status, or TOOL_FAILED instead of TOOL_DONE if that fails.  Without a
 * configuration, print that nothing is pushed if other hosts are known.
 */
int	spread_changes(const struct tool *tool, int status);

/* Print what to do after spread_all() has failed; returns as above. */
int	spread_failed(const struct tool *tool, int status);

/*
 * After a compromise: print which hosts may still sign with a key, as they have
 * not taken the state that ends it.  Returns false if there are any.
 */
bool	spread_check_ended(const struct tool *tool, const char *domain,
	    const struct ks_key *key);

#endif /* SPREAD_H */
