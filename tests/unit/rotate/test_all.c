/* SPDX-License-Identifier: ISC */

/*
 * A run over many domains: each is worked on once, unless it is skipped, and
 * counted as the worst of what its report says.  What a domain's work does, and
 * how many threads there can be, is this program's.
 */

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/private.h"
#include "rotate/all.h"
#include "rotate/troubles.h"
#include "rotate/work.h"

#define NOW	1790000000
#define MANY	1000
#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))

int	__wrap_domain_work_open(struct domain_work *work,
	    struct rotation_run *run, const char *domain, bool create,
	    struct domain_report *report, struct ks_error *error);
int	__wrap_domain_work_run(struct domain_work *work,
	    struct ks_error *error);
void	__wrap_domain_work_close(struct domain_work *work);
int	__wrap_domain_troubles_save(struct keystore *ks, struct ks_lock *lock,
	    const struct domain_report *report, int64_t now,
	    struct ks_error *error);
int	__real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
	    void *(*start)(void *), void *arg);
int	__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
	    void *(*start)(void *), void *arg);

/* What a domain's work reports, by the domain; and what was done with it. */
static struct domain {
	char		 name[16];
	int		 open_error, run_error, save_error;
	bool		 is_archived;
	unsigned int	 counts[REPORT_FAIL + 1];
	int64_t		 next;
	unsigned int	 nopened, nclosed, nsaved, nfinished;
	size_t		 ntroubles;	/* of the whole domain */
} domains[20];
static size_t ndomains, nprogress, ndone;
static unsigned int nthreads = MANY;	/* that can still be started */
static unsigned int nrefused;
static struct config *config;

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*start)(void *), void *arg)
{
	if (nthreads == 0) {
		/* After one more, who waits for it might wait for ever. */
		if (nrefused++ > 0)
			abort();
		return EAGAIN;
	}
	nthreads--;
	return __real_pthread_create(thread, attr, start, arg);
}

static struct domain *
find(const char *name)
{
	size_t i;

	for (i = 0; i < ndomains; i++)
		if (strcmp(domains[i].name, name) == 0)
			return &domains[i];
	fail_msg("%s: no such domain", name);
	return NULL;
}

int
__wrap_domain_work_open(struct domain_work *work, struct rotation_run *run,
    const char *domain, bool create, struct domain_report *report,
    struct ks_error *error)
{
	struct domain *d = find(domain);

	(void)run;
	assert_false(create);
	memset(work, 0, sizeof(*work));
	work->report = report;
	d->nopened++;
	(void)strlcpy(error->text, "open", sizeof(error->text));
	if (d->open_error == 0)
		work->lock = (struct ks_lock *)d;
	return d->open_error;
}

int
__wrap_domain_work_run(struct domain_work *work, struct ks_error *error)
{
	struct domain_report *report = work->report;
	struct domain *d = find(report->domain);
	unsigned int kind, i;

	for (kind = REPORT_STEP; kind <= REPORT_FAIL; kind++)
		for (i = 0; i < d->counts[kind]; i++)
			domain_report_add(report, (enum report_kind)kind, "s1",
			    LIFECYCLE_SEEN, KS_NEVER, "text");
	report->next = d->next;
	work->is_archived = d->is_archived;
	(void)strlcpy(error->text, "run", sizeof(error->text));
	return d->run_error;
}

void
__wrap_domain_work_close(struct domain_work *work)
{
	find(work->report->domain)->nclosed++;
}

int
__wrap_domain_troubles_save(struct keystore *ks, struct ks_lock *lock,
    const struct domain_report *report, int64_t now, struct ks_error *error)
{
	struct domain *d = find(report->domain);

	(void)ks;
	assert_ptr_equal(lock, d);
	assert_int_equal(now, NOW);
	d->nsaved++;
	(void)strlcpy(error->text, "save", sizeof(error->text));
	return d->save_error;
}

static int64_t
read_clock(void)
{
	return NOW;
}

