/* SPDX-License-Identifier: ISC */

/*
 * TSIG, RFC 8945: the key by which a DNS server knows who requests a change,
 * and we know who answers.
 */

#ifndef TSIG_H
#define TSIG_H

#include <stdint.h>

#include <ldns/ldns.h>

#include "config/user_file.h"
#include "dkimsig/dkimsig.h"
#include "store/keystore.h"

#define TSIG_MAX_FILE		4096	/* octets; a key file is shorter */
#define TSIG_SECRET_SIZE	512	/* base64 and its NUL */
#define TSIG_ALGORITHM_SIZE	16
#define TSIG_FUDGE		300	/* seconds that clocks may differ */

struct tsig_key {
	char	name[DKIMSIG_DOMAIN_SIZE];	/* without final dot */
	char	algorithm[TSIG_ALGORITHM_SIZE];	/* "hmac-sha256." */
	char	secret[TSIG_SECRET_SIZE];	/* base64 */
};

/*
 * Read a key file, as tsig-keygen(8) writes it, or in one line
 * [ALGORITHM:]NAME:SECRET; hmac-sha256 or hmac-sha512.  It must be as
 * user_file.h says of a secret that the user needs who runs rotation.
 * Returns 0, KS_E_SYSTEM, KS_E_UNSAFE or KS_E_DAMAGED; error names file and
 * line, or the commands that fix owner and mode.
 * tsig_key_wipe() when done, or on failure.
 */
int	tsig_key_read(const char *file, const struct file_user *user,
	    struct tsig_key *key, struct ks_error *error);
void	tsig_key_wipe(struct tsig_key *key);

/* Sign a message; false on failure. */
bool	tsig_sign(const struct tsig_key *key, ldns_pkt *message);

/*
 * Check that the sender of an answer has the key: NULL, or what is wrong with
 * it and how to fix it, static.  request is the message that was signed,
 * wire the answer as it came.
 */
const char *tsig_fault(const struct tsig_key *key, const ldns_pkt *request,
	    ldns_pkt *answer, const uint8_t *wire, size_t len, int64_t now);

#endif /* TSIG_H */
