/* SPDX-License-Identifier: ISC */

/*
 * The file with two slots: states of every size come back; whatever octet of
 * the newer one is lost, the older one is read.
 */

#include <sys/mman.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ceilings/slots.h"

#define LARGE	(3 * SLOTS_BLOCK + 5)
#define TEXT	100			/* octets */
#define WHOLE	(TEXT + 32)		/* with its header */

static int
open_memory(void)
{
	const int fd = memfd_create("slots", MFD_ALLOW_SEALING);

	assert_int_not_equal(fd, -1);
	return fd;
}

/* What the file has: the first octet and the length of the state. */
static enum slots_result
look(int fd, unsigned char *first, size_t *len)
{
	struct slots slots;
	unsigned char *state = NULL;
	enum slots_result r = slots_open(&slots, fd, &state, len);
	size_t i;

	if (r == SLOTS_OK) {
		*first = *len > 0 ? state[0] : 0;
		for (i = 0; i < *len; i++)
			if (state[i] != (unsigned char)(*first + i))
				fail_msg("octet %zu of %zu", i, *len);
	}
	free(state);
	return r;
}

static void
write_state(struct slots *slots, size_t len, unsigned char first)
{
	static unsigned char text[LARGE];
	size_t i;

	for (i = 0; i < len; i++)
		text[i] = (unsigned char)(first + i);
	assert_int_equal(slots_write(slots, text, len), 0);
}

static void
test_sizes(void **state)
{
	static const size_t sizes[] = {
		0, 1, SLOTS_BLOCK - 33, SLOTS_BLOCK - 32, SLOTS_BLOCK - 31,
		SLOTS_BLOCK, LARGE, 7, 2 * SLOTS_BLOCK - 32, LARGE, 0
	};
	const int fd = open_memory();
	struct slots slots;
	unsigned char *none = NULL, first;
	size_t i, len;

	(void)state;
	assert_int_equal(slots_open(&slots, fd, &none, &len), SLOTS_EMPTY);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		write_state(&slots, sizes[i], (unsigned char)(i + 1));
		assert_int_equal(look(fd, &first, &len), SLOTS_OK);
		assert_int_equal(len, sizes[i]);
		if (len > 0)
			assert_int_equal(first, i + 1);
	}
	(void)close(fd);
}

static void
flip(int fd, off_t at)
{
	unsigned char c;

	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= 0x10;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
}

/* The first state is in the second slot, the next one in the first. */
static void
test_damage(void **state)
{
	const int fd = open_memory();
	unsigned char *none = NULL, first;
	struct slots slots;
	size_t i, len;

	(void)state;
	assert_int_equal(slots_open(&slots, fd, &none, &len), SLOTS_EMPTY);
	write_state(&slots, TEXT, 1);
	write_state(&slots, TEXT, 2);
	for (i = 0; i < WHOLE; i++) {
		flip(fd, (off_t)i);
		assert_int_equal(look(fd, &first, &len), SLOTS_OK);
		assert_int_equal(first, 1);
		flip(fd, SLOTS_BLOCK + (off_t)(WHOLE - 1 - i));
		assert_int_equal(look(fd, &first, &len), SLOTS_DAMAGED);
		flip(fd, (off_t)i);
		assert_int_equal(look(fd, &first, &len), SLOTS_OK);
		assert_int_equal(first, 2);
		flip(fd, SLOTS_BLOCK + (off_t)(WHOLE - 1 - i));
	}
	(void)close(fd);
}

static void
test_cut(void **state)
{
	const int fd = open_memory();
	unsigned char *none = NULL, first;
	struct slots slots;
	size_t left, len;

	(void)state;
	assert_int_equal(slots_open(&slots, fd, &none, &len), SLOTS_EMPTY);
	write_state(&slots, TEXT, 1);
	write_state(&slots, TEXT, 2);
	write_state(&slots, TEXT, 3);
	for (left = SLOTS_BLOCK + WHOLE; left-- > SLOTS_BLOCK;) {
		assert_int_equal(ftruncate(fd, (off_t)left), 0);
		assert_int_equal(look(fd, &first, &len), SLOTS_OK);
		assert_int_equal(first, 2);
	}
	for (left = WHOLE; left-- > 1;) {
		assert_int_equal(ftruncate(fd, (off_t)left), 0);
		assert_int_equal(look(fd, &first, &len), SLOTS_DAMAGED);
	}
	/* A damaged file is written over. */
	assert_int_equal(slots_open(&slots, fd, &none, &len), SLOTS_DAMAGED);
	write_state(&slots, TEXT, 4);
	assert_int_equal(look(fd, &first, &len), SLOTS_OK);
	assert_int_equal(first, 4);
	(void)close(fd);
}

static void
test_unwritable(void **state)
{
	const int fd = open_memory();
	struct slots slots;
	unsigned char *text = NULL, first;
	size_t len;

	(void)state;
	assert_int_equal(slots_open(&slots, fd, &text, &len), SLOTS_EMPTY);
	write_state(&slots, 1, 1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	assert_int_equal(slots_write(&slots, (const unsigned char *)"\2", 1),
	    -1);
	assert_int_equal(look(fd, &first, &len), SLOTS_OK);
	assert_int_equal(first, 1);
	(void)close(fd);
	assert_int_equal(slots_open(&slots, fd, &text, &len), SLOTS_SYSTEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_unwritable)
	};

	return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
