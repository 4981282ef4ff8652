/* SPDX-License-Identifier: ISC */

/*
 * Key records that cannot be used: what is wrong with them is named.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "diagnose/diagnose.h"
#include "testkeys.h"

/* In the records, "@" stands for the base64 of an RSA key. */
#define ED	"v=DKIM1; k=ed25519; p="

static const struct {
	const char	*record;
	enum dkimsig_reason reason;
	const char	*code, *text;
} cases[] = {
	{ "", DKIMSIG_REASON_KEY_SYNTAX, "record-empty", NULL },
	{ "v=DKIM1\\; k=rsa\\; p=@", DKIMSIG_REASON_KEY_VERSION,
	    "record-escaped", NULL },
	{ "v=DKIM1; \" \"p=@", DKIMSIG_REASON_KEY_SYNTAX, "record-quoted",
	    NULL },
	{ "\342\200\234v=DKIM1; p=@", DKIMSIG_REASON_KEY_SYNTAX,
	    "record-not-text", "at position 1" },
	{ "v=DKIM1; p=-----BEGIN PUBLIC KEY-----@",
	    DKIMSIG_REASON_KEY_SYNTAX, "record-pem", NULL },
	{ "v=DKIM1 k=rsa; nonsense; p=@", DKIMSIG_REASON_KEY_SYNTAX,
	    "record-no-semicolon", NULL },
	{ "v=DKIM1; nonsense; p=@", DKIMSIG_REASON_KEY_SYNTAX,
	    "record-syntax", "tag 2 is not of the form name=value: "
	    "\"nonsense\"" },
	{ "v=DKIM1; k-t=rsa; p=@", DKIMSIG_REASON_KEY_SYNTAX, "record-syntax",
	    "an invalid name: \"k-t\"" },
	{ "v=DKIM1; p=@; p=@", DKIMSIG_REASON_KEY_SYNTAX,
	    "record-duplicate-tag",
	    "p= appears more than once" },
	{ "v=DKIM1; k=rsa", DKIMSIG_REASON_KEY_SYNTAX, "record-no-key",
	    NULL },
	{ "v=DKIM1; p=MIGf!A", DKIMSIG_REASON_KEY_SYNTAX, "record-base64",
	    "'!' at position 5" },
	{ "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQ==",
	    DKIMSIG_REASON_KEY_SYNTAX, "record-truncated",
	    "of the key's 162 octets" },
	{ "v=DKIM1; p=MIGfMA0GC", DKIMSIG_REASON_KEY_SYNTAX,
	    "record-truncated", "6 of the key's 162 octets" },
	{ "v=DKIM1; p=AAAAAAAAA", DKIMSIG_REASON_KEY_SYNTAX,
	    "record-base64", "9 base64 characters, but the number must be a "
	    "multiple of 4" },
	{ "v=DKIM1; p=MAUAAAAAAA", DKIMSIG_REASON_KEY_SYNTAX,
	    "record-padding", "whole key, but its base64 is incomplete: "
	    "append 2 \"=\"" },
	{ "v=DKIM1; p=MAUAAAAAAA=", DKIMSIG_REASON_KEY_SYNTAX,
	    "record-padding", "append 1 \"=\"" },
	{ "v=DKIM1; p=AA==AAAA", DKIMSIG_REASON_KEY_SYNTAX, "record-base64",
	    "characters after the \"=\"" },
	{ ED "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo",
	    DKIMSIG_REASON_KEY_SYNTAX, "record-padding", "append 1 \"=\"" },
	{ ED "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo==",
	    DKIMSIG_REASON_KEY_SYNTAX, "record-padding",
	    "ends with 2 \"=\" instead of 1" },
	{ ED "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
	    DKIMSIG_REASON_NONE, NULL, NULL },
	{ ED "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUR",
	    DKIMSIG_REASON_KEY_SYNTAX, "record-base64",
	    "42 base64 characters" },
	{ ED "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUQ==",
	    DKIMSIG_REASON_KEY_SYNTAX, "record-no-public-key",
	    "31 octets, but an Ed25519 key has 32" },
	{ ED "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
	    DKIMSIG_REASON_KEY_SYNTAX, "record-wrapped-ed25519",
	    "as in a PEM file" },
	{ "v=DKIM1; p=AAAA", DKIMSIG_REASON_KEY_SYNTAX,
	    "record-no-public-key", NULL },
	{ "v=dkim1; p=@", DKIMSIG_REASON_KEY_VERSION, "record-version",
	    "v=dkim1" },
	{ "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
	    DKIMSIG_REASON_KEY_TYPE, "record-other-type", "k=ed25519" },
	{ "s1._domainkey IN TXT ( \"v=DKIM1; p=@\" )",
	    DKIMSIG_REASON_KEY_SYNTAX, "record-zone-line", NULL },
	{ "v=spf1 -all", DKIMSIG_REASON_KEY_VERSION, "record-not-a-key",
	    NULL },
	{ "v=DKIM1; p=MAQAAAAAA", DKIMSIG_REASON_KEY_SYNTAX,
	    "record-base64", "9 base64 characters" },
	{ "k=dsa; p=@", DKIMSIG_REASON_KEY_TYPE, "record-unknown-type",
	    "k=dsa" },
	{ "h=sha1; p=@", DKIMSIG_REASON_KEY_HASH, "record-hash", "h=sha1" },
	{ "s=tlsrpt; p=@", DKIMSIG_REASON_KEY_SERVICE, "record-service",
	    "s=tlsrpt" },
	{ "v=DKIM1; p=", DKIMSIG_REASON_KEY_REVOKED, "record-revoked",
	    NULL },
	{ "v=DKIM1; p=@", DKIMSIG_REASON_NONE, NULL, NULL },
};

