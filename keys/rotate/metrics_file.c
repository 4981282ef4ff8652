/* SPDX-License-Identifier: ISC */

/*
 * Writing the result of a run over all domains in the Prometheus text format,
 * for the textfile collector of its node exporter.
 *
 * The file has counts, times, and lines for each domain, if they are not too
 * many, so that a store of many domains has no more series than others: then it
 * has the oldest key, the soonest change, and one line for each of the first
 * domains that failed.  Without memory, lines of domains are missing.  Times
 * are points in time, which do not age with the file as spans would.
 *
 * The file is replaced as a whole.  If that fails, the error says why, and the
 * old file remains.
 */

#include "rotate/metrics_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/memstream.h"
#include "base/replace_file.h"

#define PREFIX	"countersign_"
#define RUN	"rotation_"
#define MODE	0644		/* the collector is another user */

void
metrics_file_begin(struct metrics_file *metrics, int64_t now)
{
	memset(metrics, 0, sizeof(*metrics));
	metrics->begun = now;
	key_counts_init(&metrics->keys);
	metrics->domains = calloc(METRICS_FILE_DOMAINS,
	    sizeof(*metrics->domains));
	metrics->fp = memstream_open(&metrics->text, &metrics->len);
}

static void
keep_domain(struct metrics_domain *domain, const struct domain_report *report)
{
	size_t i;

	(void)strlcpy(domain->name, report->domain, sizeof(domain->name));
	domain->keys = report->keys;
	for (i = 0; i < report->nlines; i++)
		domain->has[report->lines[i].trouble] = true;
}

void
metrics_file_count(struct metrics_file *metrics,
    const struct domain_report *report)
{
	size_t i;

	for (i = 0; i < report->nlines; i++)
		metrics->troubles[report->lines[i].trouble]++;
	key_counts_add(&metrics->keys, &report->keys);
	if (metrics->domains != NULL &&
	    metrics->ndomains < METRICS_FILE_DOMAINS)
		keep_domain(&metrics->domains[metrics->ndomains], report);
	metrics->ndomains++;
	if (metrics->fp != NULL && report->count[REPORT_FAIL] > 0 &&
	    metrics->nlines++ < METRICS_FILE_DOMAINS)
		(void)fprintf(metrics->fp, PREFIX RUN "domain_failed"
		    "{domain=\"%s\"} 1\n", report->domain);
}

static void
print_head(FILE *fp, const char *name, const char *help)
{
	(void)fprintf(fp, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX
	    "%s gauge\n", name, help, name);
}

static void
print_gauge(FILE *fp, const char *name, const char *help, long long value)
{
	print_head(fp, name, help);
	(void)fprintf(fp, PREFIX "%s %lld\n", name, value);
}

/* A time of all domains; KS_NEVER: there is none. */
static void
print_time(FILE *fp, const char *name, const char *help, int64_t time)
{
	if (time != KS_NEVER)
		print_gauge(fp, name, help, (long long)time);
}

/* Those of which there are none have a line, too: an alert looks for 0. */
static void
print_troubles(FILE *fp, const struct metrics_file *metrics)
{
	unsigned int i;

	print_head(fp, RUN "troubles", "Troubles of all domains, by kind.");
	for (i = TROUBLE_NONE + 1; i < METRICS_FILE_TROUBLES; i++)
		(void)fprintf(fp, PREFIX RUN "troubles{trouble=\"%s\"} "
		    "%zu\n", trouble_word((enum trouble)i),
		    metrics->troubles[i]);
}

static void
print_keys(FILE *fp, const struct key_counts *keys)
{
	unsigned int i;

	print_head(fp, "keys", "Keys of all domains, by status.");
	for (i = 0; i < KEY_PHASES; i++)
		(void)fprintf(fp, PREFIX "keys{status=\"%s\"} %zu\n",
		    key_phase_name((enum key_phase)i), keys->phases[i]);
	(void)fprintf(fp, PREFIX "keys{status=\"compromised\"} %zu\n",
	    keys->ncompromised);
	print_time(fp, "keys_signing_since_timestamp_seconds",
	    "Since when the key signs that has signed for longest.",
	    keys->signing_since);
	print_time(fp, "keys_next_change_timestamp_seconds",
	    "When the next key is to be replaced.", keys->next_end);
}

/* -- Lines of each domain ------------------------------------------------ */

