/* SPDX-License-Identifier: MIT */
/* TOML text to a tree with places, by toml++ (the one C++ file behind a C interface). Children are
 * in file order. Not modelled: dates keep their kind only. */
#ifndef DOORBELL_SCENARIO_TOML_READER_H
#define DOORBELL_SCENARIO_TOML_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum toml_kind {
	TOML_KIND_TABLE,
	TOML_KIND_ARRAY,
	TOML_KIND_STRING,
	TOML_KIND_INTEGER,
	TOML_KIND_FLOAT,
	TOML_KIND_BOOLEAN,
	TOML_KIND_DATE,
};

struct toml_spot {
	unsigned line, column;       /* from 1; columns count characters */
};

struct toml_node {
	enum toml_kind kind;
	char *key; /* name in its table; NULL for elements of arrays and the root */
	struct toml_spot key_at;     /* of the key; as `at` where there is none */
	struct toml_spot at;         /* of the value, or of the table's header */
	char *text; /* strings: content; integers: decimal; floats and booleans: as written */
	int64_t integer;
	bool boolean;
	struct toml_node **child;
	size_t count;
};

struct toml_error {
	struct toml_spot at;
	char what[200];
};

/* NULL on error. */
struct toml_node *toml_read(const char *text, size_t bytes, struct toml_error *error);
void toml_free(struct toml_node *node);
/* Child of that name, or NULL. */
struct toml_node *toml_find(const struct toml_node *table, const char *key);

#ifdef __cplusplus
}
#endif
#endif
