/* SPDX-License-Identifier: ISC */

/*
 * countersign-key sync: push states and private keys to the hosts of
 * sync_hosts, or with --status say what they have, without asking them.
 *
 * A host that is not in sync_hosts is refused, because rotation would not wait
 * for it.  What fails is printed, and the exit status says so.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/rfc3339.h"
#include "command/holder.h"
#include "command/spread.h"
#include "config/config.h"

#define NEVER_TEXT	"never"

static void
print_json_text(const char *name, const char *text)
{
	(void)printf("\"%s\": ", name);
	json_print_text(stdout, text);
}

/* -- Pushing ------------------------------------------------------------- */

static void
print_result(const struct tool *tool, const struct sync_result *result,
    bool is_first)
{
	const struct sync_outcome *outcome = &result->outcome;

	if (tool->json) {
		(void)printf("%s\n  {", is_first ? "" : ",");
		print_json_text("host", result->host);
		(void)printf(", \"taken\": %zu, \"failed\": %zu, ",
		    outcome->ntaken, outcome->nfailed);
		print_json_text("error", outcome->fault.text);
		(void)printf("}");
	} else if (outcome->is_done)
		(void)printf("%s: %zu domain%s changed, %zu failed\n",
		    result->host, outcome->ntaken,
		    outcome->ntaken == 1 ? "" : "s", outcome->nfailed);
}

static int
push(const struct tool *tool, const char *const *names, size_t n)
{
	struct sync_result *results;
	struct ks_hosts hosts;
	int status;
	size_t i;

	if ((results = calloc(n, sizeof(*results))) == NULL) {
		warn(NULL);
		return TOOL_FAILED;
	}
	memset(&hosts, 0, sizeof(hosts));
	status = spread_push(tool, names, n, &hosts, results);
	if (tool->json)
		(void)printf("[");
	for (i = 0; i < n && results[i].host != NULL; i++)
		print_result(tool, &results[i], i == 0);
	if (tool->json)
		(void)printf("%s]\n", i > 0 ? "\n" : "");
	ks_hosts_finish(&hosts);
	free(results);
	return status;
}

/* -- Status -------------------------------------------------------------- */

struct status {
	const struct tool		*tool;
	const struct ks_host_record	*record;	/* or NULL */
	size_t				 nlines;
	bool				 is_partial;	/* a state is unread */
};

static void
print_key(struct status *status, const char *domain, const struct ks_key *key,
    bool is_lacking)
{
	char when[RFC3339_SIZE];
	const int64_t since = is_lacking ? key->generated : key->retire_at;

	if (status->tool->json) {
		(void)printf("%s\n    {", status->nlines++ == 0 ? "" : ",");
		print_json_text("domain", domain);
		(void)printf(", ");
		print_json_text("selector", key->selector);
		(void)printf(", \"lacks\": %s, \"since\": ",
		    is_lacking ? "\"key\"" : "\"end\"");
		json_print_time(stdout, since);
		(void)printf("}");
		return;
	}
	status->nlines++;
	(void)printf("  %s %s: %s since %s\n", domain, key->selector,
	    is_lacking ? "does not have the key" :
	    "does not know that the key stopped signing",
	    rfc3339_print(since, when) ? when : "-");
}

/* A key that the host must have, or whose end it must know. */
static int
print_domain(const char *domain, void *arg)
{
	struct status *status = arg;
	const struct ks_host_key *known;
	const struct ks_key *key;
	struct ks_error error;
	struct ks_state state;
	size_t i;

	if (ks_state_read(status->tool->ks, domain, &state, &error) != 0) {
		warnx("%s", error.text);
		status->is_partial = true;
		return 0;
	}
	for (i = 0; i < state.nkeys; i++) {
		key = &state.keys[i];
		if (key->removed != KS_NEVER)
			continue;
		known = ks_host_key(status->record, domain, key);
		if (key->revoked == KS_NEVER && (key->retire_at == KS_NEVER ||
		    key->retire_at > status->tool->now)) {
			if (known == NULL || known->taken == KS_NEVER)
				print_key(status, domain, key, true);
		} else if (key->active_from != KS_NEVER && (known == NULL ||
		    known->until != key->retire_at))
			print_key(status, domain, key, false);
	}
	ks_state_finish(&state);
	return 0;
}

