/* SPDX-License-Identifier: ISC */

/*
 * What the subcommands of countersign-key share.
 */

#include "tool.h"

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#include "rfc3339.h"

#define POLL_MS	20	/* between two looks at a lock */

bool
tool_domain(const char *operand, char domain[DKIMSIG_DOMAIN_SIZE])
{
	int r;

	r = dkimsig_domain_normalize(operand, strlen(operand), domain,
	    DKIMSIG_DOMAIN_SIZE);
	if (r == 0)
		return true;
	warnx("%s: %s: give a domain name such as example.com", operand,
	    dkimsig_strerror(r));
	return false;
}

bool
tool_selector(const char *operand, char selector[KS_SELECTOR_SIZE])
{
	size_t i;

	if (!dkimsig_selector_is_valid(operand) ||
	    strlcpy(selector, operand, KS_SELECTOR_SIZE) >=
	    KS_SELECTOR_SIZE) {
		warnx("%s: not a selector: use letters, digits and hyphens, "
		    "63 characters at most", operand);
		return false;
	}
	for (i = 0; selector[i] != '\0'; i++)
		selector[i] = (char)tolower((unsigned char)selector[i]);
	return true;
}

bool
tool_time(const struct tool *tool, int64_t *seconds)
{
	*seconds = tool->now;
	if (tool->at == NULL)
		return true;
	if (!rfc3339_parse(tool->at, strlen(tool->at), seconds)) {
		warnx("--at %s: not a time: write it in UTC as "
		    "2026-11-23T09:00:00Z", tool->at);
		return false;
	}
	if (*seconds < tool->now) {
		warnx("--at %s: is past: leave --at out to mean now",
		    tool->at);
		return false;
	}
	return true;
}

static int64_t
monotonic_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int
tool_lock(const struct tool *tool, const char *domain, bool create,
    struct ks_lock **lock, struct ks_error *error)
{
	const struct timespec nap = { .tv_nsec = POLL_MS * 1000000L };
	int64_t end;
	int r;

	end = monotonic_ms() + (int64_t)tool->wait_s * 1000;
	while ((r = ks_lock(tool->ks, domain, create, lock, error)) ==
	    KS_E_LOCKED && monotonic_ms() < end)
		(void)nanosleep(&nap, NULL);
	return r;
}

void
tool_no_key(const struct tool *tool, const char *domain,
    const char *selector)
{
	warnx("%s/%s/state: no key %s: see '%s list %s'", tool->keydir,
	    domain, selector, tool->command, domain);
}

static bool
is_past(int64_t seconds, int64_t now)
{
	return seconds != KS_NEVER && seconds <= now;
}

const char *
tool_status(const struct ks_key *key, int64_t now)
{
	if (is_past(key->removed, now))
		return "removed";
	if (is_past(key->revoked, now))
		return "revoked";
	if (is_past(key->retire_at, now))
		return "retired";
	if (is_past(key->active_from, now))
		return "active";
	if (key->active_from != KS_NEVER)
		return "scheduled";
	if (is_past(key->verified, now))
		return "standby";
	if (is_past(key->published, now))
		return "published";
	return "generated";
}

int
tool_record(const struct tool *tool, const char *domain,
    const struct ks_key *key, struct record *record, unsigned int *keybits,
    struct ks_error *error)
{
	EVP_PKEY *pkey;
	int r;

	r = ks_key_load(tool->ks, domain, key, &pkey, error);
	if (r != 0)
		return r;
	*keybits = (unsigned int)EVP_PKEY_get_bits(pkey);
	if (key->algorithm == DKIMSIG_ED25519_SHA256)
		*keybits = 256;	/* not 253, the order of its group */
	r = record_make(domain, key, pkey, tool->now, record);
	EVP_PKEY_free(pkey);
	if (r != 0)
		(void)snprintf(error->text, sizeof(error->text),
		    "%s/%s: no DNS record can be made of key %s",
		    tool->keydir, domain, key->selector);
	return r;
}

void
tool_print_record(const struct record *record)
{
	(void)printf("  name       %s\n", record->name);
	(void)printf("  type       TXT\n");
	(void)printf("  value      %s\n", record->txt);
	(void)printf("  strings    %s\n", record->zone);
	(void)printf("  zone file  %s. IN TXT ( %s )\n", record->name,
	    record->zone);
}
