/* SPDX-License-Identifier: ISC */

/*
 * The text of a state file, read and written.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/state.h"

#define HEAD	"countersign-keys 2\n"
#define HEAD3	"countersign-keys 3\n"
#define HEAD1	"countersign-keys 1\n"
#define TIME	"2026-11-23T09:00:00Z"
#define RSA	"s1 algorithm=rsa-sha256"
#define KEY(more)	RSA more "\n"
#define MARK(mark)	" - - - - - - - - " mark "\n"
#define NONE	" - - - - - - - -\n"

static const struct {
	const char	*name, *text;
	size_t		 nkeys;
} good[] = {
	{ "no keys", HEAD, 0 },
	{ "one key", HEAD KEY(""), 1 },
	{ "two keys", HEAD KEY("") "s2 algorithm=ed25519-sha256\n", 2 },
	{ "dotted selector", HEAD "a.b-c algorithm=rsa-sha256\n", 1 },
	{ "all times", HEAD KEY(" generated=" TIME " published=" TIME " seen="
	    TIME " verified=" TIME " active_from=" TIME " retire_at=" TIME
	    " revoked=" TIME " removed=" TIME), 1 },
	{ "some times", HEAD KEY(" generated=" TIME " active_from=" TIME),
	    1 },
	{ "a public half", HEAD KEY(" public=AAA+/w=="), 1 },
	{ "a strict key", HEAD KEY(" strict=yes") "s2 algorithm=rsa-sha256\n",
	    2 },
	{ "a compromised key", HEAD KEY(" compromised=yes"), 1 },
	{ "a record elsewhere", HEAD
	    KEY(" record=r1._at.example.com.dkim.example.net"), 1 },
	{ "one that took over", HEAD KEY(" took_over_from=s0"), 1 },
	{ "all names", HEAD KEY(" generated=" TIME " public=AAAA strict=yes"
	    " compromised=yes record=r1.example took_over_from=s0"
	    " absent=" TIME " absent_for=300 contested=yes fresh=yes"
	    " delayed=" TIME " leaving=yes seen_outside=" TIME
	    " unconfirmed=yes proof=BBBB"), 1 },
	{ "one that is put off", HEAD KEY(" fresh=yes delayed=" TIME), 1 },
	{ "an unfinished key", HEAD KEY("") "s2 algorithm=rsa-sha256 generated="
	    TIME " public=AAAA strict=yes record=r1.example fresh=yes"
	    " unfinished=yes\n", 1 },
	{ "unfinished keys alone", HEAD KEY(" public=AAAA unfinished=yes")
	    "s2 algorithm=rsa-sha256 public=AAAA unfinished=yes x=y\n", 0 },
	{ "the longest time in a cache", HEAD KEY(" absent_for=604800"), 1 },
	{ "an unknown name", HEAD KEY(" later=a") "s2 algorithm=rsa-sha256\n",
	    2 },
	{ "unknown names after a known one", HEAD
	    KEY(" strict=yes zeta=1 alpha=a=b,\"c\" n_2=-"), 1 },
	{ "names that begin alike", HEAD KEY(" a=1 aa=2 strict_=no"), 1 },
	{ "a stream", HEAD3 KEY(" stream=desk"), 1 },
	{ "the longest stream", HEAD3 KEY(" stream=abcdefghijklmno9"), 1 },
	{ "a stream of one letter", HEAD3 KEY(" stream=z"), 1 },
	{ "a stream between names", HEAD3
	    KEY(" unconfirmed=yes stream=desk later=a"), 1 },
	{ "two streams and default keys", HEAD3 KEY("")
	    "s2 algorithm=rsa-sha256 stream=a\n"
	    "s3 algorithm=ed25519-sha256 stream=a\n"
	    "s4 algorithm=rsa-sha256 stream=b\n", 4 },
	{ "an unfinished key of a stream", HEAD3
	    KEY(" public=AAAA unfinished=yes stream=desk"), 0 },
	{ "a stream that is to be removed", HEAD3
	    KEY(" stream=desk ending=yes"), 1 },
	{ "a name that begins like it", HEAD KEY(" streams=desk"), 1 }
};

static const struct {
	const char	*name, *text;
	size_t		 line;
	const char	*why;
} bad[] = {
	{ "empty", "", 1, "the file is empty" },
	{ "no newline", "countersign-keys 2", 1, "no newline" },
	{ "format cut", "countersign-keys\n", 1, "first line" },
	{ "no format", "countersign-keys \n", 1, "first line" },
	{ "format 0", "countersign-keys 0\n", 1, "first line" },
	{ "format 02", "countersign-keys 02\n", 1, "first line" },
	{ "format in words", "countersign-keys two\n", 1, "first line" },
	{ "CRLF", "countersign-keys 2\r\n", 1, "first line" },
	{ "a stream in format 2", HEAD KEY(" stream=desk"), 2,
	    "countersign-keys 3" },
	{ "a stream without a name", HEAD3 KEY(" stream="), 2,
	    "value of stream=" },
	{ "a stream in capitals", HEAD3 KEY(" stream=Desk"), 2,
	    "value of stream=" },
	{ "the default keys by a name", HEAD3 KEY(" stream=default"), 2,
	    "value of stream=" },
	{ "a stream with a hyphen", HEAD3 KEY(" stream=help-desk"), 2,
	    "value of stream=" },
	{ "a stream with a dot", HEAD3 KEY(" stream=a.b"), 2,
	    "value of stream=" },
	{ "a stream that begins with a digit", HEAD3 KEY(" stream=2a"), 2,
	    "value of stream=" },
	{ "too long a stream", HEAD3 KEY(" stream=abcdefghijklmnopq"), 2,
	    "value of stream=" },
	{ "a stream too early", HEAD3 KEY(" stream=desk unconfirmed=yes"), 2,
	    "out of order" },
	{ "the end of default keys", HEAD3 KEY(" ending=yes"), 2,
	    "ending= without stream=" },
	{ "the end of a stream in format 2", HEAD KEY(" ending=yes"), 2,
	    "countersign-keys 3" },
	{ "format 3 without streams", HEAD3 KEY(""), 1,
	    "no key has a stream" },
	{ "format 3 without keys", HEAD3, 1, "no key has a stream" },
	{ "a stream twice", HEAD3 KEY(" stream=a stream=a"), 2, "repeated" },
	{ "one selector in two streams", HEAD3 KEY(" stream=a")
	    KEY(" stream=b"), 3, "duplicate selector" },
	{ "key cut", HEAD RSA, 2, "no newline" },
	{ "empty line", HEAD "\n", 2, "selector" },
	{ "no names", HEAD "s1\n", 2, "algorithm=" },
	{ "a line of format 1", HEAD "s1 rsa-sha256" NONE, 2, "algorithm=" },
	{ "no algorithm", HEAD "s1 strict=yes\n", 2, "algorithm=" },
	{ "algorithm later", HEAD "s1 strict=yes algorithm=rsa-sha256\n", 2,
	    "algorithm=" },
	{ "blank at the end", HEAD KEY(" "), 2, "name=value" },
	{ "two blanks", HEAD KEY("  strict=yes"), 2, "name=value" },
	{ "two blanks first", HEAD "s1  algorithm=rsa-sha256\n", 2,
	    "algorithm=" },
	{ "tab", HEAD "s1\talgorithm=rsa-sha256\n", 2, "selector" },
	{ "no selector", HEAD " algorithm=rsa-sha256\n", 2, "selector" },
	{ "path", HEAD "../s algorithm=rsa-sha256\n", 2, "selector" },
	{ "capitals", HEAD "S1 algorithm=rsa-sha256\n", 2, "selector" },
	{ "long selector", HEAD
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    " algorithm=rsa-sha256\n", 2, "selector" },
	{ "algorithm", HEAD "s1 algorithm=rsa-sha1\n", 2,
	    "value of algorithm=" },
	{ "algorithm's capitals", HEAD "s1 algorithm=RSA-SHA256\n", 2,
	    "value of algorithm=" },
	{ "time", HEAD KEY(" seen=2026-11-23"), 2, "value of seen=" },
	{ "no time", HEAD KEY(" retire_at=-"), 2, "value of retire_at=" },
	{ "empty time", HEAD KEY(" retire_at="), 2, "value of retire_at=" },
	{ "times out of order", HEAD KEY(" seen=" TIME " published=" TIME), 2,
	    "out of order" },
	{ "a time twice", HEAD KEY(" seen=" TIME " seen=" TIME), 2,
	    "repeated" },
	{ "no public half", HEAD KEY(" public="), 2, "value of public=" },
	{ "public half cut", HEAD KEY(" public=AAA"), 2, "value of public=" },
	{ "a proof cut", HEAD KEY(" public=AAAA proof=AA"), 2,
	    "value of proof= is not the base64 of a signature" },
	{ "a proof too early", HEAD KEY(" proof=AAAA unconfirmed=yes"), 2,
	    "out of order" },
	{ "padding inside", HEAD KEY(" public=AA=A"), 2, "value of public=" },
	{ "padding alone", HEAD KEY(" public===="), 2, "value of public=" },
	{ "public half with a frame", HEAD KEY(" public=p=AA"), 2,
	    "value of public=" },
	{ "flag", HEAD KEY(" strict=no"), 2, "value of strict=" },
	{ "flag without a value", HEAD KEY(" strict"), 2, "name=value" },
	{ "flags out of order", HEAD KEY(" compromised=yes strict=yes"), 2,
	    "out of order" },
	{ "record without a name", HEAD KEY(" record="), 2,
	    "value of record=" },
	{ "record in capitals", HEAD KEY(" record=A.b"), 2,
	    "value of record=" },
	{ "record with a final dot", HEAD KEY(" record=a.b."), 2,
	    "value of record=" },
	{ "record with an empty label", HEAD KEY(" record=a..b"), 2,
	    "value of record=" },
	{ "took over from no selector", HEAD KEY(" took_over_from=A"), 2,
	    "value of took_over_from=" },
	{ "unknown name twice", HEAD KEY(" a=1 b=2 a=3"), 2, "repeated" },
	{ "known name after an unknown one", HEAD KEY(" a=1 strict=yes"), 2,
	    "out of order" },
	{ "unknown name in capitals", HEAD KEY(" A=1"), 2, "name=value" },
	{ "absent when", HEAD KEY(" absent=300"), 2, "value of absent=" },
	{ "absent for no time", HEAD KEY(" absent_for=0"), 2,
	    "value of absent_for=" },
	{ "absent for too long", HEAD KEY(" absent_for=604801"), 2,
	    "value of absent_for=" },
	{ "absent for very long", HEAD KEY(" absent_for=99999999999999999999"
	    "99999"), 2, "value of absent_for=" },
	{ "absent for five minutes", HEAD KEY(" absent_for=5m"), 2,
	    "value of absent_for=" },
	{ "fresh when", HEAD KEY(" fresh=" TIME), 2, "value of fresh=" },
	{ "seen outside, no time", HEAD KEY(" seen_outside=yes"), 2,
	    "value of seen_outside=" },
	{ "unconfirmed since", HEAD KEY(" unconfirmed=" TIME), 2,
	    "value of unconfirmed=" },
	{ "delayed, no time", HEAD KEY(" delayed=yes"), 2,
	    "value of delayed=" },
	{ "unfinished and put off", HEAD KEY(" public=AAAA unfinished=yes"
	    " delayed=" TIME), 2, "with a time other than generated=" },
	{ "not unfinished", HEAD KEY(" public=AAAA unfinished=no"), 2,
	    "value of unfinished=" },
	{ "an unfinished key without its public half", HEAD
	    KEY(" unfinished=yes"), 2, "unfinished key without public=" },
	{ "an unfinished key that was published", HEAD KEY(" published=" TIME
	    " public=AAAA unfinished=yes"), 2, "a time other than generated=" },
	{ "an unfinished key that signs", HEAD KEY(" active_from=" TIME
	    " public=AAAA unfinished=yes"), 2, "a time other than generated=" },
	{ "an unfinished key that was retired", HEAD KEY(" retire_at=" TIME
	    " public=AAAA unfinished=yes"), 2, "a time other than generated=" },
	{ "an unfinished key that was removed", HEAD KEY(" removed=" TIME
	    " public=AAAA unfinished=yes"), 2, "a time other than generated=" },
	{ "an unfinished key in front", HEAD KEY(" public=AAAA unfinished=yes")
	    "s2 algorithm=rsa-sha256\n", 3, "a key after an unfinished one" },
	{ "an unfinished key's selector twice", HEAD KEY("")
	    "s1 algorithm=rsa-sha256 public=AAAA unfinished=yes\n", 3,
	    "duplicate selector" },
	{ "two unfinished keys of a selector", HEAD
	    KEY(" public=AAAA unfinished=yes")
	    KEY(" public=AAAA unfinished=yes"), 3, "duplicate selector" },
	{ "unknown name without a value", HEAD KEY(" a="), 2, "name=value" },
	{ "no name", HEAD KEY(" =a"), 2, "name=value" },
	{ "control character", HEAD KEY(" a=b\001"), 2, "name=value" },
	{ "8-bit character", HEAD KEY(" a=b\xc3\xa4"), 2, "name=value" },
	{ "selector twice", HEAD KEY("") "s2 algorithm=rsa-sha256\n"
	    "s1 algorithm=ed25519-sha256\n", 4, "duplicate selector" },
	{ "33 unknown names", HEAD KEY(" a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1 i=1"
	    " j=1 k=1 l=1 m=1 n=1 o=1 p=1 q=1 r=1 s=1 t=1 u=1 v=1 w=1 x=1"
	    " y=1 z=1 aa=1 ab=1 ac=1 ad=1 ae=1 af=1 ag=1 strict=yes ah=1"
	    " ai=1 aj=1 ak=1 al=1 am=1 an=1 ao=1 ap=1 aq=1 ar=1 as=1 at=1"
	    " au=1 av=1 aw=1"),
	    2, "too many names" }
};

/* Format 1, and what it is written as. */
static const struct {
	const char	*name, *text, *now;
} old[] = {
	{ "no keys", HEAD1, HEAD },
	{ "one key", HEAD1 "s1 rsa-sha256" NONE, HEAD KEY("") },
	{ "dotted selector", HEAD1 "a.b-c rsa-sha256" NONE,
	    HEAD "a.b-c algorithm=rsa-sha256\n" },
	{ "all times", HEAD1 "s1 ed25519-sha256 " TIME " " TIME " " TIME " "
	    TIME " " TIME " " TIME " " TIME " " TIME "\n",
	    HEAD "s1 algorithm=ed25519-sha256 generated=" TIME " published="
	    TIME " seen=" TIME " verified=" TIME " active_from=" TIME
	    " retire_at=" TIME " revoked=" TIME " removed=" TIME "\n" },
	{ "all marks", HEAD1 "s1 rsa-sha256"
	    MARK("strict compromised record=r1.example"),
	    HEAD KEY(" strict=yes compromised=yes record=r1.example") },
	{ "two keys", HEAD1 "s1 rsa-sha256" NONE "s2 ed25519-sha256" NONE,
	    HEAD KEY("") "s2 algorithm=ed25519-sha256\n" }
};

