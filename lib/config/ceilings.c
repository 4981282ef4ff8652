/* SPDX-License-Identifier: ISC */

/*
 * The section ceilings of a source: how much of its mail is signed.
 *
 * Without an action, only messages_per_hour defers mail: a ceiling of
 * recipients would defer a message for all of its recipients because of one.  A
 * section without any ceiling is reported, as it would count nothing.
 */

#include "config/private.h"

#include <string.h>

#define MOST_MESSAGES	100000000
/* These say how many there is room for, 32 octets each. */
#define MOST_RECIPIENTS	1000000

static const struct {
	enum ceiling	ceiling;
	uint32_t	least, most;
} ranges[] = {
	{ CEILING_MESSAGES,		1, MOST_MESSAGES },
	{ CEILING_RECIPIENTS_HOUR,	1, MOST_RECIPIENTS },
	{ CEILING_RECIPIENTS_DAY,	1, MOST_RECIPIENTS },
	{ CEILING_PER_RECIPIENT,	1, MOST_MESSAGES },
	{ CEILING_PER_BODY,		1, MOST_MESSAGES },
	/* Times as many as usual. */
	{ CEILING_UNUSUAL,		2, 1000 },
};

/* All that can defer mail. */
#define DEFERRING	(1u << CEILING_MESSAGES | \
			1u << CEILING_RECIPIENTS_HOUR | \
			1u << CEILING_RECIPIENTS_DAY | \
			1u << CEILING_PER_RECIPIENT | 1u << CEILING_PER_BODY)

static void
apply_action(struct config_builder *builder, const struct config_node *node,
    struct ceilings *ceilings)
{
	const struct config_setting *setting = config_setting(node, "action");
	const char *text;

	ceilings->defers = 1u << CEILING_MESSAGES;
	if (setting == NULL)
		return;
	text = setting->values[0].text;
	if (strcmp(text, "alarm") == 0)
		ceilings->defers = 0;
	else if (strcmp(text, "tempfail") == 0)
		ceilings->defers = DEFERRING;
	else
		config_fault(&builder->faults, setting->values[0].line,
		    "\"action\" is \"%s\"; it must be alarm or tempfail", text);
}

void
config_apply_ceilings(struct config_builder *builder,
    const struct config_node *node, struct source *source)
{
	const struct config_node *below = config_node(node, "ceilings");
	const struct config_setting *setting;
	struct ceilings *ceilings = &source->ceilings;
	long long n;
	size_t i, nset = 0;

	if (below == NULL)
		return;
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		setting = config_setting(below,
		    ceiling_name(ranges[i].ceiling));
		if (setting == NULL)
			continue;
		nset++;
		if (config_parse_number(builder, setting, ranges[i].least,
		    ranges[i].most, &n))
			ceilings->max[ranges[i].ceiling] = (uint32_t)n;
	}
	apply_action(builder, below, ceilings);
	if (nset == 0 && below->is_complete)
		config_fault(&builder->faults, below->line, "the section "
		    "\"ceilings\" of source \"%s\" has no ceiling; add one, "
		    "such as messages_per_hour = 500, or remove it",
		    node->title);
}
