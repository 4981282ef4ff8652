/* SPDX-License-Identifier: ISC */

/*
 * Key files of TSIG, and whose answers are believed.
 */

#include "publish/tsig.h"

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET	"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
#define OTHER	"b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhl"
#define SLASHES	"//VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"

static char file[] = "/tmp/test_tsig.XXXXXX";
static struct file_user user;	/* who runs this */

static void
write_file(const char *text, size_t len)
{
	FILE *out;

	assert_non_null(out = fopen(file, "w"));
	assert_int_equal(fwrite(text, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

/* What a file says, and the key in it. */
static const struct {
	const char	*name, *text, *key, *algorithm, *secret;
} good[] = {
	{ "as tsig-keygen writes it",
	    "key \"update.example\" {\n\talgorithm hmac-sha512;\n"
	    "\tsecret \"" SECRET "\";\n};\n",
	    "update.example", "hmac-sha512.", SECRET },
	{ "in one line", "key a{algorithm hmac-sha256;secret " SECRET ";};",
	    "a", "hmac-sha256.", SECRET },
	{ "three parts", "hmac-sha512:update:" SECRET "\n",
	    "update", "hmac-sha512.", SECRET },
	{ "two parts", "update:" SECRET, "update", "hmac-sha256.", SECRET },
	{ "comments", "// one\nkey \"a\" { # two\n algorithm hmac-sha256;\n"
	    " secret \"" SECRET "\"; // three\n}; # four",
	    "a", "hmac-sha256.", SECRET },
	{ "letters of either case, dots at the end",
	    "KEY \"A.Example.\" { Algorithm HMAC-SHA512.; Secret \"" SECRET
	    "\"; };", "A.Example", "hmac-sha512.", SECRET },
	{ "a secret that begins as a comment",
	    "key a { algorithm hmac-sha256; secret \"" SLASHES "\"; };",
	    "a", "hmac-sha256.", SLASHES },
	{ "the same, without quotes", "key a { secret " SLASHES "; };",
	    "a", "hmac-sha256.", SLASHES },
	{ "the same, in parts", "a:" SLASHES, "a", "hmac-sha256.", SLASHES },
	{ "no algorithm", "key a { secret \"" SECRET "\"; };",
	    "a", "hmac-sha256.", SECRET },
	{ "secret first", "key a { secret \"" SECRET "\"; algorithm "
	    "hmac-sha512; };", "a", "hmac-sha512.", SECRET },
	{ "lines that end in CR LF", "key a {\r\nsecret \"" SECRET
	    "\";\r\n};\r\n", "a", "hmac-sha256.", SECRET },
	{ "a key called key", "key \"key\" { secret \"" SECRET "\"; };",
	    "key", "hmac-sha256.", SECRET },
	{ "padding", "a:YQ==", "a", "hmac-sha256.", "YQ==" },
};

static void
files(void **state)
{
	struct ks_error error;
	struct tsig_key key;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		error.text[0] = '\0';
		write_file(good[i].text, strlen(good[i].text));
		r = tsig_key_read(file, &user, &key, &error);
		if (r != 0 || strcmp(key.name, good[i].key) != 0 ||
		    strcmp(key.algorithm, good[i].algorithm) != 0 ||
		    strcmp(key.secret, good[i].secret) != 0)
			fail_msg("%s: %d %s: %s %s %s", good[i].name, r,
			    error.text, key.name, key.algorithm, key.secret);
	}
}

/* A file that is refused, and why. */
static const struct {
	const char	*name, *text, *why;
} bad[] = {
	{ "empty", "", "line 1: no key name" },
	{ "comments alone", "# a:" SECRET "\n", "line 2: no key name" },
	{ "another key first",
	    "key a { secret \"" SECRET "\"; };\n"
	    "key b { secret \"" OTHER "\"; };", "line 2: duplicate name" },
	{ "two secrets", "key a\nsecret " SECRET "\nsecret " OTHER,
	    "line 3: duplicate secret" },
	{ "two algorithms", "algorithm hmac-sha256;\nalgorithm hmac-sha512;",
	    "line 2: duplicate algorithm" },
	{ "no secret", "key \"a\" {\n algorithm hmac-sha256;\n};\n",
	    "no secret" },
	{ "no value", "key a {\n secret", "line 2: a value is missing" },
	{ "an empty secret", "key a { secret \"\"; };", "is missing" },
	{ "an empty secret of parts", "a:", "line 1: secret missing" },
	{ "an empty name", ":" SECRET, "is not a domain name" },
	{ "MD5", "hmac-md5:a:" SECRET, "neither hmac-sha256 nor" },
	{ "SHA-1", "key a { algorithm hmac-sha1; };", "neither hmac-sha256" },
	{ "MD5 by its long name",
	    "algorithm hmac-md5.sig-alg.reg.int;", "neither hmac-sha256" },
	{ "no base64", "a:sec-ret=", "is not base64" },
	{ "cut", "a:c2VjcmV", "is not base64" },
	{ "padding inside", "a:YQ==YQ==", "is not base64" },
	{ "bits left over", "a:YR==", "is not base64" },
	{ "padding alone", "a:====", "is not base64" },
	{ "another file", "-----BEGIN PRIVATE KEY-----\nMC4=\n",
	    "line 1: not a key file" },
	{ "as keymgr writes it",
	    "# hmac-sha256:update:" OTHER "\n\nkey:\n  - id: update\n"
	    "    algorithm: hmac-sha256\n    secret: " SECRET "\n",
	    "line 3: Knot's YAML is not supported: create one with" },
	{ "what to do with it", "key:\n- id: \"update\"\n",
	    "or \"keymgr -t NAME | sed -n 's/^# *//p'\"" },
	{ "a part of it", "  - id: a\n    secret: " SECRET "\n",
	    "line 1: not a key file" },
	{ "a name that is none", "a..b:" SECRET, "is not a domain name" },
};

static void
damaged_files(void **state)
{
	struct ks_error error;
	struct tsig_key key;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		error.text[0] = '\0';
		write_file(bad[i].text, strlen(bad[i].text));
		r = tsig_key_read(file, &user, &key, &error);
		if (r != KS_E_DAMAGED ||
		    strstr(error.text, bad[i].why) == NULL ||
		    strstr(error.text, file) == NULL ||
		    strstr(error.text, "c2Vj") != NULL)
			fail_msg("%s: %d %s", bad[i].name, r, error.text);
		tsig_key_wipe(&key);
	}
}

static void
long_files(void **state)
{
	struct ks_error error;
	struct tsig_key key;
	char text[TSIG_MAX_FILE + 2];

	(void)state;
	memset(text, 'a', sizeof(text));
	write_file(text, sizeof(text));
	assert_int_equal(tsig_key_read(file, &user, &key, &error),
	    KS_E_DAMAGED);
	assert_non_null(strstr(error.text, "4096 octets or more"));
	write_file(text, 600);
	assert_int_equal(tsig_key_read(file, &user, &key, &error),
	    KS_E_DAMAGED);
	assert_non_null(strstr(error.text, "a word is too long"));
	text[300] = ':';
	write_file(text, 304);
	assert_int_equal(tsig_key_read(file, &user, &key, &error),
	    KS_E_DAMAGED);
	assert_non_null(strstr(error.text, "name too long"));
	write_file("a:YQ==\0", 7);
	assert_int_equal(tsig_key_read(file, &user, &key, &error),
	    KS_E_DAMAGED);
	memset(text, ' ', sizeof(text));
	memcpy(text, "a:YQ==", 6);
	write_file(text, TSIG_MAX_FILE);
	assert_int_equal(tsig_key_read(file, &user, &key, &error),
	    KS_E_DAMAGED);
	write_file(text, TSIG_MAX_FILE - 1);
	assert_int_equal(tsig_key_read(file, &user, &key, &error), 0);
}

static void
modes(void **state)
{
	static const struct {
		mode_t	mode;
		int	want;
	} cases[] = {
		{ 0400, 0 }, { 0600, 0 }, { 0440, 0 }, { 0640, 0 },
		{ 0644, KS_E_UNSAFE }, { 0604, KS_E_UNSAFE },
		{ 0660, KS_E_UNSAFE }, { 0601, KS_E_UNSAFE },
		{ 0602, KS_E_UNSAFE }, { 0620, KS_E_UNSAFE },
	};
	const char *cure = geteuid() == 0 ? "chown root:root " :
	    "chown root:";
	struct ks_error error;
	struct tsig_key key;
	char text[32];
	size_t i;
	int r;

	(void)state;
	write_file("a:YQ==", 6);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		error.text[0] = '\0';
		assert_int_equal(chmod(file, cases[i].mode), 0);
		r = tsig_key_read(file, &user, &key, &error);
		(void)snprintf(text, sizeof(text), ": mode %04o lets ",
		    (unsigned int)cases[i].mode);
		if (r != cases[i].want || (r != 0 &&
		    (strstr(error.text, text) == NULL ||
		    strstr(error.text, cure) == NULL)))
			fail_msg("mode %o: %d %s",
			    (unsigned int)cases[i].mode, r, error.text);
	}
	assert_int_equal(chmod(file, 0600), 0);
	assert_int_equal(tsig_key_read("/dev/null", &user, &key, &error),
	    KS_E_UNSAFE);
	assert_non_null(strstr(error.text, "not a regular file"));
	assert_int_equal(tsig_key_read("/nonexistent", &user, &key, &error),
	    KS_E_SYSTEM);
	assert_non_null(strstr(error.text, "tsig-keygen"));
}

