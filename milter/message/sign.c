/* SPDX-License-Identifier: ISC */

/*
 * The signatures of one message.
 *
 * All are made before the first is handed out, so a message is sent with the
 * signatures of all active keys or not at all.  Only signatures for other
 * domains (also_sign) may be missing: they are for feedback loops, and not
 * worth delaying mail.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "config/relation.h"
#include "dkimsig/dkimsig.h"
#include "message/batch.h"
#include "message/private.h"

static void
set_sign_fate(struct message *m, enum action action, enum fate_cause cause,
    const char *why)
{
	const char *stream = m->decision.source->stream;
	char reason[MESSAGE_REASON_SIZE];

	(void)snprintf(reason, sizeof(reason), "signing for %s%s%s: %s",
	    m->decision.author, stream != NULL ? " by stream " : "",
	    stream != NULL ? stream : "", why);
	message_set_fate(m, action, cause, reason);
}

/* The stream whose keys sign for the author domain; also_sign has none. */
static const char *
stream_of(const struct message *m)
{
	const char *stream = m->decision.source->stream;

	return stream != NULL ? stream : "";
}

/* RFC 6376 section 3.6.1: a key with t=s does not sign for subdomains. */
static size_t
drop_strict(struct sign_key *keys, size_t nkeys)
{
	size_t n = 0, i;

	for (i = 0; i < nkeys; i++)
		if (!keys[i].strict)
			keys[n++] = keys[i];
	return n;
}

/*
 * The keys of one domain.  A name that cannot have keys, such as one with "_",
 * has none, and its parent may sign for it.
 */
static int
find_keys_of(struct message *m, const char *domain, bool refresh)
{
	const struct sign_service *signers = m->means->signers;
	char name[DKIMSIG_DOMAIN_SIZE];

	switch (dkimsig_domain_normalize(domain, strlen(domain), name,
	    sizeof(name))) {
	case 0:
		return signers->list_keys(signers->arg, domain, stream_of(m),
		    refresh, m->config->sign_timeout_ms, m->keys, &m->nkeys);
	case DKIMSIG_E_NOMEM:
		return SIGN_E_NOMEM;
	default:
		return SIGN_E_NOKEY;
	}
}

/* RFC 6376 section 3.10: a parent may sign for its subdomains. */
static int
find_keys(struct message *m, bool refresh)
{
	const char *author = m->decision.author, *domain = author;
	int r;

	for (;;) {
		r = find_keys_of(m, domain, refresh);
		if (r == SIGN_OK && domain != author &&
		    (m->nkeys = drop_strict(m->keys, m->nkeys)) == 0)
			r = SIGN_E_NOKEY;
		if (r != SIGN_E_NOKEY)
			break;
		do {
			if ((domain = strchr(domain, '.')) == NULL)
				return SIGN_E_NOKEY;
			domain++;
		} while (!source_allows(m->decision.source, domain));
	}
	if (r == SIGN_OK)
		strlcpy(m->sdid, domain, sizeof(m->sdid));
	return r;
}

bool
message_find_keys(struct message *m)
{
	int r = find_keys(m, false);

	if (r == SIGN_E_NOKEY)
		set_sign_fate(m, m->decision.source->on_no_key, CAUSE_NO_KEY,
		    m->means->signers->error_text(r));
	else if (r != 0)
		set_sign_fate(m, ACTION_TEMPFAIL, CAUSE_SYSTEM,
		    m->means->signers->error_text(r));
	return r == 0;
}

/* Ask for the keys of also_sign, whose signatures go below those of the author
 * domain.  If the author domain is in also_sign, because it is one of several
 * authors of the source, its keys sign once. */
static void
add_others(struct message *m, struct batch *batch)
{
	const struct sign_service *signers = m->means->signers;
	const struct text_list *others = &m->decision.source->also_sign;
	struct sign_key keys[SIGN_MAX_KEYS];
	size_t nkeys, i;
	int r;

	for (i = others->n; i-- > 0;) {
		if (strcmp(others->texts[i], m->sdid) == 0)
			continue;
		r = signers->list_keys(signers->arg, others->texts[i], "",
		    false, m->config->sign_timeout_ms, keys, &nkeys);
		if (r == 0)
			r = batch_add(batch, others->texts[i], "", keys, nkeys,
			    m->nkeys);
		if (r != 0)
			log_warnx(M_ALSO_SIGN_FAILED, "also_sign %s: %s",
			    others->texts[i], signers->error_text(r));
	}
}

