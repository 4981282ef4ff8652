/* SPDX-License-Identifier: ISC */

/*
 * Epoch keys: see epoch.h.
 *
 * The first believed row of an epoch decides which KEK it has: a second one is
 * refused, because keys that are sealed under it could not be opened by the
 * other hosts.  KEKs are wiped wherever they were.
 */

#include "epochs/epoch.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "seal/envelope.h"

#define FIRST_LINE	"countersign-fleet wrap 1"
#define CHECK_LINE	"countersign-fleet epoch 1\n"

/* A row. */
struct wrap_row {
	unsigned int	 number;
	char		 check[FLEET_HEX_SIZE], blob[FLEET_HEX_SIZE];
	char		 to[FLEET_NAME_SIZE], by[FLEET_NAME_SIZE];
};

void
fleet_epochs_finish(struct fleet_epochs *epochs)
{
	if (epochs->list != NULL)
		freezero(epochs->list, epochs->n * sizeof(*epochs->list));
	memset(epochs, 0, sizeof(*epochs));
}

const struct fleet_epoch *
fleet_epochs_find(const struct fleet_epochs *epochs, unsigned int number)
{
	size_t i;

	for (i = 0; i < epochs->n; i++)
		if (epochs->list[i].number == number)
			return &epochs->list[i];
	return NULL;
}

int
fleet_epoch_unknown(unsigned int number, struct ks_error *error)
{
	if (error != NULL)
		(void)snprintf(error->text, sizeof(error->text), "this host "
		    "does not have the key of epoch %u: run 'countersign-key "
		    "fleet expel' again, with the same name and on the same "
		    "host as before, or 'fleet admit' with this host's name "
		    "and fingerprint on a host that has the key", number);
	return KS_E_ARG;
}

/* What everybody may know of a KEK. */
static int
make_check(const unsigned char kek[KEK_SIZE], char check[FLEET_HEX_SIZE])
{
	unsigned char text[sizeof(CHECK_LINE) - 1 + KEK_SIZE];
	int r;

	memcpy(text, CHECK_LINE, sizeof(CHECK_LINE) - 1);
	memcpy(text + sizeof(CHECK_LINE) - 1, kek, KEK_SIZE);
	r = fleet_digest(text, sizeof(text), check);
	explicit_bzero(text, sizeof(text));
	return r;
}

