/* SPDX-License-Identifier: ISC */

/*
 * Ask countersign-key(8) about keys and their records.
 *
 * It reads states of keys and DNS, so it is run as the owner of the key store,
 * with the group of the milter, as countersign-rotate.service runs it: what it
 * cannot read, the hourly unit cannot read either.  Without root, it runs as
 * the user that we are.
 */

#include "chain/private.h"

#include <stdio.h>
#include <string.h>

#include "base/user_name.h"
#include "machine/run.h"

#define PROGRAM		"countersign-key"
#define MAX_ARGUMENTS	8

json_t *
chain_ask_keys(const struct chain *chain, const char *const arguments[],
    unsigned int limit_ms, char *why, size_t size)
{
	const char *argv[MAX_ARGUMENTS + 5];
	char path[PATH_MAX + sizeof("/" PROGRAM)], user[2 * USER_NAME_SIZE];
	struct machine_output out;
	json_t *answer;
	size_t i, n = 0;

	(void)snprintf(path, sizeof(path), "%s/" PROGRAM,
	    chain->programs);
	(void)snprintf(user, sizeof(user), "%s:%s", chain->config->keys_user,
	    chain->config->user);
	argv[n++] = path;
	for (i = 0; i < MAX_ARGUMENTS && arguments[i] != NULL; i++)
		argv[n++] = arguments[i];
	argv[n++] = "--json";
	argv[n++] = "-c";
	argv[n++] = chain->config_file;
	argv[n] = NULL;
	/* Its exit status is for monitoring; the JSON says all. */
	(void)machine_run(chain->is_root ? user : NULL, argv, limit_ms, &out);
	answer = out.text == NULL ? NULL : json_loadb(out.text, out.len, 0,
	    NULL);
	if (answer == NULL)
		(void)machine_why(PROGRAM, &out, why, size);
	machine_output_finish(&out);
	return answer;
}

const char *
chain_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "" : text;
}
