/* SPDX-License-Identifier: ISC */

/*
 * Names of milter sockets: see milter_socket.h.
 *
 * libmilter writes inet:PORT@HOST, Postfix inet:HOST:PORT.  A colon in HOST is
 * only possible in brackets for Postfix, and always possible after "@".
 */

#include "machine/milter_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <netdb.h>
#include <stdio.h>
#include <string.h>

/* Copy len octets; false if they do not fit, or there are none. */
static bool
copy(char *to, size_t size, const char *from, size_t len)
{
	if (len == 0 || len >= size)
		return false;
	memcpy(to, from, len);
	to[len] = '\0';
	return true;
}

static bool
read_inet(const char *text, struct milter_socket *s)
{
	const char *at = strchr(text, '@'), *host = text, *port = text;
	size_t hostlen, portlen;

	if (at != NULL) {
		host = at + 1;
		portlen = (size_t)(at - text);
		hostlen = strlen(host);
	} else {
		if ((at = strrchr(text, ':')) == NULL)
			return false;
		port = at + 1;
		hostlen = (size_t)(at - text);
		portlen = strlen(port);
	}
	if (hostlen > 2 && host[0] == '[' && host[hostlen - 1] == ']') {
		host++;
		hostlen -= 2;
	}
	return copy(s->host, sizeof(s->host), host, hostlen) &&
	    copy(s->port, sizeof(s->port), port, portlen);
}

bool
milter_socket_read(const char *name, struct milter_socket *s, char *why,
    size_t size)
{
	bool is_good;

	memset(s, 0, sizeof(*s));
	s->family = AF_UNSPEC;
	if (strncmp(name, "inet:", 5) == 0)
		is_good = read_inet(name + 5, s);
	else if (strncmp(name, "inet6:", 6) == 0) {
		s->family = AF_INET6;
		is_good = read_inet(name + 6, s);
	} else {
		s->is_unix = true;
		if (strncmp(name, "unix:", 5) == 0)
			name += 5;
		else if (strncmp(name, "local:", 6) == 0)
			name += 6;
		is_good = copy(s->path, sizeof(s->path), name, strlen(name));
	}
	if (!is_good)
		(void)snprintf(why, size, "%s: not the name of a socket; "
		    "write unix:PATH or inet:PORT@HOST", name);
	return is_good;
}

static bool
is_same_file(const char *a, const char *b)
{
	struct stat one, two;

	if (strcmp(a, b) == 0)
		return true;
	return stat(a, &one) == 0 && stat(b, &two) == 0 &&
	    one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

static struct addrinfo *
addresses_of(const struct milter_socket *s)
{
	const struct addrinfo hints = { .ai_family = s->family,
	    .ai_socktype = SOCK_STREAM };
	struct addrinfo *list;

	return getaddrinfo(s->host, s->port, &hints, &list) == 0 ? list :
	    NULL;
}

bool
milter_socket_is_same(const struct milter_socket *a,
    const struct milter_socket *b)
{
	struct addrinfo *one, *two, *i, *j;
	bool is_same = false;

	if (a->is_unix != b->is_unix)
		return false;
	if (a->is_unix)
		return is_same_file(a->path, b->path);
	one = addresses_of(a);
	two = addresses_of(b);
	for (i = one; i != NULL && !is_same; i = i->ai_next)
		for (j = two; j != NULL && !is_same; j = j->ai_next)
			is_same = i->ai_addrlen == j->ai_addrlen &&
			    memcmp(i->ai_addr, j->ai_addr, i->ai_addrlen) == 0;
	if (one != NULL)
		freeaddrinfo(one);
	if (two != NULL)
		freeaddrinfo(two);
	return is_same;
}
