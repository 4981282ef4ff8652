/* SPDX-License-Identifier: ISC */

/*
 * A front in its cell, for attempts from inside (celltry.h).
 *
 * The files are such that their modes allow everything, so that it is the cell
 * that refuses.  As root, the process becomes nobody first, as a front does.
 */

#ifndef ENCLOSED_H
#define ENCLOSED_H

/* For a group of tests: a folder with conf, audit, counts, keys and run. */
int	enclosed_make(void **state);
int	enclosed_remove(void **state);

/* A path below that folder, until the next but one. */
const char *enclosed_path(const char *name);

/* Enter the cell, by the function that the front calls: 0, or -1. */
int	enclosed_enter(void);

/* System calls: open a file below the folder; and sockets. */
long	enclosed_open(const char *name, int flags);
long	enclosed_socket(int family, int type, int protocol);

#endif /* ENCLOSED_H */
