/* SPDX-License-Identifier: ISC */

/*
 * Reading a TSIG key file.  It has one of two forms: the one that BIND's tools
 * write,
 *
 *	key "name" { algorithm hmac-sha256; secret "base64"; };
 *
 * or a single word of two or three parts, [algorithm:]name:secret.  Knot's
 * keymgr writes YAML, with the second form in a comment above it; YAML is
 * refused with a message that says how to extract that line.
 *
 * A file that others may read or change, that is damaged, or that has a second
 * key is refused.  Secrets are wiped from the stack.
 */

#include "publish/tsig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/read_all.h"
#include "record/dname.h"

#define PUNCTUATION	" \t\r\n{};\""
#define MAX_WORD	TSIG_SECRET_SIZE

struct reader {
	const char	*file;		/* for errors */
	const char	*at;		/* the rest of the text */
	unsigned int	 line;
	struct tsig_key	*key;
	struct ks_error	*error;
};

static int
damaged(const struct reader *reader, const char *why)
{
	(void)snprintf(reader->error->text, sizeof(reader->error->text),
	    "tsig_key %.700s: line %u: %s: create one with 'tsig-keygen -a "
	    "hmac-sha256 NAME' or \"keymgr -t NAME | sed -n 's/^# *//p'\"",
	    reader->file, reader->line, why);
	return KS_E_DAMAGED;
}

/* Skip blanks and punctuation; false at the end of the text. */
static bool
skip(struct reader *reader)
{
	for (; *reader->at != '\0'; reader->at++) {
		if (strchr(PUNCTUATION, *reader->at) == NULL)
			return true;
		if (*reader->at == '\n')
			reader->line++;
	}
	return false;
}

static bool
skip_comments(struct reader *reader)
{
	while (skip(reader)) {
		if (*reader->at != '#' && strncmp(reader->at, "//", 2) != 0)
			return true;
		reader->at += strcspn(reader->at, "\n");
	}
	return false;
}

/* Read a word.  Returns 1, 0 at the end of the text, or KS_E_DAMAGED. */
static int
next_word(struct reader *reader, char word[MAX_WORD])
{
	size_t len;

	if (!skip(reader))
		return 0;
	len = strcspn(reader->at, PUNCTUATION);
	if (len >= MAX_WORD)
		return damaged(reader, "a word is too long");
	memcpy(word, reader->at, len);
	word[len] = '\0';
	reader->at += len;
	return 1;
}

/* Set a field of the key, which must not be set yet. */
static int
set(const struct reader *reader, char *to, size_t size, const char *text,
    const char *what)
{
	char why[64];

	if (to[0] != '\0')
		(void)snprintf(why, sizeof(why), "duplicate %s", what);
	else if (text[0] == '\0' || strlcpy(to, text, size) >= size)
		(void)snprintf(why, sizeof(why), "%s missing or too long",
		    what);
	else
		return 0;
	return damaged(reader, why);
}

static int
set_name(const struct reader *reader, const char *text)
{
	char name[DKIMSIG_DOMAIN_SIZE];
	ldns_rdf *wire;
	size_t len;

	if (strlcpy(name, text, sizeof(name)) >= sizeof(name))
		return damaged(reader, "name too long");
	len = strlen(name);
	if (len > 0 && name[len - 1] == '.')
		name[len - 1] = '\0';
	if ((wire = dname_new(name)) == NULL)
		return damaged(reader, "the name of the key is not a domain "
		    "name");
	ldns_rdf_deep_free(wire);
	return set(reader, reader->key->name, sizeof(reader->key->name),
	    name, "name");
}

static int
set_algorithm(const struct reader *reader, const char *text)
{
	static const char *const known[] = { "hmac-sha256.", "hmac-sha512." };
	char name[TSIG_ALGORITHM_SIZE];
	size_t i;

	(void)snprintf(name, sizeof(name), "%s%s", text,
	    text[0] != '\0' && text[strlen(text) - 1] == '.' ? "" : ".");
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcasecmp(name, known[i]) == 0)
			return set(reader, reader->key->algorithm,
			    sizeof(reader->key->algorithm), known[i],
			    "algorithm");
	return damaged(reader,
	    "algorithm is neither hmac-sha256 nor hmac-sha512");
}

/* As in ldns, unused bits in the last letter must be zero. */
static bool
is_base64(const char *text)
{
	static const char *const last[] = {
		"", "AEIMQUYcgkosw048", "AQgw"
	};
	size_t nletters, npadding;

	nletters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/");
	npadding = strspn(text + nletters, "=");
	if (text[nletters + npadding] != '\0' || npadding > 2 ||
	    (nletters + npadding) % 4 != 0)
		return false;
	return npadding == 0 || (nletters > 0 &&
	    strchr(last[npadding], text[nletters - 1]) != NULL);
}

static int
set_secret(const struct reader *reader, const char *text)
{
	if (!is_base64(text))
		return damaged(reader, "the secret is not base64");
	return set(reader, reader->key->secret, sizeof(reader->key->secret),
	    text, "secret");
}

