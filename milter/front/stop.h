/* SPDX-License-Identifier: ISC */

/*
 * Waking libmilter's listener.
 */

#ifndef STOP_H
#define STOP_H

/*
 * Connect to a milter socket by its name, unix:PATH, inet:PORT@ADDRESS or
 * inet6:PORT@ADDRESS, and hang up.  libmilter looks whether it is to stop
 * after each connection, else every five seconds.  A failure is of no
 * consequence but those seconds.
 */
void	wake_listener(const char *socket_name);

#endif /* STOP_H */
