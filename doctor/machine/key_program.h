/* SPDX-License-Identifier: ISC */

/*
 * Asking countersign-key(8) about keys and their records.
 *
 * It reads states of keys and DNS, so it is run as the owner of the key store,
 * with the group of the milter, as countersign-rotate.service runs it: what it
 * cannot read, the hourly unit cannot read either.  Without root, it runs as
 * the user that we are.
 */

#ifndef MACHINE_KEY_PROGRAM_H
#define MACHINE_KEY_PROGRAM_H

#include "machine/run.h"

#define KEY_PROGRAM	"countersign-key"
#define KEY_PROGRAM_MAX_ARGUMENTS 8

struct key_program {
	const char	*programs;	/* the folder of our programs */
	const char	*config_file;
	const char	*keys_user, *user;	/* of the configuration */
};

/*
 * Run a command of countersign-key with --json, ended after limit_ms.  out is
 * for machine_output_finish(); its exit status is for monitoring, the JSON says
 * all.
 */
void	key_program_ask(const struct key_program *program,
	    const char *const arguments[], unsigned int limit_ms,
	    struct machine_output *out);

#endif /* MACHINE_KEY_PROGRAM_H */
