/* SPDX-License-Identifier: ISC */

/*
 * Print what each option is that countersign.conf does not set, by its name as
 * in countersign.conf(5), with a section only where its own option must be set.
 * Times are in seconds, lists have commas, "-" is none.  The default of
 * signers, which is the number of CPUs, is left out.
 *
 * config.py compares this with what an earlier version printed.
 */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/private.h"

static const char minimal[] =
    "rotation { }\n"
    "source \"relay\" {\n"
    "  login = \"relay\" domains = \"example.com\"\n"
    "  header \"X-Account\" { value = \"a\" }\n"
    "  dkim { domains = \"platform.example\" }\n"
    "  ceilings { messages_per_hour = 1 }\n"
    "}\n";

static void
put_text(const char *name, const char *text)
{
	(void)printf("%s %s\n", name, text == NULL ? "-" : text);
}

static void
put_number(const char *name, int64_t number)
{
	(void)printf("%s %" PRId64 "\n", name, number);
}

static void
put_bool(const char *name, bool is_set)
{
	put_text(name, is_set ? "true" : "false");
}

static void
put_names(const char *name, const char *const *texts, size_t n)
{
	size_t i;

	(void)printf("%s %s", name, n == 0 ? "-" : "");
	for (i = 0; i < n; i++)
		(void)printf("%s%s", i == 0 ? "" : ",", texts[i]);
	(void)putchar('\n');
}

static void
put_list(const char *name, const struct text_list *list)
{
	put_names(name, list->texts, list->n);
}

static void
put_service(const struct config *config)
{
	put_text("socket", config->socket);
	(void)printf("socket_mode %04o\n", config->socket_mode);
	put_text("socket_group", config->socket_group);
	put_text("keydir", config->keydir);
	put_text("kek_file", config->kek_file);
	put_bool("keydir_mounted", config->keydir_mounted);
	put_text("state_dir", config->state_dir);
	put_text("host", config->host);
	put_bool("follower", config->follower);
	put_text("user", config->user);
	put_text("keys_user", config->keys_user);
	put_number("signatures_per_hour", config->signatures_per_hour);
	put_number("sign_timeout", config->sign_timeout_ms / 1000);
	put_text("preset_dir", config->preset_dir);
	put_list("dns/servers", &config->dns.servers);
	put_text("dns/trust_anchor", config->dns.trust_anchor);
	put_number("dns/timeout", config->dns.timeout_ms / 1000);
	put_text("mode", config->observe ? "observe" : "sign");
	put_text("reply_contact", config->reply_contact);
	put_text("log_format", config->log_json ? "json" : "logfmt");
	put_text("audit_file", config->audit_file);
	put_text("counts_dir", config->counts_dir);
	put_text("metrics/listen", config->metrics_listen);
	put_text("metrics/textfile", config->metrics_textfile);
	put_text("metrics/user", config->metrics_user);
	put_number("metrics/metrics_sources", config->metrics_sources);
	put_text("fleet/database", config->fleet_database);
	put_text("fleet/host", config->fleet_host);
	put_number("limits/connections", config->max_connections);
	put_number("limits/header_size", (int64_t)config->max_header);
	put_number("limits/header_fields", (int64_t)config->max_fields);
	put_bool("eight_bit_safe", config->eight_bit_safe);
}

static const char *
canon_name(enum dkimsig_canon canon)
{
	return canon == DKIMSIG_CANON_RELAXED ? "relaxed" : "simple";
}

static void
put_signature(const struct config *config)
{
	const char *const *names;
	size_t n;

	put_number("signature/expire", config->expire);
	put_bool("signature/oversign", config->oversign);
	(void)printf("signature/canonicalization %s/%s\n",
	    canon_name(config->header_canon), canon_name(config->body_canon));
	names = dkimsig_default_signed(&n);
	put_names("source/sign_headers", names, n);
	names = dkimsig_default_oversigned(&n);
	put_names("source/oversign", names, n);
	names = dkimsig_default_guarded(&n);
	put_names("source/guard", names, n);
}

