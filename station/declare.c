/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/i18n.h"
#include "station/build.h"
#include "station/values.h"

/* What there is in a station file, and the id of each, before any of it is read. */

static const int64_t FETCH_EVERY_US = 15LL * 60 * 1000000;

/* Kinds of the field. */
static const struct {
    const char *id;
    const char *title;
    enum counts_as counts;
} builtin_kinds[] = {
    {"chuyen-muc", "Chuyên mục", COUNTS_FEATURE},
    {"tin", "Tin", COUNTS_ITEM},
    {"bai", "Bài", COUNTS_ITEM},
    {"phong-su", "Phóng sự", COUNTS_ITEM},
    {"phong-van", "Phỏng vấn", COUNTS_ITEM},
    {"hoi-dap", "Hỏi đáp", COUNTS_ITEM},
    {"thong-bao", "Thông báo", COUNTS_NOTHING},
    {"nhac-hieu", "Nhạc hiệu", COUNTS_NOTHING},
    {"ca-nhac", "Ca nhạc", COUNTS_NOTHING},
    {"tiep-song", "Tiếp sóng", COUNTS_NOTHING},
    {"truc-tiep", "Nói trực tiếp", COUNTS_NOTHING},
    {"khan-cap", "Khẩn cấp", COUNTS_NOTHING},
};

static const enum name_type id_types[] = {NAME_LINE,  NAME_ZONE,  NAME_TOPIC, NAME_TAG,
                                          NAME_KIND,  NAME_CLOCK, NAME_LAYER, NAME_MODE,
                                          NAME_RELAY, NAME_INPUT};

static bool type_of_word(const char *word, enum name_type *ret_type)
{
    for (size_t i = 0; i < ARRAY_LEN(id_types); i++) {
        if (strcmp(name_type_word(id_types[i]), word) == 0) {
            *ret_type = id_types[i];
            return true;
        }
    }
    return false;
}

static void unknown_section(struct build *build, const struct raw_section *section)
{
    struct nearest_word {
        const char *word;
    } words[ARRAY_LEN(id_types) + 2] = {{"station"}, {"report"}};
    for (size_t i = 0; i < ARRAY_LEN(id_types); i++) {
        words[i + 2].word = name_type_word(id_types[i]);
    }
    const char *near =
        station_nearest_id(section->type, &words[0].word, ARRAY_LEN(words), sizeof *words);
    if (near) {
        build_mistake(build, "unknown-section", section->line,
                      _("there are no [%s] sections; did you mean \"%s\"?"), section->type, near);
    } else {
        build_mistake(build, "unknown-section", section->line,
                      _("there are no [%s] sections; write [station], [report], [line ID], "
                        "[zone ID], [topic ID], [tag ID], [kind ID], [clock ID], [layer ID], "
                        "[mode ID], [relay ID] or [input ID]"),
                      section->type);
    }
}

/* The section's type if it declares something with an id; what is wrong is reported
 * when `reports`, for this is asked twice. */
static bool declares(struct build *build, const struct raw_section *section, bool reports,
                     enum name_type *ret_type)
{
    if (!section->type || strcmp(section->type, "station") == 0 ||
        strcmp(section->type, "report") == 0) {
        return false;
    }
    if (!type_of_word(section->type, ret_type)) {
        if (reports) {
            unknown_section(build, section);
        }
        return false;
    }
    if (reports && !section->id) {
        build_mistake(build, "no-id", section->line, _("the section has no id; write [%s ID]"),
                      section->type);
    } else if (reports && !value_is_id(section->id)) {
        build_mistake(build, "bad-id", section->line,
                      _("\"%s\" is not an id; use a-z, 0-9 and hyphens after a first letter, 64 at "
                        "most, and put accents into the title"),
                      section->id);
    } else if (reports && strcmp(section->id, "all") == 0 &&
               (*ret_type == NAME_LINE || *ret_type == NAME_ZONE)) {
        build_mistake(build, "reserved-id", section->line,
                      _("\"all\" already means every line; choose another id"));
    }
    return section->id && value_is_id(section->id);
}

static void add_name(struct build *build, enum name_type type, const char *id, size_t index,
                     unsigned line)
{
    if (names_add(&build->names, build->arena, (struct name){id, type, index, line}) < 0) {
        build->out_of_memory = true;
    }
}

static void add_builtin_kinds(struct build *build)
{
    for (size_t i = 0; i < ARRAY_LEN(builtin_kinds); i++) {
        build->kinds[i] = (struct kind_def){.id = builtin_kinds[i].id,
                                            .title = builtin_kinds[i].title,
                                            .counts = builtin_kinds[i].counts};
        add_name(build, NAME_KIND, builtin_kinds[i].id, i, 0);
    }
    build->station->n_kinds = ARRAY_LEN(builtin_kinds);
}

