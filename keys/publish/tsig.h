/* SPDX-License-Identifier: ISC */

/*
 * TSIG, RFC 8945: the shared key with which we sign requests to a DNS server,
 * and the server signs its answers.
 */

#ifndef TSIG_H
#define TSIG_H

#include <stdint.h>

#include <ldns/ldns.h>

#include "config/user_file.h"
#include "dkimsig/dkimsig.h"
#include "record/packet_write.h"
#include "store/keystore.h"

#define TSIG_MAX_FILE		4096	/* octets; a key file is shorter */
#define TSIG_SECRET_SIZE	512	/* octets of base64, with NUL */
#define TSIG_ALGORITHM_SIZE	16	/* octets, with NUL */
#define TSIG_MAX_MAC		64	/* octets, of hmac-sha512 */
#define TSIG_FUDGE		300	/* seconds that clocks may differ */

struct tsig_key {
	char	name[DKIMSIG_DOMAIN_SIZE];	/* without final dot */
	char	algorithm[TSIG_ALGORITHM_SIZE];	/* "hmac-sha256." */
	char	secret[TSIG_SECRET_SIZE];	/* base64 */
};

/*
 * Read a key file, in the form that tsig-keygen(8) writes or as one line
 * [ALGORITHM:]NAME:SECRET.  The algorithm is hmac-sha256 (the default) or
 * hmac-sha512.  The file must obey the rule in user_file.h for secrets that
 * this user, who runs rotation, needs.
 *
 * Returns 0, KS_E_SYSTEM, KS_E_UNSAFE or KS_E_DAMAGED; error names the file and
 * the line, or the commands that fix owner and mode.  Call tsig_key_wipe() when
 * the key is no longer needed, also after an error.
 */
int	tsig_key_read(const char *file, const struct file_user *user,
	    struct tsig_key *key, struct ks_error *error);
void	tsig_key_wipe(struct tsig_key *key);

/* A MAC, or nothing if len is 0. */
struct tsig_mac {
	uint8_t	octets[TSIG_MAX_MAC];
	size_t	len;
};

/*
 * Add a TSIG record, made at the time now (seconds since 1970), to a message.
 * Gets its MAC, for tsig_fault().  On failure packet->failed is true.
 */
void	tsig_sign(const struct tsig_key *key, struct packet *packet,
	    int64_t now, struct tsig_mac *mac);

/*
 * Check that an answer was signed with the key, for the request that had that
 * MAC, and at a time near now.  wire has len octets, the answer as received,
 * that ldns has parsed.  Returns NULL if the answer can be trusted; otherwise a
 * static text with what is wrong and how to fix it.
 */
const char *tsig_fault(const struct tsig_key *key,
	    const struct tsig_mac *request, const ldns_pkt *answer,
	    const uint8_t *wire, size_t len, int64_t now);

#endif /* TSIG_H */
