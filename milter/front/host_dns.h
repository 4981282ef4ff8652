/* SPDX-License-Identifier: ISC */

/*
 * The resolver of a configuration, which asks the DNS servers of the host if
 * the configuration names none, and follows resolv.conf(5).  One that is stuck
 * is replaced.
 */

#ifndef HOST_DNS_H
#define HOST_DNS_H

#include <stddef.h>

#include "config/config.h"
#include "resolver/resolver.h"

/*
 * Make the resolver of a configuration that will be the current one.  *resolver
 * is NULL if no source needs DNS.  Returns 0, or -1 with a text in error.
 */
int	host_dns_open(const struct config *config,
	    struct dns_resolver **resolver, char *error, size_t errorsize);

/* Contexts of libunbound that are left, until the process ends instead. */
#define HOST_DNS_MAX_LEFT	16

/*
 * If the current resolver is stuck, or the host now has other servers than it
 * asks, replace it; lookups in progress finish with the old one.  Not at the
 * same time as a reload: both are for the control thread.
 */
void	host_dns_attend(void);

#endif /* HOST_DNS_H */