/* The base64 of a key, from its record. */
static char key[DKIMSIG_KEYRECORD_SIZE];

static int
make_key(void **state)
{
	char record[DKIMSIG_KEYRECORD_SIZE];
	EVP_PKEY *pkey = testkeys_make(DKIMSIG_RSA_SHA256, 1024);

	(void)state;
	testkeys_record(pkey, DKIMSIG_RSA_SHA256, record, sizeof(record));
	assert_true(strlcpy(key, strstr(record, "p=") + 2, sizeof(key)) <
	    sizeof(key));
	EVP_PKEY_free(pkey);
	return 0;
}

static void
expand(const char *record, char *buf, size_t bufsize)
{
	size_t n = strcspn(record, "@");

	if (record[n] == '\0')
		(void)strlcpy(buf, record, bufsize);
	else
		(void)snprintf(buf, bufsize, "%.*s%s%s", (int)n, record, key,
		    record + n + 1);
}

static void
test_records(void **state)
{
	char record[2 * DKIMSIG_KEYRECORD_SIZE];
	struct diagnosis d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&d, 0, sizeof(d));
		expand(cases[i].record, record, sizeof(record));
		diagnose_key(record, strlen(record), cases[i].reason, &d);
		if (cases[i].code == NULL) {
			assert_int_equal(d.nfindings, 0);
			continue;
		}
		if (d.nfindings != 1 ||
		    d.findings[0].part != DIAGNOSE_KEY ||
		    strcmp(d.findings[0].code, cases[i].code) != 0 ||
		    (cases[i].text != NULL &&
		    strstr(d.findings[0].text, cases[i].text) == NULL))
			fail_msg("%s: %s: %s", cases[i].record,
			    d.nfindings > 0 ? d.findings[0].code : "",
			    d.findings[0].text);
	}
}

/* The library refuses each for the reason that the table has. */
static void
test_reasons(void **state)
{
	char record[2 * DKIMSIG_KEYRECORD_SIZE];
	struct dkimsig_keyrecord parsed;
	enum dkimsig_reason reason;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expand(cases[i].record, record, sizeof(record));
		if (dkimsig_keyrecord_parse(record, strlen(record), &parsed,
		    &reason) != 0 && reason != cases[i].reason)
			fail_msg("%s: %s", cases[i].record,
			    dkimsig_reason_text(reason));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_reasons),
	};

	return cmocka_run_group_tests(tests, make_key, NULL);
}
