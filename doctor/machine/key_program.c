/* SPDX-License-Identifier: ISC */

/*
 * Asking countersign-key(8): see key_program.h.
 *
 * Its output is a text of at most MACHINE_MAX_OUTPUT octets, which the caller
 * parses.  Why there is none, machine_why() says.
 */

#include "machine/key_program.h"

#include <limits.h>
#include <stdio.h>

#include "base/privileges.h"
#include "base/user_name.h"

void
key_program_ask(const struct key_program *program,
    const char *const arguments[], unsigned int limit_ms,
    struct machine_output *out)
{
	const char *argv[KEY_PROGRAM_MAX_ARGUMENTS + 5];
	char path[PATH_MAX + sizeof("/" KEY_PROGRAM)];
	char user[2 * USER_NAME_SIZE];
	size_t i, n = 0;

	(void)snprintf(path, sizeof(path), "%s/" KEY_PROGRAM,
	    program->programs);
	(void)snprintf(user, sizeof(user), "%s:%s", program->keys_user,
	    program->user);
	argv[n++] = path;
	for (i = 0; i < KEY_PROGRAM_MAX_ARGUMENTS && arguments[i] != NULL; i++)
		argv[n++] = arguments[i];
	argv[n++] = "--json";
	argv[n++] = "-c";
	argv[n++] = program->config_file;
	argv[n] = NULL;
	(void)machine_run(privileges_are_root() ? user : NULL, argv, limit_ms,
	    out);
}
