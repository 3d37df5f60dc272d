/* SPDX-License-Identifier: MIT */
#include "model/scenario/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FILE_MAX (16u << 20)

char *file_read(const char *path, size_t *bytes)
{
	struct stat about;
	FILE *in = fopen(path, "rb");
	char *text = NULL;
	int error = 0;

	if (!in)
		return NULL;
	if (fstat(fileno(in), &about))
		error = errno;
	else if (S_ISDIR(about.st_mode))
		error = EISDIR;
	if (!error) {
		text = malloc(FILE_MAX + 1);
		error = text ? 0 : ENOMEM;
	}
	if (!error) {
		*bytes = fread(text, 1, FILE_MAX + 1, in);
		if (ferror(in))
			error = errno;
		else if (*bytes > FILE_MAX)
			error = EFBIG;
	}
	fclose(in);
	if (error) {
		free(text);
		errno = error;
		return NULL;
	}
	text[*bytes] = '\0';
	return text;
}
