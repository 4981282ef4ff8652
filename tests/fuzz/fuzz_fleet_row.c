/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a row of the fleet's database, which a member signed, and which
 * a host compares with the row that it has.
 *
 * Each row that can be read has only this text.  What is news is later than
 * what is known, knows that, and takes nothing back; without a signature,
 * nothing is.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "mirror/judge.h"
#include "store/replica.h"

#define PUBLIC	"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define DIGEST	"00112233445566778899aabbccddeeff" \
		"00112233445566778899aabbccddeeff"
#define LINE	"s1 algorithm=ed25519-sha256 generated=2026-11-23T09:00:00Z " \
		"revoked=2026-11-24T09:00:00Z public=" PUBLIC " compromised=yes"
#define NUMBER	30

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static EVP_PKEY *pkey;
static struct fleet_members members;
static struct fleet_kept kept;

/* A fleet of one host, whose row of s1 is known. */
static void
begin(void)
{
	const unsigned char secret[FLEET_PUBLIC] = { 1 };
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_host host = { .name = "a", .wrap = DIGEST };
	struct fleet_kept_row known = { .selector = "s1", .change = NUMBER };
	struct fleet_row row = { .kind = FLEET_ROW_KEY, .change = NUMBER,
	    .before = 20, .epoch = 2, .domain = "example.com",
	    .blob = DIGEST, .by = "a", .line = LINE,
	    .linelen = sizeof(LINE) - 1 };
	char *octets;
	size_t len;

	pkey = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, secret,
	    sizeof(secret));
	if (pkey == NULL || fleet_sign_public(pkey, host.sign) != 0 ||
	    fleet_members_begin(&host, &octets, &len, NULL) != 0 ||
	    fleet_sign(pkey, octets, len, signature) != 0 ||
	    fleet_members_take(&members, octets, len, signature, NULL) != 0)
		abort();
	free(octets);
	/* Any fleet: inputs name this one. */
	(void)strlcpy(members.fleet, DIGEST, sizeof(members.fleet));
	if (fleet_row_print(&row, members.fleet, &octets, &len, NULL) != 0)
		abort();
	known.octets = (unsigned char *)octets;
	known.octetslen = len;
	if (fleet_kept_put(&kept, &known, false) != 0)
		abort();
	free(octets);
}

/* The line of the key is the one that state files have. */
static void
check_line(const struct fleet_row *row)
{
	struct ks_state state;
	const char *line;
	char *text;
	size_t len;

	if (fleet_row_key(row, &state, NULL) != 0 ||
	    ks_replica_print(&state, &text, &len, NULL) != 0 ||
	    (line = strchr(text, '\n')) == NULL ||
	    strlen(line) != row->linelen + 2 ||
	    memcmp(line + 1, row->line, row->linelen) != 0)
		abort();
	free(text);
	ks_state_finish(&state);
}

static void
check_form(const struct fleet_row *row, const uint8_t *data, size_t len)
{
	size_t again;
	char *octets;

	if (fleet_row_print(row, members.fleet, &octets, &again, NULL) != 0 ||
	    again != len || memcmp(octets, data, len) != 0)
		abort();
	free(octets);
	if (row->kind == FLEET_ROW_KEY)
		check_line(row);
}

static void
check_news(const struct fleet_row *row)
{
	struct ks_state state;
	const struct ks_key *key;

	if (strcmp(row->by, "a") != 0)
		abort();
	if (row->kind == FLEET_ROW_KEY && strcmp(row->selector, "s1") != 0)
		return;
	if (row->change <= NUMBER || row->before < NUMBER)
		abort();
	if (row->kind == FLEET_ROW_GONE)
		return;
	if (fleet_row_key(row, &state, NULL) != 0)
		abort();
	key = &state.keys[0];
	if (!key->compromised || key->revoked == KS_NEVER ||
	    strcmp(key->public, PUBLIC) != 0)
		abort();
	ks_state_finish(&state);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_found found = { .octets = data, .len = len,
	    .signature = signature, .signaturelen = sizeof(signature) };
	struct fleet_row row, judged;
	struct ks_error error;

	if (pkey == NULL)
		begin();
	if (fleet_row_parse(data, len, members.fleet, &row, &error) != 0) {
		if (error.text[0] == '\0')
			abort();
		return 0;
	}
	check_form(&row, data, len);
	found.domain = row.domain;
	found.selector = row.selector;
	found.change = row.change;
	memset(signature, 0, sizeof(signature));
	if (fleet_judge(&members, &kept, &found, &judged, &error) !=
	    FLEET_UNSIGNED)
		abort();
	if (fleet_sign(pkey, data, len, signature) != 0)
		abort();
	if (fleet_judge(&members, &kept, &found, &judged, &error) ==
	    FLEET_NEWS)
		check_news(&judged);
	return 0;
}
