/* SPDX-License-Identifier: ISC */

/*
 * Public messages and what is to be said of their signatures: messages.json
 * names each file, the records that DNS would serve, and the verdicts.
 * Usage: test_messages FOLDER
 */

#include <err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "runner.h"

static const char *folder;

static json_t *
load_json(const char *name)
{
	char path[1024];
	json_error_t error;
	json_t *json;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if ((json = json_load_file(path, 0, &error)) == NULL)
		errx(1, "%s:%d: %s", path, error.line, error.text);
	return json;
}

static char *
load_file(const char *name, size_t *len)
{
	static char text[1 << 20];
	char path[1024];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if ((file = fopen(path, "rb")) == NULL)
		err(1, "%s", path);
	*len = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	return text;
}

/* arg is the set's records: name to text, or to null for a failing server. */
static enum dkimsig_dns
look_up(void *arg, const char *name, const char **txt)
{
	json_t *record = json_object_get(arg, name);

	if (record == NULL)
		return DKIMSIG_DNS_NONE;
	if (json_is_null(record))
		return DKIMSIG_DNS_FAILED;
	*txt = json_string_value(record);
	return DKIMSIG_DNS_FOUND;
}

static void
test_messages(void **state)
{
	static struct runner_message message;
	char verdicts[RUNNER_VERDICTS_SIZE];
	json_t *records = load_json("records.json");
	json_t *cases = load_json("messages.json"), *row;
	const char *file, *set, *want;
	size_t i, len, nfailed = 0;
	char *text;

	(void)state;
	json_array_foreach(cases, i, row) {
		file = json_string_value(json_object_get(row, "file"));
		set = json_string_value(json_object_get(row, "records"));
		want = json_string_value(json_object_get(row, "verdicts"));
		text = load_file(file, &len);
		runner_message_parse(&message, text, len);
		runner_verify(&message, (int64_t)json_integer_value(
		    json_object_get(row, "now")), look_up,
		    json_object_get(records, set), verdicts);
		if (strcmp(verdicts, want) != 0) {
			print_message("# %s: %s\n", file, verdicts);
			nfailed++;
		}
		runner_message_finish(&message);
	}
	assert_true(i > 40);
	json_decref(cases);
	json_decref(records);
	assert_int_equal(nfailed, 0);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
	};

	if (argc != 2)
		errx(2, "usage: test_messages FOLDER");
	folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
