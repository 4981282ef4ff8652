/* SPDX-License-Identifier: ISC */

/*
 * The ceilings of a source, and the file of alarms that the front appends to
 * and that the owner of the keys reads to tell people: one line for each alarm,
 * with one space between its parts.
 *
 *	TIME CEILING LIMIT QID SOURCE
 *
 * TIME is as in RFC 3339, in UTC; CEILING is the name of the option; QID is the
 * queue id of the message, or "-"; SOURCE is the rest of the line, in which
 * octets outside of printable ASCII and backslashes are written as \xNN.
 */

#ifndef CEILING_H
#define CEILING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order in which a message is compared with them. */
enum ceiling {
	CEILING_MESSAGES,	/* in an hour */
	CEILING_RECIPIENTS_HOUR,	/* distinct */
	CEILING_RECIPIENTS_DAY,
	CEILING_PER_RECIPIENT,	/* messages in a day */
	CEILING_PER_BODY,	/* recipients in a day */
	CEILING_UNUSUAL,	/* times as many messages as usual */
	CEILING_ROOM,		/* not an option: no room to count */
	CEILING_MAX
};

/* The limits of one source, as in countersign.conf(5). */
struct ceilings {
	uint32_t	max[CEILING_MAX];	/* 0: not set */
	unsigned int	defers;	/* 1u << enum ceiling: over it, tempfail */
};

/* The name of the option; "table_full" for CEILING_ROOM. */
const char *ceiling_name(enum ceiling ceiling);

/* Whether any is set, and whether recipients must be known for one. */
bool	ceilings_any(const struct ceilings *ceilings);
bool	ceilings_want_recipients(const struct ceilings *ceilings);

/* In the folder of counts_dir. */
#define CEILING_ALARMS_FILE	"alarms"
#define CEILING_MAX_ALARMS_FILE	1048576	/* octets; then it begins again */
#define CEILING_SOURCE_SIZE	264	/* of an escaped name, NUL included */
#define CEILING_QUEUE_ID_SIZE	64
#define CEILING_LINE_SIZE	512	/* of a line, with newline and NUL */

struct ceiling_alarm {
	int64_t		time;		/* seconds since the epoch */
	enum ceiling	ceiling;
	uint32_t	limit;
	char		queue_id[CEILING_QUEUE_ID_SIZE];	/* or "" */
	char		source[CEILING_SOURCE_SIZE];	/* escaped */
};

/* Escape the name of a source as in a line. */
void	ceiling_escape(const char *name, char escaped[CEILING_SOURCE_SIZE]);

/*
 * Write a line with its newline; returns false if the time cannot be written.
 * A queue id with other characters than letters and digits becomes "-".
 */
bool	ceiling_alarm_print(const struct ceiling_alarm *alarm,
	    char line[CEILING_LINE_SIZE]);

/* Read a line of len octets without its newline; false if it is malformed. */
bool	ceiling_alarm_parse(const char *line, size_t len,
	    struct ceiling_alarm *alarm);

#endif /* CEILING_H */
