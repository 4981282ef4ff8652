/* SPDX-License-Identifier: ISC */

/*
 * The libmilter callbacks: they translate between libmilter and message.c,
 * which decides.
 *
 * Where the MTA does not wait for a reply, a failure is kept in the message,
 * and reported at the end of the header.
 */

#include "front/callbacks.h"

#include <sys/socket.h>

#include <libmilter/mfapi.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "base/meters.h"
#include "front/counting.h"
#include "front/message_log.h"
#include "front/negotiation.h"
#include "front/reply.h"
#include "front/snapshot.h"
#include "message/message.h"
#include "message/mta_facts.h"
#include "message/replay.h"
#include "message/spf_cache.h"
#include "policy/facts.h"

/* One connection of the MTA. */
struct session {
	unsigned long	 protocol;	/* SMFIP_* in force */
	unsigned long	 actions;	/* SMFIF_* in force */
	bool		 is_of_mta;	/* has a client, and is counted */
	char		*helo;
	struct facts	 facts;
	bool		 lacks_facts;	/* there was no memory for some */

	struct snapshot	*snapshot;	/* of the message under way */
	struct message_means	means;
	struct message	*message;
	int64_t		 began_us;	/* monotonic */
};

static const struct sign_service *sign_service;
static struct replay *replays;
static struct spf_cache *spf_answers;

static atomic_uint sessions, messages_under_way;
static atomic_ulong negotiations;

static sfsistat
answer(const struct session *s, unsigned long no_reply)
{
	return (s->protocol & no_reply) != 0 ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static const char *
get_macro(void *arg, const char *macro)
{
	char name[64];

	/* libmilter does not change the name, but its argument is not const. */
	strlcpy(name, macro, sizeof(name));
	return smfi_getsymval(arg, name);
}

static void
end_message(struct session *s)
{
	if (s->snapshot != NULL)
		atomic_fetch_sub(&messages_under_way, 1);
	message_free(s->message);
	s->message = NULL;
	facts_reset_message(&s->facts);
	snapshot_release(s->snapshot);
	s->snapshot = NULL;
}

static sfsistat
cb_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long protocol,
    unsigned long f2, unsigned long f3, unsigned long *want_actions,
    unsigned long *want_protocol, unsigned long *want_f2,
    unsigned long *want_f3)
{
	struct session *s;

	(void)f2;
	(void)f3;
	atomic_fetch_add(&negotiations, 1);
	if (!negotiation_begin(ctx, &actions, &protocol))
		return SMFIS_REJECT;
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		log_warn(M_SESSION_REFUSED, "cannot start a session");
		return SMFIS_REJECT;
	}
	s->protocol = protocol;
	s->actions = actions;
	*want_actions = s->actions;
	*want_protocol = s->protocol;
	*want_f2 = 0;
	*want_f3 = 0;
	if (smfi_setpriv(ctx, s) != MI_SUCCESS) {
		free(s);
		return SMFIS_REJECT;
	}
	atomic_fetch_add(&sessions, 1);
	return SMFIS_CONTINUE;
}

/*
 * Without all facts, mail of the client might be refused for good, so all of it
 * is deferred.
 */
static void
defer_client(struct session *s)
{
	log_warnx(M_CLIENT_FACTS_MISSING,
	    "out of memory: mail of a client is deferred");
	s->lacks_facts = true;
}

static sfsistat
cb_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	struct session *s = smfi_getpriv(ctx);

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	/* The front's session with itself does not come so far. */
	if (!s->is_of_mta)
		meters_move(METERS_CONNECTIONS, 1);
	s->is_of_mta = true;
	facts_set_client(&s->facts, address);
	if (mta_facts_connect(&s->facts, name, get_macro, ctx) != 0)
		defer_client(s);
	return answer(s, SMFIP_NR_CONN);
}

static sfsistat
cb_helo(SMFICTX *ctx, char *name)
{
	struct session *s = smfi_getpriv(ctx);

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	if (facts_set(&s->helo, name) != 0)
		defer_client(s);
	return answer(s, SMFIP_NR_HELO);
}

static int64_t
read_clock(void)
{
	return (int64_t)time(NULL);
}