static const struct {
	const char	*name, *text;
	size_t		 line;
	const char	*why;
} old_bad[] = {
	{ "no newline", "countersign-keys 1", 1, "no newline" },
	{ "CRLF", "countersign-keys 1\r\n", 1, "first line" },
	{ "key cut", HEAD1 "s1 rsa-sha256 - -", 2, "no newline" },
	{ "a line of format 2", HEAD1 KEY(""), 2, "ten to thirteen fields" },
	{ "empty line", HEAD1 "\n", 2, "ten to thirteen fields" },
	{ "nine fields", HEAD1 "s1 rsa-sha256 - - - - - - -\n", 2,
	    "ten to thirteen fields" },
	{ "eleven fields", HEAD1 "s1 rsa-sha256" MARK("-"), 2,
	    "may follow the times" },
	{ "mark", HEAD1 "s1 rsa-sha256" MARK("lax"), 2,
	    "may follow the times" },
	{ "mark twice", HEAD1 "s1 rsa-sha256" MARK("strict strict"), 2,
	    "may follow the times" },
	{ "marks in another order", HEAD1 "s1 rsa-sha256"
	    MARK("compromised strict"), 2, "may follow the times" },
	{ "four marks", HEAD1 "s1 rsa-sha256"
	    MARK("strict compromised record=a b"), 2,
	    "ten to thirteen fields" },
	{ "mark for a time", HEAD1 "s1 rsa-sha256 - - - - - - - strict\n", 2,
	    "time" },
	{ "record without a name", HEAD1 "s1 rsa-sha256" MARK("record="), 2,
	    "may follow the times" },
	{ "record in capitals", HEAD1 "s1 rsa-sha256" MARK("record=A.b"), 2,
	    "may follow the times" },
	{ "blank at the end", HEAD1 "s1 rsa-sha256" MARK(""), 2,
	    "may follow the times" },
	{ "two blanks", HEAD1 "s1  rsa-sha256" NONE, 2, "algorithm" },
	{ "tab", HEAD1 "s1\trsa-sha256 - - - - - - - - -\n", 2, "selector" },
	{ "algorithm", HEAD1 "s1 rsa-sha1" NONE, 2, "algorithm" },
	{ "time", HEAD1 "s1 rsa-sha256 - - 2026-11-23 - - - - -\n", 2,
	    "time" },
	{ "twice", HEAD1 "s1 rsa-sha256" NONE "s2 rsa-sha256" NONE
	    "s1 ed25519-sha256" NONE, 4, "duplicate selector" }
};

