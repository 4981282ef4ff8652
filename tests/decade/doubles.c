/* SPDX-License-Identifier: ISC */

/*
 * What the product's code finds below itself in a simulated decade: a key store
 * in memory, name servers and a publisher that are the simulated DNS, keys that
 * are numbers, and a clock.
 *
 * They have the names of the product's functions, so that the program is linked
 * with them instead, and with all else as it is.  Each keeps the contract that
 * its header states.  A record is "key N" with the number of its key, or
 * "empty"; so is the public half of a key, without "key".
 */

#include "decade.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "life/keygen.h"
#include "probe/look.h"
#include "probe/outside.h"
#include "publish/publish.h"
#include "record/proof.h"
#include "record/record.h"
#include "rotate/disclose.h"
#include "store/last_use.h"
#include "store/sealer.h"
#include "store/strays.h"
#include "store/trouble_file.h"
#include "store/wait.h"
#include "talk/client.h"

#define PROOF	"AAAA"

struct ks_lock {
	struct keystore	*ks;
};

static struct ks_lock the_lock;
static char dummy;			/* what pointers lead to */

/* -- Time ---------------------------------------------------------------- */

/* A run that waits for signers waits in the world's time. */
int
nanosleep(const struct timespec *wanted, struct timespec *left)
{
	(void)left;
	decade->now += wanted->tv_sec;
	return 0;
}

/* -- Files --------------------------------------------------------------- */

struct file *
file_any(struct keystore *host, const char *selector)
{
	size_t i;

	for (i = 0; i < host->nfiles; i++)
		if (strcmp(host->files[i].selector, selector) == 0)
			return &host->files[i];
	return NULL;
}

struct file *
file_find(struct keystore *host, const char *selector)
{
	struct file *file = file_any(host, selector);

	return file == NULL || file->is_lost ? NULL : file;
}

void
file_remove(struct keystore *host, struct file *file)
{
	*file = host->files[--host->nfiles];
}

bool
file_is_good(const struct file *file)
{
	return file != NULL && file->damaged_until <= decade->now;
}

int
key_id(const struct ks_key *key)
{
	return atoi(key->public);
}

void
state_copy(struct ks_state *to, const struct ks_state *from)
{
	size_t i;

	memset(to, 0, sizeof(*to));
	(void)strlcpy(to->domain, from->domain, sizeof(to->domain));
	if ((to->keys = calloc(from->nkeys + 1, sizeof(*to->keys))) == NULL)
		abort();
	for (i = 0; i < from->nkeys; i++) {
		to->keys[i] = from->keys[i];
		to->keys[i].public = ks_state_keep(to, from->keys[i].public,
		    strlen(from->keys[i].public));
		if (from->keys[i].stream != NULL)
			to->keys[i].stream = DECADE_STREAM;
		if (from->keys[i].proof != NULL)
			to->keys[i].proof = PROOF;
		if (to->keys[i].public == NULL)
			abort();
	}
	to->nkeys = from->nkeys;
}

static int
fail(struct ks_error *error, int code, const char *text)
{
	if (error != NULL)
		(void)strlcpy(error->text, text, sizeof(error->text));
	return code;
}

/* -- The store ----------------------------------------------------------- */

int
ks_state_read(struct keystore *ks, const char *domain, struct ks_state *state,
    struct ks_error *error)
{
	memset(state, 0, sizeof(*state));
	if (!ks->has_state)
		return fail(error, KS_E_NODOMAIN, "no state file");
	state_copy(state, &ks->state);
	(void)strlcpy(state->domain, domain, sizeof(state->domain));
	return 0;
}

int
ks_state_write(struct ks_lock *lock, struct ks_state *state,
    struct ks_error *error)
{
	struct ks_state old = lock->ks->state;

	(void)error;
	state_copy(&lock->ks->state, state);
	lock->ks->has_state = true;
	ks_state_finish(&old);
	return 0;
}

