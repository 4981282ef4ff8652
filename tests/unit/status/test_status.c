/* SPDX-License-Identifier: ISC */

/*
 * The picture of countersign-doctor status, compared with files here, octet by
 * octet; and the numbers, keys and troubles behind it.  With PICTURES_WRITE
 * set, the files are written instead: look at them then.
 */

#include <sys/mman.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/meters.h"
#include "config/action.h"
#include "status/block.h"
#include "status/status.h"

#define NOON		INT64_C(1795780800)	/* 2026-11-27T12:00:00Z */
#define DAY		INT64_C(86400)
#define HOSTILE		"a\033[2J\"\\\xe2\x80\xae\n<b>"
#define PICTURE_SIZE	65536

/* What a picture is made of. */
struct scene {
	struct meters	*meters;
	struct numbers	 before, total, recent;
	struct status_keys keys;
	struct findings	 findings;
	struct troubles	 troubles;
	struct status	 status;
};

static void
scene_begin(struct scene *scene)
{
	int fd, reader;

	memset(scene, 0, sizeof(*scene));
	scene->meters = meters_make(&fd, &reader);
	assert_non_null(scene->meters);
	(void)close(fd);
	(void)close(reader);
	meters_use_own(scene->meters);
	scene->status.host = "mx1.example.com";
	scene->status.now = NOON;
	scene->status.findings = &scene->findings;
	scene->status.troubles = &scene->troubles;
	(void)strlcpy(scene->status.keys_why, "nobody was asked",
	    sizeof(scene->status.keys_why));
}

static void
scene_end(struct scene *scene)
{
	meters_use_own(NULL);
	meters_free(scene->meters);
	findings_finish(&scene->findings);
	free(scene);
}

static void
send(const char *source, enum action action, enum meters_reason reason,
    bool is_observed, unsigned int n)
{
	while (n-- > 0)
		meters_message(source, action, reason, is_observed);
}

static void
take(struct scene *scene, unsigned int seconds)
{
	struct status *status = &scene->status;

	numbers_read(&scene->total, scene->meters, NOON - 3 * DAY);
	if (seconds > 0) {
		assert_true(numbers_since(&scene->recent, &scene->before,
		    &scene->total));
		numbers_sort(&scene->recent);
		status->recent = &scene->recent;
		status->seconds = seconds;
	}
	numbers_sort(&scene->total);
	status->total = &scene->total;
	status->pid = 123;
	troubles_find(&scene->troubles, &scene->total, status->recent);
}

/* -- Pictures ------------------------------------------------------------ */

static void
check_picture(const struct scene *scene, const char *name,
    const struct status_style *style)
{
	const char *folder = getenv("PICTURES");
	char path[1024], wanted[PICTURE_SIZE] = "", *text = NULL;
	size_t size, n;
	FILE *fp;

	fp = open_memstream(&text, &size);
	assert_non_null(fp);
	status_print_text(fp, &scene->status, style);
	assert_int_equal(fclose(fp), 0);
	assert_non_null(folder);
	(void)snprintf(path, sizeof(path), "%s/%s.picture", folder, name);
	if (getenv("PICTURES_WRITE") != NULL) {
		fp = fopen(path, "w");
		assert_non_null(fp);
		(void)fwrite(text, 1, size, fp);
		assert_int_equal(fclose(fp), 0);
	}
	fp = fopen(path, "r");
	assert_non_null(fp);
	n = fread(wanted, 1, sizeof(wanted) - 1, fp);
	(void)fclose(fp);
	wanted[n] = '\0';
	assert_string_equal(text, wanted);
	free(text);
}

/* Columns of the longest line, without escape sequences. */
static size_t
widest(const char *text)
{
	size_t columns = 0, most = 0;

	for (; *text != '\0'; text++) {
		if (*text == '\033') {
			text += strcspn(text, "mK");
			continue;
		}
		if (*text == '\n')
			columns = 0;
		else if (*text != '\r' && ((unsigned char)*text & 0xc0) != 0x80)
			columns++;
		if (columns > most)
			most = columns;
	}
	return most;
}

