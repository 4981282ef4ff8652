/* SPDX-License-Identifier: ISC */

/*
 * Wake libmilter's listener.
 */

#ifndef STOP_H
#define STOP_H

/*
 * Connect to a milter socket, unix:PATH, inet:PORT@ADDRESS or
 * inet6:PORT@ADDRESS, and close the connection.  libmilter checks whether to
 * stop after each connection, else every five seconds.
 */
void	wake_listener(const char *socket_name);

#endif /* STOP_H */
