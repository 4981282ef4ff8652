/* SPDX-License-Identifier: ISC */

/*
 * libunbound contexts with the options of a resolver; only for resolver.c.
 */

#ifndef DNS_CONTEXT_H
#define DNS_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <unbound.h>

#include "resolver/resolver.h"

/*
 * Make a context that works in a thread and has read its files, so that errors
 * in them are found now and not when mail comes.  is_apart is for a context
 * that is used for one message only.  Returns NULL, with a text in error, if
 * that fails.
 */
struct ub_ctx	*dns_context_new(const struct dns_options *options,
		    bool is_apart, char *error, size_t errorsize);

/* NULL is allowed. */
void	dns_context_free(struct ub_ctx *ctx);

/* A deep copy; NULL when out of memory. */
struct dns_options *dns_options_copy(const struct dns_options *options);
/* NULL is allowed. */
void	dns_options_free(struct dns_options *options);

#endif /* DNS_CONTEXT_H */
