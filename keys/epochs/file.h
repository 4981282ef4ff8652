/* SPDX-License-Identifier: ISC */

/*
 * The epoch keys of this host, as they came: the file
 *
 *	keydir/.fleet/epochs
 *
 * with the first line "countersign-fleet-epochs 1", and then for each epoch a
 * line
 *
 *	wrap OCTETS SIGNATURE BLOB
 *
 * in base64: the row, and its envelope for this host's certificate.  So the
 * file has no secret but for who has wrap.key.  Each time that it is read, each
 * row is verified and each envelope opened.
 */

#ifndef EPOCHS_FILE_H
#define EPOCHS_FILE_H

#include "epochs/epoch.h"
#include "epochs/hostkeys.h"

#define FLEET_MAX_WRAP	8192	/* octets of a row, and of its envelope */

/*
 * Take all epochs of a text for the host of that name.  Returns 0, KS_E_NOMEM,
 * or KS_E_DAMAGED; the error names the line, and there are no epochs then.
 */
int	fleet_epochs_load(struct fleet_epochs *epochs, const char *text,
	    size_t len, const struct fleet_members *members, const char *host,
	    const struct fleet_hostkeys *keys, struct ks_error *error);

/*
 * Add a row, which fleet_wrap_take() took, to a text; *text may be NULL.  It is
 * reallocated.  Returns 0 or KS_E_NOMEM.
 */
int	fleet_epochs_add(char **text, size_t *len,
	    const struct fleet_wrap *wrap,
	    const unsigned char signature[FLEET_SIGNATURE]);

#endif /* EPOCHS_FILE_H */
