/* SPDX-License-Identifier: ISC */

/*
 * What a cell allows for the sake of a sanitizer: nothing, as this build has
 * none.  Tests of a cell look here, too: what these tables allow is not tried
 * as something forbidden.
 */

#include "cell/private.h"

const struct cell_call cell_extra_calls[] = { { .name = NULL } };
const struct cell_path cell_extra_paths[] = { { .path = NULL } };
