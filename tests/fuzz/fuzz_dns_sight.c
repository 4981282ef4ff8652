/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a whole answer of a name server, as a look at a key and the
 * advice read it.  What comes of it is text that a terminal may show.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "advice/advice.h"
#include "probe/look.h"

#define NAME	"s._domainkey.example.com"
#define WANTED \
    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct input {
	const uint8_t	*data;
	size_t		 len;
};

static ldns_pkt *
parse(const struct input *input)
{
	ldns_pkt *answer;

	return ldns_wire2pkt(&answer, input->data, input->len) ==
	    LDNS_STATUS_OK ? answer : NULL;
}

/* The same answer to whatever is asked; an advice_resolver function. */
static ldns_pkt *
ask(void *context, const char *name, ldns_rr_type type,
    bool checking_disabled)
{
	(void)name;
	(void)type;
	(void)checking_disabled;
	return parse(context);
}

static void
check_text(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			abort();
}

static void
check_look(const ldns_pkt *answer)
{
	struct dns_look look = { .has_address = true };
	struct dns_start start;
	struct dns_seen seen;
	char summary[1024];

	if (dns_look_read(answer, NAME, WANTED, &look, &seen) != 0)
		abort();
	if ((look.verdict == DNS_RIGHT) != (seen.published != NULL) ||
	    (look.is_alias && look.verdict != DNS_WRONG))
		abort();
	check_text(look.text);
	check_text(seen.target);
	free(seen.published);
	dns_look_summarize(&look, 1, 0, summary, sizeof(summary));
	check_text(summary);
	if (dns_start_read(ldns_pkt_answer(answer), NAME, &start)) {
		check_text(start.apex);
		check_text(start.primary);
	}
}

static void
check_advice(struct input *input)
{
	static const struct advice_record record = { .name = NAME };
	static const struct advice_facts facts = {
		.domain = "example.com", .zone = "example.com",
		.random_label = "random", .records = &record, .nrecords = 1
	};
	const struct advice_resolver resolver = {
		.ask = ask, .context = input
	};
	struct advice *advice;
	size_t i;

	if ((advice = calloc(1, sizeof(*advice))) == NULL)
		abort();
	advice_gather(&facts, &resolver, advice);
	for (i = 0; i < advice->nnotes; i++) {
		check_text(advice->notes[i].name);
		check_text(advice->notes[i].text);
	}
	free(advice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input input = { data, len };
	ldns_pkt *answer;

	if ((answer = parse(&input)) == NULL)
		return 0;
	check_look(answer);
	ldns_pkt_free(answer);
	check_advice(&input);
	return 0;
}
