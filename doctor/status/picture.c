/* SPDX-License-Identifier: ISC */

/*
 * The picture: what is shown in a terminal, from the answer to "is mail being
 * signed?" down to keys.
 *
 * What does not fit is left out from the end of the longest parts, and each
 * part says how much.  Nothing fails but memory, and then a line says so.
 */

#include <stdlib.h>
#include <string.h>

#include "config/action.h"
#include "config/ceiling.h"
#include "status/picture.h"

/* In this order; the last ones are left out first. */
enum part { HEAD, WRONG, MAIL, UNSIGNED, TIMES, KEYS, CEILINGS, NPARTS };

/* Columns. */
#define NAME_WIDTH	12
#define COUNT_WIDTH	12
#define SHARE_WIDTH	10
#define TOTAL_WIDTH	13
#define LONG_TOTAL_WIDTH 24
#define MIN_TOTAL	56	/* of a terminal, to have that column */
#define MIN_LONG_TOTAL	72
#define MAX_BAR		60
#define MIN_WIDE_ROWS	72
#define WITHIN_WIDTH	9
#define CEILING_BAR	12
#define KEY_DOMAIN_WIDTH 26
#define KEY_SELECTOR_WIDTH 14
#define MIN_WIDE_KEYS	76

/* Lines. */
#define MAX_SHOWN	20

/* -- Mail ---------------------------------------------------------------- */

/* Columns of the last number: 0, if there is no room for it. */
static unsigned int
total_width(const struct block *block, const struct status *status)
{
	if (status_shown(status) == status->total ||
	    block->style->columns < MIN_TOTAL)
		return 0;
	return block->style->columns < MIN_LONG_TOTAL ? TOTAL_WIDTH :
	    LONG_TOTAL_WIDTH;
}

static unsigned int
bar_width(const struct block *block, unsigned int used)
{
	const unsigned int columns = block->style->columns;
	const unsigned int left = columns > used ? columns - used : 0;

	return left > MAX_BAR ? MAX_BAR : left;
}

static unsigned int
mail_bar(const struct block *block, const struct status *status)
{
	return bar_width(block, NAME_WIDTH + COUNT_WIDTH + SHARE_WIDTH +
	    total_width(block, status));
}

static void
put_mail(struct block *block, const struct status *status, const char *name,
    uint64_t n, uint64_t total)
{
	const struct numbers *shown = status_shown(status);
	const double part = shown->nall > 0 ? (double)n /
	    (double)shown->nall : 0;
	const unsigned int width = total_width(block, status);
	char text[32];

	if (total == 0 || !block_line(block))
		return;
	block_put(block, "%-*s%*s", NAME_WIDTH, name, COUNT_WIDTH,
	    picture_number(n, text));
	block_put(block, "%*.1f %%  ", SHARE_WIDTH - 4, part * 100);
	block_bar(block, part, mail_bar(block, status));
	if (width > 0)
		block_put(block, "%*s", (int)width,
		    picture_number(total, text));
}

static void
put_mail_heading(struct block *block, const struct status *status)
{
	const unsigned int width = total_width(block, status);
	char since[RFC3339_SIZE], heading[64];

	(void)snprintf(heading, sizeof(heading), "since %s",
	    picture_minute(status->total->made, since));
	(void)block_line(block);
	block_colour(block, PRINT_BOLD);
	block_put(block, "%-*s", NAME_WIDTH, "MAIL");
	if (status_shown(status) == status->total)
		block_put(block, "%s", heading);
	else
		block_put(block, "%*s %u s", COUNT_WIDTH - 5, "last",
		    status->seconds);
	if (width > 0) {
		block_fill(block, NAME_WIDTH + COUNT_WIDTH + SHARE_WIDTH +
		    mail_bar(block, status));
		block_put(block, "%*s", (int)width,
		    width == LONG_TOTAL_WIDTH ? heading : "in all");
	}
	block_colour(block, PRINT_PLAIN);
}

static void
make_mail(struct block *block, const struct status *status)
{
	static const enum action order[] = { ACTION_SIGN, ACTION_PASS,
	    ACTION_QUARANTINE, ACTION_TEMPFAIL, ACTION_REJECT };
	const struct numbers *shown = status_shown(status);
	size_t i;

	if (status->total->nall == 0)
		return;
	put_mail_heading(block, status);
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		put_mail(block, status, action_done(order[i]),
		    shown->done[order[i]], status->total->done[order[i]]);
	put_mail(block, status, "observed", shown->nobserved,
	    status->total->nobserved);
}