static size_t
count_lines(const char *text)
{
	size_t n = 1;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* A day with everything. */
static struct scene *
busy(void)
{
	static const char keys[] = "["
	    "{\"domain\": \"example.com\", \"selector\": \"s1\", "
	    "\"algorithm\": \"rsa-sha256\", \"status\": \"active\", "
	    "\"seconds_left\": 7000000, \"alarm\": null},"
	    "{\"domain\": \"example.com\", \"selector\": \"s0\", "
	    "\"algorithm\": \"rsa-sha256\", \"status\": \"removed\"},"
	    "{\"domain\": \"example.com\", \"selector\": \"s2\", "
	    "\"algorithm\": \"ed25519-sha256\", \"status\": \"standby\"},"
	    "{\"domain\": \"a.very.long.name.of.a.domain.example.org\", "
	    "\"selector\": \"s3\", \"algorithm\": \"rsa-sha256\", "
	    "\"status\": \"active\", \"seconds_left\": -90000, "
	    "\"alarm\": \"has signed for longer than it should\"},"
	    "{\"domain\": \"example.net\", \"selector\": \"s4\", "
	    "\"algorithm\": \"rsa-sha256\", \"status\": \"scheduled\", "
	    "\"active_from\": \"2026-11-27T15:00:00Z\"}]";
	struct scene *scene = calloc(1, sizeof(*scene));
	size_t i;

	assert_non_null(scene);
	scene_begin(scene);
	meters_add_source("shop", 100);
	meters_add_source(HOSTILE, 100);
	send("shop", ACTION_SIGN, METERS_NO_REASON, false, 12345);
	send(HOSTILE, ACTION_REJECT, METERS_FACTOR, false, 7);
	numbers_read(&scene->before, scene->meters, NOON - 3 * DAY);
	send("shop", ACTION_SIGN, METERS_NO_REASON, false, 540);
	send("shop", ACTION_TEMPFAIL, METERS_NO_KEY, false, 1);
	send(HOSTILE, ACTION_REJECT, METERS_FACTOR, false, 42);
	send(HOSTILE, ACTION_QUARANTINE, METERS_UNCERTAIN, true, 3);
	send(NULL, ACTION_PASS, METERS_NOT_OURS, false, 60);
	for (i = 0; i < 100; i++) {
		meters_time(METERS_MESSAGE_TIME, i < 60 ? 900 : 40000);
		meters_time(METERS_SIGN_TIME, i < 98 ? 400 : 2000000);
	}
	meters_time(METERS_DNS_TIME, 60000000);
	meters_count(METERS_DNS_LOOKUPS, 20);
	meters_count(METERS_DNS_FAILURES, 2);
	meters_count(METERS_FRONT_RESTARTS, 1);
	meters_ceiling("shop", 0, 95, 100);
	meters_ceiling(HOSTILE, 1, 10, 1000);
	take(scene, 60);
	assert_true(status_keys_read(&scene->keys, keys, sizeof(keys) - 1));
	scene->status.keys = &scene->keys;
	scene->status.keys_why[0] = '\0';
	for (i = 0; i < 30; i++)
		scene->status.curve[scene->status.ncurve++] = (double)i / 3;
	findings_add(&scene->findings, "service-running", FINDING_PROBLEM,
	    "services", "countersign-rotate.timer", "systemctl enable --now "
	    "countersign-rotate.timer", "It is not running, so keys are not "
	    "changed.");
	findings_add(&scene->findings, "service-running", FINDING_WELL,
	    "services", "countersign-milter.service", NULL, "it is running");
	findings_add(&scene->findings, "config-file", FINDING_PROBLEM,
	    "configuration", HOSTILE, NULL, "text %s", HOSTILE);
	return scene;
}

static void
test_pictures(void **state)
{
	static const struct {
		const char	*name;
		struct status_style style;
	} pictures[] = {
		{ "plain-80", { .columns = 80 } },
		{ "screen-80x24", { .columns = 80, .rows = 24, .is_utf8 = true,
		    .is_screen = true, .colours = true, .every = 2 } },
		{ "screen-60x24", { .columns = 60, .rows = 24, .is_utf8 = true,
		    .is_screen = true, .every = 2 } },
		{ "screen-40x10", { .columns = 40, .rows = 10,
		    .is_screen = true, .every = 2 } },
		{ "screen-200x60", { .columns = 200, .rows = 60,
		    .is_utf8 = true, .is_screen = true, .every = 2 } },
	};
	struct scene *scene = busy();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pictures) / sizeof(pictures[0]); i++)
		check_picture(scene, pictures[i].name, &pictures[i].style);
	scene_end(scene);
}

/* Some keys could not be listed. */
static void
test_incomplete_keys(void **state)
{
	struct scene *scene = busy();
	const struct status_style style = { .columns = 80 };

	(void)state;
	(void)strlcpy(scene->status.keys_why, "countersign-key: exit status "
	    "1: /var/lib/countersign/keys/" HOSTILE ": cannot be read",
	    sizeof(scene->status.keys_why));
	check_picture(scene, "incomplete-keys", &style);
	scene_end(scene);
}

