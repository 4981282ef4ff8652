/* SPDX-License-Identifier: ISC */

/*
 * A front that somebody has taken over, against the real signer: what it asks
 * for, and what it may get.
 */

#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "base/ipc.h"
#include "base/wire.h"
#include "dkimsig/dkimsig.h"

#define HOSTILE_CEILING		7200	/* seconds: of x= */
#define HOSTILE_MAX_WIRE	400000	/* octets of a request */

/* A key in the store. */
struct target {
	const char	*domain, *stream, *selector;
	enum dkimsig_algorithm algorithm;
	int64_t		 active_from, retire_at;
	bool		 is_revoked;
	bool		 may_sign;
};

extern const struct target targets[];
extern const size_t ntargets;

/* A series of numbers that depends on the seed alone. */
struct chance {
	uint64_t	state;
};

uint64_t chance_next(struct chance *chance);
/* One of n numbers. */
size_t	chance_of(struct chance *chance, size_t n);

enum wire_kind {
	WIRE_MESSAGE,		/* payload of that type, well packed */
	WIRE_PACKETS,		/* octets of a packet, header included */
	WIRE_DESCRIPTOR,	/* the same with a descriptor */
	WIRE_FLOOD		/* the message very often, answers unread */
};

/* A request of a hostile front. */
struct attack {
	enum wire_kind	 kind;
	uint8_t		 type;		/* enum ipc_type */
	bool		 is_right;	/* nothing in it is wrong */
	bool		 may_close;	/* the signer may close the socket */
	struct wire_writer wire;
};

/* Make the next request; the caller finishes attack->wire. */
void	attack_make(struct chance *chance, int64_t now, struct attack *attack);
/* A request for one right block, for that target. */
void	attack_make_right(const struct target *target, int64_t now,
	    struct attack *attack);

/* A block of a request. */
struct asked {
	char	domain[512], stream[512], selector[512];
	uint8_t	algorithm;
	const unsigned char *tbs;
	size_t	tbslen;
};

/*
 * Whether policy allows the signature at that time; if not, *why says why.
 * Independent of the parsers of the product.
 */
bool	oracle_allows(const struct asked *asked, int64_t now,
	    const char **why);

#endif /* HOSTILE_H */
