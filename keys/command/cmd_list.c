/* SPDX-License-Identifier: ISC */

/*
 * countersign-key list: list the keys of one domain, or of all, with their age,
 * the days that they have left, and their last use; --monitor prints what is
 * wrong instead.  DNS is not queried: what its servers, and the resolvers
 * outside, showed to the last run of rotation is in the store.
 *
 * The table fits into 80 columns, unless a name is long.  If a domain cannot be
 * read, that is printed, and the others are listed.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/json.h"
#include "base/rfc3339.h"
#include "base/terminal.h"
#include "command/fleet_table.h"
#include "command/key_print.h"
#include "command/monitor.h"
#include "command/tool.h"
#include "config/config.h"
#include "life/key_phase.h"
#include "life/lifecycle.h"
#include "life/rotation_policy.h"
#include "life/trouble.h"
#include "store/last_use.h"
#include "store/sealer.h"
#include "store/trouble_file.h"

#define DAY		INT64_C(86400)
#define SPAN_SIZE	24	/* octets of a time span, with its NUL */
#define ALARM_INDENT	4	/* columns */

/* A row has 80 columns; on a wider terminal the domain has more of them. */
#define DOMAIN_WIDTH	25
#define ROW_WIDTH	80
#define OUTSIDE_WIDTH	8	/* of the column, which is not always there */
#define DOMAIN_MAX	60
#define STREAM_WIDTH	7	/* the same */
#define SELECTOR_WIDTH	14
#define LONG_SELECTOR	17	/* of a stream, with its name */

#define RANK_REMOVED	9	/* the last rank of a key */

struct listing {
	const struct tool	*tool;
	bool			 loads;		/* keys, to see if that works */
	unsigned int		 columns;	/* of the terminal, or 0 */
	unsigned int		 domain_width;
	bool			 has_outside;	/* resolvers are asked */
	bool			 has_streams;
	size_t			 nlines;	/* printed so far */
	size_t			 nhidden;	/* removed keys, not printed */
	int			 status;
};

/* Whether resolvers outside see the record, as rotation saw it last. */
enum outside {
	OUTSIDE_UNKNOWN,	/* not asked yet, or the servers are wrong */
	OUTSIDE_SEEN,
	OUTSIDE_NOT_SEEN
};

/* A row of the list. */
struct item {
	const char		*domain;
	const struct ks_key	*key;
	int64_t			 last_use;	/* or KS_NEVER */
	int64_t			 age;		/* seconds, or KS_NEVER */
	bool			 has_end;
	int64_t			 left;		/* seconds, < 0: overdue */
	enum outside		 outside;
	const char		*alarm;		/* NULL: none */
};

static const char *
alarm_text(enum lifecycle_alarm alarm)
{
	switch (alarm) {
	case LIFECYCLE_OVERDUE:
		return "has signed for longer than it should";
	case LIFECYCLE_FUTURE:
		return "a recorded time lies in the future";
	case LIFECYCLE_EXPOSED:
		return "compromised and not revoked";
	default:
		return NULL;
	}
}

static void
fill_item(const struct tool *tool, const struct lifecycle_policy *policy,
    struct item *item)
{
	const struct ks_key *key = item->key;
	struct lifecycle_fact fact;

	memset(&fact, 0, sizeof(fact));
	item->age = key->generated == KS_NEVER ||
	    key->generated > tool->now ? KS_NEVER :
	    tool->now - key->generated;
	if (policy == NULL)
		return;
	if (ks_key_is_active(key, tool->now)) {
		item->has_end = true;
		item->left = lifecycle_end_time(key, policy) - tool->now;
	}
	item->alarm = alarm_text(lifecycle_key_alarm(key, &fact, policy,
	    tool->now));
	if (item->alarm == NULL && key->stream != NULL &&
	    key_phase(key, tool->now) < KEY_RETIRED &&
	    !lifecycle_names_stream(policy, key->stream))
		item->alarm = "no source signs with its stream";
}

static bool
has_trouble(const struct ks_troubles *troubles, enum trouble trouble,
    const char *selector)
{
	return ks_troubles_find(troubles, trouble_word(trouble),
	    selector) != NULL;
}