/* Columns of the parts of a row before the source. */
struct row_widths {
	unsigned int	count, decision, reason;
	bool		is_narrow;
};

static struct row_widths
row_widths(const struct block *block)
{
	static const struct row_widths wide = { 12, 21, 20, false };
	static const struct row_widths narrow = { 7, 15, 11, true };

	return block->style->columns < MIN_WIDE_ROWS ? narrow : wide;
}

static void
put_row(struct block *block, const struct number_row *row)
{
	const struct row_widths widths = row_widths(block);
	const char *action = action_done((enum action)row->action);
	char n[32];

	if (!block_item(block))
		return;
	block_put(block, "%*s  ", (int)widths.count,
	    picture_number(row->n, n));
	if (!row->is_observed)
		block_put(block, "%s", action);
	else if (widths.is_narrow)
		block_put(block, "(%s)", action);
	else
		block_put(block, "would be %s", action);
	block_fill(block, widths.count + 2 + widths.decision);
	block_put(block, "%-*s ", (int)widths.reason - 1,
	    meters_reason_name(row->reason));
	if (block->column < block->style->columns)
		block_put_safe(block, row->source[0] != '\0' ? row->source :
		    "-", block->style->columns - block->column);
}

static void
make_unsigned(struct block *block, const struct status *status)
{
	const struct numbers *shown = status_shown(status);
	const struct row_widths widths = row_widths(block);
	size_t i;

	if (shown->nrows == 0)
		return;
	(void)block_line(block);
	block_colour(block, PRINT_BOLD);
	block_put(block, "NOT SIGNED");
	block_fill(block, widths.count + 2 + widths.decision);
	block_put(block, "%-*s%s", (int)widths.reason, "because", "source");
	block_colour(block, PRINT_PLAIN);
	for (i = 0; i < shown->nrows; i++)
		if (i < MAX_SHOWN)
			put_row(block, &shown->rows[i]);
		else
			block->nleft_out++;
	block->more = "countersign-doctor summary";
}

/* -- Times --------------------------------------------------------------- */

/* "2.5 ms", "10 s": the bounds of buckets have few digits. */
static void
put_within(struct block *block, const struct numbers *shown,
    enum meters_time time, unsigned int percent)
{
	const int64_t us = numbers_within(shown, time, percent);
	char text[32];

	if (us == -1)
		(void)snprintf(text, sizeof(text), "> %g s", (double)
		    meters_bound_us(METERS_BUCKETS - 1) / 1e6);
	else if (us < 1000000)
		(void)snprintf(text, sizeof(text), "%g ms",
		    (double)us / 1e3);
	else
		(void)snprintf(text, sizeof(text), "%g s", (double)us / 1e6);
	block_put(block, "%*s", WITHIN_WIDTH, text);
}

static void
put_times(struct block *block, const struct numbers *shown,
    enum meters_time time, const char *name)
{
	uint64_t most = 0;
	unsigned int i;

	if (numbers_ntimes(shown, time) == 0 || !block_line(block))
		return;
	block_put(block, "%-*s", NAME_WIDTH, name);
	put_within(block, shown, time, 50);
	put_within(block, shown, time, 95);
	put_within(block, shown, time, 99);
	for (i = 0; i <= METERS_BUCKETS; i++)
		if (shown->buckets[time][i] > most)
			most = shown->buckets[time][i];
	block_put(block, "   ");
	for (i = 0; i <= METERS_BUCKETS; i++)
		block_column(block, (double)shown->buckets[time][i] /
		    (double)most);
}

static void
make_times(struct block *block, const struct status *status)
{
	const struct numbers *shown = status_shown(status);

	if (numbers_ntimes(shown, METERS_MESSAGE_TIME) +
	    numbers_ntimes(shown, METERS_SIGN_TIME) +
	    numbers_ntimes(shown, METERS_DNS_TIME) == 0)
		return;
	(void)block_line(block);
	block_colour(block, PRINT_BOLD);
	block_put(block, "%-*s%*s%*s%*s   %s", NAME_WIDTH, "TIME",
	    WITHIN_WIDTH, "half in", WITHIN_WIDTH, "95 % in", WITHIN_WIDTH,
	    "99 % in", "0.5 ms ... 30 s");
	block_colour(block, PRINT_PLAIN);
	put_times(block, shown, METERS_MESSAGE_TIME, "messages");
	put_times(block, shown, METERS_SIGN_TIME, "signing");
	put_times(block, shown, METERS_DNS_TIME, "DNS");
}

/* -- Ceilings and keys --------------------------------------------------- */

