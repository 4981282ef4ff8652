/* SPDX-License-Identifier: ISC */

/*
 * Whom Postfix trusts: mynetworks, hosts that may claim another client, and
 * mail that is smuggled into another message.
 *
 * The networks of a platform are shared by all its customers, so none of them
 * may be in mynetworks: they could all send through this host.
 */

#include <sys/socket.h>

#include <stdio.h>
#include <string.h>

#include "chain/postfix_area.h"
#include "config/network.h"
#include "config/platform_network.h"

#define DIVIDERS	", \t"
#define WIDEST		8	/* bits, IPv4 */
#define WIDEST_6	16

/*
 * The source of a platform that allows a part of the network, or NULL.  A
 * source that trusts its networks has own servers there.
 */
static const struct source *
find_source(const struct config *config, const struct network *network)
{
	const struct source *s;
	size_t i, j;

	for (i = 0; i < config->nsources; i++) {
		s = &config->sources[i];
		for (j = 0; j < s->nnetworks && !s->trust_network; j++)
			if (!s->networks[j].excluded &&
			    network_overlaps(&s->networks[j], network))
				return s;
	}
	return NULL;
}

/* Read an item of mynetworks, with IPv6 in brackets; false: not a block. */
static bool
read_network(const char *item, struct network *network)
{
	char text[128], *to = text;

	for (; *item != '\0' && to < text + sizeof(text) - 1; item++)
		if (*item != '[' && *item != ']')
			*to++ = *item;
	*to = '\0';
	memset(network, 0, sizeof(*network));
	return network_parse(text, network) == NETWORK_OK;
}

static bool
is_too_wide(const struct network *network)
{
	return network->prefix_length < (network->family == AF_INET ?
	    WIDEST : WIDEST_6);
}

/* Returns whether the item is a problem, which is then reported. */
static bool
check_item(const struct pf *pf, const char *subject, const char *item,
    const char *fix)
{
	const struct source *source;
	struct network network;

	if (!read_network(item, &network))
		return false;
	if (is_too_wide(&network))
		findings_add(pf->findings, "mynetworks", FINDING_PROBLEM,
		    POSTFIX_AREA, subject, fix, "mynetworks has %s: almost "
		    "anybody can send mail through this host.", item);
	else if ((source = find_source(pf->chain->config, &network)) != NULL)
		findings_add(pf->findings, "mynetworks", FINDING_PROBLEM,
		    POSTFIX_AREA, subject, fix, "mynetworks has %s, a network "
		    "of the platform of source \"%s\": every customer of it "
		    "can send mail through this host. Let the platform log in, "
		    "or allow its mail by smtpd_relay_restrictions.", item,
		    source->name);
	else
		return false;
	return true;
}

/* Each item of the value, and a list without those that are a problem. */
static void
check_networks(const struct pf *pf, const char *subject, const char *value,
    const struct pf_service *s)
{
	char item[256], rest[2048], fix[CHAIN_FIX_SIZE];
	const char *left = value;
	size_t len, n = 0;

	for (;; left += len) {
		left += strspn(left, DIVIDERS);
		if ((len = strcspn(left, DIVIDERS)) == 0)
			break;
		(void)snprintf(item, sizeof(item), "%.*s", (int)len, left);
		pf_list_without(value, item, rest, sizeof(rest));
		n += check_item(pf, subject, item, s != NULL ?
		    pf_fix_override(pf, s->name, "mynetworks", rest, fix,
		    sizeof(fix)) : pf_fix_set(pf, "mynetworks", rest, fix,
		    sizeof(fix)));
	}
	if (n == 0)
		findings_add(pf->findings, "mynetworks", FINDING_WELL,
		    POSTFIX_AREA, subject, NULL, "%s", value);
}