/* Who answers, and how. */
static const struct tsig_key ours = {
	"update.example", "hmac-sha256.", SECRET
}, other_secret = {
	"update.example", "hmac-sha256.", OTHER
}, other_name = {
	"update2.example", "hmac-sha256.", SECRET
}, other_algorithm = {
	"update.example", "hmac-sha512.", SECRET
};

#define ID	4711

/* A request, as it is sent and as ldns reads it, and its MAC. */
struct request {
	struct packet	 packet;
	ldns_pkt	*parsed;
	struct tsig_mac	 mac;
};

static void
request_init(struct request *request, const struct tsig_key *key)
{
	static const uint8_t header[PACKET_HEADER_SIZE] = {
		ID >> 8, ID & 0xff, LDNS_PACKET_UPDATE << 3
	};

	memset(request, 0, sizeof(*request));
	packet_put(&request->packet, header, sizeof(header));
	tsig_sign(key, &request->packet, time(NULL), &request->mac);
	assert_false(request->packet.failed);
	assert_int_equal(ldns_wire2pkt(&request->parsed,
	    request->packet.data, request->packet.len), LDNS_STATUS_OK);
}

static void
request_finish(struct request *request)
{
	packet_finish(&request->packet);
	ldns_pkt_free(request->parsed);
}

