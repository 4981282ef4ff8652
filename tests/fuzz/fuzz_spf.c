/* SPDX-License-Identifier: ISC */

/*
 * check_host() with a client, a sender, a HELO and answers of DNS all made
 * from the input, a line each:
 *
 *	4 or 6 (or 0: it has none), and the octets of the client's address
 *	sender
 *	HELO
 *	domain
 *	an answer for the next question, again from the first after the last:
 *	"!" NXDOMAIN, "-" no data, "?" no answer, "~" no data after 15 seconds,
 *	else records joined by "|"
 *
 * What is asked is a name that means what it says, within the limits; the
 * reason and the explanation are printable.  Each line is then a record, and
 * each a macro text expanded into a buffer of each size that it may need.
 */

#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "spf/macro.h"
#include "spf/record.h"
#include "spf/spf.h"

#define MAX_INPUT	32768	/* octets */
#define MAX_QUESTIONS	600	/* of 11 terms, with the names of the client */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int64_t	__wrap_monotonic_ms(void);

struct text {
	const char	*data;
	size_t		 len;
};

struct source {
	struct text	 rest, answers;
	unsigned int	 questions;
};

static int64_t now_ms;

int64_t
__wrap_monotonic_ms(void)
{
	return now_ms;
}

/* Up to the next separator, which is taken off too. */
static struct text
take(struct text *rest, char separator)
{
	struct text taken = *rest;
	const char *end = rest->len == 0 ? NULL :
	    memchr(rest->data, separator, rest->len);

	if (end == NULL)
		rest->len = 0;
	else {
		taken.len = (size_t)(end - rest->data);
		rest->data = end + 1;
		rest->len -= taken.len + 1;
	}
	return taken;
}

/* In memory of its own size; with a NUL if it is a string. */
static void *
copy(struct text text, bool is_string)
{
	size_t size = text.len + is_string;
	char *p = malloc(size == 0 ? 1 : size);

	if (p == NULL)
		abort();
	if (text.len > 0)
		memcpy(p, text.data, text.len);
	if (is_string)
		p[text.len] = '\0';
	return p;
}

static void
check_name(const char *name)
{
	size_t len = strlen(name), i;

	if (len == 0 || len > 254 || name[0] == '.' ||
	    strstr(name, "..") != NULL)
		abort();
	for (i = 0; i < len; i++)
		if (name[i] < ' ' || name[i] > '~' || name[i] == '\\')
			abort();
}

static void
add_record(struct dns_answer *answer, enum dns_type type, struct text text)
{
	struct dns_record *records, *r;

	records = reallocarray(answer->records, answer->n + 1, sizeof(*r));
	if (records == NULL)
		abort();
	answer->records = records;
	r = &records[answer->n++];
	memset(r, 0, sizeof(*r));
	if (type == DNS_A || type == DNS_AAAA) {
		r->len = type == DNS_A ? 4 : 16;
		if ((r->data = calloc(1, r->len)) == NULL)
			abort();
		if (text.len > 0)
			memcpy(r->data, text.data, text.len < r->len ?
			    text.len : r->len);
		return;
	}
	r->data = copy(text, type != DNS_TXT);
	r->len = type == DNS_TXT ? text.len : strlen((char *)r->data);
}

static enum dns_status
look_up(void *arg, const char *name, enum dns_type type,
    struct dns_answer *answer)
{
	struct source *source = arg;
	struct text line;

	check_name(name);
	if (++source->questions > MAX_QUESTIONS)
		abort();
	memset(answer, 0, sizeof(*answer));
	answer->ttl = source->questions;
	if (source->rest.len == 0)
		source->rest = source->answers;
	line = take(&source->rest, '\n');
	switch (line.len > 0 ? line.data[0] : '!') {
	case '!':
		return answer->status = DNS_NXDOMAIN;
	case '~':
		now_ms += 15000;
		return answer->status = DNS_NODATA;
	case '-':
		return answer->status = DNS_NODATA;
	case '?':
		return answer->status = DNS_TEMPFAIL;
	}
	while (line.len > 0)
		add_record(answer, type, take(&line, '|'));
	return answer->status = DNS_OK;
}

