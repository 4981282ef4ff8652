/* SPDX-License-Identifier: ISC */

/*
 * The resolver with a server on loopback, whose zone is that of dns_zone.py,
 * the program named by DNS_ZONE: what it makes of answers, and of none.
 */

#include <sys/resource.h>

#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "asked.h"
#include "base/clock.h"
#include "resolver/resolver.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define LONG_MS		20000	/* never waited for */
#define SHORT_MS	500	/* waited for */
#define NAMES		40	/* n0.example and so on */
#define THREADS		8
#define DESCRIPTORS	256	/* the limit, where they are to be few */
#define MANY_THREADS	60	/* whose questions take more than these */

static char server[32];

static int
start_server(void **state)
{
	unsigned int port;
	char line[16];

	(void)state;
	if (!asked_start(getenv("DNS_ZONE"), line, sizeof(line)) ||
	    sscanf(line, "%u", &port) != 1)
		return -1;
	(void)snprintf(server, sizeof(server), "127.0.0.1@%u", port);
	return 0;
}

static int
stop_server(void **state)
{
	(void)state;
	return asked_stop() ? 0 : -1;
}

static struct dns_resolver *
resolver_to(const char *address, const char *anchor, unsigned int timeout_ms)
{
	const struct dns_options options = {
		.servers = &address, .nservers = 1, .trust_anchor = anchor,
		.timeout_ms = timeout_ms,
	};
	struct dns_resolver *resolver;
	char error[256];

	if ((resolver = dns_resolver_new(&options, error, sizeof(error))) ==
	    NULL)
		fail_msg("%s", error);
	return resolver;
}

/* A record as text: preference and octets that are no text in figures. */
static void
print_record(FILE *fp, const struct dns_record *record, enum dns_type type)
{
	size_t i;

	if (type == DNS_MX)
		(void)fprintf(fp, "%u ", record->preference);
	for (i = 0; i < record->len; i++)
		if (type == DNS_A || type == DNS_AAAA ||
		    record->data[i] < ' ' || record->data[i] > '~')
			(void)fprintf(fp, "%02x", record->data[i]);
		else
			(void)putc(record->data[i], fp);
	/* What len does not count. */
	assert_int_equal(record->data[record->len], '\0');
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All records of an answer, sorted; what they are in is to be freed. */
static char *
print_answer(const struct dns_answer *answer, enum dns_type type)
{
	char *all, *texts[8];
	size_t len, i;
	FILE *fp;

	assert_true(answer->n <= SIZE(texts));
	for (i = 0; i < answer->n; i++) {
		fp = open_memstream(&texts[i], &len);
		print_record(fp, &answer->records[i], type);
		(void)fclose(fp);
	}
	qsort(texts, answer->n, sizeof(texts[0]), by_text);
	fp = open_memstream(&all, &len);
	for (i = 0; i < answer->n; i++) {
		(void)fprintf(fp, "%s%s", i > 0 ? "|" : "", texts[i]);
		free(texts[i]);
	}
	(void)fclose(fp);
	return all;
}

static const struct {
	const char	*name;
	enum dns_type	 type;
	enum dns_status	 status;
	const char	*text;		/* records, or the reason */
} cases[] = {
	{ "a.example", DNS_A, DNS_OK, "c0000201|c0000202" },
	{ "a.example", DNS_AAAA, DNS_OK, "20010db8000000000000000000000001" },
	{ "A.Example.", DNS_A, DNS_OK, "c0000201|c0000202" },
	{ "a.example", DNS_MX, DNS_NODATA, "" },
	{ "a.example", DNS_TXT, DNS_NODATA, "" },
	{ "none.example", DNS_A, DNS_NXDOMAIN, "" },
	{ "mx.example", DNS_MX, DNS_OK, "10 a.mx.example|20 b.mx.example" },
	{ "nullmx.example", DNS_MX, DNS_OK, "0 " },
	{ "odd.example", DNS_MX, DNS_OK, "2 good.example" },
	{ "txt.example", DNS_TXT, DNS_OK, "v=spf1 -all" },
	{ "octets.example", DNS_TXT, DNS_OK, "a00ff" },
	{ "alias.example", DNS_A, DNS_OK, "c0000201|c0000202" },
	{ "alias.example", DNS_TXT, DNS_NODATA, "" },
	{ "dangling.example", DNS_A, DNS_NXDOMAIN, "" },
	{ "1.2.0.192.in-addr.arpa", DNS_PTR, DNS_OK, "mail.example" },
	/* What libunbound would answer itself, if it were let. */
	{ "1.0.0.10.in-addr.arpa", DNS_PTR, DNS_OK, "inside.example" },
	{ "host.home.arpa", DNS_A, DNS_OK, "0a000001" },
	{ "servfail.example", DNS_A, DNS_TEMPFAIL, "SERVFAIL" },
	/* Names that cannot be are not. */
	{ "two..dots.example", DNS_TXT, DNS_NXDOMAIN, "" },
	{ "", DNS_TXT, DNS_NXDOMAIN, "" },
	{ "octet\\046example", DNS_TXT, DNS_NXDOMAIN, "" },
	{ "a23456789012345678901234567890123456789012345678901234567890"
	    "1234.example", DNS_TXT, DNS_NXDOMAIN, "" },
};

static void
test_answers(void **state)
{
	struct dns_resolver *resolver = resolver_to(server, NULL, LONG_MS);
	struct dns_answer answer;
	enum dns_status status;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		status = dns_lookup(resolver, cases[i].name, cases[i].type,
		    &answer);
		text = print_answer(&answer, cases[i].type);
		if (status != cases[i].status || status != answer.status ||
		    strcmp(cases[i].text, status == DNS_TEMPFAIL ?
		    answer.reason : text) != 0)
			fail_msg("%s: %d: %s%s", cases[i].name, status, text,
			    answer.reason);
		if (status == DNS_OK && (answer.ttl == 0 || answer.ttl > 60))
			fail_msg("%s: ttl %u", cases[i].name, answer.ttl);
		assert_false(answer.secure);
		free(text);
		dns_answer_free(&answer);
	}
	dns_resolver_free(resolver);
}