static void
test_good(void **unused)
{
	struct ks_state state;
	const char *why;
	char *text;
	size_t i, len, line;

	(void)unused;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (state_parse(good[i].text, strlen(good[i].text), &state,
		    &line, &why) != 0)
			fail_msg("%s: line %zu: %s", good[i].name, line,
			    why);
		assert_int_equal(state.nkeys, good[i].nkeys);
		assert_int_equal(state_print(&state, &text, &len), 0);
		assert_int_equal(len, strlen(good[i].text));
		assert_string_equal(text, good[i].text);
		free(text);
		ks_state_finish(&state);
	}
}

/* Format 1 is read, and written as format 2. */
static void
test_old(void **unused)
{
	struct ks_state state;
	const char *why;
	char *text;
	size_t i, len, line;

	(void)unused;
	for (i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
		if (state_parse(old[i].text, strlen(old[i].text), &state,
		    &line, &why) != 0)
			fail_msg("%s: line %zu: %s", old[i].name, line, why);
		assert_int_equal(state_print(&state, &text, &len), 0);
		assert_string_equal(text, old[i].now);
		free(text);
		ks_state_finish(&state);
	}
}

/* Format 3 is written only if some key is of a stream. */
static void
test_streamless(void **unused)
{
	static const char text[] = HEAD3 KEY(" stream=desk");
	struct ks_state state;
	const char *why;
	char *printed;
	size_t len, line;

	(void)unused;
	assert_int_equal(state_parse(text, strlen(text), &state, &line, &why),
	    0);
	state.keys[0].stream = NULL;
	assert_int_equal(state_print(&state, &printed, &len), 0);
	assert_string_equal(printed, HEAD KEY(""));
	free(printed);
	ks_state_finish(&state);
}

