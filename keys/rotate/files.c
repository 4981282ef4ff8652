/* SPDX-License-Identifier: ISC */

/*
 * The key files of a domain: whether signers can use them, and if not, whether
 * one file is damaged or something is wrong with the whole store.
 *
 * If a single file cannot be used, the key in reserve takes over.  If several
 * cannot be used, of keys that sign or are in reserve, the cause is probably a
 * restore with the wrong owner, or the disk; the reserve would then be used up
 * in vain.  In other domains only the keys that sign are checked, because one
 * damaged key in reserve that nobody has fixed does not mean that.
 */

#include "rotate/view.h"

#include <stdlib.h>
#include <string.h>

#include "life/key_phase.h"
#include "store/sealer.h"

/* Whether a file exists, but cannot be used. */
static bool
is_bad(int status)
{
	return status == KS_E_DAMAGED || status == KS_E_UNSAFE;
}

/* Check the file of one key, unless this was done before in this run. */
static int
check_file(struct domain_view *view, size_t i, int64_t now,
    struct ks_error *error)
{
	const struct ks_key *key = &view->state.keys[i];
	struct view_note *note = &view->notes[i];
	int r;

	r = ks_key_exists(view->run->ks, view->state.domain, key->selector,
	    &view->facts[i].has_file, error);
	if (r != 0 || note->was_loaded || key_phase(key, now) >= KEY_RETIRED)
		return r;
	r = ks_key_check(view->run->ks, view->state.domain, key, error);
	if (r != 0 && r != KS_E_NOKEY && !is_bad(r))
		return r;
	note->was_loaded = true;
	view->facts[i].is_unusable = is_bad(r);
	if (r != 0 && (note->fault = strdup(error->text)) == NULL)
		return KS_E_NOMEM;
	return 0;
}

/* -- The whole store ----------------------------------------------------- */

struct survey {
	struct keystore	*ks;
	int64_t		 now;
	size_t		 ndomains;	/* with a bad file */
};

/* Returns 1, which ends the survey, at the second domain with a bad file. */
static int
survey_domain(const char *domain, void *arg)
{
	struct survey *survey = arg;
	const struct ks_key *key;
	struct ks_state state;
	bool found;
	size_t i;
	int r;

	memset(&state, 0, sizeof(state));
	r = ks_state_read(survey->ks, domain, &state, NULL);
	found = is_bad(r);
	for (i = 0; r == 0 && !found && i < state.nkeys; i++) {
		key = &state.keys[i];
		found = ks_key_is_active(key, survey->now) &&
		    is_bad(ks_key_check(survey->ks, domain, key, NULL));
	}
	ks_state_finish(&state);
	survey->ndomains += found;
	return survey->ndomains > 1;
}

/* Whether more than one domain has bad files; surveyed once in a run. */
static int
survey_store(struct rotation_run *run, int64_t now, bool *is_widespread,
    struct ks_error *error)
{
	struct survey survey = { .ks = run->ks, .now = now };
	int r = 0;

	(void)pthread_mutex_lock(&run->mutex);
	if (!run->was_surveyed) {
		r = ks_each_domain(run->ks, survey_domain, &survey, error);
		run->was_surveyed = r >= 0;
		run->is_widespread = r == 1;
	}
	*is_widespread = run->is_widespread;
	(void)pthread_mutex_unlock(&run->mutex);
	return r < 0 ? r : 0;
}

int
domain_view_files(struct domain_view *view, struct ks_error *error)
{
	const int64_t now = view->run->clock();
	size_t i, n = 0, nactive = 0;
	int r = 0;

	for (i = 0; r == 0 && i < view->state.nkeys; i++) {
		r = check_file(view, i, now, error);
		if (!view->facts[i].is_unusable ||
		    key_phase(&view->state.keys[i], now) >= KEY_RETIRED)
			continue;
		n++;
		nactive += ks_key_is_active(&view->state.keys[i], now);
	}
	view->policy.store_fault = n > 1;
	if (r == 0 && n == 1 && nactive == 1)
		r = survey_store(view->run, now, &view->policy.store_fault,
		    error);
	return r;
}
