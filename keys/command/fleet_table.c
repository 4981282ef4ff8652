/* SPDX-License-Identifier: ISC */

/*
 * The table of "list --fleet": a row for each key that is not removed, and a
 * column for each host that is admitted.  Below a row, what is missing on which
 * host.
 *
 * countersign-fleet answers for one domain at a time; what a column says:
 *
 *	yes	the host has confirmed the key
 *	no	it has not
 *	ends	the key has ended, and the host has not said that it stopped
 *	ended	it has, with the key's last use there
 */

#include "command/fleet_table.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/terminal.h"
#include "config/config.h"
#include "life/key_phase.h"
#include "store/master.h"
#include "talk/client.h"

#define DOMAIN_WIDTH	25
#define SELECTOR_WIDTH	14
#define STATUS_WIDTH	11
#define CELL_WIDTH	5	/* at least */
#define WHY_INDENT	4
#define WHY_SIZE	640

/* What one host has of one key. */
struct cell {
	char	 selector[KS_SELECTOR_SIZE];
	char	 host[TALK_NAME_SIZE];
	bool	 is_taken;
	int64_t	 last;
	char	*why;
};

struct table {
	const struct tool	*tool;
	struct talk		*talk;
	char			(*hosts)[TALK_NAME_SIZE];
	size_t			 nhosts;
	struct cell		*cells;		/* of one domain */
	size_t			 ncells, size;
	size_t			 nlines;	/* printed so far */
	unsigned int		 columns;	/* of the terminal, or 0 */
	bool			 is_short;	/* of memory */
	int			 status;
};

/* -- What is answered ----------------------------------------------------- */

/* Called for each answer to "status". */
static void
take_host(void *context, const struct talk_message *answer)
{
	struct table *table = context;
	void *hosts;

	if (answer->kind != TALK_HOST ||
	    strcmp(answer->state, "admitted") != 0)
		return;
	hosts = reallocarray(table->hosts, table->nhosts + 1,
	    sizeof(*table->hosts));
	if (hosts == NULL) {
		table->is_short = true;
		return;
	}
	table->hosts = hosts;
	(void)strlcpy(table->hosts[table->nhosts++], answer->name,
	    sizeof(*table->hosts));
}

/* Called for each answer to "keys". */
static void
take_cell(void *context, const struct talk_message *answer)
{
	struct table *table = context;
	struct cell *cell;
	void *cells;

	if (answer->kind != TALK_KEY)
		return;
	if (table->ncells == table->size) {
		cells = reallocarray(table->cells, table->size + 64,
		    sizeof(*table->cells));
		if (cells == NULL) {
			table->is_short = true;
			return;
		}
		table->cells = cells;
		table->size += 64;
	}
	cell = &table->cells[table->ncells];
	memset(cell, 0, sizeof(*cell));
	(void)strlcpy(cell->selector, answer->selector,
	    sizeof(cell->selector));
	(void)strlcpy(cell->host, answer->name, sizeof(cell->host));
	cell->is_taken = answer->is_taken;
	cell->last = answer->last;
	if ((cell->why = strdup(answer->text)) == NULL)
		table->is_short = true;
	else
		table->ncells++;
}

static void
forget_cells(struct table *table)
{
	while (table->ncells > 0)
		free(table->cells[--table->ncells].why);
}

static bool
ask(struct table *table, const struct talk_message *request,
    void (*take)(void *, const struct talk_message *))
{
	struct ks_error error;

	if (talk_ask(table->talk, request, take, table, &error) == 0 &&
	    !table->is_short)
		return true;
	warnx("fleet: %s", table->is_short ? "out of memory" : error.text);
	table->status = TOOL_FAILED;
	return false;
}

static const struct cell *
find_cell(const struct table *table, const char *selector, const char *host)
{
	size_t i;

	for (i = 0; i < table->ncells; i++)
		if (strcmp(table->cells[i].selector, selector) == 0 &&
		    strcmp(table->cells[i].host, host) == 0)
			return &table->cells[i];
	return NULL;
}

/* -- Printing ------------------------------------------------------------- */

static bool
has_ended(const struct table *table, const struct ks_key *key)
{
	const enum key_phase phase = key_phase(key, table->tool->now);

	return phase == KEY_RETIRED || phase == KEY_REVOKED;
}

/* Whether a host is not waited for, for what the key does next. */
static bool
is_good(const struct table *table, const struct ks_key *key,
    const struct cell *cell)
{
	return cell != NULL && (has_ended(table, key) ?
	    cell->last != TALK_UNKNOWN : cell->is_taken);
}

static const char *
cell_word(const struct table *table, const struct ks_key *key,
    const struct cell *cell)
{
	if (has_ended(table, key))
		return is_good(table, key, cell) ? "ended" : "ends";
	return is_good(table, key, cell) ? "yes" : "no";
}

static int
width_of(const char *host)
{
	const size_t len = strlen(host);

	return len < CELL_WIDTH ? CELL_WIDTH : (int)len;
}

static void
print_heading(const struct table *table)
{
	size_t i;

	(void)printf("%-*s %-*s %-*s", DOMAIN_WIDTH, "DOMAIN",
	    SELECTOR_WIDTH, "SELECTOR", STATUS_WIDTH, "STATUS");
	for (i = 0; i < table->nhosts; i++)
		(void)printf(" %*s", width_of(table->hosts[i]),
		    table->hosts[i]);
	(void)printf("\n");
}

