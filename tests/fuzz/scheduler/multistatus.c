/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/strbuf.h"
#include "scheduler/calendar/collection.h"
#include "scheduler/calendar/multistatus.h"

/* Any bytes as a CalDAV server's answer: refused with a sentence, or made into a text of whole
 * lines, the same one twice. */
enum { MERGED_MAX = 1 << 20 };

static void require(int condition)
{
    if (!condition) {
        abort();
    }
}

static int merge(const struct multistatus *told, struct strbuf *into)
{
    struct fault fault = {0};
    strbuf_init(into, MERGED_MAX);
    int r = collection_merge(told, into, &fault);
    require(r == -fault.err && (r == 0) == (*fault.text == '\0'));
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    AUTO(arena_destroy) struct arena *arena = arena_create((size_t)64 << 20);
    struct multistatus told = {0};
    struct fault fault = {0};
    int r = multistatus_parse(arena, (const char *)bytes, n_bytes, &told, &fault);
    require(r == -fault.err && (r == 0) == (*fault.text == '\0'));
    for (size_t i = 0; r == 0 && i < told.n; i++) {
        const struct multistatus_item *item = &told.items[i];
        require(item->href && (!item->token || *item->token));
        require(!item->calendar_data || strlen(item->calendar_data) == item->n_calendar_data);
    }
    if (r == 0) {
        struct strbuf merged;
        struct strbuf again;
        r = merge(&told, &merged);
        require(r == merge(&told, &again));
        require(merged.n == again.n &&
                (merged.n == 0 || !memcmp(merged.text, again.text, merged.n)));
        require(r < 0 || merged.n == 0 || (merged.n > 2 && merged.text[merged.n - 1] == '\n'));
        strbuf_finish(&merged);
        strbuf_finish(&again);
    }
    return 0;
}
