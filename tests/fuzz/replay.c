/* SPDX-License-Identifier: ISC */

/*
 * Runs a fuzz target without a fuzzing engine: over each file of the
 * directories that are named, and over each of them cut at every octet.  What
 * an engine found, which names it by 40 hexadecimal digits, is much more, and
 * was cut before: it is cut in a few places only.
 */

#include <dirent.h>
#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE	65536	/* octets of one corpus file */
#define FOUND_CUTS	8	/* of a file that an engine found */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A copy of its own size, so that a sanitizer sees a read beyond it. */
static void
run_one(const uint8_t *data, size_t len)
{
	uint8_t *copy;

	if ((copy = malloc(len == 0 ? 1 : len)) == NULL)
		err(1, NULL);
	memcpy(copy, data, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static bool
is_found(const char *name)
{
	return strlen(name) == 40 && strspn(name, "0123456789abcdef") == 40;
}

static void
run_file(const char *dir, const char *name)
{
	static uint8_t buf[MAX_FILE];
	char path[4096];
	FILE *fp;
	size_t len, n, step;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((fp = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	len = fread(buf, 1, sizeof(buf), fp);
	if (ferror(fp))
		err(1, "%s", path);
	(void)fclose(fp);
	step = is_found(name) ? len / FOUND_CUTS + 1 : 1;
	for (n = 0; n < len; n += step)
		run_one(buf, n);
	run_one(buf, len);
}

int
main(int argc, char **argv)
{
	struct dirent *entry;
	DIR *dir;
	size_t nfiles;
	int i;

	nfiles = 0;
	for (i = 1; i < argc; i++) {
		if ((dir = opendir(argv[i])) == NULL)
			err(1, "%s", argv[i]);
		while ((entry = readdir(dir)) != NULL) {
			if (entry->d_name[0] == '.')
				continue;
			run_file(argv[i], entry->d_name);
			nfiles++;
		}
		(void)closedir(dir);
	}
	if (nfiles == 0)
		errx(1, "no corpus");
	(void)printf("%zu files\n", nfiles);
	return 0;
}
