/* SPDX-License-Identifier: ISC */

/*
 * countersign-key list: list the keys of one domain, or of all, with their age,
 * the days that they have left, and their last use; --monitor prints what is
 * wrong instead.  DNS is not queried.
 *
 * If a domain cannot be read, that is printed, and the others are listed.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/json.h"
#include "base/rfc3339.h"
#include "command/key_print.h"
#include "command/monitor.h"
#include "command/tool.h"
#include "config/config.h"
#include "life/key_phase.h"
#include "life/lifecycle.h"
#include "life/rotation_policy.h"
#include "store/last_use.h"

#define DAY	INT64_C(86400)

struct listing {
	const struct tool	*tool;
	bool			 loads;		/* keys, to see if that works */
	size_t			 nlines;	/* printed so far */
	int			 status;
};

/* A row of the list. */
struct item {
	const char		*domain;
	const struct ks_key	*key;
	int64_t			 last_use;	/* or KS_NEVER */
	int64_t			 age;		/* seconds, or KS_NEVER */
	bool			 has_end;
	int64_t			 left;		/* seconds, < 0: overdue */
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
		item->left = (key->retire_at != KS_NEVER ? key->retire_at :
		    key->active_from + policy->every) - tool->now;
	}
	item->alarm = alarm_text(lifecycle_key_alarm(key, &fact, policy,
	    tool->now));
}

static void
print_days(int64_t seconds, bool is_known)
{
	char text[32];

	if (!is_known)
		(void)strlcpy(text, "-", sizeof(text));
	else if (seconds < 0)
		(void)strlcpy(text, "overdue", sizeof(text));
	else if (seconds < DAY)
		(void)snprintf(text, sizeof(text), "%lldh",
		    (long long)(seconds / 3600));
	else
		(void)snprintf(text, sizeof(text), "%lldd",
		    (long long)(seconds / DAY));
	(void)printf(" %-7s", text);
}

static void
print_item(struct listing *listing, const struct item *item)
{
	char used[RFC3339_SIZE];

	if (listing->nlines++ == 0)
		(void)printf("%-24s %-16s %-14s %-11s %-7s %-7s %s\n",
		    "DOMAIN", "SELECTOR", "ALGORITHM", "STATUS", "AGE",
		    "LEFT", "LAST USE");
	(void)printf("%-24s %-16s %-14s %-11s", item->domain,
	    item->key->selector,
	    dkimsig_algorithm_name(item->key->algorithm),
	    key_status(item->key, listing->tool->now));
	print_days(item->age, item->age != KS_NEVER);
	print_days(item->left, item->has_end);
	(void)printf(" %s%s%s\n",
	    rfc3339_print(item->last_use, used) ? used : "-",
	    item->alarm == NULL ? "" : "  ",
	    item->alarm == NULL ? "" : item->alarm);
}

static void
print_item_json(struct listing *listing, const struct item *item)
{
	(void)printf("%s\n  {", listing->nlines++ == 0 ? "" : ",");
	key_print_json_members(stdout, item->domain, item->key,
	    listing->tool->now);
	(void)printf(", \"last_use\": ");
	json_time(stdout, item->last_use);
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
		json_string(stdout, item->alarm, strlen(item->alarm));
		(void)printf("}");
	}
}

/* Check that signers can load the key, if it signs or may start to. */
static void
check_file(const struct listing *listing, struct item *item)
{
	const struct ks_key *key = item->key;
	struct ks_error error;
	EVP_PKEY *pkey;

	if (!listing->loads ||
	    key_phase(key, listing->tool->now) >= KEY_RETIRED)
		return;
	if (ks_key_load(listing->tool->ks, item->domain, key, &pkey,
	    &error) == 0) {
		EVP_PKEY_free(pkey);
		return;
	}
	warnx("%s", error.text);
	item->alarm = "its file cannot be used";
}

static void
list_key(struct listing *listing, const struct ks_state *state,
    const struct ks_key *key, const struct lifecycle_policy *policy)
{
	struct item item = { .domain = state->domain, .key = key };
	struct ks_error error;

	if (ks_used_read(listing->tool->ks, state->domain, key->selector,
	    &item.last_use, &error) != 0) {
		warnx("%s", error.text);
		listing->status = TOOL_FAILED;
	}
	fill_item(listing->tool, policy, &item);
	check_file(listing, &item);
	if (listing->tool->json)
		print_item_json(listing, &item);
	else
		print_item(listing, &item);
}

static int
list_domain(const char *domain, void *arg)
{
	struct listing *listing = arg;
	struct lifecycle_policy policy;
	struct ks_error error;
	struct ks_state state;
	bool has_policy;
	size_t i;

	if (ks_state_read(listing->tool->ks, domain, &state, &error) != 0) {
		warnx("%s", error.text);
		listing->status = TOOL_FAILED;
		return 0;
	}
	has_policy = listing->tool->config != NULL;
	if (has_policy)
		rotation_policy(listing->tool->config, domain, 0, &policy);
	for (i = 0; i < state.nkeys; i++)
		list_key(listing, &state, &state.keys[i],
		    has_policy ? &policy : NULL);
	ks_state_finish(&state);
	return 0;
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
		(void)printf("%s: no keys yet: create some with "
		    "'countersign-key add DOMAIN'\n", tool->keydir);
	return listing.status;
}
