/* SPDX-License-Identifier: ISC */

/*
 * --loop: a test message through the service of Postfix that has our milter, or
 * through a Sendmail of its own, with the settings of the one that runs.
 *
 * With Postfix, the recipient is double_bounce_sender, whose mail it discards
 * itself; with Sendmail, the message is queued where nothing is delivered (see
 * sendmail_probe.h).  So it reaches nobody.  The queue file shows what would be
 * delivered; its signature is verified by this program, run as the user of the
 * milter.  The message comes from this host, so it is signed only if a source
 * allows that; otherwise it is refused as forged, which shows that the milter
 * sees it.
 */

#include <sys/mman.h>

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain/chain.h"
#include "machine/postfix.h"
#include "machine/postfix_milters.h"
#include "machine/run.h"
#include "machine/sendmail.h"
#include "machine/sendmail_probe.h"
#include "machine/smtp_probe.h"

#define AREA		"loop"
#define PROGRAM_MS	60000

/* A domain that a source of this host signs, else the first one. */
static const char *
choose_domain(const struct config *config)
{
	const struct source *s, *best = &config->sources[0];
	const char *domain;
	size_t i;

	for (i = 0; i < config->nsources; i++) {
		s = &config->sources[i];
		if (s->trust_network && s->domains.n > 0) {
			best = s;
			break;
		}
	}
	domain = best->domains.n > 0 ? best->domains.texts[0] : "example.com";
	return strncmp(domain, "*.", 2) == 0 ? domain + 2 : domain;
}

/* The first service on a port that has our milter, with its address. */
static const struct postfix_service *
choose_service(const struct chain *chain, char *host, char *port, size_t size)
{
	const struct postfix *pf = chain->postfix;
	const struct postfix_service *s;
	struct postfix_milters milters;
	const char *colon;
	bool has;
	size_t i;

	for (i = 0; i < postfix_nservices(pf); i++) {
		s = postfix_service(pf, i);
		if (strcmp(s->command, "smtpd") != 0 ||
		    strcmp(s->type, "inet") != 0 || postfix_milters_read(
		    postfix_service_parameter(pf, s, "smtpd_milters"),
		    &milters) == -1)
			continue;
		has = postfix_milters_find(pf, s->is_chrooted, &milters,
		    chain->config->socket) < milters.n;
		postfix_milters_finish(&milters);
		if (!has)
			continue;
		colon = strrchr(s->name, ':');
		(void)snprintf(host, size, "%.*s", colon != NULL ?
		    (int)(colon - s->name) : 9, colon != NULL ? s->name :
		    "127.0.0.1");
		(void)strlcpy(port, colon != NULL ? colon + 1 : s->name,
		    size);
		return s;
	}
	return NULL;
}

/* The message as postcat(1) shows it; false if it cannot. */
static bool
read_message(int fd, struct machine_output *out)
{
	char path[64];
	const char *const argv[] = { "postcat", "-bh", path, NULL };

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(),
	    fd);
	return machine_run(NULL, argv, PROGRAM_MS, out) == 0;
}

/* The exit status of "verify", or -1. */
static int
verify(const struct chain *chain, const char *message, size_t len)
{
	char program[PATH_MAX + 32];
	const char *argv[] = { program, "verify", "--dns", chain->dns, NULL };
	struct machine_output out;
	int fd, status = -1;

	if (chain->dns == NULL)
		argv[2] = NULL;
	(void)snprintf(program, sizeof(program), "%s/countersign-doctor",
	    chain->programs);
	if ((fd = memfd_create("message", MFD_CLOEXEC)) == -1)
		return -1;
	if (write(fd, message, len) == (ssize_t)len &&
	    lseek(fd, 0, SEEK_SET) == 0) {
		(void)machine_run_input(chain->config->user, fd, argv,
		    PROGRAM_MS, &out);
		status = out.end == PROGRAM_EXITED ? out.code : -1;
		machine_output_finish(&out);
	}
	close(fd);
	return status;
}

static void
judge_message(const struct chain *chain, struct findings *findings,
    const char *subject, const char *message, size_t len)
{
	if (strcasestr(message, "DKIM-Signature:") == NULL) {
		findings_add(findings, "loop", chain->config->observe ?
		    FINDING_NOTE : FINDING_PROBLEM, AREA, subject, NULL, "%s",
		    chain->config->observe ? "The test message was not "
		    "signed, because the mode is observe." : "The test message "
		    "was accepted, but not signed and not refused: "
		    "'countersign-doctor why' says what the milter decided, if "
		    "it saw it.");
		return;
	}
	switch (verify(chain, message, len)) {
	case 0:
		findings_add(findings, "loop", FINDING_WELL, AREA, subject,
		    NULL, "the test message was signed, and the signature is "
		    "valid");
		break;
	case 1:
		findings_add(findings, "loop", FINDING_PROBLEM, AREA, subject,
		    NULL, "The test message was signed, but the signature does "
		    "not verify with the records in DNS: see the findings "
		    "about keys and DNS.");
		break;
	default:
		findings_add(findings, "loop", FINDING_UNKNOWN, AREA, subject,
		    NULL, "The test message was signed, but the signature "
		    "cannot be verified now: DNS does not answer.");
		break;
	}
}

