/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef STATION_BUILD_H
#define STATION_BUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/fault.h"
#include "station/names.h"
#include "station/raw.h"
#include "station/station.h"

struct arena;

/*
 * A station in the making. Private to the room: declare.c finds out what there is,
 * the read_*.c files fill each kind of section in, load.c calls them in order.
 *
 * Nothing here stops at a mistake. A mistake is a finding, the field keeps its
 * default, and reading goes on, so that a person sees all mistakes at once; load.c
 * throws the station away in the end. The same for memory, by `out_of_memory`.
 */
/* What a section of the file is about. */
struct section_target {
    bool exists; /* false: [station], [report], or a section that was reported */
    enum name_type type;
    size_t index; /* in the array of that type */
};

struct build {
    struct station *station; /* the same as below, still writable */
    struct line_def *lines;
    struct zone_def *zones;
    struct topic_def *topics;
    struct tag_def *tags;
    struct kind_def *kinds;
    struct clock_def *clocks;
    struct layer_def *layers;
    struct mode_def *modes;
    struct source_def *relays;
    struct source_def *inputs;

    struct arena *arena;
    struct findings *findings;
    const char *file;
    struct raw_file raw;
    struct section_target *targets; /* one a section of raw */
    struct names names;
    struct zone_members *zone_members; /* one a zone; read_zones.c */
    bool out_of_memory;
};

/* A key that a kind of section knows, and how to read it. */
struct key_rule {
    const char *name;
    void (*read)(struct build *build, const struct raw_key *key, void *into);
    bool repeats; /* may be written more than once */
};
enum { KEY_RULES_MAX = 16 };

/* Read every key of a section into a definition; report those nobody knows. */
void build_keys(struct build *build, const struct raw_section *section,
                const struct key_rule *rules, size_t n_rules, void *into);

/* Report a mistake of a line of the station file. */
void build_mistake(struct build *build, const char *rule, unsigned line, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Report what a function returned: a fault of a key's value, or -ENOMEM. */
void build_fault(struct build *build, const char *rule, unsigned line, int r,
                 const struct fault *fault);

/* From the arena, or NULL and build->out_of_memory. */
MUST_CHECK void *build_take(struct build *build, size_t n_items, size_t item_bytes);
MUST_CHECK void *build_grow(struct build *build, void *items, size_t n, size_t *capacity,
                            size_t item_bytes);
/* A copy of a value to cut up. */
MUST_CHECK char *build_copy(struct build *build, const char *value);

/* The thing of exactly this type that a value refers to, or NULL and a finding. */
const struct name *build_reference(struct build *build, enum name_type type, const char *id,
                                   unsigned line);
/* The finding alone, for a reference to something that does not exist. */
void build_unknown(struct build *build, enum name_type type, const char *id, unsigned line);

/* A title; an empty one is as if it were not there. */
void build_title(const struct raw_key *key, const char **title);
/* A day or an instant of the station's zone. */
void build_instant(struct build *build, const struct raw_key *key, int64_t *ret_us);
/* "segment:CODE" → CODE, or NULL: it is something else. */
const char *build_segment_code(const char *item);
/* Report dates that end before they begin. */
void build_check_dates(struct build *build, int64_t from_us, int64_t until_us, unsigned line);

/* declare.c: make the arrays, give everything its id and defaults, gather the names. */
void build_declare(struct build *build);

/* read_*.c: fill in the section of the i-th thing of its type. */
void read_station(struct build *build, const struct raw_section *section);
void read_letterhead(struct build *build, const struct raw_section *section);
void read_line(struct build *build, const struct raw_section *section, struct line_def *line);
void read_zone(struct build *build, const struct raw_section *section, size_t zone);
void read_topic(struct build *build, const struct raw_section *section, struct topic_def *topic);
void read_tag(struct build *build, const struct raw_section *section, struct tag_def *tag);
void read_kind(struct build *build, const struct raw_section *section, struct kind_def *kind);
void read_clock(struct build *build, const struct raw_section *section, struct clock_def *clock);
void read_layer(struct build *build, const struct raw_section *section, size_t layer);
void read_mode(struct build *build, const struct raw_section *section, struct mode_def *mode);

void read_relay(struct build *build, const struct raw_section *section, struct source_def *relay);
void read_input(struct build *build, const struct raw_section *section, struct source_def *input);

/* outputs.c: the value of a line's `output`. */
void read_outputs(struct build *build, const struct raw_key *key, void *into);

/* Before any zone is read. */
void make_zone_members(struct build *build);
/* What can be settled only when everything has been read. */
void resolve_zones(struct build *build);
void check_topics(struct build *build);

#endif
