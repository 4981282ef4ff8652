/* SPDX-License-Identifier: ISC */

/*
 * Room keys/sync: the keys of a store on several hosts without a database.
 *
 * One host rotates; it pushes states and private keys to the others, usually
 * through ssh, where "countersign-key receive" takes them.
 *
 * The protocol: lines of printable US-ASCII, at most SYNC_MAX_LINE octets with
 * the newline; fields are separated by one space.  The host that pushes begins:
 *
 *	countersign-sync VERSION STORE HASH NAME TERM PUSH CHALLENGE
 *
 * STORE, HASH and NAME are those of its file rotator, TERM and PUSH those of
 * generation; CHALLENGE is a random number.  The other host answers with
 *
 *	ready NAME		its own name
 *	refused TEXT		and ends
 *
 * Then there are any number of requests, each of which gets answers.  Requests
 * may be sent before earlier ones are answered; they are answered in order.
 *
 *	have DOMAIN DIGEST	the state and the key files that there should be
 *	gone DOMAIN		the domain was removed and archived
 *	domain DOMAIN NLINES NKEYS
 *				followed by NLINES times "line", the state as in
 *				its file, NKEYS times "key", and "commit"
 *	line TEXT
 *	key SELECTOR BASE64	a private key, PKCS#8 in DER
 *	commit DOMAIN DIGEST	as in have
 *	end			nothing follows
 *
 * The answers:
 *
 *	used DOMAIN SELECTOR TIME	the last use of a key that has retired,
 *					in seconds since 1970, or -
 *	proof DOMAIN SELECTOR BASE64	a test signature, see proof.h
 *	same DOMAIN		it is so; this answers have
 *	want DOMAIN		it is not; this answers have
 *	taken DOMAIN		it is so now; this answers commit and gone
 *	failed DOMAIN TEXT	nothing was changed, or not all; answers any
 *	done			answers end
 *
 * used and proof come before the answer proper.  Nothing else is allowed, and
 * whoever reads anything else ends the connection.
 */

#ifndef SYNC_PROTOCOL_H
#define SYNC_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include "store/generation.h"
#include "store/keystore.h"
#include "store/replica.h"
#include "store/rotator.h"

#define SYNC_VERSION		1
#define SYNC_MAX_LINE		16384	/* octets, newline included */
#define SYNC_MAX_DOMAINS	100000	/* in one push */
#define SYNC_CHALLENGE_SIZE	65	/* 64 hexadecimal digits and NUL */
#define SYNC_SILENCE_S		120	/* seconds that a peer may be silent */

enum sync_kind {
	SYNC_HELLO,
	SYNC_HAVE,
	SYNC_GONE,
	SYNC_DOMAIN,
	SYNC_LINE,
	SYNC_KEY,
	SYNC_COMMIT,
	SYNC_END,
	/* Answers. */
	SYNC_READY,
	SYNC_REFUSED,
	SYNC_USED,
	SYNC_PROOF,
	SYNC_SAME,
	SYNC_WANT,
	SYNC_TAKEN,
	SYNC_FAILED,
	SYNC_DONE
};

/* A line that was read; only the members that its kind has are set. */
struct sync_message {
	enum sync_kind		 kind;
	struct ks_holder	 holder;
	struct ks_generation	 generation;
	char			 challenge[SYNC_CHALLENGE_SIZE];
	char			 name[KS_HOST_NAME_SIZE];
	char			 domain[DKIMSIG_DOMAIN_SIZE];
	char			 selector[KS_SELECTOR_SIZE];
	char			 digest[KS_DIGEST_SIZE];
	size_t			 nlines, nkeys;
	int64_t			 when;		/* or KS_NEVER */
	const char		*rest;		/* TEXT or BASE64, in a line */
};

/*
 * Read a line without its newline; it is changed, and the message borrows it.
 * Returns 0, or KS_E_FORMAT for another version of the protocol, or KS_E_ARG;
 * the error names the line's first word and the field.
 */
int	sync_message_parse(char *line, struct sync_message *message,
	    struct ks_error *error);

/* The first word of a kind of line; static. */
const char *sync_word(enum sync_kind kind);

/* Lines in octets that arrive in pieces. */
struct sync_lines {
	char	text[SYNC_MAX_LINE];
	size_t	len;
	size_t	number;		/* of the line that is being read, from 0 */
};

/*
 * Add octets, and call take for each line that is complete, without its
 * newline, which it may change.  Returns 0, KS_E_ARG for a line that is too
 * long or contains other characters, or what take returns, if that is not 0.
 * Lines are wiped after use.
 */
int	sync_lines_add(struct sync_lines *lines, const char *chunk, size_t len,
	    int (*take)(void *context, char *line), void *context,
	    struct ks_error *error);

#endif /* SYNC_PROTOCOL_H */
