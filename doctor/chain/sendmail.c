/* SPDX-License-Identifier: ISC */

/*
 * Sendmail: whether it has our milter, as the last one, defers mail without it,
 * and can use its socket.
 *
 * Settings are read from sendmail.cf, which is what Sendmail reads.  Commands
 * change sendmail.mc, from which m4(1) makes the other one.  If our line is not
 * in sendmail.mc as we write it, only a person can change it.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain/chain.h"
#include "chain/private.h"
#include "machine/milter_hello.h"
#include "machine/milter_socket.h"
#include "machine/sendmail.h"
#include "text/text.h"

#define AREA		"Sendmail"
#define HELLO_MS	10000
#define MAX_LINE	1024

struct view {
	const struct chain *chain;
	struct findings	*findings;
	const struct sendmail *sendmail;
	size_t		 ours;		/* in the order; norder: missing */
};

/* A name that stands in a pattern of sed and grep as it is. */
static bool
is_plain(const char *name)
{
	return name[0] != '\0' && strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == strlen(name);
}

/* Whether a line of sendmail.mc begins with a text, or has it anywhere. */
static bool
mc_has(const char *text, bool at_begin)
{
	char line[MAX_LINE];
	bool found = false;
	const char *place;
	FILE *fp;

	if ((fp = fopen(SENDMAIL_MC, "r")) == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), fp) != NULL) {
		place = strstr(line, text);
		found = place == line || (place != NULL && !at_begin);
	}
	(void)fclose(fp);
	return found;
}

/* Whether sendmail.mc has the milter on a line of its own. */
static bool
has_line(const char *name)
{
	char begin[MAX_LINE];

	(void)snprintf(begin, sizeof(begin), "INPUT_MAIL_FILTER(`%s'", name);
	return is_plain(name) && mc_has(begin, true);
}

/* Whether the order of milters is not that of their lines. */
static bool
has_own_order(void)
{
	return mc_has("confINPUT_MAIL_FILTERS", false);
}

/* After the change of sendmail.mc: make sendmail.cf, and let it be read. */
static const char *
add_rebuild(const struct view *v, char *fix, size_t size)
{
	const char *pid_file = v->sendmail->pid_file;
	char word[512];

	(void)strlcat(fix, "\nm4 " SENDMAIL_MC " >" SENDMAIL_CF ".new\n"
	    "mv " SENDMAIL_CF ".new " SENDMAIL_CF, size);
	if (access("/run/systemd/system", F_OK) == 0)
		(void)strlcat(fix, "\nsystemctl restart sendmail", size);
	else if (pid_file != NULL && access(pid_file, F_OK) == 0 &&
	    text_shell_word(pid_file, word, sizeof(word))) {
		(void)strlcat(fix, "\nkill -HUP $(head -n 1 ", size);
		(void)strlcat(fix, word, size);
		(void)strlcat(fix, ")", size);
	}
	return strlen(fix) + 1 < size ? fix : NULL;
}

static void
check_milter(const struct view *v)
{
	const struct sendmail *s = v->sendmail;
	const char *socket = v->chain->config->socket;
	char fix[CHAIN_FIX_SIZE];
	const char *command = NULL;

	if (s->missing != NULL)
		findings_add(v->findings, "sendmail-milters", FINDING_PROBLEM,
		    AREA, s->missing, NULL, "InputMailFilters names this "
		    "milter, but no line defines it.");
	if (v->ours < s->norder) {
		findings_add(v->findings, "sendmail-milter", FINDING_WELL,
		    AREA, s->milters[s->order[v->ours]].name, NULL,
		    "has our milter");
		return;
	}
	if (access(SENDMAIL_MC, W_OK) == 0 && !has_own_order() &&
	    strpbrk(socket, "'\"$`\\|&") == NULL) {
		if (has_line("countersign"))
			(void)snprintf(fix, sizeof(fix), "sed -i "
			    "\"/^INPUT_MAIL_FILTER(.countersign'/"
			    "s|S=[^,']*|S=%s|\" " SENDMAIL_MC, socket);
		else
			(void)snprintf(fix, sizeof(fix), "grep -q "
			    "\"^INPUT_MAIL_FILTER(.countersign'\" "
			    SENDMAIL_MC " ||\n    echo "
			    "\"INPUT_MAIL_FILTER(\\`countersign', \\`S=%s, "
			    "F=T, T=S:30s;R:30s')dnl\" >>" SENDMAIL_MC, socket);
		command = add_rebuild(v, fix, sizeof(fix));
	}
	findings_add(v->findings, "sendmail-milter", FINDING_PROBLEM, AREA,
	    SENDMAIL_CF, command, "Sendmail does not use the milter that "
	    "listens on %s, so nothing is signed.", socket);
}