/* A key is of one stream only, and a default key of none. */
static void
test_streams(void **unused)
{
	static const struct {
		const char	*name, *stream, *asked;
		bool		 want;
	} cases[] = {
		{ "default, NULL",		NULL, NULL, true },
		{ "default, empty",		NULL, "", true },
		{ "default, a stream",		NULL, "desk", false },
		{ "a stream, NULL",		"desk", NULL, false },
		{ "a stream, empty",		"desk", "", false },
		{ "a stream, itself",		"desk", "desk", true },
		{ "a stream, its beginning",	"desk", "des", false },
		{ "a stream, a longer one",	"desk", "desk2", false },
		{ "a stream, another",		"desk", "shop", false },
		{ "a stream, capitals",		"desk", "Desk", false }
	};
	struct ks_key key;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ks_key_init(&key);
		key.stream = cases[i].stream;
		if (ks_key_is_of(&key, cases[i].asked) != cases[i].want)
			fail_msg("%s", cases[i].name);
	}
	assert_true(ks_stream_is_valid("a"));
	assert_true(ks_stream_is_valid("abcdefghijklmno9"));
	assert_true(ks_stream_is_valid("za0z9"));
	assert_false(ks_stream_is_valid(""));
	assert_false(ks_stream_is_valid("abcdefghijklmno90"));
	assert_false(ks_stream_is_valid("default"));
	assert_true(ks_stream_is_valid("default1"));
	assert_false(ks_stream_is_valid("9a"));
	assert_false(ks_stream_is_valid("a-b"));
	assert_false(ks_stream_is_valid("aB"));
	assert_false(ks_stream_is_valid("a_"));
	assert_false(ks_stream_is_valid("\303\244"));
}