/* What ldns, which can sign and verify, too, finds in a request. */
static void
requests(void **state)
{
	static const char long_secret[] =	/* of 150 octets */
	    SECRET SECRET SECRET SECRET SECRET SECRET SECRET SECRET SECRET;
	static const struct tsig_key keys[] = {
		{ "update.example", "hmac-sha256.", SECRET },
		{ "Update.Example", "hmac-sha512.", SECRET },
		{ "a", "hmac-sha256.", "YQ==" },
		{ "a", "hmac-sha512.", "YWI=" },
		{ "a", "hmac-sha256.", "+/+/" },
	};
	struct tsig_key key;
	struct request request;
	const ldns_rr *tsig;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * sizeof(keys) / sizeof(keys[0]); i++) {
		key = keys[i / 2];
		/* Longer than the block of its hash. */
		if (i % 2 == 1)
			(void)strlcpy(key.secret, long_secret,
			    sizeof(key.secret));
		request_init(&request, &key);
		tsig = ldns_pkt_tsig(request.parsed);
		assert_non_null(tsig);
		assert_int_equal(ldns_rr_get_class(tsig), LDNS_RR_CLASS_ANY);
		assert_int_equal(ldns_rr_ttl(tsig), 0);
		assert_int_equal(ldns_rdf2native_int16(ldns_rr_rdf(tsig, 2)),
		    TSIG_FUDGE);
		assert_int_equal(ldns_rdf2native_int16(ldns_rr_rdf(tsig, 4)),
		    ID);
		assert_true(ldns_pkt_tsig_verify(request.parsed,
		    request.packet.data, request.packet.len, key.name,
		    key.secret, NULL));
		request.packet.data[3] ^= 1;
		assert_false(ldns_pkt_tsig_verify(request.parsed,
		    request.packet.data, request.packet.len, key.name,
		    key.secret, NULL));
		request_finish(&request);
	}
}

static ldns_pkt *
message(void)
{
	ldns_pkt *packet = ldns_pkt_new();

	assert_non_null(packet);
	ldns_pkt_set_id(packet, ID);
	ldns_pkt_set_opcode(packet, LDNS_PACKET_UPDATE);
	return packet;
}

