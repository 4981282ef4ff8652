/* SPDX-License-Identifier: ISC */

/*
 * Decode bodies that were reencoded on their way: the undo functions of
 * body_undo.h for RFC 6152 downgrades and character sets.
 */

#ifndef BODY_DECODE_H
#define BODY_DECODE_H

#include <stdbool.h>
#include <stdio.h>

#include "diagnose/mailfile.h"

/* The whole body by the message's Content-Transfer-Encoding, or each part of
 * a multipart one by its own, which then is 8bit again. */
bool	body_decode_quoted_printable(const struct mailfile *mail, FILE *out);
bool	body_decode_base64(const struct mailfile *mail, FILE *out);

#endif /* BODY_DECODE_H */