static struct domain *
add(const char *name)
{
	struct domain *d = &domains[ndomains++];

	memset(d, 0, sizeof(*d));
	(void)strlcpy(d->name, name, sizeof(d->name));
	d->next = KS_NEVER;
	return d;
}

static void
finished(void *context, const struct domain_report *report)
{
	struct domain *d = find(report->domain);
	size_t i;

	assert_ptr_equal(context, domains);
	d->nfinished++;
	for (i = 0; i < report->nlines; i++)
		if (report->lines[i].trouble == TROUBLE_ROTATION &&
		    strcmp(report->lines[i].selector, "-") == 0)
			d->ntroubles++;
}

static void
progress(void *context, const struct rotate_tally *tally)
{
	assert_ptr_equal(context, domains);
	assert_true(tally->ndone <= tally->ndomains);
	nprogress++;
	ndone = tally->ndone;
}

/* Work on all domains; *max_new is what a run may generate then. */
static int
try_all(unsigned int workers, bool forced, struct rotate_tally *tally,
    size_t *max_new, struct ks_error *error)
{
	const struct rotate_listener listener = {
		finished, progress, domains
	};
	char *names[SIZE(domains)];
	struct rotation_run run;
	size_t i;
	int r;

	for (i = 0; i < ndomains; i++)
		names[i] = domains[i].name;
	assert_int_equal(rotation_run_init(&run, NULL, config, read_clock,
	    error), 0);
	nprogress = 0;
	nrefused = 0;
	r = rotate_all(&run, names, ndomains, workers, forced, &listener,
	    tally, error);
	*max_new = run.max_new;
	rotation_run_finish(&run);
	return r;
}

static size_t
run_all(unsigned int workers, bool forced, struct rotate_tally *tally)
{
	struct ks_error error;
	size_t max_new;

	assert_int_equal(try_all(workers, forced, tally, &max_new, &error),
	    0);
	return max_new;
}

static void
test_tally(void **state)
{
	struct rotate_tally tally;
	struct domain *d;
	size_t i;

	(void)state;
	ndomains = 0;
	(void)add("quiet");
	d = add("steps");
	d->counts[REPORT_STEP] = 2;
	d->counts[REPORT_DUE] = 1;
	d->next = NOW + 20;
	d = add("waits");
	d->counts[REPORT_WAIT] = 2;
	d->next = NOW + 10;
	d = add("due");
	d->counts[REPORT_DUE] = 1;
	d->counts[REPORT_WAIT] = d->counts[REPORT_BUSY] = 1;
	d = add("todo");
	d->counts[REPORT_TODO] = d->counts[REPORT_BUSY] = 1;
	d->next = NOW + 30;
	d = add("fails");
	d->counts[REPORT_FAIL] = d->counts[REPORT_TODO] = 1;
	assert_int_equal(run_all(3, false, &tally),
	    ROTATE_NEW_KEYS + 6 / ROTATE_NEW_KEY_PART);
	assert_int_equal(tally.ndomains, 6);
	assert_int_equal(tally.ndone, 6);
	assert_int_equal(tally.nsteps, 4);
	assert_int_equal(tally.nchanged, 2);
	assert_int_equal(tally.nwaiting, 1);
	assert_int_equal(tally.nbusy, 1);
	assert_int_equal(tally.ntodo, 1);
	assert_int_equal(tally.nfailed, 1);
	assert_int_equal(tally.nskipped, 0);
	assert_int_equal(tally.next, NOW + 10);
	assert_true(nprogress > 0);
	assert_int_equal(ndone, 6);
	for (i = 0; i < ndomains; i++) {
		assert_int_equal(domains[i].nopened, 1);
		assert_int_equal(domains[i].nsaved, 1);
		assert_int_equal(domains[i].nclosed, 1);
		assert_int_equal(domains[i].nfinished, 1);
		assert_int_equal(domains[i].ntroubles, 0);
	}
}

