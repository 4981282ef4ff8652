/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: whom Sendmail lets relay.  The first octet says whether the rest
 * is the text of the access table, of which type, or relay-domains.
 *
 * Each network of a platform that may relay is a problem, and nothing else is.
 * The commands that take its line out have nothing of the file that means
 * anything to a shell.
 */

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/sendmail_area.h"
#include "config/platform_network.h"
#include "config/private.h"
#include "findingchecks.h"

#define MAX_LENGTH	8192	/* octets of input */
#define MAX_LINE	1000	/* longer ones are cut */
#define MAX_KEY		255
#define FILE_NAME	"/etc/mail/who may"
#define BLANKS		" \t\n"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
FILE	*__real_fopen64(const char *path, const char *mode);
FILE	*__wrap_fopen64(const char *path, const char *mode);

static const char settings[] =
    "source \"net\" {\n"
    "	networks = \"192.0.2.0/24\"\n"
    "	login = \"crm\"\n"
    "	domains = \"example.com\"\n"
    "}\n";

static char *file;

FILE *
__wrap_fopen64(const char *path, const char *mode)
{
	if (strcmp(path, FILE_NAME) != 0)
		return __real_fopen64(path, mode);
	return file[0] == '\0' ? NULL : fmemopen(file, strlen(file), "r");
}

/* "192.0": the network that it means; false: none. */
static bool
read_key(const char *key, size_t len, struct network *network)
{
	unsigned int parts[4] = { 0 }, n = 0, ndigits = 0;
	size_t i;

	memset(network, 0, sizeof(*network));
	for (i = 0; i < len; i++) {
		if (key[i] == '.' && ndigits > 0 && n < 4) {
			n++;
			ndigits = 0;
		} else if (key[i] >= '0' && key[i] <= '9' && n < 4 &&
		    /* No number begins with 0, but 0. */
		    (ndigits == 0 || parts[n] != 0)) {
			parts[n] = 10 * parts[n] + (unsigned int)(key[i] - '0');
			ndigits++;
			if (parts[n] > 255)
				return false;
		} else
			return false;
	}
	n += ndigits > 0;
	for (i = 0; i < n; i++)
		network->address[i] = (unsigned char)parts[i];
	network->family = AF_INET;
	network->prefix_length = 8 * n;
	return n > 0;
}

/* Whether a line of the file is a problem. */
static bool
is_problem(const char *line, size_t len, bool is_access)
{
	struct network network, ours;
	const char *value;
	size_t keylen = strcspn(line, BLANKS), valuelen;

	if (line[0] == '#' || keylen == 0 || keylen > MAX_KEY)
		return false;
	value = line + keylen;
	value += strspn(value, " \t");
	valuelen = strcspn(value, BLANKS);
	if (is_access && (value > line + len || valuelen != 5 ||
	    strncasecmp(value, "RELAY", 5) != 0))
		return false;
	if (keylen >= 8 && strncasecmp(line, "Connect:", 8) == 0) {
		line += 8;
		keylen -= 8;
	}
	return read_key(line, keylen, &network) &&
	    (platform_of_network(&network) != NULL ||
	    (network_parse("192.0.2.0/24", &ours) == NETWORK_OK &&
	    network_overlaps(&ours, &network)));
}

/* How many lines are problems; -1: one is too long for this. */
static int
count_problems(const char *text, bool is_access)
{
	size_t len;
	int n = 0;

	for (; *text != '\0'; text += len + (text[len] == '\n')) {
		if ((len = strcspn(text, "\n")) > MAX_LINE)
			return -1;
		n += is_problem(text, len, is_access);
	}
	return n;
}

static void
examine(struct config *config, uint8_t kind)
{
	static const char *const programs[] = {
		"kill ", "makemap ", "sed ", "service ", "systemctl ", NULL
	};
	static char name[] = FILE_NAME;
	static char types[][8] = { "hash", "btree", "dbm", "cdb", "nis" };
	const bool is_access = kind != 'r';
	const struct chain chain = { .config_file = "f", .config = config };
	struct sendmail sendmail = { .access = is_access ? name : NULL,
	    .access_type = types[kind % 5], .pid_file = name,
	    .relay_domains = is_access ? NULL : name };
	struct findings findings = { .n = 0 };
	const struct sm v = { .chain = &chain, .findings = &findings,
	    .sendmail = &sendmail };
	const int wanted = count_problems(file, is_access);
	size_t i;
	int n = 0;

	sm_check_clients(&v);
	for (i = 0; i < findings.n; i++)
		n += strcmp(findings.list[i].id, "sendmail-relay") == 0 &&
		    findings.list[i].state == FINDING_PROBLEM;
	if (wanted != -1 && n != wanted)
		abort();
	check_findings(&findings, programs, "<");
	findings_finish(&findings);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct config *config;
	size_t nfaults;

	if (len == 0 || len > MAX_LENGTH)
		return 0;
	if (config == NULL && (config = config_load_text("f", settings,
	    strlen(settings), stderr, &nfaults)) == NULL)
		abort();
	if ((file = strndup((const char *)data + 1, len - 1)) == NULL)
		abort();
	examine(config, data[0]);
	free(file);
	return 0;
}
