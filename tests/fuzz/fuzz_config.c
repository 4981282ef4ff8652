/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: the text of a configuration file.  Either there is a
 * configuration, and no faults, or none; and what is accepted never has a
 * source that signs for everybody.
 */

#include <stdint.h>
#include <stdlib.h>

#include "config/private.h"
#include "proofs.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct config *config;
	size_t nfaults, printedlen;
	char *printed = NULL;
	FILE *faults;

	if ((faults = open_memstream(&printed, &printedlen)) == NULL)
		return 0;
	config = config_load_text("f", (const char *)data, len, faults,
	    &nfaults);
	fclose(faults);
	if ((config == NULL) != (nfaults > 0) ||
	    (config == NULL) != (printedlen > 0))
		abort();
	if (config != NULL)
		check_proofs(config);
	config_unref(config);
	free(printed);
	return 0;
}
