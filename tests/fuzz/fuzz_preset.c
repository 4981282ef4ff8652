/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a preset file and a source that names it, with a NUL between.
 * What is accepted never has a source that signs for everybody.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/private.h"
#include "proofs.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static char folder[] = "/tmp/countersign-fuzz.XXXXXX";

static void
remove_folder(void)
{
	char path[sizeof(folder) + 8];

	(void)snprintf(path, sizeof(path), "%s/x.conf", folder);
	(void)unlink(path);
	(void)rmdir(folder);
}

static bool
write_preset(const uint8_t *data, size_t len)
{
	char path[sizeof(folder) + 8];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/x.conf", folder);
	/* ext4 writes a file to the disk at once if it was truncated. */
	(void)unlink(path);
	if ((file = fopen(path, "w")) == NULL)
		return false;
	(void)fwrite(data, 1, len, file);
	/* A file without it is refused as one that was cut off. */
	(void)fputc('\n', file);
	return fclose(file) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static bool is_made;
	struct config *config;
	const uint8_t *nul;
	char *printed = NULL, *text = NULL;
	size_t nfaults, printedlen, presetlen;
	int textlen;
	FILE *faults;

	if (!is_made) {
		if (mkdtemp(folder) == NULL)
			abort();
		(void)atexit(remove_folder);
		is_made = true;
	}
	if ((nul = memchr(data, '\0', len)) == NULL)
		return 0;
	presetlen = (size_t)(nul - data);
	if (!write_preset(data, presetlen))
		abort();
	textlen = asprintf(&text, "preset_dir = \"%s\"\nsource a {\n"
	    "preset = x\n%.*s\n}\n", folder, (int)(len - presetlen - 1),
	    (const char *)nul + 1);
	if (textlen == -1 ||
	    (faults = open_memstream(&printed, &printedlen)) == NULL) {
		free(text);
		return 0;
	}
	config = config_load_text("f", text, (size_t)textlen, faults,
	    &nfaults);
	fclose(faults);
	if ((config == NULL) != (nfaults > 0))
		abort();
	if (config != NULL)
		check_proofs(config);
	config_unref(config);
	free(printed);
	free(text);
	return 0;
}
