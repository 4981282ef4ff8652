/* SPDX-License-Identifier: ISC */

/*
 * What is read from answers of name servers: text that a terminal may show, and
 * verdicts that go together.
 */

#include "dnschecks.h"

#include <stdlib.h>

#include "probe/look.h"

#define WANTED \
    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static void
check_text(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			abort();
}

void
check_look(const ldns_pkt *answer)
{
	struct dns_look look = { .has_address = true };
	struct dns_start start;
	struct dns_seen seen;
	char summary[1024];

	if (dns_look_read(answer, DNSCHECKS_NAME, WANTED, &look, &seen) != 0)
		abort();
	if ((look.verdict == DNS_RIGHT) != (seen.published != NULL) ||
	    (look.is_alias && look.verdict != DNS_WRONG))
		abort();
	check_text(look.text);
	check_text(seen.target);
	free(seen.published);
	dns_look_summarize(&look, 1, 0, summary, sizeof(summary));
	check_text(summary);
	if (dns_start_read(ldns_pkt_answer(answer), DNSCHECKS_NAME, &start)) {
		check_text(start.apex);
		check_text(start.primary);
	}
}

void
check_advice(const struct advice_resolver *resolver)
{
	static const struct advice_record record = { .name = DNSCHECKS_NAME };
	static const struct advice_facts facts = {
		.domain = "example.com", .zone = "example.com",
		.random_label = "random", .records = &record, .nrecords = 1
	};
	struct advice *advice;
	size_t i;

	if ((advice = calloc(1, sizeof(*advice))) == NULL)
		abort();
	advice_gather(&facts, resolver, advice);
	for (i = 0; i < advice->nnotes; i++) {
		check_text(advice->notes[i].name);
		check_text(advice->notes[i].text);
	}
	free(advice);
}
