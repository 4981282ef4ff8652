/* SPDX-License-Identifier: ISC */

/*
 * Alarms of ceilings, which the front of the milter appends to a file, as
 * troubles: which source sent more than it should in the last hours.
 */

#ifndef CEILING_ALARMS_H
#define CEILING_ALARMS_H

#include "command/gathering.h"

/*
 * An alarm is repeated each hour for as long as it is true.  Like rotation, it
 * is silent for this long before it counts as over: seconds.
 */
#define CEILING_ALARMS_RECENT	GATHERING_RUN_WARNING

/*
 * Add the alarms of the last hours; and if the file cannot be read, or has
 * other lines, that nobody can be told of them.  Returns 0 or KS_E_NOMEM.
 */
int	ceiling_alarms_gather(struct gathering *gathering);

#endif /* CEILING_ALARMS_H */