static sfsistat
cb_envfrom(SMFICTX *ctx, char **argv)
{
	struct session *s = smfi_getpriv(ctx);

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	end_message(s);
	s->began_us = monotonic_us();
	if ((s->snapshot = snapshot_acquire()) == NULL)
		return answer(s, SMFIP_NR_MAIL);
	atomic_fetch_add(&messages_under_way, 1);
	s->means.signers = sign_service;
	s->means.replay = replays;
	s->means.counts = counting_counts();
	s->means.now = read_clock;
	s->means.answers.resolver = s->snapshot->resolver;
	s->means.answers.spf_cache = spf_answers;
	/* If out of memory, there is no message; cb_eoh() replies to that. */
	if (!s->lacks_facts && mta_facts_message(&s->facts, s->helo, argv[0],
	    get_macro, ctx) == 0)
		s->message = message_new(s->snapshot->config, &s->facts,
		    &s->means);
	return answer(s, SMFIP_NR_MAIL);
}

static sfsistat
cb_envrcpt(SMFICTX *ctx, char **argv)
{
	struct session *s = smfi_getpriv(ctx);

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	if (s->message != NULL)
		message_recipient(s->message, argv[0]);
	return answer(s, SMFIP_NR_RCPT);
}

static sfsistat
cb_header(SMFICTX *ctx, char *name, char *value)
{
	struct session *s = smfi_getpriv(ctx);
	char *spaced;

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	if (s->message == NULL)
		return answer(s, SMFIP_NR_HDR);
	if ((s->protocol & SMFIP_HDR_LEADSPC) != 0)
		message_header(s->message, name, strlen(name), value,
		    strlen(value));
	else if (asprintf(&spaced, " %s", value) != -1) {
		message_header(s->message, name, strlen(name), spaced,
		    strlen(spaced));
		free(spaced);
	} else {
		message_free(s->message);
		s->message = NULL;
	}
	return answer(s, SMFIP_NR_HDR);
}

/* Log and count the message, and reply to the MTA. */
static sfsistat
conclude(SMFICTX *ctx, struct session *s, const struct fate *fate)
{
	const char *queue_id = get_macro(ctx, "i");
	const struct message_about about = {
		.config = s->snapshot->config,
		.facts = &s->facts,
		.message = s->message,
		.fate = fate,
		.queue_id = queue_id != NULL ? queue_id : "",
		.elapsed_us = monotonic_us() - s->began_us,
	};
	const struct reply_about reply = {
		.author_domain = message_author(s->message),
		.queue_id = queue_id,
		.contact = s->snapshot->config->reply_contact,
	};
	sfsistat status;

	/* Its cause may have been that there was none. */
	if (fate->action == ACTION_TEMPFAIL)
		descriptors_check();
	status = reply_for(ctx, fate, &reply);
	message_log(&about);
	counting_tell(s->message, about.queue_id[0] != '\0' ?
	    about.queue_id : "-");
	message_count(&about);
	end_message(s);
	return status;
}

static sfsistat
lost_message(SMFICTX *ctx, struct session *s)
{
	log_warnx(M_MESSAGE_DEFERRED, "out of memory: message deferred");
	message_count_lost();
	end_message(s);
	return reply_out_of_memory(ctx);
}

static sfsistat
cb_eoh(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);
	struct fate fate;

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	if (s->message == NULL)
		return lost_message(ctx, s);
	return message_decide(s->message, &fate) ? conclude(ctx, s, &fate) :
	    SMFIS_CONTINUE;
}

static sfsistat
cb_body(SMFICTX *ctx, unsigned char *chunk, size_t len)
{
	struct session *s = smfi_getpriv(ctx);

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	if (s->message != NULL)
		message_body(s->message, chunk, len);
	return answer(s, SMFIP_NR_BODY);
}

/* From the bottom of the message to its top: see removals.h. */
static int
remove_fields(SMFICTX *ctx, const struct session *s)
{
	const struct removals *removals = message_removals(s->message);
	size_t i;

	for (i = removals->n; i-- > 0;)
		if (removals->list[i].is_chosen && smfi_chgheader(ctx,
		    removals->list[i].name, (int)removals->list[i].instance,
		    NULL) != MI_SUCCESS)
			return -1;
	return 0;
}