/* A section that changes one of them: its index, or SIZE_MAX for a new kind. */
static size_t find_builtin_kind(const char *id)
{
    for (size_t i = 0; i < ARRAY_LEN(builtin_kinds); i++) {
        if (strcmp(builtin_kinds[i].id, id) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* Room for as many of each as there are sections. */
static bool make_arrays(struct build *build)
{
    size_t n[ARRAY_LEN(id_types)] = {0};
    for (size_t i = 0; i < build->raw.n_sections; i++) {
        enum name_type type = NAME_LINE;
        if (declares(build, &build->raw.sections[i], false, &type)) {
            n[type]++;
        }
    }
    struct station *station = build->station;
    station->lines = build->lines = build_take(build, n[NAME_LINE], sizeof *build->lines);
    station->zones = build->zones = build_take(build, n[NAME_ZONE], sizeof *build->zones);
    station->topics = build->topics = build_take(build, n[NAME_TOPIC], sizeof *build->topics);
    station->tags = build->tags = build_take(build, n[NAME_TAG], sizeof *build->tags);
    station->kinds = build->kinds =
        build_take(build, n[NAME_KIND] + ARRAY_LEN(builtin_kinds), sizeof *build->kinds);
    station->clocks = build->clocks = build_take(build, n[NAME_CLOCK], sizeof *build->clocks);
    station->layers = build->layers = build_take(build, n[NAME_LAYER], sizeof *build->layers);
    station->modes = build->modes = build_take(build, n[NAME_MODE], sizeof *build->modes);
    station->relays = build->relays = build_take(build, n[NAME_RELAY], sizeof *build->relays);
    station->inputs = build->inputs = build_take(build, n[NAME_INPUT], sizeof *build->inputs);
    build->targets = build_take(build, build->raw.n_sections, sizeof *build->targets);
    return !build->out_of_memory;
}

/* A relay or an input is of kind tiep-song until it says otherwise. */
static struct source_def source_of(const char *id, unsigned line)
{
    return (struct source_def){.id = id,
                               .title = id,
                               .target = "",
                               .kind = find_builtin_kind("tiep-song"),
                               .topic = SIZE_MAX,
                               .preroll_us = SOURCE_PREROLL_US,
                               .duck_db = -15,
                               .channels = {1, 2},
                               .n_channels = 2,
                               .file_line = line};
}

/* The next free place of the type, with id, title and defaults. */
static size_t add_thing(struct build *build, enum name_type type, const char *id, unsigned line)
{
    struct station *station = build->station;
    switch (type) {
    case NAME_LINE:
        build->lines[station->n_lines] =
            (struct line_def){.id = id, .title = id, .file_line = line};
        return station->n_lines++;
    case NAME_ZONE:
        build->zones[station->n_zones] = (struct zone_def){
            .id = id, .title = id, .from_us = INT64_MIN, .until_us = INT64_MAX, .file_line = line};
        return station->n_zones++;
    case NAME_TOPIC:
        build->topics[station->n_topics] =
            (struct topic_def){.id = id, .title = id, .parent = SIZE_MAX, .file_line = line};
        return station->n_topics++;
    case NAME_TAG:
        build->tags[station->n_tags] = (struct tag_def){id, id};
        return station->n_tags++;
    case NAME_KIND:
        build->kinds[station->n_kinds] = (struct kind_def){.id = id, .title = id};
        return station->n_kinds++;
    case NAME_CLOCK:
        build->clocks[station->n_clocks] =
            (struct clock_def){.id = id, .title = id, .file_line = line};
        return station->n_clocks++;
    case NAME_MODE:
        build->modes[station->n_modes] =
            (struct mode_def){.id = id, .title = id, .file_line = line};
        return station->n_modes++;
    case NAME_RELAY:
        build->relays[station->n_relays] = source_of(id, line);
        return station->n_relays++;
    case NAME_INPUT:
        build->inputs[station->n_inputs] = source_of(id, line);
        return station->n_inputs++;
    case NAME_LAYER:
        break;
    }
    build->layers[station->n_layers] = (struct layer_def){.id = id,
                                                          .title = id,
                                                          .calendar = "",
                                                          .every_us = FETCH_EVERY_US,
                                                          .replaces = SIZE_MAX,
                                                          .from_us = INT64_MIN,
                                                          .until_us = INT64_MAX,
                                                          .file_line = line};
    return station->n_layers++;
}

void build_declare(struct build *build)
{
    if (!make_arrays(build)) {
        return;
    }
    add_builtin_kinds(build);
    unsigned changed_in[ARRAY_LEN(builtin_kinds)] = {0};
    for (size_t i = 0; i < build->raw.n_sections; i++) {
        const struct raw_section *section = &build->raw.sections[i];
        enum name_type type = NAME_LINE;
        if (!declares(build, section, true, &type)) {
            continue;
        }
        size_t builtin = type == NAME_KIND ? find_builtin_kind(section->id) : SIZE_MAX;
        if (builtin == SIZE_MAX) {
            size_t index = add_thing(build, type, section->id, section->line);
            build->targets[i] = (struct section_target){true, type, index};
            add_name(build, type, section->id, index, section->line);
            continue;
        }
        if (changed_in[builtin]) {
            build_mistake(build, "duplicate-id", section->line,
                          _("[kind %s] was already written in line %u; keep one of them"),
                          section->id, changed_in[builtin]);
        }
        changed_in[builtin] = section->line;
        build->targets[i] = (struct section_target){true, type, builtin};
    }
    names_settle(&build->names, build->file, build->findings);
    if (build->station->n_lines > STATION_LINES_MAX) {
        build_mistake(build, "too-many-lines", build->lines[STATION_LINES_MAX].file_line,
                      _("a station has at most %d lines; divide it"), STATION_LINES_MAX);
    }
}