static int
print_host(const struct tool *tool, const struct ks_hosts *hosts,
    const char *name, bool is_first)
{
	struct status status = {
		.tool = tool, .record = ks_hosts_find(hosts, name)
	};
	char reached[RFC3339_SIZE], failing[RFC3339_SIZE];
	struct ks_error error;
	bool is_failing;

	is_failing = status.record != NULL &&
	    rfc3339_print(status.record->failing, failing);
	if (tool->json) {
		(void)printf("%s\n  {", is_first ? "" : ",");
		print_json_text("host", name);
		(void)printf(", \"reached\": ");
		json_print_time(stdout, status.record == NULL ? KS_NEVER :
		    status.record->reached);
		(void)printf(", \"failing_since\": ");
		json_print_time(stdout, status.record == NULL ? KS_NEVER :
		    status.record->failing);
		(void)printf(", ");
		print_json_text("error", status.record == NULL ? NULL :
		    status.record->fault);
		(void)printf(", \"keys\": [");
	} else
		(void)printf("%s: last complete push %s%s%s%s%s\n", name,
		    status.record != NULL && rfc3339_print(
		    status.record->reached, reached) ? reached : NEVER_TEXT,
		    is_failing ? "; failing since " : "",
		    is_failing ? failing : "", is_failing ? ": " : "",
		    is_failing ? status.record->fault : "");
	if (ks_each_domain(tool->ks, print_domain, &status, &error) != 0) {
		warnx("%s", error.text);
		status.is_partial = true;
	}
	if (tool->json)
		(void)printf("%s]}", status.nlines > 0 ? "\n  " : "");
	if (status.is_partial)
		return TOOL_FAILED;
	return !is_failing && status.nlines == 0 && status.record != NULL ?
	    TOOL_DONE : TOOL_NOT_YET;
}

static int
print_status(const struct tool *tool, const char *const *names, size_t n)
{
	struct ks_hosts hosts;
	struct ks_error error;
	int one, status = TOOL_DONE;
	size_t i;

	if (ks_hosts_read(tool->ks, &hosts, &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	if (tool->json)
		(void)printf("[");
	for (i = 0; i < n; i++) {
		one = print_host(tool, &hosts, names[i], i == 0);
		if (status != TOOL_FAILED && one != TOOL_DONE)
			status = one;
	}
	if (tool->json)
		(void)printf("\n]\n");
	ks_hosts_finish(&hosts);
	return status;
}

/* Whether rotation waits for a host. */
static bool
is_listed(const struct tool *tool, const char *host)
{
	const struct text_list *hosts = &tool->config->sync_hosts;
	size_t i;

	for (i = 0; i < hosts->n; i++)
		if (strcmp(hosts->texts[i], host) == 0)
			return true;
	warnx("sync: %s is not in sync_hosts: add it in %s, so that rotation "
	    "waits until it has new keys", host, tool->config->file);
	return false;
}

int
cmd_sync(struct tool *tool, int argc, char **argv)
{
	const struct text_list *hosts = &tool->config->sync_hosts;
	const char **names;
	int i, status;

	if (hosts->n == 0) {
		warnx("%s: no sync_hosts: list the other hosts there",
		    tool->config->file);
		return TOOL_FAILED;
	}
	for (i = 0; i < argc; i++)
		if (!is_listed(tool, argv[i]))
			return TOOL_USAGE;
	if (argc <= 0)
		return tool->status ? print_status(tool, hosts->texts,
		    hosts->n) : push(tool, hosts->texts, hosts->n);
	if ((names = calloc((size_t)argc, sizeof(*names))) == NULL) {
		warn(NULL);
		return TOOL_FAILED;
	}
	for (i = 0; i < argc; i++)
		names[i] = argv[i];
	status = tool->status ? print_status(tool, names, (size_t)argc) :
	    push(tool, names, (size_t)argc);
	free(names);
	return status;
}
