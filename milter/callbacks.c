/* SPDX-License-Identifier: ISC */

/*
 * libmilter callbacks: they translate, message.c decides.
 *
 * Every answer that the MTA does not need is negotiated away: with one round
 * trip for each header field, waiting costs more than signing.  What goes
 * wrong in such a callback is kept in the message and comes out at the end of
 * the header.
 *
 * SMFIP_HDR_LEADSPC is asked for because an MTA without it strips and adds
 * one blank after the colon, so that simple canonicalization would hash what
 * is not on the wire.
 */

#include "callbacks.h"

#include <sys/socket.h>

#include <libmilter/mfapi.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "counters.h"
#include "facts.h"
#include "log.h"
#include "message.h"
#include "reply.h"
#include "snapshot.h"

#define LOG_LINE_SIZE	4096	/* octets */

/* One connection of the MTA. */
struct session {
	unsigned long	 protocol;	/* SMFIP_* in force */
	bool		 can_quarantine;
	struct facts	 facts;

	struct config	*config;	/* of the message under way */
	struct message	*message;
	struct timespec	 began;
};

static struct signpool *signers;

static atomic_uint sessions, messages_under_way;

/* What the MTA offers of these is taken. */
static const unsigned long wanted_protocol =
    SMFIP_NOHELO | SMFIP_NORCPT | SMFIP_NODATA | SMFIP_NOUNKNOWN |
    SMFIP_NR_CONN | SMFIP_NR_MAIL | SMFIP_NR_HDR | SMFIP_NR_BODY |
    SMFIP_HDR_LEADSPC;

/*
 * {client_addr} and {mail_addr} are for what they bring along: an MTA sends no
 * macros where none has a value, and libmilter then still has those of the
 * message before, its login among them.
 */
static const struct {
	int		 stage;
	const char	*macros;
} wanted_macros[] = {
	{ SMFIM_CONNECT,	"{daemon_name}" },
	{ SMFIM_ENVFROM,	"{auth_authen} {client_addr} {mail_addr}" },
	{ SMFIM_EOH,		"i" },
	{ SMFIM_EOM,		"i" },
};

static sfsistat
answer(const struct session *s, unsigned long no_reply)
{
	return s->protocol & no_reply ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static void
end_message(struct session *s)
{
	if (s->config != NULL)
		atomic_fetch_sub(&messages_under_way, 1);
	message_free(s->message);
	s->message = NULL;
	config_unref(s->config);
	s->config = NULL;
	facts_reset_message(&s->facts);
}

static int
ask_for_macros(SMFICTX *ctx)
{
	char list[64];
	size_t i;

	for (i = 0; i < sizeof(wanted_macros) / sizeof(wanted_macros[0]);
	    i++) {
		strlcpy(list, wanted_macros[i].macros, sizeof(list));
		if (smfi_setsymlist(ctx, wanted_macros[i].stage, list) !=
		    MI_SUCCESS)
			return -1;
	}
	return 0;
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
	if ((actions & SMFIF_ADDHDRS) == 0) {
		log_warnx("the MTA lets no milter add header fields");
		return SMFIS_REJECT;
	}
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		log_warn("new session");
		return SMFIS_REJECT;
	}
	s->protocol = protocol & wanted_protocol;
	s->can_quarantine = (actions & SMFIF_QUARANTINE) != 0;
	*want_actions = SMFIF_ADDHDRS |
	    (actions & (SMFIF_QUARANTINE | SMFIF_SETSYMLIST));
	*want_protocol = s->protocol;
	*want_f2 = 0;
	*want_f3 = 0;
	if ((actions & SMFIF_SETSYMLIST) != 0 && ask_for_macros(ctx) != 0)
		log_warnx("the MTA's default macros are used");
	if ((s->protocol & SMFIP_HDR_LEADSPC) == 0)
		log_debug("the MTA adds the blank after the colon itself");
	if (smfi_setpriv(ctx, s) != MI_SUCCESS) {
		free(s);
		return SMFIS_REJECT;
	}
	atomic_fetch_add(&sessions, 1);
	return SMFIS_CONTINUE;
}

static sfsistat
cb_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	struct session *s = smfi_getpriv(ctx);

	(void)name;
	if (s == NULL)
		return SMFIS_TEMPFAIL;
	facts_set_client(&s->facts, address);
	return answer(s, SMFIP_NR_CONN);
}

static sfsistat
cb_envfrom(SMFICTX *ctx, char **argv)
{
	struct session *s = smfi_getpriv(ctx);
	char macro[] = "{auth_authen}";

	(void)argv;
	if (s == NULL)
		return SMFIS_TEMPFAIL;
	end_message(s);
	(void)clock_gettime(CLOCK_MONOTONIC, &s->began);
	s->config = snapshot_acquire();
	if (s->config != NULL)
		atomic_fetch_add(&messages_under_way, 1);
	/* Without memory there is no message; cb_eoh answers. */
	if (s->config != NULL &&
	    facts_set(&s->facts.login, smfi_getsymval(ctx, macro)) == 0)
		s->message = message_new(s->config, &s->facts, signers);
	return answer(s, SMFIP_NR_MAIL);
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

static long
elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 +
	    (now.tv_nsec - since->tv_nsec) / 1000000;
}