/* Nothing was sent yet, nothing is wrong. */
static void
test_quiet_pictures(void **state)
{
	const struct status_style style = { .columns = 80 };
	struct scene *scene = calloc(1, sizeof(*scene));

	(void)state;
	assert_non_null(scene);
	scene_begin(scene);
	take(scene, 0);
	assert_false(status_is_wrong(&scene->status));
	check_picture(scene, "quiet", &style);
	numbers_read(&scene->before, scene->meters, NOON - 3 * DAY);
	take(scene, 10);
	check_picture(scene, "no-mail", &style);
	send(NULL, ACTION_PASS, METERS_NOT_OURS, false, 1);
	take(scene, 10);
	check_picture(scene, "none-signed", &style);
	scene->status.total = scene->status.recent = NULL;
	(void)strlcpy(scene->status.why, "no milter runs here",
	    sizeof(scene->status.why));
	check_picture(scene, "no-milter", &style);
	scene_end(scene);
}

/* Several milters: what tells them apart, and the command that shows one. */
static void
test_choices(void **state)
{
	const struct status_style style = { .columns = 80 };
	struct scene *scene = calloc(1, sizeof(*scene));
	struct choices *choices;

	(void)state;
	assert_non_null(scene);
	scene_begin(scene);
	choices = &scene->status.choices;
	(void)strlcpy(scene->status.why, "several milters run: choose one",
	    sizeof(scene->status.why));
	choices->list[0] = (struct choice){ .pid = 1234, .user = "countersign",
	    .unit = "countersign-milter.service", .made = NOON - DAY,
	    .source = "shop", .nsources = 3 };
	choices->list[1] = (struct choice){ .pid = 99, .user = "dkim",
	    .unit = HOSTILE ".service", .made = NOON, .source = HOSTILE,
	    .nsources = 1 };
	choices->list[2] = (struct choice){ .pid = 7, .user = "dkim" };
	choices->n = 3;
	choices->nleft_out = 2;
	assert_true(status_is_wrong(&scene->status));
	check_picture(scene, "several", &style);
	scene_end(scene);
}

static void
test_units(void **state)
{
	static const struct {
		const char	*cgroup, *unit;
	} cases[] = {
		{ "0::/system.slice/a.service\n", "a.service" },
		{ "0::/system.slice/a.service", "a.service" },
		{ "12:pids:/x.slice\n1:name=systemd:/system.slice/a.service\n",
		    "a.service" },
		{ "0::/system.slice/system-b.slice/b@1.service/main\n",
		    "b@1.service" },
		{ "0::/user.slice/user@0.service/app.slice/c.service\n",
		    "c.service" },
		{ "0::/\n", "" }, { "", "" }, { "\n\n", "" }, { "0::", "" },
		{ "0::/a.slice/.service\n", "" },
		{ "0::/a.service.d/b.services\n", "" },
		{ "0:://a.service//\n", "a.service" },
	};
	char unit[CHOICES_UNIT_SIZE], text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		choices_find_unit(cases[i].cgroup, unit);
		assert_string_equal(unit, cases[i].unit);
	}
	(void)snprintf(text, sizeof(text), "0::/%0300d.service\n", 0);
	choices_find_unit(text, unit);
	assert_string_equal(unit, "");
}

/* The first of them are listed, and the rest is counted. */
static void
test_many_choices(void **state)
{
	struct choices choices;
	unsigned int i;

	(void)state;
	memset(&choices, 0, sizeof(choices));
	for (i = 0; i < CHOICES_MAX + 3; i++)
		choices_add(&choices, getpid(), NULL, 0);
	assert_int_equal(choices.n, CHOICES_MAX);
	assert_int_equal(choices.nleft_out, 3);
	assert_int_equal(choices.list[0].pid, getpid());
	assert_string_not_equal(choices.list[0].user, "");
	assert_int_equal(choices.list[0].nsources, 0);
}

