/* SPDX-License-Identifier: ISC */

/*
 * Sendmail: whether it has our milter, as the last one, defers mail without it,
 * and can use its socket.
 *
 * Settings are read from sendmail.cf, which is what Sendmail reads.  Commands
 * change sendmail.mc, from which m4(1) makes the other one.  If our line is not
 * in sendmail.mc as we write it, only a person can change it.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain/sendmail_area.h"
#include "machine/milter_hello.h"

#define HELLO_MS	10000
#define FOLDER_SIZE	1024
#define OUR_NAME	"countersign"	/* in sendmail.mc, if we write it */
#define MC_NEW		SENDMAIL_MC ".new"

/* The command that gives Sendmail our milter; NULL: only a person can. */
static const char *
fix_milter(const struct sm *v, char *fix, size_t size)
{
	const char *socket = v->chain->config->socket;
	const enum sendmail_mc line = sm_find_line(OUR_NAME);

	if (access(SENDMAIL_MC, W_OK) == -1 || sendmail_mc_has_order() ||
	    strpbrk(socket, "'\"$`\\|&!") != NULL)
		return NULL;
	if (line == SENDMAIL_MC_LINE)
		(void)snprintf(fix, size, "sed -i "
		    "\"/^INPUT_MAIL_FILTER(." OUR_NAME "'/"
		    "s|S=[^,']*|S=%s|\" " SENDMAIL_MC, socket);
	else if (line == SENDMAIL_MC_NONE &&
	    !sendmail_mc_has("MAIL_FILTER(`" OUR_NAME "'"))
		(void)snprintf(fix, size, "grep -q "
		    "\"^INPUT_MAIL_FILTER(." OUR_NAME "'\" " SENDMAIL_MC
		    " ||\n    echo \"INPUT_MAIL_FILTER(\\`" OUR_NAME "', "
		    "\\`S=%s, F=T, T=" SENDMAIL_TIMES "')dnl\" >>"
		    SENDMAIL_MC, socket);
	else
		return NULL;
	return sm_fix_load(v, fix, size);
}

/* While it does not answer, F=T would have all mail deferred. */
static void
check_milter(const struct sm *v, bool answers)
{
	const struct sendmail *s = v->sendmail;
	char fix[CHAIN_FIX_SIZE];

	if (s->missing != NULL)
		findings_add(v->findings, "sendmail-milters", FINDING_PROBLEM,
		    SENDMAIL_AREA, s->missing, NULL, "InputMailFilters names "
		    "this milter, but no line defines it.");
	if (v->ours < s->norder)
		findings_add(v->findings, "sendmail-milter", FINDING_WELL,
		    SENDMAIL_AREA, s->milters[s->order[v->ours]].name, NULL,
		    "has our milter");
	else
		findings_add(v->findings, "sendmail-milter", FINDING_PROBLEM,
		    SENDMAIL_AREA, SENDMAIL_CF, answers ? fix_milter(v, fix,
		    sizeof(fix)) : NULL, "Sendmail does not use the milter "
		    "that listens on %s, so nothing is signed.%s",
		    v->chain->config->socket, answers ? "" : " First let the "
		    "milter answer there: without it, mail would be "
		    "deferred.");
}

static void
check_order(const struct sm *v)
{
	const struct sendmail *s = v->sendmail;
	char fix[CHAIN_FIX_SIZE];

	if (v->ours + 1 == s->norder)
		findings_add(v->findings, "sendmail-order", FINDING_WELL,
		    SENDMAIL_AREA, "InputMailFilters", NULL, "our milter is "
		    "the last of %zu", s->norder);
	else
		findings_add(v->findings, "sendmail-order", FINDING_PROBLEM,
		    SENDMAIL_AREA, "InputMailFilters", sendmail_mc_has_order() ?
		    NULL : sm_fix_line(v, "cp -p " SENDMAIL_MC " " MC_NEW
		    " &&\n    grep -v \"%\" " SENDMAIL_MC " >" MC_NEW
		    " &&\n    grep \"%\" " SENDMAIL_MC " >>" MC_NEW
		    " &&\n    mv " MC_NEW " " SENDMAIL_MC, fix, sizeof(fix)),
		    "%s comes after our milter: what it changes in a message "
		    "breaks the signature.",
		    s->milters[s->order[v->ours + 1]].name);
}

