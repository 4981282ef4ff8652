/* SPDX-License-Identifier: ISC */

/*
 * The HTTP server: GET /metrics, and nothing else.
 *
 * It has no thread: the caller waits for its descriptor, and calls
 * server_run().  A client has SERVER_LIMIT_MS from its connection to the end of
 * the answer, and SERVER_CLIENTS are served at a time; further ones wait.
 */

#ifndef SERVER_H
#define SERVER_H

#include <stdint.h>

#include "base/meters.h"

#define SERVER_CLIENTS		16
#define SERVER_LIMIT_MS		10000

struct server;

/* Takes over the listener.  NULL if memory is short, or another failure. */
struct server *server_new_take(int listener, const struct meters *meters);
/* NULL is allowed. */
void	server_free(struct server *server);

/* Readable if there is something to do. */
int	server_fd(const struct server *server);
/* When there is something to do even if it is not. */
int64_t	server_due_ms(const struct server *server, int64_t now_ms);
void	server_run(struct server *server, int64_t now_ms);

#endif /* SERVER_H */
