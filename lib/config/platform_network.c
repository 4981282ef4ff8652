/* SPDX-License-Identifier: ISC */

/*
 * Address blocks of platforms: see platform_network.h.
 *
 * Platforms change them, and publish most of them by SPF.  These are the large
 * ones that have been theirs for years, so that a mistake is seen without DNS:
 * they only make warnings, and never decide about mail.
 */

#include "config/platform_network.h"

#include <stddef.h>

/* Each with where they are published, as of November 2026. */
static const struct {
	const char	*platform;
	const char	*blocks[20];
} platforms[] = {
	/* Salesforce help 000384438 and 000388992 */
	{ "Salesforce", {
	    "13.108.0.0/14", "85.222.128.0/19", "96.43.144.0/20",
	    "101.53.160.0/19", "136.146.0.0/15", "161.71.0.0/17",
	    "182.50.76.0/22", "185.79.140.0/22", "202.129.242.0/23",
	    "204.14.232.0/21" } },
	/* spf.protection.outlook.com */
	{ "Microsoft 365", {
	    "40.92.0.0/15", "40.95.0.0/16", "40.107.0.0/16", "52.100.0.0/15",
	    "52.102.0.0/16", "52.103.0.0/17", "104.47.0.0/17",
	    "2a01:111:f400::/48", "2a01:111:f403::/49" } },
	/* _spf.google.com */
	{ "Google Workspace", {
	    "35.190.247.0/24", "64.233.160.0/19", "66.102.0.0/20",
	    "66.249.80.0/20", "72.14.192.0/18", "74.125.0.0/16",
	    "108.177.8.0/21", "173.194.0.0/16", "209.85.128.0/17",
	    "216.58.192.0/19", "216.239.32.0/19", "2001:4860:4000::/36",
	    "2404:6800:4000::/36", "2607:f8b0:4000::/36", "2800:3f0:4000::/36",
	    "2a00:1450:4000::/36", "2c0f:fb50:4000::/36" } },
	/* mail.zendesk.com */
	{ "Zendesk", {
	    "103.151.192.0/23", "185.12.80.0/22", "188.172.128.0/20",
	    "192.161.144.0/20", "216.198.0.0/18" } },
	/* ServiceNow, IP allow lists */
	{ "ServiceNow", {
	    "37.98.232.0/21", "103.23.64.0/22", "148.139.0.0/16",
	    "149.96.0.0/16", "199.91.136.0/21" } },
	/* sendgrid.net */
	{ "SendGrid", {
	    "50.31.32.0/19", "149.72.0.0/16", "167.89.0.0/17",
	    "168.245.0.0/17", "192.254.112.0/20", "198.21.0.0/21",
	    "198.37.144.0/20", "208.117.48.0/20" } },
};

bool
network_overlaps(const struct network *a, const struct network *b)
{
	return a->family == b->family &&
	    (network_contains(a, b->family, b->address) ||
	    network_contains(b, a->family, a->address));
}

const char *
platform_of_network(const struct network *network)
{
	struct network block;
	size_t i, j;

	for (i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++)
		for (j = 0; j < sizeof(platforms[i].blocks) /
		    sizeof(platforms[i].blocks[0]) &&
		    platforms[i].blocks[j] != NULL; j++)
			if (network_parse(platforms[i].blocks[j], &block) ==
			    NETWORK_OK && network_overlaps(&block, network))
				return platforms[i].platform;
	return NULL;
}
