/* SPDX-License-Identifier: ISC */

/*
 * What Sendmail changes in signed mail when it delivers it: addresses, long
 * lines, the eighth bit; and whether it runs with its present settings.
 *
 * Only mailers that deliver by SMTP count: what others are given stays here.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chain/sendmail_area.h"
#include "machine/sendmail_load.h"

#define RFC_LINE	998	/* octets, RFC 5322 section 2.1.1 */
#define USUAL_LINE	990	/* what Sendmail has by default */

/* What Sendmail rewrites, it rewrites when it delivers mail. */
static void
check_rewriting(const struct sm *v)
{
	const struct sendmail *s = v->sendmail;

	if (s->masquerade == NULL && !s->has_generics)
		findings_add(v->findings, "sendmail-rewrites", FINDING_WELL,
		    SENDMAIL_AREA, "MASQUERADE_AS", NULL, "no address is "
		    "changed at delivery by masquerading or a genericstable");
	else
		findings_add(v->findings, "sendmail-rewrites", FINDING_NOTE,
		    SENDMAIL_AREA, s->masquerade != NULL ? s->masquerade :
		    "genericstable", NULL, "Sendmail changes addresses when it "
		    "delivers mail, after it was signed. Signatures stay valid "
		    "only if no signed mail has such an address in From, To or "
		    "another signed field.");
}

/* The mailer by SMTP with the shortest lines: relay, or one of the others. */
static const struct sendmail_mailer *
shortest(const struct sendmail *s, bool is_relay)
{
	const struct sendmail_mailer *m, *found = NULL;
	size_t i;

	for (i = 0; i < s->nmailers; i++) {
		m = &s->mailers[i];
		if (m->program != NULL && strcmp(m->program, "[IPC]") == 0 &&
		    (strcmp(m->name, "relay") == 0) == is_relay &&
		    m->line_limit != 0 && (found == NULL ||
		    m->line_limit < found->line_limit))
			found = m;
	}
	return found;
}

static void
check_lines(const struct sm *v, bool is_relay)
{
	const struct sendmail_mailer *m = shortest(v->sendmail, is_relay);
	char fix[CHAIN_FIX_SIZE];

	if (m == NULL || m->line_limit >= RFC_LINE) {
		findings_add(v->findings, "sendmail-line-length", FINDING_WELL,
		    SENDMAIL_AREA, is_relay ? "relay" : "esmtp", NULL,
		    "no line that RFC 5322 allows is cut");
		return;
	}
	findings_add(v->findings, "sendmail-line-length", m->line_limit <
	    USUAL_LINE ? FINDING_PROBLEM : FINDING_NOTE, SENDMAIL_AREA,
	    m->name, sm_fix_define(v, is_relay ? "RELAY_MAILER_LL" :
	    "SMTP_MAILER_LL", "2040", fix, sizeof(fix)), "Lines of more than "
	    "%u octets are cut when mail is delivered (L=), after it was "
	    "signed, which breaks the signature; %d are allowed.",
	    m->line_limit, RFC_LINE);
}

static void
check_eighth_bit(const struct sm *v)
{
	const struct sendmail *s = v->sendmail;
	char fix[CHAIN_FIX_SIZE];
	size_t i, n = 0;

	if (s->strips_eighth_bit && ++n > 0)
		findings_add(v->findings, "sendmail-8bit", FINDING_PROBLEM,
		    SENDMAIL_AREA, "SevenBitInput", sm_fix_define(v,
		    "confSEVEN_BIT_INPUT", "False", fix, sizeof(fix)),
		    "Sendmail takes the eighth bit from all mail, so 8-bit "
		    "text is damaged.");
	for (i = 0; i < s->nmailers; i++)
		if (s->mailers[i].program != NULL &&
		    strcmp(s->mailers[i].program, "[IPC]") == 0 &&
		    s->mailers[i].flags != NULL &&
		    strchr(s->mailers[i].flags, '7') != NULL && ++n > 0)
			findings_add(v->findings, "sendmail-8bit",
			    FINDING_PROBLEM, SENDMAIL_AREA,
			    s->mailers[i].name, NULL, "The flag 7 of this "
			    "mailer takes the eighth bit from mail after it "
			    "was signed. Remove it from its flags.");
	if (n == 0)
		findings_add(v->findings, "sendmail-8bit", FINDING_WELL,
		    SENDMAIL_AREA, "SevenBitInput", NULL, "8-bit mail stays as "
		    "it is, if the next server takes it");
}

void
sm_check_delivery(const struct sm *v)
{
	check_rewriting(v);
	check_lines(v, false);
	check_lines(v, true);
	check_eighth_bit(v);
}

void
sm_check_running(const struct sm *v)
{
	const enum sendmail_stage stage = sendmail_stage(v->sendmail);
	char fix[CHAIN_FIX_SIZE] = "", command[512];
	const char *read = NULL;

	if (stage == SENDMAIL_UNKNOWN || !v->chain->is_root) {
		findings_add(v->findings, "sendmail-running", FINDING_UNKNOWN,
		    SENDMAIL_AREA, SENDMAIL_CF, NULL, "Whether Sendmail runs "
		    "with these settings is not known: %s.",
		    v->chain->is_root ? "there is no PidFile of root" :
		    "run countersign-doctor as root");
		return;
	}
	/* Where only this is due, sendmail.cf is not made again. */
	if ((stage == SENDMAIL_NOT_RUNNING || stage == SENDMAIL_NOT_READ) &&
	    sendmail_read_commands(v->sendmail, command, sizeof(command)) &&
	    command[0] != '\0')
		read = command;
	findings_add(v->findings, "sendmail-running", stage ==
	    SENDMAIL_NOT_RUNNING ? FINDING_PROBLEM : FINDING_WELL,
	    SENDMAIL_AREA, SENDMAIL_CF, stage == SENDMAIL_NOT_RUNNING ?
	    read : NULL, "%s", stage ==
	    SENDMAIL_NOT_RUNNING ? "Sendmail does not run, so it takes no "
	    "mail." : "Sendmail runs");
	if (stage == SENDMAIL_NOT_MADE || stage == SENDMAIL_NOT_READ) {
		if (stage == SENDMAIL_NOT_MADE &&
		    sm_fix_load(v, fix, sizeof(fix)) != NULL)
			read = fix + 1;		/* after a line feed */
		findings_add(v->findings, "sendmail-stale", FINDING_PROBLEM,
		    SENDMAIL_AREA, stage == SENDMAIL_NOT_MADE ? SENDMAIL_MC :
		    SENDMAIL_CF, read, "%s",
		    stage == SENDMAIL_NOT_MADE ? "sendmail.mc was changed "
		    "after sendmail.cf was made of it, so the change has no "
		    "effect." : "sendmail.cf was changed after Sendmail has "
		    "read it, so the change has no effect.");
	} else
		findings_add(v->findings, "sendmail-stale", FINDING_WELL,
		    SENDMAIL_AREA, SENDMAIL_CF, NULL, "not older than "
		    "sendmail.mc, and not newer than what Sendmail has read");
}
