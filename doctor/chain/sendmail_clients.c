/* SPDX-License-Identifier: ISC */

/*
 * Whom Sendmail lets relay, and what the sources need from it: TLS,
 * certificates of clients, logins.
 *
 * An address in the access table or in relay-domains is written without its
 * last numbers to mean a network.  The networks of a platform are shared by all
 * its customers, so none of them may relay.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain/sendmail_area.h"
#include "config/platform_network.h"
#include "machine/sendmail_load.h"
#include "text/text.h"

#define MAX_LINE	1024
#define BLANKS		" \t\n"

/* The types of tables that makemap(8) makes, and the endings of their files. */
static const char *const made[] = { "hash", "btree", "dbm", "cdb" };
static const char *const endings[] = { ".db", ".cdb", ".pag" };
#define NMADE		(sizeof(made) / sizeof(made[0]))

/* "13.110" and "192.0.2.1"; false: not the numbers of an IPv4 network. */
static bool
read_network(const char *text, struct network *network)
{
	char block[64];
	size_t n = 1;
	const char *p;
	int len;

	if (text[0] == '\0' || strspn(text, "0123456789.") < strlen(text))
		return false;
	for (p = text; *p != '\0'; p++)
		n += *p == '.' && p[1] != '\0';
	if (n > 4)
		return false;
	len = (int)strlen(text) - (text[strlen(text) - 1] == '.');
	(void)snprintf(block, sizeof(block), "%.*s%s/%zu", len, text,
	    &".0.0.0"[2 * (n - 1)], 8 * n);
	memset(network, 0, sizeof(*network));
	return network_parse(block, network) == NETWORK_OK;
}

/* The key of a line that lets a client relay, in key; false: another line. */
static bool
read_line(char *line, bool is_access, char *key, size_t size)
{
	char *value;
	size_t len = strcspn(line, BLANKS);

	if (line[0] == '#' || len == 0 || len >= size)
		return false;
	(void)snprintf(key, size, "%.*s", (int)len, line);
	if (!is_access)
		return true;
	value = line + len + strspn(line + len, BLANKS);
	value[strcspn(value, BLANKS)] = '\0';
	return strcasecmp(value, "RELAY") == 0;
}

/* The commands that take the line out; with dots that a pattern knows. */
static const char *
fix_line(const struct sm *v, const char *file, bool is_access,
    const char *key, char *fix, size_t size)
{
	char pattern[256], word[256], commands[1024];
	size_t n = 0;

	for (; *key != '\0' && n + 2 < sizeof(pattern); key++) {
		if (*key == '.')
			pattern[n++] = '\\';
		pattern[n++] = *key;
	}
	pattern[n] = '\0';
	if (!text_shell_word(file, word, sizeof(word)))
		return NULL;
	(void)snprintf(fix, size, "sed -i -E '/^%s([[:blank:]]|$)/d' %s",
	    pattern, word);
	if (!is_access) {
		if (!sendmail_read_commands(v->sendmail, commands,
		    sizeof(commands)))
			return NULL;
		(void)strlcat(fix, "\n", size);
		return strlcat(fix, commands, size) < size ? fix : NULL;
	}
	for (n = 0; n < NMADE && strcmp(made[n], v->sendmail->access_type) !=
	    0; n++)
		;
	if (n == NMADE)
		return NULL;
	(void)snprintf(commands, sizeof(commands), "\nmakemap %s %s <%s",
	    made[n], word, word);
	return strlcat(fix, commands, size) < size ? fix : NULL;
}

/* Returns whether the line is a problem, which is then reported. */
static bool
check_key(const struct sm *v, const char *file, bool is_access,
    const char *key)
{
	const char *address = strncasecmp(key, "Connect:", 8) == 0 ? key + 8 :
	    key;
	const struct source *source;
	struct network network;
	char fix[CHAIN_FIX_SIZE], whose[300];
	const char *platform;

	if (!read_network(address, &network))
		return false;
	if ((source = chain_source_in(v->chain->config, &network)) != NULL)
		(void)snprintf(whose, sizeof(whose), "the platform of source "
		    "\"%s\"", source->name);
	else if ((platform = platform_of_network(&network)) != NULL)
		(void)strlcpy(whose, platform, sizeof(whose));
	else
		return false;
	findings_add(v->findings, "sendmail-relay", FINDING_PROBLEM,
	    SENDMAIL_AREA, file, fix_line(v, file, is_access, key, fix,
	    sizeof(fix)), "%s may relay, a network of %s: every customer of it "
	    "can send mail through this host. Let the platform log in, or "
	    "allow its mail by the addresses of its recipients.", key, whose);
	return true;
}

