/* SPDX-License-Identifier: ISC */

/*
 * Questions to DNS that a child asks as the user of the milter, because root
 * reads nothing that others have written.
 *
 * Fails if the child does, or if there is no resolver; then nothing is known.
 */

#include <sys/wait.h>

#include <errno.h>
#include <unistd.h>

#include "base/read_all.h"
#include "chain/private.h"
#include "config/network.h"
#include "machine/become.h"
#include "resolver/resolver.h"

/* Addresses that no receiver outside sees. */
static const char *const unseen[] = {
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
	"169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "::/127",
	"fc00::/7", "fe80::/10",
};

bool
chain_is_public(int family, const unsigned char *octets)
{
	struct network network;
	size_t i;

	for (i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (network_parse(unseen[i], &network) == NETWORK_OK &&
		    network_contains(&network, family, octets))
			return false;
	return true;
}

static _Noreturn void
work_and_tell(const struct chain *chain, chain_dns_work *work, void *arg,
    const void *result, size_t size, int fd)
{
	const struct config_dns *dns = &chain->config->dns;
	const struct dns_options options = { .servers = dns->servers.texts,
	    .nservers = dns->servers.n, .trust_anchor = dns->trust_anchor,
	    .timeout_ms = dns->timeout_ms };
	struct dns_resolver *resolver;
	const char *p = result;
	char why[256];
	ssize_t n;

	if ((chain->is_root && become_user(chain->config->user, why,
	    sizeof(why)) == -1) || (resolver = dns_resolver_new(&options, why,
	    sizeof(why))) == NULL)
		_exit(1);
	work(chain, resolver, arg);
	for (; size > 0; p += n, size -= (size_t)n)
		if ((n = write(fd, p, size)) == -1)
			_exit(1);
	_exit(0);
}

bool
chain_ask_dns(const struct chain *chain, chain_dns_work *work, void *arg,
    void *result, size_t size)
{
	ssize_t n = -1;
	int fds[2], status;
	pid_t pid;

	if (pipe(fds) == -1)
		return false;
	if ((pid = fork()) == 0) {
		(void)close(fds[0]);
		work_and_tell(chain, work, arg, result, size, fds[1]);
	}
	(void)close(fds[1]);
	if (pid != -1)
		n = read_all(fds[0], result, size);
	(void)close(fds[0]);
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return n == (ssize_t)size;
}
