/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: the value of a DKIM-Signature field.  What is accepted is, as
 * it is hashed, the same signature without its b=, and hashes the same again.
 */

#include <stdint.h>
#include <stdlib.h>

#include "dkimsig/sigfield.h"

#define NAME	"dkim-signature"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct view value = view_of((const char *)data, len);
	static struct sigfield field, again;
	enum dkimsig_reason reason;
	struct buf first, second;
	int r;

	r = sigfield_parse(&field, value, &reason);
	if ((r == 0) != (reason == DKIMSIG_REASON_NONE))
		abort();
	if (r != 0)
		return 0;
	buf_init(&first, 2 * DKIMSIG_MAX_TAGLIST);
	buf_init(&second, 2 * DKIMSIG_MAX_TAGLIST);
	sigfield_write(&field, field.header_canon, view_str(NAME), value,
	    &first);
	value = view_of(first.data + sizeof(NAME), first.len - sizeof(NAME));
	if (sigfield_parse(&again, value, &reason) != 0 ||
	    again.siglen != 0 || strcmp(again.sdid, field.sdid) != 0 ||
	    strcmp(again.auid, field.auid) != 0 ||
	    again.body_length != field.body_length ||
	    again.names.nnames != field.names.nnames)
		abort();
	sigfield_write(&again, again.header_canon, view_str(NAME), value,
	    &second);
	if (!view_equal(buf_view(&first), buf_view(&second)))
		abort();
	buf_finish(&first);
	buf_finish(&second);
	return 0;
}
