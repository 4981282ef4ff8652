/* SPDX-License-Identifier: ISC */

/*
 * The text of a member list (DESIGN, section 2.3), and fingerprints of hosts.
 *
 * Hosts are sorted by name, and a text is printed again and compared, so that a
 * list has only one text.  Pure functions.
 */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/memstream.h"
#include "signed/members_private.h"

#define FIRST_LINE	"countersign-fleet members 1"
#define NO_FLEET	"0000000000000000000000000000000000000000000000000000" \
			"000000000000"
#define NFIELDS		6
#define BASE64_LEN	44		/* of FLEET_PUBLIC octets */

static bool
parse_public(const char *text, size_t len, unsigned char public[FLEET_PUBLIC])
{
	unsigned char octets[BASE64_LEN / 4 * 3];

	if (len != BASE64_LEN ||
	    EVP_DecodeBlock(octets, (const unsigned char *)text,
	    BASE64_LEN) != (int)sizeof(octets))
		return false;
	memcpy(public, octets, FLEET_PUBLIC);
	return true;
}

/* Split at single spaces; false if there are not n fields. */
static bool
split(const char *text, size_t len, const char *field[NFIELDS],
    size_t fieldlen[NFIELDS])
{
	const char *blank;
	size_t i;

	for (i = 0; i < NFIELDS; i++) {
		field[i] = text;
		blank = memchr(text, ' ', len);
		if ((blank == NULL) != (i == NFIELDS - 1))
			return false;
		fieldlen[i] = blank == NULL ? len : (size_t)(blank - text);
		if (blank != NULL) {
			len -= fieldlen[i] + 1;
			text = blank + 1;
		}
	}
	return true;
}

/* NAME STATE SIGN WRAP FROM TO */
static bool
parse_host(const char *text, size_t len, struct fleet_host *host)
{
	const char *field[NFIELDS];
	size_t n[NFIELDS];

	memset(host, 0, sizeof(*host));
	if (!split(text, len, field, n) ||
	    !fleet_host_parse(field[0], n[0], host->name) ||
	    !parse_public(field[2], n[2], host->sign) ||
	    !fleet_hex_parse(field[3], n[3], host->wrap) ||
	    !fleet_number_parse(field[4], n[4], 0, &host->from))
		return false;
	host->is_expelled = n[1] == strlen("expelled") &&
	    memcmp(field[1], "expelled", n[1]) == 0;
	if (host->is_expelled)
		return fleet_number_parse(field[5], n[5], host->from,
		    &host->to);
	return n[1] == strlen("admitted") &&
	    memcmp(field[1], "admitted", n[1]) == 0 && n[5] == 1 &&
	    *field[5] == '-';
}

/* Read the lines of hosts.  Returns 0 or KS_E_NOMEM. */
static int
read_hosts(struct fleet_lines *lines, struct fleet_members *members)
{
	struct fleet_host *host;
	const char *value;
	size_t len;

	members->hosts = reallocarray(NULL, FLEET_MAX_HOSTS,
	    sizeof(*members->hosts));
	if (members->hosts == NULL)
		return KS_E_NOMEM;
	while (fleet_lines_is_next(lines, "host")) {
		fleet_lines_value(lines, "host", &value, &len);
		if (members->nhosts == FLEET_MAX_HOSTS) {
			fleet_lines_fail(lines, "is one host too many");
			break;
		}
		host = &members->hosts[members->nhosts];
		if (!parse_host(value, len, host))
			fleet_lines_fail(lines, "is not the line of a host");
		else if (members->nhosts > 0 &&
		    strcmp(host[-1].name, host->name) >= 0)
			fleet_lines_fail(lines, "is not in the order of the "
			    "names");
		else
			members->nhosts++;
	}
	return 0;
}

/* Whether the list prints as this text. */
static int
check_form(const struct fleet_members *members, const void *octets,
    size_t len, struct ks_error *error)
{
	size_t again;
	char *text;
	int r;

	if ((r = members_print(members, &text, &again)) != 0)
		return r;
	if (again != len || memcmp(text, octets, len) != 0)
		r = fleet_fail(error, KS_E_DAMAGED, "the list is not in its "
		    "normal form");
	free(text);
	return r;
}

int
members_parse(const void *octets, size_t len, struct fleet_members *members,
    struct ks_error *error)
{
	struct fleet_lines lines;
	int64_t epoch;
	int r;