static void
put_ceiling(struct block *block, const struct number_ceiling *ceiling)
{
	const double part = (double)ceiling->used / (double)ceiling->limit;
	char used[32], limit[32];

	if (!block_item(block))
		return;
	block_put(block, "%*.0f %%  ", NAME_WIDTH - 2, part * 100);
	block_bar(block, part, CEILING_BAR);
	block_put(block, "  %s of %s ", picture_number(ceiling->used, used),
	    picture_number(ceiling->limit, limit));
	block_put(block, "%s  ", ceiling_name((enum ceiling)ceiling->ceiling));
	if (block->column < block->style->columns)
		block_put_safe(block, ceiling->source,
		    block->style->columns - block->column);
}

/* Those that are used by half. */
static void
make_ceilings(struct block *block, const struct status *status)
{
	const struct numbers *total = status->total;
	size_t i;

	for (i = 0; i < total->nceilings && total->ceilings[i].used >=
	    total->ceilings[i].limit / 2; i++) {
		if (i == 0) {
			(void)block_line(block);
			block_colour(block, PRINT_BOLD);
			block_put(block, "CEILINGS");
			block_colour(block, PRINT_PLAIN);
		}
		if (i < MAX_SHOWN)
			put_ceiling(block, &total->ceilings[i]);
		else
			block->nleft_out++;
	}
	block->more = "countersign-doctor status --json";
}

static void
put_key(struct block *block, const struct keylist_key *key, int64_t now)
{
	const unsigned int columns = block->style->columns;
	const unsigned int domain = columns < MIN_WIDE_KEYS ? columns / 3 :
	    KEY_DOMAIN_WIDTH;
	char step[STATUS_STEP_SIZE];

	if (!block_item(block))
		return;
	block_put_safe(block, key->domain, domain - 1);
	block_fill(block, domain);
	block_put_safe(block, key->selector, KEY_SELECTOR_WIDTH - 1);
	block_fill(block, domain + KEY_SELECTOR_WIDTH);
	if (key->alarm[0] != '\0') {
		block_colour(block, PRINT_BAD);
		block_put_safe(block, key->alarm, columns > block->column ?
		    columns - block->column : 0);
		block_colour(block, PRINT_PLAIN);
		return;
	}
	status_key_step(key, now, step);
	block_put(block, "%s: %s", key->algorithm[0] == 'e' ? "Ed25519" :
	    "RSA", step);
}

static void
put_incomplete(struct block *block, const char *why)
{
	char text[STATUS_WHY_SIZE + 32], *safe;

	(void)snprintf(text, sizeof(text), "The list is incomplete: %s", why);
	if ((safe = print_safe_copy(text)) != NULL)
		block_wrap(block, safe, false, PRINT_BAD);
	free(safe);
}

static void
make_keys(struct block *block, const struct status *status)
{
	const struct status_keys *keys = status->keys;
	size_t i;

	(void)block_line(block);
	block_colour(block, PRINT_BOLD);
	block_put(block, "KEYS");
	block_colour(block, PRINT_PLAIN);
	if (keys == NULL) {
		block_put(block, "  ");
		block_put_safe(block, status->keys_why,
		    block->style->columns - block->column);
		return;
	}
	block_put(block, "  %zu sign%s, %zu in reserve", keys->nsigning,
	    keys->nsigning == 1 ? "s" : "", keys->nreserve);
	if (status->keys_why[0] != '\0')
		put_incomplete(block, status->keys_why);
	for (i = 0; i < keys->n; i++)
		if (i < MAX_SHOWN)
			put_key(block, &keys->list[i], status->now);
		else
			block->nleft_out++;
	block->nleft_out += keys->nleft_out;
	block->more = "countersign-key list";
}

void
status_print_text(FILE *fp, const struct status *status,
    const struct status_style *style)
{
	struct block *blocks;
	size_t i;

	if ((blocks = calloc(NPARTS, sizeof(*blocks))) == NULL) {
		(void)fputs("out of memory\n", fp);
		return;
	}
	for (i = 0; i < NPARTS; i++)
		block_init(&blocks[i], style);
	picture_head(&blocks[HEAD], status);
	picture_wrong(&blocks[WRONG], status);
	if (status->total != NULL) {
		make_mail(&blocks[MAIL], status);
		make_unsigned(&blocks[UNSIGNED], status);
		make_times(&blocks[TIMES], status);
		make_ceilings(&blocks[CEILINGS], status);
	}
	make_keys(&blocks[KEYS], status);
	blocks_print(fp, blocks, NPARTS, style);
	free(blocks);
}
