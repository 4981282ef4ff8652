/* SPDX-License-Identifier: ISC */

/*
 * Which host rotates the keys of a store.
 */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "keydir.h"
#include "store/generation.h"
#include "store/rotator.h"

#define NOW	1700000000
#define ID	"0123456789abcdef0123456789abcdef"

static struct keydir store;
static struct ks_error error;
static struct ks_rotator rotator;
static struct ks_host one, two;
static char path[128];		/* of rotator */
static char id_path[128];	/* of store-id */
static char log_path[128];
static char machine_path[128];
static char generation_path[128];

static void
write_file(const char *name, const char *text)
{
	FILE *fp;

	assert_non_null(fp = fopen(name, "w"));
	(void)fputs(text, fp);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(chmod(name, 0640), 0);
}

static void
read_file(const char *name, char *text, size_t size)
{
	FILE *fp;
	size_t n;

	assert_non_null(fp = fopen(name, "r"));
	n = fread(text, 1, size - 1, fp);
	text[n] = '\0';
	assert_int_equal(fclose(fp), 0);
}

static int
setup(void **state)
{
	(void)state;
	keydir_make(&store);
	(void)snprintf(path, sizeof(path), "%s/rotator", store.path);
	(void)snprintf(id_path, sizeof(id_path), "%s/store-id", store.path);
	(void)snprintf(log_path, sizeof(log_path), "%s/log", store.path);
	(void)snprintf(machine_path, sizeof(machine_path), "%s/machine-id",
	    store.path);
	(void)snprintf(generation_path, sizeof(generation_path),
	    "%s/generation", store.path);
	return ks_host_init(&one, "one.example", "/none", &error) != 0 ||
	    ks_host_init(&two, "two.example", "/none", &error) != 0 ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(id_path);
	(void)unlink(log_path);
	(void)unlink(machine_path);
	(void)unlink(generation_path);
	keydir_remove(&store);
	return 0;
}

static void
add_domain(void)
{
	(void)keydir_add(&store, "example.com", "s1", DKIMSIG_ED25519_SHA256,
	    1, KS_NEVER);
}

static void
adopt(const struct ks_host *host, enum ks_rotator_state want)
{
	if (ks_rotator_adopt(store.ks, host, 0, &rotator, &error) != 0)
		fail_msg("%s", error.text);
	assert_int_equal(rotator.state, want);
}

static void
test_machine_id(void **state)
{
	static const struct {
		const char	*name, *text;
		bool		 is_id;
	} cases[] = {
		{ "as systemd writes it", ID "\n", true },
		{ "no newline", ID, true },
		{ "empty", "", false },
		{ "first boot", "uninitialized\n", false },
		{ "too short", "0123456789abcdef\n", false },
		{ "too long", ID "0\n", false },
		{ "capitals", "0123456789ABCDEF0123456789ABCDEF\n", false },
		{ "zeros", "00000000000000000000000000000000\n", false },
	};
	struct ks_host host;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("# %s\n", cases[i].name);
		write_file(machine_path, cases[i].text);
		if (cases[i].is_id) {
			assert_int_equal(ks_host_init(&host, NULL,
			    machine_path, &error), 0);
			assert_string_equal(host.secret, ID);
			assert_true(host.name[0] != '\0');
			continue;
		}
		assert_int_equal(ks_host_init(&host, NULL, machine_path,
		    &error), KS_E_ARG);
		assert_non_null(strstr(error.text, "host = \"NAME\""));
	}
	assert_int_equal(ks_host_init(&host, NULL, "/none", &error), KS_E_ARG);
}

static void
test_names(void **state)
{
	char longest[KS_HOST_NAME_SIZE + 1];
	struct ks_host host;

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[KS_HOST_NAME_SIZE] = '\0';
	assert_int_equal(ks_host_init(&host, longest, "/none", &error),
	    KS_E_ARG);
	longest[KS_HOST_NAME_SIZE - 1] = '\0';
	assert_int_equal(ks_host_init(&host, longest, "/none", &error), 0);
	assert_int_equal(ks_host_init(&host, "a b", "/none", &error),
	    KS_E_ARG);
	assert_int_equal(ks_host_init(&host, "", "/none", &error), KS_E_ARG);
	/* A name is not the machine ID with the same text. */
	write_file(machine_path, ID "\n");
	add_domain();
	assert_int_equal(ks_host_init(&host, ID, "/none", &error), 0);
	adopt(&host, KS_ROTATOR_SELF);
	assert_int_equal(ks_host_init(&host, NULL, machine_path, &error), 0);
	adopt(&host, KS_ROTATOR_OTHER);
}

