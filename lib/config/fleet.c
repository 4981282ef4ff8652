/* SPDX-License-Identifier: ISC */

/*
 * The section "fleet": where the database of the fleet is, and the name of this
 * host in it.
 *
 * The database is a connection string of libpq, "KEYWORD=VALUE ...", which
 * libpq itself checks when countersign-fleet(8) starts.  Here it is only read
 * as far as to find what must not be in this file, which several programs can
 * read: a password.  The other form, a URI, is refused, since a password in it
 * looks like anything else.  No fault quotes the string.
 */

#include "config/private.h"

#include <ctype.h>
#include <string.h>

#define BLANKS	" \t\r\n\f\v"

static const char *
value_end(const char *p)
{
	const bool is_quoted = *p == '\'';

	if (is_quoted)
		p++;
	for (; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			p++;
		else if (is_quoted ? *p == '\'' : isspace((unsigned char)*p))
			break;
	}
	return is_quoted && *p != '\0' ? p + 1 : p;
}

/* Read one "KEYWORD = VALUE"; false at the end. */
static bool
next_keyword(const char **text, const char **name, size_t *len)
{
	const char *p = *text + strspn(*text, BLANKS);

	if (*p == '\0')
		return false;
	*name = p;
	*len = strcspn(p, "=" BLANKS);
	p += *len;
	p += strspn(p, BLANKS);
	if (*p == '=') {
		p++;
		p = value_end(p + strspn(p, BLANKS));
	}
	*text = p;
	return true;
}

static bool
has_password(const char *text)
{
	const char *name;
	size_t len;

	while (next_keyword(&text, &name, &len))
		if (len == strlen("password") &&
		    strncmp(name, "password", len) == 0)
			return true;
	return false;
}

static void
apply_database(struct config_builder *builder,
    const struct config_setting *setting)
{
	const struct config_value *value = &setting->values[0];

	if (strstr(value->text, "://") != NULL ||
	    strchr(value->text, '=') == NULL)
		config_fault(&builder->faults, value->line, "\"database\" must "
		    "be a connection string of keywords and values, such as "
		    "\"host=db1 dbname=countersign user=relay1\"");
	else if (has_password(value->text))
		config_fault(&builder->faults, value->line, "\"database\" "
		    "contains a password, which every program that reads this "
		    "file would know; use a client certificate (sslcert, "
		    "sslkey) or passfile");
	else
		builder->config->fleet_database = config_strdup(builder,
		    value->text);
}

static void
apply_host(struct config_builder *builder,
    const struct config_setting *setting)
{
	const struct config_value *value = &setting->values[0];
	const char *p;

	for (p = value->text; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL)
			break;
	if (*p == '\0' && p > value->text &&
	    strlen(value->text) <= CONFIG_MAX_FLEET_HOST)
		builder->config->fleet_host = config_strdup(builder,
		    value->text);
	else
		config_fault(&builder->faults, value->line, "\"host\" is "
		    "\"%s\"; it must be the name of this host in the fleet, "
		    "of up to %d letters, digits, \"_\", \".\" and \"-\"",
		    value->text, CONFIG_MAX_FLEET_HOST);
}

/* Keys reach a host in one way, and countersign-fleet writes them. */
static void
check_others(struct config_builder *builder, const struct config_node *root,
    const struct config_node *node)
{
	const struct config_setting *setting;

	if (builder->config->sync_hosts.n > 0)
		config_fault(&builder->faults, node->line, "keys reach other "
		    "hosts through \"fleet\" or through \"sync_hosts\", not "
		    "both; remove one");
	if (builder->config->keydir_mounted &&
	    (setting = config_setting(root, "keydir_mounted")) != NULL)
		config_fault(&builder->faults, setting->values[0].line,
		    "\"keydir_mounted\" is true, but countersign-fleet writes "
		    "the keys of the fleet to \"keydir\"; remove one");
}

void
config_apply_fleet(struct config_builder *builder,
    const struct config_node *root)
{
	const struct config_node *node = config_node(root, "fleet");
	const struct config_setting *database, *host;

	if (node == NULL)
		return;
	database = config_setting(node, "database");
	host = config_setting(node, "host");
	if (database != NULL)
		apply_database(builder, database);
	if (host != NULL)
		apply_host(builder, host);
	if ((database == NULL || host == NULL) && node->is_complete)
		config_fault(&builder->faults, node->line, "\"fleet\" needs "
		    "both \"database\" and \"host\"");
	check_others(builder, root, node);
}
