/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: an MTA that sends whatever it likes, in any order.  The first
 * octet says what it can do; then there is a command a line, which a blank
 * continues in the next one:
 *
 *	G1		reload: the second configuration, or another one
 *	S1		the signers fail, or not
 *	ZTEXT		an answer of DNS: see fakemta.h
 *	DNAME=VALUE	a macro
 *	CNAME ADDRESS	the client connects, from an IPv4 or IPv6 address
 *	HNAME		HELO
 *	MADDRESS	MAIL FROM
 *	RADDRESS	RCPT TO
 *	LNAME:VALUE	a header field
 *	N		the end of the header
 *	BTEXT		body, with CRLF; "bTEXT" without
 *	E		the end of the message
 *	A		abort
 *	Q		the connection is closed, and another one is opened
 *
 * A message is signed only at its end, only in the name of a source that its
 * facts prove, and is logged once.  What is asked of the MTA is what libmilter
 * takes.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/private.h"
#include "fakemta.h"
#include "fakesigners.h"
#include "front/counting.h"
#include "front/snapshot.h"

#define MAX_LENGTH	16384	/* octets */
#define NCONFIGS	3

#define SOURCES \
    "source \"login\" {\n" \
    "    login = \"crm\"\n" \
    "    domains = { \"login.example\", \"*.login.example\" }\n" \
    "    also_sign = \"other.example\"\n" \
    "    remove = { \"X-Internal\" }\n" \
    "    remove_signatures = \"*.example.net\"\n" \
    "}\n" \
    "source \"net\" {\n" \
    "    networks = { \"10.0.0.0/8\", \"2001:db8::/32\" }\n" \
    "    header \"X-Tenant\" { value = \"t1\" }\n" \
    "    domains = \"net.example\"\n" \
    "    on_mismatch = quarantine\n" \
    "    ceilings { messages_per_hour = 2  recipients_per_day = 3 }\n" \
    "}\n" \
    "source \"spf\" {\n" \
    "    spf = \"_spf.example.net\"\n" \
    "    secret_header \"X-Secret\" { value = \"abcdefghijklmnop1234\" }\n" \
    "    domains = \"spf.example\"\n" \
    "    on_mismatch = tempfail\n" \
    "}\n" \
    "source \"dkim\" {\n" \
    "    daemon = \"relay\"\n" \
    "    dkim { domains = \"football.example.com\"\n" \
    "        selectors = \"brisbane\"  max_age = 15m  max_uses = 1 }\n" \
    "    domains = { \"dkim.example\", \"*.football.example.com\",\n" \
    "        \"football.example.com\" }\n" \
    "    on_mismatch = pass\n" \
    "}\n"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *const configs[NCONFIGS] = {
	SOURCES,
	"log_format = json\non_unclear_author = reject\n"
	"on_no_key = pass\non_fragile = tempfail\n"
	"signature { canonicalization = \"simple/simple\" }\n" SOURCES,
	"mode = observe\nlimits { header_size = 4096  header_fields = 20 }\n"
	SOURCES,
};

static struct fakesigners signers;

/* What is true of the message under way, as the MTA knows it. */
static struct {
	bool	 is_under_way, is_over;
	bool	 has_login, has_tenant, has_network, has_secret;
	size_t	 ncallbacks;
} truth;

static struct config *
load(const char *config_text)
{
	char *text = NULL;
	struct config *config;
	size_t len, nfaults;
	FILE *faults;

	if ((faults = open_memstream(&text, &len)) == NULL)
		abort();
	config = config_load_text("f", config_text, strlen(config_text),
	    faults, &nfaults);
	(void)fclose(faults);
	if (config == NULL) {
		(void)fprintf(stderr, "%s", text);
		abort();
	}
	free(text);
	return config;
}

static void
reload(unsigned int i)
{
	static struct config *loaded[NCONFIGS];

	i %= NCONFIGS;
	if (loaded[i] == NULL)
		loaded[i] = load(configs[i]);
	counting_configure(loaded[i]);
	if (snapshot_replace_take(config_ref(loaded[i]),
	    (struct dns_resolver *)&fakemta) != 0)
		abort();
}