int
ks_lock_wait(struct keystore *ks, const char *domain, bool create,
    unsigned int seconds, struct ks_lock **lock, struct ks_error *error)
{
	(void)domain;
	(void)create;
	(void)seconds;
	(void)error;
	the_lock.ks = ks;
	*lock = &the_lock;
	return 0;
}

void
ks_unlock(struct ks_lock *lock)
{
	(void)lock;
}

int
ks_log_append(struct ks_lock *lock, int64_t now, const char *selector,
    const char *step, const char *text, struct ks_error *error)
{
	(void)now;
	(void)error;
	decade_say("host %d: %s %s: %.150s", (int)(lock->ks - decade->hosts),
	    selector, step, text);
	return 0;
}

int
ks_recover(struct ks_lock *lock, struct ks_state *state, int64_t now,
    struct ks_error *error)
{
	(void)lock;
	(void)state;
	(void)now;
	(void)error;
	return 0;
}

int
ks_was_archived(struct keystore *ks, const char *domain, bool *was,
    struct ks_error *error)
{
	(void)ks;
	(void)domain;
	(void)error;
	*was = false;
	return 0;
}

int
ks_archive(struct ks_lock *lock, int64_t now, char *path, size_t pathsize,
    struct ks_error *error)
{
	(void)lock;
	(void)now;
	(void)path;
	(void)pathsize;
	return fail(error, KS_E_ARG, "no domain leaves here");
}

int
ks_each_domain(struct keystore *ks, int (*each)(const char *domain,
    void *arg), void *arg, struct ks_error *error)
{
	(void)ks;
	(void)error;
	return each(DOMAIN, arg);
}

/* No host is in a fleet here. */
int
talk_open(struct talk **talk, const char *keydir, int limit_s,
    struct talk_message *ready, struct ks_error *error)
{
	(void)keydir;
	(void)limit_s;
	(void)ready;
	*talk = NULL;
	return fail(error, KS_E_NOKEY, "there is no fleet");
}

void
talk_close(struct talk *talk)
{
	(void)talk;
}

int
talk_ask(struct talk *talk, const struct talk_message *request,
    void (*each)(void *context, const struct talk_message *answer),
    void *context, struct ks_error *error)
{
	(void)talk;
	(void)request;
	(void)each;
	(void)context;
	return fail(error, KS_E_NOKEY, "there is no fleet");
}

int
ks_key_exists(struct keystore *ks, const char *domain, const char *selector,
    bool *exists, struct ks_error *error)
{
	(void)domain;
	(void)error;
	*exists = file_find(ks, selector) != NULL;
	return 0;
}

int
ks_key_load(struct keystore *ks, const char *domain, const struct ks_key *key,
    EVP_PKEY **pkey, struct ks_error *error)
{
	const struct file *file = file_find(ks, key->selector);

	(void)domain;
	*pkey = NULL;
	if (file == NULL)
		return fail(error, KS_E_NOKEY, "no such file");
	if (!file_is_good(file) || file->id != key_id(key))
		return fail(error, KS_E_DAMAGED, "damaged");
	*pkey = EVP_PKEY_new();
	return *pkey == NULL ? KS_E_NOMEM : 0;
}

int
ks_key_check(struct keystore *ks, const char *domain,
    const struct ks_key *key, struct ks_error *error)
{
	EVP_PKEY *pkey;
	int r;

	r = ks_key_load(ks, domain, key, &pkey, error);
	EVP_PKEY_free(pkey);
	return r;
}

int
ks_key_destroy(struct ks_lock *lock, const char *selector,
    struct ks_error *error)
{
	const struct ks_key *key = ks_state_find(&lock->ks->state, selector);
	struct file *file = file_any(lock->ks, selector);

	(void)error;
	judge_destruction(lock->ks, key);
	if (file != NULL)
		file_remove(lock->ks, file);
	decade->ndestroyed++;
	return 0;
}

