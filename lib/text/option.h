/* SPDX-License-Identifier: ISC */

/*
 * What is wrong with an option of the command line, in our words.
 *
 * Set opterr to 0, and begin the short options for getopt_long(3) with ":".
 */

#ifndef TEXT_OPTION_H
#define TEXT_OPTION_H

#include <getopt.h>
#include <stddef.h>

/*
 * Write why getopt_long(3) returned '?' or ':' to buf: "unknown option
 * --mointor; did you mean --monitor?", or with a hint, "option -c needs a
 * value: see 'PROGRAM help'".  hint may be NULL.  Call it at once, because it
 * looks at optind and optopt.  Returns buf.
 */
const char *text_option_fault(char *buf, size_t bufsize, int returned,
	    char *const argv[], const struct option *options,
	    const char *hint);

#endif /* TEXT_OPTION_H */
