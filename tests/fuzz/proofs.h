/* SPDX-License-Identifier: ISC */

/* What holds of every configuration that was accepted. */

#ifndef PROOFS_H
#define PROOFS_H

#include "config/config.h"

/* Abort if a source would sign without a proof of whose mail it is. */
void	check_proofs(const struct config *config);

#endif /* PROOFS_H */