/* A domain that cannot be worked on does not stop the others. */
static void
test_errors(void **state)
{
	struct rotate_tally tally;

	(void)state;
	ndomains = 0;
	add("locked")->open_error = KS_E_LOCKED;
	add("damaged")->open_error = KS_E_DAMAGED;
	add("broken")->run_error = KS_E_SYSTEM;
	add("unsaved")->save_error = KS_E_SYSTEM;
	add("gone")->is_archived = true;
	(void)add("good");
	(void)run_all(1, false, &tally);
	assert_int_equal(tally.ndone, 6);
	assert_int_equal(tally.nbusy, 1);
	assert_int_equal(tally.nfailed, 3);
	assert_int_equal(tally.next, KS_NEVER);
	assert_int_equal(find("locked")->ntroubles, 0);
	assert_int_equal(find("locked")->nsaved, 0);
	assert_int_equal(find("locked")->nclosed, 1);
	assert_int_equal(find("damaged")->ntroubles, 1);
	assert_int_equal(find("damaged")->nsaved, 0);
	assert_int_equal(find("broken")->ntroubles, 1);
	assert_int_equal(find("broken")->nsaved, 1);
	assert_int_equal(find("unsaved")->ntroubles, 1);
	assert_int_equal(find("gone")->nsaved, 0);
	assert_int_equal(find("good")->ntroubles, 0);
	assert_int_equal(find("good")->nsaved, 1);
}

static void
test_skipped(void **state)
{
	struct rotate_tally tally;

	(void)state;
	ndomains = 0;
	(void)add("a.example");
	(void)add("off.example");
	(void)add("b.example");
	(void)run_all(2, false, &tally);
	assert_int_equal(tally.ndone, 3);
	assert_int_equal(tally.nskipped, 1);
	assert_int_equal(find("off.example")->nopened, 0);
	assert_int_equal(find("off.example")->nfinished, 0);
	assert_int_equal(find("b.example")->nopened, 1);
	(void)run_all(2, true, &tally);
	assert_int_equal(tally.nskipped, 0);
	assert_int_equal(find("off.example")->nopened, 1);
}

static void
test_none(void **state)
{
	struct rotate_tally tally;

	(void)state;
	ndomains = 0;
	assert_int_equal(run_all(4, false, &tally), ROTATE_NEW_KEYS);
	assert_int_equal(tally.ndomains, 0);
	assert_int_equal(tally.ndone, 0);
	assert_int_equal(tally.next, KS_NEVER);
}

/* The threads that could be started work on all domains. */
static void
test_few_threads(void **state)
{
	struct rotate_tally tally;
	unsigned int i;
	size_t j;

	(void)state;
	for (i = 1; i <= 3; i++) {
		ndomains = 0;
		for (j = 0; j < 6; j++)
			add("a.example")->name[0] += (char)j;
		nthreads = i;
		(void)run_all(4, false, &tally);
		assert_int_equal(nrefused, 1);
		assert_int_equal(tally.ndone, 6);
		for (j = 0; j < ndomains; j++)
			assert_int_equal(domains[j].nfinished, 1);
	}
	nthreads = MANY;
}

static void
test_no_thread(void **state)
{
	struct rotate_tally tally;
	struct ks_error error;
	size_t max_new;

	(void)state;
	ndomains = 0;
	(void)add("a.example");
	(void)add("b.example");
	nthreads = 0;
	assert_int_equal(try_all(2, false, &tally, &max_new, &error),
	    KS_E_SYSTEM);
	assert_int_equal(strncmp(error.text, "cannot start a thread: ", 23),
	    0);
	assert_int_equal(tally.ndone, 0);
	assert_int_equal(find("a.example")->nopened, 0);
	assert_int_equal(nprogress, 0);
	nthreads = MANY;
}

int
main(void)
{
	static const char text[] =
	    "rotation { domain off.example { automatic = off } }\n";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tally),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_skipped),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_few_threads),
		cmocka_unit_test(test_no_thread),
	};
	size_t nfaults;
	int failed;

	config = config_load_text("f", text, sizeof(text) - 1, stderr,
	    &nfaults);
	if (config == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	config_unref(config);
	return failed;
}
