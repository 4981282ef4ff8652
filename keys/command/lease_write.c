/* SPDX-License-Identifier: ISC */

/*
 * What a store of a fleet asks its master before it changes (store/master.h):
 * states that are written, domains that end, private keys that are destroyed.
 * It goes to countersign-fleet(8), and counts only under the lease that this
 * host had when the domain was locked.
 */

#include <stdlib.h>
#include <string.h>

#include "command/lease_private.h"
#include "store/replica.h"

/* Send the lines of a state but the first, which is that of the format. */
static int
tell_lines(struct lease *lease, char *text, struct ks_error *error)
{
	char *line;
	int r = 0;

	(void)strsep(&text, "\n");
	while (r == 0 && (line = strsep(&text, "\n")) != NULL)
		if (*line != '\0')
			r = lease_tell(lease, TALK_LINE, line, error);
	return r;
}

/* Ask for a change, after its lines, if there are any, in that term. */
static int
change(struct lease *lease, int64_t term, char *lines,
    const struct talk_message *request, struct ks_error *error)
{
	int r;

	(void)pthread_mutex_lock(&lease->mutex);
	r = lease_in_term(lease, term, error);
	if (r == 0 && lines != NULL)
		r = tell_lines(lease, lines, error);
	if (r == 0)
		r = lease_ask(lease, request, NULL, NULL, error);
	(void)pthread_mutex_unlock(&lease->mutex);
	return r;
}

static int64_t
read_term(void *context)
{
	struct lease *lease = context;
	int64_t term;

	(void)pthread_mutex_lock(&lease->mutex);
	term = lease->is_taken ? lease->term : 0;
	(void)pthread_mutex_unlock(&lease->mutex);
	return term;
}

static int
write_state(void *context, int64_t term, const struct ks_state *state,
    struct ks_error *error)
{
	struct talk_message request = { .kind = TALK_STATE };
	char *text;
	size_t len;
	int r;

	if ((r = ks_replica_print(state, &text, &len, error)) != 0)
		return r;
	(void)strlcpy(request.domain, state->domain, sizeof(request.domain));
	r = change(context, term, text, &request, error);
	free(text);
	return r;
}

static int
end_domain(void *context, int64_t term, const char *domain,
    struct ks_error *error)
{
	struct talk_message request = { .kind = TALK_GONE };

	(void)strlcpy(request.domain, domain, sizeof(request.domain));
	return change(context, term, NULL, &request, error);
}

static int
destroy_key(void *context, int64_t term, const char *domain,
    const char *selector, struct ks_error *error)
{
	struct talk_message request = { .kind = TALK_DESTROY };

	(void)strlcpy(request.domain, domain, sizeof(request.domain));
	(void)strlcpy(request.selector, selector, sizeof(request.selector));
	return change(context, term, NULL, &request, error);
}

void
lease_master(struct lease *lease)
{
	lease->master = (struct ks_master){
		read_term, write_state, end_domain, destroy_key, lease
	};
}