static void
refused(const char *name, const char *text, size_t want_line,
    const char *want_why)
{
	struct ks_state state;
	const char *why;
	size_t line;

	if (state_parse(text, strlen(text), &state, &line, &why) !=
	    KS_E_DAMAGED)
		fail_msg("%s: accepted", name);
	if (line != want_line || strstr(why, want_why) == NULL)
		fail_msg("%s: line %zu: %s", name, line, why);
	assert_null(state.keys);
	assert_null(state.unfinished);
	assert_null(state.texts);
}

static void
test_bad(void **unused)
{
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(bad[i].name, bad[i].text, bad[i].line, bad[i].why);
	for (i = 0; i < sizeof(old_bad) / sizeof(old_bad[0]); i++)
		refused(old_bad[i].name, old_bad[i].text, old_bad[i].line,
		    old_bad[i].why);
}

/* What a later version wrote is not damage, whatever it looks like. */
static void
test_later(void **unused)
{
	static const char *const texts[] = {
		"countersign-keys 4\n", "countersign-keys 10\nwhat\n",
		"countersign-keys 22222222222222222222222222222\n"
	};
	struct ks_state state;
	const char *why;
	size_t i, line;

	(void)unused;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(state_parse(texts[i], strlen(texts[i]),
		    &state, &line, &why), KS_E_FORMAT);
		assert_non_null(strstr(why, "later version"));
		assert_null(state.keys);
	}
}

