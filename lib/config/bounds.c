/* SPDX-License-Identifier: ISC */

/*
 * What the process that loads a configuration can use of it.
 *
 * A front that serves has given up all but the folders and ports that it had
 * named at its start.  It would only fail to open what a new configuration
 * names elsewhere, for a reason that file modes do not show.  So this is found
 * here, where line and option are known.
 *
 * Nothing can fail; a value that is out of bounds is a fault.
 */

#include "config/private.h"

bool
config_may_use(struct config_builder *builder, enum config_use use,
    const char *value, const char *option, const char *text,
    unsigned int line)
{
	const struct config_bounds *bounds = builder->bounds;

	if (bounds == NULL || bounds->allow(bounds->arg, use, value, line))
		return true;
	builder->is_out = true;
	config_fault(&builder->faults, line, "%s: %s: needs a restart: since "
	    "its start, the process can use only the %s that it began with",
	    option, text, use == CONFIG_ASKS ? "ports" : "directories");
	return false;
}
