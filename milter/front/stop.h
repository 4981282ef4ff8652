/* SPDX-License-Identifier: ISC */

/*
 * Waking libmilter's listener.
 */

#ifndef WAKE_H
#define WAKE_H

/*
 * Connect to a milter socket by its name, unix:PATH, inet:PORT@ADDRESS or
 * inet6:PORT@ADDRESS, and hang up.  libmilter looks whether it is to stop
 * after each connection, else every five seconds.  A failure is of no
 * consequence but those seconds.
 */
void	wake_listener(const char *socket_name);

#endif /* WAKE_H */
