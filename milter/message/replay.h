/* SPDX-License-Identifier: ISC */

/*
 * Signatures that messages arrived with and that were used to have one signed
 * here: whoever has one such message can send it again and again while its
 * signature is young enough, so uses are counted.
 *
 * Memory is bounded and allocated at the start.  A use is remembered until
 * the signature is too old to be used at all; if there is no room the caller
 * must not go on.  It is not kept over a restart, nor shared between hosts.
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
	REPLAY_FULL
};

struct replay;

/* NULL when out of memory. */
struct replay *replay_new(void);
void	replay_free(struct replay *replay);

/*
 * Use a signature, known by a digest, once more.  expires is when it will be
 * too old, now what time it is; both of the same clock.
 */
enum replay_result replay_use(struct replay *replay,
	    const unsigned char digest[REPLAY_DIGEST_SIZE], int64_t expires,
	    unsigned int max_uses, int64_t now);

/* Give one use back: the message was not signed after all. */
void	replay_return(struct replay *replay,
	    const unsigned char digest[REPLAY_DIGEST_SIZE]);

#endif /* REPLAY_H */
