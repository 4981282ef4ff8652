/* SPDX-License-Identifier: ISC */

/*
 * The troubles of all domains, or of one, of rotation itself, and of sources
 * that send too much, for those who tell people of them: monitoring and
 * notices.  DNS is not asked: what the last run of rotation saw there is in the
 * store.
 */

#ifndef GATHERING_H
#define GATHERING_H

#include "command/tool.h"
#include "rotate/alarms.h"
#include "rotate/view.h"
#include "store/notified.h"

/* How long rotation, which runs hourly, may be silent: seconds. */
#define GATHERING_RUN_WARNING	(3 * 3600)
#define GATHERING_RUN_CRITICAL	(7 * 86400)

struct gathering {
	const struct tool	*tool;		/* borrowed, as all below */
	struct rotation_run	*run;
	/* What people were told of; NULL: it is read. */
	const struct ks_notified *notified;
	/*
	 * Called for each domain while its view is open, or NULL.  Its troubles
	 * begin at first.  Returns 0 or KS_E_NOMEM.
	 */
	int			(*add_domain)(struct gathering *gathering,
				    struct domain_view *view,
				    const char *domain, size_t first);
	void			*context;

	/* The result. */
	struct alarms		 alarms;
	size_t			 ndomains;
	bool			 is_automatic;	/* the timer has work to do */
	int64_t			 oldest;	/* key of such a domain */
	int64_t			 last_run;	/* or KS_NEVER */
};

/* Prepare to gather.  gathering_finish() frees the result. */
void	gathering_init(struct gathering *gathering, const struct tool *tool,
	    struct rotation_run *run);
void	gathering_finish(struct gathering *gathering);

/*
 * Gather the troubles of a domain, in normalized form, or of all for NULL.
 * Returns 0 or KS_E_*.
 */
int	gathering_run(struct gathering *gathering, const char *domain,
	    struct ks_error *error);

#endif /* GATHERING_H */