/* Over 512 octets: by TCP. */
static void
test_truncation(void **state)
{
	struct dns_resolver *resolver = resolver_to(server, NULL, LONG_MS);
	struct dns_answer answer;
	size_t i;

	(void)state;
	assert_int_equal(dns_lookup(resolver, "long.example", DNS_TXT,
	    &answer), DNS_OK);
	assert_int_equal(answer.n, 2);
	for (i = 0; i < answer.n; i++) {
		assert_int_equal(answer.records[i].len, 400);
		assert_int_equal(answer.records[i].data[399],
		    answer.records[i].data[0]);
	}
	dns_answer_free(&answer);
	dns_resolver_free(resolver);
}

static void
test_cache(void **state)
{
	struct dns_resolver *resolver = resolver_to(server, NULL, LONG_MS);
	unsigned int before = asked_count("a.example");
	struct dns_answer answer;
	int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		assert_int_equal(dns_lookup(resolver, "a.example", DNS_A,
		    &answer), DNS_OK);
		dns_answer_free(&answer);
	}
	assert_int_equal(asked_count("a.example"), before + 1);
	dns_resolver_free(resolver);
}

static void *
ask_silence(void *resolver)
{
	static struct dns_answer answer;

	(void)dns_lookup(resolver, "silence.example", DNS_A, &answer);
	return &answer;
}

static void *
ask_names(void *resolver)
{
	static const char wrong[] = "wrong";
	struct dns_answer answer;
	const void *result = NULL;
	char name[32];
	unsigned int i;

	for (i = 0; i < NAMES; i++) {
		(void)snprintf(name, sizeof(name), "n%u.example", i);
		if (dns_lookup(resolver, name, DNS_A, &answer) != DNS_OK ||
		    answer.n != 1 || answer.records[0].data[3] != i)
			result = wrong;
		dns_answer_free(&answer);
	}
	return (void *)(uintptr_t)result;
}

/* One that gets no answer holds no other up, and ends by itself. */
static void
test_threads(void **state)
{
	struct dns_resolver *resolver = resolver_to(server, NULL, 5000);
	pthread_t silent, threads[THREADS];
	struct dns_answer *answer;
	void *result;
	size_t i;

	(void)state;
	assert_int_equal(pthread_create(&silent, NULL, ask_silence, resolver),
	    0);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_names,
		    resolver), 0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_null(result);
	}
	assert_int_equal(pthread_join(silent, &result), 0);
	answer = result;
	assert_int_equal(answer->status, DNS_TEMPFAIL);
	assert_int_not_equal(answer->reason[0], '\0');
	dns_answer_free(answer);
	dns_resolver_free(resolver);
}

