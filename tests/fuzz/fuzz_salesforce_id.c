/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a Salesforce id.  What is accepted is equal to itself in both
 * forms.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/salesforce_id.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char id[SALESFORCE_ID_SIZE], text[SALESFORCE_ID_LENGTH + 4];

	if (salesforce_id_parse((const char *)data, len, id) != 0)
		return 0;
	memcpy(text, id, SALESFORCE_ID_LENGTH);
	salesforce_id_suffix(id, text + SALESFORCE_ID_LENGTH);
	if (!salesforce_id_equal(id, text, SALESFORCE_ID_LENGTH) ||
	    !salesforce_id_equal(id, text, SALESFORCE_ID_LENGTH + 3) ||
	    !salesforce_id_equal(id, (const char *)data, len))
		abort();
	return 0;
}
