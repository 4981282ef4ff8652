/* SPDX-License-Identifier: ISC */

/*
 * What a hostile front asks for: right requests, and such in which up to three
 * things are wrong, from the tags of the block to the header of the packet.
 */

#include "hostile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EMPTY_BODY	"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define MAX_TAGS	24
#define BLOCK_SIZE	8192
#define MAX_ASKED	8

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define PICK(chance, array)	((array)[chance_of(chance, COUNT(array))])

struct tag {
	char	name[8];
	char	value[600];
};

/* A block, before it is written. */
struct block {
	const struct target *target;
	int64_t		 now;
	char		 domain[600], stream[64], selector[600];
	uint8_t		 algorithm;
	char		 fields[1200];	/* before the signature */
	const char	*name;		/* of the signature's field */
	struct tag	 tags[MAX_TAGS];
	size_t		 ntags;
	bool		 is_right;
	char		 text[BLOCK_SIZE];
	size_t		 len;
};

uint64_t
chance_next(struct chance *chance)
{
	uint64_t z;

	z = chance->state += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

size_t
chance_of(struct chance *chance, size_t n)
{
	return (size_t)(chance_next(chance) % n);
}

static void __attribute__((format(printf, 3, 4)))
add_tag(struct block *block, const char *name, const char *format, ...)
{
	struct tag *tag;
	va_list ap;

	if (block->ntags == MAX_TAGS)
		return;
	tag = &block->tags[block->ntags++];
	(void)strlcpy(tag->name, name, sizeof(tag->name));
	va_start(ap, format);
	(void)vsnprintf(tag->value, sizeof(tag->value), format, ap);
	va_end(ap);
}

static void
begin_right(struct block *block, const struct target *target, int64_t now)
{
	memset(block, 0, offsetof(struct block, text));
	block->target = target;
	block->now = now;
	block->is_right = target->may_sign;
	(void)strlcpy(block->domain, target->domain, sizeof(block->domain));
	(void)strlcpy(block->stream, target->stream, sizeof(block->stream));
	(void)strlcpy(block->selector, target->selector,
	    sizeof(block->selector));
	block->algorithm = (uint8_t)target->algorithm;
	(void)snprintf(block->fields, sizeof(block->fields),
	    "from:a@%s\r\nsubject:x\r\n", target->domain);
	block->name = "dkim-signature:";
	add_tag(block, "v", "1");
	add_tag(block, "a", "%s", dkimsig_algorithm_name(target->algorithm));
	add_tag(block, "c", "relaxed/relaxed");
	add_tag(block, "d", "%s", target->domain);
	add_tag(block, "s", "%s", target->selector);
	add_tag(block, "t", "%lld", (long long)now);
	add_tag(block, "x", "%lld", (long long)now + 3600);
	add_tag(block, "h", "from:from:subject");
	add_tag(block, "bh", EMPTY_BODY);
	add_tag(block, "b", "%s", "");
}

static struct tag *
tag_of(struct block *block, const char *name)
{
	size_t i;

	for (i = 0; i < block->ntags; i++)
		if (strcmp(block->tags[i].name, name) == 0)
			return &block->tags[i];
	return NULL;
}

/* -- What is wrong in a block -------------------------------------------- */

static const char *const texts[] = {
	"", " ", "example.com", "example.net", "EXAMPLE.com", "com", ".",
	"example.com.", "a.example.com", "../example.com", "s1", "S1", "e1",
	"e2", "desk1", "retired", "revoked", "future", "rsa-sha1",
	"rsa-sha256", "ed25519-sha256", "from", "from:from", "From : FROM",
	"subject", "0", "1", "-1", "2", "999999999999", "9999999999999",
	"18446744073709551616", "simple", "simple/relaxed", "=", "a=b", "dns",
	"\t", "\r\n\tx", "from:\r\n from", "%s%n", "@example.com",
	"@sub.example.com", "@example.net", "x@", EMPTY_BODY, "AAAA", "\x80\xff"
};
static const char *const tag_names[] = {
	"v", "a", "b", "bh", "c", "d", "h", "i", "l", "q", "s", "t", "x", "z",
	"g", "V", "D", "L", "", "bb"
};
static const char *const hnames[] = {
	"from", "subject", "from:subject", "from:from", "from:from:from",
	"FROM:from", "from :from", "from: from", "from:from:", ":from:from",
	"fromm:from", "f:rom", "from:sender", "from::from", "to:from:cc",
	"subject:from:subject:from", "from\t:\tfrom", "from:\342\200\213from"
};
static const char *const fields[] = {
	"", "from:a@example.com\r\n", "from:a@example.com\r\nfrom:b@evil\r\n",
	"from:a\r\nFrom:b\r\nfrom:c\r\n", "From:a\r\n", "subject:x\r\n",
	"from :a\r\n", "from:a\r\n\tfolded\r\n", "from:a\nfrom:b\r\n",
	"dkim-signature:v=1; d=example.com\r\nfrom:a\r\n", "\r\nfrom:a\r\n",
	"from:a\r\n\r\n", ":from\r\n", "from:a\r\nfrom\t:b\r\n"
};

static void
change_value(struct block *block, struct chance *chance)
{
	struct tag *tag = &block->tags[chance_of(chance, block->ntags)];

	(void)strlcpy(tag->value, PICK(chance, texts), sizeof(tag->value));
}

static void
remove_tag(struct block *block, struct chance *chance)
{
	block->tags[chance_of(chance, block->ntags)] =
	    block->tags[block->ntags - 1];
	if (block->ntags > 1)
		block->ntags--;
}

static void
insert_tag(struct block *block, struct chance *chance)
{
	const size_t i = chance_of(chance, block->ntags);
	struct tag tag;

	add_tag(block, PICK(chance, tag_names), "%s", PICK(chance, texts));
	/* Not always at the end. */
	tag = block->tags[i];
	block->tags[i] = block->tags[block->ntags - 1];
	block->tags[block->ntags - 1] = tag;
}

static void
change_names(struct block *block, struct chance *chance)
{
	struct tag *tag = tag_of(block, "h");

	if (tag != NULL)
		(void)strlcpy(tag->value, PICK(chance, hnames),
		    sizeof(tag->value));
}

static void
change_fields(struct block *block, struct chance *chance)
{
	(void)strlcpy(block->fields, PICK(chance, fields),
	    sizeof(block->fields));
}

static void
change_times(struct block *block, struct chance *chance)
{
	static const long long steps[] = {
		0, 1, -1, 200, -200, 299, -299, 310, -310, 400, -400, 3600,
		-3600, 7200, 7201, 86400, -86400, 100000000000
	};
	struct tag *tag = tag_of(block, chance_of(chance, 2) ? "t" : "x");

	if (tag != NULL)
		(void)snprintf(tag->value, sizeof(tag->value), "%s%lld",
		    chance_of(chance, 8) == 0 ? "0" : "",
		    (long long)block->now + PICK(chance, steps) +
		    (tag->name[0] == 'x' ? PICK(chance, steps) : 0));
}

static void
change_owner(struct block *block, struct chance *chance)
{
	const struct target *other = &targets[chance_of(chance, ntargets)];

	switch (chance_of(chance, 5)) {
	case 0:
		(void)strlcpy(block->domain, chance_of(chance, 2) ?
		    other->domain : PICK(chance, texts),
		    sizeof(block->domain));
		break;
	case 1:
		(void)strlcpy(block->stream, chance_of(chance, 2) ?
		    other->stream : "shop", sizeof(block->stream));
		break;
	case 2:
		(void)strlcpy(block->selector, chance_of(chance, 2) ?
		    other->selector : PICK(chance, texts),
		    sizeof(block->selector));
		break;
	case 3:
		block->algorithm = (uint8_t)chance_next(chance);
		break;
	default:
		block->algorithm = (uint8_t)other->algorithm;
		break;
	}
}

static void
change_name(struct block *block, struct chance *chance)
{
	static const char *const names[] = {
		"DKIM-Signature: ", "dkim-signature :", "dkim-signature",
		"x-dkim-signature:", "from:", "", "\r\ndkim-signature:",
		"dkim-signature:dkim-signature:"
	};

	block->name = PICK(chance, names);
}

static void
write_block(struct block *block, struct chance *chance)
{
	static const char *const ends[] = { "", ";", "\r\n", "; ", "\r\n\r\n" };
	char *p = block->text;
	size_t i, size = sizeof(block->text);

	(void)strlcpy(p, block->fields, size);
	(void)strlcat(p, block->name, size);
	for (i = 0; i < block->ntags; i++) {
		(void)strlcat(p, i > 0 ? "; " : "", size);
		(void)strlcat(p, block->tags[i].name, size);
		(void)strlcat(p, "=", size);
		(void)strlcat(p, block->tags[i].value, size);
	}
	if (chance != NULL && chance_of(chance, 40) == 0)
		(void)strlcat(p, PICK(chance, ends), size);
	block->len = strlen(p);
}

/* Octets of the text, whatever they mean. */
static void
damage_text(struct block *block, struct chance *chance)
{
	size_t i, n;

	switch (chance_of(chance, 4)) {
	case 0:
		block->len = chance_of(chance, block->len + 1);
		break;
	case 1:
		n = chance_of(chance, sizeof(block->text) - block->len);
		for (i = 0; i < n; i++)
			block->text[block->len + i] =
			    (char)chance_next(chance);
		block->len += n;
		break;
	default:
		for (n = chance_of(chance, 8); n > 0 && block->len > 0; n--)
			block->text[chance_of(chance, block->len)] =
			    (char)chance_next(chance);
		break;
	}
}

static void
make_block(struct block *block, struct chance *chance, int64_t now)
{
	static void (*const changes[])(struct block *, struct chance *) = {
		change_value, change_value, remove_tag, insert_tag,
		change_names, change_fields, change_times, change_owner,
		change_name
	};
	const struct target *target;
	size_t n;

	/* RSA is slow, so it is asked for less often. */
	do
		target = &targets[chance_of(chance, ntargets)];
	while (target->algorithm == DKIMSIG_RSA_SHA256 &&
	    chance_of(chance, 8) > 0);
	begin_right(block, target, now);
	if (chance_of(chance, 16) == 0) {
		write_block(block, NULL);
		return;
	}
	block->is_right = false;
	for (n = 1 + chance_of(chance, 3); n > 0; n--)
		PICK(chance, changes)(block, chance);
	write_block(block, chance);
	if (chance_of(chance, 5) == 0)
		damage_text(block, chance);
}

/* -- Requests ------------------------------------------------------------ */

static void
put_block(struct wire_writer *wire, const struct block *block)
{
	wire_put_string(wire, block->domain, strlen(block->domain));
	wire_put_string(wire, block->stream, strlen(block->stream));
	wire_put_string(wire, block->selector, strlen(block->selector));
	wire_put_u8(wire, block->algorithm);
	wire_put_string(wire, block->text, block->len);
}

static void
ask_to_sign(struct chance *chance, int64_t now, struct attack *attack)
{
	struct block block;
	size_t i, n;

	n = chance_of(chance, 4) == 0 ? 1 + chance_of(chance, MAX_ASKED) : 1;
	attack->type = IPC_SIGN_REQ;
	attack->is_right = true;
	wire_put_u32(&attack->wire, (uint32_t)n);
	for (i = 0; i < n; i++) {
		make_block(&block, chance, now);
		put_block(&attack->wire, &block);
		attack->is_right &= block.is_right;
		/* Too long for the text that it has to be. */
		attack->may_close |= strlen(block.domain) >=
		    DKIMSIG_DOMAIN_SIZE || strlen(block.selector) >= 64 ||
		    strlen(block.stream) >= 17;
	}
}

static void
ask_for_keys(struct chance *chance, struct attack *attack)
{
	const struct target *target = &targets[chance_of(chance, ntargets)];
	const char *domain = chance_of(chance, 2) ? target->domain :
	    PICK(chance, texts);
	const char *stream = chance_of(chance, 4) ? target->stream :
	    PICK(chance, texts);
	const uint8_t refresh = (uint8_t)chance_of(chance, 3);

	attack->type = IPC_KEYS_REQ;
	wire_put_string(&attack->wire, domain, strlen(domain));
	wire_put_string(&attack->wire, stream, strlen(stream));
	wire_put_u8(&attack->wire, refresh);
	attack->may_close = refresh > 1 || strlen(stream) >= 17;
}

static void
ask_for_own(struct chance *chance, struct attack *attack)
{
	unsigned char digest[IPC_DIGEST_SIZE + 1] = { 0 };
	const size_t len = chance_of(chance, 8) == 0 ?
	    chance_of(chance, sizeof(digest) + 1) : IPC_DIGEST_SIZE;
	const char *domain = PICK(chance, texts);
	const char *selector = PICK(chance, texts);

	attack->type = IPC_OWN_REQ;
	digest[0] = (unsigned char)chance_next(chance);
	wire_put_string(&attack->wire, domain, strlen(domain));
	wire_put_string(&attack->wire, selector, strlen(selector));
	wire_put_string(&attack->wire, digest, len);
	attack->may_close = len != IPC_DIGEST_SIZE;
}

/* Octets of the payload, whatever they mean: lengths, numbers. */
static void
damage_payload(struct chance *chance, struct attack *attack)
{
	struct wire_writer *wire = &attack->wire;
	size_t n;

	attack->is_right = false;
	attack->may_close = true;
	if (wire->len == 0)
		return;
	if (chance_of(chance, 3) == 0)
		wire->len = chance_of(chance, wire->len);
	else
		for (n = 1 + chance_of(chance, 4); n > 0; n--)
			wire->data[chance_of(chance, chance_of(chance, 2) ?
			    (wire->len < 40 ? wire->len : 40) : wire->len)] =
			    (unsigned char)chance_next(chance);
	if (chance_of(chance, 8) == 0)
		attack->type = (uint8_t)chance_next(chance);
}

/* A payload as long as a message may be, or nearly. */
static void
make_big(struct chance *chance, struct attack *attack)
{
	static const char zeros[4096];
	const size_t want = chance_of(chance, IPC_MAX_MESSAGE - 8192);

	while (attack->wire.len < want)
		wire_put_string(&attack->wire, zeros, chance_of(chance,
		    sizeof(zeros)));
	attack->is_right = false;
	attack->may_close = true;
}

/* The whole packet, with a header in which something is wrong. */
static void
make_packet(struct chance *chance, struct attack *attack)
{
	static const unsigned char types[] = { 0, 1, 3, 5, 16, 19, 21, 25 };
	struct wire_writer packet;
	size_t i;

	wire_writer_init(&packet, HOSTILE_MAX_WIRE);
	wire_put_u8(&packet, chance_of(chance, 4) ? IPC_VERSION :
	    (uint8_t)chance_next(chance));
	wire_put_u8(&packet, PICK(chance, types));
	wire_put_u8(&packet, (uint8_t)chance_of(chance, 4));
	wire_put_u8(&packet, (uint8_t)(chance_of(chance, 4) == 0));
	wire_put_u32(&packet, (uint32_t)chance_next(chance));
	for (i = 0; i < attack->wire.len && i < 4096; i++)
		wire_put_u8(&packet, attack->wire.data[i]);
	if (chance_of(chance, 4) == 0)
		packet.len = chance_of(chance, packet.len + 1);
	wire_writer_finish(&attack->wire);
	attack->wire = packet;
	attack->is_right = false;
	attack->may_close = true;
	attack->kind = chance_of(chance, 3) == 0 ? WIRE_DESCRIPTOR :
	    WIRE_PACKETS;
}

void
attack_make(struct chance *chance, int64_t now, struct attack *attack)
{
	size_t way;

	memset(attack, 0, sizeof(*attack));
	wire_writer_init(&attack->wire, HOSTILE_MAX_WIRE);
	way = chance_of(chance, 1000);
	if (way < 850)
		ask_to_sign(chance, now, attack);
	else if (way < 930)
		ask_for_keys(chance, attack);
	else
		ask_for_own(chance, attack);
	way = chance_of(chance, 2000);
	if (way < 60)
		damage_payload(chance, attack);
	else if (way < 62)
		make_big(chance, attack);
	else if (way < 80)
		make_packet(chance, attack);
	else if (way == 80) {
		attack->kind = WIRE_FLOOD;
		attack->is_right = false;
		attack->may_close = true;
	}
}

void
attack_make_right(const struct target *target, int64_t now,
    struct attack *attack)
{
	struct block block;

	memset(attack, 0, sizeof(*attack));
	wire_writer_init(&attack->wire, HOSTILE_MAX_WIRE);
	attack->type = IPC_SIGN_REQ;
	attack->is_right = true;
	begin_right(&block, target, now);
	write_block(&block, NULL);
	wire_put_u32(&attack->wire, 1);
	put_block(&attack->wire, &block);
}
