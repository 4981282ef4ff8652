/* SPDX-License-Identifier: ISC */

/*
 * Payloads: what was written is read back, and every way in which a payload
 * can be short, long or wrong is a failure that sticks.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/wire.h"

static void
test_round_trip(void **state)
{
	struct wire_writer writer;
	struct wire_reader reader;
	const unsigned char *data;
	char text[8];
	size_t len;

	(void)state;
	wire_writer_init(&writer, 1000);
	wire_put_u8(&writer, 0xfe);
	wire_put_u32(&writer, 0x01020304);
	wire_put_string(&writer, "abc", 3);
	wire_put_string(&writer, NULL, 0);
	wire_put_string(&writer, "x\0y", 3);
	assert_false(writer.failed);
	assert_int_equal(writer.len, 1 + 4 + 7 + 4 + 7);
	assert_memory_equal(writer.data, "\xfe\1\2\3\4\0\0\0\3abc", 12);

	wire_reader_init(&reader, writer.data, writer.len);
	assert_int_equal(wire_get_u8(&reader), 0xfe);
	assert_int_equal(wire_get_u32(&reader), 0x01020304);
	wire_get_text(&reader, text, sizeof(text));
	assert_string_equal(text, "abc");
	wire_get_text(&reader, text, sizeof(text));
	assert_string_equal(text, "");
	assert_false(wire_reader_is_complete(&reader));
	wire_get_string(&reader, &data, &len);
	assert_int_equal(len, 3);
	assert_memory_equal(data, "x\0y", 3);
	assert_true(wire_reader_is_complete(&reader));
	wire_writer_finish(&writer);
	wire_writer_finish(&writer);
}

static void
test_every_cut_fails(void **state)
{
	static const unsigned char payload[] =
	    "\1\0\0\0\3abc\0\0\0\1";
	struct wire_reader reader;
	const unsigned char *data;
	char text[8];
	size_t cut, len;

	(void)state;
	for (cut = 0; cut < sizeof(payload) - 1; cut++) {
		wire_reader_init(&reader, payload, cut);
		(void)wire_get_u8(&reader);
		wire_get_text(&reader, text, sizeof(text));
		(void)wire_get_u32(&reader);
		assert_false(wire_reader_is_complete(&reader));
		/* And it stays so. */
		wire_get_string(&reader, &data, &len);
		assert_int_equal(len, 0);
		assert_int_equal(wire_get_u8(&reader), 0);
		assert_true(reader.failed);
	}
}

static const struct {
	const char	*name;
	const char	*payload;
	size_t		 len;
	bool		 is_text;	/* for a buffer of 4 octets */
} texts[] = {
	{ "fits",		"\0\0\0\3abc",		7,	true },
	{ "one too long",	"\0\0\0\4abcd",		8,	false },
	{ "NUL within",		"\0\0\0\3a\0c",		7,	false },
	{ "NUL alone",		"\0\0\0\1\0",		5,	false },
	{ "empty",		"\0\0\0\0",		4,	true },
	{ "huge length",	"\xff\xff\xff\xff" "abc", 7,	false },
	{ "sign bit",		"\x80\0\0\0abc",	7,	false },
	{ "left over",		"\0\0\0\1abc",		7,	false },
	{ "no payload",		NULL,			0,	false },
};

static void
test_texts(void **state)
{
	struct wire_reader reader;
	char buf[4];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		wire_reader_init(&reader, texts[i].payload, texts[i].len);
		wire_get_text(&reader, buf, sizeof(buf));
		if (wire_reader_is_complete(&reader) != texts[i].is_text)
			fail_msg("%s", texts[i].name);
	}
}

static void
test_writer_maximum(void **state)
{
	static const char octets[600];
	struct wire_writer writer;

	(void)state;
	wire_writer_init(&writer, 604);
	wire_put_string(&writer, octets, sizeof(octets));
	assert_false(writer.failed);
	wire_put_u8(&writer, 0);
	assert_true(writer.failed);
	assert_int_equal(writer.len, 604);
	wire_writer_finish(&writer);

	/* Even what would fit is not written after a failure. */
	wire_writer_init(&writer, 100);
	wire_put_string(&writer, octets, sizeof(octets));
	assert_true(writer.failed);
	assert_int_equal(writer.len, 4);
	wire_put_u8(&writer, 0);
	assert_int_equal(writer.len, 4);
	wire_writer_finish(&writer);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_every_cut_fails),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_writer_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