static void
check_flag(const struct sm *v)
{
	const struct sendmail *s = v->sendmail;
	const struct sendmail_milter *m = &s->milters[s->order[v->ours]];
	char fix[CHAIN_FIX_SIZE];

	if (m->flag == 'T' || m->flag == '4')
		findings_add(v->findings, "sendmail-flag", FINDING_WELL,
		    SENDMAIL_AREA, m->name, NULL, "F=%c: mail is deferred "
		    "while our milter cannot be reached", m->flag);
	else
		findings_add(v->findings, "sendmail-flag", FINDING_PROBLEM,
		    SENDMAIL_AREA, m->name, sm_fix_line(v, m->flag != '\0' ?
		    "sed -i \"/%/s/F=[A-Z0-9]/F=T/\" " SENDMAIL_MC :
		    "sed -i \"/%/{/F=T/b;s/S=/F=T, S=/}\" " SENDMAIL_MC, fix,
		    sizeof(fix)), "While our milter cannot be reached, %s. "
		    "Write F=T.", m->flag == 'R' ? "mail is refused for good" :
		    "mail leaves unsigned, and forged mail is not refused");
}

/* The seconds of a timeout, "S:30s;R:2m"; -1: it has Sendmail's own value. */
static long long
seconds_of(const char *times, char letter)
{
	long long n;
	char *end;

	for (; *times != '\0'; times += strcspn(times, ";"),
	    times += *times == ';') {
		times += strspn(times, " \t");
		if (times[0] != letter || times[1] != ':')
			continue;
		n = strtoll(times + 2, &end, 10);
		return *end == 'm' ? n * 60 : *end == 'h' ? n * 3600 : n;
	}
	return -1;
}

/* Our milter may have to wait for DNS, and answers late then. */
static void
check_times(const struct sm *v)
{
	static const struct {
		char		 letter;
		long long	 least;
	} needed[] = { { 'S', 5 }, { 'R', 10 }, { 'E', 60 } };
	const struct sendmail *s = v->sendmail;
	const struct sendmail_milter *m = &s->milters[s->order[v->ours]];
	char fix[CHAIN_FIX_SIZE];
	long long seconds;
	size_t i;

	for (i = 0; m->times != NULL && i < sizeof(needed) /
	    sizeof(needed[0]); i++) {
		seconds = seconds_of(m->times, needed[i].letter);
		if (seconds == -1 || seconds >= needed[i].least)
			continue;
		findings_add(v->findings, "sendmail-timeouts",
		    FINDING_PROBLEM, SENDMAIL_AREA, m->name, sm_fix_line(v,
		    "sed -i \"/%/s/T=[^,']*/T=" SENDMAIL_TIMES "/\" "
		    SENDMAIL_MC, fix, sizeof(fix)), "T=%s: Sendmail waits "
		    "only %lld seconds for our milter (%c), which may have to "
		    "wait for DNS; then mail is deferred.", m->times, seconds,
		    needed[i].letter);
		return;
	}
	findings_add(v->findings, "sendmail-timeouts", FINDING_WELL,
	    SENDMAIL_AREA, m->name, NULL, "Sendmail waits long enough for our "
	    "milter");
}

/* Services with milters of their own, instead of InputMailFilters. */
static void
check_services(const struct sm *v)
{
	const struct sendmail *s = v->sendmail;
	const struct sendmail_milter *ours = &s->milters[s->order[v->ours]];
	const struct sendmail_daemon *d;
	size_t i, nwithout = 0;

	for (i = 0; i < s->ndaemons; i++)
		nwithout += s->daemons[i].filters != NULL &&
		    !sendmail_uses(s, s->daemons[i].filters, ours);
	for (i = 0; i < s->ndaemons; i++) {
		d = &s->daemons[i];
		if (d->filters == NULL || sendmail_uses(s, d->filters, ours))
			findings_add(v->findings, "sendmail-service",
			    FINDING_WELL, SENDMAIL_AREA, d->name, NULL,
			    "has our milter");
		else
			findings_add(v->findings, "sendmail-service",
			    nwithout == s->ndaemons ? FINDING_PROBLEM :
			    FINDING_NOTE, SENDMAIL_AREA, d->name, NULL,
			    "This service has milters of its own, without "
			    "ours (%s), so its mail is not signed. If it "
			    "should be, add %s at the end of InputMailFilters "
			    "in its DAEMON_OPTIONS.", d->filters, ours->name);
	}
}

