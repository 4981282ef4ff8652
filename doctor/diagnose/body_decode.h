/* SPDX-License-Identifier: ISC */

/*
 * Decode bodies that an MTA encoded because the next one did not offer 8BITMIME
 * (RFC 6152): undo functions for the table in body_undo.h.
 */

#ifndef BODY_DECODE_H
#define BODY_DECODE_H

#include <stdbool.h>
#include <stdio.h>

#include "diagnose/mailfile.h"

/*
 * Decode the whole body if the message's Content-Transfer-Encoding is that
 * encoding, else each part whose own field names it; this field then says 8bit.
 * Return false if nothing could be decoded.
 */
bool	body_decode_quoted_printable(const struct mailfile *mail, FILE *out);
bool	body_decode_base64(const struct mailfile *mail, FILE *out);

#endif /* BODY_DECODE_H */
