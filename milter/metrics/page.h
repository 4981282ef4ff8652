/* SPDX-License-Identifier: ISC */

/*
 * A text that grows, up to a limit; and values of labels in it.
 */

#ifndef PAGE_H
#define PAGE_H

#include <stddef.h>

struct page {
	char	*text;
	size_t	 len, size, max;
	int	 error;		/* ENOMEM, EFBIG; 0: none so far */
};

/* After an error, nothing more is added. */
void	page_printf(struct page *page, const char *format, ...)
	    __attribute__((__format__(printf, 2, 3)));

/*
 * Escape the value of a label, without quotes: \\, \", \n.  Control characters
 * and what is not UTF-8 become U+FFFD.  size is at least 3 times the length of
 * the value, and 1.
 */
void	page_escape(const char *value, char *escaped, size_t size);

#endif /* PAGE_H */
