/* SPDX-License-Identifier: ISC */

/*
 * mynetworks: whose mail Postfix relays.
 *
 * The networks of a platform are shared by all its customers, so none of them
 * may be in mynetworks: they could all send through this host.  A network is of
 * a platform if a source says so by its networks or by an SPF record, or if it
 * is known to be.  DNS is asked only about networks that the world can see.
 *
 * All commands for one list give the same new list, so that they can be run one
 * after the other.  A list that is too long gets none.
 */

#include "chain/postfix_networks.h"

#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/postfix_area.h"
#include "config/platform_network.h"

#define DIVIDERS	", \t"
#define WIDEST		8	/* bits, IPv4 */
#define WIDEST_6	16

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

/* Judge an item by what is known without DNS. */
static void
judge(const struct config *config, struct pf_network *item)
{
	const struct source *source;
	const char *platform;

	if (!(item->is_block = read_network(item->text, &item->network)))
		return;
	item->is_wide = is_too_wide(&item->network);
	if ((source = chain_source_in(config, &item->network)) != NULL) {
		(void)snprintf(item->name, sizeof(item->name), "of the "
		    "platform of source \"%s\"", source->name);
		item->platform = item->name;
	} else if ((platform = platform_of_network(&item->network)) != NULL) {
		(void)snprintf(item->name, sizeof(item->name), "of %s",
		    platform);
		item->platform = item->name;
	}
}

/* Read a list; false if it has more items than are read, or longer ones. */
static bool
read_list(const struct config *config, const char *value,
    struct pf_networks *list)
{
	struct pf_network *item;
	size_t len;

	for (list->n = 0;; value += len) {
		value += strspn(value, DIVIDERS);
		if ((len = strcspn(value, DIVIDERS)) == 0)
			return true;
		item = &list->items[list->n];
		if (list->n == PF_MAX_NETWORKS || len >= sizeof(item->text))
			return false;
		memset(item, 0, sizeof(*item));
		memcpy(item->text, value, len);
		judge(config, item);
		list->n++;
	}
}

static bool
is_bad(const struct pf_network *item)
{
	return item->is_wide || item->platform != NULL;
}

/* The list without what is wrong in it; false if it does not fit. */
static bool
print_rest(const struct pf_networks *list, char *rest, size_t size)
{
	size_t i;

	rest[0] = '\0';
	for (i = 0; i < list->n; i++)
		if (!is_bad(&list->items[i]) && ((rest[0] != '\0' &&
		    strlcat(rest, ", ", size) >= size) ||
		    strlcat(rest, list->items[i].text, size) >= size))
			return false;
	return true;
}

static void
report(const struct pf *pf, const char *subject,
    const struct pf_network *item, const char *fix)
{
	if (item->is_wide)
		findings_add(pf->findings, "mynetworks", FINDING_PROBLEM,
		    POSTFIX_AREA, subject, fix, "mynetworks has %s: almost "
		    "anybody can send mail through this host.", item->text);
	else
		findings_add(pf->findings, "mynetworks", FINDING_PROBLEM,
		    POSTFIX_AREA, subject, fix, "mynetworks has %s, a network "
		    "%s: every customer of it can send mail through this "
		    "host. Let the platform log in, or allow its mail by "
		    "smtpd_relay_restrictions.", item->text, item->platform);
}

/* s is the service that has the value, NULL: main.cf. */
static void
check_list(const struct pf *pf, const char *subject, const char *value,
    const struct pf_service *s, struct pf_networks *list)
{
	char fix[CHAIN_FIX_SIZE], rest[CHAIN_FIX_SIZE / 2], why[256];
	const bool is_whole = read_list(pf->chain->config, value, list);
	const bool is_known = pf_networks_by_spf(pf->chain, list, why,
	    sizeof(why));
	const char *command = NULL;
	size_t n = 0, i;

	if (is_whole && print_rest(list, rest, sizeof(rest)))
		command = s != NULL ? pf_fix_override(pf, s->name,
		    "mynetworks", rest, fix, sizeof(fix)) : pf_fix_set(pf,
		    "mynetworks", rest, fix, sizeof(fix));
	for (i = 0; i < list->n; i++)
		if (is_bad(&list->items[i]) && ++n > 0)
			report(pf, subject, &list->items[i], command);
	if (!is_known)
		findings_add(pf->findings, "mynetworks", FINDING_UNKNOWN,
		    POSTFIX_AREA, subject, NULL, "Whether mynetworks has "
		    "networks of a platform is not known: %s.", why);
	else if (n == 0 && !is_whole)
		findings_add(pf->findings, "mynetworks", FINDING_UNKNOWN,
		    POSTFIX_AREA, subject, NULL, "Whether mynetworks has "
		    "networks of a platform is not known: only its first %zu "
		    "items were read. Put the others into a table, or write "
		    "wider networks.", list->n);
	else if (n == 0)
		findings_add(pf->findings, "mynetworks", FINDING_WELL,
		    POSTFIX_AREA, subject, NULL, "%s", value);
}

void
pf_check_networks(const struct pf *pf)
{
	struct pf_networks *list;
	const char *value;
	size_t i;

	if ((list = calloc(1, sizeof(*list))) == NULL) {
		pf->findings->is_incomplete = true;
		return;
	}
	check_list(pf, "mynetworks", postfix_parameter(pf->postfix,
	    "mynetworks"), NULL, list);
	for (i = 0; i < pf->nservices; i++)
		if ((value = postfix_override(pf->services[i].service,
		    "mynetworks")) != NULL)
			check_list(pf, pf->services[i].name, value,
			    &pf->services[i], list);
	free(list);
}