static void
put_factors(const struct source *source)
{
	const struct header_rule *header = &source->headers[0];
	const struct dkim_rule *dkim = &source->dkims[0];

	put_bool("source/trust_network", source->trust_network);
	put_text("source/tls", source->tls == TLS_NONE ? "-" : "some");
	put_bool("source/any_login", source->any_login);
	put_text("source/salesforce_bounce",
	    source->bounce == BOUNCE_UNASKED ? "-" : "some");
	put_text("source/header/compare",
	    header->compare == HEADER_EXACT ? "exact" : "another");
	put_bool("source/header/optional", header->optional);
	put_list("source/dkim/selectors", &dkim->selectors);
	put_list("source/dkim/fields", &dkim->fields);
	put_list("source/dkim/uncovered", &dkim->uncovered);
	put_number("source/dkim/max_age", dkim->max_age);
	put_number("source/dkim/max_uses", dkim->max_uses);
}

static void
put_source(const struct source *source)
{
	put_text("source/mode", source->observe ? "observe" : "sign");
	put_text("source/on_mismatch", action_name(source->on_mismatch));
	put_text("source/on_unclear_author",
	    action_name(source->on_unclear_author));
	put_text("source/on_no_key", action_name(source->on_no_key));
	/* "warn" is to pass, and to log. */
	put_text("source/on_fragile", action_name(source->on_fragile));
	put_text("source/on_fault", action_name(source->on_fault));
	put_number("source/expire", source->expire);
	put_text("source/keys", source->stream);
	put_list("source/also_sign", &source->also_sign);
	put_list("source/remove", &source->remove);
	put_list("source/remove_signatures", &source->remove_signatures);
	put_number("source/ceilings/recipients_per_hour",
	    source->ceilings.max[CEILING_RECIPIENTS_HOUR]);
	put_text("source/ceilings/action",
	    source->ceilings.defers != 0 ? "tempfail" : "alarm");
	put_factors(source);
}

static void
put_rotation(const struct config *config)
{
	const struct rotation *rotation = &config->rotations[0];

	put_number("rotation/every", rotation->every);
	(void)printf("rotation/algorithm rsa%u%s\n", rotation->rsa_bits,
	    rotation->wants_ed25519 ? " and ed25519" : "");
	put_bool("rotation/automatic", rotation->automatic);
	put_text("rotation/publish",
	    rotation->publish == ROTATION_MANUAL ? "manual" : "another");
	put_number("rotation/publish_lead", rotation->publish_lead);
	put_number("rotation/retain", rotation->retain);
	put_number("rotation/revoke_for", rotation->revoke_for);
	put_text("rotation/disclose", rotation->disclose);
	put_number("rotation/queue_lifetime", rotation->queue_lifetime);
	put_number("rotation/signature_lifetime",
	    rotation->signature_lifetime);
	put_number("rotation/ttl", rotation->ttl);
	put_number("rotation/unreachable_after",
	    rotation->unreachable_after);
	put_text("rotation/cname_zone", rotation->cname_zone);
	put_text("rotation/contact", rotation->contact);
	put_list("rotation/servers", &rotation->servers);
	put_list("rotation/check_resolvers", &rotation->check_resolvers);
	put_number("rotation/parallel", config->rotation_parallel);
	put_text("rotation/metrics_file", config->metrics_file);
	put_list("rotation/sync_hosts", &config->sync_hosts);
	put_list("rotation/sync_command", &config->sync_command);
	put_text("rotation/notify_hook", config->notify_hook);
}

int
main(void)
{
	struct config *config;
	size_t nfaults;

	config = config_load_text("minimal", minimal, strlen(minimal), stderr,
	    &nfaults);
	if (config == NULL)
		errx(1, "%zu faults", nfaults);
	put_service(config);
	put_signature(config);
	put_source(&config->sources[0]);
	put_rotation(config);
	config_unref(config);
	return 0;
}
