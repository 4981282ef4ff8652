/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: text of strangers in a page of HTML, and a list of keys.
 *
 * What comes out of a text are references, the tags of a value, and characters
 * that a reader sees; so a text can neither begin an element nor end one.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page/keys.h"
#include "page/lives.h"
#include "page/markup.h"
#include "page/visible.h"

#define NOW	INT64_C(1795752000)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *const tags[] = {
	"<bdi>", "</bdi>", "<span class=\"code\">", "</span>"
};
static const char *const references[] = {
	"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"
};

/* The length of the one of these with which the text begins, or 0. */
static size_t
begins(const char *text, const char *const *words, size_t nwords)
{
	size_t i;

	for (i = 0; i < nwords; i++)
		if (strncmp(text, words[i], strlen(words[i])) == 0)
			return strlen(words[i]);
	return 0;
}

static void
check(const char *text, bool has_tags)
{
	size_t len = strlen(text), n;
	uint32_t code;
	bool is_octet;

	for (; len > 0; text += n, len -= n) {
		if (*text == '&')
			n = begins(text, references, 5);
		else if (*text == '<' && has_tags)
			n = begins(text, tags, 4);
		else {
			n = visible_next(text, len, &code, &is_octet);
			if (is_octet || !visible_is(code) ||
			    (n == 1 && strchr("<>\"'", *text) != NULL))
				abort();
		}
		if (n == 0)
			abort();
	}
}

static void
print(void (*put)(FILE *, const char *), const char *text, bool has_tags)
{
	char *out;
	size_t size;
	FILE *fp;

	if ((fp = open_memstream(&out, &size)) == NULL)
		abort();
	put(fp, text);
	if (fclose(fp) != 0 || strlen(out) != size)
		abort();
	check(out, has_tags);
	free(out);
}

static void
print_keys(const char *text, size_t len)
{
	struct page_keys *keys;
	char *out;
	size_t size;
	FILE *fp;

	if ((keys = malloc(sizeof(*keys))) == NULL ||
	    (fp = open_memstream(&out, &size)) == NULL)
		abort();
	if (page_keys_read(keys, text, len, NOW - 86400))
		lives_print(fp, keys, NOW);
	else if (keys->n != 0)
		abort();
	if (fclose(fp) != 0 || strlen(out) != size)
		abort();
	free(out);
	free(keys);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text;

	if ((text = malloc(len + 1)) == NULL)
		abort();
	memcpy(text, data, len);
	text[len] = '\0';
	print(markup_text, text, false);
	print(markup_value, text, true);
	print_keys(text, len);
	free(text);
	return 0;
}
