/* SPDX-License-Identifier: ISC */

/*
 * Ending keys while countersign-fleet does not run, because it cannot open the
 * keys of the host, or was stopped: see fleet_here.h.
 *
 * Neither a mark nor what DNS shows needs a key or a signature: it is a line in
 * .fleet/pending, which the daemon reads when it starts; a mark it turns into a
 * row that the host signs.  Only one process has that file, so it is written in
 * the place of the daemon, which must not start meanwhile; that takes no longer
 * than the disk.  The state is changed by the rule of the mirror
 * (kept/pending.h), so all hosts come to the same one later.
 *
 * What is to end is on disk before anything is changed, and what is used again
 * is on disk until it was: if the command is killed, the daemon completes it,
 * or the same command.
 */

#include "command/fleet_here.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "kept/state.h"
#include "kept/versions.h"
#include "store/fleet_file.h"
#include "store/master.h"
#include "store/state.h"

#define MEMBERS		"members"

/* -- Without the database ------------------------------------------------- */

static int64_t
no_term(void *context)
{
	(void)context;
	return 0;
}

/* What is written here, the mirror replaces by what the fleet decides. */
static int
accept_state(void *context, int64_t term, const struct ks_state *state,
    struct ks_error *error)
{
	(void)context;
	(void)term;
	(void)state;
	(void)error;
	return 0;
}

static int
refuse_end(void *context, int64_t term, const char *domain,
    struct ks_error *error)
{
	(void)context;
	(void)term;
	(void)domain;
	(void)strlcpy(error->text, "a domain is removed under the lease",
	    sizeof(error->text));
	return KS_E_ARG;
}

static int
refuse_destroy(void *context, int64_t term, const char *domain,
    const char *selector, struct ks_error *error)
{
	(void)selector;
	return refuse_end(context, term, domain, error);
}

void
fleet_here_begin(struct tool *tool)
{
	static const struct ks_master lenient = {
		no_term, accept_state, refuse_end, refuse_destroy, NULL
	};

	ks_set_master(tool->ks, &lenient);
}

/* -- What is pending ------------------------------------------------------ */

static int
add_all(struct fleet_pending *pending, const struct fleet_pending *more,
    struct ks_error *error)
{
	size_t i;
	int r = 0;

	for (i = 0; i < more->n && r == 0; i++)
		r = fleet_pending_copy(pending, &more->list[i], error);
	return r;
}

/* Take out keys, but no marks. */
static void
take_out(struct fleet_pending *pending, const struct fleet_pending *gone)
{
	size_t i;

	for (i = 0; i < gone->n; i++)
		(void)fleet_pending_show(pending, gone->list[i].domain,
		    gone->list[i].selector);
}

int
fleet_here_keep(struct keystore *ks, const struct fleet_pending *more,
    const struct fleet_pending *gone, struct ks_error *error)
{
	struct fleet_pending pending;
	int fd, r;

	if ((r = ks_fleet_claim(ks, &fd, error)) != 0)
		return r;
	r = fleet_pending_read(ks, &pending, error);
	if (r == 0 && gone != NULL)
		take_out(&pending, gone);
	if (r == 0 && more != NULL)
		r = add_all(&pending, more, error);
	if (r == 0)
		r = fleet_pending_write(ks, &pending, error);
	fleet_pending_finish(&pending);
	(void)close(fd);
	return r;
}

/* -- States --------------------------------------------------------------- */

/* Log what the state does not say yet; *nnew is how many keys that are. */
static int
log_new(struct key_change *change, const struct fleet_pending *pending,
    size_t *nnew, struct ks_error *error)
{
	const struct fleet_pending_key *one;
	const struct ks_key *key;
	size_t i;
	int r = 0;

	*nnew = 0;
	(void)fleet_pending_find(pending, change->state->domain, "", &i);
	for (; i < pending->n && r == 0 && strcmp(pending->list[i].domain,
	    change->state->domain) == 0; i++) {
		one = &pending->list[i];
		if (!fleet_pending_changes(one, change->state))
			continue;
		key = ks_state_find(change->state, one->selector);
		(*nnew)++;
		r = key_change_log(change, key, "compromise", error, "%s",
		    one->is_mark ? "somebody else may have it" :
		    "DNS shows that it is revoked");
	}
	return r;
}

int
fleet_here_take(struct key_change *change, struct fleet_pending_file *pending,
    struct ks_error *error)
{
	size_t nnew;
	int r;

	if ((r = fleet_pending_renew(change->ks, pending, error)) == 0 &&
	    (r = log_new(change, &pending->pending, &nnew, error)) == 0 &&
	    nnew > 0) {
		fleet_pending_apply(&pending->pending, change->state);
		r = key_change_write(change, error);
	}
	return r;
}

