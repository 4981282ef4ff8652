/* SPDX-License-Identifier: ISC */

/*
 * Which host rotates the keys of a store: see rotator.h.
 *
 * Both files are replaced as a whole, under the lock of the key directory.
 * rotator is written before store-id: whoever is killed in between leaves a
 * rotator with the number in it, from which store-id is written again.
 */

#include "store/rotator.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/hex.h"
#include "base/read_all.h"
#include "store/format.h"
#include "store/private.h"

#define ROTATOR_FILE	"rotator"
#define ID_FILE		"store-id"
#define FIRST_WORD	"countersign-rotator "
#define FIRST_LINE	FIRST_WORD "1"
#define MAX_FILE	1024	/* octets */
#define ID_OCTETS	32
#define MACHINE_ID_LEN	32	/* machine-id(5) */

_Static_assert(KS_STORE_ID_SIZE == HEX_SIZE(ID_OCTETS), "an ID and a hash");

bool
ks_host_name_is_valid(const char *name)
{
	size_t i;

	for (i = 0; name[i] != '\0'; i++)
		if (!isalnum((unsigned char)name[i]) &&
		    strchr("._-", name[i]) == NULL)
			return false;
	return i > 0 && i < KS_HOST_NAME_SIZE;
}

/* -- This host ----------------------------------------------------------- */

static bool
read_machine_id(const char *file, char id[MACHINE_ID_LEN + 1])
{
	char text[MACHINE_ID_LEN + 2];
	ssize_t n;
	int fd;

	if ((fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC)) == -1)
		return false;
	n = read_all(fd, text, sizeof(text));
	(void)close(fd);
	if (n < MACHINE_ID_LEN || (n == sizeof(text) &&
	    text[MACHINE_ID_LEN] != '\n'))
		return false;
	memcpy(id, text, MACHINE_ID_LEN);
	id[MACHINE_ID_LEN] = '\0';
	/* All zeros is not an ID, and "uninitialized" is too short. */
	return hex_is(id, MACHINE_ID_LEN / 2) &&
	    strspn(id, "0") < MACHINE_ID_LEN;
}

/* The name of this host, for people; octets that could confuse are left out. */
static void
read_name(char name[KS_HOST_NAME_SIZE])
{
	size_t i;

	if (gethostname(name, KS_HOST_NAME_SIZE) == -1)
		name[0] = '\0';
	name[KS_HOST_NAME_SIZE - 1] = '\0';
	for (i = 0; name[i] != '\0'; i++)
		if (!isalnum((unsigned char)name[i]) &&
		    strchr("._-", name[i]) == NULL)
			name[i] = '_';
	if (name[0] == '\0')
		(void)strlcpy(name, "unnamed", KS_HOST_NAME_SIZE);
}

int
ks_host_init(struct ks_host *host, const char *name,
    const char *machine_id_file, struct ks_error *error)
{
	char id[MACHINE_ID_LEN + 1];

	memset(host, 0, sizeof(*host));
	if (name != NULL && !ks_host_name_is_valid(name)) {
		(void)snprintf(error->text, sizeof(error->text),
		    "host \"%.300s\": use up to %d letters, digits, dots, "
		    "hyphens and underscores", name, KS_HOST_NAME_SIZE - 1);
		return KS_E_ARG;
	}
	if (name != NULL) {
		(void)strlcpy(host->name, name, sizeof(host->name));
		/* No name is the same as a machine ID. */
		(void)snprintf(host->secret, sizeof(host->secret), "host %s",
		    name);
		return 0;
	}
	if (!read_machine_id(machine_id_file, id)) {
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: no machine ID, so this host cannot be told from "
		    "others that have a copy of the key store: give it a name "
		    "with host = \"NAME\" in the configuration, different on "
		    "each host", machine_id_file);
		return KS_E_ARG;
	}
	read_name(host->name);
	(void)strlcpy(host->secret, id, sizeof(host->secret));
	return 0;
}

static int
hash_host(const struct ks_host *host, const char *id,
    char hash[KS_STORE_ID_SIZE])
{
	unsigned char octets[EVP_MAX_MD_SIZE];
	unsigned int len;

	if (HMAC(EVP_sha256(), host->secret, (int)strlen(host->secret),
	    (const unsigned char *)id, strlen(id), octets, &len) == NULL ||
	    len != ID_OCTETS)
		return KS_E_CRYPTO;
	hex_print(octets, ID_OCTETS, hash);
	return 0;
}