/* Change our line in sendmail.mc by a command, or leave it to a person. */
static const char *
change_line(const struct view *v, const char *format, char *fix, size_t size)
{
	const struct sendmail *s = v->sendmail;
	const char *name = s->milters[s->order[v->ours]].name;
	char pattern[MAX_LINE];
	const char *place;
	size_t len = 0;

	if (!has_line(name))
		return NULL;
	(void)snprintf(pattern, sizeof(pattern), "^INPUT_MAIL_FILTER(.%s'",
	    name);
	fix[0] = '\0';
	/* "%" in the format stands for the pattern. */
	for (; (place = strchr(format, '%')) != NULL && len < size;
	    format = place + 1) {
		len = strlen(fix);
		(void)snprintf(fix + len, size - len, "%.*s%s",
		    (int)(place - format), format, pattern);
	}
	(void)strlcat(fix, format, size);
	return add_rebuild(v, fix, size);
}

static void
check_order(const struct view *v)
{
	const struct sendmail *s = v->sendmail;
	char fix[CHAIN_FIX_SIZE];

	if (v->ours + 1 == s->norder)
		findings_add(v->findings, "sendmail-order", FINDING_WELL,
		    AREA, "InputMailFilters", NULL, "our milter is the last "
		    "of %zu", s->norder);
	else
		findings_add(v->findings, "sendmail-order", FINDING_PROBLEM,
		    AREA, "InputMailFilters", has_own_order() ? NULL :
		    change_line(v,
		    "line=$(grep \"%\" " SENDMAIL_MC ")\n"
		    "sed -i \"/%/d\" " SENDMAIL_MC "\n"
		    "echo \"$line\" >>" SENDMAIL_MC, fix, sizeof(fix)),
		    "%s comes after our milter: what it changes in a message "
		    "breaks the signature.",
		    s->milters[s->order[v->ours + 1]].name);
}

static void
check_flag(const struct view *v)
{
	const struct sendmail *s = v->sendmail;
	const struct sendmail_milter *m = &s->milters[s->order[v->ours]];
	char fix[CHAIN_FIX_SIZE];

	if (m->flag == 'T' || m->flag == '4')
		findings_add(v->findings, "sendmail-flag", FINDING_WELL, AREA,
		    m->name, NULL, "F=%c: mail is deferred while our milter "
		    "cannot be reached", m->flag);
	else
		findings_add(v->findings, "sendmail-flag", FINDING_PROBLEM,
		    AREA, m->name, change_line(v, m->flag != '\0' ?
		    "sed -i \"/%/s/F=[A-Z0-9]/F=T/\" " SENDMAIL_MC :
		    "sed -i \"/%/{/F=T/!s/S=/F=T, S=/}\" " SENDMAIL_MC, fix,
		    sizeof(fix)), "While our milter cannot be reached, %s. "
		    "Write F=T.", m->flag == 'R' ? "mail is refused for good" :
		    "mail leaves unsigned, and forged mail is not refused");
}