/* A key of another domain was refused: the next message gets new ones. */
static void
refresh_others(struct message *m, const char *domain)
{
	const struct sign_service *signers = m->means->signers;
	struct sign_key keys[SIGN_MAX_KEYS];
	size_t nkeys;

	(void)signers->list_keys(signers->arg, domain, "", true,
	    m->config->sign_timeout_ms, keys, &nkeys);
}

/* Their failures do not stop the author domain's signatures. */
static void
take_others(struct message *m, struct batch *batch)
{
	const struct sign_service *signers = m->means->signers;
	const struct text_list *others = &m->decision.source->also_sign;
	const struct batch_entry *failed;
	size_t i;

	for (i = others->n; i-- > 0;) {
		if (strcmp(others->texts[i], m->sdid) == 0)
			continue;
		failed = batch_failed(batch, others->texts[i]);
		if (failed == NULL) {
			batch_take(batch, others->texts[i], m);
			continue;
		}
		log_warnx(M_ALSO_SIGN_FAILED, "also_sign %s: %s",
		    others->texts[i], signers->error_text(failed->error));
		if (failed->error == SIGN_E_NOKEY ||
		    failed->error == SIGN_E_REFUSED)
			refresh_others(m, others->texts[i]);
	}
}

/* The author domain's signatures, all or none: 0, or an enum sign_error. */
static int
take_own(struct message *m, struct batch *batch)
{
	const struct batch_entry *failed = batch_failed(batch, m->sdid);

	if (failed == NULL) {
		batch_take(batch, m->sdid, m);
		return SIGN_OK;
	}
	if (failed->failure != 0)
		message_keep_failure(m, failed->failure);
	return failed->error;
}

/* Sign with the keys of the author domain alone. */
static int
sign_again(struct message *m)
{
	struct batch batch = { .n = 0 };
	int r;

	if ((r = batch_add(&batch, m->sdid, stream_of(m), m->keys, m->nkeys,
	    m->nsignatures)) == 0) {
		batch_make(&batch, m);
		r = take_own(m, &batch);
	}
	batch_finish(&batch);
	return r;
}

/*
 * Make all signatures.  A key that retires while the body is read still signs
 * for KS_HANDOVER seconds.  If it was revoked, or that time is over, get the
 * list of keys again, once.
 */
static int
sign_all(struct message *m)
{
	struct batch batch;
	int r;

	batch.n = 0;
	add_others(m, &batch);
	if ((r = batch_add(&batch, m->sdid, stream_of(m), m->keys, m->nkeys,
	    0)) != 0) {
		batch_finish(&batch);
		return r;
	}
	batch_make(&batch, m);
	take_others(m, &batch);
	r = take_own(m, &batch);
	batch_finish(&batch);
	if (r != SIGN_E_NOKEY && r != SIGN_E_REFUSED)
		return r;
	return (r = find_keys(m, true)) == 0 ? sign_again(m) : r;
}

static void
drop_signatures(struct message *m)
{
	while (m->nsignatures > 0)
		free(m->signatures[--m->nsignatures].value);
}

static void
omit_removed_fields(struct message *m)
{
	size_t i;

	removals_choose(&m->removals, m->decision.source);
	for (i = 0; i < m->removals.n; i++)
		if (m->removals.list[i].is_chosen)
			message_keep_failure(m, dkimsig_signer_omit(m->signer,
			    m->removals.list[i].field));
}

void
message_sign(struct message *m)
{
	int r;

	if (m->removals.overflow)
		message_keep_failure(m, DKIMSIG_E_TOOBIG);
	omit_removed_fields(m);
	if (m->signatures == NULL && (m->signatures = reallocarray(NULL,
	    MESSAGE_MAX_SIGNATURES, sizeof(*m->signatures))) == NULL)
		message_keep_failure(m, DKIMSIG_E_NOMEM);
	if (m->failure != 0) {
		message_fail(m);
		return;
	}
	if (!message_count_it(m))
		return;
	if ((r = sign_all(m)) == 0) {
		message_set_fate(m, ACTION_SIGN, CAUSE_NONE, "");
		return;
	}
	drop_signatures(m);
	message_take_back(m);
	if (m->failure != 0)
		message_fail(m);
	else if (r == SIGN_E_LIMITED)
		set_sign_fate(m, ACTION_TEMPFAIL, CAUSE_LIMIT,
		    m->means->signers->error_text(r));
	else
		/*
		 * The domain had keys when the header was complete, so this is
		 * not the case of on_no_key: signers may disagree for some
		 * seconds about a compromised key.
		 */
		set_sign_fate(m, ACTION_TEMPFAIL, CAUSE_SYSTEM,
		    r == SIGN_E_NOKEY ? "its keys changed while the message "
		    "arrived" : m->means->signers->error_text(r));
}
