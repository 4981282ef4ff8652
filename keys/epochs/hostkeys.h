/* SPDX-License-Identifier: ISC */

/*
 * The keys of this host: with one it signs (Ed25519), for the other it is given
 * the keys of epochs (P-256).  They never leave it:
 *
 *	keydir/.fleet/host.key		signs; as a key file of a domain
 *	keydir/.fleet/wrap.key		opens; the same
 *	keydir/.fleet/wrap.crt		its certificate, PEM
 *
 * On a sealed store both private keys are sealed (store/fleet_file.h): a copy
 * of the store opens nothing and signs no rows.  The certificate is public, and
 * the file "epochs" has only envelopes for it.
 *
 * A certificate that is made again has another digest.  So the three are made
 * once, before the host is in a member list, and never replaced.
 */

#ifndef EPOCHS_HOSTKEYS_H
#define EPOCHS_HOSTKEYS_H

#include "signed/members.h"

struct fleet_hostkeys {
	EVP_PKEY	*sign, *wrap;
	X509		*cert;
};

/*
 * Make those that do not exist, and load all: run again, it completes what was
 * begun.  Also for a host that is in no list yet.  As fleet_hostkeys_load().
 */
int	fleet_hostkeys_make(struct keystore *ks, const char *host,
	    struct fleet_hostkeys *keys, struct ks_error *error);

/*
 * Load them.  fleet_hostkeys_finish() frees them, and accepts zeroed ones.
 * Returns 0, KS_E_NOKEY if one does not exist, KS_E_UNSAFE, KS_E_SEALED if this
 * process cannot open them, KS_E_DAMAGED, or another KS_E_*.
 */
int	fleet_hostkeys_load(struct keystore *ks, struct fleet_hostkeys *keys,
	    struct ks_error *error);
void	fleet_hostkeys_finish(struct fleet_hostkeys *keys);

/* This host as a member list names it, without numbers.  0 or KS_E_*. */
int	fleet_hostkeys_host(const struct fleet_hostkeys *keys,
	    const char *name, struct fleet_host *host);

/* Whether the host of that name, admitted or expelled, has these keys. */
bool	fleet_hostkeys_are_of(const struct fleet_hostkeys *keys,
	    const struct fleet_members *members, const char *name);

#endif /* EPOCHS_HOSTKEYS_H */