static void
store_key(struct keystore *ks, const struct ks_key *key)
{
	struct truth *truth = &decade->truths[key_id(key)];
	char name[DKIMSIG_DOMAIN_SIZE];
	struct file *file = &ks->files[ks->nfiles++];

	if (ks->nfiles == FILES || decade->nkeys >= NAMES)
		abort();
	memset(file, 0, sizeof(*file));
	(void)strlcpy(file->selector, key->selector, sizeof(file->selector));
	file->id = key_id(key);
	file->last_use = file->damaged_until = KS_NEVER;
	if (key->record[0] != '\0')
		(void)strlcpy(name, key->record, sizeof(name));
	else
		(void)record_name(DOMAIN, key->selector, name, sizeof(name));
	truth->name = outside_name(name);
	truth->made = decade->now;
	truth->algorithm = key->algorithm;
	truth->begun = truth->withdrawn = truth->last_signature =
	    truth->retired = KS_NEVER;
}

int
ks_keys_store(struct ks_lock *lock, struct ks_state *state,
    const struct ks_new *new, size_t nnew, int64_t now,
    struct ks_error *error)
{
	char public[16];
	struct file *lost;
	struct ks_key key;
	size_t i;

	for (i = 0; i < nnew; i++) {
		if (ks_state_find(state, new[i].key.selector) != NULL ||
		    file_find(lock->ks, new[i].key.selector) != NULL)
			return fail(error, KS_E_EXISTS, "selector is used");
		/* When the lost key was used last is of no use now. */
		if ((lost = file_any(lock->ks, new[i].key.selector)) != NULL)
			file_remove(lock->ks, lost);
		key = new[i].key;
		(void)snprintf(public, sizeof(public), "%d", decade->nkeys++);
		key.public = public;
		if (ks_state_append(state, &key) != 0)
			abort();
		store_key(lock->ks, &key);
		(void)ks_log_append(lock, now, key.selector, new[i].step,
		    public, error);
	}
	return ks_state_write(lock, state, error);
}

int
ks_used_read(struct keystore *ks, const char *domain, const char *selector,
    int64_t *last, struct ks_error *error)
{
	const struct file *file = file_any(ks, selector);

	(void)domain;
	(void)error;
	*last = file == NULL ? KS_NEVER : file->last_use;
	return 0;
}

bool
ks_used_is_complete(struct keystore *ks, const struct ks_state *state,
    int64_t now)
{
	(void)ks;
	(void)state;
	(void)now;
	return true;
}

int
ks_used_complete(struct ks_lock *lock, const struct ks_state *state,
    int64_t now, struct ks_error *error)
{
	(void)lock;
	(void)state;
	(void)now;
	(void)error;
	return 0;
}

int
ks_strays_find(struct keystore *ks, const char *domain,
    const struct ks_state *state, struct ks_strays *strays,
    struct ks_error *error)
{
	size_t i;

	(void)domain;
	(void)error;
	strays->n = 0;
	strays->selectors = NULL;
	for (i = 0; i < ks->nfiles; i++)
		if (!ks->files[i].is_lost && ks_state_find(state,
		    ks->files[i].selector) == NULL)
			strays->n++;
	return 0;
}

void
ks_strays_finish(struct ks_strays *strays)
{
	strays->n = 0;
}

void
ks_strays_print(const struct ks_strays *strays, char text[KS_STRAYS_SIZE])
{
	(void)snprintf(text, KS_STRAYS_SIZE, "%zu", strays->n);
}

/* The troubles of a run are read from its report. */
int
ks_troubles_read(struct keystore *ks, const char *domain,
    struct ks_troubles *troubles, struct ks_error *error)
{
	(void)ks;
	(void)domain;
	(void)error;
	memset(troubles, 0, sizeof(*troubles));
	return 0;
}

void
ks_troubles_finish(struct ks_troubles *troubles)
{
	memset(troubles, 0, sizeof(*troubles));
}

int
ks_troubles_add(struct ks_troubles *troubles, int64_t since,
    bool needs_person, const char *word, const char *selector,
    const char *text)
{
	(void)troubles;
	(void)since;
	(void)needs_person;
	(void)selector;
	(void)text;
	return trouble_find(word) == TROUBLE_NONE ? KS_E_NOMEM : 0;
}