/* Of every size, it is no larger, and no escape comes from a name. */
static void
test_fits(void **state)
{
	struct scene *scene = busy();
	struct status_style style = { .is_screen = true, .is_utf8 = true,
	    .colours = true, .every = 2 };
	char *text;
	size_t size;
	FILE *fp;

	(void)state;
	for (style.columns = 20; style.columns <= 250; style.columns += 5)
		for (style.rows = 3; style.rows <= 60; style.rows++) {
			text = NULL;
			fp = open_memstream(&text, &size);
			assert_non_null(fp);
			status_print_text(fp, &scene->status, &style);
			assert_int_equal(fclose(fp), 0);
			assert_true(widest(text) <= style.columns);
			assert_true(count_lines(text) <= style.rows);
			assert_null(strstr(text, "\033[2J"));
			assert_null(strstr(text, "\xe2\x80\xae"));
			free(text);
		}
	scene_end(scene);
}

/* What a front that was taken over can write into the table. */
static void
fill(unsigned char *octets, size_t size, uint32_t seed, bool is_sparse)
{
	size_t i;

	/* The number of the layout comes first, and is checked. */
	for (i = sizeof(uint64_t); i < size; i++) {
		seed = seed * 1664525 + 1013904223;
		octets[i] = is_sparse && (seed >> 8 & 63) != 0 ? 0 :
		    (unsigned char)(seed >> 24);
	}
}