/* Whether a table was made of a text. */
static bool
has_table(const char *file)
{
	char path[1200];
	size_t i;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", file, endings[i]);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* Why it is not known what a file says, which cannot be opened; NULL: it is. */
static const char *
find_reason(const char *file, bool is_access)
{
	if (access(file, F_OK) == 0)
		return "This file cannot be read: run countersign-doctor as "
		    "root.";
	return is_access && has_table(file) ? "The text of which the access "
	    "table was made is not there, so who may relay is not known." :
	    NULL;
}

static void
check_relay(const struct sm *v, const char *file, bool is_access)
{
	char line[MAX_LINE], key[256];
	const char *reason = NULL;
	size_t n = 0;
	FILE *fp;

	if (file == NULL)
		return;
	if ((fp = fopen(file, "re")) != NULL) {
		while (fgets(line, sizeof(line), fp) != NULL)
			n += read_line(line, is_access, key, sizeof(key)) &&
			    check_key(v, file, is_access, key);
		(void)fclose(fp);
	} else
		reason = find_reason(file, is_access);
	if (n == 0)
		findings_add(v->findings, "sendmail-relay", reason != NULL ?
		    FINDING_UNKNOWN : FINDING_WELL, SENDMAIL_AREA, file, NULL,
		    "%s", reason != NULL ? reason : "no network of a platform "
		    "may relay");
}

/* Whether a modifier, such as A (no AUTH), is on every service. */
static bool
all_have(const struct sendmail *s, char modifier)
{
	size_t i;

	for (i = 0; i < s->ndaemons; i++)
		if (strchr(s->daemons[i].modifiers, modifier) == NULL)
			return false;
	return s->ndaemons > 0;
}

static void
check_tls(const struct sm *v, const struct chain_needs *needs)
{
	const struct sendmail *s = v->sendmail;

	if (needs->tls != NULL && (!s->has_certificate || all_have(s, 'S')))
		findings_add(v->findings, "sendmail-tls", FINDING_PROBLEM,
		    SENDMAIL_AREA, "confSERVER_CERT", NULL, "Source \"%s\" "
		    "requires TLS, but Sendmail does not offer it: %s.",
		    needs->tls->name, s->has_certificate ? "each of its "
		    "services has the modifier S" : "it has no certificate. "
		    "Set confSERVER_CERT and confSERVER_KEY");
	else if (needs->tls != NULL)
		findings_add(v->findings, "sendmail-tls", FINDING_WELL,
		    SENDMAIL_AREA, "confSERVER_CERT", NULL, "TLS is offered, "
		    "as sources require");
	if (needs->certificate != NULL && !s->has_authorities)
		findings_add(v->findings, "sendmail-client-certificates",
		    FINDING_PROBLEM, SENDMAIL_AREA, "confCACERT", NULL,
		    "Source \"%s\" requires a certificate of the client, but "
		    "Sendmail knows no authority to verify it with. Set "
		    "confCACERT or confCACERT_PATH to those of the platform.",
		    needs->certificate->name);
	else if (needs->certificate != NULL)
		findings_add(v->findings, "sendmail-client-certificates",
		    FINDING_WELL, SENDMAIL_AREA, "confCACERT", NULL,
		    "certificates of clients are verified");
}

static void
check_logins(const struct sm *v, const struct source *source)
{
	const struct sendmail *s = v->sendmail;

	if (source == NULL)
		return;
	if (s->trusts_logins && !all_have(s, 'A'))
		findings_add(v->findings, "sendmail-login", FINDING_WELL,
		    SENDMAIL_AREA, "TRUST_AUTH_MECH", NULL, "clients that log "
		    "in may relay, as sources require");
	else
		findings_add(v->findings, "sendmail-login", FINDING_PROBLEM,
		    SENDMAIL_AREA, "TRUST_AUTH_MECH", NULL, "Source \"%s\" "
		    "requires a login, but %s.", source->name,
		    s->trusts_logins ? "each service of Sendmail has the "
		    "modifier A, and so takes none" : "a login does not permit "
		    "to relay. Set up SASL, and set TRUST_AUTH_MECH and "
		    "confAUTH_MECHANISMS, such as to PLAIN");
}

void
sm_check_clients(const struct sm *v)
{
	struct chain_needs needs;

	check_relay(v, v->sendmail->access, true);
	check_relay(v, v->sendmail->relay_domains, false);
	chain_find_needs(v->chain->config, &needs);
	check_tls(v, &needs);
	check_logins(v, needs.login);
}
