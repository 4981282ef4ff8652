/* SPDX-License-Identifier: ISC */

/*
 * The lives of keys: a line for each from its making to the removal of its
 * record, and the table of their times.
 */

#ifndef PAGE_LIVES_H
#define PAGE_LIVES_H

#include <stdio.h>

#include "page/keys.h"

void	lives_print(FILE *fp, const struct page_keys *keys, int64_t now);

#endif /* PAGE_LIVES_H */
