/* SPDX-License-Identifier: ISC */

/*
 * The keys: what "countersign-key list --monitor" reports to its owner, which
 * is what the hourly rotation sees, and how old the keys that sign are.
 *
 * DNS is not asked here.  If the store cannot be read, that is one finding.
 */

#include <stdio.h>
#include <string.h>

#include "chain/chain.h"
#include "chain/private.h"
#include "machine/run.h"

#define AREA		"keys"
#define LIMIT_MS	60000

/* The words of MONITORING in countersign-key(8), which are ids here, too. */
static const struct {
	const char	*id;
} kinds[] = {
	{ .id = "key-store" },
	{ .id = "ceiling" },
	{ .id = "cname" },
	{ .id = "clock" },
	{ .id = "delegation" },
	{ .id = "exposed" },
	{ .id = "fleet" },
	{ .id = "generation" },
	{ .id = "host" },
	{ .id = "key-file" },
	{ .id = "lookup" },
	{ .id = "name-server" },
	{ .id = "new-record" },
	{ .id = "no-reserve" },
	{ .id = "not-seen-outside" },
	{ .id = "not-signed" },
	{ .id = "notification" },
	{ .id = "old-record" },
	{ .id = "other-host" },
	{ .id = "outside" },
	{ .id = "overdue" },
	{ .id = "private-servers" },
	{ .id = "publication" },
	{ .id = "record" },
	{ .id = "record-vanished" },
	{ .id = "rotation" },
	{ .id = "spare-key-file" },
	{ .id = "stray-key-file" },
	{ .id = "stream" },
};
#define NKINDS		(sizeof(kinds) / sizeof(kinds[0]))

/* Add a problem as countersign-key reports it. */
static void
add_problem(struct chain *chain, struct findings *findings,
    const json_t *problem)
{
	const char *word = chain_text(problem, "trouble");
	const char *text = chain_text(problem, "text");
	const char *domain = chain_text(problem, "domain");
	const char *selector = chain_text(problem, "selector");
	const bool is_bad = json_is_true(json_object_get(problem,
	    "needs_person")) ||
	    strcmp(chain_text(problem, "severity"), "critical") == 0;
	char fix[CHAIN_FIX_SIZE], subject[512];
	bool is_known;
	size_t i = 0;

	/* The configuration was checked for this before. */
	if (strcmp(word, "no-keys") == 0)
		return;
	while (i + 1 < NKINDS && strcmp(kinds[i].id, word) != 0)
		i++;
	/* A word of a later version is a problem of the store. */
	if (!(is_known = strcmp(kinds[i].id, word) == 0))
		i = 0;
	(void)snprintf(subject, sizeof(subject), "%s%s%s",
	    domain[0] == '\0' ? "all domains" : domain,
	    selector[0] == '\0' ? "" : " ", selector);
	findings_add(findings, kinds[i].id, is_bad ? FINDING_PROBLEM :
	    FINDING_NOTE, AREA, subject, is_known ?
	    chain_fix_in(chain, chain_text(problem, "fix"), fix,
	    sizeof(fix)) : NULL, "%s", text);
}

void
chain_keys(struct chain *chain, struct findings *findings)
{
	static const char *const arguments[] = { "list", "--monitor", NULL };
	const char *last_run;
	char why[MACHINE_WHY_SIZE];
	json_t *answer, *problem;
	size_t before, i;

	if (!chain->has_keys)
		return;
	answer = chain_ask_keys(chain, arguments, LIMIT_MS, why, sizeof(why));
	if (answer == NULL) {
		findings_add(findings, "key-store", FINDING_PROBLEM, AREA,
		    chain->config->keydir, NULL, "The keys cannot be "
		    "examined as the hourly rotation does it: %s", why);
		return;
	}
	chain->ndomains = (size_t)json_integer_value(json_object_get(answer,
	    "domains"));
	before = findings->n;
	json_array_foreach(json_object_get(answer, "problems"), i, problem)
		add_problem(chain, findings, problem);
	last_run = chain_text(answer, "last_run");
	if (findings->n == before)
		findings_add(findings, "key-store", FINDING_WELL, AREA,
		    chain->config->keydir, NULL, "no problems; domains with "
		    "keys: %zu; last run of rotation: %s", chain->ndomains,
		    last_run[0] == '\0' ? "none yet" : last_run);
	json_decref(answer);
}
