/* SPDX-License-Identifier: ISC */

/*
 * countersign-key adopt: enter key files that the state does not have, because
 * it was lost or is an old copy.
 *
 * Nobody knows when such a key signed.  So it is entered as one that has signed
 * and stops now, and its record is revoked and removed at the usual times.
 * With --keep it is entered as a new key: rotation must verify its record
 * before it signs.  Whether the key is strict is learned from its record in
 * DNS.
 *
 * A key is added to the state by one replacement of the file, so the command
 * can be repeated if it is killed.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "command/command_work.h"
#include "config/config.h"
#include "life/newkey.h"
#include "record/proof.h"
#include "store/last_use.h"
#include "store/strays.h"

/* Load a key of unknown algorithm; the caller frees *pkey. */
static int
load(const struct tool *tool, const char *domain, struct ks_key *key,
    EVP_PKEY **pkey, struct ks_error *error)
{
	size_t i;
	int r = KS_E_DAMAGED;

	for (i = 0; i < LIFECYCLE_NALGORITHMS && r == KS_E_DAMAGED; i++) {
		key->algorithm = lifecycle_algorithms[i];
		r = ks_key_load(tool->ks, domain, key, pkey, error);
	}
	return r;
}

/*
 * In CNAME mode, whether the selector is that of a slot, and its record.  The
 * stream has been set.
 */
static void
find_record(const struct domain_work *work, struct ks_key *key)
{
	const struct keygen_kind *kind = keygen_find(key->algorithm ==
	    DKIMSIG_ED25519_SHA256 ? "ed25519" : "rsa2048");
	char selector[KS_SELECTOR_SIZE];
	unsigned int slot;

	for (slot = 1; work->view.rotation->cname_zone != NULL &&
	    slot <= NEWKEY_OLD_SLOTS; slot++) {
		newkey_slot(kind, key->stream, slot, selector);
		if (strcmp(selector, key->selector) == 0)
			(void)newkey_alias(work->view.state.domain, selector,
			    work->view.rotation->cname_zone, key->record);
	}
}

/* Whether every server shows the record that the key would have. */
static bool
is_shown(const struct domain_work *work, const struct ks_key *key)
{
	struct dns_sight sight;
	struct ks_error error;
	struct record record;
	bool is_right;

	if (domain_view_sight(&work->view, key, &record, &sight, &error) != 0)
		return false;
	is_right = sight.view == LIFECYCLE_RIGHT;
	dns_sight_finish(&sight);
	return is_right;
}

/* The times of a key that may have signed until now. */
static int
set_times(const struct command_work *command, struct ks_key *key,
    struct ks_error *error)
{
	const int64_t now = command->tool->now;
	int64_t last;
	int r;

	key->generated = now;
	if (command->tool->keep)
		return 0;
	r = ks_used_read(command->tool->ks, command->report.domain,
	    key->selector, &last, error);
	if (r != 0)
		return r;
	key->generated = last != KS_NEVER && last < now ? last : now - 1;
	key->published = key->active_from = key->generated;
	key->retire_at = now;
	return 0;
}

static int
adopt_key(struct command_work *command, const char *selector,
    struct ks_error *error)
{
	char stream[KS_STREAM_SIZE], proof[PROOF_SIZE];
	struct domain_work *work = &command->work;
	const struct tool *tool = command->tool;
	struct ks_new new = {
		.step = "adopt", .text = tool->keep ?
		    "its file was not in the state: entered as a new key" :
		    "its file was not in the state: entered as a key that has "
		    "signed until now"
	};
	EVP_PKEY *pkey = NULL;
	int r;

