/* SPDX-License-Identifier: ISC */

/*
 * The style sheet of the page, and its digest for the page's policy for
 * contents, which allows this style sheet and nothing else.
 */

#ifndef PAGE_STYLE_H
#define PAGE_STYLE_H

#include <stdbool.h>

#define STYLE_DIGEST_SIZE	48	/* base64 of SHA-256, and a NUL */

extern const char style_sheet[];

/* "sha256-..." without its first word; false if there is no SHA-256. */
bool	style_digest(char digest[STYLE_DIGEST_SIZE]);

#endif /* PAGE_STYLE_H */
