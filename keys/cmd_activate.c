/* SPDX-License-Identifier: ISC */

/*
 * countersign-key activate: set the time from which keys sign.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "rfc3339.h"
#include "tool.h"

struct activation {
	const struct tool	*tool;
	struct ks_lock		*lock;
	struct ks_state		 state;
	int64_t			 from;
	char			 from_text[RFC3339_SIZE];
	size_t			 nchanged;
};

static bool
has_begun(const struct ks_key *key, int64_t now)
{
	return key->active_from != KS_NEVER && key->active_from <= now;
}

/* Whether a key can sign at all from that time on. */
static bool
is_over(const struct ks_key *key, int64_t from)
{
	return (key->retire_at != KS_NEVER && key->retire_at <= from) ||
	    key->revoked != KS_NEVER || key->removed != KS_NEVER;
}

static int
activate_key(struct activation *act, struct ks_key *key,
    struct ks_error *error)
{
	char text[64];
	EVP_PKEY *pkey;
	int r;

	/* A key that cannot be loaded would stop the domain's mail. */
	r = ks_key_load(act->tool->ks, act->state.domain, key, &pkey, error);
	if (r != 0)
		return r;
	EVP_PKEY_free(pkey);
	(void)snprintf(text, sizeof(text), "active_from %s (not checked in "
	    "DNS)", act->from_text);
	r = ks_log_append(act->lock, act->tool->now, key->selector, text,
	    error);
	if (r == 0) {
		key->active_from = act->from;
		act->nchanged++;
	}
	return r;
}

/* One named key.  Returns KS_E_NOKEY or KS_E_ARG when it must not be. */
static int
activate_named(struct activation *act, const char *selector,
    struct ks_error *error)
{
	struct ks_key *key;
	size_t i;

	key = NULL;
	for (i = 0; i < act->state.nkeys; i++)
		if (strcmp(act->state.keys[i].selector, selector) == 0)
			key = &act->state.keys[i];
	if (key == NULL) {
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: no key %s: see '%s list %s'", act->state.domain,
		    selector, act->tool->command, act->state.domain);
		return KS_E_NOKEY;
	}
	if (is_over(key, act->from)) {
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: key %s is retired by then: make another with "
		    "'%s generate %s'", act->state.domain, selector,
		    act->tool->command, act->state.domain);
		return KS_E_ARG;
	}
	if (has_begun(key, act->tool->now)) {
		(void)printf("%s: key %s is active already\n",
		    act->state.domain, selector);
		return 0;
	}
	return activate_key(act, key, error);
}

/* Every key that is neither active nor retired. */
static int
activate_all(struct activation *act, struct ks_error *error)
{
	struct ks_key *key;
	size_t i, nactive;
	int r;

	nactive = 0;
	for (i = 0; i < act->state.nkeys; i++) {
		key = &act->state.keys[i];
		if (is_over(key, act->from))
			continue;
		if (has_begun(key, act->tool->now)) {
			nactive++;
			continue;
		}
		if ((r = activate_key(act, key, error)) != 0)
			return r;
	}
	if (act->nchanged > 0)
		return 0;
	if (nactive == 0) {
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: no key that could sign: make one with '%s generate "
		    "%s'", act->state.domain, act->tool->command,
		    act->state.domain);
		return KS_E_NOKEY;
	}
	(void)printf("%s: every key is active already\n", act->state.domain);
	return 0;
}

static void
print_result(const struct activation *act)
{
	const struct ks_key *key;
	size_t i;
	bool has_rsa;

	has_rsa = false;
	for (i = 0; i < act->state.nkeys; i++) {
		key = &act->state.keys[i];
		if (!is_over(key, act->from) &&
		    key->algorithm == DKIMSIG_RSA_SHA256 &&
		    has_begun(key, act->from))
			has_rsa = true;
		if (key->active_from == act->from &&
		    !is_over(key, act->from))
			(void)printf("%s: key %s signs from %s\n",
			    act->state.domain, key->selector,
			    act->from_text);
	}
	(void)printf("DNS was NOT checked: the record of each of these keys "
	    "must be there already, at every\nserver of the zone, or "
	    "receivers will find the signatures bad.  See them with\n\n"
	    "  %s show %s\n", act->tool->command, act->state.domain);
	if (!has_rsa)
		warnx("%s: no RSA key is active then: many receivers cannot "
		    "verify Ed25519 alone: '%s generate %s'",
		    act->state.domain, act->tool->command,
		    act->state.domain);
}

static int
activate(struct activation *act, int nselectors, char **selectors,
    struct ks_error *error)
{
	char selector[KS_SELECTOR_SIZE];
	int i, r;

	r = 0;
	if (nselectors == 0)
		r = activate_all(act, error);
	for (i = 0; i < nselectors && r == 0; i++) {
		(void)tool_selector(selectors[i], selector);
		r = activate_named(act, selector, error);
	}
	if (r != 0 || act->nchanged == 0)
		return r;
	if ((r = ks_state_write(act->lock, &act->state, error)) == 0)
		print_result(act);
	return r;
}

int
cmd_activate(struct tool *tool, int argc, char **argv)
{
	struct activation act = { .tool = tool };
	struct ks_error error;
	char domain[DKIMSIG_DOMAIN_SIZE], selector[KS_SELECTOR_SIZE];
	int i, r;

	if (!tool_domain(argv[0], domain) || !tool_time(tool, &act.from))
		return TOOL_USAGE;
	for (i = 1; i < argc; i++)
		if (!tool_selector(argv[i], selector))
			return TOOL_USAGE;
	(void)rfc3339_print(act.from, act.from_text);
	if ((r = tool_lock(tool, domain, false, &act.lock, &error)) == 0 &&
	    (r = ks_state_read(tool->ks, domain, &act.state, &error)) == 0)
		r = activate(&act, argc - 1, argv + 1, &error);
	if (r != 0)
		warnx("%s", error.text);
	ks_state_finish(&act.state);
	ks_unlock(act.lock);
	return r == 0 ? TOOL_DONE : TOOL_FAILED;
}
