/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AIRTIME_SEAL_INT_H
#define AIRTIME_SEAL_INT_H

#include "airtime/seal.h"

struct stmt;

/* What is sealed of a table, by key. */
struct sealed_table {
    const char *name;
    const char *key;     /* column */
    const char *columns; /* of its row, as an SQL list */
};
extern const struct sealed_table sealed_tables[SEALED_N_TABLES];

/* The rows of all tables, each by its key. */
struct sealed_rows {
    struct stmt *by_key[SEALED_N_TABLES];
};
MUST_CHECK int sealed_rows_open(struct db *db, struct sealed_rows *rows, struct fault *reterr);
void sealed_rows_close(struct sealed_rows *rows);

/* The seal of a row after the one before it. 1; 0: there is no such row; or a negative errno. */
MUST_CHECK int sealed_rows_digest(struct sealed_rows *rows, enum sealed table, int64_t row_id,
                                  const unsigned char before[static HASH_BYTES],
                                  unsigned char out[static HASH_BYTES], struct fault *reterr);

#endif
