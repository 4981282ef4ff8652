/* SPDX-License-Identifier: ISC */

/*
 * The lease, for tests: runs the commands on its standard input, and prints a
 * line for each.
 *
 *	hold SECONDS		take or renew it
 *	wait			when a change of DNS may begin
 *	begin			note one, of a.example
 *	end ID OUTCOME
 *	settle yes|no		what DNS says of each open one
 *	release
 *	abandon			the same, with changes under way
 *
 * usage: leasecase CONNINFO GRACE-MS
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "writing/lease.h"

#define SPAN_MS	3000

static const char *const results[] = { "done", "away", "refused", "failed" };

static bool
settle(void *context, const struct fleet_intent *intent)
{
	printf("open %s %s %s %s %s\n", intent->domain, intent->selector,
	    intent->record, intent->was == NULL ? "-" : intent->was,
	    intent->wanted == NULL ? "-" : intent->wanted);
	return strcmp(context, "yes") == 0;
}

static void
run(struct fleet_lease *lease, struct fleet_db *db, char *line,
    int64_t grace_ms)
{
	const struct fleet_intent intent = {
		.domain = "a.example", .selector = "a",
		.record = "a._domainkey.a.example", .wanted = "v=DKIM1",
		.span_ms = SPAN_MS
	};
	struct fleet_db_error error;
	enum fleet_db_result r = FLEET_DB_DONE;
	char *words[3] = { NULL, NULL, NULL };
	int64_t value = 0;
	size_t i, nopen;

	for (i = 0; i < 3 && line != NULL; i++)
		words[i] = strsep(&line, " ");
	if (strcmp(words[0], "hold") == 0) {
		r = fleet_lease_hold(lease, db, (unsigned int)atoi(words[1]),
		    &error);
		value = lease->is_held ? lease->token : 0;
	} else if (strcmp(words[0], "wait") == 0)
		value = fleet_lease_wait(lease, grace_ms);
	else if (strcmp(words[0], "begin") == 0)
		r = fleet_intent_begin(lease, db, &intent, &value, &error);
	else if (strcmp(words[0], "end") == 0)
		r = fleet_intent_end(lease, db, atoll(words[1]), words[2],
		    &error);
	else if (strcmp(words[0], "settle") == 0) {
		r = fleet_intents_settle(lease, db, settle, words[1], &nopen,
		    &error);
		value = (int64_t)nopen;
	} else if (strcmp(words[0], "abandon") == 0)
		r = fleet_lease_abandon(lease, db, &error);
	else
		r = fleet_lease_release(lease, db, &error);
	if (r == FLEET_DB_DONE)
		printf("done %lld\n", (long long)value);
	else
		printf("%s %s %s\n", results[r], error.state, error.text);
	(void)fflush(stdout);
}

int
main(int argc, char *argv[])
{
	struct fleet_lease lease;
	struct fleet_db_error error;
	struct ks_error ks_error;
	struct fleet_db *db;
	char line[128];

	if (argc != 3)
		errx(2, "usage: leasecase CONNINFO GRACE-MS");
	memset(&lease, 0, sizeof(lease));
	if (fleet_db_new(&db, argv[1], &ks_error) != 0)
		errx(1, "%s", ks_error.text);
	if (fleet_db_connect(db, &error) != FLEET_DB_DONE)
		errx(1, "%s", error.text);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		run(&lease, db, line, atoll(argv[2]));
	}
	fleet_db_free(db);
	return 0;
}
