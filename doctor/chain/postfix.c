/* SPDX-License-Identifier: ISC */

/*
 * Postfix: each instance is read, and every group of checks is made for it.
 *
 * Instances are those of multi_instance_directories.  Only one of them need
 * have our milter, so that it is missing is reported once for all.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain/postfix_area.h"
#include "machine/run.h"
#include "text/text.h"

#define STATUS_MS	20000
#define MAX_INSTANCES	20

static bool
is_loopback(const char *name)
{
	static const char *const hosts[] = { "127.", "localhost:", "[::1]:",
	    "::1:" };
	size_t i;

	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (strncmp(name, hosts[i], strlen(hosts[i])) == 0)
			return true;
	return false;
}

/* Mail that comes back from a content filter must not go there again. */
static bool
is_reinjection(const struct postfix_service *service)
{
	const char *filter = postfix_override(service, "content_filter");
	const char *networks = postfix_override(service, "mynetworks");

	return filter != NULL && filter[0] == '\0' &&
	    (is_loopback(service->name) ||
	    (networks != NULL && strncmp(networks, "127.", 4) == 0));
}

/* Find our milter, also by a path that is wrong for the chroot. */
static void
find_ours(const struct pf *pf, struct pf_service *s)
{
	const char *ours = pf->chain->config->socket;
	const bool is_chrooted = s->service->is_chrooted;

	s->ours = postfix_milters_find(pf->postfix, is_chrooted, &s->milters,
	    ours);
	if (s->ours < s->milters.n)
		return;
	s->ours = postfix_milters_find(pf->postfix, !is_chrooted, &s->milters,
	    ours);
	s->is_lost = s->ours < s->milters.n;
}

static bool
find_services(struct pf *pf)
{
	const struct postfix_service *service;
	struct pf_service *s;
	size_t i;

	pf->services = calloc(postfix_nservices(pf->postfix) + 1,
	    sizeof(*pf->services));
	if (pf->services == NULL)
		return false;
	for (i = 0; i < postfix_nservices(pf->postfix); i++) {
		service = postfix_service(pf->postfix, i);
		if (strcmp(service->command, "smtpd") != 0)
			continue;
		s = &pf->services[pf->nservices++];
		s->service = service;
		(void)snprintf(s->name, sizeof(s->name), "%s/%s",
		    service->name, service->type);
		s->is_reinjection = is_reinjection(service);
		s->value = postfix_service_parameter(pf->postfix, service,
		    "smtpd_milters");
		if (postfix_milters_read(s->value, &s->milters) == -1)
			findings_add(pf->findings, "postfix-milters-syntax",
			    FINDING_PROBLEM, POSTFIX_AREA, s->name, NULL,
			    "smtpd_milters has an error, perhaps a brace that "
			    "is not closed: %s", s->value);
		find_ours(pf, s);
	}
	return true;
}

/* This instance alone: without -c, a first instance answers for all. */
static bool
is_running(const struct pf *pf)
{
	const char *const argv[] = { "postfix", "-c",
	    postfix_config_directory(pf->postfix), "status", NULL };
	struct machine_output out;
	int r;

	r = machine_run(NULL, argv, STATUS_MS, &out);
	machine_output_finish(&out);
	/* Only root may ask; commands are printed as for a running one. */
	return r == 0 || !pf->chain->is_root;
}

static void
check_running(const struct pf *pf)
{
	char fix[CHAIN_FIX_SIZE];
	const char *subject = postfix_config_directory(pf->postfix);

	if (pf->is_running) {
		findings_add(pf->findings, "postfix-running", FINDING_WELL,
		    POSTFIX_AREA, subject, NULL, "%s", pf->chain->is_root ?
		    "runs" : "only root can ask whether it runs");
		return;
	}
	/* To start it twice would be an error. */
	(void)snprintf(fix, sizeof(fix), "postfix%s status || postfix%s start",
	    pf->option, pf->option);
	findings_add(pf->findings, "postfix-running", FINDING_PROBLEM,
	    POSTFIX_AREA, subject, pf->option[0] == '\0' &&
	    access("/run/systemd/system", F_OK) == 0 ?
	    "systemctl start postfix" : fix,
	    "Postfix does not run, so it takes no mail.");
}

