/* SPDX-License-Identifier: ISC */

/*
 * countersign-key show: print the DNS records of a domain's keys.
 *
 * A record is made from the public half of the key in the state, or from the
 * key file if the state does not have it.  If that cannot be used, the error is
 * printed, and the other keys are shown.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "command/entry.h"
#include "command/key_print.h"
#include "command/tool.h"
#include "life/key_phase.h"

/* Show one key; prints an error and returns false if it cannot be loaded. */
static bool
show_key(const struct tool *tool, const struct ks_state *state,
    const struct ks_key *key, bool is_first)
{
	const char *domain = state->domain;
	struct ks_error error;
	struct record record;

	if (record_load(tool->ks, domain, key, key->revoked != KS_NEVER,
	    &record, &error) != 0) {
		warnx("%s", error.text);
		return false;
	}
	if (tool->json) {
		(void)printf("%s\n", is_first ? "" : ",");
		(void)printf("  ");
		key_print_json(tool, domain, key, &record);
		return true;
	}
	(void)printf("%s%s: key %s (%s, %u bits%s%s), %s, %s\n",
	    is_first ? "" : "\n", domain, key->selector,
	    dkimsig_algorithm_name(key->algorithm), record.keybits,
	    key->stream == NULL ? "" : ", stream ",
	    key->stream == NULL ? "" : key->stream,
	    key_status(key, tool->now),
	    entry_role_text(entry_role(state, key, tool->now)));
	key_print_record(tool, domain, &record);
	return true;
}

/* Show the key with this selector, or for NULL all that are not removed. */
static int
show_keys(const struct tool *tool, const struct ks_state *state,
    const char *selector)
{
	const struct ks_key *key;
	size_t i, nshown;
	int status;

	status = TOOL_DONE;
	nshown = 0;
	if (tool->json)
		(void)printf("[");
	for (i = 0; i < state->nkeys; i++) {
		key = &state->keys[i];
		if (selector != NULL ? strcmp(key->selector, selector) != 0 :
		    key->removed != KS_NEVER)
			continue;
		if (show_key(tool, state, key, nshown == 0))
			nshown++;
		else
			status = TOOL_FAILED;
	}
	if (tool->json)
		(void)printf("%s]\n", nshown > 0 ? "\n" : "");
	return status;
}

int
cmd_show(struct tool *tool, int argc, char **argv)
{
	struct ks_error error;
	struct ks_state state;
	char domain[DKIMSIG_DOMAIN_SIZE], selector[KS_SELECTOR_SIZE];
	int status;

	if (!tool_domain(argv[0], domain) ||
	    (argc > 1 && !tool_selector(argv[1], selector)))
		return TOOL_USAGE;
	if (ks_state_read(tool->ks, domain, &state, &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	if (argc > 1 && ks_state_find(&state, selector) == NULL) {
		tool_no_key(tool, domain, selector);
		status = TOOL_FAILED;
	} else
		status = show_keys(tool, &state, argc > 1 ? selector : NULL);
	ks_state_finish(&state);
	return status;
}
