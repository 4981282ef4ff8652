/* SPDX-License-Identifier: ISC */

/*
 * Text of a canonical body on its way to the digest.  Errors are recorded in
 * the body.
 */

#ifndef CANON_WRITE_H
#define CANON_WRITE_H

#include <stddef.h>

#include "dkimsig/bodyscan.h"
#include "dkimsig/canon.h"

/* Write canonical text, at most up to the limit of the body. */
void	canon_write(struct canon_body *c, const char *data, size_t len);

/*
 * Write the octets from begin to end of a batch without blanks that the map
 * removes, and with spaces for tabs.  The last one is text.
 */
void	canon_write_changed(struct canon_body *c, const char *batch,
	    size_t begin, size_t end, const struct bodymap *map);

/* Hash what waits in the buffer. */
void	canon_flush(struct canon_body *c);

#endif /* CANON_WRITE_H */
