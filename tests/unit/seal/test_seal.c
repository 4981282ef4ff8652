/* SPDX-License-Identifier: ISC */

/*
 * Sealed keys: what opens, what does not, and what is noticed without opening.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "seal/envelope.h"
#include "seal/kek.h"
#include "seal/seal.h"
#include "seal/sealfile.h"
#include "store/sealed.h"
#include "testkeys.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define DOMAIN		"example.com"
#define KEK_1	"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define KEK_2	"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="

struct fixture {
	char		 dir[64], credentials[80];
	struct keystore	*ks;
	struct seal	*seal;
	struct ks_lock	*lock;
	struct ks_state	 state;
	struct ks_error	 error;
};

static const char *
path_of(const struct fixture *f, const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	return path;
}

static void
write_file(const char *path, const void *text, size_t len, mode_t mode)
{
	int fd;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

/* A credential of this process. */
static void
give(const struct fixture *f, const char *name, const char *kek)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", f->credentials, name);
	if (kek == NULL)
		(void)unlink(path);
	else
		write_file(path, kek, strlen(kek), 0400);
}

/* As another process would open the store. */
static void
open_again(struct fixture *f)
{
	ks_unlock(f->lock);
	f->lock = NULL;
	ks_close(f->ks);
	seal_free(f->seal);
	(void)seal_new(&f->seal, NULL, NULL);
	assert_non_null(f->seal);
	assert_int_equal(ks_open(&f->ks, path_of(f, "keys"), NULL, &f->error),
	    0);
	seal_attach(f->seal, f->ks);
	assert_int_equal(ks_lock(f->ks, DOMAIN, true, &f->lock, &f->error), 0);
}

static void
add_key(struct fixture *f, const char *selector)
{
	struct ks_new new = { .step = "generate", .text = "a test" };
	int r;

	ks_key_init(&new.key);
	(void)strlcpy(new.key.selector, selector, sizeof(new.key.selector));
	new.key.algorithm = DKIMSIG_ED25519_SHA256;
	new.key.generated = 1000;
	new.pkey = testkeys_make(DKIMSIG_ED25519_SHA256, 0);
	r = ks_keys_store(f->lock, &f->state, &new, 1, 1000, &f->error);
	assert_int_equal(r, 0);
	EVP_PKEY_free(new.pkey);
}

static int
setup(void **state)
{
	struct fixture *f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return -1;
	(void)strcpy(f->dir, "/tmp/countersign-seal.XXXXXX");
	if (mkdtemp(f->dir) == NULL || mkdir(path_of(f, "keys"), 0700) != 0 ||
	    mkdir(path_of(f, "credentials"), 0700) != 0)
		return -1;
	(void)strlcpy(f->credentials, path_of(f, "credentials"),
	    sizeof(f->credentials));
	(void)setenv("CREDENTIALS_DIRECTORY", f->credentials, 1);
	(void)strlcpy(f->state.domain, DOMAIN, sizeof(f->state.domain));
	open_again(f);
	add_key(f, "one");
	add_key(f, "two");
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];
	int r;

	ks_state_finish(&f->state);
	ks_unlock(f->lock);
	ks_close(f->ks);
	seal_free(f->seal);
	(void)snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	r = system(command);
	free(f);
	return r;
}

static const struct ks_key *
key_of(const struct fixture *f, const char *selector)
{
	const struct ks_key *key = ks_state_find(&f->state, selector);

	assert_non_null(key);
	return key;
}

static int
load(struct fixture *f, const char *selector)
{
	EVP_PKEY *pkey;
	int r;

	f->error.text[0] = '\0';
	r = ks_key_load(f->ks, DOMAIN, key_of(f, selector), &pkey, &f->error);
	assert_true((r == 0) == (pkey != NULL));
	EVP_PKEY_free(pkey);
	return r;
}

static bool
is_sealed(struct fixture *f, const char *selector)
{
	bool sealed;

	assert_int_equal(ks_key_is_sealed(f->ks, DOMAIN, selector, &sealed,
	    &f->error), 0);
	return sealed;
}

static void
convert(struct fixture *f, bool sealed)
{
	static const char *const selectors[] = { "one", "two" };
	bool is_changed;
	size_t i;

	for (i = 0; i < SIZE(selectors); i++) {
		assert_int_equal(ks_key_convert(f->lock, key_of(f,
		    selectors[i]), sealed, &is_changed, &f->error), 0);
		assert_true(is_changed);
		assert_int_equal(ks_key_convert(f->lock, key_of(f,
		    selectors[i]), sealed, &is_changed, &f->error), 0);
		assert_false(is_changed);
		assert_true(is_sealed(f, selectors[i]) == sealed);
		assert_int_equal(load(f, selectors[i]), 0);
	}
}

