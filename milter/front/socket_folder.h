/* SPDX-License-Identifier: ISC */

/*
 * The folder of the MTA's socket: whether this process can make one in it,
 * and which command changes that.
 */

#ifndef SOCKET_FOLDER_H
#define SOCKET_FOLDER_H

/*
 * name   what the configuration calls the socket, for messages
 * path   of the socket, absolute
 *
 * Returns 0, or -1 with the reason and the command logged.
 */
int	socket_folder_check(const char *name, const char *path);

#endif /* SOCKET_FOLDER_H */
