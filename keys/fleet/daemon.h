/* SPDX-License-Identifier: ISC */

/*
 * Room keys/fleet: countersign-fleet(8), which keeps the keys of a host the
 * same as those of all hosts; see DESIGN.
 *
 * countersign-fleet: what it has, and its loop.
 *
 * One thread.  It looks at the database each FLEET_POLL_MS, and at a hint no
 * more often than each FLEET_HINT_MS; in between, and while it looks, between
 * pages, it serves countersign-key.
 * Whatever it writes is safe against being killed, so signals end it at once.
 */

#ifndef FLEET_DAEMON_H
#define FLEET_DAEMON_H

#include "fleet/alarms.h"
#include "fleet/views.h"
#include "mirror/mirror.h"
#include "talk/protocol.h"
#include "writing/lease.h"

#define FLEET_POLL_MS	10000
#define FLEET_HINT_MS	1000
#define FLEET_SWEEP_MS	3600000
#define FLEET_REPORT_MS	300000		/* last uses, at least */
#define FLEET_MIRRORING_MS 200		/* in which to ask again */
#define FLEET_MAX_CLIENTS 8

/* Of a request that has several lines. */
struct fleet_parts {
	char	*lines;			/* each with its newline */
	size_t	 len;
	char	*was, *wanted;		/* NULL: no record */
};

struct fleet_client {
	struct fleet_parts	 parts;
	int			 fd;
	bool			 is_greeted;
	uid_t			 uid;
	/* Of the lease that it was told it has, or 0: it decides under that. */
	int64_t			 token;
	struct talk_lines	 lines;
};

struct fleet_daemon {
	const char		*version;
	const char		*keydir;
	const char		*name;		/* of this host */
	int64_t			(*clock)(void);	/* seconds since 1970 */
	struct keystore		*ks;
	struct fleet_db		*db;
	struct fleet_alarms	*alarms;
	int			 listener;
	struct fleet_client	*clients[FLEET_MAX_CLIENTS];
	size_t			 nclients;

	/* Of the fleet, if this host is in one. */
	bool			 is_in_fleet;
	bool			 can_end;	/* keys here, also if not */
	struct fleet_hostkeys	 keys;
	struct fleet_host	 host;		/* this one */
	struct fleet_members	 members;
	struct fleet_mirror	 mirror;

	/* The lease, and who uses it; NULL: nobody. */
	struct fleet_lease	 lease;
	struct fleet_client	*lessee;
	size_t			 nbegun;	/* changes of DNS, not ended */
	unsigned int		 lease_s;
	int64_t			 grace_ms;

	enum fleet_view		 view;
	char			 why[FLEET_VIEW_SIZE];
	struct fleet_views	 views;		/* what was logged of it */
	int64_t			 lead_ms;	/* the shortest publish_lead */
	int64_t			 used_ms;	/* last use, or the start */
	bool			 was_used;	/* since the start */
	int64_t			 late_ms;	/* when that was logged, or 0 */
	int64_t			 looked_ms, due_ms, sweep_ms, report_ms;
	int64_t			 rest_ms;	/* between two reports */
	char			 server[256], system[FLEET_SYSTEM_SIZE];
	int64_t			 omitted_ms;	/* when alarms were, or 0 */
	int64_t			 marked_ms;	/* when marks were logged */
	bool			 is_looking, is_serving;
};

/*
 * Read what this host has of a fleet, if it is in one: at the start, and after
 * it was entered.  Returns 0 or KS_E_*, and then what was read before is gone:
 * a host that was in a fleet cannot go on.
 */
int	fleet_daemon_load(struct fleet_daemon *daemon, struct ks_error *error);

/* Look at the database now; its result is the view. */
void	fleet_daemon_look(struct fleet_daemon *daemon);

/*
 * For how long the database was not used, if that is longer than publish_lead;
 * 0: it is used, or was.
 */
int64_t	fleet_late_ms(const struct fleet_daemon *daemon);

/* A look at the database has ended: note that it is used, or log that. */
void	fleet_late_note(struct fleet_daemon *daemon);

/* Serve for ever; returns only if waiting failed, with errno set. */
void	fleet_daemon_run(struct fleet_daemon *daemon);

/*
 * Requests: accept a connection, and read from one.  Return false if it is to
 * be closed.
 */
void	fleet_serve_accept(struct fleet_daemon *daemon);
bool	fleet_serve_read(struct fleet_daemon *daemon,
	    struct fleet_client *client);

/* A connection was closed. */
void	fleet_serve_gone(struct fleet_daemon *daemon,
	    struct fleet_client *client);

#endif /* FLEET_DAEMON_H */
