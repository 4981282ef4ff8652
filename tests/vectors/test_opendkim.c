/* SPDX-License-Identifier: ISC */

/*
 * libopendkim's test data (opendkim/cases.json): each signature field in it,
 * made or verified there, is computed here again over the same message.
 * Usage: test_opendkim FOLDER
 *
 * Most are rsa-sha1, which the product refuses (RFC 8301).  So that they test
 * our canonicalization all the same, this program, and it alone, reads
 * rsa-sha1 as rsa-sha256 and puts a SHA-1 context in the digest's place.
 */

#include <err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <openssl/evp.h>

#include "dkimsig/base64.h"
#include "dkimsig/canon.h"
#include "dkimsig/hdrlist.h"
#include "dkimsig/pubkey.h"
#include "dkimsig/sigfield.h"

static const char *folder;
static EVP_PKEY *keys[2];	/* test, brisbane */

static json_t *
load_json(const char *name)
{
	char path[1024];
	json_error_t error;
	json_t *json;

	(void)snprintf(path, sizeof(path), "%s/opendkim/%s", folder, name);
	if ((json = json_load_file(path, 0, &error)) == NULL)
		errx(1, "%s:%d: %s", path, error.line, error.text);
	return json;
}

static const char *
text_of(json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* One signature over one message. */
struct attempt {
	struct hdrlist	 fields;
	char		 name[64];
	char		*value;
	bool		 is_sha1;
	struct sigfield	 field;
};

static void
add_field(struct attempt *a, const char *text)
{
	const char *colon = strchr(text, ':');

	/* The suite has header lines without a colon: not messages. */
	if (colon != NULL)
		(void)hdrlist_add(&a->fields,
		    view_of(text, (size_t)(colon - text)),
		    view_str(colon + 1));
}

/* rsa-sha1 as rsa-sha256, in a copy that the field's views point into. */
static void
take_value(struct attempt *a, const char *value)
{
	const char *sha1 = strstr(value, "rsa-sha1");
	size_t n;

	a->value = malloc(strlen(value) + 16);
	assert_non_null(a->value);
	a->is_sha1 = sha1 != NULL;
	if (sha1 == NULL) {
		strlcpy(a->value, value, strlen(value) + 16);
		return;
	}
	n = (size_t)(sha1 - value);
	memcpy(a->value, value, n);
	strlcpy(a->value + n, "rsa-sha256", 16);
	strlcat(a->value, sha1 + strlen("rsa-sha1"), strlen(value) + 16);
}

static int
parse_value(struct attempt *a)
{
	enum dkimsig_reason reason;
	const struct tag *bh, *l;
	struct taglist list;

	if (!a->is_sha1)
		return sigfield_parse(&a->field, view_str(a->value), &reason);
	/* bh= has 20 octets there; the rest of the field is checked. */
	if (taglist_parse(&list, view_str(a->value)) != 0 ||
	    (bh = taglist_find(&list, "bh")) == NULL)
		return -1;
	(void)sigfield_parse(&a->field, view_str(a->value), &reason);
	a->field.b_raw = taglist_find(&list, "b")->raw;
	/* Parsing ended at bh=; l= comes after it. */
	if ((l = taglist_find(&list, "l")) != NULL)
		a->field.body_length = strtoll(l->value.ptr, NULL, 10);
	return 0;
}

static size_t
hash_size(const struct attempt *a)
{
	return a->is_sha1 ? 20 : DIGEST_SIZE;
}

static bool
body_matches(const struct attempt *a, json_t *chunks)
{
	unsigned char hash[64];
	struct canon_body c;
	struct taglist list;
	struct buf bh;
	json_t *chunk;
	size_t i;
	bool same;

	assert_int_equal(canon_body_init(&c, a->field.body_canon,
	    a->field.body_length != -1 ? (uint64_t)a->field.body_length :
	    CANON_BODY_ALL), 0);
	if (a->is_sha1)
		assert_int_equal(EVP_DigestInit_ex(c.digest.ctx, EVP_sha1(),
		    NULL), 1);
	json_array_foreach(chunks, i, chunk)
		assert_int_equal(canon_body_update(&c,
		    json_string_value(chunk), json_string_length(chunk)), 0);
	assert_int_equal(canon_body_end(&c, hash), 0);
	canon_body_finish(&c);
	buf_init(&bh, 64);
	same = taglist_parse(&list, view_str(a->value)) == 0 &&
	    base64_decode(&bh, taglist_find(&list, "bh")->value) == 0 &&
	    bh.len == hash_size(a) && memcmp(bh.data, hash, bh.len) == 0;
	buf_finish(&bh);
	return same;
}

/* The field as it stood: rsa-sha1 in it again. */
static void
restore_algorithm(struct buf *block, size_t from)
{
	char *at = memmem(block->data + from, block->len - from,
	    "rsa-sha256", 10);

	assert_non_null(at);
	memcpy(at + 7, "1", 1);
	memmove(at + 8, at + 10,
	    block->len - (size_t)(at + 10 - block->data));
	block->len -= 2;
}

static bool
signature_matches(const struct attempt *a)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct taglist list;
	struct buf block, sig;
	size_t start;
	bool right;

	buf_init(&block, 1 << 20);
	buf_init(&sig, DKIMSIG_MAX_SIGVALUE);
	assert_int_equal(taglist_parse(&list, view_str(a->value)), 0);
	hnames_write(&a->field.names, &a->fields, NULL,
	    a->field.header_canon, &block);
	start = block.len;
	sigfield_write(&a->field, a->field.header_canon,
	    view_str(a->name), view_str(a->value), &block);
	if (a->is_sha1)
		restore_algorithm(&block, start);
	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL,
	    a->is_sha1 ? EVP_sha1() : EVP_sha256(), NULL,
	    keys[strcmp(a->field.selector, "brisbane") == 0]), 1);
	right = base64_decode(&sig, taglist_find(&list, "b")->value) == 0 &&
	    EVP_DigestVerify(ctx, (const unsigned char *)sig.data, sig.len,
	    (const unsigned char *)block.data, block.len) == 1;
	buf_finish(&block);
	buf_finish(&sig);
	EVP_MD_CTX_free(ctx);
	return right;
}

