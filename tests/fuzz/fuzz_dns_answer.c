/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: records of DNS.  The first octet chooses the type; records
 * follow, each after its length of one octet.  What is taken is what its
 * type promises: no more than there was, names without what no name has.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/answer.h"

#define MAX_RECORDS	16

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const enum dns_type types[] = {
	DNS_A, DNS_PTR, DNS_MX, DNS_TXT, DNS_AAAA
};

/* Copied to where they end, for a sanitizer to see; how many. */
static size_t
cut(const uint8_t *data, size_t len, char **wires, int *lengths)
{
	size_t n = 0, at = 0, size;

	while (at < len && n < MAX_RECORDS) {
		size = data[at++];
		if (size > len - at)
			size = len - at;
		if ((wires[n] = malloc(size + (size == 0))) == NULL)
			abort();
		memcpy(wires[n], data + at, size);
		lengths[n++] = (int)size;
		at += size;
	}
	wires[n] = NULL;
	return n;
}

static void
check(const struct dns_record *record, enum dns_type type)
{
	size_t i, label = 0;

	if (record->data[record->len] != '\0')
		abort();
	if ((type == DNS_A && record->len != 4) ||
	    (type == DNS_AAAA && record->len != 16))
		abort();
	if (type != DNS_MX && type != DNS_PTR)
		return;
	if (record->len > DNS_MAX_NAME || (type == DNS_PTR &&
	    record->len == 0))
		abort();
	for (i = 0; i < record->len; i++) {
		label = record->data[i] == '.' ? 0 : label + 1;
		if (label > 63 || record->data[i] <= ' ' ||
		    record->data[i] > '~' || (record->data[i] >= 'A' &&
		    record->data[i] <= 'Z'))
			abort();
	}
	if (record->len > 0 && label == 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *wires[MAX_RECORDS + 1];
	int lengths[MAX_RECORDS];
	struct ub_result result = {
		.data = wires, .len = lengths, .havedata = 1
	};
	struct dns_answer answer = { 0 };
	enum dns_type type;
	size_t n, i;

	if (len == 0)
		return 0;
	type = types[data[0] % (sizeof(types) / sizeof(types[0]))];
	n = cut(data + 1, len - 1, wires, lengths);
	dns_answer_take(&answer, type, &result);
	if (answer.status != DNS_OK || answer.n > n)
		abort();
	for (i = 0; i < answer.n; i++)
		check(&answer.records[i], type);
	dns_answer_free(&answer);
	for (i = 0; i < n; i++)
		free(wires[i]);
	return 0;
}