static void
start(struct fixture *f, const char *newfile, bool changes)
{
	char keks[SEAL_KEKS_SIZE];
	bool is_changed;

	assert_int_equal(seal_start(f->seal, newfile, &is_changed, keks,
	    &f->error), 0);
	assert_true(is_changed == changes);
	assert_int_not_equal(keks[0], '\0');
}

/* A sealed store, and the text of a key file. */
static void
seal_all(struct fixture *f)
{
	give(f, KEK_CREDENTIAL, KEK_1);
	open_again(f);
	start(f, NULL, true);
	convert(f, true);
}

static size_t
read_key(const struct fixture *f, const char *name, char text[KS_MAX_PEM])
{
	char path[256];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/keys/" DOMAIN "/%s.pem", f->dir,
	    name);
	fd = open(path, O_RDONLY);
	n = read(fd, text, KS_MAX_PEM);
	(void)close(fd);
	assert_true(n > 0);
	return (size_t)n;
}

static void
write_key(const struct fixture *f, const char *name, const char *text,
    size_t len)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/keys/" DOMAIN "/%s.pem", f->dir,
	    name);
	write_file(path, text, len, 0400);
}

/* Write the body of a sealed file under a digest that fits. */
static void
write_body(const struct fixture *f, const char *selector, const char *body,
    size_t len)
{
	const struct ks_sealed_id id = { DOMAIN, selector };
	size_t textlen;
	char *text;

	assert_int_equal(sealed_print(&id, key_of(f, selector)->public, body,
	    len, &text, &textlen), 0);
	write_key(f, selector, text, textlen);
	free(text);
}

static const char *
body_of(const char *text, size_t len, size_t *bodylen)
{
	const struct ks_sealed_id id = { DOMAIN, "one" };
	const char *body;

	assert_null(sealed_parse(&id, NULL, text, len, &body, bodylen));
	return body;
}

/* -- Tests --------------------------------------------------------------- */

static void
test_life(void **state)
{
	struct fixture *f = *state;
	enum seal_kind kind;

	assert_int_equal(seal_kind(f->seal, &kind, &f->error), 0);
	assert_int_equal(kind, SEAL_NONE);
	assert_int_equal(seal_check(f->seal, &f->error), 0);
	assert_int_equal(seal_prepare(f->seal, &f->error), KS_E_NOKEY);
	seal_all(f);
	start(f, NULL, false);
	assert_int_equal(seal_prepare(f->seal, &f->error), 0);
	assert_int_equal(seal_kind(f->seal, &kind, &f->error), 0);
	assert_int_equal(kind, SEAL_ON);

	/* Keys are sealed from birth, also by those who have no KEK. */
	give(f, KEK_CREDENTIAL, NULL);
	open_again(f);
	add_key(f, "three");
	assert_true(is_sealed(f, "three"));
	assert_int_equal(load(f, "three"), KS_E_SEALED);
	assert_int_equal(ks_key_check(f->ks, DOMAIN, key_of(f, "three"),
	    &f->error), 0);
	assert_int_equal(seal_stop(f->seal, &f->error), KS_E_SEALED);

	give(f, KEK_CREDENTIAL, KEK_1 "\n");
	open_again(f);
	assert_int_equal(load(f, "three"), 0);
	assert_int_equal(seal_stop(f->seal, &f->error), 0);
	assert_int_equal(seal_kind(f->seal, &kind, &f->error), 0);
	assert_int_equal(kind, SEAL_OFF);
	add_key(f, "four");
	assert_false(is_sealed(f, "four"));
	assert_int_equal(load(f, "three"), 0);
	convert(f, false);
	/* Sealing may begin again in between. */
	start(f, NULL, true);
	convert(f, true);
	convert(f, false);
	assert_int_equal(seal_end(f->seal, &f->error), 0);
	assert_int_equal(load(f, "one"), 0);
	/* One that was left is lost: the command would not have come here. */
	open_again(f);
	assert_int_equal(load(f, "three"), KS_E_SEALED);
}

