/* SPDX-License-Identifier: ISC */

/* The lowest file descriptor that is free: higher after a leak. */

#ifndef LOWEST_FREE_H
#define LOWEST_FREE_H

int	lowest_free(void);

#endif /* LOWEST_FREE_H */
