/* SPDX-License-Identifier: MIT */
/* Whole files as text. Not modelled: files over 16 MiB. */
#ifndef DOORBELL_SCENARIO_FILE_H
#define DOORBELL_SCENARIO_FILE_H

#include <stddef.h>

/* malloc'd content with a NUL behind it; NULL with errno set. */
char *file_read(const char *path, size_t *bytes);

#endif