/* Each name is where it belongs, and no other. */
static void
test_values(void **unused)
{
	static const char text[] = HEAD3 "s1 algorithm=ed25519-sha256"
	    " generated=1970-01-01T00:00:01Z published=1970-01-01T00:00:02Z"
	    " seen=1970-01-01T00:00:03Z verified=1970-01-01T00:00:04Z"
	    " active_from=1970-01-01T00:00:05Z"
	    " retire_at=1970-01-01T00:00:06Z revoked=1970-01-01T00:00:07Z"
	    " removed=1970-01-01T00:00:08Z public=AAAA strict=yes"
	    " compromised=yes record=a.b took_over_from=s0"
	    " absent=1970-01-01T00:00:09Z absent_for=10"
	    " contested=yes fresh=yes delayed=1970-01-01T00:00:11Z"
	    " seen_outside=1970-01-01T00:00:12Z unconfirmed=yes"
	    " stream=desk proof=BBBB x=1 y=2\n"
	    "s2 algorithm=rsa-sha256\n";
	const struct ks_key *key;
	struct ks_state state, copy = { .nkeys = 0 };
	const char *why;
	size_t line;

	(void)unused;
	assert_int_equal(state_parse(text, sizeof(text) - 1, &state, &line,
	    &why), 0);
	/* A copy lasts longer than what it was made of. */
	assert_int_equal(ks_state_append(&copy, &state.keys[0]), 0);
	assert_int_equal(ks_state_append(&copy, &state.keys[1]), 0);
	memset(state.keys, 'x', 2 * sizeof(*state.keys));
	ks_state_finish(&state);

	key = &copy.keys[0];
	assert_string_equal(key->selector, "s1");
	assert_int_equal(key->algorithm, DKIMSIG_ED25519_SHA256);
	assert_true(key->generated == 1 && key->published == 2 &&
	    key->seen == 3 && key->verified == 4 && key->active_from == 5 &&
	    key->retire_at == 6 && key->revoked == 7 && key->removed == 8);
	assert_true(key->strict && key->compromised);
	assert_string_equal(key->public, "AAAA");
	assert_string_equal(key->record, "a.b");
	assert_string_equal(key->took_over_from, "s0");
	assert_true(key->absent == 9 && key->absent_for == 10 &&
	    key->contested && key->fresh && !key->unfinished &&
	    key->delayed == 11 && key->seen_outside == 12 && key->unconfirmed);
	assert_string_equal(key->stream, "desk");
	assert_string_equal(key->proof, "BBBB");
	assert_string_equal(key->others, "x=1 y=2");

	key = &copy.keys[1];
	assert_true(key->generated == KS_NEVER && key->removed == KS_NEVER);
	assert_false(key->strict || key->compromised);
	assert_null(key->stream);
	assert_null(key->public);
	assert_null(key->proof);
	assert_null(key->others);
	assert_string_equal(key->record, "");
	assert_string_equal(key->took_over_from, "");
	assert_true(key->absent == KS_NEVER && key->absent_for == 0 &&
	    !key->contested && !key->fresh && key->delayed == KS_NEVER &&
	    key->seen_outside == KS_NEVER && !key->unconfirmed);
	ks_state_finish(&copy);
}

