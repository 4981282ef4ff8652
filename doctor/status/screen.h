/* SPDX-License-Identifier: ISC */

/*
 * A terminal that shows one picture after another, and is left as it was.
 */

#ifndef STATUS_SCREEN_H
#define STATUS_SCREEN_H

#include <stdbool.h>

/* Whether standard output is a terminal that can do that. */
bool	screen_can(void);

/* Whether it shows UTF-8, as the locale says. */
bool	screen_is_utf8(void);

/*
 * Use another screen than that with the lines of the shell, and read keys one
 * by one.  Signals that end or stop the program are caught.
 */
void	screen_begin(void);
void	screen_end(void);

struct screen_size {
	unsigned int	columns, rows;
};

struct screen_size screen_size(void);

/* Show a picture, lines with "\033[K\r\n" between them. */
void	screen_show(const char *text);

enum screen_event { SCREEN_DUE, SCREEN_RESIZED, SCREEN_QUIT, SCREEN_AGAIN };

/*
 * Wait so long, or until something happens: the window has another size, the
 * user quits (^C, q, end of the terminal), or wants a new picture (any other
 * key).
 */
enum screen_event screen_wait(unsigned int ms);

#endif /* STATUS_SCREEN_H */
