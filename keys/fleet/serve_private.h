/* SPDX-License-Identifier: ISC */

/*
 * Answering countersign-key: see talk/protocol.h.  Each request is a function
 * that returns false if the connection is to be closed, as those do that send a
 * line.
 */

#ifndef FLEET_SERVE_PRIVATE_H
#define FLEET_SERVE_PRIVATE_H

#include "fleet/daemon.h"
#include "store/master.h"

struct fleet_sights;

/* While a client is read. */
struct fleet_serving {
	struct fleet_daemon	*daemon;
	struct fleet_client	*client;
	struct fleet_sights	*sights;	/* not answered yet, or NULL */
};

bool	fleet_answer(const struct fleet_serving *serving,
	    const struct talk_message *message);
bool	fleet_answer_text(const struct fleet_serving *serving,
	    enum talk_kind kind, const char *text);
bool	fleet_answer_done(const struct fleet_serving *serving);

/* The client is to ask again after so many ms; why. */
bool	fleet_answer_waits(const struct fleet_serving *serving, int64_t ms,
	    const char *text);
bool	fleet_answer_mirroring(const struct fleet_serving *serving);

bool	fleet_answer_fleet(const struct fleet_serving *serving);
bool	fleet_answer_host(const struct fleet_serving *serving,
	    const struct fleet_host *host);

/* Log who asks for what, and let no pause of the database delay it. */
void	fleet_begin_request(const struct fleet_serving *serving,
	    const char *what);

/* Requests of people. */
bool	fleet_serve_init(const struct fleet_serving *serving,
	    const struct talk_message *request);
bool	fleet_serve_admit(const struct fleet_serving *serving,
	    const struct talk_message *request);
bool	fleet_serve_import(const struct fleet_serving *serving,
	    const struct talk_message *request);
bool	fleet_serve_exposure(const struct fleet_serving *serving);
bool	fleet_serve_expel(const struct fleet_serving *serving,
	    const struct talk_message *request);
bool	fleet_serve_restore(const struct fleet_serving *serving);
bool	fleet_serve_mark(const struct fleet_serving *serving,
	    const struct talk_message *request);
bool	fleet_serve_keys(const struct fleet_serving *serving,
	    const struct talk_message *request);

/*
 * What DNS shows of a key: "revoked" and "shown" (serve_sights.c).  They are
 * answered by fleet_serve_sights(), which must be called before any other
 * request, and when no more octets are there.
 */
bool	fleet_serve_sight(struct fleet_serving *serving,
	    const struct talk_message *request);
bool	fleet_serve_sights(struct fleet_serving *serving);

/*
 * The requests with which a client rotates keys (serve_lease.c); *is_one is
 * false if it is none of them.
 */
bool	fleet_serve_lease(const struct fleet_serving *serving,
	    const struct talk_message *request, bool *is_one);

#endif /* FLEET_SERVE_PRIVATE_H */