/* All are waited for until one deadline, and none beyond the most is asked. */
static void
test_several(void **state)
{
	static const struct dns_question questions[DNS_MAX_PARALLEL + 1] = {
		{ "a.example", false }, { "silence.example", true },
		{ "none.example", true }, { "a..example", true },
		{ "silence.example", false }, { "servfail.example", true },
		{ "txt.example", false }, { "a.example", true },
		{ "n2.example", true },
	};
	static const enum dns_status wanted[DNS_MAX_PARALLEL + 1] = {
		DNS_OK, DNS_TEMPFAIL, DNS_NXDOMAIN, DNS_NXDOMAIN,
		DNS_TEMPFAIL, DNS_TEMPFAIL, DNS_NODATA, DNS_OK, DNS_TEMPFAIL,
	};
	struct dns_answer answers[DNS_MAX_PARALLEL + 1];
	struct dns_resolver *resolver = resolver_to(server, NULL, 4000);
	unsigned int before = asked_count("n2.example");
	struct timespec begin, end;
	size_t i;

	(void)state;
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	dns_lookup_all(resolver, questions, DNS_MAX_PARALLEL + 1, DNS_A,
	    answers);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	for (i = 0; i < DNS_MAX_PARALLEL + 1; i++) {
		if (answers[i].status != wanted[i])
			fail_msg("%s: %d", questions[i].name,
			    (int)answers[i].status);
		dns_answer_free(&answers[i]);
	}
	/* Two that are silent, one after the other, would take 8 seconds. */
	assert_true(end.tv_sec - begin.tv_sec < 8);
	assert_int_equal(asked_count("n2.example"), before);
	dns_resolver_free(resolver);
}

static char *
write_anchor(const char *text)
{
	static char path[] = "/tmp/countersign-anchor.XXXXXX";
	int fd;

	(void)strlcpy(path + sizeof(path) - 7, "XXXXXX", 7);
	assert_int_not_equal(fd = mkstemp(path), -1);
	assert_int_equal(write(fd, text, strlen(text)),
	    (ssize_t)strlen(text));
	assert_int_equal(close(fd), 0);
	return path;
}

static size_t
count_descriptors(void)
{
	struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	assert_non_null(dir = opendir("/proc/self/fd"));
	while ((entry = readdir(dir)) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

/* NULL, or what it was told if there were too many at once. */
static void *
ask_silence_apart(void *resolver)
{
	static char too_many[] = "too many DNS lookups at once";
	void *told = NULL;
	struct dns_question questions[DNS_MAX_PARALLEL];
	struct dns_answer answers[DNS_MAX_PARALLEL];
	size_t i;

	for (i = 0; i < DNS_MAX_PARALLEL; i++)
		questions[i] = (struct dns_question){ "silence.example",
		    true };
	dns_lookup_all(resolver, questions, DNS_MAX_PARALLEL, DNS_A, answers);
	for (i = 0; i < DNS_MAX_PARALLEL; i++) {
		if (strcmp(answers[i].reason, too_many) == 0)
			told = too_many;
		dns_answer_free(&answers[i]);
	}
	return told;
}

/* Silence about names that a sender chose is not held against a server, while
 * it lasts and afterwards; and nothing stays behind. */
static void
test_apart(void **state)
{
	struct dns_resolver *resolver = resolver_to(server, NULL, 4000);
	struct dns_question question = { .apart = true };
	struct dns_answer answer;
	pthread_t threads[THREADS];
	char name[32];
	size_t i, before;
	unsigned int j, asked = asked_count("n7.example");

	(void)state;
	/* What all share is there from the first question on. */
	assert_int_equal(dns_lookup(resolver, "a.example", DNS_A, &answer),
	    DNS_OK);
	dns_answer_free(&answer);
	before = count_descriptors();
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		    ask_silence_apart, resolver), 0);
	for (j = 0; j < NAMES; j++) {
		(void)snprintf(name, sizeof(name), "n%u.example", j);
		question.name = name;
		question.apart = j % 2 == 0;
		dns_lookup_all(resolver, &question, 1, DNS_A, &answer);
		if (answer.status != DNS_OK)
			fail_msg("%s: %s", name, answer.reason);
		dns_answer_free(&answer);
		if (j == NAMES / 2)
			for (i = 0; i < THREADS; i++)
				assert_int_equal(pthread_join(threads[i],
				    NULL), 0);
	}
	question = (struct dns_question){ "n7.example", true };
	for (j = 0; j < 3; j++) {
		dns_lookup_all(resolver, &question, 1, DNS_A, &answer);
		assert_int_equal(answer.status, DNS_OK);
		dns_answer_free(&answer);
	}
	/* Once by all, and each time apart. */
	assert_int_equal(asked_count("n7.example"), asked + 4);
	assert_int_equal(count_descriptors(), before);
	dns_resolver_free(resolver);
}

