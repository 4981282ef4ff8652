/* SPDX-License-Identifier: ISC */

/*
 * Check that this process can create a socket in the directory, and say which
 * command fixes that if not.
 */

#ifndef SOCKET_FOLDER_H
#define SOCKET_FOLDER_H

struct config;

/*
 * config   for messages: the socket, its group, and the user of the service
 * path     the absolute path of the socket
 *
 * Returns 0, or -1 with the reason and the command logged.
 */
int	socket_folder_check(const struct config *config, const char *path);

#endif /* SOCKET_FOLDER_H */