/* -- Reading ------------------------------------------------------------- */

static struct place
place_of(struct keystore *ks, const char *name)
{
	struct place place = { .ks = ks, .name = name, .dirfd = ks->fd };

	return place;
}

static int
damaged(const struct place *place, bool is_later, struct ks_error *error)
{
	if (is_later)
		return place_fail(place, error, KS_E_DAMAGED, FORMAT_LATER
		    ": install the later version again; if that is not "
		    "possible, and no other host rotates the keys, "
		    "'%s take-over' writes it again", ks_command(place->ks));
	return place_fail(place, error, KS_E_DAMAGED, "not as countersign-key "
	    "writes it: if this host is to rotate the keys, and no other does, "
	    "'%s take-over' writes it again", ks_command(place->ks));
}

/* The number in store-id, or "" if the file does not exist. */
static int
read_id(struct keystore *ks, char id[KS_STORE_ID_SIZE],
    struct ks_error *error)
{
	struct place place = place_of(ks, ID_FILE);
	size_t len;
	char *text;
	int r;

	id[0] = '\0';
	r = place_read(&place, KS_LOOSE_FILE, MAX_FILE, &text, &len, error);
	if (r != 0)
		return r == KS_E_NOKEY ? 0 : r;
	if (len == KS_STORE_ID_SIZE && text[len - 1] == '\n') {
		text[len - 1] = '\0';
		if (hex_is(text, ID_OCTETS))
			(void)strlcpy(id, text, KS_STORE_ID_SIZE);
	}
	place_free_text(text, len);
	return id[0] != '\0' ? 0 : damaged(&place, false, error);
}

/* The rest of the line after that word, cut off; NULL: another line. */
static char *
take_line(char **text, const char *word)
{
	char *line = *text, *end;
	size_t len = strlen(word);

	if ((end = strchr(line, '\n')) == NULL ||
	    strncmp(line, word, len) != 0)
		return NULL;
	*end = '\0';
	*text = end + 1;
	return line + len;
}

static bool
parse(char *text, struct ks_holder *holder)
{
	char *first, *id, *host, *blank;

	if ((first = take_line(&text, FIRST_LINE)) == NULL ||
	    *first != '\0' ||
	    (id = take_line(&text, "store ")) == NULL ||
	    (host = take_line(&text, "host ")) == NULL || *text != '\0' ||
	    (blank = strchr(host, ' ')) == NULL)
		return false;
	*blank = '\0';
	if (!hex_is(id, ID_OCTETS) || !hex_is(host, ID_OCTETS) ||
	    !ks_host_name_is_valid(blank + 1))
		return false;
	(void)strlcpy(holder->id, id, sizeof(holder->id));
	(void)strlcpy(holder->hash, host, sizeof(holder->hash));
	(void)strlcpy(holder->name, blank + 1, sizeof(holder->name));
	return true;
}

/* *exists is false if there is no such file. */
static int
read_holder(struct keystore *ks, struct ks_holder *holder, bool *exists,
    struct ks_error *error)
{
	struct place place = place_of(ks, ROTATOR_FILE);
	size_t len;
	char *text;
	bool is_good, is_later;
	int r;

	*exists = false;
	r = place_read(&place, KS_LOOSE_FILE, MAX_FILE, &text, &len, error);
	if (r != 0)
		return r == KS_E_NOKEY ? 0 : r;
	*exists = true;
	is_later = store_format_is_later(text, len, FIRST_WORD, 1);
	is_good = strlen(text) == len && parse(text, holder);
	place_free_text(text, len);
	return is_good ? 0 : damaged(&place, is_later, error);
}

int
ks_rotator_holder(struct keystore *ks, struct ks_holder *holder,
    struct ks_error *error)
{
	struct place place = place_of(ks, ROTATOR_FILE);
	bool exists;
	int r;

	memset(holder, 0, sizeof(*holder));
	if ((r = read_holder(ks, holder, &exists, error)) != 0 || exists)
		return r;
	return place_fail(&place, error, KS_E_NOKEY, "no such file, so no host "
	    "rotates these keys yet");
}