static int
compare_domains(const void *a, const void *b)
{
	const struct metrics_domain *one = a, *other = b;

	return strcmp(one->name, other->name);
}

/* A normalized domain needs no escapes in a label. */
static void
print_domain_time(FILE *fp, const char *name,
    const struct metrics_domain *domain, int64_t time)
{
	if (time != KS_NEVER)
		(void)fprintf(fp, PREFIX "%s{domain=\"%s\"} %lld\n", name,
		    domain->name, (long long)time);
}

static void
print_domain_troubles(FILE *fp, const struct metrics_domain *domain)
{
	unsigned int i;

	for (i = TROUBLE_NONE + 1; i < METRICS_FILE_TROUBLES; i++)
		if (domain->has[i])
			(void)fprintf(fp, PREFIX "domain_trouble{domain="
			    "\"%s\",trouble=\"%s\"} 1\n", domain->name,
			    trouble_word((enum trouble)i));
}

static void
print_domains(FILE *fp, const struct metrics_file *metrics)
{
	static const char since[] = "domain_signing_since_timestamp_seconds";
	static const char change[] = "domain_next_change_timestamp_seconds";
	struct metrics_domain *domains = metrics->domains;
	size_t i;

	if (domains == NULL || metrics->ndomains > METRICS_FILE_DOMAINS)
		return;
	qsort(domains, metrics->ndomains, sizeof(*domains), compare_domains);
	print_head(fp, since, "Since when the key of a domain signs that has "
	    "signed for longest.");
	for (i = 0; i < metrics->ndomains; i++)
		print_domain_time(fp, since, &domains[i],
		    domains[i].keys.signing_since);
	print_head(fp, change, "When the next key of a domain is to be "
	    "replaced.");
	for (i = 0; i < metrics->ndomains; i++)
		print_domain_time(fp, change, &domains[i],
		    domains[i].keys.next_end);
	print_head(fp, "domain_trouble", "A trouble that a domain has.");
	for (i = 0; i < metrics->ndomains; i++)
		print_domain_troubles(fp, &domains[i]);
}

static void
print_all(FILE *fp, const struct metrics_file *metrics,
    const struct rotate_tally *tally, int64_t now)
{
	print_gauge(fp, RUN "last_run_timestamp_seconds",
	    "When the last run ended.", (long long)now);
	print_gauge(fp, RUN "last_run_duration_seconds",
	    "How long the last run took.",
	    (long long)(now - metrics->begun));
	print_gauge(fp, RUN "domains", "Domains in the key store.",
	    (long long)tally->ndomains);
	print_gauge(fp, RUN "domains_changed", "Domains with a step taken.",
	    (long long)tally->nchanged);
	print_gauge(fp, RUN "domains_waiting",
	    "Domains whose next step is due later.",
	    (long long)tally->nwaiting);
	print_gauge(fp, RUN "domains_to_do",
	    "Domains for which somebody must act.",
	    (long long)tally->ntodo);
	print_gauge(fp, RUN "domains_failed", "Domains with a failure.",
	    (long long)tally->nfailed);
	print_time(fp, RUN "next_step_timestamp_seconds",
	    "When the next step of any domain is due.", tally->next);
	print_troubles(fp, metrics);
	print_keys(fp, &metrics->keys);
	print_domains(fp, metrics);
	print_head(fp, RUN "domain_failed", "A domain with a failure.");
	if (metrics->text != NULL)
		(void)fputs(metrics->text, fp);
}

int
metrics_file_write(struct metrics_file *metrics, const char *path,
    const struct rotate_tally *tally, int64_t now, struct ks_error *error)
{
	struct replace_file file;

	if (metrics->fp != NULL)
		(void)fflush(metrics->fp);
	/* The collector ignores the temporary file: it reads only *.prom. */
	if (replace_file_begin(&file, path, error->text,
	    sizeof(error->text)) != 0)
		return KS_E_SYSTEM;
	print_all(file.fp, metrics, tally, now);
	return replace_file_end(&file, MODE, error->text,
	    sizeof(error->text)) == 0 ? 0 : KS_E_SYSTEM;
}

void
metrics_file_finish(struct metrics_file *metrics)
{
	if (metrics->fp != NULL)
		(void)fclose(metrics->fp);
	free(metrics->text);
	free(metrics->domains);
	memset(metrics, 0, sizeof(*metrics));
}
