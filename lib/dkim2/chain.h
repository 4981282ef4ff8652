/* SPDX-License-Identifier: ISC */

/*
 * Room lib/dkim2: the DKIM2 fields that a message arrived with, and the fields
 * that they cover.  Nothing is verified or signed here.
 *
 * This follows draft-ietf-dkim-dkim2-spec-09.  Of the format, which each draft
 * has changed, only the names of the two fields and the tags i=, m= and d= are
 * used.  Anyone can write such fields, so they decide nothing.
 */

#ifndef DKIM2_CHAIN_H
#define DKIM2_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dkimsig/dkimsig.h"

/* The highest i= or m= that is read: a field with a higher one is malformed. */
#define DKIM2_MAX_NUMBER	64
#define DKIM2_FAULT_SIZE	80	/* octets, with NUL */

enum dkim2_kind {
	DKIM2_OTHER,		/* not a field of DKIM2 */
	DKIM2_SIGNATURE,	/* DKIM2-Signature: one for each hop */
	DKIM2_INSTANCE		/* Message-Instance: one for each change */
};

struct dkim2_field {
	unsigned int	 hop;		/* i=; 0 in a Message-Instance */
	unsigned int	 instance;	/* m= */
	char		 domain[DKIMSIG_DOMAIN_SIZE];	/* d=, normalized */
};

/* All fields of one message; zeroed before the first one. */
struct dkim2_chain {
	unsigned int	 nfields;	/* of both kinds, also malformed */
	unsigned int	 nmalformed;
	unsigned int	 hops;		/* the highest i= */
	unsigned int	 instances;	/* the highest m= of an instance */
	unsigned int	 wanted;	/* the highest m= of a signature */
	unsigned int	 twice;		/* an i= of two fields, or 0 */
	unsigned int	 instance_twice;	/* the same of m= */
	uint64_t	 seen_hops, seen_instances;	/* bit 0: number 1 */
	char		 domain[DKIMSIG_DOMAIN_SIZE];	/* of the last hop */
};

enum dkim2_kind dkim2_kind(const char *name, size_t namelen);

/*
 * Read the value of a field of that kind: everything after the colon, folded or
 * not.  False if it has a tag twice, or lacks one of i=, m= and d= (of a
 * Message-Instance: m=).
 */
bool	dkim2_field_read(struct dkim2_field *field, enum dkim2_kind kind,
	    const char *value, size_t valuelen);

/* Look at a field of the message, of whatever name. */
void	dkim2_chain_field(struct dkim2_chain *chain, const char *name,
	    size_t namelen, const char *value, size_t valuelen);

/*
 * Write to buf what is wrong with the form of the chain; "" if nothing is, or
 * if there is no chain.  Returns buf.
 */
const char *dkim2_chain_fault(const struct dkim2_chain *chain,
	    char buf[DKIM2_FAULT_SIZE]);

#endif /* DKIM2_CHAIN_H */