int
ks_rotator_read(struct keystore *ks, const struct ks_host *host,
    struct ks_rotator *rotator, struct ks_error *error)
{
	struct ks_holder holder;
	char hash[KS_STORE_ID_SIZE];
	bool exists;
	int r;

	memset(rotator, 0, sizeof(*rotator));
	/* The store of ks_open_none(). */
	if (ks->fd == -1)
		return 0;
	if ((r = read_id(ks, rotator->id, error)) != 0 ||
	    (r = read_holder(ks, &holder, &exists, error)) != 0)
		return r;
	if (!exists) {
		if (rotator->id[0] != '\0')
			rotator->state = KS_ROTATOR_LOST;
		return 0;
	}
	if (hash_host(host, holder.id, hash) != 0) {
		(void)strlcpy(error->text, "the crypto library cannot compute "
		    "HMAC-SHA256", sizeof(error->text));
		return KS_E_CRYPTO;
	}
	/* A rotator that came from another store says nothing of this one. */
	rotator->state = strcmp(hash, holder.hash) == 0 &&
	    (rotator->id[0] == '\0' || strcmp(rotator->id, holder.id) == 0) ?
	    KS_ROTATOR_SELF : KS_ROTATOR_OTHER;
	if (rotator->id[0] == '\0')
		(void)strlcpy(rotator->id, holder.id, sizeof(rotator->id));
	(void)strlcpy(rotator->name, holder.name, sizeof(rotator->name));
	return 0;
}

/* -- Writing ------------------------------------------------------------- */

/* The caller holds the lock. */
static int
write_holder(struct keystore *ks, const struct ks_holder *holder,
    struct ks_error *error)
{
	struct place rotator = place_of(ks, ROTATOR_FILE);
	struct place store = place_of(ks, ID_FILE);
	char text[MAX_FILE];
	int n, r;

	n = snprintf(text, sizeof(text), "%s\nstore %s\nhost %s %s\n",
	    FIRST_LINE, holder->id, holder->hash, holder->name);
	r = place_replace(&rotator, KS_MODE_FILE, text, (size_t)n, error);
	if (r != 0)
		return r;
	n = snprintf(text, sizeof(text), "%s\n", holder->id);
	return place_replace(&store, KS_MODE_FILE, text, (size_t)n, error);
}

/* The caller holds the lock; id is "" for a store that has none yet. */
static int
write_both(struct keystore *ks, const struct ks_host *host, char *id,
    struct ks_error *error)
{
	struct place rotator = place_of(ks, ROTATOR_FILE);
	struct place store = place_of(ks, ID_FILE);
	unsigned char octets[ID_OCTETS];
	struct ks_holder holder;

	if (id[0] == '\0') {
		if (RAND_bytes(octets, sizeof(octets)) != 1)
			return place_fail(&store, error, KS_E_CRYPTO,
			    "the crypto library has no random numbers");
		hex_print(octets, ID_OCTETS, id);
	}
	(void)strlcpy(holder.id, id, sizeof(holder.id));
	(void)strlcpy(holder.name, host->name, sizeof(holder.name));
	if (hash_host(host, id, holder.hash) != 0)
		return place_fail(&rotator, error, KS_E_CRYPTO,
		    "the crypto library cannot compute HMAC-SHA256");
	return write_holder(ks, &holder, error);
}

/* Stops at the first domain. */
static int
note_domain(const char *domain, void *arg)
{
	bool *has_domain = arg;

	(void)domain;
	*has_domain = true;
	return 1;
}

/* Whether this host may write the files without being told to. */
static int
may_adopt(struct keystore *ks, const struct ks_rotator *rotator, bool *may,
    struct ks_error *error)
{
	char id[KS_STORE_ID_SIZE];
	int r;

	*may = false;
	if (rotator->state == KS_ROTATOR_SELF) {
		if ((r = read_id(ks, id, error)) != 0)
			return r;
		*may = id[0] == '\0';
		return 0;
	}
	if (rotator->state != KS_ROTATOR_NONE)
		return 0;
	r = ks_each_domain(ks, note_domain, may, error);
	return r < 0 ? r : 0;
}