static int
insert_signatures(SMFICTX *ctx, const struct session *s)
{
	char name[] = "DKIM-Signature";
	char *value;
	size_t i;
	int r = MI_SUCCESS;

	for (i = 0; r == MI_SUCCESS && i < message_nsignatures(s->message);
	    i++) {
		value = message_signature(s->message, i)->value;
		r = smfi_insheader(ctx, 0, name, value +
		    ((s->protocol & SMFIP_HDR_LEADSPC) == 0 &&
		    value[0] == ' '));
	}
	return r == MI_SUCCESS ? 0 : -1;
}

/* Change the message as its fate says; if that fails, defer it. */
static void
carry_out(SMFICTX *ctx, const struct session *s, struct fate *fate)
{
	char reason[MESSAGE_REASON_SIZE];
	enum message_id id = M_MTA_CHANGE_REFUSED;
	const char *failure = NULL;

	if (fate->observed ? !s->snapshot->config->observe :
	    action_delivers(fate->action) ||
	    fate->action == ACTION_QUARANTINE) {
		if (remove_fields(ctx, s) != 0)
			failure = "the MTA refused to remove a header field";
		else if (insert_signatures(ctx, s) != 0)
			failure = "the MTA refused to add a header field";
	}
	if (failure == NULL && fate->action == ACTION_QUARANTINE &&
	    !fate->observed) {
		strlcpy(reason, fate->reason, sizeof(reason));
		if (smfi_quarantine(ctx, reason) != MI_SUCCESS) {
			id = M_MTA_NO_QUARANTINE;
			failure = "the MTA cannot quarantine messages";
		}
	}
	if (failure == NULL)
		return;
	log_warnx(id, "%s", failure);
	message_take_back(s->message);
	fate->observed = false;
	fate->action = ACTION_TEMPFAIL;
	fate->cause = CAUSE_SYSTEM;
	strlcpy(fate->reason, failure, sizeof(fate->reason));
}

static sfsistat
cb_eom(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);
	struct fate fate;

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	if (s->message == NULL)
		return lost_message(ctx, s);
	message_end(s->message, &fate);
	carry_out(ctx, s, &fate);
	return conclude(ctx, s, &fate);
}

static sfsistat
cb_abort(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	if (s != NULL) {
		if (s->message != NULL)
			message_count_aborted();
		end_message(s);
	}
	return SMFIS_CONTINUE;
}

static sfsistat
cb_close(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	if (s != NULL) {
		if (s->is_of_mta)
			meters_move(METERS_CONNECTIONS, -1);
		end_message(s);
		facts_finish(&s->facts);
		free(s->helo);
		free(s);
		(void)smfi_setpriv(ctx, NULL);
		atomic_fetch_sub(&sessions, 1);
	}
	return SMFIS_CONTINUE;
}

int
callbacks_register(const struct sign_service *signers)
{
	char name[] = "countersign";
	struct smfiDesc milter = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = NEGOTIATION_ACTIONS,
		.xxfi_connect = cb_connect,
		.xxfi_helo = cb_helo,
		.xxfi_envfrom = cb_envfrom,
		.xxfi_envrcpt = cb_envrcpt,
		.xxfi_header = cb_header,
		.xxfi_eoh = cb_eoh,
		.xxfi_body = cb_body,
		.xxfi_eom = cb_eom,
		.xxfi_abort = cb_abort,
		.xxfi_close = cb_close,
		.xxfi_negotiate = cb_negotiate,
	};

	sign_service = signers;
	if ((replays = replay_new()) == NULL ||
	    (spf_answers = spf_cache_new()) == NULL)
		return -1;
	return smfi_register(milter) == MI_SUCCESS ? 0 : -1;
}

unsigned long
callbacks_negotiations(void)
{
	return atomic_load(&negotiations);
}

bool
callbacks_drain(unsigned int timeout_ms)
{
	const int64_t end_ms = monotonic_ms() + timeout_ms;

	while (atomic_load(&messages_under_way) > 0 &&
	    monotonic_ms() < end_ms)
		sleep_ms(10);
	return atomic_load(&sessions) == 0;
}