static void
check_text(const char *text, size_t size)
{
	if (memchr(text, '\0', size) == NULL)
		abort();
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			abort();
}

static void
evaluate(struct text rest)
{
	struct text client = take(&rest, '\n');
	char *sender = copy(take(&rest, '\n'), true);
	char *helo = copy(take(&rest, '\n'), true);
	char *domain = copy(take(&rest, '\n'), true);
	struct source source = { .rest = rest, .answers = rest };
	unsigned char address[16] = { 0 };
	struct spf_query query = {
		.address = address, .sender = sender, .helo = helo,
		.domain = domain, .lookup = look_up, .arg = &source,
	};
	struct spf_answer answer;

	now_ms = 1000;
	query.family = client.len == 0 || client.data[0] == '0' ? AF_UNSPEC :
	    client.data[0] == '6' ? AF_INET6 : AF_INET;
	if (client.len > 1)
		memcpy(address, client.data + 1, client.len - 1 < 16 ?
		    client.len - 1 : 16);
	spf_check_host(&query, &answer);
	check_text(answer.reason, sizeof(answer.reason));
	check_text(answer.explanation, sizeof(answer.explanation));
	if (answer.reason[0] == '\0' ||
	    strcmp(spf_result_name(answer.result), "unknown") == 0 ||
	    answer.lookups > SPF_MAX_LOOKUPS + 1 ||
	    answer.voids > SPF_MAX_VOID + 1 ||
	    (answer.result != SPF_PERMERROR &&
	    (answer.lookups > SPF_MAX_LOOKUPS ||
	    answer.voids > SPF_MAX_VOID)) ||
	    (answer.result != SPF_FAIL && answer.explanation[0] != '\0'))
		abort();
	free(sender);
	free(helo);
	free(domain);
}

static const char *
client_name(void *arg)
{
	return arg;
}

/* The whole, and cut: a size is enough if and only if the text fits. */
static void
expand(const char *text, size_t len, const char *value)
{
	static const unsigned char address[16] = { 192, 0, 2, 1 };
	struct spf_macro_values values = {
		.sender = value, .domain = value, .helo = value,
		.receiver = value, .family = AF_INET6, .address = address,
		.client_name = client_name, .arg = (void *)(uintptr_t)value,
	};
	char whole[SPF_MACRO_SIZE], *buf;
	size_t size;

	if (!spf_macro_expand(&values, text, len, whole, sizeof(whole)))
		return;
	size = strlen(whole);
	if ((buf = malloc(size + 1)) == NULL)
		abort();
	if (!spf_macro_expand(&values, text, len, buf, size + 1) ||
	    strcmp(buf, whole) != 0 ||
	    spf_macro_expand(&values, text, len, buf, size))
		abort();
	free(buf);
}

/* What is right is right in all its parts, and a domain-spec a string. */
static void
parse(struct text line, const char *value)
{
	char *text = copy(line, false);
	struct spf_cursor cursor;
	struct spf_term term;

	if (spf_macro_is_domain_spec(text, line.len) &&
	    !spf_macro_is_string(text, line.len))
		abort();
	if (spf_macro_is_explanation(text, line.len))
		expand(text, line.len, value);
	else if (spf_macro_is_string(text, line.len))
		abort();
	if (spf_record_is(text, line.len) &&
	    spf_record_is_valid(text, line.len, &term)) {
		spf_cursor_init(&cursor, text, line.len);
		while (spf_cursor_next(&cursor, &term) == 1)
			if (term.textlen == 0 || term.prefix4 > 32 ||
			    term.prefix6 > 128 || (term.spec != NULL &&
			    !spf_macro_is_string(term.spec, term.speclen)))
				abort();
	}
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct text rest = { (const char *)data, len }, line;
	char *value;

	if (len > MAX_INPUT)
		return 0;
	evaluate(rest);
	(void)take(&rest, '\n');
	line = take(&rest, '\n');
	value = copy(line, true);
	while (rest.len > 0) {
		line = take(&rest, '\n');
		while (line.len > 0)
			parse(take(&line, '|'), value);
	}
	free(value);
	return 0;
}
