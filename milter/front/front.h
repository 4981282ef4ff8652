/* SPDX-License-Identifier: ISC */

/*
 * Room milter/front: the process that mail passes through.
 *
 * The front speaks the milter protocol, decides about messages and hashes them.
 * It is a program of its own, which the master starts.
 */

#ifndef FRONT_H
#define FRONT_H

#include <stdbool.h>

/*
 * Run the front until it is told to stop, and return its exit status.
 *
 * file      the configuration file, which the master has checked
 * control   the control socket to the master (ipc.h)
 * is_debug  the kernel logs calls that the front's cell refuses
 *
 * The caller has set up logging.
 */
int	front_main(const char *file, int control, bool is_debug);

#endif /* FRONT_H */
