/* SPDX-License-Identifier: ISC */

/*
 * Giving the key of an epoch to a host: see give_epoch.h.
 *
 * Nothing here decides who gets one: the member list does, and the host that
 * takes it verifies the row against its own.
 */

#include "membership/give_epoch.h"

static const char put_wrap[] = "SELECT countersign.put_wrap($1, $2, $3, $4, "
    "$5)";

int
fleet_give(const struct fleet_giver *giver, unsigned int epoch,
    const char *host, X509 *cert, struct ks_error *error)
{
	unsigned char signature[FLEET_SIGNATURE];
	char number[FLEET_NUMBER_SIZE];
	struct fleet_value values[5];
	enum fleet_db_result result;
	struct fleet_db_error why;
	struct fleet_wrap wrap;
	int r;

	if ((r = fleet_wrap_make(&wrap, giver->epochs, epoch, giver->members,
	    host, cert, giver->name, error)) != 0)
		return r;
	values[0] = fleet_number(epoch, number);
	values[1] = fleet_text(host);
	values[2] = fleet_octets(wrap.octets, wrap.len);
	values[3] = fleet_octets(signature, sizeof(signature));
	values[4] = fleet_octets(wrap.blob, wrap.bloblen);
	if (fleet_sign(giver->keys->sign, wrap.octets, wrap.len,
	    signature) != 0)
		r = fleet_fail(error, KS_E_CRYPTO, "cannot sign the key of an "
		    "epoch");
	else if ((result = fleet_db_run(giver->db, put_wrap, values, 5, NULL,
	    &why)) != FLEET_DB_DONE)
		r = fleet_fail(error, result == FLEET_DB_AWAY ? KS_E_SYSTEM :
		    KS_E_EXISTS, why.text);
	fleet_wrap_finish(&wrap);
	return r;
}
