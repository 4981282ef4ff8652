/* SPDX-License-Identifier: ISC */

/*
 * A growing octet buffer with a maximum.
 *
 * Errors are sticky: after DKIMSIG_E_NOMEM or DKIMSIG_E_TOOBIG, further calls
 * do nothing, so a caller checks error once at the end.
 */

#ifndef BUF_H
#define BUF_H

#include <stddef.h>

#include "dkimsig/internal.h"

struct buf {
	char	*data;
	size_t	 len;
	size_t	 size;		/* allocated octets */
	size_t	 max;		/* octets that len may reach */
	int	 error;		/* 0, DKIMSIG_E_NOMEM or DKIMSIG_E_TOOBIG */
};

/* Begin an empty buffer; allocates nothing. */
void	buf_init(struct buf *b, size_t max);
/* Free it; a zeroed buffer is allowed. */
void	buf_finish(struct buf *b);
/* Empty it and clear the error; memory is kept. */
void	buf_reset(struct buf *b);

void	buf_putc(struct buf *b, char c);
void	buf_put(struct buf *b, const void *data, size_t len);
void	buf_puts(struct buf *b, const char *s);
void	buf_put_view(struct buf *b, struct view v);
/* Append a decimal number. */
void	buf_put_number(struct buf *b, long long n);

/* Make room for len more octets; 0, or the error. */
int	buf_reserve(struct buf *b, size_t len);

/* Terminate the text with a NUL that len does not count; NULL on error. */
const char *buf_str(struct buf *b);

struct view buf_view(const struct buf *b);

#endif /* BUF_H */
