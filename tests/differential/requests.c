/* SPDX-License-Identifier: ISC */

/* The protocol of compare.py on stdin and stdout: see requests.h. */

#include "requests.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *directory;

void
request_init(int argc, char *argv[])
{
	if (argc != 2)
		errx(2, "usage: %s DIRECTORY", argv[0]);
	directory = argv[1];
}

static void
parse_operation(struct request *request, const char *operation)
{
	char header[16], body[16];

	request->is_signing = strcmp(operation, "verify") != 0;
	if (!request->is_signing)
		return;
	if (sscanf(operation, "sign:%31[^:]:%15[^/]/%15s",
	    request->algorithm, header, body) != 3)
		errx(1, "%s: no such operation", operation);
	request->selector = request->algorithm;
	request->header_relaxed = strcmp(header, "relaxed") == 0;
	request->body_relaxed = strcmp(body, "relaxed") == 0;
	(void)snprintf(request->key_file, sizeof(request->key_file),
	    "%s/%s.pem", directory, request->algorithm);
}

bool
request_read(struct request *request)
{
	static char *text;
	char line[128], operation[128];

	memset(request, 0, sizeof(*request));
	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	if (sscanf(line, "%127s %zu", operation, &request->len) != 2)
		errx(1, "not a request: %s", line);
	parse_operation(request, operation);
	free(text);
	if ((text = malloc(request->len + 1)) == NULL)
		err(1, NULL);
	if (fread(text, 1, request->len, stdin) != request->len)
		errx(1, "half a request");
	request->text = text;
	return true;
}

void
request_answer(const char *result, const void *octets, size_t len)
{
	if (printf("%s %zu\n", result, len) < 0 ||
	    fwrite(octets, 1, len, stdout) != len || fflush(stdout) == EOF)
		err(1, "stdout");
}

bool
request_record(const char *name, char record[REQUEST_RECORD_SIZE])
{
	char path[4096];
	FILE *fp;
	size_t n;

	n = strcspn(name, ".");
	if (strcmp(name + n, "._domainkey." REQUEST_DOMAIN) != 0 ||
	    memchr(name, '/', n) != NULL)
		return false;
	(void)snprintf(path, sizeof(path), "%s/%.*s.txt", directory, (int)n,
	    name);
	if ((fp = fopen(path, "r")) == NULL)
		return false;
	if (fgets(record, REQUEST_RECORD_SIZE, fp) == NULL)
		errx(1, "%s: empty", path);
	record[strcspn(record, "\n")] = '\0';
	(void)fclose(fp);
	return true;
}