static void
answers(void **state)
{
	static const struct {
		const char		*name;
		const struct tsig_key	*signer;	/* NULL: not signed */
		bool			 ignores_request;
		int			 flip;	/* octet; 0: none */
		int64_t			 late;
		const char		*want;	/* NULL: it is believed */
	} cases[] = {
		{ "right", &ours, false, 0, 0, NULL },
		{ "within the fudge", &ours, false, 0, 290, NULL },
		{ "before its time", &ours, false, 0, -290, NULL },
		{ "late", &ours, false, 0, 310, "at a different time" },
		{ "early", &ours, false, 0, -310, "at a different time" },
		{ "not signed", NULL, false, 0, 0, "is not signed, so" },
		{ "another secret", &other_secret, false, 0, 0,
		    "not signed with the key" },
		{ "another name", &other_name, false, 0, 0,
		    "not signed with the key" },
		{ "another algorithm", &other_algorithm, false, 0, 0,
		    "not signed with the key" },
		{ "an answer to something else", &ours, true, 0, 0,
		    "not signed with the key" },
		{ "another code", &ours, false, 3, 0,
		    "not signed with the key" },
	};
	ldns_pkt *answer, *parsed;
	struct request request;
	const char *fault;
	uint8_t *wire;
	size_t len, i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		request_init(&request, &ours);
		answer = message();
		ldns_pkt_set_qr(answer, true);
		if (cases[i].signer != NULL)
			assert_int_equal(ldns_pkt_tsig_sign(answer,
			    cases[i].signer->name, cases[i].signer->secret,
			    TSIG_FUDGE, cases[i].signer->algorithm,
			    cases[i].ignores_request ? NULL :
			    ldns_rr_rdf(ldns_pkt_tsig(request.parsed), 3)),
			    LDNS_STATUS_OK);
		assert_int_equal(ldns_pkt2wire(&wire, answer, &len),
		    LDNS_STATUS_OK);
		if (cases[i].flip != 0)
			wire[cases[i].flip] ^= 5;
		assert_int_equal(ldns_wire2pkt(&parsed, wire, len),
		    LDNS_STATUS_OK);
		fault = tsig_fault(&ours, &request.mac, parsed, wire, len,
		    time(NULL) + cases[i].late);
		if ((fault == NULL) != (cases[i].want == NULL) ||
		    (fault != NULL && strstr(fault, cases[i].want) == NULL))
			fail_msg("%s: %s", cases[i].name,
			    fault == NULL ? "believed" : fault);
		request_finish(&request);
		ldns_pkt_free(answer);
		ldns_pkt_free(parsed);
		free(wire);
	}
}

/* Errors in an answer whose signature is right: what is to be fixed. */
static void
error_fields(void **state)
{
	static const struct {
		uint16_t	 code;
		const char	*want;
	} cases[] = {
		{ 16, "BADSIG: the server has another secret" },
		{ 17, "BADKEY: the server does not have this key" },
		{ 18, "BADTIME: the clocks" },
		{ 22, "BADTRUNC" },
		{ 23, "unknown TSIG error" },
		{ 65535, "unknown TSIG error" },
	};
	struct request request;
	ldns_pkt *answer;
	const char *fault;
	uint8_t *wire;
	size_t len, i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		request_init(&request, &ours);
		answer = message();
		assert_int_equal(ldns_pkt_tsig_sign(answer, ours.name,
		    ours.secret, TSIG_FUDGE, ours.algorithm, NULL),
		    LDNS_STATUS_OK);
		ldns_rdf_deep_free(ldns_rr_set_rdf(ldns_pkt_tsig(answer),
		    ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16,
		    cases[i].code), 5));
		assert_int_equal(ldns_pkt2wire(&wire, answer, &len),
		    LDNS_STATUS_OK);
		fault = tsig_fault(&ours, &request.mac, answer, wire, len,
		    time(NULL));
		if (fault == NULL || strstr(fault, cases[i].want) == NULL)
			fail_msg("%u: %s", (unsigned int)cases[i].code,
			    fault == NULL ? "believed" : fault);
		free(wire);
		request_finish(&request);
		ldns_pkt_free(answer);
	}
}

static int
make_file(void **state)
{
	int fd;

	(void)state;
	user_file_find_user(&user, "", NULL);
	if ((fd = mkstemp(file)) == -1)
		return -1;
	return close(fd);
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(damaged_files),
		cmocka_unit_test(long_files),
		cmocka_unit_test(modes),
		cmocka_unit_test(requests),
		cmocka_unit_test(answers),
		cmocka_unit_test(error_fields),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