static void
print_key(struct table *table, const char *domain, const struct ks_key *key)
{
	const struct cell *cell;
	char text[WHY_SIZE];
	size_t i;

	if (table->nlines++ == 0)
		print_heading(table);
	/* A long name has a line of its own. */
	if (strlen(domain) > DOMAIN_WIDTH) {
		(void)printf("%s\n", domain);
		domain = "";
	}
	(void)printf("%-*s %-*s %-*s", DOMAIN_WIDTH, domain, SELECTOR_WIDTH,
	    key->selector, STATUS_WIDTH, key_status(key, table->tool->now));
	for (i = 0; i < table->nhosts; i++)
		(void)printf(" %*s", width_of(table->hosts[i]), cell_word(table,
		    key, find_cell(table, key->selector, table->hosts[i])));
	(void)printf("\n");
	for (i = 0; i < table->nhosts; i++) {
		cell = find_cell(table, key->selector, table->hosts[i]);
		if (cell == NULL || is_good(table, key, cell))
			continue;
		(void)snprintf(text, sizeof(text), "%s: %s", cell->host,
		    cell->why);
		terminal_print(text, WHY_INDENT, table->columns);
	}
}

static void
print_cell_json(const struct table *table, const struct ks_key *key,
    const struct cell *cell, bool is_first)
{
	(void)printf("%s\n      { \"host\": ", is_first ? "" : ",");
	json_print_string(stdout, cell->host, strlen(cell->host));
	(void)printf(", \"confirmed\": %s, \"ended\": %s, \"last_use\": ",
	    cell->is_taken ? "true" : "false",
	    has_ended(table, key) && cell->last != TALK_UNKNOWN ? "true" :
	    "false");
	json_print_time(stdout, cell->last == TALK_UNKNOWN ? KS_NEVER :
	    cell->last);
	(void)printf(", \"text\": ");
	json_print_text(stdout, cell->why);
	(void)printf(" }");
}

static void
print_key_json(struct table *table, const char *domain,
    const struct ks_key *key)
{
	const char *status = key_status(key, table->tool->now);
	const struct cell *cell;
	size_t i, n = 0;

	(void)printf("%s\n  { \"domain\": ", table->nlines++ == 0 ? "" : ",");
	json_print_string(stdout, domain, strlen(domain));
	(void)printf(", \"selector\": ");
	json_print_string(stdout, key->selector, strlen(key->selector));
	(void)printf(", \"status\": ");
	json_print_string(stdout, status, strlen(status));
	(void)printf(",\n    \"hosts\": [");
	for (i = 0; i < table->nhosts; i++) {
		cell = find_cell(table, key->selector, table->hosts[i]);
		if (cell != NULL)
			print_cell_json(table, key, cell, n++ == 0);
	}
	(void)printf("%s] }", n > 0 ? "\n    " : "");
}

/* Called for each domain. */
static int
list_domain(const char *domain, void *context)
{
	struct table *table = context;
	struct talk_message request = { .kind = TALK_KEYS };
	struct ks_error error;
	struct ks_state state;
	size_t i;

	if (ks_state_read(table->tool->ks, domain, &state, &error) != 0) {
		warnx("%s", error.text);
		table->status = TOOL_FAILED;
		return 0;
	}
	(void)strlcpy(request.domain, domain, sizeof(request.domain));
	if (ask(table, &request, take_cell))
		for (i = 0; i < state.nkeys; i++) {
			if (state.keys[i].removed != KS_NEVER)
				continue;
			if (table->tool->json)
				print_key_json(table, domain, &state.keys[i]);
			else
				print_key(table, domain, &state.keys[i]);
		}
	forget_cells(table);
	ks_state_finish(&state);
	return 0;
}

static void
list(struct table *table, const char *domain)
{
	const struct talk_message status = { .kind = TALK_STATUS };
	struct ks_error error;

	if (!ask(table, &status, take_host))
		return;
	if (table->tool->json)
		(void)printf("[");
	if (domain != NULL)
		(void)list_domain(domain, table);
	else if (ks_each_domain(table->tool->ks, list_domain, table,
	    &error) != 0) {
		warnx("%s", error.text);
		table->status = TOOL_FAILED;
	}
	if (table->tool->json)
		(void)printf("%s]\n", table->nlines > 0 ? "\n" : "");
}

int
fleet_table_print(const struct tool *tool, const char *domain)
{
	struct table table = {
		.tool = tool, .columns = terminal_columns(),
		.status = TOOL_DONE
	};
	struct talk_message ready;
	struct ks_error error;

	if (tool->config == NULL || tool->config->fleet_database == NULL) {
		warnx("list --fleet: no section \"fleet\" in the "
		    "configuration: this host is in no fleet");
		return TOOL_FAILED;
	}
	if (talk_open(&table.talk, tool->keydir, TALK_ANSWER_S, &ready,
	    &error) != 0) {
		warnx("fleet: %s", error.text);
		return TOOL_FAILED;
	}
	if (strcmp(ready.fleet, "-") == 0) {
		warnx("fleet: %s", ks_fleet_absence(tool->ks));
		table.status = TOOL_NOT_YET;
	} else
		list(&table, domain);
	talk_close(table.talk);
	free(table.hosts);
	free(table.cells);
	return table.status;
}
