/* SPDX-License-Identifier: ISC */

/*
 * Log lines that contain a decision, in the forms in which logs have them.
 */

#ifndef JOURNAL_ENTRY_H
#define JOURNAL_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal/decision.h"

/* Who logs decisions. */
#define ENTRY_PROGRAM	"countersign-milter"

/*
 * Read the decision in a line of a file: of syslog with a time in either form,
 * of a log that the milter wrote to stderr, or of the audit file.  now is used
 * for the year, which the older form lacks.  Returns false if the line is
 * anything else.
 */
bool	entry_read_line(struct logged_decision *d, const char *line, size_t len,
	    int64_t now);

/* The same for a line that 'journalctl -o json' printed. */
bool	entry_read_json(struct logged_decision *d, const char *line,
	    size_t len, int64_t now);

#endif /* JOURNAL_ENTRY_H */