/* What rotation saw of the record, inside and outside. */
static void
fill_sight(const struct ks_troubles *troubles, struct item *item)
{
	const struct ks_key *key = item->key;
	const char *alarm = NULL;

	item->outside = key->seen_outside == KS_NEVER ? OUTSIDE_UNKNOWN :
	    OUTSIDE_SEEN;
	if (key->removed != KS_NEVER)
		item->outside = OUTSIDE_UNKNOWN;
	else if (has_trouble(troubles, TROUBLE_RECORD, key->selector)) {
		item->outside = OUTSIDE_UNKNOWN;
		alarm = "not every name server has its correct record";
	} else if (has_trouble(troubles, TROUBLE_NEW_RECORD,
	    key->selector)) {
		item->outside = OUTSIDE_UNKNOWN;
		alarm = "not every name server shows its record";
	} else if (has_trouble(troubles, TROUBLE_INVISIBLE, key->selector) ||
	    has_trouble(troubles, TROUBLE_OUTSIDE, key->selector)) {
		item->outside = OUTSIDE_NOT_SEEN;
		alarm = "the name servers have its record, but resolvers "
		    "outside do not show it";
	}
	if (item->alarm == NULL)
		item->alarm = alarm;
}

/* "12m", "3h", "80d": what fits into four columns. */
static const char *
span_text(int64_t seconds, char text[SPAN_SIZE])
{
	const struct {
		int64_t	seconds;
		char	unit;
	} units[] = { { DAY, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i;

	for (i = 0; seconds < units[i].seconds && units[i].seconds > 1; i++)
		;
	(void)snprintf(text, SPAN_SIZE, "%lld%c",
	    (long long)(seconds / units[i].seconds), units[i].unit);
	return text;
}

/* Without the hash, which is the same for both. */
static const char *
kind_text(enum dkimsig_algorithm algorithm)
{
	return algorithm == DKIMSIG_ED25519_SHA256 ? "ed25519" : "rsa";
}

/* The words for OUTSIDE_*. */
static const char *
outside_text(enum outside outside)
{
	static const char *const texts[] = {
		[OUTSIDE_UNKNOWN] = "-", [OUTSIDE_SEEN] = "yes",
		[OUTSIDE_NOT_SEEN] = "no"
	};

	return texts[outside];
}

static int
selector_width(const struct listing *listing)
{
	return listing->has_streams ? LONG_SELECTOR : SELECTOR_WIDTH;
}

static void
print_heading(const struct listing *listing)
{
	(void)printf("%-*s ", (int)listing->domain_width, "DOMAIN");
	if (listing->has_streams)
		(void)printf("%-*s ", STREAM_WIDTH, "STREAM");
	(void)printf("%-*s %-7s %-11s", selector_width(listing), "SELECTOR",
	    "KIND", "STATUS");
	if (listing->has_outside)
		(void)printf(" OUTSIDE");
	(void)printf(" %5s %7s %5s\n", "AGE", "LEFT", "USED");
}

static void
print_item(struct listing *listing, const struct item *item)
{
	char age[SPAN_SIZE], left[SPAN_SIZE], used[SPAN_SIZE];
	const int64_t now = listing->tool->now;
	const char *domain = item->domain;

	if (listing->nlines++ == 0)
		print_heading(listing);
	/* A long name has a line of its own. */
	if (strlen(domain) > listing->domain_width) {
		(void)printf("%s\n", domain);
		domain = "";
	}
	(void)printf("%-*s ", (int)listing->domain_width, domain);
	if (listing->has_streams)
		(void)printf("%-*s ", STREAM_WIDTH, item->key->stream == NULL ?
		    "-" : item->key->stream);
	(void)printf("%-*s %-7s %-11s", selector_width(listing),
	    item->key->selector, kind_text(item->key->algorithm),
	    key_status(item->key, now));
	if (listing->has_outside)
		(void)printf(" %-7s", outside_text(item->outside));
	(void)printf(" %5s %7s %5s\n",
	    item->age == KS_NEVER ? "-" : span_text(item->age, age),
	    !item->has_end ? "-" : item->left < 0 ? "overdue" :
	    span_text(item->left, left),
	    item->last_use == KS_NEVER || item->last_use > now ? "-" :
	    span_text(now - item->last_use, used));
	if (item->alarm != NULL)
		terminal_print(item->alarm, ALARM_INDENT, listing->columns);
}

static void
print_item_json(struct listing *listing, const struct item *item)
{
	(void)printf("%s\n  {", listing->nlines++ == 0 ? "" : ",");
	key_print_json_members(stdout, item->domain, item->key,
	    listing->tool->now);
	(void)printf(", \"seen_outside\": ");
	json_print_time(stdout, item->key->seen_outside);
	(void)printf(", \"outside\": ");
	if (item->outside == OUTSIDE_UNKNOWN)
		(void)printf("null");
	else
		(void)printf("\"%s\"", outside_text(item->outside));
	(void)printf(", \"last_use\": ");
	json_print_time(stdout, item->last_use);
	(void)printf(", \"age_seconds\": ");
	if (item->age == KS_NEVER)
		(void)printf("null");
	else
		(void)printf("%lld", (long long)item->age);
	(void)printf(", \"seconds_left\": ");
	if (item->has_end)
		(void)printf("%lld", (long long)item->left);
	else
		(void)printf("null");
	(void)printf(", \"alarm\": ");
	if (item->alarm == NULL)
		(void)printf("null}");
	else {
		json_print_string(stdout, item->alarm, strlen(item->alarm));
		(void)printf("}");
	}
}

/* Check that signers can load the key, if it signs or may start to. */
static void
check_file(const struct listing *listing, struct item *item)
{
	const struct ks_key *key = item->key;
	struct ks_error error;

	if (!listing->loads ||
	    key_phase(key, listing->tool->now) >= KEY_RETIRED)
		return;
	if (ks_key_check(listing->tool->ks, item->domain, key, &error) == 0)
		return;
	warnx("%s", error.text);
	item->alarm = "its file cannot be used";
}

static void
list_key(struct listing *listing, const struct ks_state *state,
    const struct ks_key *key, const struct lifecycle_policy *policy,
    const struct ks_troubles *troubles)
{
	struct item item = { .domain = state->domain, .key = key };
	struct ks_error error;

	if (ks_used_read(listing->tool->ks, state->domain, key->selector,
	    &item.last_use, &error) != 0) {
		warnx("%s", error.text);
		listing->status = TOOL_FAILED;
	}
	if (item.last_use == KS_USE_UNKNOWN)
		item.last_use = KS_NEVER;
	fill_item(listing->tool, policy, &item);
	fill_sight(troubles, &item);
	check_file(listing, &item);
	if (listing->tool->json)
		print_item_json(listing, &item);
	else
		print_item(listing, &item);
}

/* What needs looking at comes first: what signs, then what may sign soon. */
static int
rank(const struct ks_key *key, int64_t now)
{
	static const int ranks[] = {
		[KEY_ACTIVE] = 1, [KEY_SCHEDULED] = 2, [KEY_STANDBY] = 3,
		[KEY_SEEN] = 4, [KEY_PUBLISHED] = 5, [KEY_GENERATED] = 6,
		[KEY_RETIRED] = 7, [KEY_REVOKED] = 8,
		[KEY_REMOVED] = RANK_REMOVED
	};
	const enum key_phase phase = key_phase(key, now);

	return key->compromised && phase < KEY_REVOKED ? 0 : ranks[phase];
}

/* The keys in that order; those of the same rank in the order of the state. */
static void
list_keys(struct listing *listing, const struct ks_state *state,
    const struct lifecycle_policy *policy,
    const struct ks_troubles *troubles)
{
	const int64_t now = listing->tool->now;
	/* Programs get all; people get removed keys on request. */
	const int last = listing->tool->json || listing->tool->removed ?
	    RANK_REMOVED : RANK_REMOVED - 1;
	size_t i;
	int r;

	for (r = 0; r <= last; r++)
		for (i = 0; i < state->nkeys; i++)
			if (rank(&state->keys[i], now) == r)
				list_key(listing, state, &state->keys[i],
				    policy, troubles);
	for (i = 0; i < state->nkeys; i++)
		listing->nhidden += rank(&state->keys[i], now) > last;
}

static int
list_domain(const char *domain, void *arg)
{
	struct listing *listing = arg;
	struct lifecycle_policy policy;
	struct ks_troubles troubles;
	struct ks_error error;
	struct ks_state state;
	bool has_policy;

	if (ks_state_read(listing->tool->ks, domain, &state, &error) != 0) {
		warnx("%s", error.text);
		listing->status = TOOL_FAILED;
		return 0;
	}
	has_policy = listing->tool->config != NULL;
	if (has_policy)
		rotation_policy(listing->tool->config, domain, 0, &policy);
	if (ks_troubles_read(listing->tool->ks, domain, &troubles,
	    &error) != 0) {
		warnx("%s", error.text);
		listing->status = TOOL_FAILED;
	}
	list_keys(listing, &state, has_policy ? &policy : NULL, &troubles);
	ks_troubles_finish(&troubles);
	ks_state_finish(&state);
	return 0;
}

static bool
asks_outside(const struct config *config)
{
	size_t i;

	for (i = 0; config != NULL && i < config->nrotations; i++)
		if (config->rotations[i].check_resolvers.n > 0)
			return true;
	return false;
}

/* Whether a source names a stream. */
static bool
names_streams(const struct config *config)
{
	size_t i;

	for (i = 0; config != NULL && i < config->nsources; i++)
		if (config->sources[i].stream != NULL)
			return true;
	return false;
}

/* Whether keys are to be listed that belong to a stream. */
static bool
has_streams(const struct tool *tool, const char *domain)
{
	struct ks_state state;
	bool has_any = names_streams(tool->config);
	size_t i;

	if (has_any || domain == NULL ||
	    ks_state_read(tool->ks, domain, &state, NULL) != 0)
		return has_any;
	for (i = 0; i < state.nkeys; i++)
		has_any |= state.keys[i].stream != NULL;
	ks_state_finish(&state);
	return has_any;
}

static void
set_width(struct listing *listing, const char *domain)
{
	listing->has_outside = asks_outside(listing->tool->config);
	listing->has_streams = has_streams(listing->tool, domain);
	listing->columns = terminal_columns();
	listing->domain_width = DOMAIN_WIDTH;
	if (listing->columns > ROW_WIDTH)
		listing->domain_width += listing->columns - ROW_WIDTH;
	if (listing->domain_width > DOMAIN_MAX)
		listing->domain_width = DOMAIN_MAX;
	if (listing->has_outside)
		listing->domain_width -= OUTSIDE_WIDTH;
	/* In 80 columns, a longer domain has a line of its own. */
	if (listing->has_streams)
		listing->domain_width -= STREAM_WIDTH + 1 + LONG_SELECTOR -
		    SELECTOR_WIDTH;
}

static void
print_none(const struct tool *tool, bool are_hidden)
{
	(void)printf("%s: no keys", tool->keydir);
	if (are_hidden)
		(void)printf(" but removed ones: see them with --removed\n");
	else if (tool_keydir_is_mounted(tool))
		(void)printf(" in this volume: put some into it, where it "
		    "comes from\n");
	else
		(void)printf(" yet: create some with '%s add DOMAIN'\n",
		    tool->command);
}

int
cmd_list(struct tool *tool, int argc, char **argv)
{
	/* Loading all keys of a large store would take too long. */
	struct listing listing = {
		.tool = tool, .loads = argc > 0,
		.status = TOOL_DONE
	};
	struct ks_error error;
	char domain[DKIMSIG_DOMAIN_SIZE];

	if (argc > 0 && !tool_domain(argv[0], domain))
		return TOOL_USAGE;
	if (tool->fleet)
		return fleet_table_print(tool, argc > 0 ? domain : NULL);
	set_width(&listing, argc > 0 ? domain : NULL);
	if (tool->monitor)
		return (int)monitor_print(tool, argc > 0 ? domain : NULL);
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
		(void)printf("%s]\n", listing.nlines > 0 ? "\n" : "");
	else if (listing.nlines == 0 && listing.status == TOOL_DONE)
		print_none(tool, listing.nhidden > 0);
	return listing.status;
}
