/* SPDX-License-Identifier: ISC */

/*
 * Each factor of a source, judged by itself.  Part of policy.h, and pure like
 * it.
 */

#ifndef FACTORS_H
#define FACTORS_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/facts.h"
#include "policy/policy.h"

/* Seconds that the clock of another host may be ahead. */
#define FACTORS_CLOCK_SKEW	300

enum outcome	factor_networks(const struct facts *facts,
		    const struct source *source);
/* Hold if fact matches a pattern of the list; NULL and "" are absent. */
enum outcome	factor_domain(const char *fact, const struct text_list *list);
enum outcome	factor_text(const char *fact, const struct text_list *list);
enum outcome	factor_tls(const struct facts *facts,
		    const struct source *source);
enum outcome	factor_login(const struct facts *facts,
		    const struct source *source);
enum outcome	factor_daemon(const struct facts *facts,
		    const struct source *source);
enum outcome	factor_envelope(const struct facts *facts,
		    const struct source *source);
/* Whether the source names all addresses of its domains in From. */
enum outcome	factor_authors(const struct facts *facts,
		    const struct source *source);
/* The first one that it does not name, of those that are certain; or NULL. */
const struct fact_address *factor_refused_author(const struct facts *facts,
		    const struct source *source);
enum outcome	factor_bounce(const struct facts *facts,
		    const struct source *source);
enum outcome	factor_header(const struct facts *facts,
		    const struct header_rule *rule);
enum outcome	factor_secret(const struct facts *facts,
		    const struct secret_rule *rule);
enum outcome	factor_spf(const struct facts *facts,
		    const struct source *source);
/* Whether a rule could accept a signature with this d= and s=. */
enum asked	factor_dkim_asks(const struct dkim_rule *rule,
		    const char *sdid, const char *selector);
/*
 * *signature is set to the index of the signature that holds.  *field is the
 * field that OUTCOME_INCOMPLETE is about, borrowed from rule or facts; else
 * NULL.
 */
enum outcome	factor_dkim(const struct facts *facts,
		    const struct dkim_rule *rule, size_t *signature,
		    const char **field);

#endif /* FACTORS_H */
