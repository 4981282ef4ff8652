/* SPDX-License-Identifier: ISC */

/*
 * What the parts of the picture share.
 */

#ifndef STATUS_PICTURE_H
#define STATUS_PICTURE_H

#include <stdint.h>

#include "base/rfc3339.h"
#include "status/block.h"
#include "status/status.h"

/* A number with commas, as people read it. */
const char *picture_number(uint64_t n, char text[32]);

/* "2026-11-28 01:40Z": short enough for the head of a column. */
const char *picture_minute(int64_t time, char text[RFC3339_SIZE]);

void	picture_head(struct block *block, const struct status *status);
void	picture_wrong(struct block *block, const struct status *status);

#endif /* STATUS_PICTURE_H */
