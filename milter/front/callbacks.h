/* SPDX-License-Identifier: ISC */

/*
 * The libmilter callbacks.
 */

#ifndef CALLBACKS_H
#define CALLBACKS_H

#include <stdbool.h>

#include "message/sign_service.h"

/*
 * Register with libmilter; once in a process.  All sessions use signers, from
 * any number of threads, so it must outlive them.  Returns 0, or -1.
 */
int	callbacks_register(const struct sign_service *signers);

/* How often options were negotiated: it grows with each session. */
unsigned long	callbacks_negotiations(void);

/*
 * Wait until no message is in progress, at most timeout_ms.  Returns true if no
 * session is left either, so that what sessions use may be freed.
 */
bool	callbacks_drain(unsigned int timeout_ms);

#endif /* CALLBACKS_H */
