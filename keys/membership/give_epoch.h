/* SPDX-License-Identifier: ISC */

/*
 * Giving the key of an epoch to a host: enveloped for its certificate, signed
 * by this host, and written to the database.
 */

#ifndef MEMBERSHIP_GIVE_EPOCH_H
#define MEMBERSHIP_GIVE_EPOCH_H

#include "database/connection.h"
#include "epochs/epoch.h"
#include "epochs/hostkeys.h"

struct fleet_giver {
	struct fleet_db			*db;
	const struct fleet_members	*members;	/* in force */
	const struct fleet_epochs	*epochs;
	const struct fleet_hostkeys	*keys;		/* of this host */
	const char			*name;		/* of this host */
};

/*
 * The host is admitted, and cert is its certificate.  A key that was given
 * before is given again.  Returns 0 or KS_E_*, as fleet_wrap_make();
 * KS_E_SYSTEM if the database is away, KS_E_EXISTS if it refuses.
 */
int	fleet_give(const struct fleet_giver *giver, unsigned int epoch,
	    const char *host, X509 *cert, struct ks_error *error);

#endif /* MEMBERSHIP_GIVE_EPOCH_H */
