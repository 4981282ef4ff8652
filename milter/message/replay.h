/* SPDX-License-Identifier: ISC */

/*
 * How often each upstream signature has proven a message that we signed.
 * Whoever has one such message could send it again and again while its
 * signature is young enough, so uses are counted.
 *
 * All memory is allocated at the start.  Uses are remembered until the
 * signature is too old to be accepted; if the table is full, the caller must
 * not sign.  Counts do not survive a restart and are not shared between hosts.
 * Thread safe.
 */

#ifndef REPLAY_H
#define REPLAY_H

#include <stddef.h>
#include <stdint.h>

#define REPLAY_ENTRIES		65536
#define REPLAY_DIGEST_SIZE	32	/* octets */

enum replay_result {
	REPLAY_OK,		/* counted */
	REPLAY_SEEN,		/* used max_uses times before */
	REPLAY_FULL		/* no room to remember it */
};

struct replay;

/* NULL when out of memory. */
struct replay *replay_new(void);
void	replay_free(struct replay *replay);

/*
 * Count one use of the signature with that digest.  It is too old to be
 * accepted after expires; expires and now are seconds of the same clock.
 */
enum replay_result replay_use(struct replay *replay,
	    const unsigned char digest[REPLAY_DIGEST_SIZE], int64_t expires,
	    unsigned int max_uses, int64_t now);

/* Take one use back: the message was not signed after all. */
void	replay_return(struct replay *replay,
	    const unsigned char digest[REPLAY_DIGEST_SIZE]);

#endif /* REPLAY_H */
