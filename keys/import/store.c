/* SPDX-License-Identifier: ISC */

/*
 * Store an imported key, in the same way as a key that was just generated.
 *
 * Names, key and strength are checked before the lock is taken, and the state
 * is checked again under the lock.  A key that the store already has is left
 * alone; a selector that has, or had, another key is refused.  If an earlier,
 * interrupted import left the file of this key behind, the state adopts it.
 *
 * If anything fails, the key is refused and the result says why.
 */

#include "import/store.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "import/file.h"
#include "import/pem.h"
#include "import/weak.h"
#include "record/proof.h"
#include "record/record.h"
#include "store/sealer.h"
#include "store/wait.h"

#define LOG_SIZE	(KS_MAX_LOG_LINE / 2)

struct storing {
	const struct import_into	*into;
	const struct import_key		*source;
	struct import_result		*result;
	EVP_PKEY			*pkey;
	unsigned int			 weak;
	struct ks_state			 state;
	struct ks_error			 error;
};

static bool __attribute__((format(printf, 2, 3)))
refuse(struct import_result *result, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(result->reason, sizeof(result->reason), format, ap);
	va_end(ap);
	result->outcome = IMPORT_REFUSED;
	return false;
}

static void
add_warning(struct import_result *result, const char *where, const char *what)
{
	size_t len;

	len = strlen(result->warning);
	(void)snprintf(result->warning + len, sizeof(result->warning) - len,
	    "%s%s%s%s", len == 0 ? "" : "; ", where,
	    *where == '\0' ? "" : ": ", what);
}

static bool
read_names(struct storing *storing)
{
	char name[DKIMSIG_DOMAIN_SIZE];
	const struct import_key *source = storing->source;
	struct import_result *result = storing->result;
	int r;

	r = dkimsig_domain_normalize(source->domain, strlen(source->domain),
	    result->domain, sizeof(result->domain));
	if (r != 0) {
		result->domain[0] = '\0';
		return refuse(result, "%s: %s", source->domain,
		    dkimsig_strerror(r));
	}
	if (!ks_selector_normalize(source->selector, result->selector)) {
		result->selector[0] = '\0';
		return refuse(result, "%s: not a selector",
		    source->selector);
	}
	if (record_name(result->domain, result->selector, name,
	    sizeof(name)) != 0)
		return refuse(result, "the name of its record is over %d "
		    "octets", DKIMSIG_MAX_DOMAIN);
	return true;
}

static bool
read_key(struct storing *storing)
{
	const struct import_key *source = storing->source;
	struct import_result *result = storing->result;
	struct import_file file;
	const char *why;

	if (source->path == NULL) {
		storing->pkey = import_pem_line(source->secret, &why);
		return storing->pkey != NULL || refuse(result, "%s", why);
	}
	if (!import_file_read(source->path, IMPORT_MAX_KEY, &file,
	    result->reason, sizeof(result->reason))) {
		result->outcome = IMPORT_REFUSED;
		return false;
	}
	storing->pkey = import_pem(file.text, file.len, &why);
	if (file.is_loose && storing->pkey != NULL)
		add_warning(result, source->path, "users other than its owner "
		    "can read it: replace the key soon");
	import_file_finish(&file);
	return storing->pkey != NULL ||
	    refuse(result, "%s: %s", source->path, why);
}

/* Find out what the key is; refuse it if it cannot be used at all. */
static bool
check_use(struct storing *storing)
{
	struct import_result *result = storing->result;

	result->algorithm = EVP_PKEY_is_a(storing->pkey, "ED25519") ?
	    DKIMSIG_ED25519_SHA256 : DKIMSIG_RSA_SHA256;
	storing->weak = weak_find(storing->pkey);
	if ((storing->weak & WEAK_KIND) == 0)
		result->keybits = ks_key_bits(storing->pkey);
	return (storing->weak & WEAK_USELESS) == 0 ||
	    refuse(result, "%s", weak_text(storing->weak & WEAK_USELESS));
}

static bool
check_strength(struct storing *storing)
{
	unsigned int weak;

	if (storing->weak != 0 && !storing->into->force)
		return refuse(storing->result, "%s: generate a new key, or "
		    "import it with --force", weak_text(storing->weak));
	for (weak = storing->weak; weak != 0; weak &= weak - 1)
		add_warning(storing->result, "", weak_text(weak));
	return true;
}

/* A sealed file says whether it is that of a key. */
static int
compare_sealed(struct storing *storing, const struct ks_key *key,
    bool *is_same)
{
	char public[KS_PUBLIC_SIZE];
	struct ks_key copy = *key;
	int r;

	if ((r = ks_public_print(storing->pkey, public)) != 0)
		return r;
	copy.public = public;
	r = ks_key_check(storing->into->ks, storing->result->domain, &copy,
	    &storing->error);
	*is_same = r == 0;
	return r == KS_E_DAMAGED ? 0 : r;
}

