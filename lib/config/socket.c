/* SPDX-License-Identifier: ISC */

/*
 * The socket of the milter, and the mode of its file.
 *
 * A socket that any user of the host, or any host, can connect to would let
 * them have mail signed, so what would make one by mistake is refused.  Faults
 * are reported for the line of the value; nothing else fails.
 */

#include "config/private.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* Check PORT@ADDRESS, with an address of that family. */
static void
check_inet(struct config_builder *builder,
    const struct config_setting *setting, const char *text, int family)
{
	unsigned char address[16];
	const char *at, *error;
	char port[8];
	size_t len;

	if ((at = strchr(text, '@')) == NULL) {
		FAULT(builder, setting, "\"socket\" names no address, so it "
		    "would listen on all addresses; write %s:PORT@%s",
		    family == AF_INET ? "inet" : "inet6",
		    family == AF_INET ? "127.0.0.1" : "::1");
		return;
	}
	len = (size_t)(at - text);
	if (len < sizeof(port)) {
		memcpy(port, text, len);
		port[len] = '\0';
		strtonum(port, 1, 65535, &error);
	} else
		error = "too long";
	if (error != NULL || !isdigit((unsigned char)text[0])) {
		FAULT(builder, setting, "the port of \"socket\" is \"%.*s\"; "
		    "it must be a number from 1 to 65535", (int)len, text);
		return;
	}
	if (inet_pton(family, at + 1, address) != 1 &&
	    strcmp(at + 1, "localhost") != 0)
		FAULT(builder, setting, "the address of \"socket\" is \"%s\"; "
		    "it must be an %s address%s", at + 1,
		    family == AF_INET ? "IPv4" : "IPv6",
		    family == AF_INET && strchr(at + 1, ':') != NULL ?
		    " (for IPv6 write inet6:)" : "");
}

void
config_apply_socket(struct config_builder *builder,
    const struct config_setting *setting)
{
	const char *text = config_text(setting);

	builder->config->socket = config_strdup(builder, text);
	if (strncmp(text, "inet:", 5) == 0)
		check_inet(builder, setting, text + 5, AF_INET);
	else if (strncmp(text, "inet6:", 6) == 0)
		check_inet(builder, setting, text + 6, AF_INET6);
	else if (strncmp(text, "unix:", 5) != 0)
		FAULT(builder, setting, "\"socket\" is \"%s\"; write "
		    "unix:/PATH or inet:PORT@ADDRESS", text);
	else if (config_parse_path(builder, setting, text + 5) &&
	    strlen(text + 5) > CONFIG_MAX_SOCKET_PATH)
		FAULT(builder, setting, "the path of \"socket\" is longer than "
		    "%d octets, the limit for a socket; choose a shorter "
		    "one", CONFIG_MAX_SOCKET_PATH);
}

/* Options for the file of a socket are only for a unix socket. */
void
config_check_socket_file(struct config_builder *builder,
    const struct config_node *root)
{
	static const char *const names[] = { "socket_mode", "socket_group" };
	const struct config_setting *socket = config_setting(root, "socket");
	const struct config_setting *setting;
	size_t i;

	if (socket == NULL || (strncmp(config_text(socket), "inet:", 5) != 0 &&
	    strncmp(config_text(socket), "inet6:", 6) != 0))
		return;
	for (i = 0; i < COUNT(names); i++)
		if ((setting = config_setting(root, names[i])) != NULL)
			FAULT(builder, setting, "\"%s\" is only for a unix "
			    "socket; remove it", names[i]);
}

void
config_apply_socket_mode(struct config_builder *builder,
    const struct config_setting *setting)
{
	const char *text = config_text(setting);
	unsigned int mode = 0;
	size_t len = strlen(text), i;

	for (i = 0; i < len && text[i] >= '0' && text[i] <= '7'; i++)
		mode = mode << 3 | (unsigned int)(text[i] - '0');
	if (i < len || len < 3 || len > 4 || mode > 0777)
		FAULT(builder, setting, "\"socket_mode\" is \"%s\"; it must be "
		    "an octal number like 0660", text);
	else if ((mode & 0007) != 0)
		FAULT(builder, setting, "\"socket_mode\" %s lets every local "
		    "user connect to the milter and have mail signed; use 0660 "
		    "and socket_group", text);
	else
		builder->config->socket_mode = mode;
}
