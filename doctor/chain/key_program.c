/* SPDX-License-Identifier: ISC */

/*
 * What countersign-key(8) says about keys and their records, as JSON: see
 * machine/key_program.h for how it is asked.  It fails if the program cannot be
 * run or prints something else, or says that it could not look at the keys.
 */

#include "machine/key_program.h"

#include <string.h>

#include "chain/private.h"

json_t *
chain_ask_keys(const struct chain *chain, const char *const arguments[],
    unsigned int limit_ms, char *why, size_t size)
{
	const struct key_program program = {
		.programs = chain->programs,
		.config_file = chain->config_file,
		.keys_user = chain->config->keys_user,
		.user = chain->config->user,
	};
	struct machine_output out;
	json_t *answer;

	key_program_ask(&program, arguments, limit_ms, &out);
	answer = out.text == NULL ? NULL : json_loadb(out.text, out.len, 0,
	    NULL);
	/* Without problems, as it did not get to them. */
	if (strcmp(chain_text(answer, "status"), "unknown") == 0) {
		json_decref(answer);
		answer = NULL;
	}
	if (answer == NULL)
		(void)machine_why(KEY_PROGRAM, &out, why, size);
	machine_output_finish(&out);
	return answer;
}

const char *
chain_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "" : text;
}
