/* SPDX-License-Identifier: ISC */

/*
 * The libmilter callbacks.
 */

#ifndef CALLBACKS_H
#define CALLBACKS_H

#include <stdbool.h>

#include "message/sign_service.h"

/*
 * Register with libmilter; signers are used by all sessions, in any number
 * of threads, and must outlive them.  Once a process.  0, or -1.
 */
int	callbacks_register(const struct sign_service *signers);

/*
 * Wait until no message is under way, at most timeout_ms.  Returns whether
 * no session is left either, so that what they use may be freed.
 */
bool	callbacks_drain(unsigned int timeout_ms);

#endif /* CALLBACKS_H */
