/* SPDX-License-Identifier: ISC */

/*
 * Each factor of a source, looked at on its own.  Pure, as policy.h, whose
 * part this is.
 */

#ifndef FACTORS_H
#define FACTORS_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/facts.h"
#include "policy/policy.h"

/* How far the clock of another host may be ahead, in seconds. */
#define FACTORS_CLOCK_SKEW	300

enum outcome	factor_networks(const struct facts *facts,
		    const struct source *source);
/* A pattern of a list holds; NULL and "" are absent. */
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
enum outcome	factor_bounce(const struct facts *facts,
		    const struct source *source);
enum outcome	factor_header(const struct facts *facts,
		    const struct header_rule *rule);
enum outcome	factor_secret(const struct facts *facts,
		    const struct secret_rule *rule);
enum outcome	factor_spf(const struct facts *facts,
		    const struct source *source);
/* Whether a rule could accept a signature of that d= and s=. */
enum asked	factor_dkim_asks(const struct dkim_rule *rule,
		    const char *sdid, const char *selector);
/*
 * *signature is which one holds.  *field is the name of one that
 * OUTCOME_INCOMPLETE is about, of the configuration; else NULL.
 */
enum outcome	factor_dkim(const struct facts *facts,
		    const struct dkim_rule *rule, size_t *signature,
		    const char **field);

#endif /* FACTORS_H */
