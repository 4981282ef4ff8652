/* SPDX-License-Identifier: ISC */

/*
 * The parts of a cell; and what sanitizers need besides, which is in a file of
 * its own that meson chooses: extra_none.c or extra_sanitizer.c.
 */

#ifndef CELL_PRIVATE_H
#define CELL_PRIVATE_H

#include "cell/cell.h"

/* Why a part is not there; "" if it is. */
#define CELL_LACK_SIZE	96

/*
 * Restrict paths and ports to those of the cell.
 *
 * Returns 0, with what is lacking in lack, or -1 with the reason logged.
 */
int	landlock_enter(const struct cell *cell, char lack[CELL_LACK_SIZE]);

/* Restrict system calls to those of the cell; returns as landlock_enter(). */
int	filter_enter(const struct cell *cell, char lack[CELL_LACK_SIZE]);

extern const struct cell_call cell_extra_calls[];
extern const struct cell_path cell_extra_paths[];

#endif /* CELL_PRIVATE_H */
