/* SPDX-License-Identifier: ISC */

/*
 * A DNS server in Python that a test starts: it says a line when it is ready,
 * and for each line on its standard input how often that was asked for.
 */

#ifndef ASKED_H
#define ASKED_H

#include <stdbool.h>
#include <stddef.h>

/* Start a program; false on failure.  line gets what it says. */
bool	asked_start(const char *program, char *line, size_t linesize);
/* End it; whether it ended well. */
bool	asked_stop(void);

/* How often it was asked; fails the test that runs if it does not tell. */
unsigned int asked_count(const char *query);

#endif /* ASKED_H */