/* Each octet of a file, and of what is inside under a digest that fits. */
static void
test_flipped(void **state)
{
	char text[KS_MAX_PEM], copy[KS_MAX_PEM];
	struct fixture *f = *state;
	size_t i, len, bodylen, nopened = 0;
	const char *body;
	int r;

	seal_all(f);
	len = read_key(f, "one", text);
	for (i = 0; i < len; i++) {
		memcpy(copy, text, len);
		copy[i] ^= 1 << (i % 8);
		write_key(f, "one", copy, len);
		assert_int_equal(load(f, "one"), KS_E_DAMAGED);
		assert_int_equal(ks_key_check(f->ks, DOMAIN, key_of(f, "one"),
		    &f->error), KS_E_DAMAGED);
	}
	body = body_of(text, len, &bodylen);
	for (i = 0; i < bodylen; i++) {
		memcpy(copy, body, bodylen);
		copy[i] ^= 1;
		write_body(f, "one", copy, bodylen);
		/* Some octets are not secured, and mean nothing: it is checked
		 * that the key is this one, or none. */
		if ((r = load(f, "one")) == 0)
			nopened++;
		else
			assert_int_equal(r, KS_E_DAMAGED);
	}
	print_message("# %zu of %zu octets changed nothing\n", nopened,
	    bodylen);
	assert_true(nopened < bodylen / 2);
	write_key(f, "one", text, len);
	assert_int_equal(load(f, "one"), 0);
	for (i = 0; i < len; i++) {
		write_key(f, "one", text, i);
		assert_int_equal(load(f, "one"), KS_E_DAMAGED);
	}
}

static void
test_exchanged(void **state)
{
	char one[KS_MAX_PEM], two[KS_MAX_PEM];
	struct fixture *f = *state;
	size_t onelen, twolen, bodylen;
	struct ks_key key;
	const char *body;
	EVP_PKEY *pkey;

	seal_all(f);
	onelen = read_key(f, "one", one);
	twolen = read_key(f, "two", two);
	write_key(f, "one", two, twolen);
	write_key(f, "two", one, onelen);
	assert_int_equal(load(f, "one"), KS_E_DAMAGED);
	assert_int_equal(load(f, "two"), KS_E_DAMAGED);
	assert_non_null(strstr(f->error.text, "of another key"));
	/* Without a digest to compare, its name inside is the wrong one. */
	body = body_of(two, twolen, &bodylen);
	write_body(f, "one", body, bodylen);
	assert_int_equal(load(f, "one"), KS_E_DAMAGED);
	assert_non_null(strstr(f->error.text, "cannot be opened"));
	key = *key_of(f, "one");
	key.public = NULL;
	assert_int_equal(ks_key_load(f->ks, DOMAIN, &key, &pkey, &f->error),
	    KS_E_DAMAGED);
	assert_null(pkey);
	write_key(f, "one", one, onelen);
	assert_int_equal(ks_key_load(f->ks, DOMAIN, &key, &pkey, &f->error),
	    0);
	EVP_PKEY_free(pkey);
}

static void
test_keks(void **state)
{
	struct fixture *f = *state;

	seal_all(f);
	give(f, KEK_CREDENTIAL, KEK_2);
	open_again(f);
	assert_int_equal(load(f, "one"), KS_E_SEALED);
	assert_non_null(strstr(f->error.text, "but this process has KEK"));
	assert_int_equal(seal_check(f->seal, &f->error), KS_E_SEALED);
	assert_int_equal(ks_key_check(f->ks, DOMAIN, key_of(f, "one"),
	    &f->error), 0);

	/* The new one beside the old one, then alone. */
	give(f, KEK_CREDENTIAL, KEK_1);
	give(f, KEK_NEW_CREDENTIAL, KEK_2);
	open_again(f);
	start(f, NULL, true);
	start(f, NULL, false);
	give(f, KEK_NEW_CREDENTIAL, NULL);
	open_again(f);
	assert_int_equal(load(f, "one"), 0);
	give(f, KEK_CREDENTIAL, KEK_2);
	open_again(f);
	assert_int_equal(load(f, "one"), 0);
	start(f, NULL, true);
	give(f, KEK_CREDENTIAL, KEK_1);
	open_again(f);
	assert_int_equal(load(f, "one"), KS_E_SEALED);

	give(f, KEK_CREDENTIAL, "not a KEK");
	open_again(f);
	assert_int_equal(load(f, "one"), KS_E_SEALED);
	assert_non_null(strstr(f->error.text, "not a KEK, which is"));
	give(f, KEK_CREDENTIAL, NULL);
	open_again(f);
	assert_int_equal(load(f, "one"), KS_E_SEALED);
	assert_non_null(strstr(f->error.text, "has no KEK"));
	ks_set_sealer(f->ks, NULL);
	assert_int_equal(load(f, "one"), KS_E_SEALED);
}