int
ks_rotator_adopt(struct keystore *ks, const struct ks_host *host,
    unsigned int wait_s, struct ks_rotator *rotator, struct ks_error *error)
{
	bool may;
	int fd, r;

	if ((r = ks_rotator_read(ks, host, rotator, error)) != 0 ||
	    (r = may_adopt(ks, rotator, &may, error)) != 0 || !may)
		return r;
	if ((r = store_wait_keydir(ks, wait_s, &fd, error)) != 0)
		return r;
	/* Another process may have done it meanwhile. */
	if ((r = ks_rotator_read(ks, host, rotator, error)) == 0 &&
	    (r = may_adopt(ks, rotator, &may, error)) == 0 && may &&
	    (r = write_both(ks, host, rotator->id, error)) == 0)
		r = ks_rotator_read(ks, host, rotator, error);
	(void)close(fd);
	return r;
}

int
ks_rotator_take(struct keystore *ks, const struct ks_host *host,
    const struct ks_rotator *before, int64_t now, unsigned int wait_s,
    struct ks_error *error)
{
	char id[KS_STORE_ID_SIZE], text[2 * KS_HOST_NAME_SIZE + 64];
	struct ks_holder holder;
	bool exists;
	int fd, r;

	if ((r = store_wait_keydir(ks, wait_s, &fd, error)) != 0)
		return r;
	if ((r = read_id(ks, id, error)) == 0 && id[0] == '\0' &&
	    read_holder(ks, &holder, &exists, NULL) == 0 && exists)
		(void)strlcpy(id, holder.id, sizeof(id));
	/* A damaged number is replaced by a new one. */
	if (r == KS_E_DAMAGED)
		r = 0;
	(void)snprintf(text, sizeof(text), "%s rotates these keys; before: "
	    "%s", host->name, before->state == KS_ROTATOR_OTHER ?
	    before->name : "not known");
	if (r == 0)
		r = store_log_append(ks, now, "take-over", text, error);
	if (r == 0)
		r = store_generation_take_over(ks, now, error);
	if (r == 0)
		r = write_both(ks, host, id, error);
	(void)close(fd);
	return r;
}

/* -- Following another host ---------------------------------------------- */

/* Whether this store may take the keys of that one. */
static int
may_follow(struct keystore *ks, const struct ks_host *host,
    const struct ks_holder *holder, struct ks_error *error)
{
	struct place place = place_of(ks, ID_FILE);
	struct ks_rotator rotator;
	char hash[KS_STORE_ID_SIZE];
	bool has_domain = false;
	int r;

	if ((r = ks_rotator_read(ks, host, &rotator, error)) != 0)
		return r;
	if (hash_host(host, holder->id, hash) != 0)
		return place_fail(&place, error, KS_E_CRYPTO,
		    "the crypto library cannot compute HMAC-SHA256");
	if (strcmp(hash, holder->hash) == 0)
		return place_fail(&place, error, KS_E_ARG, "this host cannot "
		    "be told from %s, which pushes: give each a name with "
		    "host = \"NAME\" in its configuration", holder->name);
	if (rotator.id[0] != '\0')
		return strcmp(rotator.id, holder->id) == 0 ? 0 :
		    place_fail(&place, error, KS_E_ARG, "not the store that %s "
		    "pushes: to replace it, move the key directory away and "
		    "make an empty one", holder->name);
	r = ks_each_domain(ks, note_domain, &has_domain, error);
	if (r < 0)
		return r;
	if (has_domain)
		return place_fail(&place, error, KS_E_ARG, "no such file, but "
		    "there are keys here, which %s may not know: move the key "
		    "directory away and make an empty one", holder->name);
	return 0;
}

int
ks_rotator_follow(struct keystore *ks, const struct ks_host *host,
    const struct ks_holder *holder, unsigned int wait_s,
    struct ks_error *error)
{
	char id[KS_STORE_ID_SIZE];
	struct ks_holder before;
	bool exists;
	int fd, r;

	if ((r = store_wait_keydir(ks, wait_s, &fd, error)) != 0)
		return r;
	if ((r = may_follow(ks, host, holder, error)) == 0 &&
	    (r = read_id(ks, id, error)) == 0 &&
	    (r = read_holder(ks, &before, &exists, error)) == 0 &&
	    (!exists || id[0] == '\0' ||
	    strcmp(before.hash, holder->hash) != 0 ||
	    strcmp(before.name, holder->name) != 0))
		r = write_holder(ks, holder, error);
	(void)close(fd);
	return r;
}