static void
check_any(const struct scene *scene, unsigned int columns)
{
	const struct status_style style = { .columns = columns };
	const struct status_style screen = { .columns = columns, .rows = 24,
	    .is_screen = true, .is_utf8 = true, .every = 2 };
	char *text = NULL, *json = NULL;
	size_t size, jsonsize, i;
	json_t *root;
	FILE *fp;

	assert_non_null(fp = open_memstream(&text, &size));
	status_print_text(fp, &scene->status, &style);
	assert_int_equal(fclose(fp), 0);
	for (i = 0; i < size; i++)
		assert_true(text[i] == '\n' || (text[i] >= ' ' &&
		    text[i] <= '~'));
	assert_true(widest(text) <= columns);
	free(text);
	assert_non_null(fp = open_memstream(&text, &size));
	status_print_text(fp, &scene->status, &screen);
	assert_int_equal(fclose(fp), 0);
	assert_true(widest(text) <= columns);
	assert_true(count_lines(text) <= screen.rows);
	free(text);
	assert_non_null(fp = open_memstream(&json, &jsonsize));
	status_print_json(fp, &scene->status);
	assert_int_equal(fclose(fp), 0);
	root = json_loadb(json, jsonsize, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	json_decref(root);
	free(json);
}

/* Any table is shown, within the screen, and as JSON. */
static void
test_any_table(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	unsigned char *octets;
	int fd, reader;
	off_t size;
	uint32_t seed, nsince = 0;

	(void)state;
	assert_non_null(scene);
	scene_begin(scene);
	meters_use_own(NULL);
	meters_free(scene->meters);
	assert_non_null(scene->meters = meters_make(&fd, &reader));
	assert_true((size = lseek(fd, 0, SEEK_END)) > 0);
	octets = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	assert_true(octets != MAP_FAILED);
	for (seed = 0; seed < 6; seed++) {
		fill(octets, (size_t)size, seed, seed % 3 != 0);
		numbers_read(&scene->before, scene->meters,
		    NOON - 3 * DAY);
		fill(octets, (size_t)size, seed % 2 == 0 ? seed : seed + 99,
		    seed % 3 != 0);
		scene->troubles.n = 0;
		take(scene, 0);
		check_any(scene, 200);
		if (!numbers_since(&scene->recent, &scene->before,
		    &scene->total))
			continue;
		nsince++;
		numbers_sort(&scene->recent);
		scene->status.recent = &scene->recent;
		scene->status.seconds = 60;
		check_any(scene, 80);
		check_any(scene, 33);
		scene->status.recent = NULL;
	}
	assert_true(nsince > 0);
	(void)munmap(octets, (size_t)size);
	(void)close(fd);
	(void)close(reader);
	scene_end(scene);
}

static void
test_bars(void **state)
{
	static const struct status_style ascii = { .columns = 20 };
	static const struct status_style utf8 = { .columns = 20,
	    .is_utf8 = true };
	struct block *block = calloc(1, sizeof(*block));

	(void)state;
	assert_non_null(block);
	block_init(block, &ascii);
	assert_true(block_line(block));
	block_bar(block, 0.5, 8);
	block_put(block, "|");
	block_bar(block, 0.0001, 2);
	block_put(block, "|");
	block_bar(block, 7, 2);
	block_put(block, "|");
	block_bar(block, -1, 2);
	block_put(block, "|and more");
	assert_string_equal(block->lines[0], "####    |. |##|  |an");
	block_init(block, &utf8);
	assert_true(block_line(block));
	block_bar(block, 0.5625, 2);
	block_column(block, 1);
	block_column(block, 0);
	block_column(block, 0.01);
	assert_string_equal(block->lines[0], "\xe2\x96\x88\xe2\x96\x8f"
	    "\xe2\x96\x88 \xe2\x96\x81");
	free(block);
}

/* -- Numbers ------------------------------------------------------------- */

static void
test_numbers(void **state)
{
	struct scene *scene = busy();
	const struct numbers *recent = &scene->recent;

	(void)state;
	assert_int_equal(recent->nall, 646);
	assert_int_equal(recent->done[ACTION_SIGN], 540);
	assert_int_equal(recent->done[ACTION_REJECT], 42);
	assert_int_equal(recent->nobserved, 3);
	assert_int_equal(scene->total.done[ACTION_SIGN], 12885);
	assert_int_equal(recent->nrows, 4);
	assert_int_equal(recent->rows[0].n, 60);
	assert_string_equal(recent->rows[0].source, "");
	assert_int_equal(recent->rows[1].n, 42);
	assert_string_equal(recent->rows[1].source, HOSTILE);
	assert_int_equal(scene->total.nceilings, 2);
	assert_string_equal(scene->total.ceilings[0].source, "shop");
	assert_int_equal(numbers_within(recent, METERS_MESSAGE_TIME, 50),
	    1000);
	assert_int_equal(numbers_within(recent, METERS_MESSAGE_TIME, 95),
	    50000);
	assert_int_equal(numbers_within(recent, METERS_SIGN_TIME, 99),
	    2500000);
	assert_int_equal(numbers_within(recent, METERS_DNS_TIME, 50), -1);
	/* Another table is no later time of this one. */
	scene->before.made--;
	assert_false(numbers_since(&scene->recent, &scene->before,
	    &scene->total));
	scene->before.made++;
	assert_false(numbers_since(&scene->recent, &scene->total,
	    &scene->before));
	scene_end(scene);
}

static bool
has_trouble(const struct troubles *troubles, const char *id,
    const char *text)
{
	size_t i;

	for (i = 0; i < troubles->n; i++)
		if (strcmp(troubles->list[i].id, id) == 0 &&
		    strcmp(troubles->list[i].text, text) == 0)
			return true;
	return false;
}

/*
 * More rows than there is room for are counted; of ceilings, the fullest are
 * kept.
 */
static void
test_many_rows(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	char name[METERS_NAME_SIZE];
	unsigned int i, reason;

	(void)state;
	assert_non_null(scene);
	scene_begin(scene);
	for (i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "source %u", i);
		meters_add_source(name, 1000);
		for (reason = 0; reason < 10; reason++)
			send(name, ACTION_PASS, reason, false, 1);
		meters_ceiling(name, 0, i, 300);
	}
	take(scene, 0);
	assert_int_equal(scene->total.nall, 3000);
	assert_int_equal(scene->total.nrows, NUMBERS_MAX_ROWS);
	assert_int_equal(scene->total.nothers, 3000 - NUMBERS_MAX_ROWS);
	assert_int_equal(scene->total.nceilings, NUMBERS_MAX_CEILINGS);
	for (i = 0; i < NUMBERS_MAX_CEILINGS; i++)
		assert_int_equal(scene->total.ceilings[i].used, 299 - i);
	assert_true(has_trouble(&scene->troubles, "ceiling",
	    "30 ceilings of sources are used by 90 % or more"));
	for (i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "source %u", i);
		meters_ceiling(name, 0, 299, 300);
	}
	take(scene, 0);
	assert_true(has_trouble(&scene->troubles, "ceiling",
	    "100 or more ceilings of sources are used by 90 % or more"));
	scene_end(scene);
}

