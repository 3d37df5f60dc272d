/* SPDX-License-Identifier: MIT */
/* A text as a JSON string (RFC 8259, 7), quotes and all; the text is UTF-8 as it is. Not modelled:
 * texts with NUL, texts that are no UTF-8 (their bytes are written). */
#ifndef DOORBELL_ANALYSIS_JSON_TEXT_H
#define DOORBELL_ANALYSIS_JSON_TEXT_H

#include <stdio.h>

void json_text(FILE *out, const char *text);

#endif
