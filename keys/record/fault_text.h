/* SPDX-License-Identifier: ISC */

/*
 * Texts about faults of key records, for those who publish them.
 */

#ifndef FAULT_TEXT_H
#define FAULT_TEXT_H

#include "keyrecord/fault.h"

/* What is wrong and how to fix it, without a period at the end; static. */
const char *record_fault_text(enum record_fault fault);

#endif /* FAULT_TEXT_H */
