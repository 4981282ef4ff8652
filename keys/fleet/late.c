/* SPDX-License-Identifier: ISC */

/*
 * For how long the database was not used.
 *
 * Keys of other hosts may sign already that this one does not have, once it has
 * seen no database for the time that their records are published before.  That
 * time goes on over a restart, in which only the clock of the host tells it
 * (kept/used.h).  From the first use on it is that of monotonic_ms(), which
 * nobody sets.
 */

#include "base/clock.h"
#include "base/log.h"
#include "fleet/daemon.h"

int64_t
fleet_late_ms(const struct fleet_daemon *daemon)
{
	const int64_t here_ms = monotonic_ms() - daemon->used_ms;
	const int64_t ago_ms = daemon->was_used ? 0 : 1000 *
	    fleet_used_ago(&daemon->mirror.used, daemon->clock());
	const int64_t late_ms = ago_ms > here_ms ? ago_ms : here_ms;

	return daemon->view != FLEET_VIEW_USED && late_ms > daemon->lead_ms ?
	    late_ms : 0;
}

/* If it cannot be written, the mirror says so, which writes more. */
static void
note_use(struct fleet_daemon *daemon)
{
	struct ks_error error;

	daemon->used_ms = monotonic_ms();
	daemon->was_used = true;
	daemon->late_ms = 0;
	(void)fleet_used_note(daemon->ks, &daemon->mirror.used,
	    fleet_db_server(daemon->db), daemon->clock(), &error);
}

void
fleet_late_note(struct fleet_daemon *daemon)
{
	const int64_t late_ms = fleet_late_ms(daemon);
	const int64_t now_ms = monotonic_ms();

	if (daemon->view == FLEET_VIEW_USED)
		note_use(daemon);
	else if (late_ms > 0 && (daemon->late_ms == 0 ||
	    now_ms - daemon->late_ms >= FLEET_REMIND_MS)) {
		daemon->late_ms = now_ms;
		log_warnx(M_FLEET_LATE, "no database for %lld s, longer than "
		    "publish_lead: %s", (long long)late_ms / 1000,
		    daemon->why);
	}
}
