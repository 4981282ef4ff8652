/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: what postconf(1) says about the lifetime of the queue.  The
 * first octet says how it ends; the rest is its output, and its complaint.
 *
 * A lifetime is one that the output says, or the default with a complaint.
 */

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/program.h"
#include "life/queue_lifetime.h"

#define LONGEST		(3650 * INT64_C(86400))

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
void	__wrap_program_run(const char *const argv[],
	    const char *const environment[], unsigned int limit_ms,
	    struct program_result *result);

static struct program_result postconf;

void
__wrap_program_run(const char *const argv[], const char *const environment[],
    unsigned int limit_ms, struct program_result *result)
{
	if (strcmp(argv[0], "/postconf") != 0 || environment[0] == NULL ||
	    limit_ms == 0)
		abort();
	*result = postconf;
}

/* The seconds of a unit; 0: not one. */
static int64_t
unit_of(char letter)
{
	switch (letter) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 60 * 60;
	case 'd':
		return 24 * 60 * 60;
	case 'w':
		return 7 * 24 * 60 * 60;
	default:
		return 0;
	}
}

/* Read digit by digit: the seconds, or -1. */
static int64_t
expected(const char *text)
{
	int64_t value = 0, unit;

	if (*text < '0' || *text > '9')
		return -1;
	for (; *text >= '0' && *text <= '9'; text++)
		if ((value = 10 * value + (*text - '0')) > LONGEST)
			return -1;
	if ((unit = unit_of(*text == '\n' ? 'd' : *text++)) == 0)
		return -1;
	return strcmp(text, "\n") == 0 && value <= LONGEST / unit ?
	    value * unit : -1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int64_t wanted = -1, seconds;
	char complaint[1024];

	if (len == 0 || len > PROGRAM_COMPLAINT_SIZE)
		return 0;
	memset(&postconf, 0, sizeof(postconf));
	postconf.end = (enum program_end)(data[0] % 4);
	postconf.code = data[0] / 4;
	memcpy(postconf.output, data + 1, len - 1);
	memcpy(postconf.complaint, data + 1, len - 1);
	if (postconf.end == PROGRAM_EXITED && postconf.code == 0)
		wanted = expected(postconf.output);
	seconds = queue_lifetime_ask("/postconf", complaint,
	    sizeof(complaint));
	if (seconds != (wanted == -1 ? QUEUE_LIFETIME_DEFAULT : wanted) ||
	    (complaint[0] == '\0') != (wanted != -1))
		abort();
	return 0;
}