static bool
is_of(const char *value, const char *domain)
{
	char tag[64];
	const char *at, *next;

	(void)snprintf(tag, sizeof(tag), "%s;", domain);
	if ((at = strstr(value, "; d=")) == NULL ||
	    (next = strchr(at + 4, ';')) == NULL)
		abort();
	return (size_t)(next + 1 - (at + 4)) >= strlen(tag) &&
	    strncmp(next + 1 - strlen(tag), tag, strlen(tag)) == 0;
}

/* Nobody gets a signature whose facts do not prove the source. */
static void
check_signature(const char *value)
{
	const char *p;

	for (p = value; *p != '\0'; p++)
		if ((*p < ' ' && *p != '\n' && *p != '\t') || *p > '~' ||
		    (*p == '\n' && p[1] != ' ' && p[1] != '\t'))
			abort();
	if ((is_of(value, "login.example") || is_of(value, "other.example")) ?
	    !truth.has_login :
	    is_of(value, "net.example") ?
	    !truth.has_network || !truth.has_tenant :
	    is_of(value, "spf.example") ?
	    !truth.has_secret || fakemta.nanswers == 0 :
	    fakemta.nanswers == 0)
		abort();
}

static void
check_status(sfsistat status)
{
	if (status != SMFIS_CONTINUE && status != SMFIS_NOREPLY &&
	    status != SMFIS_ACCEPT && status != SMFIS_REJECT &&
	    status != SMFIS_TEMPFAIL)
		abort();
	truth.ncallbacks++;
}

static void
open_session(unsigned int abilities)
{
	unsigned long actions = SMFIF_ADDHDRS | SMFIF_CHGHDRS |
	    SMFIF_QUARANTINE | SMFIF_SETSYMLIST;
	unsigned long want[4];

	if ((abilities & 2) != 0)
		actions &= ~(unsigned long)SMFIF_QUARANTINE;
	memset(&truth, 0, sizeof(truth));
	fakemta.refuses = (abilities & 4) != 0;
	fakemta.is_ending = false;
	if (fakemta.milter.xxfi_negotiate((SMFICTX *)&fakemta, actions,
	    (abilities & 1) != 0 ? ~0ul : 0, 0, 0, &want[0], &want[1],
	    &want[2], &want[3]) != SMFIS_CONTINUE || fakemta.session == NULL)
		abort();
}

static void
close_session(void)
{
	check_status(fakemta.milter.xxfi_close((SMFICTX *)&fakemta));
	if (fakemta.session != NULL)
		abort();
}

static void
take_client(char *text)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sin = { .sin_family = AF_INET };
	char *address = strchr(text, ' ');
	struct sockaddr *client = NULL;

	if (address != NULL)
		*address++ = '\0';
	else
		address = text;
	truth.has_network = false;
	if (inet_pton(AF_INET, address, &sin.sin_addr) == 1) {
		client = (struct sockaddr *)&sin;
		truth.has_network = ntohl(sin.sin_addr.s_addr) >> 24 == 10;
	} else if (inet_pton(AF_INET6, address, &sin6.sin6_addr) == 1) {
		client = (struct sockaddr *)&sin6;
		truth.has_network = memcmp(&sin6.sin6_addr,
		    "\x20\x01\x0d\xb8", 4) == 0 || (IN6_IS_ADDR_V4MAPPED(
		    &sin6.sin6_addr) && sin6.sin6_addr.s6_addr[12] == 10);
	}
	check_status(fakemta.milter.xxfi_connect((SMFICTX *)&fakemta, text,
	    client));
}

static void
take_sender(char *address)
{
	char *argv[] = { address, NULL };
	const char *login = fakemta_macro("{auth_authen}");

	truth.is_under_way = true;
	truth.is_over = truth.has_tenant = truth.has_secret = false;
	truth.has_login = login != NULL && strcmp(login, "crm") == 0;
	fakemta.ninserted = fakemta.nchanged = fakemta.nlogged = 0;
	check_status(fakemta.milter.xxfi_envfrom((SMFICTX *)&fakemta, argv));
}

static void
take_field(char *line)
{
	char *value = strchr(line, ':');

	if (value == NULL || value == line)
		return;
	*value++ = '\0';
	truth.has_tenant |= strcasecmp(line, "X-Tenant") == 0;
	truth.has_secret |= strcasecmp(line, "X-Secret") == 0;
	check_status(fakemta.milter.xxfi_header((SMFICTX *)&fakemta, line,
	    value));
}