/* Sendmail uses no socket in a folder that others may write to. */
static void
check_folder(const struct view *v)
{
	const char *path = v->chain->config->socket + strlen("unix:");
	char folder[MAX_LINE], fix[CHAIN_FIX_SIZE];
	const char *slash = strrchr(path, '/');
	struct stat st;
	mode_t bad = v->sendmail->trusts_writable ? S_IWOTH :
	    S_IWOTH | S_IWGRP;

	(void)snprintf(folder, sizeof(folder), "%.*s", slash != NULL ?
	    (int)(slash - path) : 0, path);
	if (stat(folder, &st) == -1)
		return;
	if ((st.st_mode & bad) != 0)
		findings_add(v->findings, "sendmail-folder", FINDING_PROBLEM,
		    AREA, folder, chain_fix_word(fix, sizeof(fix),
		    "chmod go-w", folder), "Sendmail does not use a socket in "
		    "a folder that others can write to: it logs \"unsafe "
		    "socket\".");
	else
		findings_add(v->findings, "sendmail-folder", FINDING_WELL,
		    AREA, folder, NULL, "only its owner can write to it");
}

static void
check_socket(const struct view *v)
{
	const char *socket = v->chain->config->socket;
	const char *user = v->sendmail->run_as;
	char why[512];

	if (!v->chain->is_root)
		findings_add(v->findings, "sendmail-socket", FINDING_UNKNOWN,
		    AREA, socket, NULL, "Only root can try the socket as "
		    "Sendmail does: run countersign-doctor as root.");
	else if (milter_hello(socket, user, HELLO_MS, why, sizeof(why)) == 0)
		findings_add(v->findings, "sendmail-socket", FINDING_WELL,
		    AREA, socket, NULL, "answers to user %s",
		    user != NULL ? user : "root");
	else
		findings_add(v->findings, "sendmail-socket", FINDING_PROBLEM,
		    AREA, socket, NULL, "Our milter does not answer to user %s "
		    "of Sendmail: %s. Is countersign-milter running?",
		    user != NULL ? user : "root", why);
	if (strncmp(socket, "unix:", 5) == 0)
		check_folder(v);
}

/* What Sendmail rewrites, it rewrites when it delivers mail. */
static void
check_rewriting(const struct view *v)
{
	const struct sendmail *s = v->sendmail;

	if (s->masquerade == NULL && !s->has_generics)
		findings_add(v->findings, "sendmail-rewrites", FINDING_WELL,
		    AREA, "MASQUERADE_AS", NULL, "no address is changed at "
		    "delivery by masquerading or a genericstable");
	else
		findings_add(v->findings, "sendmail-rewrites", FINDING_NOTE,
		    AREA, s->masquerade != NULL ? s->masquerade :
		    "genericstable", NULL, "Sendmail changes addresses when it "
		    "delivers mail, after it was signed. Signatures stay valid "
		    "only if no signed mail has such an address in From, To or "
		    "another signed field.");
}

void
chain_sendmail(struct chain *chain, struct findings *findings)
{
	struct view v = { .chain = chain, .findings = findings };
	struct sendmail *sendmail;
	char error[512];

	/* Postfix has a sendmail(1), and may have replaced the real one. */
	if (chain->config == NULL || chain->postfix != NULL)
		return;
	if (sendmail_open(SENDMAIL_CF, &sendmail, error,
	    sizeof(error)) == -1) {
		findings_add(findings, "sendmail-config", FINDING_PROBLEM,
		    AREA, SENDMAIL_CF, NULL, "The settings of Sendmail cannot "
		    "be read: %s.", error);
		return;
	}
	if (sendmail == NULL)
		return;
	chain->sendmail = sendmail;
	findings_add(findings, "sendmail-config", FINDING_WELL, AREA,
	    SENDMAIL_CF, NULL, "%zu milter%s", sendmail->norder,
	    sendmail->norder == 1 ? "" : "s");
	v.sendmail = sendmail;
	v.ours = sendmail_find(sendmail, chain->config->socket);
	chain->mta_has_milter = v.ours < sendmail->norder;
	if (chain_needs_milter(chain)) {
		check_milter(&v);
		check_socket(&v);
	}
	if (v.ours < sendmail->norder) {
		check_order(&v);
		check_flag(&v);
	}
	check_rewriting(&v);
}
