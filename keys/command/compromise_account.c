/* SPDX-License-Identifier: ISC */

/*
 * Print what countersign-key compromise has done: whether each key still signs,
 * whether its record is revoked or removed, and until when caches may hold it.
 *
 * Only the state, and what was seen in DNS, are used.  The reader is in a
 * hurry: what is still dangerous comes first, with the command that ends it.
 */

#include "command/compromise_account.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memstream.h"
#include "base/rfc3339.h"

/* Print why a compromised key still signs, and what can be done. */
static void
print_signs(const struct command_work *command, const struct ks_key *key,
    int64_t now)
{
	const struct domain_work *work = &command->work;
	const char *domain = work->view.state.domain;
	const struct ks_key *waiting;

	waiting = domain_view_waiting(&work->view, key, now);
	if (waiting == NULL) {
		(void)printf("  STILL SIGNS: there is no verified key in "
		    "reserve.  Rotation changes to the\n  new one as soon as "
		    "its record is on every server: run '%s rotate %s'.\n",
		    command->tool->command, domain);
		return;
	}
	(void)printf("  STILL SIGNS: key %s could take over, but not every "
	    "server answers:\n  %s\n  If those that do not answer are out of "
	    "service, force the change with\n  '%s activate %s %s --force', "
	    "then run this command again.\n", waiting->selector,
	    domain_view_evidence(&work->view,
	    (size_t)(waiting - work->view.state.keys)),
	    command->tool->command, domain, waiting->selector);
}

static void
print_record(const struct domain_work *work, const struct ks_key *key)
{
	char when[RFC3339_SIZE], until[RFC3339_SIZE];
	int64_t since;

	since = key->revoked != KS_NEVER ? key->revoked : key->removed;
	if (since == KS_NEVER) {
		(void)printf("  EXPOSED: its record is still in DNS, and "
		    "forged mail verifies%s.\n", work->view.policy.by_hand ?
		    ":\n  publish it with an empty p= now" : "");
		return;
	}
	(void)rfc3339_print(since, when);
	(void)rfc3339_print(since + work->view.policy.ttl, until);
	(void)printf("  %s at %s; caches may hold the old record until %s:\n"
	    "  forged mail may verify until then, and mail signed with it "
	    "before fails after.\n", key->revoked != KS_NEVER ? "revoked" :
	    "removed", when, until);
}

/*
 * If no stream was named, keys of several may be affected: say so, because the
 * others could have gone on.
 */
static void
print_streams(const struct command_work *command, const size_t *chosen,
    size_t n)
{
	const struct ks_key *keys = command->work.view.state.keys;
	size_t i;

	for (i = 1; i < n && ks_key_is_of(&keys[chosen[i]],
	    keys[chosen[0]].stream); i++)
		continue;
	if (i < n)
		(void)printf("%s: the keys of all streams that sign count as "
		    "compromised (--stream names one)\n",
		    command->work.view.state.domain);
}

void
compromise_print_account(const struct command_work *command,
    const size_t *chosen, size_t n)
{
	const struct domain_work *work = &command->work;
	/* Keys have stopped signing since tool->now was read. */
	const int64_t now = domain_work_now(work);
	const struct ks_key *key;
	size_t i;

	if (!command->names_keys)
		print_streams(command, chosen, n);
	for (i = 0; i < n; i++) {
		key = &work->view.state.keys[chosen[i]];
		(void)printf("%s: key %s%s%s\n", work->view.state.domain,
		    key->selector, key->stream == NULL ? "" : " of stream ",
		    key->stream == NULL ? "" : key->stream);
		if (ks_key_is_active(key, now))
			print_signs(command, key, now);
		else
			(void)printf("  no longer signs\n");
		print_record(work, key);
	}
}

void
compromise_print_done(const struct command_work *command,
    const size_t *chosen, size_t n)
{
	const struct ks_state *state = &command->work.view.state;
	char when[RFC3339_SIZE], *text = NULL;
	const struct ks_key *key, *old;
	size_t i, size;
	FILE *fp;

	if ((fp = memstream_open(&text, &size)) == NULL) {
		warn(NULL);
		return;
	}
	(void)fprintf(fp, "%s: nothing to do, already done: ",
	    state->domain);
	for (i = 0; i < n; i++) {
		key = &state->keys[chosen[i]];
		(void)rfc3339_print(key->active_from, when);
		(void)fprintf(fp, "key %s took over from %s at %s",
		    key->selector, key->took_over_from, when);
		old = ks_state_find(state, key->took_over_from);
		if (old != NULL && rfc3339_print(old->revoked, when))
			(void)fprintf(fp, ", which was revoked at %s", when);
		(void)fputs(i + 1 < n ? "; " : ": ", fp);
	}
	(void)fprintf(fp, "if somebody else may have the new key as well, name "
	    "it: '%s compromise %s", command->tool->command,
	    state->domain);
	for (i = 0; i < n; i++)
		(void)fprintf(fp, " %s", state->keys[chosen[i]].selector);
	(void)fputc('\'', fp);
	if (memstream_close(fp, &text))
		warnx("%s", text);
	else
		warn(NULL);
	free(text);
}

/* Whether there are keys of a stream; NULL: of any. */
static bool
has_keys(const struct ks_state *state, const char *stream)
{
	size_t i;

	for (i = 0; i < state->nkeys; i++)
		if (stream == NULL || ks_key_is_of(&state->keys[i], stream))
			return true;
	return false;
}

int
compromise_print_none(const struct command_work *command)
{
	const struct tool *tool = command->tool;
	const struct ks_state *state = &command->work.view.state;
	const char *stream = tool->stream;
	char of[sizeof(" of stream ") + KS_STREAM_SIZE] = "";

	if (stream != NULL)
		(void)snprintf(of, sizeof(of), " of stream %s",
		    stream[0] == '\0' ? "default" : stream);
	if (tool->all && has_keys(state, stream)) {
		warnx("%s: nothing to do, already done: all keys%s are "
		    "revoked: '%s rotate %s' makes a new one", state->domain,
		    of, tool->command, state->domain);
		return TOOL_NOT_YET;
	}
	warnx("%s: no key%s signs: name the selectors, or use --all",
	    state->domain, of);
	return TOOL_FAILED;
}
