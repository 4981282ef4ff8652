/* SPDX-License-Identifier: ISC */

/*
 * Presets: what is known of how a platform marks its customers' mail.
 */

#ifndef PRESET_H
#define PRESET_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"

/* A rule about a header field, to be given the tenants as its values. */
struct preset_rule {
	const char	*name;
	enum header_compare	compare;
	bool		 optional;
	bool		 proves_tenant;
};

struct preset {
	const char	*name;
	const char	*date;		/* of the last look at its sources */
	const char	*tenant;	/* what a tenant is called there */
	const struct preset_rule *rules;
	size_t		 nrules;
};

/* The preset of that name; NULL if there is none. */
const struct preset *preset_find(const char *name);
/* The names of all, for a message. */
const char *preset_names(void);

#endif /* PRESET_H */