/* What opens the keys stays while a new KEK comes; a new key is noticed. */
static void
test_running(void **state)
{
	struct fixture *f = *state;
	struct seal *other;

	seal_all(f);
	give(f, KEK_NEW_CREDENTIAL, KEK_2);
	open_again(f);
	assert_int_equal(seal_new(&other, NULL, &f->error), 0);
	seal_attach(other, f->ks);
	assert_int_equal(load(f, "one"), 0);
	seal_attach(f->seal, f->ks);
	start(f, NULL, true);
	seal_attach(other, f->ks);
	assert_int_equal(load(f, "two"), 0);
	seal_attach(f->seal, f->ks);
	convert(f, false);
	assert_int_equal(seal_end(f->seal, &f->error), 0);
	start(f, NULL, true);
	convert(f, true);
	seal_attach(other, f->ks);
	assert_int_equal(load(f, "one"), 0);
	seal_attach(f->seal, f->ks);
	seal_free(other);
}

/* The file that opens all. */
static void
test_seal_file(void **state)
{
	static const char junk[] = "countersign-seal 1 on\nnothing\n";
	static const char later[] = "countersign-seal 2 on\nnothing\n";
	char text[KS_MAX_SEAL], path[256];
	struct fixture *f = *state;
	size_t i, len, nopened = 0;
	ssize_t n;
	int fd;

	seal_all(f);
	(void)strlcpy(path, path_of(f, "keys/seal"), sizeof(path));
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof(text));
	(void)close(fd);
	assert_true(n > 0);
	len = (size_t)n;
	for (i = 0; i < len; i++) {
		text[i] ^= 1;
		write_file(path, text, len, 0640);
		open_again(f);
		if (seal_check(f->seal, &f->error) == 0)
			nopened++;
		text[i] ^= 1;
	}
	/* Names, times and signature of the certificate are not looked at. */
	print_message("# %zu of %zu octets changed nothing\n", nopened, len);
	assert_true(nopened < len / 2);
	write_file(path, junk, strlen(junk), 0640);
	open_again(f);
	assert_int_equal(load(f, "one"), KS_E_DAMAGED);
	assert_int_equal(seal_check(f->seal, &f->error), KS_E_DAMAGED);
	assert_null(strstr(f->error.text, "later version"));
	write_file(path, later, strlen(later), 0640);
	open_again(f);
	assert_int_equal(seal_check(f->seal, &f->error), KS_E_DAMAGED);
	assert_non_null(strstr(f->error.text, "install the later version "
	    "again"));
	write_file(path, text, len, 0666);
	open_again(f);
	assert_int_equal(seal_check(f->seal, &f->error), KS_E_UNSAFE);
	(void)unlink(path);
	open_again(f);
	assert_int_equal(load(f, "one"), KS_E_SEALED);
	assert_non_null(strstr(f->error.text, "restore it from a backup"));
	write_file(path, text, len, 0640);
	open_again(f);
	assert_int_equal(load(f, "one"), 0);
}

static void
test_kek_files(void **state)
{
	static const struct {
		const char	*text;
		mode_t		 mode;
		int		 want;
	} cases[] = {
		{ KEK_1,	0400, 0 },
		{ KEK_1 "\n",	0600, 0 },
		{ KEK_1,	0440, KS_E_UNSAFE },
		{ KEK_1,	0404, KS_E_UNSAFE },
		{ KEK_1,	0620, KS_E_UNSAFE },
		{ "",		0400, KS_E_DAMAGED },
		{ KEK_1 "\n\n",	0400, KS_E_DAMAGED },
		{ KEK_1 " ",	0400, KS_E_DAMAGED },
		{ " " KEK_1,	0400, KS_E_DAMAGED },
		{ "AQEB",	0400, KS_E_DAMAGED },
		{ "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ==", 0400,
		    KS_E_DAMAGED },
		{ "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB", 0400,
		    KS_E_DAMAGED },
		{ "!QEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", 0400,
		    KS_E_DAMAGED }
	};
	struct fixture *f = *state;
	char path[256];
	struct kek *kek;
	size_t i;
	int r;

	(void)strlcpy(path, path_of(f, "kek"), sizeof(path));
	assert_int_equal(kek_read_file(&kek, path, 0, &f->error), KS_E_NOKEY);
	for (i = 0; i < SIZE(cases); i++) {
		write_file(path, cases[i].text, strlen(cases[i].text),
		    cases[i].mode);
		r = kek_read_file(&kek, path, 0, &f->error);
		assert_int_equal(r, cases[i].want);
		assert_true((kek != NULL) == (r == 0));
		if (kek != NULL)
			assert_int_equal(kek->octets[31], 1);
		kek_free(kek);
	}
	(void)unlink(path);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(kek_read_file(&kek, path, 0, &f->error),
	    KS_E_UNSAFE);
	/* systemd's access control list shows as a right of the group. */
	(void)snprintf(path, sizeof(path), "%s/" KEK_CREDENTIAL,
	    f->credentials);
	write_file(path, KEK_1, strlen(KEK_1), 0440);
	assert_int_equal(kek_read_credential(&kek, KEK_CREDENTIAL, &f->error),
	    0);
	kek_free(kek);
	write_file(path, KEK_1, strlen(KEK_1), 0444);
	assert_int_equal(kek_read_credential(&kek, KEK_CREDENTIAL, &f->error),
	    KS_E_UNSAFE);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(kek_read_credential(&kek, KEK_CREDENTIAL, &f->error),
	    KS_E_NOKEY);
}