/* Hosts that may claim another client, each by another command. */
static void
check_claims(const struct pf *pf, struct findings *findings, const char *id,
    const char *name, enum finding_state state, const char *text)
{
	const char *value = postfix_parameter(pf->postfix, name);
	char fix[CHAIN_FIX_SIZE];
	size_t i, n = 0;

	if (value[0] != '\0' && ++n > 0)
		findings_add(findings, id, state, POSTFIX_AREA, name,
		    state == FINDING_PROBLEM ? pf_fix_set(pf, name, "", fix,
		    sizeof(fix)) : NULL, "%s: %s", value, text);
	for (i = 0; i < pf->nservices; i++) {
		value = postfix_override(pf->services[i].service, name);
		if (value == NULL || value[0] == '\0' ||
		    !pf_signs(&pf->services[i]))
			continue;
		findings_add(findings, id, state, POSTFIX_AREA,
		    pf->services[i].name, state == FINDING_PROBLEM ?
		    pf_fix_override(pf, pf->services[i].name, name, "", fix,
		    sizeof(fix)) : NULL, "%s: %s", value, text);
		n++;
	}
	if (n == 0)
		findings_add(findings, id, FINDING_WELL, POSTFIX_AREA, name,
		    NULL, "no host");
}

/* Mail in mail: SMTP smuggling, by line ends that servers read differently. */
static void
check_newlines(const struct pf *pf)
{
	static const char name[] = "smtpd_forbid_bare_newline";
	const char *value = postfix_parameter(pf->postfix, name);
	/* It came with the value "normalize", which refuses no old client. */
	const bool normalizes = postfix_parameter(pf->postfix,
	    "smtpd_forbid_bare_newline_reject_code")[0] != '\0';
	char fix[CHAIN_FIX_SIZE];

	if (value[0] == '\0')
		findings_add(pf->findings, "bare-newline", FINDING_PROBLEM,
		    POSTFIX_AREA, name, NULL, "This Postfix is too old to "
		    "prevent that one message is smuggled inside of another "
		    "one, past all checks (CVE-2023-51764). Upgrade it.");
	else if (strcmp(value, "no") == 0)
		findings_add(pf->findings, "bare-newline", FINDING_PROBLEM,
		    POSTFIX_AREA, name, pf_fix_set(pf, name, normalizes ?
		    "normalize" : "yes", fix, sizeof(fix)), "A client can "
		    "smuggle one message inside of another one, past all "
		    "checks (CVE-2023-51764).");
	else
		findings_add(pf->findings, "bare-newline", FINDING_WELL,
		    POSTFIX_AREA, name, NULL, "%s", value);
}

static void
check_postscreen(const struct pf *pf)
{
	const struct postfix_service *s;
	bool is_deep = false;
	size_t i;

	for (i = 0; i < postfix_nservices(pf->postfix); i++) {
		s = postfix_service(pf->postfix, i);
		if (strcmp(s->command, "postscreen") != 0)
			continue;
		is_deep = postfix_is_yes(postfix_service_parameter(
		    pf->postfix, s, "postscreen_bare_newline_enable")) ||
		    postfix_is_yes(postfix_service_parameter(pf->postfix, s,
		    "postscreen_non_smtp_command_enable")) ||
		    postfix_is_yes(postfix_service_parameter(pf->postfix, s,
		    "postscreen_pipelining_enable"));
		findings_add(pf->findings, "postscreen", is_deep ?
		    FINDING_NOTE : FINDING_WELL, POSTFIX_AREA, s->name, NULL,
		    "%s", is_deep ? "The tests of postscreen after the "
		    "greeting defer the first mail of each address, and a "
		    "platform sends from many. Permit its networks in "
		    "postscreen_access_list." : "no tests that defer mail of a "
		    "new address");
	}
}

void
pf_check_clients(const struct pf *pf)
{
	const char *value;
	size_t i;

	check_networks(pf, "mynetworks", postfix_parameter(pf->postfix,
	    "mynetworks"), NULL);
	for (i = 0; i < pf->nservices; i++)
		if ((value = postfix_override(pf->services[i].service,
		    "mynetworks")) != NULL)
			check_networks(pf, pf->services[i].name, value,
			    &pf->services[i]);
	check_claims(pf, pf->findings, "xclient-hosts",
	    "smtpd_authorized_xclient_hosts", FINDING_PROBLEM, "By XCLIENT, "
	    "whoever has an account there can claim any client address and "
	    "login, and so have any mail signed. Only a test may need this.");
	check_claims(pf, pf->findings, "xforward-hosts",
	    "smtpd_authorized_xforward_hosts", FINDING_NOTE, "By XFORWARD, "
	    "these hosts can claim another client in the log of Postfix. The "
	    "milter does not see that claim.");
	check_newlines(pf);
	check_postscreen(pf);
}