const struct ks_trouble *
ks_troubles_find(const struct ks_troubles *troubles, const char *word,
    const char *selector)
{
	(void)troubles;
	(void)word;
	(void)selector;
	return NULL;
}

int
ks_troubles_write(struct ks_lock *lock, const struct ks_troubles *troubles,
    struct ks_error *error)
{
	(void)lock;
	(void)troubles;
	(void)error;
	return 0;
}

/* -- Keys and records ---------------------------------------------------- */

const struct keygen_kind *
keygen_find(const char *name)
{
	static const struct keygen_kind kinds[] = {
		{ "rsa2048", DKIMSIG_RSA_SHA256, 2048, 'r' },
		{ "ed25519", DKIMSIG_ED25519_SHA256, 256, 'e' }
	};

	return &kinds[strcmp(name, "ed25519") == 0];
}

EVP_PKEY *
keygen_make(const struct keygen_kind *kind)
{
	(void)kind;
	return EVP_PKEY_new();
}

int
record_name(const char *domain, const char *selector, char *buf,
    size_t bufsize)
{
	(void)snprintf(buf, bufsize, "%s._domainkey.%s", selector, domain);
	return 0;
}

int
record_load(struct keystore *ks, const char *domain, const struct ks_key *key,
    bool revoked, struct record *record, struct ks_error *error)
{
	(void)ks;
	(void)error;
	(void)record_name(domain, key->selector, record->lookup,
	    sizeof(record->lookup));
	(void)strlcpy(record->name, key->record[0] == '\0' ?
	    record->lookup : key->record, sizeof(record->name));
	(void)snprintf(record->txt, sizeof(record->txt), revoked ? "empty" :
	    "key %s", key->public);
	record->zone[0] = '\0';
	record->keybits = 2048;
	return 0;
}

/* A record's text, as the doubles write it; "" where only a CNAME is wanted. */
static int
parse_record(const char *text)
{
	int id;

	if (text != NULL && strcmp(text, "empty") == 0)
		return SHOWS_EMPTY;
	return text != NULL && sscanf(text, "key %d", &id) == 1 ? id :
	    SHOWS_NOTHING;
}

int
proof_make(const char *domain, const struct ks_key *key, EVP_PKEY *pkey,
    char text[PROOF_SIZE], struct ks_error *error)
{
	(void)domain;
	(void)key;
	(void)pkey;
	(void)error;
	(void)strlcpy(text, PROOF, PROOF_SIZE);
	return 0;
}

int
proof_keep(struct ks_state *state, struct ks_key *key, EVP_PKEY *pkey,
    struct ks_error *error)
{
	(void)state;
	(void)pkey;
	(void)error;
	key->proof = PROOF;
	return 0;
}

int
proof_verify(const char *domain, const struct ks_key *key,
    const char *published, struct ks_error *error)
{
	(void)domain;
	return parse_record(published) == key_id(key) ? 0 :
	    fail(error, KS_E_CRYPTO, "does not verify");
}

int
disclose_key(struct keystore *ks, const char *domain,
    const struct ks_key *key, const char *folder, struct ks_error *error)
{
	(void)ks;
	(void)domain;
	(void)key;
	(void)folder;
	return fail(error, KS_E_ARG, "no key is disclosed here");
}

/* -- Name servers -------------------------------------------------------- */

static size_t
count_silent(void)
{
	size_t j, n = 0;

	for (j = 0; j < SERVERS; j++)
		n += decade->servers[j].manner == IS_SILENT;
	return n;
}

static bool
can_ask(void)
{
	return decade->running->net_down_until <= decade->now &&
	    count_silent() < SERVERS;
}

static void
judge(struct dns_look *look, int value, int wanted)
{
	look->verdict = value == SHOWS_SILENCE ? DNS_SILENT :
	    value == SHOWS_NOTHING ? DNS_ABSENT : value == SHOWS_EMPTY ?
	    DNS_REVOKED : value == wanted ? DNS_RIGHT : DNS_WRONG;
	look->fault = look->verdict == DNS_WRONG ? RECORD_FAULT_OTHER_KEY :
	    RECORD_FAULT_NONE;
}

