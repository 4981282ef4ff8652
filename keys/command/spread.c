/* SPDX-License-Identifier: ISC */

/*
 * Pushing the keys to other hosts: see spread.h.
 *
 * A host that cannot be reached is printed on standard error and makes the
 * command fail, but stops nothing here: what must wait for it is decided by the
 * rules of a key's life.
 */

#include "command/spread.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/rfc3339.h"
#include "command/holder.h"
#include "config/config.h"

bool
spread_is_wanted(const struct tool *tool)
{
	return tool->config != NULL && tool->config->sync_hosts.n > 0 &&
	    !tool->config->follower;
}

int
spread_push(const struct tool *tool, const char *const *names, size_t nnames,
    struct ks_hosts *hosts, struct sync_result *results)
{
	const struct sync_plan plan = {
		.ks = tool->ks, .clock = tool->clock, .wait_s = tool->wait_s,
		.words = tool->config->sync_command.texts,
		.nwords = tool->config->sync_command.n,
		.hosts = names, .nhosts = nnames
	};
	struct ks_error error;
	int status = TOOL_DONE;
	size_t i;

	if (sync_hosts_push(&plan, hosts, results, &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	for (i = 0; i < nnames; i++)
		if (results[i].outcome.fault.text[0] != '\0') {
			warnx("%s: keys not pushed%s: %s", results[i].host,
			    results[i].outcome.is_done ? " completely" : "",
			    results[i].outcome.fault.text);
			status = TOOL_FAILED;
		}
	return status;
}

int
spread_all(const struct tool *tool)
{
	const struct text_list *names;
	struct sync_result *results;
	struct ks_hosts hosts;
	struct ks_holder holder;
	int status;

	if (!spread_is_wanted(tool) || tool->dry_run ||
	    ks_rotator_holder(tool->ks, &holder, NULL) == KS_E_NOKEY)
		return TOOL_DONE;
	names = &tool->config->sync_hosts;
	if ((results = calloc(names->n, sizeof(*results))) == NULL) {
		warn(NULL);
		return TOOL_FAILED;
	}
	memset(&hosts, 0, sizeof(hosts));
	status = spread_push(tool, names->texts, names->n, &hosts, results);
	ks_hosts_finish(&hosts);
	free(results);
	return status;
}

int
spread_failed(const struct tool *tool, int status)
{
	warnx("what was changed on this host did not reach the others: the "
	    "next '%s rotate' pushes it, or do it at once with '%s sync'",
	    tool->command, tool->command);
	return status == TOOL_DONE ? TOOL_FAILED : status;
}

/* With -k alone, sync_hosts is not known; but the store knows if keys were ever
 * pushed from it. */
static void
warn_unspread(const struct tool *tool)
{
	struct ks_hosts hosts;

	memset(&hosts, 0, sizeof(hosts));
	if (ks_hosts_read(tool->ks, &hosts, NULL) == 0 && hosts.n > 0)
		warnx("not pushed to other hosts, as -k without -c reads no "
		    "configuration: run 'countersign-key sync' with the one "
		    "that has sync_hosts");
	ks_hosts_finish(&hosts);
}

int
spread_changes(const struct tool *tool, int status)
{
	if (!ks_has_changed(tool->ks))
		return status;
	if (tool->config == NULL)
		warn_unspread(tool);
	return spread_all(tool) == TOOL_DONE ? status :
	    spread_failed(tool, status);
}

bool
spread_check_ended(const struct tool *tool, const char *domain,
    const struct ks_key *key)
{
	const struct ks_host_record *record;
	const struct ks_host_key *known;
	char since[RFC3339_SIZE];
	struct ks_hosts hosts;
	struct ks_error error;
	bool has_ended = true;
	size_t i;

	memset(&hosts, 0, sizeof(hosts));
	if (!spread_is_wanted(tool) || tool->dry_run)
		return true;
	if (ks_hosts_read(tool->ks, &hosts, &error) != 0)
		warnx("%s", error.text);
	for (i = 0; i < tool->config->sync_hosts.n; i++) {
		record = ks_hosts_find(&hosts,
		    tool->config->sync_hosts.texts[i]);
		known = ks_host_key(record, domain, key);
		if (known != NULL && known->until != KS_NEVER &&
		    known->until == key->retire_at)
			continue;
		has_ended = false;
		warnx("%s: %s was not reached (last: %s), so it STILL SIGNS "
		    "with the exposed key %s: stop its milter, or let it be "
		    "reached and run '%s sync'", domain,
		    tool->config->sync_hosts.texts[i], record != NULL &&
		    rfc3339_print(record->reached, since) ? since : "never",
		    key->selector, tool->command);
	}
	ks_hosts_finish(&hosts);
	return has_ended;
}
