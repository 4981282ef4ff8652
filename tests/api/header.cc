/* SPDX-License-Identifier: ISC */

/* The same as C++. */

#include "header.c"
