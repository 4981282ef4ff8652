/* SPDX-License-Identifier: ISC */

/*
 * What to do about a milter that does not answer: see milter_hello.h.
 *
 * Where a user was denied is found by walking the path again as that user.  It
 * may have changed meanwhile; then the advice is about the socket as a whole.
 */

#include "machine/milter_hello.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/user_name.h"
#include "machine/milter_socket.h"
#include "machine/reach.h"

/* For each end but that of a denied user. */
static const char *const advices[] = {
	[MILTER_HELLO_WELL] = "",
	[MILTER_HELLO_NAME] = "",
	[MILTER_HELLO_HOST] = "give an address and a number, such as "
	    "inet:8891@127.0.0.1",
	[MILTER_HELLO_MISSING] = "start the milter, or correct the path: "
	    "\"socket\" in countersign.conf says where it listens",
	[MILTER_HELLO_NO_SOCKET] = "correct the path, or move that file away "
	    "and restart the milter",
	[MILTER_HELLO_REFUSED] = "no program listens there: start the milter, "
	    "and if that fails, read its log",
	[MILTER_HELLO_SILENT] = "the milter hangs or is overloaded, or a "
	    "firewall drops packets: read its log, then restart it",
	[MILTER_HELLO_CLOSED] = "the milter has just ended or takes no "
	    "connections: read its log",
	[MILTER_HELLO_OTHER] = "another program has that socket: correct "
	    "\"socket\", or stop that program",
	[MILTER_HELLO_FAILED] = "",
};

static void
advise_denied(const char *name, const char *user, char *advice, size_t size)
{
	char self[USER_NAME_SIZE], denied[PATH_MAX];
	enum reach reach = REACH_UNKNOWN;
	struct milter_socket s;

	if (user == NULL) {
		user_name(geteuid(), self);
		user = self;
	}
	if (milter_socket_read(name, &s, denied, sizeof(denied)) && s.is_unix)
		reach = reach_walk(user, s.path, denied, sizeof(denied));
	if (reach == REACH_FOLDER)
		(void)snprintf(advice, size, "user %s may not enter %s: give "
		    "it access to that folder, by group and mode", user,
		    denied);
	else if (reach == REACH_FILE)
		(void)snprintf(advice, size, "user %s may not write to the "
		    "socket: set socket_group to a group of that user, "
		    "socket_mode to 0660, and restart the milter", user);
	else
		(void)snprintf(advice, size, "user %s may not connect: see "
		    "socket_group and socket_mode in countersign.conf(5)",
		    user);
}

void
milter_hello_advice(enum milter_hello end, const char *name, const char *user,
    char *advice, size_t size)
{
	if (end == MILTER_HELLO_DENIED)
		advise_denied(name, user, advice, size);
	else
		(void)strlcpy(advice, advices[end], size);
}