static void
test_adopt(void **state)
{
	char text[256];
	struct stat st;

	(void)state;
	/* Nothing is written into an empty store. */
	adopt(&one, KS_ROTATOR_NONE);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(id_path, F_OK), -1);
	add_domain();
	assert_int_equal(ks_rotator_read(store.ks, &one, &rotator, &error), 0);
	assert_int_equal(rotator.state, KS_ROTATOR_NONE);
	adopt(&one, KS_ROTATOR_SELF);
	assert_string_equal(rotator.name, "one.example");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	/* From now on it is another one's. */
	adopt(&two, KS_ROTATOR_OTHER);
	assert_string_equal(rotator.name, "one.example");
	adopt(&one, KS_ROTATOR_SELF);
	/* The name is not what is hashed. */
	read_file(path, text, sizeof(text));
	assert_null(strstr(text, one.secret));
}

/* A copy of the directory without one of the files. */
static void
test_lost(void **state)
{
	char id[128], again[128];

	(void)state;
	add_domain();
	adopt(&one, KS_ROTATOR_SELF);
	read_file(id_path, id, sizeof(id));
	assert_int_equal(unlink(id_path), 0);
	adopt(&two, KS_ROTATOR_OTHER);
	assert_int_equal(access(id_path, F_OK), -1);
	adopt(&one, KS_ROTATOR_SELF);
	read_file(id_path, again, sizeof(again));
	assert_string_equal(id, again);
	assert_int_equal(unlink(path), 0);
	adopt(&one, KS_ROTATOR_LOST);
	adopt(&two, KS_ROTATOR_LOST);
	assert_int_equal(access(path, F_OK), -1);
}

static void
test_take(void **state)
{
	char text[256], id[128], again[128];

	(void)state;
	add_domain();
	adopt(&one, KS_ROTATOR_SELF);
	read_file(id_path, id, sizeof(id));
	adopt(&two, KS_ROTATOR_OTHER);
	assert_int_equal(ks_rotator_take(store.ks, &two, &rotator, NOW, 0,
	    &error), 0);
	adopt(&two, KS_ROTATOR_SELF);
	adopt(&one, KS_ROTATOR_OTHER);
	assert_string_equal(rotator.name, "two.example");
	read_file(id_path, again, sizeof(again));
	assert_string_equal(id, again);
	read_file(log_path, text, sizeof(text));
	assert_int_equal(strncmp(text, "2023-11-14T22:13:20Z ", 21), 0);
	assert_non_null(strstr(text, " - take-over: two.example rotates these "
	    "keys; before: one.example\n"));
}