/* Read a word of the form "[algorithm:]name:secret". */
static int
read_parts(const struct reader *reader, char *word)
{
	char *name, *secret;
	int r;

	if ((secret = strrchr(word, ':')) == NULL)
		return damaged(reader, "not a key file");
	*secret++ = '\0';
	if ((name = strchr(word, ':')) != NULL) {
		*name++ = '\0';
		if ((r = set_algorithm(reader, word)) != 0)
			return r;
	} else
		name = word;
	if ((r = set_name(reader, name)) != 0)
		return r;
	return set_secret(reader, secret);
}

/* Read the value after one of the words "key", "algorithm" and "secret". */
static int
read_pair(struct reader *reader, const char *what)
{
	char value[MAX_WORD];
	int r;

	if ((r = next_word(reader, value)) != 1)
		return r == 0 ? damaged(reader, "a value is missing") : r;
	if (strcasecmp(what, "algorithm") == 0)
		r = set_algorithm(reader, value);
	else if (strcasecmp(what, "secret") == 0)
		r = set_secret(reader, value);
	else
		r = set_name(reader, value);
	explicit_bzero(value, sizeof(value));
	return r;
}

/* Handle a word, and read its value if it has one. */
static int
read_word(struct reader *reader, char *word)
{
	if (strcasecmp(word, "key") == 0 ||
	    strcasecmp(word, "algorithm") == 0 ||
	    strcasecmp(word, "secret") == 0)
		return read_pair(reader, word);
	if (strcmp(word, "key:") == 0)
		return damaged(reader, "Knot's YAML is not supported");
	return read_parts(reader, word);
}

static int
read_words(struct reader *reader)
{
	char word[MAX_WORD];
	int r = 0;

	/*
	 * Comments are skipped only here, before a word of the first kind: a
	 * value in base64 may begin with "//".
	 */
	while (r == 0 && skip_comments(reader))
		if ((r = next_word(reader, word)) == 1)
			r = read_word(reader, word);
	explicit_bzero(word, sizeof(word));
	if (r != 0)
		return r;
	if (reader->key->name[0] == '\0')
		return damaged(reader, "no key name");
	if (reader->key->secret[0] == '\0')
		return damaged(reader, "no secret");
	if (reader->key->algorithm[0] == '\0')
		(void)strlcpy(reader->key->algorithm, "hmac-sha256.",
		    sizeof(reader->key->algorithm));
	return 0;
}

/* Open the file; if it cannot be used, the error says how to fix that. */
static int
open_file(const char *file, const struct file_user *user, int *fd,
    struct ks_error *error)
{
	char text[900], fix[600];

	*fd = user_file_open_secret(file, user, text, sizeof(text));
	if (*fd != -1)
		return 0;
	if (errno == ENOENT) {
		user_file_print_fix(file, user, fix, sizeof(fix));
		(void)snprintf(error->text, sizeof(error->text),
		    "tsig_key %s: No such file or directory: create it with "
		    "'tsig-keygen -a hmac-sha256 NAME >%s'; %s", file, file,
		    fix);
		return KS_E_SYSTEM;
	}
	(void)snprintf(error->text, sizeof(error->text), "tsig_key %s: %s",
	    file, text);
	return errno == EPERM ? KS_E_UNSAFE : KS_E_SYSTEM;
}

/* Read the whole file, and add a NUL. */
static int
read_text(const char *file, const struct file_user *user,
    char text[TSIG_MAX_FILE + 1], struct ks_error *error)
{
	ssize_t n;
	int fd, r;

	if ((r = open_file(file, user, &fd, error)) != 0)
		return r;
	n = read_all(fd, text, TSIG_MAX_FILE);
	(void)close(fd);
	if (n == -1) {
		(void)snprintf(error->text, sizeof(error->text),
		    "tsig_key %.900s: cannot read: %s", file,
		    strerror(errno));
		return KS_E_SYSTEM;
	}
	text[n] = '\0';
	if (n < TSIG_MAX_FILE && strlen(text) == (size_t)n)
		return 0;
	(void)snprintf(error->text, sizeof(error->text), "tsig_key %.900s: not "
	    "a key file: %d octets or more, or not text", file,
	    TSIG_MAX_FILE);
	return KS_E_DAMAGED;
}

int
tsig_key_read(const char *file, const struct file_user *user,
    struct tsig_key *key, struct ks_error *error)
{
	char text[TSIG_MAX_FILE + 1];
	struct reader reader = {
		.file = file, .at = text, .line = 1, .key = key,
		.error = error
	};
	int r;

	memset(key, 0, sizeof(*key));
	if ((r = read_text(file, user, text, error)) == 0)
		r = read_words(&reader);
	explicit_bzero(text, sizeof(text));
	return r;
}

void
tsig_key_wipe(struct tsig_key *key)
{
	explicit_bzero(key, sizeof(*key));
}