/* Add an epoch whose check is known to be right. */
static int
add(struct fleet_epochs *epochs, unsigned int number, const char *check,
    const unsigned char kek[KEK_SIZE], struct ks_error *error)
{
	struct fleet_epoch *new;

	if (epochs->n == FLEET_MAX_EPOCHS)
		return fleet_fail(error, KS_E_ARG, "there are too many epochs");
	new = recallocarray(epochs->list, epochs->n, epochs->n + 1,
	    sizeof(*new));
	if (new == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	epochs->list = new;
	new += epochs->n++;
	new->number = number;
	(void)strlcpy(new->check, check, sizeof(new->check));
	memcpy(new->kek, kek, KEK_SIZE);
	return 0;
}

int
fleet_epoch_make(struct fleet_epochs *epochs, unsigned int number,
    struct ks_error *error)
{
	unsigned char kek[KEK_SIZE];
	char check[FLEET_HEX_SIZE];
	int r;

	if (number == 0 || fleet_epochs_find(epochs, number) != NULL)
		return fleet_fail(error, KS_E_ARG, "the epoch exists already");
	if (RAND_priv_bytes(kek, sizeof(kek)) != 1 ||
	    make_check(kek, check) != 0)
		r = fleet_fail(error, KS_E_CRYPTO, "the crypto library cannot "
		    "make a key");
	else
		r = add(epochs, number, check, kek, error);
	explicit_bzero(kek, sizeof(kek));
	ERR_clear_error();
	return r;
}

static int
print_row(const struct wrap_row *row, const char *fleet, char **octets,
    size_t *len)
{
	int n;

	n = asprintf(octets, FIRST_LINE "\nfleet %s\nepoch %u\ncheck %s\n"
	    "to %s\nblob %s\nby %s\n", fleet, row->number, row->check,
	    row->to, row->blob, row->by);
	if (n == -1)
		*octets = NULL;
	*len = n == -1 ? 0 : (size_t)n;
	return n == -1 ? KS_E_NOMEM : 0;
}

static int
parse_row(const void *octets, size_t len, const char *fleet,
    struct wrap_row *row, struct ks_error *error)
{
	struct fleet_lines lines;
	char id[FLEET_HEX_SIZE];
	int64_t number;

	memset(row, 0, sizeof(*row));
	fleet_lines_init(&lines, octets, len);
	fleet_lines_expect(&lines, FIRST_LINE);
	fleet_lines_hex(&lines, "fleet", false, id);
	if (strcmp(id, fleet) != 0)
		fleet_lines_fail(&lines, "names another fleet");
	number = fleet_lines_number(&lines, "epoch", 1);
	if (number > UINT_MAX)
		fleet_lines_fail(&lines, "is too high");
	row->number = (unsigned int)number;
	fleet_lines_hex(&lines, "check", false, row->check);
	fleet_lines_host(&lines, "to", row->to);
	fleet_lines_hex(&lines, "blob", false, row->blob);
	fleet_lines_host(&lines, "by", row->by);
	return fleet_lines_end(&lines, error) ? 0 : KS_E_DAMAGED;
}

/* Whether the certificate is that of an admitted host. */
static bool
is_cert_of(const struct fleet_members *members, const char *name, X509 *cert)
{
	const struct fleet_host *host = fleet_members_find(members, name);
	char digest[FLEET_HEX_SIZE];

	return host != NULL && !host->is_expelled &&
	    fleet_cert_digest(cert, digest) == 0 &&
	    strcmp(digest, host->wrap) == 0;
}

int
fleet_wrap_make(struct fleet_wrap *wrap, const struct fleet_epochs *epochs,
    unsigned int number, const struct fleet_members *members,
    const char *host, X509 *cert, const char *by, struct ks_error *error)
{
	const struct fleet_epoch *epoch = fleet_epochs_find(epochs, number);
	struct wrap_row row = { .number = number };
	int r;

	memset(wrap, 0, sizeof(*wrap));
	if (epoch == NULL)
		return fleet_epoch_unknown(number, error);
	if (!is_cert_of(members, host, cert))
		return fleet_fail(error, KS_E_ARG, "not the certificate of a "
		    "host that is admitted");
	(void)strlcpy(row.check, epoch->check, sizeof(row.check));
	(void)strlcpy(row.to, host, sizeof(row.to));
	(void)strlcpy(row.by, by, sizeof(row.by));
	if ((r = envelope_seal(cert, epoch->kek, KEK_SIZE, &wrap->blob,
	    &wrap->bloblen)) == 0 &&
	    (r = fleet_digest(wrap->blob, wrap->bloblen, row.blob)) == 0)
		r = print_row(&row, members->fleet, &wrap->octets, &wrap->len);
	if (r == 0)
		return 0;
	fleet_wrap_finish(wrap);
	return fleet_fail(error, r, r == KS_E_NOMEM ? "out of memory" :
	    "the crypto library cannot envelop a key");
}

void
fleet_wrap_finish(struct fleet_wrap *wrap)
{
	free(wrap->octets);
	free(wrap->blob);
	memset(wrap, 0, sizeof(*wrap));
}

/* For whom it is, and what. */
static const char *
check_row(const struct fleet_members *members, const char *host, X509 *cert,
    const struct wrap_row *row, const struct fleet_wrap *wrap)
{
	char digest[FLEET_HEX_SIZE];

	if (strcmp(row->to, host) != 0)
		return "it is for another host";
	if (!is_cert_of(members, host, cert))
		return "this host is not admitted with this certificate";
	if (row->number > members->epoch)
		return "that epoch has not begun";
	if (fleet_digest(wrap->blob, wrap->bloblen, digest) != 0 ||
	    strcmp(digest, row->blob) != 0)
		return "another envelope than the one that was signed";
	return NULL;
}

/* Open the envelope, and check what is in it. */
static int
open_kek(X509 *cert, EVP_PKEY *pkey, const struct wrap_row *row,
    const struct fleet_wrap *wrap, struct fleet_epochs *epochs,
    struct ks_error *error)
{
	char check[FLEET_HEX_SIZE], *kek = NULL;
	size_t len;
	int r;

	if ((r = envelope_open(cert, pkey, wrap->blob, wrap->bloblen, &kek,
	    &len)) != 0)
		return fleet_fail(error, r, r == KS_E_NOMEM ? "out of memory" :
		    "the envelope of its key cannot be opened");
	if (len != KEK_SIZE ||
	    make_check((unsigned char *)kek, check) != 0 ||
	    strcmp(check, row->check) != 0)
		r = fleet_fail(error, KS_E_DAMAGED, "its key is another one "
		    "than was signed");
	else
		r = add(epochs, row->number, check, (unsigned char *)kek,
		    error);
	freezero(kek, len + 1);
	return r;
}

/* Add the KEK, unless it is known. */
static int
add_kek(struct fleet_epochs *epochs, X509 *cert, EVP_PKEY *pkey,
    const struct wrap_row *row, const struct fleet_wrap *wrap,
    struct ks_error *error)
{
	const struct fleet_epoch *known;

	if ((known = fleet_epochs_find(epochs, row->number)) == NULL)
		return open_kek(cert, pkey, row, wrap, epochs, error);
	return strcmp(known->check, row->check) == 0 ? 0 : fleet_fail(error,
	    KS_E_EXISTS, "another key is known here for it");
}

static int
take(struct fleet_epochs *epochs, const struct fleet_members *members,
    const char *host, X509 *cert, EVP_PKEY *pkey,
    const struct fleet_wrap *wrap,
    const unsigned char signature[FLEET_SIGNATURE], bool was_taken,
    struct ks_error *error)
{
	const struct fleet_host *by;
	struct ks_error reason;
	struct wrap_row row;
	const char *why;
	int r;

	if ((r = parse_row(wrap->octets, wrap->len, members->fleet, &row,
	    &reason)) != 0)
		return fleet_fail(error, r, reason.text);
	by = fleet_members_find(members, row.by);
	if (by == NULL || (by->is_expelled && !was_taken) ||
	    !fleet_verify(by->sign, wrap->octets, wrap->len, signature))
		why = "not signed by a host that is admitted";
	else
		why = check_row(members, host, cert, &row, wrap);
	r = why != NULL ? fleet_fail(&reason, KS_E_DAMAGED, why) :
	    add_kek(epochs, cert, pkey, &row, wrap, &reason);
	if (r != 0 && error != NULL)
		(void)snprintf(error->text, sizeof(error->text), "epoch %u: "
		    "%.900s", row.number, reason.text);
	return r;
}

int
fleet_wrap_take(struct fleet_epochs *epochs,
    const struct fleet_members *members, const char *host, X509 *cert,
    EVP_PKEY *pkey, const struct fleet_wrap *wrap,
    const unsigned char signature[FLEET_SIGNATURE], struct ks_error *error)
{
	return take(epochs, members, host, cert, pkey, wrap, signature, false,
	    error);
}

int
fleet_wrap_retake(struct fleet_epochs *epochs,
    const struct fleet_members *members, const char *host, X509 *cert,
    EVP_PKEY *pkey, const struct fleet_wrap *wrap,
    const unsigned char signature[FLEET_SIGNATURE], struct ks_error *error)
{
	return take(epochs, members, host, cert, pkey, wrap, signature, true,
	    error);
}

bool
fleet_wrap_counts(const struct fleet_members *members, unsigned int number,
    const char *host, const void *octets, size_t len,
    const unsigned char signature[FLEET_SIGNATURE])
{
	const struct fleet_host *by;
	struct wrap_row row;

	if (parse_row(octets, len, members->fleet, &row, NULL) != 0 ||
	    row.number != number || number > members->epoch ||
	    strcmp(row.to, host) != 0)
		return false;
	by = fleet_members_find(members, row.by);
	return by != NULL && !by->is_expelled &&
	    fleet_verify(by->sign, octets, len, signature);
}

bool
fleet_epoch_is_over(const struct fleet_members *members,
    const struct fleet_row *row)
{
	return row->kind == FLEET_ROW_KEY && row->epoch != 0 &&
	    row->epoch < members->epoch;
}
