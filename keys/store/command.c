/* SPDX-License-Identifier: ISC */

/*
 * The command that acts on a store, for messages: see keystore.h.
 *
 * Whoever obeys a message must change the keys that it is about, and not those
 * of the default configuration.
 */

#include "store/private.h"

void
ks_set_command(struct keystore *ks, const char *command)
{
	ks->command = command;
}

const char *
ks_command(const struct keystore *ks)
{
	return ks == NULL || ks->command == NULL ? "countersign-key" :
	    ks->command;
}
