/* SPDX-License-Identifier: ISC */

/*
 * How long signatures are valid (x= of RFC 6376 section 3.5): "expire" of the
 * section signature and of sources, and the longest of them, by which signers
 * limit x= and records are kept in the DNS.
 *
 * Cannot fail but by faults in the values.
 */

#include "config/private.h"

#include <string.h>

#define DAY		INT64_C(86400)
/*
 * Signatures without x= never expire, but mail is verified when it arrives, or
 * within days if a filter is late.  The default of "expire" is the same.
 */
#define ENDLESS		(7 * DAY)

void
config_parse_expire(struct config_builder *builder,
    const struct config_setting *setting, int64_t *expire)
{
	long long seconds;

	if (strcmp(setting->values[0].text, "0") == 0)
		*expire = 0;
	else if (config_parse_duration(builder, setting, 3600, 366 * DAY,
	    "from 1h to 366d, or 0 for none", &seconds))
		*expire = seconds;
}

void
config_collect_expire(struct config_builder *builder)
{
	struct config *config = builder->config;
	int64_t expire, longest = 0, needed = 0;
	bool is_endless = false;
	size_t i;

	for (i = 0; i < config->nsources || i == 0; i++) {
		expire = config->nsources > 0 ? config->sources[i].expire :
		    config->expire;
		is_endless |= expire == 0;
		if (expire > longest)
			longest = expire;
		if (expire == 0)
			expire = ENDLESS;
		if (expire > needed)
			needed = expire;
	}
	config->longest_expire = is_endless ? 0 : longest;
	config->signature_lifetime = needed;
}

int64_t
config_longest_queue(const struct config *config, const struct source *source)
{
	const struct rotation *rotation;
	int64_t queue, longest = 0;
	size_t i;

	for (i = 0; i < source->domains.n; i++) {
		/* A pattern has the section of its subdomains. */
		rotation = config_rotation(config, source->domains.texts[i]);
		queue = rotation->queue_lifetime != ROTATION_AUTO ?
		    rotation->queue_lifetime : CONFIG_POSTFIX_QUEUE;
		if (queue > longest)
			longest = queue;
	}
	return longest;
}
