/* SPDX-License-Identifier: ISC */

/*
 * Key records, parsed and printed; TXT quoting.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dkimsig/dkimsig.h"

#define FLAG_ED25519	1u
#define FLAG_HASH_ANY	2u
#define FLAG_SHA256	4u
#define FLAG_EMAIL	8u
#define FLAG_TESTING	16u
#define FLAG_STRICT	32u

static const struct {
	const char		*txt;
	enum dkimsig_reason	 reason;
	unsigned int		 flags;
	size_t			 keylen;
	const char		*notes;
} cases[] = {
	{ "p=Zm9v",		0, FLAG_HASH_ANY | FLAG_EMAIL, 3, "" },
	{ "v=DKIM1; p=",	0, FLAG_HASH_ANY | FLAG_EMAIL, 0, "" },
	{ "v=DKIM1;k=ed25519;p=Z m\t9v;", 0,
	    FLAG_ED25519 | FLAG_HASH_ANY | FLAG_EMAIL, 3, "" },
	{ "v=DKIM1; h=sha1:sha256; s=email:x; t=y:s; p=Zm9v; n=a=3Bb=zz",
	    0, FLAG_SHA256 | FLAG_EMAIL | FLAG_TESTING | FLAG_STRICT, 3,
	    "a;b=zz" },
	{ "h=sha1; s=tlsrpt; t=x; p=Zm9v; unknown=1", 0, 0, 3, "" },
	{ "s=*; k=RSA; p=Zm9v",	0, FLAG_HASH_ANY | FLAG_EMAIL, 3, "" },
	{ "v=DKIM2; p=Zm9v",	DKIMSIG_REASON_KEY_VERSION, 0, 0, NULL },
	{ "v=dkim1; p=Zm9v",	DKIMSIG_REASON_KEY_VERSION, 0, 0, NULL },
	{ "p=Zm9v; v=DKIM1",	DKIMSIG_REASON_KEY_VERSION, 0, 0, NULL },
	{ "k=dsa; p=Zm9v",	DKIMSIG_REASON_KEY_TYPE, 0, 0, NULL },
	{ "v=DKIM1; k=rsa",	DKIMSIG_REASON_KEY_SYNTAX, 0, 0, NULL },
	{ "p=Zm9v; p=Zm9v",	DKIMSIG_REASON_KEY_SYNTAX, 0, 0, NULL },
	{ "p=Zm9",		DKIMSIG_REASON_KEY_SYNTAX, 0, 0, NULL },
	{ "p=Zm9*",		DKIMSIG_REASON_KEY_SYNTAX, 0, 0, NULL },
	{ "",			DKIMSIG_REASON_KEY_SYNTAX, 0, 0, NULL },
	{ "v=spf1 -all",	DKIMSIG_REASON_KEY_VERSION, 0, 0, NULL },
};

static unsigned int
flags_of(const struct dkimsig_keyrecord *r)
{
	return (r->type == DKIMSIG_KEYTYPE_ED25519 ? FLAG_ED25519 : 0) |
	    (r->hash_any ? FLAG_HASH_ANY : 0) |
	    (r->hash_sha256 ? FLAG_SHA256 : 0) |
	    (r->service_email ? FLAG_EMAIL : 0) |
	    (r->testing ? FLAG_TESTING : 0) | (r->strict ? FLAG_STRICT : 0);
}

static void
test_parse(void **state)
{
	struct dkimsig_keyrecord r;
	enum dkimsig_reason reason;
	size_t i;
	int error;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		error = dkimsig_keyrecord_parse(cases[i].txt,
		    strlen(cases[i].txt), &r, &reason);
		if (reason != cases[i].reason ||
		    error != (reason == 0 ? 0 : DKIMSIG_E_SYNTAX))
			fail_msg("%s: %s", cases[i].txt,
			    dkimsig_reason_text(reason));
		if (error != 0)
			continue;
		if (flags_of(&r) != cases[i].flags)
			fail_msg("%s: %#x", cases[i].txt, flags_of(&r));
		assert_int_equal(r.keylen, cases[i].keylen);
		assert_string_equal(r.notes, cases[i].notes);
	}
	assert_int_equal(dkimsig_keyrecord_parse("p=", 2, &r, NULL), 0);
}

static void
test_limits(void **state)
{
	static char txt[DKIMSIG_MAX_KEYRECORD + 2];
	struct dkimsig_keyrecord r;

	(void)state;
	memset(txt, 'x', sizeof(txt));
	memcpy(txt, "p=; x=", 6);
	assert_int_equal(dkimsig_keyrecord_parse(txt, DKIMSIG_MAX_KEYRECORD,
	    &r, NULL), 0);
	assert_int_equal(dkimsig_keyrecord_parse(txt,
	    DKIMSIG_MAX_KEYRECORD + 1, &r, NULL), DKIMSIG_E_TOOBIG);
	memcpy(txt, "p=; n=", 6);
	assert_int_equal(dkimsig_keyrecord_parse(txt, 6 + 255, &r, NULL), 0);
	assert_int_equal(dkimsig_keyrecord_parse(txt, 6 + 256, &r, NULL),
	    DKIMSIG_E_TOOBIG);
}

static void
test_print(void **state)
{
	struct dkimsig_keyrecord r, back;
	char txt[DKIMSIG_KEYRECORD_SIZE];

	(void)state;
	memset(&r, 0, sizeof(r));
	memcpy(r.key, "foo", 3);
	r.keylen = 3;
	r.hash_sha256 = true;
	assert_int_equal(dkimsig_keyrecord_print(&r, txt, sizeof(txt)), 0);
	assert_string_equal(txt, "v=DKIM1; k=rsa; h=sha256; p=Zm9v");
	assert_int_equal(dkimsig_keyrecord_print(&r, txt, strlen(txt)),
	    DKIMSIG_E_NOSPACE);
	assert_int_equal(dkimsig_keyrecord_print(&r, txt, strlen(txt) + 1),
	    0);
	r.hash_any = true;
	r.service_email = r.testing = r.strict = true;
	strlcpy(r.notes, "a;b c=d", sizeof(r.notes));
	assert_int_equal(dkimsig_keyrecord_print(&r, txt, sizeof(txt)), 0);
	assert_string_equal(txt, "v=DKIM1; k=rsa; s=email; t=y:s; "
	    "n=a=3Bb=20c=3Dd; p=Zm9v");
	assert_int_equal(dkimsig_keyrecord_parse(txt, strlen(txt), &back,
	    NULL), 0);
	assert_string_equal(back.notes, r.notes);
	strlcpy(r.notes, "a\nb", sizeof(r.notes));
	assert_int_equal(dkimsig_keyrecord_print(&r, txt, sizeof(txt)),
	    DKIMSIG_E_ARG);
	r.notes[0] = '\0';
	r.type = DKIMSIG_KEYTYPE_ED25519;
	assert_int_equal(dkimsig_keyrecord_print(&r, txt, sizeof(txt)),
	    DKIMSIG_E_ARG);
	r.keylen = 0;
	assert_int_equal(dkimsig_keyrecord_print(&r, txt, sizeof(txt)), 0);
	r.keylen = sizeof(r.key) + 1;
	assert_int_equal(dkimsig_keyrecord_print(&r, txt, sizeof(txt)),
	    DKIMSIG_E_ARG);
}

static void
test_quote(void **state)
{
	char txt[600], buf[1300];

	(void)state;
	assert_int_equal(dkimsig_txt_quote("", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "\"\"");
	assert_int_equal(dkimsig_txt_quote("a\"b\\c\x01\xff;", buf,
	    sizeof(buf)), 0);
	assert_string_equal(buf, "\"a\\\"b\\\\c\\001\\255;\"");
	memset(txt, 'x', sizeof(txt));
	txt[255] = '\0';
	assert_int_equal(dkimsig_txt_quote(txt, buf, sizeof(buf)), 0);
	assert_int_equal(strlen(buf), 257);
	txt[255] = 'x';
	txt[511] = '\0';
	assert_int_equal(dkimsig_txt_quote(txt, buf, sizeof(buf)), 0);
	assert_int_equal(strlen(buf), 511 + 2 + 2 * 3);
	assert_memory_equal(buf + 256, "\" \"", 3);
	assert_int_equal(dkimsig_txt_quote(txt, buf, strlen(buf)),
	    DKIMSIG_E_NOSPACE);
	assert_int_equal(dkimsig_txt_quote(txt, buf, 0), DKIMSIG_E_NOSPACE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_quote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