/* A store keeps its number as long as one of the two files has it. */
static void
test_take_of_half(void **state)
{
	char text[256], id[128], again[128];

	(void)state;
	add_domain();
	adopt(&one, KS_ROTATOR_SELF);
	read_file(id_path, id, sizeof(id));
	assert_int_equal(unlink(id_path), 0);
	adopt(&two, KS_ROTATOR_OTHER);
	assert_int_equal(ks_rotator_take(store.ks, &two, &rotator, NOW, 0,
	    &error), 0);
	read_file(id_path, again, sizeof(again));
	assert_string_equal(id, again);
	assert_int_equal(unlink(path), 0);
	adopt(&two, KS_ROTATOR_LOST);
	assert_int_equal(ks_rotator_take(store.ks, &one, &rotator, NOW, 0,
	    &error), 0);
	read_file(id_path, again, sizeof(again));
	assert_string_equal(id, again);
	read_file(log_path, text, sizeof(text));
	assert_non_null(strstr(text, "one.example rotates these keys; before: "
	    "not known\n"));
	/* Without both it is another store. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(id_path), 0);
	assert_int_equal(ks_rotator_take(store.ks, &one, &rotator, NOW, 0,
	    &error), 0);
	read_file(id_path, again, sizeof(again));
	assert_string_not_equal(id, again);
	adopt(&one, KS_ROTATOR_SELF);
}

/* The rotator file of another store says nothing of this one. */
static void
test_foreign(void **state)
{
	char text[256];

	(void)state;
	add_domain();
	adopt(&one, KS_ROTATOR_SELF);
	write_file(id_path, "ffffffffffffffffffffffffffffffff"
	    "ffffffffffffffffffffffffffffffff\n");
	adopt(&one, KS_ROTATOR_OTHER);
	read_file(path, text, sizeof(text));
	assert_null(strstr(text, "ffffffff"));
}

static void
test_damaged(void **state)
{
	static const struct {
		const char	*name, *text;
	} cases[] = {
		{ "empty", "" },
		{ "later version", "countersign-rotator 2\n" },
		{ "no host", "countersign-rotator 1\nstore "
		    ID ID "\n" },
		{ "short number", "countersign-rotator 1\nstore " ID "\n"
		    "host " ID ID " one\n" },
		{ "no name", "countersign-rotator 1\nstore " ID ID "\n"
		    "host " ID ID "\n" },
		{ "name with a blank", "countersign-rotator 1\nstore " ID ID
		    "\nhost " ID ID " one two\n" },
		{ "a line more", "countersign-rotator 1\nstore " ID ID "\n"
		    "host " ID ID " one\nx\n" },
		{ "no newline", "countersign-rotator 1\nstore " ID ID "\n"
		    "host " ID ID " one" },
	};
	size_t i;

	(void)state;
	add_domain();
	memset(&rotator, 0, sizeof(rotator));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("# %s\n", cases[i].name);
		write_file(path, cases[i].text);
		assert_int_equal(ks_rotator_adopt(store.ks, &one, 0, &rotator,
		    &error), KS_E_DAMAGED);
		assert_non_null(strstr(error.text, path));
		assert_non_null(strstr(error.text, "take-over"));
		assert_int_equal(strstr(cases[i].text, "rotator 2") != NULL,
		    strstr(error.text, "install the later version again") !=
		    NULL);
		assert_int_equal(ks_rotator_take(store.ks, &one, &rotator, NOW,
		    0, &error), 0);
		adopt(&one, KS_ROTATOR_SELF);
	}
	write_file(id_path, ID "\n");
	assert_int_equal(ks_rotator_adopt(store.ks, &one, 0, &rotator,
	    &error), KS_E_DAMAGED);
	assert_int_equal(ks_rotator_take(store.ks, &one, &rotator, NOW, 0,
	    &error), 0);
	adopt(&one, KS_ROTATOR_SELF);
}

/* Each take-over begins a later term, whatever the clock says. */
static void
test_terms(void **state)
{
	static const struct {
		int64_t	now, term;
	} takes[] = {
		{ NOW, NOW },
		{ NOW, NOW + 1 },
		{ NOW - 5, NOW + 2 },
		{ NOW + 100, NOW + 100 },
	};
	struct ks_generation generation;
	size_t i;

	(void)state;
	add_domain();
	adopt(&one, KS_ROTATOR_SELF);
	for (i = 0; i < sizeof(takes) / sizeof(takes[0]); i++) {
		assert_int_equal(ks_rotator_take(store.ks, &one, &rotator,
		    takes[i].now, 0, &error), 0);
		assert_int_equal(ks_generation_read(store.ks, &generation,
		    &error), 0);
		assert_int_equal(generation.term, takes[i].term);
		assert_int_equal(generation.push, 0);
	}
}

/* A push is taken if its term is later, or its number in the same term. */
static void
test_pushes(void **state)
{
	static const struct {
		int64_t	term, push;
		int	want;
	} pushes[] = {
		{ 5, 3, 0 },
		{ 5, 3, KS_E_EXISTS },
		{ 5, 2, KS_E_EXISTS },
		{ 4, 9, KS_E_EXISTS },
		{ 5, 4, 0 },
		{ 6, 0, 0 },
		{ 5, 5, KS_E_EXISTS },
	};
	struct ks_generation generation, last;
	size_t i;

	(void)state;
	last = (struct ks_generation){ 0 };
	for (i = 0; i < sizeof(pushes) / sizeof(pushes[0]); i++) {
		generation.term = pushes[i].term;
		generation.push = pushes[i].push;
		assert_int_equal(ks_generation_accept(store.ks, &generation, 0,
		    &error), pushes[i].want);
		if (pushes[i].want == 0)
			last = generation;
		assert_int_equal(ks_generation_read(store.ks, &generation,
		    &error), 0);
		assert_int_equal(generation.term, last.term);
		assert_int_equal(generation.push, last.push);
	}
}