/* Compare with the store's key of that selector.  Returns 0 or KS_E_*. */
static int
compare(struct storing *storing, const struct ks_key *key, bool *is_same)
{
	EVP_PKEY *pkey;
	int r;

	*is_same = false;
	if (key->algorithm != storing->result->algorithm)
		return 0;
	r = ks_key_load(storing->into->ks, storing->result->domain, key,
	    &pkey, &storing->error);
	if (r == KS_E_SEALED)
		return compare_sealed(storing, key, is_same);
	if (r != 0)
		return r;
	*is_same = EVP_PKEY_eq(pkey, storing->pkey) == 1;
	EVP_PKEY_free(pkey);
	return 0;
}

/* The state has a key with this selector: is it the same?  Returns false. */
static bool
check_taken(struct storing *storing, const struct ks_key *key)
{
	struct import_result *result = storing->result;
	bool is_same;
	int r;

	r = compare(storing, key, &is_same);
	if (r == KS_E_NOKEY && key->removed != KS_NEVER)
		return refuse(result, "the store had a key with this selector, "
		    "and a selector cannot be reused");
	if (r != 0)
		return refuse(result, "%s", storing->error.text);
	if (!is_same)
		return refuse(result, "the store has another key with this "
		    "selector, and a selector cannot be reused");
	result->outcome = IMPORT_PRESENT;
	return false;
}

/* Read the state; false, with a result, if the selector is taken. */
static bool
read_state(struct storing *storing)
{
	struct import_result *result = storing->result;
	const struct ks_key *key;
	int r;

	ks_state_finish(&storing->state);
	memset(&storing->state, 0, sizeof(storing->state));
	r = ks_state_read(storing->into->ks, result->domain, &storing->state,
	    &storing->error);
	if (r == KS_E_NODOMAIN)
		(void)strlcpy(storing->state.domain, result->domain,
		    sizeof(storing->state.domain));
	else if (r != 0)
		return refuse(result, "%s", storing->error.text);
	key = ks_state_find(&storing->state, result->selector);
	return key == NULL || check_taken(storing, key);
}

/* The text for the log of the domain. */
static void
write_log_text(const struct storing *storing, char text[LOG_SIZE])
{
	const struct import_result *result = storing->result;
	size_t i;

	(void)snprintf(text, LOG_SIZE,
	    "%s of %u bits from %.512s%s%.256s",
	    dkimsig_algorithm_name(result->algorithm), result->keybits,
	    storing->source->path != NULL ? storing->source->path :
	    storing->source->place.file, result->warning[0] == '\0' ? "" :
	    ": ", result->warning);
	for (i = 0; text[i] != '\0'; i++)
		if (iscntrl((unsigned char)text[i]))
			text[i] = '?';
}

/* Whether there is a file of this same key, which the state does not have. */
static bool
is_leftover(struct storing *storing, const struct ks_key *key)
{
	bool exists, is_same;

	return ks_key_exists(storing->into->ks, storing->result->domain,
	    key->selector, &exists, &storing->error) == 0 && exists &&
	    compare(storing, key, &is_same) == 0 && is_same;
}

static void
store_locked(struct storing *storing, struct ks_lock *lock)
{
	struct import_result *result = storing->result;
	const int64_t now = storing->into->now;
	struct ks_new new = { .pkey = storing->pkey, .step = "import" };
	char text[LOG_SIZE], proof[PROOF_SIZE];
	int r;

	/* Another process may have changed it before we got the lock. */
	if (!read_state(storing))
		return;
	ks_key_init(&new.key);
	(void)strlcpy(new.key.selector, result->selector,
	    sizeof(new.key.selector));
	new.key.algorithm = result->algorithm;
	new.key.generated = now;
	write_log_text(storing, text);
	new.text = text;
	new.key.proof = proof;
	if ((r = proof_make(result->domain, &new.key, storing->pkey, proof,
	    &storing->error)) == 0)
		r = ks_recover(lock, &storing->state, now, &storing->error);
	if (r == 0)
		r = is_leftover(storing, &new.key) ?
		    ks_key_adopt(lock, &storing->state, &new, now,
		    &storing->error) : ks_keys_store(lock, &storing->state,
		    &new, 1, now, &storing->error);
	if (r != 0)
		(void)refuse(result, "%s", storing->error.text);
}

void
import_store(const struct import_into *into, const struct import_key *key,
    struct import_result *result)
{
	struct storing storing = {
		.into = into, .source = key, .result = result
	};
	struct ks_lock *lock;

	memset(result, 0, sizeof(*result));
	result->outcome = IMPORT_STORED;
	if (read_names(&storing) && read_key(&storing) &&
	    check_use(&storing) && read_state(&storing) &&
	    check_strength(&storing) && !into->dry_run) {
		if (ks_lock_wait(into->ks, result->domain, true,
		    into->wait_s, &lock, &storing.error) == 0) {
			store_locked(&storing, lock);
			ks_unlock(lock);
		} else
			(void)refuse(result, "%s", storing.error.text);
	}
	ks_state_finish(&storing.state);
	EVP_PKEY_free(storing.pkey);
}