/* As many unknown names as a key can have, whatever known ones it has. */
static void
test_most_others(void **unused)
{
	static const char *const known[] = {
		RSA, RSA " generated=" TIME " published=" TIME " seen=" TIME
		" verified=" TIME " active_from=" TIME " retire_at=" TIME
		" revoked=" TIME " removed=" TIME " public=AAAA strict=yes"
		" compromised=yes record=r1.example took_over_from=s0"
		" absent=" TIME " absent_for=300 contested=yes fresh=yes"
		" delayed=" TIME " leaving=yes seen_outside=" TIME
		" unconfirmed=yes"
	};
	char text[2048];
	struct ks_state state;
	const char *why;
	size_t line, i, len, n;

	(void)unused;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		len = (size_t)snprintf(text, sizeof(text), HEAD "%s",
		    known[i]);
		for (n = 0; n < KS_MAX_OTHERS; n++)
			len += (size_t)snprintf(text + len,
			    sizeof(text) - len, " n%zu=x", n);
		text[len] = '\n';
		assert_int_equal(state_parse(text, len + 1, &state, &line,
		    &why), 0);
		assert_int_equal(state.nkeys, 1);
		ks_state_finish(&state);
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    " n%zu=x\n", n);
		assert_int_equal(state_parse(text, len, &state, &line, &why),
		    KS_E_DAMAGED);
		assert_int_equal(line, 2);
		assert_string_equal(why, "too many names for one key");
	}
}

