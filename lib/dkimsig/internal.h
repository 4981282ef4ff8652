/* SPDX-License-Identifier: ISC */

/*
 * Shared by every part of the library: views of text, the ASCII rules of RFC
 * 5322 (independent of the locale), bits, and attributes.  Compiler
 * extensions are used only here, and for vectors in bodypath_*.c.
 */

#ifndef INTERNAL_H
#define INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define DKIMSIG_API __attribute__((__visibility__("default")))
#define ALWAYS_INLINE inline __attribute__((__always_inline__))

/* Borrowed text; it may contain NULs and need not be NUL-terminated. */
struct view {
	const char	*ptr;
	size_t		 len;
};

static inline struct view
view_of(const char *ptr, size_t len)
{
	return (struct view){ ptr, len };
}

static inline struct view
view_str(const char *s)
{
	return (struct view){ s, strlen(s) };
}

/* WSP of RFC 5234: space and tab only. */
static inline bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

static inline char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool
view_equal_nocase(struct view a, struct view b)
{
	size_t i;

	if (a.len != b.len)
		return false;
	for (i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

/* As isspace(3) in the C locale. */
static inline bool
is_space(char c)
{
	return is_wsp(c) || (c >= '\n' && c <= '\r');
}

static inline bool
view_equal(struct view a, struct view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr,
	    a.len) == 0);
}

/* The value of a hexadecimal digit of quoted-printable; -1 for others. */
static inline int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The index of the lowest bit that is set; 0 if none is. */
static inline unsigned int
first_bit(uint64_t bits)
{
	return bits != 0 ? (unsigned int)__builtin_ctzll(bits) : 0;
}

/* How many bits are above the highest one that is set; bits is not 0. */
static inline unsigned int
bits_above(uint64_t bits)
{
	return (unsigned int)__builtin_clzll(bits);
}

/* The view without trailing blanks. */
static inline struct view
view_rtrim(struct view v)
{
	while (v.len > 0 && is_wsp(v.ptr[v.len - 1]))
		v.len--;
	return v;
}

/* Without what is_space() accepts on both sides. */
static inline struct view
view_trim(struct view v)
{
	while (v.len > 0 && is_space(*v.ptr)) {
		v.ptr++;
		v.len--;
	}
	while (v.len > 0 && is_space(v.ptr[v.len - 1]))
		v.len--;
	return v;
}

/* Whether the view is a header field name, RFC 5322 section 2.2. */
static inline bool
view_is_field_name(struct view v)
{
	size_t i;

	for (i = 0; i < v.len; i++)
		if (v.ptr[i] < 33 || v.ptr[i] > 126 || v.ptr[i] == ':')
			return false;
	return v.len > 0;
}

#endif /* INTERNAL_H */