static void
take_body(char *text, bool has_end)
{
	size_t len = strlen(text);

	/* The line's own NUL, and that of the input, make room. */
	if (has_end)
		memcpy(text + len, "\r\n", 2);
	check_status(fakemta.milter.xxfi_body((SMFICTX *)&fakemta,
	    (unsigned char *)text, len + (has_end ? 2 : 0)));
}

static void
conclude(sfsistat status)
{
	check_status(status);
	if (status == SMFIS_NOREPLY || fakemta.nlogged > 1 ||
	    ((status == SMFIS_REJECT || status == SMFIS_TEMPFAIL) !=
	    (fakemta.nreplies > 0)))
		abort();
	fakemta.nreplies = 0;
	truth.is_over = true;
}

static void
end_header(void)
{
	sfsistat status;

	status = fakemta.milter.xxfi_eoh((SMFICTX *)&fakemta);
	if (status != SMFIS_CONTINUE || fakemta.nlogged > 0)
		conclude(status);
}

static void
end_message(void)
{
	sfsistat status;

	fakemta.is_ending = true;
	status = fakemta.milter.xxfi_eom((SMFICTX *)&fakemta);
	fakemta.is_ending = false;
	conclude(status);
	if (status != SMFIS_CONTINUE && status != SMFIS_ACCEPT &&
	    fakemta.ninserted > 0 && !fakemta.refuses &&
	    !fakemta.is_quarantined)
		abort();
	fakemta.is_quarantined = false;
	truth.is_under_way = false;
}

/* What belongs to a message; not sent once its fate is final. */
static void
take_part(char command, char *rest)
{
	char *argv[] = { rest, NULL };

	if (!truth.is_under_way || truth.is_over)
		return;
	switch (command) {
	case 'R':
		check_status(fakemta.milter.xxfi_envrcpt((SMFICTX *)&fakemta,
		    argv));
		break;
	case 'L':
		take_field(rest);
		break;
	case 'N':
		end_header();
		break;
	case 'B':
	case 'b':
		take_body(rest, command == 'B');
		break;
	case 'E':
		end_message();
		break;
	default:
		break;
	}
}

static void
obey(char *line, unsigned int abilities)
{
	char *rest = line + 1, *value;

	switch (line[0]) {
	case 'G':
		reload((unsigned char)rest[0]);
		break;
	case 'S':
		signers.listed = signers.signed_ = rest[0] >= '1' &&
		    rest[0] <= '5' ? '0' - rest[0] : SIGN_OK;
		break;
	case 'Z':
		fakemta_add_answer(rest);
		break;
	case 'D':
		if ((value = strchr(rest, '=')) != NULL) {
			*value++ = '\0';
			fakemta_set_macro(rest, value);
		}
		break;
	case 'C':
		take_client(rest);
		break;
	case 'H':
		check_status(fakemta.milter.xxfi_helo((SMFICTX *)&fakemta,
		    rest));
		break;
	case 'M':
		take_sender(rest);
		break;
	case 'A':
		check_status(fakemta.milter.xxfi_abort((SMFICTX *)&fakemta));
		truth.is_under_way = false;
		break;
	case 'Q':
		close_session();
		open_session(abilities);
		break;
	default:
		take_part(line[0], rest);
	}
}

/* Take the next line off, with those that go on in it. */
static char *
next_line(char **rest)
{
	char *line = *rest, *end = line;

	while ((end = strchr(end, '\n')) != NULL &&
	    (end[1] == ' ' || end[1] == '\t'))
		end++;
	*rest = end == NULL ? line + strlen(line) : end + 1;
	if (end != NULL)
		*end = '\0';
	return line;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text, *rest, *line, copy[MAX_LENGTH + 4];

	if (len == 0 || len > MAX_LENGTH)
		return 0;
	memset(&signers, 0, sizeof(signers));
	if (!fakemta_begin(fakesigners_service(&signers)))
		abort();
	fakemta.on_insert = check_signature;
	reload(data[0] >> 4);
	open_session(data[0]);
	/* A NUL ends what libmilter passes on; here, a line. */
	if ((text = strndup((const char *)data + 1, len - 1)) == NULL)
		abort();
	for (rest = text; *rest != '\0';) {
		line = next_line(&rest);
		(void)strlcpy(copy, line, sizeof(copy) - 3);
		if (line[0] != '\0')
			obey(copy, data[0]);
	}
	free(text);
	close_session();
	snapshot_clear();
	fakemta_end();
	return 0;
}
