/* SPDX-License-Identifier: ISC */

/*
 * What a service and systemd tell each other: sd_notify(3), its watchdog, the
 * socket that it passes, and the descriptor that it keeps.
 *
 * Our own few lines instead of libsystemd, which is much to load for a
 * datagram.
 */

#ifndef NOTIFY_H
#define NOTIFY_H

#include <sys/socket.h>
#include <sys/un.h>

#include <stdint.h>

struct notify {
	struct sockaddr_un address;	/* of systemd */
	socklen_t	 addresslen;	/* 0: nobody wants to be told */
	int64_t		 every_ms;	/* a sign of life; 0: none is wanted */
	int64_t		 due_ms;	/* the next one; INT64_MAX: none */
};

/*
 * The socket that systemd activated this process with; -1 if there is none.  It
 * will not be inherited.  Called before descriptors are closed.
 */
int	notify_take_socket(void);

/*
 * The descriptor that an earlier process of this service gave to systemd to
 * keep, under this name; -1 if there is none.  The rest is the same.
 */
int	notify_take_kept(const char *name);

/* Read what systemd wants from the environment, and remove it there. */
void	notify_init(struct notify *notify);

/* Tell systemd assignments like "READY=1", one a line; ignores failures. */
void	notify_send(const struct notify *notify, const char *state);

/*
 * Have systemd keep a descriptor (FileDescriptorStoreMax=), instead of one that
 * it has under this name; ignores failures.
 */
void	notify_keep(const struct notify *notify, const char *name, int fd);

/* Give a sign of life if it is due. */
void	notify_alive(struct notify *notify, int64_t now_ms);

#endif /* NOTIFY_H */