/* The groups of checks that need no configuration of ours come last. */
static void
check_instance(struct chain *chain, struct findings *findings,
    const struct postfix *postfix, const char *config_dir, bool *signs)
{
	struct pf pf = { .chain = chain, .findings = findings,
	    .postfix = postfix };
	char word[sizeof(pf.option) - 4];
	size_t i;

	if (config_dir != NULL && text_shell_word(config_dir, word,
	    sizeof(word)))
		(void)snprintf(pf.option, sizeof(pf.option), " -c %s", word);
	pf.is_running = is_running(&pf);
	findings_add(findings, "postfix-config", FINDING_WELL, POSTFIX_AREA,
	    postfix_config_directory(postfix), NULL, "Postfix %s",
	    postfix_parameter(postfix, "mail_version"));
	check_running(&pf);
	if (!find_services(&pf)) {
		findings->is_incomplete = true;
		return;
	}
	*signs = *signs || pf_any_signs(&pf);
	chain->mta_has_milter = chain->mta_has_milter || *signs;
	if (pf_any_signs(&pf) || config_dir == NULL) {
		if (chain_needs_milter(chain)) {
			pf_check_milters(&pf);
			pf_check_socket(&pf);
		}
		pf_check_filters(&pf);
		pf_check_rewriting(&pf);
		pf_check_delivery(&pf);
		pf_check_clients(&pf);
		pf_check_logins(&pf);
	}
	for (i = 0; i < pf.nservices; i++)
		postfix_milters_finish(&pf.services[i].milters);
	free(pf.services);
}

/* The other instances, whose directories are divided by commas and blanks. */
static void
check_others(struct chain *chain, struct findings *findings, bool *signs)
{
	struct postfix *postfix;
	char error[512], *list, *rest, *dir;
	size_t n = 0;

	rest = list = strdup(postfix_parameter(chain->postfix,
	    "multi_instance_directories"));
	while (rest != NULL && n < MAX_INSTANCES &&
	    (dir = strsep(&rest, ", \t")) != NULL) {
		if (*dir == '\0')
			continue;
		n++;
		if (postfix_open(dir, &postfix, error, sizeof(error)) == -1 ||
		    postfix == NULL) {
			findings_add(findings, "postfix-config",
			    FINDING_PROBLEM, POSTFIX_AREA, dir, NULL,
			    "The settings of this instance cannot be read: "
			    "%s.", error);
			continue;
		}
		check_instance(chain, findings, postfix, dir, signs);
		postfix_free(postfix);
	}
	free(list);
	if (n > 0)
		findings_add(findings, "postfix-instances", *signs ?
		    FINDING_NOTE : FINDING_PROBLEM, POSTFIX_AREA, "-", NULL,
		    "There are %zu instances of Postfix. Mail that passes "
		    "several of them must be signed by the last one that "
		    "changes it, and the first one must see the real client%s.",
		    n + 1, *signs ? "" : "; none of them has our milter");
}

void
chain_postfix(struct chain *chain, struct findings *findings)
{
	char error[512];
	bool signs = false;

	if (chain->config == NULL)
		return;
	if (postfix_open(NULL, &chain->postfix, error, sizeof(error)) == -1) {
		findings_add(findings, "postfix-config", FINDING_PROBLEM,
		    POSTFIX_AREA, "postconf", NULL, "The settings of Postfix "
		    "cannot be read: %s.", error);
		return;
	}
	if (chain->postfix == NULL)
		return;
	check_instance(chain, findings, chain->postfix, NULL, &signs);
	check_others(chain, findings, &signs);
}
