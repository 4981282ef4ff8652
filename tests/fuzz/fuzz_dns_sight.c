/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a whole answer of a name server, as a look at a key and the
 * advice read it.  fuzz_dns_message.c has answers that are well-formed.
 */

#include <stdint.h>

#include "dnschecks.h"

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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input input = { data, len };
	const struct advice_resolver resolver = {
		.ask = ask, .context = &input
	};
	ldns_pkt *answer;

	if ((answer = parse(&input)) == NULL)
		return 0;
	check_look(answer);
	ldns_pkt_free(answer);
	check_advice(&resolver);
	return 0;
}
