/* SPDX-License-Identifier: ISC */

/*
 * The folder of the MTA's socket: whether this process can make one in it,
 * and which command changes that.
 */

#ifndef CLAIM_FOLDER_H
#define CLAIM_FOLDER_H

/*
 * name   what the configuration calls the socket, for messages
 * path   of the socket, absolute
 *
 * Returns 0, or -1 with the reason and the command logged.
 */
int	claim_folder(const char *name, const char *path);

#endif /* CLAIM_FOLDER_H */
