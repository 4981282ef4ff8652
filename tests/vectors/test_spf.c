/* SPDX-License-Identifier: ISC */

/*
 * The conformance suite for RFC 7208, release 2014.04: each case with its own
 * zone.  argv[1] is the suite as rfc7208/to-json.py writes it.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>
#include <jansson.h>

#include "spf.h"

#define CASES		203	/* of the release */
#define TTL		300

static const char *const type_names[] = {
	[DNS_A] = "A", [DNS_PTR] = "PTR", [DNS_MX] = "MX", [DNS_TXT] = "TXT",
	[DNS_AAAA] = "AAAA",
};

static size_t
from_hex(const char *hex, unsigned char *octets)
{
	size_t n = strlen(hex) / 2, i;
	unsigned int octet;

	for (i = 0; i < n; i++) {
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &octet), 1);
		octets[i] = (unsigned char)octet;
	}
	octets[n] = '\0';
	return n;
}

static void
add_record(struct dns_answer *answer, enum dns_type type, json_t *entry)
{
	const char *hex = json_string_value(json_array_get(entry, 1));
	struct dns_record *record;
	char text[512];
	size_t i;

	answer->records = recallocarray(answer->records, answer->n,
	    answer->n + 1, sizeof(*record));
	assert_non_null(answer->records);
	record = &answer->records[answer->n++];
	record->data = calloc(1, strlen(hex) / 2 + 17);
	assert_non_null(record->data);
	record->len = from_hex(hex, record->data);
	record->preference = (unsigned int)json_integer_value(
	    json_array_get(entry, 2));
	if (type == DNS_A || type == DNS_AAAA) {
		strlcpy(text, (char *)record->data, sizeof(text));
		assert_int_equal(inet_pton(type == DNS_A ? AF_INET : AF_INET6,
		    text, record->data), 1);
		record->len = type == DNS_A ? 4 : 16;
	} else if (type != DNS_TXT) {
		if (record->data[record->len - 1] == '.')
			record->data[--record->len] = '\0';
		for (i = 0; i < record->len; i++)
			if (record->data[i] >= 'A' && record->data[i] <= 'Z')
				record->data[i] |= 0x20;
	}
}

/* The entries of a name; aliases followed, as a resolver does. */
static json_t *
find_entries(json_t *zone, const char *name, unsigned int aliases)
{
	char target[512];
	json_t *value, *first;
	const char *key;
	size_t len;

	json_object_foreach(zone, key, value) {
		if (strcasecmp(key, name) != 0)
			continue;
		first = json_array_get(value, 0);
		if (first == NULL || strcmp(json_string_value(json_array_get(
		    first, 0)), "CNAME") != 0)
			return value;
		if (aliases == 0)
			return json_null();
		len = from_hex(json_string_value(json_array_get(first, 1)),
		    (unsigned char *)target);
		if (target[len - 1] == '.')
			target[len - 1] = '\0';
		return find_entries(zone, target, aliases - 1);
	}
	return NULL;
}

static enum dns_status
look_up(void *arg, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	json_t *zone = arg, *entries, *entry;
	const char *kind;
	size_t i;

	memset(answer, 0, sizeof(*answer));
	answer->ttl = TTL;
	answer->status = DNS_NXDOMAIN;
	if ((entries = find_entries(zone, name, 8)) == NULL)
		return answer->status;
	if (json_is_null(entries))
		return answer->status = DNS_TEMPFAIL;
	answer->status = DNS_NODATA;
	json_array_foreach(entries, i, entry) {
		kind = json_string_value(json_array_get(entry, 0));
		if (strcmp(kind, type_names[type]) != 0 &&
		    (strcmp(kind, "*") != 0 || answer->n > 0))
			continue;
		if (json_is_null(json_array_get(entry, 1))) {
			dns_answer_free(answer);
			return answer->status = DNS_TEMPFAIL;
		}
		add_record(answer, type, entry);
		answer->status = DNS_OK;
	}
	return answer->status;
}

/* Whether the case comes out as it must; says what it came to if not. */
static bool
run_case(json_t *zone, json_t *test)
{
	const char *client = json_string_value(json_object_get(test,
	    "client")), *sender = json_string_value(json_object_get(test,
	    "sender")), *helo = json_string_value(json_object_get(test,
	    "helo")), *explanation = json_string_value(json_object_get(test,
	    "explanation"));
	unsigned char address[16];
	struct spf_query query = {
		.family = strchr(client, ':') != NULL ? AF_INET6 : AF_INET,
		.address = address, .sender = sender, .helo = helo,
		.lookup = look_up, .arg = zone,
	};
	struct spf_answer answer;
	json_t *result;
	bool is_right = false;
	size_t i;

	assert_int_equal(inet_pton(query.family, client, address), 1);
	query.domain = strrchr(sender, '@') != NULL ?
	    strrchr(sender, '@') + 1 : sender[0] != '\0' ? sender : helo;
	if (sender[0] == '\0')
		query.sender = NULL;
	spf_check_host(&query, &answer);
	json_array_foreach(json_object_get(test, "results"), i, result)
		if (strcmp(json_string_value(result),
		    spf_result_name(answer.result)) == 0)
			is_right = true;
	if (explanation != NULL && answer.result == SPF_FAIL &&
	    strcmp(explanation, "DEFAULT") != 0 &&
	    strcmp(explanation, answer.explanation) != 0)
		is_right = false;
	if (explanation != NULL && strcmp(explanation, "DEFAULT") == 0 &&
	    answer.explanation[0] != '\0')
		is_right = false;
	if (!is_right)
		print_error("%s: %s (%s), explanation \"%s\"\n",
		    json_string_value(json_object_get(test, "name")),
		    spf_result_name(answer.result), answer.reason,
		    answer.explanation);
	return is_right;
}

static void
every_case(void **state)
{
	json_t *suite = *state, *scenario, *test;
	size_t n = 0, wrong = 0, i, j;

	json_array_foreach(suite, i, scenario)
		json_array_foreach(json_object_get(scenario, "tests"), j,
		    test) {
			n++;
			if (!run_case(json_object_get(scenario, "zone"),
			    test))
				wrong++;
		}
	assert_int_equal(wrong, 0);
	assert_int_equal(n, CASES);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(every_case, NULL),
	};
	struct CMUnitTest with_suite[1];
	json_error_t error;
	json_t *suite;
	int r;

	if (argc != 2 || (suite = json_load_file(argv[1], 0, &error)) == NULL)
		return 99;
	memcpy(with_suite, tests, sizeof(tests));
	with_suite[0].initial_state = suite;
	r = cmocka_run_group_tests(with_suite, NULL, NULL);
	json_decref(suite);
	return r;
}
