/* SPDX-License-Identifier: ISC */

/*
 * The terminal: see screen.h.
 *
 * Control sequences are those of ECMA-48 and xterm, which all terminals of
 * today know; TERM=dumb has none.  A signal is only noted, and takes effect in
 * screen_wait(), so whatever ends the program, the screen of the shell and its
 * settings come back.  Only SIGKILL leaves them.
 */

#include "status/screen.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define ENTER	"\033[?1049h\033[?25l"	/* other screen, no cursor */
#define LEAVE	"\033[?25h\033[?1049l"
#define HOME	"\033[H"
#define CLEAR	"\033[2J"
#define REST	"\033[J"		/* clear what is below */

#define MIN_COLUMNS	20
#define MAX_COLUMNS	250
#define MIN_ROWS	3
#define USUAL_COLUMNS	80
#define USUAL_ROWS	24

static volatile sig_atomic_t must_quit, must_stop, is_resized;
static struct termios before;
static bool has_keys;		/* standard input is this terminal */
static sigset_t let_in;

bool
screen_can(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) == 1 && term != NULL && *term != '\0' &&
	    strcmp(term, "dumb") != 0;
}

bool
screen_is_utf8(void)
{
	locale_t locale;
	bool is_utf8;

	locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	if (locale == (locale_t)0)
		return false;
	is_utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
	freelocale(locale);
	return is_utf8;
}

/* What cannot be written is lost: the next picture shows it. */
static void
write_all(const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len > 0) {
		n = write(STDOUT_FILENO, text, len);
		if (n == -1 && errno != EINTR && errno != EAGAIN) {
			must_quit = 1;
			return;
		}
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
}

static void
enter(void)
{
	struct termios raw;

	if (has_keys) {
		raw = before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		raw.c_cc[VMIN] = 0;
		raw.c_cc[VTIME] = 0;
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	}
	write_all(ENTER CLEAR);
}

static void
leave(void)
{
	write_all(LEAVE);
	if (has_keys)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

static void
note_signal(int sig)
{
	if (sig == SIGWINCH)
		is_resized = 1;
	else if (sig == SIGTSTP)
		must_stop = 1;
	else
		must_quit = 1;
}

void
screen_begin(void)
{
	static const int caught[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM,
	    SIGTSTP, SIGWINCH };
	struct sigaction action;
	sigset_t held;
	size_t i;

	has_keys = tcgetattr(STDIN_FILENO, &before) == 0;
	memset(&action, 0, sizeof(action));
	action.sa_handler = note_signal;
	(void)sigemptyset(&action.sa_mask);
	(void)sigemptyset(&held);
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		(void)sigaction(caught[i], &action, NULL);
		(void)sigaddset(&held, caught[i]);
	}
	(void)sigprocmask(SIG_BLOCK, &held, &let_in);
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		(void)sigdelset(&let_in, caught[i]);
	enter();
}

void
screen_end(void)
{
	leave();
}

struct screen_size
screen_size(void)
{
	struct screen_size size = { USUAL_COLUMNS, USUAL_ROWS };
	struct winsize window;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 &&
	    window.ws_col > 0 && window.ws_row > 0) {
		size.columns = window.ws_col;
		size.rows = window.ws_row;
	}
	if (size.columns < MIN_COLUMNS)
		size.columns = MIN_COLUMNS;
	if (size.columns > MAX_COLUMNS)
		size.columns = MAX_COLUMNS;
	if (size.rows < MIN_ROWS)
		size.rows = MIN_ROWS;
	return size;
}

void
screen_show(const char *text)
{
	write_all(HOME);
	write_all(text);
	write_all(REST);
}

/* As ^Z does, with the screen of the shell until the program goes on. */
static void
stop(void)
{
	leave();
	(void)raise(SIGSTOP);
	enter();
}

static enum screen_event
read_key(void)
{
	char key;

	/* A terminal that is gone is always readable, and has nothing. */
	if (read(STDIN_FILENO, &key, 1) != 1)
		return SCREEN_QUIT;
	return key == 'q' || key == 'Q' ? SCREEN_QUIT : SCREEN_AGAIN;
}

enum screen_event
screen_wait(unsigned int ms)
{
	const struct timespec timeout = { (time_t)(ms / 1000),
	    (long)(ms % 1000) * 1000000 };
	struct pollfd pfd = { .fd = has_keys ? STDIN_FILENO : -1,
	    .events = POLLIN };
	int n;

	n = must_quit ? 0 : ppoll(&pfd, 1, &timeout, &let_in);
	if (must_quit)
		return SCREEN_QUIT;
	if (must_stop) {
		must_stop = 0;
		stop();
		return SCREEN_RESIZED;
	}
	if (is_resized) {
		is_resized = 0;
		write_all(CLEAR);
		return SCREEN_RESIZED;
	}
	return n == 1 ? read_key() : SCREEN_DUE;
}