static void
count(const struct fate *fate, size_t nsignatures)
{
	static const enum counter counters[] = {
		[FATE_CONTINUE]		= COUNTER_ABORTED,
		[FATE_ACCEPT]		= COUNTER_PASSED,
		[FATE_DEFER]		= COUNTER_TEMPFAILED,
		[FATE_REFUSE]		= COUNTER_REJECTED,
		[FATE_REFUSE_SIZE]	= COUNTER_REJECTED,
		[FATE_HOLD]		= COUNTER_QUARANTINED,
	};

	if (fate->kind == FATE_ACCEPT && nsignatures > 0) {
		counters_add(COUNTER_SIGNED, 1);
		counters_add(COUNTER_SIGNATURES, nsignatures);
	} else
		counters_add(counters[fate->kind], 1);
}

/* The message's one log line, its count, and the answer to the MTA. */
static sfsistat
conclude(SMFICTX *ctx, struct session *s, const struct fate *fate)
{
	char macro[] = "i", line[LOG_LINE_SIZE], id[128];
	const char *queue_id = smfi_getsymval(ctx, macro);
	sfsistat status;

	status = reply_for(ctx, fate, queue_id);
	message_log(s->message, fate, line, sizeof(line));
	if (queue_id == NULL)
		queue_id = "";
	log_info("qid=%s %s ms=%ld",
	    log_value(id, sizeof(id), queue_id, strlen(queue_id)), line,
	    elapsed_ms(&s->began));
	count(fate, message_nsignatures(s->message));
	end_message(s);
	return status;
}

static sfsistat
lost_message(SMFICTX *ctx, struct session *s)
{
	log_warnx("out of memory: a message is deferred");
	counters_add(COUNTER_TEMPFAILED, 1);
	end_message(s);
	return reply_tempfail(ctx, "countersign is out of memory");
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
	message_decide(s->message, &fate);
	if (fate.kind == FATE_HOLD && !s->can_quarantine) {
		log_warnx("the MTA knows no quarantine: tempfail instead");
		fate.kind = FATE_DEFER;
	}
	/* A message can be held only at its end. */
	if (fate.kind == FATE_CONTINUE || fate.kind == FATE_HOLD)
		return SMFIS_CONTINUE;
	return conclude(ctx, s, &fate);
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

static int
insert_signatures(SMFICTX *ctx, const struct session *s)
{
	char name[] = "DKIM-Signature";
	char *value;
	size_t i;
	int r = MI_SUCCESS;

	for (i = 0; r == MI_SUCCESS && i < message_nsignatures(s->message);
	    i++) {
		if ((value = strdup(message_signature(s->message, i))) == NULL)
			return -1;
		r = smfi_insheader(ctx, 0, name, value +
		    ((s->protocol & SMFIP_HDR_LEADSPC) == 0 &&
		    value[0] == ' '));
		free(value);
	}
	return r == MI_SUCCESS ? 0 : -1;
}

static sfsistat
cb_eom(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);
	struct fate fate;
	char reason[MESSAGE_REASON_SIZE];

	if (s == NULL)
		return SMFIS_TEMPFAIL;
	if (s->message == NULL)
		return lost_message(ctx, s);
	message_end(s->message, &fate);
	if (fate.kind == FATE_DEFER)
		counters_add(COUNTER_SIGNER_ERRORS, 1);
	if (insert_signatures(ctx, s) != 0) {
		fate.kind = FATE_DEFER;
		strlcpy(fate.reason, "the MTA took no new header field",
		    sizeof(fate.reason));
	}
	if (fate.kind == FATE_HOLD) {
		strlcpy(reason, fate.reason, sizeof(reason));
		if (smfi_quarantine(ctx, reason) != MI_SUCCESS)
			fate.kind = FATE_DEFER;
	}
	return conclude(ctx, s, &fate);
}

static sfsistat
cb_abort(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	if (s != NULL) {
		if (s->message != NULL)
			counters_add(COUNTER_ABORTED, 1);
		end_message(s);
	}
	return SMFIS_CONTINUE;
}

static sfsistat
cb_close(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	if (s != NULL) {
		end_message(s);
		facts_finish(&s->facts);
		free(s);
		(void)smfi_setpriv(ctx, NULL);
		atomic_fetch_sub(&sessions, 1);
	}
	return SMFIS_CONTINUE;
}

int
callbacks_register(struct signpool *pool)
{
	char name[] = "countersign";
	struct smfiDesc milter = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_QUARANTINE |
		    SMFIF_SETSYMLIST,
		.xxfi_connect = cb_connect,
		.xxfi_envfrom = cb_envfrom,
		.xxfi_header = cb_header,
		.xxfi_eoh = cb_eoh,
		.xxfi_body = cb_body,
		.xxfi_eom = cb_eom,
		.xxfi_abort = cb_abort,
		.xxfi_close = cb_close,
		.xxfi_negotiate = cb_negotiate,
	};

	signers = pool;
	return smfi_register(milter) == MI_SUCCESS ? 0 : -1;
}

bool
callbacks_drain(unsigned int timeout_ms)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000000L };
	struct timespec began;

	(void)clock_gettime(CLOCK_MONOTONIC, &began);
	while (atomic_load(&messages_under_way) > 0 &&
	    elapsed_ms(&began) < (long)timeout_ms)
		(void)nanosleep(&pause, NULL);
	return atomic_load(&sessions) == 0;
}
