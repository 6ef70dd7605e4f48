/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "station/build.h"

#define STATION_FILE "station.ini"

/* A file at its largest takes about ten times its bytes; lists that go on over many
 * lines, and zones of thousands of lines, take the rest. */
static const size_t ARENA_MAX_BYTES = 256u << 20;

static const int64_t HOUR_US = 3600LL * 1000000;

/* 195 syllables a minute: about as fast as a reader on the radio. Louder than 80 it clips, and
 * the import levels it anyway. */
static const char *const default_voice[] = {"espeak-ng", "-v", "vi",    "-s",      "140", "-a",
                                            "80",        "-w", "{wav}", "--stdin", NULL};

static void set_defaults(struct build *build, const char *dir)
{
    static const struct daily_range day = {5 * 60, 21 * 60};
    struct daily_range *range = build_take(build, 1, sizeof *range);
    if (!range) {
        return;
    }
    *range = day;
    struct station *station = build->station;
    station->dir = build_copy(build, dir);
    station->file = build->file;
    station->title = _("Radio station");
    station->language = LANGUAGE_VI;
    station->loudness_lufs = -18;
    station->ceiling_dbtp = -1;
    station->hours = (struct hours){range, 1};
    station->separation_us = 20 * HOUR_US;
    station->freeze_us = 48 * HOUR_US;
    station->silence_us = 30 * INT64_C(1000000);
    station->voice = default_voice;
    station->keep_months = 24;
}

/* A section that is written once and has no id: the line of the one that counts, 0: there is none.
 */
static unsigned read_single(struct build *build, const char *type,
                            void (*read)(struct build *build, const struct raw_section *section))
{
    unsigned first_line = 0;
    for (size_t i = 0; i < build->raw.n_sections; i++) {
        const struct raw_section *section = &build->raw.sections[i];
        if (!section->type || strcmp(section->type, type) != 0) {
            continue;
        }
        if (first_line) {
            build_mistake(build, "duplicate-section", section->line,
                          _("[%s] was already written in line %u; keep one of them"), type,
                          first_line);
            continue;
        }
        first_line = section->line;
        read(build, section);
    }
    return first_line;
}

/* [station] comes first whatever its place: lines start from its hours, and dates
 * mean nothing without its time zone. */
static void read_station_sections(struct build *build)
{
    unsigned line = read_single(build, "station", read_station);
    if (!build->station->timezone) {
        build_mistake(build, "no-timezone", line,
                      _("the station has no time zone; write timezone = Asia/Ho_Chi_Minh in "
                        "[station]"));
    }
    (void)read_single(build, "report", read_letterhead);
}

static void read_section(struct build *build, const struct raw_section *section,
                         const struct section_target *target)
{
    switch (target->type) {
    case NAME_LINE:
        read_line(build, section, &build->lines[target->index]);
        break;
    case NAME_ZONE:
        read_zone(build, section, target->index);
        break;
    case NAME_TOPIC:
        read_topic(build, section, &build->topics[target->index]);
        break;
    case NAME_TAG:
        read_tag(build, section, &build->tags[target->index]);
        break;
    case NAME_KIND:
        read_kind(build, section, &build->kinds[target->index]);
        break;
    case NAME_CLOCK:
        read_clock(build, section, &build->clocks[target->index]);
        break;
    case NAME_LAYER:
        read_layer(build, section, target->index);
        break;
    case NAME_MODE:
        read_mode(build, section, &build->modes[target->index]);
        break;
    case NAME_RELAY:
        read_relay(build, section, &build->relays[target->index]);
        break;
    case NAME_INPUT:
        read_input(build, section, &build->inputs[target->index]);
        break;
    }
}

