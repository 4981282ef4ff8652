/* SPDX-License-Identifier: ISC */

/*
 * Sending a message to one DNS server over TLS, RFC 7858, in the strict way of
 * RFC 8310 section 5: without a certificate that has the server's name and
 * comes from a CA that this system trusts, nothing is asked, because whoever
 * answers may be somebody else.
 *
 * The CAs are those that OpenSSL finds by default; the environment variables
 * SSL_CERT_FILE and SSL_CERT_DIR name others.  Each question has its own
 * connection: there is one per key and resolver, with minutes or hours between
 * them.
 */

#include "probe/transport.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/clock.h"

struct dns_tls {
	pthread_mutex_t	 mutex;
	SSL_CTX		*ctx;	/* NULL: not made yet */
};

/* One connection. */
struct session {
	SSL	*ssl;
	int	 fd;
	int64_t	 deadline_ms;
};

struct dns_tls *
dns_tls_new(void)
{
	struct dns_tls *tls;

	if ((tls = calloc(1, sizeof(*tls))) != NULL)
		(void)pthread_mutex_init(&tls->mutex, NULL);
	return tls;
}

void
dns_tls_free(struct dns_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->ctx);
	(void)pthread_mutex_destroy(&tls->mutex);
	free(tls);
}

static SSL_CTX *
make_context(void)
{
	SSL_CTX *ctx;

	if ((ctx = SSL_CTX_new(TLS_client_method())) == NULL)
		return NULL;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_default_verify_paths(ctx) == 1)
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

/* A session that accepts the certificate of that name alone; or NULL. */
static SSL *
make_ssl(struct dns_tls *tls, int fd, const char *name)
{
	/* SSL_set_tlsext_host_name() takes no const, and copies it. */
	char copy[TLSEXT_MAXLEN_host_name + 1];
	SSL *ssl = NULL;

	if (strlcpy(copy, name, sizeof(copy)) >= sizeof(copy))
		return NULL;
	(void)pthread_mutex_lock(&tls->mutex);
	if (tls->ctx == NULL)
		tls->ctx = make_context();
	if (tls->ctx != NULL)
		ssl = SSL_new(tls->ctx);
	(void)pthread_mutex_unlock(&tls->mutex);
	if (ssl == NULL)
		return NULL;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (SSL_set1_host(ssl, name) == 1 &&
	    SSL_set_tlsext_host_name(ssl, copy) == 1 &&
	    SSL_set_fd(ssl, fd) == 1)
		return ssl;
	SSL_free(ssl);
	return NULL;
}

/*
 * After a call of OpenSSL that did not succeed: DNS_ANSWERED if it should be
 * repeated.  failure is what it means if TLS itself failed.
 */
static enum dns_query_status
go_on(const struct session *session, int result,
    enum dns_query_status failure)
{
	const int error = errno;

	switch (SSL_get_error(session->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		return dns_transport_wait(session->fd, POLLIN,
		    session->deadline_ms);
	case SSL_ERROR_WANT_WRITE:
		return dns_transport_wait(session->fd, POLLOUT,
		    session->deadline_ms);
	case SSL_ERROR_SYSCALL:
		return error == 0 ? failure : dns_transport_status(error);
	default:
		return failure;
	}
}

static enum dns_query_status
shake_hands(const struct session *session)
{
	enum dns_query_status status;
	int result;

	do {
		ERR_clear_error();
		errno = 0;
		if ((result = SSL_connect(session->ssl)) == 1)
			return DNS_ANSWERED;
		status = go_on(session, result, DNS_NO_TLS);
	} while (status == DNS_ANSWERED);
	if (status != DNS_NO_TLS)
		return status;
	switch (SSL_get_verify_result(session->ssl)) {
	case X509_V_OK:
		return DNS_NO_TLS;
	case X509_V_ERR_HOSTNAME_MISMATCH:
		return DNS_OTHER_NAME;
	default:
		return DNS_UNTRUSTED;
	}
}

enum direction { SEND, RECEIVE };

/* Send or receive all of the data. */
static enum dns_query_status
transfer(const struct session *session, enum direction direction,
    uint8_t *data, size_t len)
{
	enum dns_query_status status;
	size_t n;
	int result;

	while (len > 0) {
		ERR_clear_error();
		errno = 0;
		result = direction == SEND ?
		    SSL_write_ex(session->ssl, data, len, &n) :
		    SSL_read_ex(session->ssl, data, len, &n);
		if (result == 1) {
			data += n;
			len -= n;
			continue;
		}
		status = go_on(session, result, DNS_GARBLED);
		if (status != DNS_ANSWERED)
			return status;
	}
	return DNS_ANSWERED;
}

static enum dns_query_status
exchange(const struct session *session, const uint8_t *request, size_t len,
    uint8_t **answer, size_t *answer_len)
{
	uint8_t length[DNS_LENGTH_SIZE], *framed;
	enum dns_query_status status;

	if ((framed = dns_transport_frame(request, len)) == NULL)
		return DNS_FAILED;
	status = shake_hands(session);
	if (status == DNS_ANSWERED)
		status = transfer(session, SEND, framed,
		    DNS_LENGTH_SIZE + len);
	free(framed);
	if (status == DNS_ANSWERED)
		status = transfer(session, RECEIVE, length,
		    sizeof(length));
	if (status != DNS_ANSWERED)
		return status;
	*answer_len = (size_t)length[0] << 8 | length[1];
	if ((*answer = malloc(*answer_len + 1)) == NULL)
		return DNS_FAILED;
	return transfer(session, RECEIVE, *answer, *answer_len);
}

enum dns_query_status
dns_transport_tls(const struct dns_address *server, struct dns_tls *tls,
    const char *name, const uint8_t *request, size_t len, int timeout_ms,
    const struct dns_match *match, uint8_t **answer, size_t *answer_len)
{
	struct session session = {
		.deadline_ms = monotonic_ms() + timeout_ms
	};
	enum dns_query_status status;

	*answer = NULL;
	if (len > DNS_MESSAGE_MAX)
		return DNS_FAILED;
	status = dns_transport_open(server, SOCK_STREAM, &session.fd);
	if (status != DNS_ANSWERED)
		return status;
	if ((session.ssl = make_ssl(tls, session.fd, name)) == NULL)
		status = DNS_FAILED;
	else
		status = exchange(&session, request, len, answer, answer_len);
	SSL_free(session.ssl);
	(void)close(session.fd);
	if (status == DNS_ANSWERED &&
	    !match->matches(match->context, *answer, *answer_len))
		status = DNS_GARBLED;
	if (status != DNS_ANSWERED) {
		free(*answer);
		*answer = NULL;
	}
	return status;
}
