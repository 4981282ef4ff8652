/* SPDX-License-Identifier: ISC */

/*
 * Fields of a DKIM2 chain, one a line, each "NAME:VALUE": numbers stay in their
 * range, and what is wrong with the chain fits its buffer.
 */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dkim2/chain.h"
#include "dkim2/covered.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dkim2_chain chain = { 0 };
	const char *p = (const char *)data, *end = p + size, *line, *colon;
	char fault[DKIM2_FAULT_SIZE];
	size_t namelen;

	for (; p < end; p = line + 1) {
		if ((line = memchr(p, '\n', (size_t)(end - p))) == NULL)
			line = end;
		if ((colon = memchr(p, ':', (size_t)(line - p))) != NULL) {
			namelen = (size_t)(colon - p);
			dkim2_chain_field(&chain, p, namelen, colon + 1,
			    (size_t)(line - (colon + 1)));
			assert(dkim2_kind(p, namelen) == DKIM2_OTHER ||
			    dkim2_covers(p, namelen));
		}
		if (line == end)
			break;
	}
	assert(chain.hops <= DKIM2_MAX_NUMBER);
	assert(chain.instances <= DKIM2_MAX_NUMBER);
	assert((chain.hops == 0) == (chain.domain[0] == '\0'));
	assert(chain.nmalformed <= chain.nfields);
	assert(memchr(dkim2_chain_fault(&chain, fault), '\0',
	    sizeof(fault)) != NULL);
	assert(chain.nfields > 0 || fault[0] == '\0');
	return 0;
}