	ks_key_init(&new.key);
	(void)strlcpy(new.key.selector, selector, sizeof(new.key.selector));
	/* A generated selector says which stream the key was made for. */
	if (newkey_stream(selector, stream)) {
		new.key.stream = stream;
		new.key.ending = ks_state_is_ending(&work->view.state, stream);
	}
	new.key.leaving = work->view.policy.is_leaving;
	if ((r = load(tool, command->report.domain, &new.key, &pkey,
	    error)) != 0 || (r = set_times(command, &new.key, error)) != 0 ||
	    (r = proof_make(command->report.domain, &new.key, pkey, proof,
	    error)) != 0)
		goto out;
	new.key.proof = proof;
	find_record(work, &new.key);
	if (!is_shown(work, &new.key)) {
		new.key.strict = true;
		new.key.strict = is_shown(work, &new.key);
	}
	if (!tool->dry_run)
		r = ks_key_adopt(work->lock, &work->view.state, &new,
		    tool->now, error);
	if (r == 0)
		domain_report_add(&command->report, tool->dry_run ?
		    REPORT_DUE : REPORT_STEP, selector, LIFECYCLE_NOTHING,
		    KS_NEVER, tool->keep ? "entered as a new key: '%s rotate' "
		    "verifies its record, and it can sign then" : "entered as "
		    "a key that has signed until now: '%s rotate' revokes and "
		    "removes its record in time", tool->command);
out:
	EVP_PKEY_free(pkey);
	return r;
}

/* A damaged file is reported, and does not prevent the others. */
static int
adopt(struct command_work *command, const struct ks_strays *strays, int argc,
    char **argv)
{
	char selector[KS_SELECTOR_SIZE];
	struct ks_error error;
	int status = TOOL_DONE;
	size_t i;
	int j;

	for (j = 0; j < argc; j++) {
		if (!tool_selector(argv[j], selector))
			return TOOL_USAGE;
		for (i = 0; i < strays->n &&
		    strcmp(strays->selectors[i], selector) != 0; i++)
			;
		if (i == strays->n) {
			warnx("%s: key %s has no key file that is not in the "
			    "state file", command->report.domain, selector);
			return TOOL_FAILED;
		}
	}
	for (i = 0; i < strays->n; i++) {
		for (j = 0; j < argc && (!tool_selector(argv[j], selector) ||
		    strcmp(selector, strays->selectors[i]) != 0); j++)
			;
		if (argc > 0 && j == argc)
			continue;
		if (adopt_key(command, strays->selectors[i], &error) == 0)
			continue;
		warnx("%s", error.text);
		status = TOOL_FAILED;
	}
	return status;
}

/* Whether there are such files; a domain without a folder has none. */
static int
find(const struct tool *tool, const char *operand, struct ks_strays *strays)
{
	struct ks_state none = { .nkeys = 0 };
	struct ks_stamp stamp;
	struct ks_error error;

	if (!tool_domain(operand, none.domain))
		return TOOL_USAGE;
	if (ks_strays_find(tool->ks, none.domain, &none, strays,
	    &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	if (strays->n > 0)
		return TOOL_DONE;
	if (ks_state_stamp(tool->ks, none.domain, &stamp, &error) != 0) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	warnx("%s: all key files are in the state file: nothing to do",
	    none.domain);
	return TOOL_DONE;
}

int
cmd_adopt(struct tool *tool, int argc, char **argv)
{
	struct ks_strays strays = { NULL, 0 };
	struct command_work command;
	struct ks_error error;
	int status;

	/* Before the lock, which would create a folder. */
	status = find(tool, argv[0], &strays);
	if (status != TOOL_DONE || (strays.n == 0 && argc == 1)) {
		ks_strays_finish(&strays);
		return status;
	}
	ks_strays_finish(&strays);
	status = command_work_open(&command, tool, argv[0], true);
	if (status == TOOL_DONE && ks_strays_find(tool->ks,
	    command.report.domain, &command.work.view.state, &strays,
	    &error) != 0) {
		warnx("%s", error.text);
		status = TOOL_FAILED;
	}
	if (status == TOOL_DONE)
		status = adopt(&command, &strays, argc - 1, argv + 1);
	ks_strays_finish(&strays);
	return command_work_close(&command, status);
}