/* What a server is blind to for a moment is asked again, and what it is blind
 * to for ever only for as long as a lookup may take. */
static void
test_blind(void **state)
{
	static const struct {
		struct dns_question question;
		enum dns_status	 status;
		int64_t		 least;		/* milliseconds */
	} names[] = {
		{ { "servfail.example", true }, DNS_TEMPFAIL, 2000 },
		{ { "servfail.example", false }, DNS_TEMPFAIL, 0 },
		{ { "blind.example", true }, DNS_OK, 1500 },
		{ { "none.example", true }, DNS_NXDOMAIN, 0 },
	};
	struct dns_resolver *resolver = resolver_to(server, NULL, 5000);
	struct dns_answer answer;
	int64_t took;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(names); i++) {
		took = monotonic_ms();
		dns_lookup_all(resolver, &names[i].question, 1, DNS_A,
		    &answer);
		took = monotonic_ms() - took;
		if (answer.status != names[i].status ||
		    answer.servfail != (names[i].status == DNS_TEMPFAIL) ||
		    took < names[i].least)
			fail_msg("%zu: %d after %d ms", i, (int)answer.status,
			    (int)took);
		dns_answer_free(&answer);
	}
	dns_resolver_free(resolver);
}

/* Of the limit, leave that many; what was taken goes by give_back(). */
static size_t
take_descriptors(int taken[DESCRIPTORS], size_t left)
{
	size_t n = 0;

	while (n < DESCRIPTORS && (taken[n] = dup(STDIN_FILENO)) != -1)
		n++;
	for (; left > 0 && n > 0; left--)
		(void)close(taken[--n]);
	return n;
}

static void
give_back(const int taken[DESCRIPTORS], size_t n)
{
	while (n > 0)
		(void)close(taken[--n]);
}

static void
set_limit(rlim_t descriptors, struct rlimit *old)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, old), 0);
	limit = *old;
	limit.rlim_cur = descriptors;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* An answer, or none with a reason. */
static bool
has_answer(struct dns_resolver *resolver, bool apart)
{
	const struct dns_question question = { "a.example", apart };
	struct dns_answer answer;
	bool is_ok;

	dns_lookup_all(resolver, &question, 1, DNS_A, &answer);
	is_ok = answer.status == DNS_OK;
	if (!is_ok) {
		assert_int_equal(answer.status, DNS_TEMPFAIL);
		assert_string_not_equal(answer.reason, "");
	}
	dns_answer_free(&answer);
	return is_ok;
}

/* libunbound would end the program if it cannot start for want of one. */
static void
test_no_descriptors(void **state)
{
	struct dns_resolver *resolver = resolver_to(server, NULL, SHORT_MS);
	struct dns_resolver *second;
	const struct dns_options options = {
		.servers = (const char *const []){ server }, .nservers = 1,
		.timeout_ms = SHORT_MS,
	};
	int taken[DESCRIPTORS];
	struct rlimit old;
	char error[256];
	size_t left, n, before;
	bool is_ok = false;

	(void)state;
	assert_true(has_answer(resolver, false));
	before = count_descriptors();
	set_limit(DESCRIPTORS, &old);
	for (left = 0; left < 64; left++) {
		n = take_descriptors(taken, left);
		is_ok = has_answer(resolver, true);
		error[0] = '\0';
		second = dns_resolver_new(&options, error, sizeof(error));
		if (second != NULL)
			is_ok &= has_answer(second, false);
		else
			assert_string_not_equal(error, "");
		dns_resolver_free(second);
		give_back(taken, n);
		assert_int_equal(count_descriptors(), before);
	}
	assert_true(is_ok);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	dns_resolver_free(resolver);
}

