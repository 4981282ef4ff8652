/* SPDX-License-Identifier: ISC */

/*
 * The tenants of a source, and the placeholders by which a preset's values
 * name them:
 *
 *	%tenant%	each tenant of any kind
 *	%salesforce-id%	each id of a Salesforce organization
 *	%guid%		each GUID
 *	%domain%	each domain
 *	%dashed-domain%	each domain, with its dots replaced by hyphens
 *	%text%		each tenant of another kind
 */

#ifndef PRESET_TENANT_H
#define PRESET_TENANT_H

#include <stddef.h>

#include "config/private.h"

struct preset_tenant {
	const char	*kind;		/* "salesforce-id" ... */
	char		*text;		/* in the form that is compared */
};

struct preset_tenants {
	struct preset_tenant *list;
	size_t		 n;
};

/*
 * Read the tenants of a source; each must be of a kind that the preset accepts.
 * Returns 0, or -1 after a fault or when out of memory.
 */
int	preset_tenants_take(struct preset_tenants *tenants,
	    struct config_builder *builder, const struct config_node *preset,
	    const struct config_node *source);
void	preset_tenants_finish(struct preset_tenants *tenants);

/* Add a value to setting once for each tenant that its placeholder stands for,
 * or as it is if it has none.  0, or -1 when out of memory. */
int	preset_tenants_expand(const struct preset_tenants *tenants,
	    const char *text, struct config_setting *setting,
	    unsigned int line);

/* The kinds that a preset accepts, in words. */
void	preset_tenants_kinds(const struct config_node *preset, char *buf,
	    size_t bufsize);

#endif /* PRESET_TENANT_H */