	memset(members, 0, sizeof(*members));
	if (len > FLEET_MAX_MEMBERS)
		return fleet_fail(error, KS_E_DAMAGED,
		    "the list is too large");
	fleet_lines_init(&lines, octets, len);
	fleet_lines_expect(&lines, FIRST_LINE);
	fleet_lines_hex(&lines, "fleet", false, members->fleet);
	members->version = fleet_lines_number(&lines, "version", 1);
	if ((members->version == 1) != (strcmp(members->fleet, NO_FLEET) == 0))
		fleet_lines_fail(&lines, "does not fit the fleet");
	fleet_lines_hex(&lines, "before", true, members->before);
	members->change = fleet_lines_number(&lines, "change", 1);
	epoch = fleet_lines_number(&lines, "epoch", 1);
	if (epoch > UINT_MAX)
		fleet_lines_fail(&lines, "is too high");
	members->epoch = (unsigned int)epoch;
	r = read_hosts(&lines, members);
	fleet_lines_host(&lines, "by", members->by);
	if (r == 0 && !fleet_lines_end(&lines, error))
		r = KS_E_DAMAGED;
	if (r == 0 && (r = check_form(members, octets, len, error)) == 0)
		r = fleet_digest(octets, len, members->digest);
	if (r != 0)
		fleet_members_finish(members);
	if (r == KS_E_NOMEM || r == KS_E_CRYPTO)
		return fleet_fail(error, r, r == KS_E_NOMEM ? "out of memory" :
		    "SHA-256 is unavailable");
	return r;
}

static void
print_host(FILE *fp, const struct fleet_host *host)
{
	char sign[BASE64_LEN + 1];

	(void)EVP_EncodeBlock((unsigned char *)sign, host->sign, FLEET_PUBLIC);
	(void)fprintf(fp, "host %s %s %s %s %lld ", host->name,
	    host->is_expelled ? "expelled" : "admitted", sign, host->wrap,
	    (long long)host->from);
	if (host->is_expelled)
		(void)fprintf(fp, "%lld\n", (long long)host->to);
	else
		(void)fputs("-\n", fp);
}

int
members_print(const struct fleet_members *members, char **octets, size_t *len)
{
	FILE *fp;
	size_t i;

	if ((fp = memstream_open(octets, len)) == NULL)
		return KS_E_NOMEM;
	(void)fprintf(fp, FIRST_LINE "\nfleet %s\nversion %lld\nbefore %s\n"
	    "change %lld\nepoch %u\n", members->fleet,
	    (long long)members->version, members->before,
	    (long long)members->change, members->epoch);
	for (i = 0; i < members->nhosts; i++)
		print_host(fp, &members->hosts[i]);
	(void)fprintf(fp, "by %s\n", members->by);
	return memstream_close(fp, octets) ? 0 : KS_E_NOMEM;
}

/* The fingerprint without blanks. */
static int
fingerprint(const struct fleet_host *host, char hex[FLEET_HEX_SIZE])
{
	char text[FLEET_NAME_SIZE + FLEET_HEX_SIZE + BASE64_LEN + 64];
	char sign[BASE64_LEN + 1];
	int n;

	(void)EVP_EncodeBlock((unsigned char *)sign, host->sign, FLEET_PUBLIC);
	n = snprintf(text, sizeof(text), "countersign-fleet host 1\n%s\n%s\n"
	    "%s\n", host->name, sign, host->wrap);
	return fleet_digest(text, (size_t)n, hex);
}

int
fleet_fingerprint(const struct fleet_host *host,
    char text[FLEET_FINGERPRINT_SIZE])
{
	char hex[FLEET_HEX_SIZE];
	size_t i, n = 0;
	int r;

	r = fingerprint(host, hex);
	for (i = 0; hex[i] != '\0'; i++) {
		if (i > 0 && i % 4 == 0)
			text[n++] = ' ';
		text[n++] = hex[i];
	}
	text[n] = '\0';
	return r;
}

bool
fleet_fingerprint_is(const struct fleet_host *host, const char *text)
{
	char hex[FLEET_HEX_SIZE];
	size_t n = 0;
	char c;

	if (fingerprint(host, hex) != 0)
		return false;
	for (; *text != '\0'; text++) {
		c = *text >= 'A' && *text <= 'F' ? (char)(*text | 0x20) :
		    *text;
		if (c == ' ' || c == '\t' || c == '\n')
			continue;
		/* The NUL of hex is no digit. */
		if (c != hex[n++])
			return false;
	}
	return n == FLEET_HEX_SIZE - 1;
}
