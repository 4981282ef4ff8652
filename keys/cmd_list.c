/* SPDX-License-Identifier: ISC */

/*
 * countersign-key list: the keys of one domain, or of all.
 *
 * A domain that cannot be read is complained of and does not keep the others
 * from being listed.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "rfc3339.h"
#include "tool.h"

struct listing {
	const struct tool	*tool;
	size_t			 nkeys;		/* listed so far */
	int			 status;
};

static void
print_key(const struct tool *tool, const char *domain,
    const struct ks_key *key, bool is_first)
{
	char from[RFC3339_SIZE], until[RFC3339_SIZE];

	if (tool->json) {
		(void)printf("%s\n  {", is_first ? "" : ",");
		json_key_members(stdout, domain, key, tool->now);
		(void)printf("}");
		return;
	}
	if (is_first)
		(void)printf("%-24s %-16s %-14s %-9s %-20s %s\n", "DOMAIN",
		    "SELECTOR", "ALGORITHM", "STATUS", "ACTIVE FROM",
		    "RETIRE AT");
	(void)printf("%-24s %-16s %-14s %-9s %-20s %s\n", domain,
	    key->selector, dkimsig_algorithm_name(key->algorithm),
	    tool_status(key, tool->now),
	    rfc3339_print(key->active_from, from) ? from : "-",
	    rfc3339_print(key->retire_at, until) ? until : "-");
}

static int
list_domain(const char *domain, void *arg)
{
	struct listing *listing = arg;
	struct ks_error error;
	struct ks_state state;
	size_t i;

	if (ks_state_read(listing->tool->ks, domain, &state, &error) != 0) {
		warnx("%s", error.text);
		listing->status = TOOL_FAILED;
		return 0;
	}
	for (i = 0; i < state.nkeys; i++)
		print_key(listing->tool, domain, &state.keys[i],
		    listing->nkeys++ == 0);
	ks_state_finish(&state);
	return 0;
}

int
cmd_list(struct tool *tool, int argc, char **argv)
{
	struct listing listing = { .tool = tool, .status = TOOL_DONE };
	struct ks_error error;
	char domain[DKIMSIG_DOMAIN_SIZE];

	if (argc > 0 && !tool_domain(argv[0], domain))
		return TOOL_USAGE;
	if (tool->json)
		(void)printf("[");
	if (argc > 0)
		(void)list_domain(domain, &listing);
	else if (ks_each_domain(tool->ks, list_domain, &listing,
	    &error) != 0) {
		warnx("%s", error.text);
		listing.status = TOOL_FAILED;
	}
	if (tool->json)
		(void)printf("%s]\n", listing.nkeys > 0 ? "\n" : "");
	else if (listing.nkeys == 0 && listing.status == TOOL_DONE)
		(void)printf("%s: no keys yet: make one with '%s generate "
		    "DOMAIN'\n", tool->keydir, tool->command);
	return listing.status;
}