/* Whether the message was accepted; otherwise adds why not. */
static bool
is_accepted(struct findings *findings, const char *subject, int code,
    const char *reply)
{
	if (code / 100 == 2)
		return true;
	if (code == 550 && strstr(reply, "not authorized to send mail from ")
	    != NULL)
		findings_add(findings, "loop", FINDING_NOTE, AREA, subject,
		    NULL, "The milter refused the test message as forged, "
		    "because no source allows mail from this host: %s. To see "
		    "one signed, send it by a source.", reply);
	else
		findings_add(findings, "loop", FINDING_PROBLEM, AREA, subject,
		    NULL, "The test message was not accepted: %s", reply);
	return false;
}

static void
judge(const struct chain *chain, struct findings *findings,
    const struct smtp_probe *probe)
{
	struct machine_output message;

	if (!is_accepted(findings, probe->host, probe->code, probe->reply))
		return;
	if (probe->fd == -1) {
		findings_add(findings, "loop", FINDING_UNKNOWN, AREA,
		    probe->host, NULL, "The test message was accepted, but is "
		    "not found in the queue: %s", probe->reply);
		return;
	}
	if (read_message(probe->fd, &message))
		judge_message(chain, findings, probe->host, message.text,
		    message.len);
	else
		findings_add(findings, "loop", FINDING_UNKNOWN, AREA,
		    probe->host, NULL, "The queue file of the test message "
		    "cannot be read with postcat: %s", message.complaint);
	machine_output_finish(&message);
}

static void
print_message(const struct chain *chain, const char *recipient, char *message,
    size_t size)
{
	const char *domain = choose_domain(chain->config);

	(void)snprintf(message, size, "From: countersign-doctor "
	    "<postmaster@%s>\r\nTo: <%s>\r\nSubject: test message of "
	    "countersign-doctor\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n"
	    "Message-ID: <%lld.%d@%s>\r\nMIME-Version: 1.0\r\n\r\n"
	    "This tests whether mail is signed. It is discarded.\r\n",
	    domain, recipient, (long long)chain->now, (int)getpid(), domain);
}

/* Debian's Postfix takes the name of a file, too: its first line counts. */
static void
read_origin(const struct postfix *postfix, char *origin, size_t size)
{
	const char *value = postfix_parameter(postfix, "myorigin");
	FILE *fp;

	(void)strlcpy(origin, value, size);
	if (value[0] != '/' || (fp = fopen(value, "re")) == NULL)
		return;
	if (fgets(origin, (int)size, fp) != NULL)
		origin[strcspn(origin, " \t\r\n")] = '\0';
	(void)fclose(fp);
}

static void
loop_postfix(const struct chain *chain, struct findings *findings)
{
	char host[256], port[256], recipient[512], message[1024], folder[1200];
	char origin[256];
	struct smtp_probe probe = { .host = host, .port = port,
	    .recipient = recipient, .message = message, .incoming = folder };

	if (choose_service(chain, host, port, sizeof(host)) == NULL) {
		findings_add(findings, "loop", FINDING_UNKNOWN, AREA, "-",
		    NULL, "No test message can be sent: no service of Postfix "
		    "has our milter.");
		return;
	}
	read_origin(chain->postfix, origin, sizeof(origin));
	(void)snprintf(recipient, sizeof(recipient), "%s@%s",
	    postfix_parameter(chain->postfix, "double_bounce_sender"),
	    origin);
	(void)snprintf(folder, sizeof(folder), "%s/incoming",
	    postfix_queue_directory(chain->postfix));
	print_message(chain, recipient, message, sizeof(message));
	smtp_probe(&probe);
	judge(chain, findings, &probe);
	if (probe.fd != -1)
		close(probe.fd);
}

/* Any recipient that Sendmail accepts will do, as nothing is delivered. */
static void
loop_sendmail(const struct chain *chain, struct findings *findings)
{
	static const char subject[] = "sendmail -bs";
	char recipient[512], message[1024];
	struct sendmail_probe probe = { .run_as = chain->sendmail->run_as,
	    .recipient = recipient, .message = message };

	if (sendmail_find(chain->sendmail, chain->config->socket) ==
	    chain->sendmail->norder) {
		findings_add(findings, "loop", FINDING_UNKNOWN, AREA, "-",
		    NULL, "No test message can be sent: Sendmail does not use "
		    "our milter.");
		return;
	}
	if (!sendmail_can_probe()) {
		findings_add(findings, "loop", FINDING_UNKNOWN, AREA, "-",
		    NULL, "No test message can be sent: the program of "
		    "Sendmail is not found.");
		return;
	}
	(void)snprintf(recipient, sizeof(recipient), "postmaster@%s",
	    choose_domain(chain->config));
	print_message(chain, recipient, message, sizeof(message));
	sendmail_probe(&probe);
	if (!is_accepted(findings, subject, probe.code, probe.reply))
		return;
	if (probe.queued != NULL)
		judge_message(chain, findings, subject, probe.queued,
		    strlen(probe.queued));
	else
		findings_add(findings, "loop", FINDING_UNKNOWN, AREA, subject,
		    NULL, "The test message was accepted, but is not found in "
		    "the queue that was made for it: %s", probe.reply);
	free(probe.queued);
}

void
chain_loop(struct chain *chain, struct findings *findings)
{
	if (!chain->loops || chain->config == NULL)
		return;
	if (!chain->is_root || chain->config->nsources == 0 ||
	    (chain->postfix == NULL && chain->sendmail == NULL))
		findings_add(findings, "loop", FINDING_UNKNOWN, AREA, "-",
		    NULL, "No test message can be sent: that takes root, a "
		    "source, and Postfix or Sendmail with our milter.");
	else if (chain->postfix != NULL)
		loop_postfix(chain, findings);
	else
		loop_sendmail(chain, findings);
}