/* Sendmail uses no socket in a folder that others may write to. */
static bool
check_folder(const struct sm *v)
{
	const struct config *config = v->chain->config;
	char folder[FOLDER_SIZE], fix[CHAIN_FIX_SIZE];
	const enum sendmail_folder state = sendmail_check_folder(v->sendmail,
	    config->socket, config->user, folder, sizeof(folder));

	if (folder[0] == '\0')
		return true;
	if (state == SENDMAIL_FOLDER_WELL)
		findings_add(v->findings, "sendmail-folder", FINDING_WELL,
		    SENDMAIL_AREA, folder, NULL, "only its owner can write to "
		    "it");
	else
		findings_add(v->findings, "sendmail-folder", FINDING_PROBLEM,
		    SENDMAIL_AREA, folder, state == SENDMAIL_FOLDER_OPEN ?
		    chain_fix_word(fix, sizeof(fix), "chmod go-w", folder) :
		    NULL, "Sendmail does not use a socket in a folder that "
		    "others can write to: it logs \"unsafe socket\".%s",
		    state == SENDMAIL_FOLDER_OPEN ? "" : " Put the socket "
		    "into a folder of its own.");
	return state == SENDMAIL_FOLDER_WELL;
}

/* Whether Sendmail can use it. */
static bool
check_socket(const struct sm *v)
{
	const char *socket = v->chain->config->socket;
	char why[512], buf[256];
	const char *user = sendmail_user(v->sendmail, buf, sizeof(buf));
	bool answers = false;

	if (!v->chain->is_root)
		findings_add(v->findings, "sendmail-socket", FINDING_UNKNOWN,
		    SENDMAIL_AREA, socket, NULL, "Only root can try the "
		    "socket as Sendmail does: run countersign-doctor as "
		    "root.");
	else if ((answers = milter_hello(socket, user, HELLO_MS, why,
	    sizeof(why)) == MILTER_HELLO_WELL))
		findings_add(v->findings, "sendmail-socket", FINDING_WELL,
		    SENDMAIL_AREA, socket, NULL, "answers to user %s",
		    user != NULL ? user : "root");
	else
		findings_add(v->findings, "sendmail-socket", FINDING_PROBLEM,
		    SENDMAIL_AREA, socket, NULL, "Our milter does not answer "
		    "to user %s of Sendmail: %s. Is countersign-milter "
		    "running?", user != NULL ? user : "root", why);
	return check_folder(v) && answers;
}

void
chain_sendmail(struct chain *chain, struct findings *findings)
{
	struct sm v = { .chain = chain, .findings = findings };
	struct sendmail *sendmail;
	char error[512];

	/* Postfix has a sendmail(1), and may have replaced the real one. */
	if (chain->config == NULL || chain->postfix != NULL)
		return;
	if (sendmail_open(SENDMAIL_CF, &sendmail, error,
	    sizeof(error)) == -1) {
		findings_add(findings, "sendmail-config", FINDING_PROBLEM,
		    SENDMAIL_AREA, SENDMAIL_CF, NULL, "The settings of "
		    "Sendmail cannot be read: %s.", error);
		return;
	}
	if (sendmail == NULL)
		return;
	chain->sendmail = sendmail;
	findings_add(findings, "sendmail-config", FINDING_WELL, SENDMAIL_AREA,
	    SENDMAIL_CF, NULL, "%zu milter%s", sendmail->norder,
	    sendmail->norder == 1 ? "" : "s");
	v.sendmail = sendmail;
	v.ours = sendmail_find(sendmail, chain->config->socket);
	chain->mta_has_milter = v.ours < sendmail->norder;
	if (chain_needs_milter(chain))
		check_milter(&v, check_socket(&v));
	if (v.ours < sendmail->norder) {
		check_order(&v);
		check_flag(&v);
		check_times(&v);
		check_services(&v);
	}
	sm_check_running(&v);
	sm_check_delivery(&v);
	sm_check_clients(&v);
}
