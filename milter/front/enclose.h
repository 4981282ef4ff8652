/* SPDX-License-Identifier: ISC */

/*
 * The cell of the front: what it can still do once it serves.
 */

#ifndef ENCLOSE_H
#define ENCLOSE_H

#include <stdbool.h>

#include "cell/cell.h"
#include "config/config.h"

/* What the front calls, besides cell_base_calls and cell_thread_calls. */
extern const struct cell_call enclose_calls[];

/*
 * Read what libraries read once, and enter the cell.
 *
 * Called when: config was loaded with bounds_of_config(), the sockets are
 * bound, the process has the user that it keeps, and no other thread exists.
 *
 * is_debug  the kernel logs calls that the cell refuses
 *
 * Returns 0, or -1 with the reason logged; in that case the caller must exit.
 */
int	enclose_front(const struct config *config, bool is_debug);

#endif /* ENCLOSE_H */
