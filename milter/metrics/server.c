/* SPDX-License-Identifier: ISC */

/*
 * The HTTP server, by libmicrohttpd: see server.h.
 *
 * Its own limit on time only ends connections on which nothing happens, so
 * clients that send an octet now and then are ended here: their socket is shut
 * down, and the library notices.  Each answer closes its connection, and has
 * memory of its own, so that a client that reads slowly keeps nobody else.
 *
 * Nothing that a client does is logged: it could fill the log.
 */

#include "metrics/server.h"

#include <sys/socket.h>

#include <errno.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "metrics/accept.h"
#include "metrics/exposition.h"

#define MEMORY		((size_t)16384)	/* octets of a request's header */
#define PATH		"/metrics"

struct client {
	int		 fd;		/* -1: none */
	int64_t		 end_ms;	/* INT64_MAX: shut down already */
};

struct server {
	struct MHD_Daemon *daemon;
	const struct meters *meters;
	int		 fd;
	bool		 was_too_large;	/* and that was logged */
	struct client	 clients[SERVER_CLIENTS];
};

static enum MHD_Result
answer(struct MHD_Connection *connection, unsigned int status,
    const char *type, char *text, size_t len, enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *response;
	enum MHD_Result r;

	response = MHD_create_response_from_buffer(len, text, mode);
	if (response == NULL) {
		if (mode == MHD_RESPMEM_MUST_FREE)
			free(text);
		return MHD_NO;
	}
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
	    type);
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION,
	    "close");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
		    "GET, HEAD");
	r = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return r;
}

static enum MHD_Result
answer_line(struct MHD_Connection *connection, unsigned int status,
    const char *line)
{
	char copy[128];

	(void)strlcpy(copy, line, sizeof(copy));
	return answer(connection, status, "text/plain; charset=utf-8", copy,
	    strlen(copy), MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result
answer_metrics(struct server *server, struct MHD_Connection *connection)
{
	bool is_openmetrics;
	size_t len;
	char *text;

	is_openmetrics = accept_wants_openmetrics(MHD_lookup_connection_value(
	    connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT));
	text = exposition_write(server->meters, is_openmetrics, &len);
	if (text != NULL)
		return answer(connection, MHD_HTTP_OK, is_openmetrics ?
		    EXPOSITION_OPENMETRICS_TYPE : EXPOSITION_TEXT_TYPE, text,
		    len, MHD_RESPMEM_MUST_FREE);
	if (errno == EFBIG && !server->was_too_large) {
		log_warnx(M_METRICS_TOO_LARGE, "metrics are larger than %d "
		    "octets, so nothing is shown: lower metrics_sources, "
		    "stop the service and start it again", EXPOSITION_MAX);
		server->was_too_large = true;
	}
	return answer_line(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
	    "too large, or out of memory\n");
}

/* Called with the header of a request, and then for its body. */
static enum MHD_Result
serve_request(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *uploadlen, void **request)
{
	(void)version;
	(void)upload;
	(void)request;
	/* A body is not read: the answer ends the connection. */
	if (*uploadlen != 0)
		return MHD_NO;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_line(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
		    "GET or HEAD\n");
	if (strcmp(url, PATH) != 0)
		return answer_line(connection, MHD_HTTP_NOT_FOUND,
		    "metrics are at " PATH "\n");
	return answer_metrics(arg, connection);
}

static void
note_connection(void *arg, struct MHD_Connection *connection,
    void **socket_context, enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;
	struct server *server = arg;
	struct client *client = *socket_context;
	size_t i;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (client != NULL)
			client->fd = -1;
		return;
	}
	info = MHD_get_connection_info(connection,
	    MHD_CONNECTION_INFO_CONNECTION_FD);
	for (i = 0; i < SERVER_CLIENTS && info != NULL; i++)
		if (server->clients[i].fd == -1) {
			client = &server->clients[i];
			client->fd = info->connect_fd;
			client->end_ms = monotonic_ms() + SERVER_LIMIT_MS;
			*socket_context = client;
			return;
		}
}

struct server *
server_new_take(int listener, const struct meters *meters)
{
	const union MHD_DaemonInfo *info;
	struct server *server;
	size_t i;

	if ((server = calloc(1, sizeof(*server))) == NULL)
		return NULL;
	server->meters = meters;
	for (i = 0; i < SERVER_CLIENTS; i++)
		server->clients[i].fd = -1;
	server->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL,
	    serve_request, server,
	    MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listener,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned int)SERVER_CLIENTS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY,
	    MHD_OPTION_NOTIFY_CONNECTION, note_connection, server,
	    MHD_OPTION_END);
	info = server->daemon == NULL ? NULL : MHD_get_daemon_info(
	    server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (info == NULL) {
		server_free(server);
		return NULL;
	}
	server->fd = info->epoll_fd;
	return server;
}

void
server_free(struct server *server)
{
	if (server == NULL)
		return;
	if (server->daemon != NULL)
		MHD_stop_daemon(server->daemon);
	free(server);
}

int
server_fd(const struct server *server)
{
	return server->fd;
}

int64_t
server_due_ms(const struct server *server, int64_t now_ms)
{
	MHD_UNSIGNED_LONG_LONG left_ms;
	int64_t due_ms = INT64_MAX;
	size_t i;

	if (MHD_get_timeout(server->daemon, &left_ms) == MHD_YES)
		due_ms = now_ms + (int64_t)(left_ms < SERVER_LIMIT_MS ?
		    left_ms : SERVER_LIMIT_MS);
	for (i = 0; i < SERVER_CLIENTS; i++)
		if (server->clients[i].fd != -1 &&
		    server->clients[i].end_ms < due_ms)
			due_ms = server->clients[i].end_ms;
	return due_ms;
}

void
server_run(struct server *server, int64_t now_ms)
{
	struct client *client;
	size_t i;

	for (i = 0; i < SERVER_CLIENTS; i++) {
		client = &server->clients[i];
		if (client->fd == -1 || client->end_ms > now_ms)
			continue;
		(void)shutdown(client->fd, SHUT_RDWR);
		client->end_ms = INT64_MAX;
	}
	(void)MHD_run(server->daemon);
}