static void
look_at_server(const struct dns_sight_wish *wish, size_t name, size_t j,
    struct dns_sight *sight)
{
	struct silence silence = decade->running->silences[j];
	struct dns_look *look = &sight->looks[j];
	const int64_t clock = host_clock(decade->running);
	bool is_fault;

	(void)snprintf(look->server, sizeof(look->server), "ns%zu", j);
	look->silent_since = KS_NEVER;
	judge(look, outside_record(name, j, &is_fault),
	    parse_record(wish->wanted));
	if (look->verdict != DNS_SILENT)
		return;
	if (silence_is_void(&silence, clock))
		silence.since = clock;
	look->silent_since = silence.since;
	look->is_excepted = silence_is_excepted(&silence,
	    wish->unreachable_after, clock);
	if (look->silent_since > sight->silent_since)
		sight->silent_since = look->silent_since;
}

/*
 * The CNAME is in the zone of the domain, whose servers always answer.  If it
 * is not right, what is at the record itself does not count.
 */
static bool
judge_alias(const struct dns_sight_wish *wish, size_t name,
    struct dns_sight *sight)
{
	sight->record_view = sight->view;
	if (wish->alias == NULL)
		return false;
	if (wish->alias_only)
		sight->record_view = LIFECYCLE_UNKNOWN;
	sight->alias_fault = outside_alias(name);
	sight->alias_view = sight->alias_fault == DNS_ALIAS_RIGHT ?
	    LIFECYCLE_RIGHT : sight->alias_fault == DNS_ALIAS_ABSENT ?
	    LIFECYCLE_ABSENT : LIFECYCLE_WRONG;
	if (sight->alias_view == LIFECYCLE_RIGHT)
		return false;
	sight->view = sight->alias_view;
	return true;
}

/* As judge_looks() of probe/sight.c. */
static void
sum_up(const struct dns_sight_wish *wish, size_t name,
    struct dns_sight *sight)
{
	const struct dns_look *look;
	bool is_aside;
	size_t j;

	sight->view = dns_look_judge(sight->looks, sight->nlooks, 0);
	is_aside = judge_alias(wish, name, sight);
	sight->is_unused = sight->view == LIFECYCLE_ABSENT &&
	    wish->alias == NULL;
	sight->is_shown = sight->view == LIFECYCLE_RIGHT;
	for (j = 0; j < sight->nlooks; j++) {
		look = &sight->looks[j];
		if (sight->view == LIFECYCLE_UNKNOWN && !is_aside &&
		    look->verdict == DNS_RIGHT)
			sight->is_shown = true;
		if (look->is_alias || wish->alias != NULL ||
		    look->verdict == DNS_WRONG || look->verdict == DNS_REVOKED)
			sight->has_other = true;
		if (look->verdict == DNS_RIGHT && sight->published == NULL)
			sight->published = strdup(wish->wanted);
	}
}

int
dns_sight_take(struct dns_zones *zones, const struct dns_sight_wish *wish,
    struct dns_sight *sight, struct ks_error *error)
{
	char text[DKIMSIG_DOMAIN_SIZE];
	size_t name, j;

