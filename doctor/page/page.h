/* SPDX-License-Identifier: ISC */

/*
 * Room doctor/page: one page of HTML about a period of mail, for people who do
 * not read logs.
 *
 * The page is complete in itself: no script, nothing is loaded, and a policy
 * for contents (default-src 'none') has the browser keep to that.
 */

#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include <stdint.h>
#include <stdio.h>

#include "journal/logs.h"
#include "page/account.h"
#include "page/keys.h"

struct page {
	const char		*host;		/* NULL: of another host */
	const char		*version;	/* of countersign */
	int64_t			 since, until;
	int64_t			 now;
	const struct account	*account;
	const struct logs	*logs;		/* what was read */
	const struct page_keys	*keys;		/* NULL: not known */
	/* Why, or why some are missing, a sentence; "": all are here. */
	const char		*keys_missing;
};

/*
 * Write the page.  Returns 0, or -1 if there is no SHA-256 for its policy;
 * whether all was written, the stream says.
 */
int	page_print(FILE *fp, const struct page *page);

#endif /* PAGE_PAGE_H */
