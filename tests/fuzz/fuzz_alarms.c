/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a line of the file of alarms.  What is accepted is written in
 * the same way.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/ceiling.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ceiling_alarm alarm, again;
	char line[CEILING_LINE_SIZE];

	if (!ceiling_alarm_parse((const char *)data, len, &alarm))
		return 0;
	if (!ceiling_alarm_print(&alarm, line) ||
	    !ceiling_alarm_parse(line, strlen(line) - 1, &again) ||
	    alarm.time != again.time || alarm.ceiling != again.ceiling ||
	    alarm.limit != again.limit ||
	    strcmp(alarm.queue_id, again.queue_id) != 0 ||
	    strcmp(alarm.source, again.source) != 0)
		abort();
	return 0;
}
