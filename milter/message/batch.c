/* SPDX-License-Identifier: ISC */

/*
 * Signatures that are made together: see batch.h.
 *
 * The blocks of a message repeat its header, so those of a big header are sent
 * in several requests, of at most SIGN_MAX_OCTETS, and freed after each.  If no
 * signer answers one of them, the others are not sent: each would wait as long.
 *
 * A signature fails with the error of the signing service, or with
 * SIGN_E_FAILED and the library's error, which is logged.
 */

#include "message/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "message/fold.h"

/* Signatures whose blocks go into one request. */
struct group {
	struct sign_block	 *blocks;
	struct dkimsig_signature *signatures[MESSAGE_MAX_SIGNATURES];
	struct batch_entry	 *entries[MESSAGE_MAX_SIGNATURES];
	size_t			  n, octets;
	bool			  is_down;	/* no signer answers */
};

_Static_assert(MESSAGE_MAX_SIGNATURES <= SIGN_MAX_BLOCKS,
    "all signatures of a message must fit into one request");

int
batch_add(struct batch *batch, const char *sdid, const char *stream,
    const struct sign_key *keys, size_t nkeys, size_t reserved)
{
	struct batch_entry *entry;

	if (batch->n + nkeys + reserved > MESSAGE_MAX_SIGNATURES)
		return SIGN_E_FAILED;
	while (nkeys-- > 0) {
		entry = &batch->entries[batch->n++];
		strlcpy(entry->made.sdid, sdid, sizeof(entry->made.sdid));
		entry->stream = stream;
		entry->made.key = keys[nkeys];
		entry->made.value = NULL;
		entry->error = entry->failure = 0;
	}
	return SIGN_OK;
}

static void
fail(struct batch_entry *entry, int failure)
{
	log_warnx(M_SIGNATURE_FAILED, "selector %s, domain %s: %s",
	    entry->made.key.selector, entry->made.sdid,
	    dkimsig_strerror(failure));
	entry->error = SIGN_E_FAILED;
	entry->failure = failure;
}

static int
begin(const struct message *m, const struct batch_entry *entry,
    struct dkimsig_signature **signature)
{
	const struct source *source = m->decision.source;
	const struct dkimsig_sigspec spec = {
		.sdid = entry->made.sdid,
		.selector = entry->made.key.selector,
		.algorithm = entry->made.key.algorithm,
		.header_canon = m->config->header_canon,
		.body_canon = m->config->body_canon,
		/* Not when the message began: the body may have been slow. */
		.timestamp = m->means->now(),
		.lifetime = source->expire,
		.sign = source->sign_headers.texts,
		.nsign = source->sign_headers.n,
		.oversign = source->oversign.texts,
		.noversign = source->oversign.n,
		.guard = source->guard.texts,
		.nguard = source->guard.n,
	};

	return dkimsig_signature_new(signature, m->signer, &spec);
}

/* Finish the field of a signature, or note why there is none. */
static void
finish(struct batch_entry *entry, struct dkimsig_signature *signature,
    const struct sign_block *block)
{
	const char *value;
	size_t len;
	int r;

	if ((entry->error = block->error) != SIGN_OK)
		return;
	if ((r = dkimsig_signature_field(signature, block->sig, block->siglen,
	    &value, &len)) != 0)
		fail(entry, r);
	else if ((entry->made.value = fold_to_lf(value, len)) == NULL)
		entry->error = SIGN_E_NOMEM;
}

/* Sign the blocks of the group, and empty it. */
static void
sign_group(struct group *group, const struct message *m)
{
	const struct sign_service *signers = m->means->signers;
	size_t i;

	if (group->n == 0)
		return;
	signers->sign(signers->arg, group->blocks, group->n,
	    m->config->sign_timeout_ms);
	group->is_down = group->blocks[0].error == SIGN_E_UNAVAILABLE;
	for (i = 0; i < group->n; i++) {
		finish(group->entries[i], group->signatures[i],
		    &group->blocks[i]);
		dkimsig_signature_free(group->signatures[i]);
	}
	group->n = group->octets = 0;
}

/* Add the block of a signature to the group, which is signed if it is full. */
static void
add_to_group(struct group *group, const struct message *m,
    struct batch_entry *entry)
{
	struct dkimsig_signature *signature;
	struct sign_block *block;
	const unsigned char *tbs;
	size_t tbslen;
	int r;

	if ((r = begin(m, entry, &signature)) != 0) {
		fail(entry, r);
		return;
	}
	tbs = dkimsig_signature_block(signature, &tbslen);
	if (group->octets + tbslen > SIGN_MAX_OCTETS)
		sign_group(group, m);
	if (group->is_down) {
		entry->error = SIGN_E_UNAVAILABLE;
		dkimsig_signature_free(signature);
		return;
	}
	group->entries[group->n] = entry;
	group->signatures[group->n] = signature;
	block = &group->blocks[group->n++];
	block->domain = entry->made.sdid;
	block->stream = entry->stream;
	block->key = &entry->made.key;
	block->tbs = tbs;
	block->tbslen = tbslen;
	group->octets += tbslen;
}

void
batch_make(struct batch *batch, struct message *m)
{
	struct group group;
	size_t i;

	group.n = group.octets = 0;
	group.is_down = false;
	group.blocks = calloc(batch->n, sizeof(*group.blocks));
	for (i = 0; i < batch->n; i++)
		if (group.blocks != NULL)
			add_to_group(&group, m, &batch->entries[i]);
		else
			batch->entries[i].error = SIGN_E_NOMEM;
	sign_group(&group, m);
	free(group.blocks);
}

const struct batch_entry *
batch_failed(const struct batch *batch, const char *sdid)
{
	size_t i;

	for (i = 0; i < batch->n; i++)
		if (batch->entries[i].error != 0 &&
		    strcmp(batch->entries[i].made.sdid, sdid) == 0)
			return &batch->entries[i];
	return NULL;
}

void
batch_take(struct batch *batch, const char *sdid, struct message *m)
{
	struct batch_entry *entry;
	size_t i;

	for (i = 0; i < batch->n; i++) {
		entry = &batch->entries[i];
		if (entry->made.value == NULL ||
		    strcmp(entry->made.sdid, sdid) != 0 ||
		    m->nsignatures == MESSAGE_MAX_SIGNATURES)
			continue;
		m->signatures[m->nsignatures++] = entry->made;
		entry->made.value = NULL;
	}
}

void
batch_finish(struct batch *batch)
{
	while (batch->n > 0)
		free(batch->entries[--batch->n].made.value);
}
