/* SPDX-License-Identifier: ISC */

/*
 * Converts libunbound's answers, RFC 1035 section 3.3.
 *
 * The octets are not trusted: each length is checked, and a record is left out
 * if it is malformed or contains a name that no host can have.  A bogus answer
 * (DNSSEC), an error code and being out of memory are DNS_TEMPFAIL with a
 * reason for the log.
 */

#include "resolver/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/text.h"

void
dns_answer_free(struct dns_answer *answer)
{
	size_t i;

	for (i = 0; i < answer->n; i++)
		free(answer->records[i].data);
	free(answer->records);
	answer->records = NULL;
	answer->n = 0;
}

void
dns_answer_fail(struct dns_answer *answer, const char *reason)
{
	dns_answer_free(answer);
	answer->status = DNS_TEMPFAIL;
	(void)snprintf(answer->reason, sizeof(answer->reason), "%s", reason);
}

/*
 * Convert a name in wire format to text in out, which has len + 1 octets.
 * Returns its length, or 0 if it is malformed or no host can have it.
 */
static size_t
name_to_text(const unsigned char *wire, size_t len, unsigned char *out)
{
	size_t at = 0, n = 0, label;
	unsigned char c;

	while (at < len && (label = wire[at++]) != 0) {
		if (label > 63 || label > len - at)
			return 0;
		if (n > 0)
			out[n++] = '.';
		for (; label > 0; label--) {
			c = wire[at++];
			if (c <= ' ' || c > '~' || c == '.')
				return 0;
			out[n++] = (unsigned char)text_lower((char)c);
		}
	}
	return at == len && len > 0 && wire[len - 1] == 0 && n <= DNS_MAX_NAME ?
	    n : 0;
}

/* Join the strings of a TXT record; false if the last one is cut off. */
static bool
join_strings(const unsigned char *wire, size_t len, struct dns_record *record)
{
	size_t at = 0, n;

	while (at < len) {
		n = wire[at++];
		if (n > len - at)
			return false;
		memcpy(record->data + record->len, wire + at, n);
		record->len += n;
		at += n;
	}
	return true;
}

static bool
fill(struct dns_record *record, enum dns_type type,
    const unsigned char *wire, size_t len)
{
	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		if (len != (type == DNS_A ? 4U : 16U))
			return false;
		memcpy(record->data, wire, len);
		record->len = len;
		return true;
	case DNS_TXT:
		return join_strings(wire, len, record);
	case DNS_MX:
		if (len < 3)
			return false;
		record->preference = (unsigned int)wire[0] << 8 | wire[1];
		/* "MX 0 .", RFC 7505: the name is empty. */
		if (len == 3 && wire[2] == 0)
			return true;
		record->len = name_to_text(wire + 2, len - 2, record->data);
		return record->len > 0;
	case DNS_PTR:
		record->len = name_to_text(wire, len, record->data);
		return record->len > 0;
	}
	return false;
}

static size_t
count(const struct ub_result *result)
{
	size_t n = 0;

	while (result->data[n] != NULL)
		n++;
	return n;
}

static bool
take_records(struct dns_answer *answer, enum dns_type type,
    const struct ub_result *result)
{
	struct dns_record *record;
	size_t n = count(result), len, i;

	if ((answer->records = calloc(n + 1, sizeof(*record))) == NULL)
		return false;
	for (i = 0; i < n; i++) {
		record = &answer->records[answer->n];
		len = result->len[i] > 0 ? (size_t)result->len[i] : 0;
		if ((record->data = calloc(1, len + 2)) == NULL)
			return false;
		if (fill(record, type,
		    (const unsigned char *)result->data[i], len))
			answer->n++;
		else {
			free(record->data);
			memset(record, 0, sizeof(*record));
		}
	}
	return true;
}

void
dns_answer_take(struct dns_answer *answer, enum dns_type type,
    const struct ub_result *result)
{
	char reason[sizeof(answer->reason)];

	answer->ttl = result->ttl > 0 ? (uint32_t)result->ttl : 0;
	answer->secure = result->secure != 0;
	if (result->bogus) {
		(void)snprintf(reason, sizeof(reason), "DNSSEC: %s",
		    result->why_bogus != NULL ? result->why_bogus : "bogus");
		dns_answer_fail(answer, reason);
	} else if (result->nxdomain)
		answer->status = DNS_NXDOMAIN;
	else if (result->rcode != 0) {
		(void)snprintf(reason, sizeof(reason),
		    result->rcode == 2 ? "SERVFAIL" : "RCODE %d",
		    result->rcode);
		dns_answer_fail(answer, reason);
		answer->servfail = result->rcode == 2;
	} else if (!result->havedata)
		answer->status = DNS_NODATA;
	else if (!take_records(answer, type, result))
		dns_answer_fail(answer, "out of memory");
	else
		answer->status = DNS_OK;
}

enum dns_status
dns_lookup_none(void *arg, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	(void)arg;
	(void)name;
	(void)type;
	memset(answer, 0, sizeof(*answer));
	dns_answer_fail(answer, "no resolver");
	return answer->status;
}

void
dns_lookup_all_none(void *arg, const struct dns_question *questions, size_t n,
    enum dns_type type, struct dns_answer *answers)
{
	size_t i;

	for (i = 0; i < n; i++)
		(void)dns_lookup_none(arg, questions[i].name, type,
		    &answers[i]);
}
