/* SPDX-License-Identifier: ISC */

/*
 * Check that this process can create a socket in the directory, and say which
 * command fixes that if not.
 */

#ifndef SOCKET_FOLDER_H
#define SOCKET_FOLDER_H

/*
 * name   the socket as in the configuration, for messages
 * path   its absolute path
 * service_user   the user that the configuration names
 *
 * Returns 0, or -1 with the reason and the command logged.
 */
int	socket_folder_check(const char *name, const char *path,
	    const char *service_user);

#endif /* SOCKET_FOLDER_H */