static void read_everything(struct build *build)
{
    build_declare(build);
    make_zone_members(build);
    if (build->out_of_memory) {
        return;
    }
    read_station_sections(build);
    for (size_t i = 0; i < build->raw.n_sections && !build->out_of_memory; i++) {
        if (build->targets[i].exists) {
            read_section(build, &build->raw.sections[i], &build->targets[i]);
        }
    }
    if (build->out_of_memory) {
        return;
    }
    resolve_zones(build);
    check_topics(build);
    if (build->station->n_lines == 0) {
        findings_add(build->findings, SEVERITY_WARNING, "no-lines", build->file, 0,
                     _("the station has no lines and cannot be heard; write a [line ID] section "
                       "for each output"));
    }
}

/* Sections are read by what they are; people read from top to bottom. */
static int compare_findings(const void *left, const void *right)
{
    const struct finding *a = left;
    const struct finding *b = right;
    if (a->fault.line != b->fault.line) {
        return a->fault.line < b->fault.line ? -1 : 1;
    }
    return strcmp(a->fault.text, b->fault.text);
}

static int refuse_large(const char *file, size_t n_bytes, struct findings *findings)
{
    if (n_bytes <= STATION_FILE_MAX_BYTES) {
        return 0;
    }
    findings_add(findings, SEVERITY_ERROR, "large-file", file, 0,
                 _("the file is larger than %d MiB; this is no station file"),
                 STATION_FILE_MAX_BYTES >> 20);
    return -E2BIG;
}

static int parse(struct build *build, const char *dir, const char *text, size_t n_bytes)
{
    set_defaults(build, dir);
    if (build->out_of_memory) {
        return -ENOMEM;
    }
    int r = raw_read(build->arena, build->file, text, n_bytes, &build->raw, build->findings);
    if (r < 0) {
        return r;
    }
    read_everything(build);
    return build->out_of_memory ? -ENOMEM : 0;
}

int station_parse(const char *dir, const char *file, const char *text, size_t n_bytes,
                  struct station **ret_station, struct findings *findings)
{
    int r = refuse_large(file, n_bytes, findings);
    if (r < 0) {
        return r;
    }
    struct arena *arena = arena_create(ARENA_MAX_BYTES);
    AUTO(station_destroy)
    struct station *station = arena ? arena_take(arena, 1, sizeof *station) : NULL;
    char *file_copy = station ? arena_strdup(arena, file) : NULL;
    size_t n_before = findings->n;
    size_t errors_before = findings->n_errors;
    r = -ENOMEM;
    if (file_copy) {
        station->arena = arena;
        struct build build = {.station = station,
                              .arena = arena,
                              .findings = findings,
                              .file = file_copy};
        r = parse(&build, dir, text, n_bytes);
    } else {
        station = NULL;
        arena_destroy(arena);
    }
    if (r == -ENOMEM) {
        struct fault fault = {0};
        fault_set(&fault, ENOMEM, file, 0, _("out of memory while reading the station file"));
        findings_add_fault(findings, "out-of-memory", &fault);
        return r;
    }
    if (findings->n > n_before) {
        qsort(findings->items + n_before, findings->n - n_before, sizeof *findings->items,
              compare_findings);
    }
    if (findings->n_errors > errors_before) {
        return -EINVAL;
    }
    *ret_station = STEAL(station);
    return 0;
}

int station_load(const char *dir, struct station **ret_station, struct findings *findings)
{
    char path[PATHS_MAX];
    AUTO_FREE char *text = NULL;
    size_t n_bytes = 0;
    struct fault fault = {0};
    int r = path_join(path, dir, STATION_FILE, &fault);
    if (r == 0) {
        r = path_read_file(path, STATION_FILE_MAX_BYTES, &text, &n_bytes, &fault);
    }
    if (r == -ENOENT) {
        fault_set(&fault, ENOENT, path, 0,
                  _("is not there; go into the station's folder, or write loa -C FOLDER …"));
    }
    if (r < 0) {
        findings_add_fault(findings, "unreadable-file", &fault);
        return r;
    }
    return station_parse(dir, path, text, n_bytes, ret_station, findings);
}
