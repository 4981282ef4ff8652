/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: answers of name servers that are well-formed messages, a new one
 * to each question.  A look at a key reads the first, the advice all that
 * follow; when the input is over, nobody answers.
 *
 * A message is an octet with flags and one with its status and the number of
 * its records.  A record is an octet that names its type and whether it is an
 * answer or authority, one that names its owner, one with the length of its
 * data, and the data: octets of text, of an address, of numbers, or one that
 * says which name.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dnschecks.h"

#define MAX_LENGTH	4096	/* octets of input */
#define MAX_MESSAGE	4096	/* octets of an answer */
#define MAX_RECORDS	8

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct input {
	const uint8_t	*data;
	size_t		 len;
};

struct message {
	uint8_t		 octets[MAX_MESSAGE];
	size_t		 len;
};

/* The first stands for the name that was asked for. */
static const char *const names[] = {
	NULL, "example.com", "_domainkey.example.com", "ns1.example.net",
	DNSCHECKS_NAME, "_dmarc.example.com", "mail.example.com", ".",
	"s1.provider.example", "a\\.b.example.com", "x\\010y.example.com",
	"a.very.long.name.with.many.labels.that.nobody.needs.example.com"
};
#define NNAMES	(sizeof(names) / sizeof(names[0]))

static const ldns_rr_type types[] = {
	LDNS_RR_TYPE_TXT, LDNS_RR_TYPE_CNAME, LDNS_RR_TYPE_NS,
	LDNS_RR_TYPE_SOA, LDNS_RR_TYPE_MX, LDNS_RR_TYPE_A, LDNS_RR_TYPE_AAAA,
	LDNS_RR_TYPE_DS, LDNS_RR_TYPE_DNSKEY, LDNS_RR_TYPE_RRSIG,
	LDNS_RR_TYPE_DNAME, LDNS_RR_TYPE_NSEC, LDNS_RR_TYPE_SPF
};

static uint8_t
next(struct input *input)
{
	if (input->len == 0)
		return 0;
	input->len--;
	return *input->data++;
}

static void
put(struct message *message, const void *octets, size_t len)
{
	if (len > MAX_MESSAGE - message->len)
		len = MAX_MESSAGE - message->len;
	memcpy(message->octets + message->len, octets, len);
	message->len += len;
}

static void
put_u16(struct message *message, size_t value)
{
	const uint8_t octets[] = { (uint8_t)(value >> 8), (uint8_t)value };

	put(message, octets, sizeof(octets));
}

static void
put_name(struct message *message, const char *name)
{
	ldns_rdf *rdf;

	if ((rdf = ldns_dname_new_frm_str(name)) == NULL)
		abort();
	put(message, ldns_rdf_data(rdf), ldns_rdf_size(rdf));
	ldns_rdf_deep_free(rdf);
}

static void
put_choice(struct message *message, const char *asked, unsigned int choice)
{
	const char *name = names[choice % NNAMES];

	put_name(message, name != NULL ? name : asked);
}

/* Strings of at most 255 octets; a shorter first one, if it is odd. */
static void
put_strings(struct message *message, const uint8_t *data, size_t len)
{
	size_t n = (len & 1) != 0 && len > 20 ? 20 : len;

	do {
		put(message, &(uint8_t){ (uint8_t)n }, 1);
		put(message, data, n);
		data += n;
		len -= n;
		n = len;
	} while (len > 0);
}

static void
put_data(struct message *message, ldns_rr_type type, const char *asked,
    const uint8_t *data, size_t len)
{
	const unsigned int choice = len > 0 ? data[0] : 0;
	uint8_t numbers[20] = { 0 };

	switch (type) {
	case LDNS_RR_TYPE_TXT:
	case LDNS_RR_TYPE_SPF:
		put_strings(message, data, len);
		break;
	case LDNS_RR_TYPE_MX:
		put_u16(message, len);
		put_choice(message, asked, choice);
		break;
	case LDNS_RR_TYPE_CNAME:
	case LDNS_RR_TYPE_DNAME:
	case LDNS_RR_TYPE_NS:
		put_choice(message, asked, choice);
		break;
	case LDNS_RR_TYPE_SOA:
		put_choice(message, asked, choice);
		put_choice(message, asked, choice / NNAMES);
		memcpy(numbers, data, len < 20 ? len : 20);
		put(message, numbers, sizeof(numbers));
		break;
	default:
		put(message, data, len);
	}
}

static void
put_record(struct message *message, struct input *input, ldns_rr_type type,
    const char *asked)
{
	static const uint8_t ttl[4] = { 0, 0, 1, 0x2c };
	size_t at, n;

	put_choice(message, asked, next(input));
	put_u16(message, type);
	put_u16(message, LDNS_RR_CLASS_IN);
	put(message, ttl, sizeof(ttl));
	at = message->len;
	put_u16(message, 0);
	if ((n = next(input)) > input->len)
		n = input->len;
	put_data(message, type, asked, input->data, n);
	input->data += n;
	input->len -= n;
	if (message->len < MAX_MESSAGE) {
		n = message->len - at - 2;
		message->octets[at] = (uint8_t)(n >> 8);
		message->octets[at + 1] = (uint8_t)n;
	}
}

/* The answer to a question; NULL: there is none. */
static ldns_pkt *
answer(struct input *input, const char *name, ldns_rr_type type)
{
	static const uint8_t id[2] = { 0x12, 0x34 };
	struct message message = { .len = 0 };
	unsigned int flags, status, kind, i, counts[2] = { 0, 0 };
	ldns_pkt *packet;

	if (input->len < 2)
		return NULL;
	flags = next(input);
	status = next(input);
	put(&message, id, sizeof(id));
	/* AA, TC, RD; RA, AD, CD and the status. */
	put_u16(&message, 0x8000 | (flags & 7) << 8 | (flags & 0xb0) |
	    status % 16);
	put_u16(&message, 1);
	put_u16(&message, 0);
	put_u16(&message, 0);
	put_u16(&message, 0);
	put_name(&message, name);
	put_u16(&message, type);
	put_u16(&message, LDNS_RR_CLASS_IN);
	for (i = 0; i < status / 16 % (MAX_RECORDS + 1); i++) {
		kind = next(input);
		/* Authority comes after the answers. */
		counts[counts[1] > 0 || (kind & 0x80) != 0]++;
		put_record(&message, input, kind % 16 == 15 ? type :
		    types[kind % 16 % (sizeof(types) / sizeof(types[0]))],
		    name);
	}
	message.octets[7] = (uint8_t)counts[0];
	message.octets[9] = (uint8_t)counts[1];
	return ldns_wire2pkt(&packet, message.octets, message.len) ==
	    LDNS_STATUS_OK ? packet : NULL;
}

/* An advice_resolver function. */
static ldns_pkt *
ask(void *context, const char *name, ldns_rr_type type,
    bool checking_disabled)
{
	(void)checking_disabled;
	return answer(context, name, type);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input input = { data, len };
	const struct advice_resolver resolver = {
		.ask = ask, .context = &input
	};
	ldns_pkt *first;

	if (len > MAX_LENGTH)
		return 0;
	first = answer(&input, DNSCHECKS_NAME, LDNS_RR_TYPE_TXT);
	if (first != NULL) {
		check_look(first);
		ldns_pkt_free(first);
	}
	check_advice(&resolver);
	return 0;
}
