/* SPDX-License-Identifier: ISC */

/*
 * Names of ceilings, and lines of the file of alarms: see ceiling.h.
 *
 * A line is read by another user than it was written by, so each part is
 * checked.  Nothing fails but what the functions return.
 */

#include "config/ceiling.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rfc3339.h"

static const char *const names[CEILING_MAX] = {
	[CEILING_MESSAGES]	= "messages_per_hour",
	[CEILING_RECIPIENTS_HOUR] = "recipients_per_hour",
	[CEILING_RECIPIENTS_DAY] = "recipients_per_day",
	[CEILING_PER_RECIPIENT]	= "messages_per_recipient_per_day",
	[CEILING_PER_BODY]	= "recipients_per_body",
	[CEILING_UNUSUAL]	= "unusual",
	[CEILING_ROOM]		= "table_full",
};

const char *
ceiling_name(enum ceiling ceiling)
{
	return names[ceiling];
}

bool
ceilings_any(const struct ceilings *ceilings)
{
	size_t i;

	for (i = 0; i < CEILING_MAX; i++)
		if (ceilings->max[i] > 0)
			return true;
	return false;
}

bool
ceilings_want_recipients(const struct ceilings *ceilings)
{
	return ceilings->max[CEILING_RECIPIENTS_HOUR] > 0 ||
	    ceilings->max[CEILING_RECIPIENTS_DAY] > 0 ||
	    ceilings->max[CEILING_PER_RECIPIENT] > 0 ||
	    ceilings->max[CEILING_PER_BODY] > 0;
}

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '\\';
}

void
ceiling_escape(const char *name, char escaped[CEILING_SOURCE_SIZE])
{
	size_t len = 0;

	for (; *name != '\0' && len + 5 <= CEILING_SOURCE_SIZE; name++) {
		if (is_plain((unsigned char)*name))
			escaped[len++] = *name;
		else
			len += (size_t)snprintf(escaped + len, 5, "\\x%02X",
			    (unsigned char)*name);
	}
	escaped[len] = '\0';
}

/* Whether a queue id can stand in a line: letters and digits. */
static bool
is_queue_id(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]))
			return false;
	return len > 0 && len < CEILING_QUEUE_ID_SIZE;
}

bool
ceiling_alarm_print(const struct ceiling_alarm *alarm,
    char line[CEILING_LINE_SIZE])
{
	char time[RFC3339_SIZE];
	const char *id = alarm->queue_id;

	if (!rfc3339_print(alarm->time, time))
		return false;
	if (!is_queue_id(id, strlen(id)))
		id = "-";
	(void)snprintf(line, CEILING_LINE_SIZE, "%s %s %u %s %s\n", time,
	    names[alarm->ceiling], (unsigned int)alarm->limit, id,
	    alarm->source);
	return true;
}

/* The next part of a line, up to a space; false if there is none. */
static bool
next_part(const char **rest, size_t *restlen, const char **part, size_t *len)
{
	const char *space = memchr(*rest, ' ', *restlen);

	if (space == NULL)
		return false;
	*part = *rest;
	*len = (size_t)(space - *rest);
	*rest += *len + 1;
	*restlen -= *len + 1;
	return true;
}

static bool
parse_ceiling(const char *text, size_t len, enum ceiling *ceiling)
{
	size_t i;

	for (i = 0; i < CEILING_MAX; i++)
		if (strlen(names[i]) == len &&
		    memcmp(names[i], text, len) == 0) {
			*ceiling = (enum ceiling)i;
			return true;
		}
	return false;
}

static bool
parse_limit(const char *text, size_t len, uint32_t *limit)
{
	const char *fault;
	char copy[16];

	if (len >= sizeof(copy) || len == 0 || !isdigit((unsigned char)*text))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (strlen(copy) != len)
		return false;
	*limit = (uint32_t)strtonum(copy, 0, UINT32_MAX, &fault);
	return fault == NULL;
}

static bool
parse_source(const char *text, size_t len, char source[CEILING_SOURCE_SIZE])
{
	size_t i;

	if (len == 0 || len >= CEILING_SOURCE_SIZE)
		return false;
	for (i = 0; i < len; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	memcpy(source, text, len);
	source[len] = '\0';
	return true;
}

bool
ceiling_alarm_parse(const char *line, size_t len, struct ceiling_alarm *alarm)
{
	const char *part;
	size_t partlen;

	if (!next_part(&line, &len, &part, &partlen) ||
	    !rfc3339_parse(part, partlen, &alarm->time) ||
	    !next_part(&line, &len, &part, &partlen) ||
	    !parse_ceiling(part, partlen, &alarm->ceiling) ||
	    !next_part(&line, &len, &part, &partlen) ||
	    !parse_limit(part, partlen, &alarm->limit) ||
	    !next_part(&line, &len, &part, &partlen))
		return false;
	alarm->queue_id[0] = '\0';
	if (is_queue_id(part, partlen)) {
		memcpy(alarm->queue_id, part, partlen);
		alarm->queue_id[partlen] = '\0';
	} else if (partlen != 1 || part[0] != '-')
		return false;
	return parse_source(line, len, alarm->source);
}