/* They wait for each other, and what all share has its descriptors. */
static void
test_many_apart(void **state)
{
	struct dns_resolver *resolver = resolver_to(server, NULL, 2000);
	pthread_t threads[MANY_THREADS];
	struct rlimit old;
	size_t i, before, ntold = 0;
	void *told;

	(void)state;
	assert_true(has_answer(resolver, false));
	before = count_descriptors();
	set_limit(DESCRIPTORS, &old);
	for (i = 0; i < MANY_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
		    ask_silence_apart, resolver), 0);
	for (i = 0; i < 10; i++) {
		(void)usleep(100000);
		assert_true(count_descriptors() < DESCRIPTORS * 3 / 4);
		assert_true(has_answer(resolver, false));
	}
	for (i = 0; i < MANY_THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &told), 0);
		ntold += told != NULL;
	}
	assert_true(ntold > 0);
	assert_true(has_answer(resolver, true));
	assert_int_equal(count_descriptors(), before);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	dns_resolver_free(resolver);
}

/* The trust anchor is there, too; without it nothing is believed. */
static void
test_apart_anchor(void **state)
{
	const char *path = write_anchor("a.example. DS 12345 13 2 "
	    "E2D3C916F6DEEAC73294E8268FB5885044A833FC5459588F4A9184CFC41A5766"
	    "\n");
	struct dns_resolver *resolver = resolver_to(server, path, LONG_MS);
	const struct dns_question question = { "a.example", true };
	struct dns_answer answer;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		dns_lookup_all(resolver, &question, 1, DNS_A, &answer);
		assert_int_equal(answer.status, DNS_TEMPFAIL);
		if (strncmp(answer.reason, i == 0 ? "DNSSEC: " :
		    "libunbound, trust_anchor ", 8) != 0)
			fail_msg("%s", answer.reason);
		dns_answer_free(&answer);
		assert_int_equal(unlink(path), i == 0 ? 0 : -1);
	}
	dns_resolver_free(resolver);
}

/* Given up, then freed with the resolver: leaks are a sanitizer's to see. */
static void
test_silence(void **state)
{
	struct dns_resolver *resolver = resolver_to(server, NULL, SHORT_MS);
	struct dns_answer *answer = ask_silence(resolver);

	(void)state;
	assert_int_equal(answer->status, DNS_TEMPFAIL);
	assert_string_equal(answer->reason, "no answer in time");
	dns_answer_free(answer);
	dns_resolver_free(resolver);
}

/* A zone that must be signed, and is not; beside it, one that need not. */
static void
test_bogus(void **state)
{
	const char *path = write_anchor("a.example. DS 12345 13 2 "
	    "E2D3C916F6DEEAC73294E8268FB5885044A833FC5459588F4A9184CFC41A5766"
	    "\n");
	struct dns_resolver *resolver = resolver_to(server, path, LONG_MS);
	struct dns_answer answer;

	(void)state;
	/* It was read before. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(dns_lookup(resolver, "a.example", DNS_A, &answer),
	    DNS_TEMPFAIL);
	if (strncmp(answer.reason, "DNSSEC: ", 8) != 0)
		fail_msg("%s", answer.reason);
	assert_int_equal(answer.n, 0);
	dns_answer_free(&answer);
	assert_int_equal(dns_lookup(resolver, "n1.example", DNS_A, &answer),
	    DNS_OK);
	assert_false(answer.secure);
	dns_answer_free(&answer);
	dns_resolver_free(resolver);
}

/* Told at the start, not by every message that comes. */
static void
test_bad_options(void **state)
{
	static const struct {
		const char *server, *anchor, *error;
	} options[] = {
		{ "localhost", NULL, "server localhost: " },
		{ "192.0.2.1@x", NULL, "server 192.0.2.1@x: " },
		{ "192.0.2.1", "/nonexistent/anchor",
		    "libunbound, trust_anchor /" },
		{ "192.0.2.1", "/dev/null/anchor",
		    "libunbound, trust_anchor /" },
	};
	char error[256];
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(options); i++) {
		error[0] = '\0';
		if (dns_resolver_new(&(struct dns_options){
		    .servers = &options[i].server, .nservers = 1,
		    .trust_anchor = options[i].anchor, .timeout_ms = LONG_MS
		    }, error, sizeof(error)) != NULL)
			fail_msg("%zu: taken", i);
		if (strncmp(error, options[i].error,
		    strlen(options[i].error)) != 0)
			fail_msg("%zu: %s", i, error);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_apart_anchor),
		cmocka_unit_test(test_blind),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_many_apart),
		cmocka_unit_test(test_bogus),
		cmocka_unit_test(test_bad_options)
	};

	return cmocka_run_group_tests_name("dns", tests, start_server,
	    stop_server);
}
