/* SPDX-License-Identifier: ISC */

/*
 * Reading a key-encryption key: see kek.h.
 *
 * The form is strict: 44 characters of base64 and at most one newline, as
 * "openssl rand -base64 32" prints.  systemd gives the user of a service its
 * credentials by an access control list, which shows as read permission of the
 * group; so there that is allowed.
 *
 * Fails as the functions of the store do; the error names the file and what to
 * do, never what is in it.
 */

#include "seal/kek.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "base/hex.h"
#include "base/read_all.h"

#define TEXT_LEN	44	/* base64 of KEK_SIZE octets */

#define LOOSE_FILE	0077u
#define LOOSE_CREDENTIAL 0037u

static int __attribute__((format(printf, 4, 5)))
fail(struct ks_error *error, int code, const char *path, const char *format,
    ...)
{
	va_list ap;
	size_t len;

	if (error == NULL)
		return code;
	(void)snprintf(error->text, sizeof(error->text), "%.512s: ", path);
	len = strlen(error->text);
	va_start(ap, format);
	(void)vsnprintf(error->text + len, sizeof(error->text) - len, format,
	    ap);
	va_end(ap);
	return code;
}

/* If its memory cannot be locked, the process has said so, or is short. */
static struct kek *
kek_new(void)
{
	struct kek *kek;

	kek = mmap(NULL, sizeof(*kek), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (kek == MAP_FAILED)
		return NULL;
	(void)mlock(kek, sizeof(*kek));
	(void)madvise(kek, sizeof(*kek), MADV_DONTDUMP);
	return kek;
}

void
kek_free(struct kek *kek)
{
	if (kek == NULL)
		return;
	explicit_bzero(kek, sizeof(*kek));
	(void)munmap(kek, sizeof(*kek));
}

void
kek_name(const unsigned char id[KEK_ID_SIZE], char name[KEK_NAME_SIZE])
{
	hex_print(id, KEK_ID_SIZE, name);
}

/* Of the key and a word, so that nothing else has the same digest. */
static bool
make_id(struct kek *kek)
{
	static const char word[] = "countersign KEK";
	unsigned char text[sizeof(word) + KEK_SIZE];
	unsigned char digest[SHA256_DIGEST_LENGTH];
	bool is_made;

	memcpy(text, word, sizeof(word));
	memcpy(text + sizeof(word), kek->octets, KEK_SIZE);
	/* It may need memory; and without its context, libcrypto crashes. */
	is_made = OSSL_LIB_CTX_get0_global_default() != NULL &&
	    SHA256(text, sizeof(text), digest) != NULL;
	if (is_made)
		memcpy(kek->id, digest, KEK_ID_SIZE);
	explicit_bzero(text, sizeof(text));
	return is_made;
}

int
kek_parse(struct kek **out, const char *text, size_t len)
{
	/* EVP_DecodeBlock(3) counts the padding as octets. */
	unsigned char octets[TEXT_LEN / 4 * 3];
	struct kek *kek;
	bool is_good;

	*out = NULL;
	if (len == TEXT_LEN + 1 && text[TEXT_LEN] == '\n')
		len--;
	is_good = len == TEXT_LEN && text[TEXT_LEN - 1] == '=' &&
	    text[TEXT_LEN - 2] != '=' && EVP_DecodeBlock(octets,
	    (const unsigned char *)text, TEXT_LEN) == sizeof(octets);
	if (is_good && (kek = kek_new()) != NULL) {
		memcpy(kek->octets, octets, KEK_SIZE);
		if (make_id(kek))
			*out = kek;
		else
			kek_free(kek);
	}
	explicit_bzero(octets, sizeof(octets));
	return *out != NULL ? 0 : is_good ? KS_E_NOMEM : KS_E_DAMAGED;
}

static int
check(int fd, const char *path, unsigned int loose, uid_t owner,
    struct ks_error *error)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return fail(error, KS_E_SYSTEM, path, "cannot examine: %s",
		    strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(error, KS_E_UNSAFE, path, "not a regular file");
	if ((st.st_mode & loose) != 0)
		return fail(error, KS_E_UNSAFE, path,
		    "mode %04o, so others can read this KEK: chmod 0400 %s, "
		    "and make a new one if they may have it",
		    (unsigned int)st.st_mode & 07777, path);
	if (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid != owner)
		return fail(error, KS_E_UNSAFE, path,
		    "owner %u: a KEK must belong to the owner of the keys or "
		    "to root: chown root %s", (unsigned int)st.st_uid, path);
	return 0;
}

static int
read_kek(struct kek **kek, const char *path, unsigned int loose, uid_t owner,
    struct ks_error *error)
{
	char text[TEXT_LEN + 2];
	ssize_t n;
	int fd, r;

	*kek = NULL;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		return fail(error, KS_E_NOKEY, path, "no such file, and it "
		    "should have the KEK: see SEALED KEYS in "
		    "countersign-key(8)");
	if (fd == -1 && errno == ELOOP)
		return fail(error, KS_E_UNSAFE, path, "a symbolic link: name "
		    "the file that it leads to");
	if (fd == -1)
		return fail(error, KS_E_UNSAFE, path, "cannot open the KEK: "
		    "%s", strerror(errno));
	if ((r = check(fd, path, loose, owner, error)) == 0 &&
	    (n = read_all(fd, text, sizeof(text))) == -1)
		r = fail(error, KS_E_SYSTEM, path, "cannot read: %s",
		    strerror(errno));
	if (r == 0 && (r = kek_parse(kek, text, (size_t)n)) != 0)
		r = fail(error, r, path, r == KS_E_NOMEM ? "out of memory" :
		    "not a KEK, which is one line of 44 characters, as "
		    "'openssl rand -base64 32' prints");
	explicit_bzero(text, sizeof(text));
	(void)close(fd);
	return r;
}

int
kek_read_file(struct kek **kek, const char *path, uid_t owner,
    struct ks_error *error)
{
	return read_kek(kek, path, LOOSE_FILE, owner, error);
}

int
kek_read_credential(struct kek **kek, const char *name,
    struct ks_error *error)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX];
	int n;

	*kek = NULL;
	if (folder == NULL)
		return KS_E_NOKEY;
	n = snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return fail(error, KS_E_ARG, folder, "path too long");
	return read_kek(kek, path, LOOSE_CREDENTIAL, geteuid(), error);
}
