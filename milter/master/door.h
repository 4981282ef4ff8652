/* SPDX-License-Identifier: ISC */

/*
 * The door of a master that runs only the signers: a socket to which the front,
 * which another service runs, connects.  It is then served like a front that is
 * a child.
 */

#ifndef DOOR_H
#define DOOR_H

#include "master/private.h"

/* Somebody connects: let it in if it runs as the front's user. */
void	door_open(struct master *master);

/* Tell the front of signers that ended.  If it cannot be told, it is later. */
void	door_tell(struct master *master);

/* The front has sent something, or is gone. */
void	door_serve(struct master *master);

#endif /* DOOR_H */