/* No prefix of a state but whole lines is one: a cut is always noticed. */
static void
test_cut(void **unused)
{
	static const char text[] = HEAD KEY(" seen=" TIME
	    " public=AAAA x=y");
	struct ks_state state;
	const char *why;
	size_t line, n;

	(void)unused;
	for (n = 0; n < sizeof(text) - 1; n++) {
		if (n == strlen(HEAD))
			continue;
		assert_int_equal(state_parse(text, n, &state, &line, &why),
		    KS_E_DAMAGED);
	}
}

/* A NUL anywhere is damage. */
static void
test_nul(void **unused)
{
	static const char text[] = HEAD KEY(" seen=" TIME
	    " public=AAAA x=y");
	char copy[sizeof(text)];
	struct ks_state state;
	const char *why;
	size_t line, n;

	(void)unused;
	for (n = 0; n < sizeof(text) - 1; n++) {
		memcpy(copy, text, sizeof(text));
		copy[n] = '\0';
		assert_int_equal(state_parse(copy, sizeof(text) - 1, &state,
		    &line, &why), KS_E_DAMAGED);
	}
}

static void
test_limits(void **unused)
{
	char public[393];		/* of RSA-2048 */
	struct ks_state state;
	struct ks_key *keys;
	const char *why;
	char *text;
	size_t i, len, line;

	(void)unused;
	memset(public, 'A', sizeof(public) - 1);
	public[sizeof(public) - 1] = '\0';
	keys = calloc(KS_MAX_KEYS + 1, sizeof(*keys));
	assert_non_null(keys);
	for (i = 0; i <= KS_MAX_KEYS; i++) {
		(void)snprintf(keys[i].selector, sizeof(keys[i].selector),
		    "s%zu", i);
		keys[i].public = public;
	}
	memset(&state, 0, sizeof(state));
	state.keys = keys;
	state.nkeys = KS_MAX_KEYS;
	assert_int_equal(state_print(&state, &text, &len), 0);
	assert_true(len <= KS_MAX_STATE);
	free(text);
	state.nkeys = KS_MAX_KEYS + 1;
	assert_int_equal(state_print(&state, &text, &len), KS_E_ARG);
	assert_null(text);

	/* What could not be read again is not written. */
	state.nkeys = 1;
	keys[0].revoked = -2;
	assert_int_equal(state_print(&state, &text, &len), KS_E_ARG);
	keys[0].revoked = 0;
	keys[0].public = "no base64";
	assert_int_equal(state_print(&state, &text, &len), KS_E_ARG);
	keys[0].public = NULL;
	keys[0].others = "seen=" TIME;
	assert_int_equal(state_print(&state, &text, &len), KS_E_ARG);
	keys[0].others = NULL;
	keys[0].stream = "Desk";
	assert_int_equal(state_print(&state, &text, &len), KS_E_ARG);
	keys[0].stream = "";
	assert_int_equal(state_print(&state, &text, &len), KS_E_ARG);
	keys[0].stream = NULL;
	(void)strcpy(keys[0].selector, "a b");
	assert_int_equal(state_print(&state, &text, &len), KS_E_ARG);
	free(keys);

	text = malloc(KS_MAX_STATE + 1);
	assert_non_null(text);
	memset(text, '\n', KS_MAX_STATE + 1);
	assert_int_equal(state_parse(text, KS_MAX_STATE + 1, &state, &line,
	    &why), KS_E_DAMAGED);
	assert_string_equal(why, "the file is too large");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_old),
		cmocka_unit_test(test_streamless),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_later),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_most_others),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_limits)
	};

	return cmocka_run_group_tests_name("state_parse", tests, NULL, NULL);
}