/* The signature field of a handle: the one made, or the top one verified. */
static void
prepare(struct attempt *a, json_t *handle)
{
	json_t *headers = json_object_get(handle, "headers"), *header;
	const char *text, *colon, *made;
	size_t i;

	memset(a, 0, sizeof(*a));
	assert_int_equal(hdrlist_init(&a->fields, 0, 0), 0);
	made = text_of(handle, "expect_signature_value");
	strlcpy(a->name, "DKIM-Signature", sizeof(a->name));
	json_array_foreach(headers, i, header) {
		text = json_string_value(header);
		colon = strchr(text, ':');
		if (made == NULL && a->value == NULL && colon != NULL &&
		    strncasecmp(text, "dkim-signature", 14) == 0) {
			memcpy(a->name, text, (size_t)(colon - text));
			a->name[colon - text] = '\0';
			take_value(a, colon + 1);
		}
		add_field(a, text);
	}
	if (made != NULL && a->value == NULL) {
		/* The field made has a blank after its colon. */
		char *spaced;

		assert_true(asprintf(&spaced, " %s", made) > 0);
		take_value(a, spaced);
		free(spaced);
	}
}

static void
test_cases(void **state)
{
	json_t *cases = load_json("cases.json"), *row, *handle;
	size_t i, j, nchecked = 0, nsha1 = 0, nwrong = 0;
	struct attempt a;
	bool right;

	(void)state;
	json_array_foreach(cases, i, row) {
		json_array_foreach(json_object_get(row, "handles"), j,
		    handle) {
			if (!json_is_true(json_object_get(handle,
			    "independent_check")))
				continue;
			prepare(&a, handle);
			right = a.value != NULL && parse_value(&a) == 0 &&
			    body_matches(&a, json_object_get(handle,
			    "body")) && signature_matches(&a);
			if (!right) {
				print_message("# %s, handle %zu (%s): %s\n",
				    text_of(row, "test"), j,
				    text_of(handle, "op"),
				    text_of(row, "title"));
				nwrong++;
			}
			nchecked++;
			nsha1 += a.is_sha1;
			hdrlist_finish(&a.fields);
			free(a.value);
		}
	}
	json_decref(cases);
	print_message("# %zu signatures, %zu of them rsa-sha1\n", nchecked,
	    nsha1);
	assert_int_equal(nchecked, 82);
	assert_int_equal(nwrong, 0);
}

static EVP_PKEY *
load_key(json_t *records, const char *name)
{
	const char *txt = text_of(records, name);
	struct dkimsig_keyrecord record;
	enum dkimsig_reason reason;
	unsigned int bits;
	EVP_PKEY *pkey;

	if (txt == NULL || dkimsig_keyrecord_parse(txt, strlen(txt), &record,
	    NULL) != 0 || pubkey_load(&record, DKIMSIG_RSA_SHA256, &pkey,
	    &bits, &reason) != 0)
		errx(1, "keys.json: %s", name);
	return pkey;
}

static void
load_keys(void)
{
	json_t *records = load_json("keys.json");

	keys[0] = load_key(records, "PUBLICKEY");
	keys[1] = load_key(records, "PUBLICKEY2");
	json_decref(records);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};
	int r;

	if (argc != 2)
		errx(2, "usage: test_opendkim FOLDER");
	folder = argv[1];
	load_keys();
	r = cmocka_run_group_tests(tests, NULL, NULL);
	EVP_PKEY_free(keys[0]);
	EVP_PKEY_free(keys[1]);
	return r;
}
