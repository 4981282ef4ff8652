/* SPDX-License-Identifier: ISC */

/*
 * Contexts of libunbound, with the options of a resolver; for resolver.c alone.
 */

#ifndef DNS_CONTEXT_H
#define DNS_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <unbound.h>

#include "resolver/resolver.h"

/*
 * A context that works in a thread, and has read its files: what is wrong
 * with them is known now and not when mail comes.  Or NULL with a text.  One
 * that is apart is for the questions of one message, others are for all.
 */
struct ub_ctx	*dns_context_new(const struct dns_options *options,
		    bool is_apart, char *error, size_t errorsize);

/* NULL is allowed. */
void	dns_context_free(struct ub_ctx *ctx);

/* A copy that borrows nothing; NULL: out of memory. */
struct dns_options *dns_options_copy(const struct dns_options *options);
/* NULL is allowed. */
void	dns_options_free(struct dns_options *options);

#endif /* DNS_CONTEXT_H */
