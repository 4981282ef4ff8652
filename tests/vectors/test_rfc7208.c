/* SPDX-License-Identifier: ISC */

/*
 * The SPF suite for RFC 7208 (rfc7208/rfc7208-tests.yml), all of it, each
 * case a test of its own, against the zone of its scenario.  rfc7208.py
 * reads the YAML.
 * Usage: test_rfc7208 FOLDER
 */

#include <sys/socket.h>

#include <err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>
#include <jansson.h>

#include "spf/spf.h"

#define NCASES		203
#define MAX_RECORDS	128	/* of one name */

struct spf_case {
	json_t	*zone, *json;
};

static struct spf_case cases[NCASES];
static struct CMUnitTest tests[NCASES];

/* From hexadecimal; with a NUL behind.  The caller frees. */
static unsigned char *
octets_of(const char *hex, size_t *len)
{
	unsigned char *data;
	char pair[3] = "";
	size_t i;

	*len = strlen(hex) / 2;
	if ((data = calloc(1, *len + 1)) == NULL)
		err(1, NULL);
	for (i = 0; i < *len; i++) {
		memcpy(pair, hex + i * 2, 2);
		data[i] = (unsigned char)strtoul(pair, NULL, 16);
	}
	return data;
}

static char *
text_of(json_t *object, const char *name)
{
	size_t len;

	return (char *)octets_of(json_string_value(json_object_get(object,
	    name)), &len);
}

static json_t *
find_name(json_t *zone, const char *name)
{
	const char *key;
	json_t *records;

	json_object_foreach(zone, key, records)
		if (strcasecmp(key, name) == 0)
			return records;
	return NULL;
}

static const char *
type_name(enum dns_type type)
{
	switch (type) {
	case DNS_A:
		return "A";
	case DNS_AAAA:
		return "AAAA";
	case DNS_MX:
		return "MX";
	case DNS_PTR:
		return "PTR";
	case DNS_TXT:
		return "TXT";
	}
	return "";
}

/* A record by its type and data; true for one that is a CNAME. */
static bool
add_record(struct dns_answer *answer, json_t *record, enum dns_type type,
    const char **alias)
{
	const char *kind = json_string_value(json_array_get(record, 0));
	const char *data = json_string_value(json_array_get(record, 1));
	struct dns_record *r = &answer->records[answer->n];

	if (strcmp(kind, "CNAME") == 0) {
		*alias = data;
		return true;
	}
	if (strcmp(data, "TIMEOUT") == 0) {
		/* For what is not above it. */
		if (answer->n == 0 && (strcmp(kind, "TIMEOUT") == 0 ||
		    strcmp(kind, type_name(type)) == 0))
			answer->status = DNS_TEMPFAIL;
	} else if (strcmp(kind, type_name(type)) == 0) {
		assert_true(answer->n < MAX_RECORDS);
		r->data = octets_of(data, &r->len);
		answer->n++;
	}
	return false;
}

static enum dns_status
look_up(void *arg, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	const struct spf_case *c = arg;
	json_t *records = find_name(c->zone, name), *record;
	const char *alias = NULL;
	char *target;
	size_t i, len;

	memset(answer, 0, sizeof(*answer));
	answer->ttl = 300;
	answer->status = DNS_NXDOMAIN;
	if (records == NULL)
		return answer->status;
	answer->status = DNS_NODATA;
	answer->records = calloc(MAX_RECORDS, sizeof(*answer->records));
	assert_non_null(answer->records);
	json_array_foreach(records, i, record)
		if (add_record(answer, record, type, &alias))
			break;
	if (alias != NULL) {
		dns_answer_free(answer);
		target = (char *)octets_of(alias, &len);
		(void)look_up(arg, target, type, answer);
		free(target);
	} else if (answer->n > 0)
		answer->status = DNS_OK;
	return answer->status;
}

static bool
is_allowed(json_t *results, const char *result)
{
	json_t *allowed;
	size_t i;

	json_array_foreach(results, i, allowed)
		if (strcmp(json_string_value(allowed), result) == 0)
			return true;
	return false;
}

static void
test_case(void **state)
{
	struct spf_case *c = *state;
	char *helo = text_of(c->json, "helo"), *at;
	char *sender = text_of(c->json, "sender");
	const char *explanation = json_string_value(json_object_get(c->json,
	    "explanation"));
	struct spf_answer answer;
	struct spf_query query = {
		.helo = helo, .sender = sender, .lookup = look_up, .arg = c,
	};
	unsigned char *client;
	size_t len;

	client = octets_of(json_string_value(json_object_get(c->json,
	    "client")), &len);
	query.address = client;
	query.family = len == 4 ? AF_INET : AF_INET6;
	at = strrchr(sender, '@');
	query.domain = at != NULL ? at + 1 : helo;
	spf_check_host(&query, &answer);
	print_message("# %s: %s\n", json_string_value(json_object_get(c->json,
	    "name")), answer.reason);
	if (!is_allowed(json_object_get(c->json, "results"),
	    spf_result_name(answer.result)))
		fail_msg("%s: %s", spf_result_name(answer.result),
		    answer.reason);
	if (explanation != NULL)
		assert_string_equal(answer.explanation,
		    strcmp(explanation, "DEFAULT") == 0 ? "" : explanation);
	free(client);
	free(helo);
	free(sender);
}

static json_t *
load_suite(const char *folder)
{
	char command[2048];
	json_error_t error;
	json_t *suite;
	FILE *fp;

	if (strchr(folder, '\'') != NULL || (size_t)snprintf(command,
	    sizeof(command), "python3 '%s/rfc7208.py' "
	    "'%s/rfc7208/rfc7208-tests.yml'", folder, folder) >=
	    sizeof(command))
		errx(1, "%s: no such folder", folder);
	if ((fp = popen(command, "r")) == NULL)
		err(1, "python3");
	if ((suite = json_loadf(fp, 0, &error)) == NULL)
		errx(1, "rfc7208.py: %s", error.text);
	if (pclose(fp) != 0)
		errx(1, "rfc7208.py failed");
	return suite;
}

int
main(int argc, char *argv[])
{
	json_t *suite, *scenario, *list, *json;
	size_t i, j, n = 0;
	int r;

	if (argc != 2)
		errx(2, "usage: test_rfc7208 FOLDER");
	suite = load_suite(argv[1]);
	json_array_foreach(suite, i, scenario) {
		list = json_object_get(scenario, "cases");
		json_array_foreach(list, j, json) {
			if (n == NCASES)
				errx(1, "more than %d cases", NCASES);
			cases[n].zone = json_object_get(scenario, "zone");
			cases[n].json = json;
			tests[n] = (struct CMUnitTest){
				.name = json_string_value(json_object_get(
				    json, "name")),
				.test_func = test_case,
				.initial_state = &cases[n],
			};
			n++;
		}
	}
	if (n != NCASES)
		errx(1, "%zu cases instead of %d", n, NCASES);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	json_decref(suite);
	return r;
}
