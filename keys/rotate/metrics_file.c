/* SPDX-License-Identifier: ISC */

/*
 * Writing the result of a run over all domains in the Prometheus text format,
 * for the textfile collector of its node exporter.
 *
 * The file has counts, times, and one line for each of the first domains that
 * failed, so that a store of many domains has no more series than others;
 * without memory these lines are missing.  The file is replaced as a whole.  If
 * that fails, the error says why, and the old file remains.
 */

#include "rotate/metrics_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/replace_file.h"

#define PREFIX	"countersign_rotation_"
#define MODE	0644		/* the collector is another user */

void
metrics_file_begin(struct metrics_file *metrics, int64_t now)
{
	memset(metrics, 0, sizeof(*metrics));
	metrics->begun = now;
	metrics->fp = open_memstream(&metrics->text, &metrics->len);
}

void
metrics_file_count(struct metrics_file *metrics,
    const struct domain_report *report)
{
	size_t i;

	for (i = 0; i < report->nlines; i++)
		metrics->troubles[report->lines[i].trouble]++;
	/* A normalized domain needs no escapes in a label. */
	if (metrics->fp != NULL && report->count[REPORT_FAIL] > 0 &&
	    metrics->nlines++ < METRICS_FILE_DOMAINS)
		(void)fprintf(metrics->fp, PREFIX "domain_failed"
		    "{domain=\"%s\"} 1\n", report->domain);
}

static void
print_gauge(FILE *fp, const char *name, const char *help, long long value)
{
	(void)fprintf(fp, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX
	    "%s gauge\n" PREFIX "%s %lld\n", name, help, name, name, value);
}

/* Those of which there are none have a line, too: an alert looks for 0. */
static void
print_troubles(FILE *fp, const struct metrics_file *metrics)
{
	unsigned int i;

	(void)fprintf(fp, "# HELP " PREFIX "troubles Troubles of all domains, "
	    "by kind.\n# TYPE " PREFIX "troubles gauge\n");
	for (i = TROUBLE_NONE + 1; i <= TROUBLE_CEILING; i++)
		(void)fprintf(fp, PREFIX "troubles{trouble=\"%s\"} %zu\n",
		    trouble_word((enum trouble)i), metrics->troubles[i]);
}

static void
print_all(FILE *fp, const struct metrics_file *metrics,
    const struct rotate_tally *tally, int64_t now)
{
	print_gauge(fp, "last_run_timestamp_seconds",
	    "When the last run ended.", (long long)now);
	print_gauge(fp, "last_run_duration_seconds",
	    "How long the last run took.",
	    (long long)(now - metrics->begun));
	print_gauge(fp, "domains", "Domains in the key store.",
	    (long long)tally->ndomains);
	print_gauge(fp, "domains_changed", "Domains with a step taken.",
	    (long long)tally->nchanged);
	print_gauge(fp, "domains_waiting",
	    "Domains whose next step is due later.",
	    (long long)tally->nwaiting);
	print_gauge(fp, "domains_to_do",
	    "Domains for which somebody must act.",
	    (long long)tally->ntodo);
	print_gauge(fp, "domains_failed", "Domains with a failure.",
	    (long long)tally->nfailed);
	if (tally->next != KS_NEVER)
		print_gauge(fp, "next_step_timestamp_seconds",
		    "When the next step of any domain is due.",
		    (long long)tally->next);
	print_troubles(fp, metrics);
	(void)fprintf(fp, "# HELP " PREFIX "domain_failed A domain with a "
	    "failure.\n# TYPE " PREFIX "domain_failed gauge\n");
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
	memset(metrics, 0, sizeof(*metrics));
}