static void
test_troubles(void **state)
{
	struct scene *scene = busy();
	const struct troubles *troubles = &scene->troubles;

	(void)state;
	assert_int_equal(troubles->n, 4);
	assert_true(has_trouble(troubles, "deferred",
	    "1 message deferred: no key can sign it"));
	assert_true(has_trouble(troubles, "restarts",
	    "front: ended unexpectedly 1 time, and started again"));
	assert_true(has_trouble(troubles, "dns", "2 of 20 DNS lookups failed"));
	assert_true(has_trouble(troubles, "ceiling",
	    "1 ceiling of sources is used by 90 % or more"));
	/* What is not of the last seconds is no trouble now. */
	troubles_find(&scene->troubles, &scene->total, NULL);
	assert_int_equal(troubles->n, 1);
	/* Signers are slow, or there is none. */
	meters_move(METERS_WAITING, 2);
	meters_time(METERS_SIGN_TIME, 2000000);
	numbers_read(&scene->total, scene->meters, NOON);
	memset(scene->total.buckets[METERS_SIGN_TIME], 0,
	    sizeof(scene->total.buckets[METERS_SIGN_TIME]));
	scene->total.buckets[METERS_SIGN_TIME][METERS_BUCKETS] = 1;
	troubles_find(&scene->troubles, &scene->total, &scene->total);
	assert_true(has_trouble(troubles, "no-signer",
	    "2 requests to sign wait, and no signer works"));
	assert_string_equal(troubles->list[0].id, "no-signer");
	assert_true(has_trouble(troubles, "slow", "a request to sign takes "
	    "longer than a second: are there too few signers, or is the host "
	    "overloaded?"));
	meters_move(METERS_WAITING, -2);
	scene_end(scene);
}

/* -- Keys ---------------------------------------------------------------- */

static void
check_step(const char *members, const char *wanted)
{
	struct status_keys *keys = calloc(1, sizeof(*keys));
	char json[512], step[STATUS_STEP_SIZE];

	assert_non_null(keys);
	(void)snprintf(json, sizeof(json), "[{%s}]", members);
	assert_true(status_keys_read(keys, json, strlen(json)));
	assert_int_equal(keys->n, 1);
	status_key_step(&keys->list[0], NOON, step);
	assert_string_equal(step, wanted);
	free(keys);
}

static void
test_steps(void **state)
{
	(void)state;
	check_step("\"status\": \"generated\"",
	    "its record is to be published");
	check_step("\"status\": \"published\"",
	    "every name server is to show its record");
	check_step("\"status\": \"seen\"", "its record is to be verified");
	check_step("\"status\": \"standby\"", "in reserve");
	check_step("\"status\": \"retired\"", "its record is to be revoked");
	check_step("\"status\": \"revoked\"", "its record is to be removed");
	check_step("\"status\": \"compromised\"",
	    "its record is to be revoked at once");
	check_step("\"status\": \"active\"",
	    "signs until another one is activated");
	check_step("\"status\": \"active\", \"seconds_left\": 180000",
	    "signs 2 days more");
	check_step("\"status\": \"active\", \"seconds_left\": 100000",
	    "signs 27 hours more");
	check_step("\"status\": \"active\", \"seconds_left\": -60",
	    "should have ended 1 minute ago");
	check_step("\"status\": \"scheduled\", \"active_from\": "
	    "\"2026-11-27T14:00:00Z\"", "signs in 2 hours");
	check_step("\"status\": \"scheduled\"", "");
	check_step("\"status\": 7, \"domain\": [], \"seconds_left\": \"x\"",
	    "");
}

static void
test_keys(void **state)
{
	struct status_keys *keys = calloc(1, sizeof(*keys));
	char *json = NULL;
	size_t size;
	unsigned int i;
	FILE *fp;

	(void)state;
	assert_non_null(keys);
	assert_false(status_keys_read(keys, "{}", 2));
	assert_false(status_keys_read(keys, "[", 1));
	assert_false(status_keys_read(keys, "", 0));
	fp = open_memstream(&json, &size);
	assert_non_null(fp);
	for (i = 0; i < STATUS_MAX_KEYS + 20; i++)
		(void)fprintf(fp, "%c{\"domain\": \"d%03u\", \"status\": "
		    "\"active\", \"seconds_left\": %u, \"alarm\": %s}",
		    i == 0 ? '[' : ',', i, 1000 - i, i == 7 ? "\"!\"" : "null");
	(void)fputc(']', fp);
	assert_int_equal(fclose(fp), 0);
	assert_true(status_keys_read(keys, json, size));
	assert_int_equal(keys->n, STATUS_MAX_KEYS);
	assert_int_equal(keys->nleft_out, 20);
	assert_int_equal(keys->nsigning, STATUS_MAX_KEYS + 20);
	assert_int_equal(keys->nalarms, 1);
	assert_string_equal(keys->list[0].domain, "d007");
	assert_string_equal(keys->list[1].domain, "d119");
	free(json);
	free(keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pictures),
		cmocka_unit_test(test_quiet_pictures),
		cmocka_unit_test(test_incomplete_keys),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_many_choices),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_any_table),
		cmocka_unit_test(test_bars),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_many_rows),
		cmocka_unit_test(test_troubles),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
