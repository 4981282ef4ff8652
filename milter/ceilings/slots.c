/* SPDX-License-Identifier: ISC */

/*
 * Two states in one file: see slots.h.
 *
 * A state is written after its header, whose checksum covers it: if the machine
 * stops in between, the slot is damaged and the other one is used.  The older
 * slot is also used if the newer one cannot be read.
 */

#include "ceilings/slots.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ceilings/siphash.h"

#define MAGIC		"csgcnts1"
#define MAGIC_SIZE	8
#define HEADER_SIZE	32	/* magic, number, length, checksum */

static void
put_u64(unsigned char *p, uint64_t n)
{
	size_t i;

	for (i = 0; i < 8; i++)
		p[i] = (unsigned char)(n >> (56 - 8 * i));
}

static uint64_t
get_u64(const unsigned char *p)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < 8; i++)
		n = n << 8 | p[i];
	return n;
}

/* Of the header but for itself, and of the state behind it. */
static uint64_t
checksum(const unsigned char *whole, size_t len)
{
	static const unsigned char key[SIPHASH_KEY_SIZE] = { 0 };

	return siphash(key, whole, HEADER_SIZE - 8) ^
	    siphash(key, whole + HEADER_SIZE, len - HEADER_SIZE);
}

/* Where the octets at that place of a slot are in the file, and how many of
 * them are in one piece. */
static off_t
place(unsigned int slot, size_t at, size_t *piece)
{
	*piece = SLOTS_BLOCK - at % SLOTS_BLOCK;
	return (off_t)(2 * (at / SLOTS_BLOCK) + slot) * SLOTS_BLOCK +
	    (off_t)(at % SLOTS_BLOCK);
}

/* Read len octets of a slot.  1, 0 if the file ends before, or -1. */
static int
read_slot(int fd, unsigned int slot, unsigned char *buf, size_t len)
{
	size_t at = 0, piece;
	ssize_t n;
	off_t offset;

	while (at < len) {
		offset = place(slot, at, &piece);
		if (piece > len - at)
			piece = len - at;
		n = pread(fd, buf + at, piece, offset);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		at += (size_t)n;
	}
	return 1;
}

static int
write_slot(int fd, unsigned int slot, const unsigned char *buf, size_t len)
{
	size_t at = 0, piece;
	ssize_t n;
	off_t offset;

	while (at < len) {
		offset = place(slot, at, &piece);
		if (piece > len - at)
			piece = len - at;
		n = pwrite(fd, buf + at, piece, offset);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		at += (size_t)n;
	}
	return 0;
}

/* Read a slot: its whole text, or NULL.  *r is -1 if that is a failure. */
static unsigned char *
load(int fd, unsigned int slot, off_t filesize, size_t *len, int *r)
{
	unsigned char header[HEADER_SIZE], *whole;
	uint64_t n;

	if ((*r = read_slot(fd, slot, header, sizeof(header))) != 1)
		return NULL;
	n = get_u64(header + 16);
	if (memcmp(header, MAGIC, MAGIC_SIZE) != 0 || n > (uint64_t)filesize)
		return NULL;
	*len = HEADER_SIZE + (size_t)n;
	if ((whole = malloc(*len)) == NULL) {
		*r = -1;
		return NULL;
	}
	*r = read_slot(fd, slot, whole, *len);
	if (*r == 1 && checksum(whole, *len) == get_u64(whole + 24) &&
	    get_u64(whole + 16) == n)
		return whole;
	free(whole);
	return NULL;
}

/* Give the state without its header. */
static void
give(unsigned char *whole, size_t wholelen, unsigned char **state, size_t *len)
{
	*len = wholelen - HEADER_SIZE;
	memmove(whole, whole + HEADER_SIZE, *len);
	*state = whole;
}

enum slots_result
slots_open(struct slots *slots, int fd, unsigned char **state, size_t *len)
{
	unsigned char *found[2];
	size_t lens[2] = { 0, 0 };
	struct stat st;
	int r[2];
	unsigned int i;

	*slots = (struct slots){ .fd = fd };
	if (fstat(fd, &st) == -1)
		return SLOTS_SYSTEM;
	if (st.st_size == 0)
		return SLOTS_EMPTY;
	for (i = 0; i < 2; i++)
		found[i] = load(fd, i, st.st_size, &lens[i], &r[i]);
	if (found[0] == NULL && found[1] == NULL)
		return r[0] == -1 || r[1] == -1 ? SLOTS_SYSTEM :
		    SLOTS_DAMAGED;
	i = found[0] == NULL || (found[1] != NULL &&
	    get_u64(found[1] + 8) > get_u64(found[0] + 8));
	free(found[1 - i]);
	slots->newest = i;
	slots->number = get_u64(found[i] + 8);
	give(found[i], lens[i], state, len);
	return SLOTS_OK;
}

int
slots_write(struct slots *slots, const unsigned char *state, size_t len)
{
	const unsigned int slot = 1 - slots->newest;
	unsigned char *whole;
	int r, error;

	if ((whole = malloc(HEADER_SIZE + len)) == NULL)
		return -1;
	memcpy(whole, MAGIC, MAGIC_SIZE);
	put_u64(whole + 8, slots->number + 1);
	put_u64(whole + 16, len);
	memcpy(whole + HEADER_SIZE, state, len);
	put_u64(whole + 24, checksum(whole, HEADER_SIZE + len));
	r = write_slot(slots->fd, slot, whole, HEADER_SIZE + len);
	error = errno;
	freezero(whole, HEADER_SIZE + len);
	errno = error;
	if (r != 0 || fdatasync(slots->fd) == -1)
		return -1;
	slots->newest = slot;
	slots->number++;
	return 0;
}
