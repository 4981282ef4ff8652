/* SPDX-License-Identifier: ISC */

/*
 * What the front may use at most: see capacity.h.
 *
 * A connection of the MTA takes a descriptor as long as it is open, and a
 * thread only while it sends something or waits for an answer (libmilter's pool
 * of workers).  So both are bounded by the number of connections.
 *
 * If there are fewer descriptors than needed, half of what the front does not
 * need itself is for connections, and half for DNS, as in resolver.c.
 */

#include "front/capacity.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/descriptors.h"
#include "base/ipc.h"
#include "base/log.h"
#include "front/gate.h"
#include "resolver/resolver.h"

/* Log, files of the configuration, audit and counts, libmilter, spare. */
#define OWN_DESCRIPTORS	64
/* Octets, of which few are used; a sanitizer has much on each stack. */
#define STACK_SIZE	((size_t)FRONT_STACK_KIB * 1024)

static int
set_stack_size(void)
{
	pthread_attr_t attr;
	int r;

	if ((r = pthread_attr_init(&attr)) != 0)
		return r;
	if ((r = pthread_attr_setstacksize(&attr, STACK_SIZE)) == 0)
		r = pthread_setattr_default_np(&attr);
	(void)pthread_attr_destroy(&attr);
	return r;
}

/* How many connections there can be; 0 with the reason logged. */
static unsigned int
most_connections(const struct config *config, unsigned long own,
    unsigned long needed, unsigned long limit)
{
	unsigned long most = config->max_connections;

	if (limit >= needed)
		return config->max_connections;
	if (limit < own + 2) {
		log_warnx(M_FRONT_START_FAILED, "the limit on open files is "
		    "%lu, but at least %lu are needed: raise LimitNOFILE of "
		    "the unit, or 'ulimit -n', to %lu", limit, own + 2,
		    needed);
		return 0;
	}
	if (most > (limit - own) / 2)
		most = (limit - own) / 2;
	log_warnx(M_DESCRIPTOR_LIMIT, "the limit on open files is %lu, not "
	    "%lu: at most %lu connections of the MTA, and fewer DNS lookups: "
	    "raise LimitNOFILE of the unit, or 'ulimit -n', to %lu, or lower "
	    "'connections' in section limits", limit, needed, most, needed);
	return (unsigned int)most;
}

int
capacity_set(const struct config *config)
{
	const unsigned long own = OWN_DESCRIPTORS + GATE_SPARE +
	    (unsigned long)config->signers * IPC_PEERS;
	const unsigned long needed = own + DNS_MAX_DESCRIPTORS +
	    config->max_connections;
	unsigned long limit;
	unsigned int most;
	int r;

	if ((r = set_stack_size()) != 0) {
		errno = r;
		log_warn(M_FRONT_START_FAILED, "cannot set the stack size of "
		    "threads");
		return -1;
	}
	limit = descriptors_raise(needed);
	if ((most = most_connections(config, own, needed, limit)) == 0)
		return -1;
	if (gate_open(most, limit < needed ? limit : needed) != 0) {
		log_warn(M_FRONT_START_FAILED, "cannot count connections");
		return -1;
	}
	return 0;
}
