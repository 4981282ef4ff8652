/* SPDX-License-Identifier: ISC */

/*
 * Room milter/front: the process that mail passes through.
 *
 * The front: the process that speaks milter, decides and hashes.  Started by
 * the master, as a program of its own.
 */

#ifndef FRONT_H
#define FRONT_H

/*
 * Run the front until it is told to stop; the process's exit status.
 *
 * file      the configuration file, checked before by the master
 * control   the control socket to the master (ipc.h)
 *
 * Logging is set up by the caller.
 */
int	front_main(const char *file, int control);

#endif /* FRONT_H */