/* An envelope that is not authenticated, and what is none. */
static void
test_other_envelopes(void **state)
{
	static const char *const junk[] = {
		"", "x", "-----BEGIN CMS-----\n-----END CMS-----\n",
		"-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n"
	};
	const struct kek *keks[1];
	struct kek *kek;
	struct sealfile file;
	CMS_ContentInfo *cms;
	EVP_PKEY *pkey;
	size_t i, len, outlen;
	char *text, *out;
	BIO *in, *bio;

	(void)state;
	assert_int_equal(kek_parse(&kek, KEK_1, strlen(KEK_1)), 0);
	keks[0] = kek;
	assert_int_equal(sealfile_make(&file, &pkey, keks, 1), 0);
	for (i = 0; i < SIZE(junk); i++) {
		assert_int_equal(envelope_open(file.cert, pkey, junk[i],
		    strlen(junk[i]), &out, &outlen), KS_E_DAMAGED);
		assert_null(out);
		assert_int_equal(envelope_unwrap(kek, junk[i],
		    strlen(junk[i]), &out, &outlen), KS_E_DAMAGED);
	}
	in = BIO_new_mem_buf("secret", 6);
	bio = BIO_new(BIO_s_mem());
	cms = CMS_encrypt(NULL, NULL, EVP_aes_256_cbc(),
	    CMS_PARTIAL | CMS_BINARY);
	assert_non_null(CMS_add1_recipient_cert(cms, file.cert, 0));
	assert_int_equal(CMS_final(cms, in, NULL, CMS_BINARY), 1);
	assert_int_equal(PEM_write_bio_CMS_stream(bio, cms, NULL, 0), 1);
	len = (size_t)BIO_get_mem_data(bio, &text);
	assert_int_equal(envelope_open(file.cert, pkey, text, len, &out,
	    &outlen), KS_E_DAMAGED);
	CMS_ContentInfo_free(cms);
	BIO_free(bio);
	BIO_free(in);
	EVP_PKEY_free(pkey);
	sealfile_finish(&file);
	kek_free(kek);
}

/* Each error of a KEK is one line that also says how to fix it. */
static void
test_kek_errors(void **state)
{
	char text[SEAL_KEKS_SIZE], file[256], link[256], want[320];
	struct fixture *f = *state;
	struct kek *kek;
	bool is_changed;

	assert_int_equal(seal_start(f->seal, NULL, &is_changed, text,
	    &f->error), KS_E_NOKEY);
	assert_non_null(strstr(f->error.text, "cannot seal, because this "
	    "process has no KEK: see SEALED KEYS in countersign-key(8), then "
	    "name its file with kek_file"));

	(void)strlcpy(file, path_of(f, "kek"), sizeof(file));
	(void)strlcpy(link, path_of(f, "link"), sizeof(link));
	assert_int_equal(kek_read_file(&kek, file, 0, &f->error), KS_E_NOKEY);
	assert_non_null(strstr(f->error.text, "/kek: no such file, and it "
	    "should have the KEK: see SEALED KEYS"));
	write_file(file, KEK_1, strlen(KEK_1), 0400);
	assert_int_equal(symlink(file, link), 0);
	assert_int_equal(kek_read_file(&kek, link, 0, &f->error),
	    KS_E_UNSAFE);
	assert_non_null(strstr(f->error.text, "/link: a symbolic link: name "
	    "the file that it leads to"));
	if (geteuid() != 0 || chown(file, 65534, 65534) != 0)
		return;
	assert_int_equal(kek_read_file(&kek, file, 0, &f->error),
	    KS_E_UNSAFE);
	(void)snprintf(want, sizeof(want), "or to root: chown root %s", file);
	assert_non_null(strstr(f->error.text, want));
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_life),
		TEST(test_flipped),
		TEST(test_exchanged),
		TEST(test_keks),
		TEST(test_running),
		TEST(test_seal_file),
		TEST(test_kek_files),
		TEST(test_kek_errors),
		TEST(test_other_envelopes)
	};

	return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