/* The member list of this host. */
static int
read_members(struct keystore *ks, struct fleet_members *members,
    struct ks_error *error)
{
	char *text;
	size_t len;
	int r;

	memset(members, 0, sizeof(*members));
	if ((r = ks_fleet_read(ks, MEMBERS, &text, &len, error)) != 0)
		return r;
	r = fleet_members_load(members, text, len, NULL, error);
	ks_fleet_free(text, len);
	return r;
}

/* Whether each key is in the other state, too; one that was removed may go. */
static bool
is_within(const struct ks_state *state, const struct ks_state *other)
{
	size_t i;

	for (i = 0; i < state->nkeys; i++)
		if (state->keys[i].removed == KS_NEVER &&
		    ks_state_find(other, state->keys[i].selector) == NULL)
			return false;
	return state->nunfinished == 0;
}

/* Put another state in the place of the one on disk. */
static int
replace(struct key_change *change, struct ks_state *state,
    const struct fleet_pending *gone, struct ks_error *error)
{
	const struct ks_key *key, *old;
	struct ks_state *before = change->state;
	size_t i;
	int r = 0;

	if (!is_within(before, state) || !is_within(state, before))
		return fleet_fail(error, KS_E_ARG, "its state does not have "
		    "the keys of its rows: start countersign-fleet");
	(void)fleet_pending_find(gone, state->domain, "", &i);
	for (; i < gone->n && r == 0 && strcmp(gone->list[i].domain,
	    state->domain) == 0; i++) {
		key = ks_state_find(state, gone->list[i].selector);
		old = ks_state_find(before, gone->list[i].selector);
		if (key != NULL && old != NULL && old->compromised &&
		    !key->compromised)
			r = key_change_log(change, key, "seen", error, "DNS "
			    "shows it again: used as its row says");
	}
	change->state = state;
	if (r == 0)
		r = key_change_write(change, error);
	change->state = before;
	return r;
}

/* The keys of a domain that are pending, without those of gone. */
static int
copy_domain(const struct fleet_pending *pending, const char *domain,
    const struct fleet_pending *gone, struct fleet_pending *left,
    struct ks_error *error)
{
	size_t i;
	int r = 0;

	(void)fleet_pending_find(pending, domain, "", &i);
	for (; i < pending->n && r == 0 && strcmp(pending->list[i].domain,
	    domain) == 0; i++)
		r = fleet_pending_copy(left, &pending->list[i], error);
	if (r == 0)
		take_out(left, gone);
	return r;
}

int
fleet_here_take_back(struct key_change *change,
    struct fleet_pending_file *pending, const struct fleet_pending *gone,
    struct ks_error *error)
{
	const char *domain = change->state->domain;
	struct fleet_pending left;
	struct fleet_kept kept;
	struct ks_state state;
	struct fleet_members members;
	int r;

	memset(&kept, 0, sizeof(kept));
	memset(&state, 0, sizeof(state));
	memset(&left, 0, sizeof(left));
	if ((r = read_members(change->ks, &members, error)) == 0 &&
	    (r = fleet_kept_read(change->ks, domain, &kept, error)) == 0 &&
	    (r = fleet_kept_state(&kept, domain, members.fleet, &state,
	    error)) == 0 &&
	    (r = fleet_pending_renew(change->ks, pending, error)) == 0 &&
	    (r = copy_domain(&pending->pending, domain, gone, &left,
	    error)) == 0) {
		fleet_pending_apply(&left, &state);
		r = replace(change, &state, gone, error);
	}
	fleet_pending_finish(&left);
	ks_state_finish(&state);
	fleet_kept_finish(&kept);
	fleet_members_finish(&members);
	return r;
}

bool
fleet_here_is_expelled(const struct tool *tool)
{
	const struct fleet_host *host = NULL;
	struct fleet_members members;
	struct ks_error error;
	bool is;

	if (read_members(tool->ks, &members, &error) == 0)
		host = fleet_members_find(&members, tool->config->fleet_host);
	is = host != NULL && host->is_expelled;
	fleet_members_finish(&members);
	return is;
}

int
fleet_here_has_row(struct keystore *ks, const char *domain,
    const char *selector, bool *has, struct ks_error *error)
{
	struct fleet_kept kept;
	int r;

	memset(&kept, 0, sizeof(kept));
	r = fleet_kept_read(ks, domain, &kept, error);
	*has = r == 0 && fleet_kept_find(&kept, selector) != NULL;
	fleet_kept_finish(&kept);
	return r;
}