	(void)zones;
	(void)error;
	memset(sight, 0, sizeof(*sight));
	sight->silent_since = KS_NEVER;
	sight->view = LIFECYCLE_UNKNOWN;
	sight->cache_wait = wish->ttl > decade->negative ? wish->ttl :
	    decade->negative;
	sight->negative_wait = decade->negative;
	sight->expire = decade->expire;
	(void)strlcpy(sight->summary, "...", sizeof(sight->summary));
	sight->record_view = LIFECYCLE_UNKNOWN;
	if (wish->alias != NULL) {
		sight->alias_fault = DNS_ALIAS_UNKNOWN;
		sight->alias_view = LIFECYCLE_UNKNOWN;
	}
	if (!can_ask())
		return 0;
	if (wish->alias == NULL)
		(void)record_name(wish->domain, wish->selector, text,
		    sizeof(text));
	else
		(void)strlcpy(text, wish->alias, sizeof(text));
	name = outside_name(text);
	outside_observe();
	sight->looks = calloc(SERVERS, sizeof(*sight->looks));
	if (sight->looks == NULL)
		abort();
	sight->nlooks = SERVERS;
	for (j = 0; j < SERVERS; j++)
		look_at_server(wish, name, j, sight);
	sum_up(wish, name, sight);
	return 0;
}

void
dns_sight_finish(struct dns_sight *sight)
{
	free(sight->looks);
	free(sight->published);
	memset(sight, 0, sizeof(*sight));
}

int
dns_outside_take(struct dns_zones *zones, const struct dns_outside_wish *wish,
    struct dns_outside *outside, struct ks_error *error)
{
	char alias[DKIMSIG_DOMAIN_SIZE];
	int value;

	(void)zones;
	(void)error;
	memset(outside, 0, sizeof(*outside));
	outside->view = LIFECYCLE_OUTSIDE_UNKNOWN;
	if (decade->running->net_down_until > decade->now ||
	    decade->mute_until > decade->now)
		return 0;
	(void)snprintf(alias, sizeof(alias), "%s.%s", wish->name, ZONE);
	value = outside_resolve(outside_name(decade->rotation.cname_zone ==
	    NULL ? wish->name : alias));
	outside->view = value == parse_record(wish->wanted) ?
	    LIFECYCLE_OUTSIDE_RIGHT : LIFECYCLE_OUTSIDE_CONTRADICTS;
	return 0;
}

void
dns_outside_finish(struct dns_outside *outside)
{
	memset(outside, 0, sizeof(*outside));
}

/* -- The publisher ------------------------------------------------------- */

int
rotation_run_publisher(struct rotation_run *run,
    const struct rotation *rotation, struct publisher **publisher,
    struct ks_error *error)
{
	(void)run;
	(void)error;
	*publisher = rotation->publish == ROTATION_MANUAL ? NULL :
	    (struct publisher *)(void *)&dummy;
	return 0;
}

static bool
knows(const struct keystore *host, int id)
{
	size_t i;

	for (i = 0; i < host->state.nkeys; i++)
		if (key_id(&host->state.keys[i]) == id)
			return true;
	return false;
}

/*
 * A stranger removed the record of a key, and a clone, which does not know the
 * key and has its own for this name, finds the name free.
 */
static void
note_displaced(size_t name)
{
	struct truth *truth;
	int id;

	for (id = STRANGER + 1; id < decade->nkeys; id++) {
		truth = &decade->truths[id];
		if (!knows(decade->running, id) && truth->name == name &&
		    truth->withdrawn == KS_NEVER &&
		    truth->last_signature != KS_NEVER)
			truth->was_displaced = true;
	}
}

enum publish_result
publish_change(struct publisher *publisher,
    const struct publish_change *change, struct ks_error *error)
{
	const size_t name = outside_name(change->name);
	const struct answer *answer = &decade->names[name].answers[0];
	const int from = parse_record(change->from);
	const int to = parse_record(change->to);

	(void)publisher;
	(void)strlcpy(error->text, "update", sizeof(error->text));
	if (!can_ask() || decade->servers[0].manner == IS_SILENT)
		return PUBLISH_LATER;
	if (decade->update_off_until > decade->now)
		return PUBLISH_FAILED;
	outside_observe();
	if (answer->value == to)
		return PUBLISH_UNCHANGED;
	if (answer->value != SHOWS_NOTHING && answer->value != from)
		return PUBLISH_CONFLICT;
	if (answer->value == SHOWS_NOTHING && answer->is_fault &&
	    to > STRANGER)
		note_displaced(name);
	outside_change(name, to, false);
	return PUBLISH_DONE;
}
