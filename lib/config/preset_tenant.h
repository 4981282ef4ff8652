/* SPDX-License-Identifier: ISC */

/*
 * The tenants of a source, and the placeholders by which a preset's values
 * name them:
 *
 *	%tenant%	each, of whatever kind
 *	%salesforce-id%	each that is the id of a Salesforce organization
 *	%guid%		each that is a GUID
 *	%domain%	each that is a domain
 *	%dashed-domain%	the same with hyphens for dots
 *	%text%		each that is none of these
 */

#ifndef PRESET_TENANT_H
#define PRESET_TENANT_H

#include <stddef.h>

#include "config/private.h"

struct preset_tenant {
	const char	*kind;		/* "salesforce-id" ... */
	char		*text;		/* as it is compared */
};

struct preset_tenants {
	struct preset_tenant *list;
	size_t		 n;
};

/*
 * The tenants of source, each of a kind that the preset takes; those that are
 * none are faults.  0, or -1 when out of memory or after a fault.
 */
int	preset_tenants_take(struct preset_tenants *tenants,
	    struct config_builder *builder, const struct config_node *preset,
	    const struct config_node *source);
void	preset_tenants_finish(struct preset_tenants *tenants);

/* Add a value to setting for each tenant that its placeholder stands for, or
 * the value as it is.  0, or -1 when out of memory. */
int	preset_tenants_expand(const struct preset_tenants *tenants,
	    const char *text, struct config_setting *setting,
	    unsigned int line);

/* The kinds that a preset takes, in words. */
void	preset_tenants_kinds(const struct config_node *preset, char *buf,
	    size_t bufsize);

#endif /* PRESET_TENANT_H */