/* Make another store follow this one, which that host rotates. */
static int
follow(struct keydir *other, const struct ks_host *host)
{
	struct ks_holder holder;

	assert_int_equal(ks_rotator_holder(store.ks, &holder, &error), 0);
	return ks_rotator_follow(other->ks, host, &holder, 0, &error);
}

static void
assert_follows(struct keydir *other, const struct ks_host *host,
    const char *name)
{
	struct ks_holder ours, theirs;

	assert_int_equal(ks_rotator_read(other->ks, host, &rotator, &error),
	    0);
	assert_int_equal(rotator.state, KS_ROTATOR_OTHER);
	assert_string_equal(rotator.name, name);
	assert_int_equal(ks_rotator_holder(store.ks, &ours, &error), 0);
	assert_int_equal(ks_rotator_holder(other->ks, &theirs, &error), 0);
	assert_string_equal(theirs.id, ours.id);
	assert_string_equal(theirs.hash, ours.hash);
	assert_string_equal(theirs.name, ours.name);
}

static void
remove_store(struct keydir *other)
{
	char name[128];

	(void)snprintf(name, sizeof(name), "%s/rotator", other->path);
	(void)unlink(name);
	(void)snprintf(name, sizeof(name), "%s/store-id", other->path);
	(void)unlink(name);
	keydir_remove(other);
}

/* An empty store follows, and goes on when another host takes over. */
static void
test_follow(void **state)
{
	struct ks_holder holder;
	struct keydir other;

	(void)state;
	assert_int_equal(ks_rotator_holder(store.ks, &holder, &error),
	    KS_E_NOKEY);
	add_domain();
	adopt(&one, KS_ROTATOR_SELF);
	keydir_make(&other);
	/* Two hosts with the same identity. */
	assert_int_equal(follow(&other, &one), KS_E_ARG);
	assert_non_null(strstr(error.text, "cannot be told from one.example"));
	assert_int_equal(ks_rotator_holder(other.ks, &holder, &error),
	    KS_E_NOKEY);
	assert_int_equal(follow(&other, &two), 0);
	assert_follows(&other, &two, "one.example");
	(void)keydir_add(&other, "example.com", "s1", DKIMSIG_ED25519_SHA256,
	    1, KS_NEVER);
	assert_int_equal(follow(&other, &two), 0);
	assert_follows(&other, &two, "one.example");
	assert_int_equal(ks_host_init(&one, "three.example", "/none",
	    &error), 0);
	assert_int_equal(ks_rotator_take(store.ks, &one, &rotator, NOW, 0,
	    &error), 0);
	assert_int_equal(follow(&other, &two), 0);
	assert_follows(&other, &two, "three.example");
	remove_store(&other);
}

/* A store with keys that the host which pushes may not know. */
static void
test_follow_not(void **state)
{
	struct keydir other;

	(void)state;
	add_domain();
	adopt(&one, KS_ROTATOR_SELF);
	keydir_make(&other);
	(void)keydir_add(&other, "example.org", "s1", DKIMSIG_ED25519_SHA256,
	    1, KS_NEVER);
	assert_int_equal(follow(&other, &two), KS_E_ARG);
	assert_non_null(strstr(error.text, "there are keys here, which "
	    "one.example may not know"));
	assert_int_equal(ks_rotator_adopt(other.ks, &two, 0, &rotator,
	    &error), 0);
	assert_int_equal(rotator.state, KS_ROTATOR_SELF);
	assert_int_equal(follow(&other, &two), KS_E_ARG);
	assert_non_null(strstr(error.text, "not the store that one.example "
	    "pushes"));
	assert_int_equal(ks_rotator_read(other.ks, &two, &rotator, &error),
	    0);
	assert_int_equal(rotator.state, KS_ROTATOR_SELF);
	remove_store(&other);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_machine_id),
		TEST(test_names),
		TEST(test_adopt),
		TEST(test_lost),
		TEST(test_take),
		TEST(test_take_of_half),
		TEST(test_terms),
		TEST(test_pushes),
		TEST(test_foreign),
		TEST(test_follow),
		TEST(test_follow_not),
		TEST(test_damaged)
	};
	int failed;

	failed = cmocka_run_group_tests(tests, NULL, NULL);
	keydir_free_keys();
	return failed;
}
