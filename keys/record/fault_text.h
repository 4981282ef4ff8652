/* SPDX-License-Identifier: ISC */

/*
 * Faults of key records, in words for those who publish them.
 */

#ifndef FAULT_TEXT_H
#define FAULT_TEXT_H

#include "keyrecord/fault.h"

/* What is wrong and how to fix it, in a sentence without final dot. */
const char *record_fault_text(enum record_fault fault);

#endif /* FAULT_TEXT_H */
