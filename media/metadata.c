/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/metadata.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "base/utf8.h"
#include "base/zone.h"
#include "media/checked.h"
#include "media/fold.h"
#include "media/inbox_note.h"
#include "media/place.h"
#include "media/sidecar.h"
#include "media/tags.h"
#include "station/station.h"

struct gathering {
    const struct station *station;
    const char *path;
    const struct import_options *options;
    const struct recording_tags *tags;
    struct arena *arena;
    struct metadata *metadata;
    struct findings *findings;
    struct sidecar sidecar;
    struct place place;
    const char *sidecar_path; /* NULL: there is none */
    const char *stem;         /* of the file's name */
};

/* Option before sidecar; an option "" means "none, whatever the sidecar says". */
static struct origin value_of(const struct gathering *g, const char *option, enum sidecar_key key)
{
    const struct sidecar_value *value = &g->sidecar.values[key];
    if (option) {
        return (struct origin){.text = *option ? option : NULL, .file = g->path};
    }
    return (struct origin){.text = value->text, .file = g->sidecar_path, .line = value->line};
}

/* --- the sidecar ------------------------------------------------------------------------ */

/* The file's name without its ending; the caller frees it. NULL: no memory. */
static char *stem_of(const char *path)
{
    const char *name = path_name(path);
    const char *ending = path_ending(name);
    return strndup(name, *ending ? (size_t)(ending - 1 - name) : strlen(name));
}

/* A name may have been typed in one Unicode form here and in another there, and DOS shouts. */
bool metadata_find_sidecar(const char *path, char out[static PATHS_MAX])
{
    static const char *const endings[] = {"txt", "TXT"};
    AUTO_FREE char *stem = stem_of(path);
    AUTO_FREE char *composed = stem ? text_normalise(stem, TEXT_COMPOSED) : NULL;
    AUTO_FREE char *decomposed = stem ? text_normalise(stem, TEXT_DECOMPOSED) : NULL;
    const char *const stems[] = {stem, composed, decomposed};
    int n_dir = (int)(path_name(path) - path);
    for (size_t i = 0; i < ARRAY_LEN(stems) * ARRAY_LEN(endings); i++) {
        const char *own = stems[i / ARRAY_LEN(endings)];
        const char *ending = endings[i % ARRAY_LEN(endings)];
        if (own &&
            snprintf(out, PATHS_MAX, "%.*s%s.%s", n_dir, path, own, ending) < (int)PATHS_MAX &&
            strcmp(out, path) != 0 && !inbox_note_is(path_name(out)) && access(out, F_OK) == 0) {
            return true;
        }
    }
    return false;
}

static int read_sidecar(struct gathering *g)
{
    char path[PATHS_MAX];
    if (!metadata_find_sidecar(g->path, path)) {
        return 0;
    }
    g->sidecar_path = arena_strdup(g->arena, path);
    if (!g->sidecar_path) {
        return -ENOMEM;
    }
    AUTO_FREE char *text = NULL;
    size_t n = 0;
    struct fault fault = {0};
    int r = path_read_file(g->sidecar_path, SIDECAR_MAX_BYTES, &text, &n, &fault);
    if (r < 0) {
        findings_add_fault(g->findings, "sidecar", &fault);
        return 0;
    }
    r = sidecar_parse(g->sidecar_path, text, n, g->arena, &g->sidecar, g->findings);
    return r == -EINVAL ? 0 : r; /* go on, so that all mistakes are told at once */
}

/* --- what stands in it ------------------------------------------------------------------ */

static struct checking checking_of(const struct gathering *g)
{
    return (struct checking){.station = g->station, .arena = g->arena, .findings = g->findings};
}

/* What to do about a recording that nobody says what it is, for who imports it and for who
 * only dropped it. */
static void say_no_kind(const struct gathering *g)
{
    const char *file = g->sidecar_path ? g->sidecar_path : g->path;
    const char *example = g->station->n_kinds > 0 ? g->station->kinds[0].id : "tin";
    if (g->options->place) {
        findings_add(g->findings, SEVERITY_ERROR, "no-kind", file, 0,
                     _("has no kind; move it into the inbox's folder of its kind, `%s/` for one, "
                       "or write `kind: %s` into `%s.txt` beside it"),
                     example, example, g->stem);
    } else {
        findings_add(g->findings, SEVERITY_ERROR, "no-kind", file, 0,
                     _("has no kind; give one with --kind, or write `kind: %s` into `%s.txt` "
                       "beside it"),
                     example, g->stem);
    }
}

static int gather_place(struct gathering *g)
{
    struct place_wanted wanted = {.file = g->path,
                                  .kind = !value_of(g, g->options->kind, SIDECAR_KIND).text,
                                  .topic =
                                      !g->options->topic && !value_of(g, NULL, SIDECAR_TOPIC).text};
    const char *folders = g->options->place ? g->options->place : "";
    if (!utf8_is_valid(folders) || text_has_control(folders)) {
        findings_add(g->findings, SEVERITY_ERROR, "bad-folder", g->path, 0,
                     _("lies in a folder whose name is not plain text; rename the folder"));
        folders = "";
    }
    return place_read(g->station, folders, &wanted, g->arena, &g->place, g->findings);
}

static int gather_kind(struct gathering *g)
{
    const struct station *station = g->station;
    struct metadata *m = g->metadata;
    struct checking checking = checking_of(g);
    struct origin kind = value_of(g, g->options->kind, SIDECAR_KIND);
    if (!kind.text && g->place.kind != SIZE_MAX) {
        kind = (struct origin){.text = station->kinds[g->place.kind].id, .file = g->path};
    }
    int r = checked_kind(&checking, &kind, &m->given_kind);
    m->kind = m->given_kind;
    if (r < 0 || kind.text) {
        return r;
    }
    size_t tagged = g->tags ? place_find_kind(station, g->tags->genre) : SIZE_MAX;
    if (tagged == SIZE_MAX) {
        say_no_kind(g);
        return 0;
    }
    m->kind = arena_strdup(g->arena, station->kinds[tagged].id);
    return m->kind ? 0 : -ENOMEM;
}

static int gather_topic(struct gathering *g)
{
    const struct station *station = g->station;
    struct metadata *m = g->metadata;
    struct checking checking = checking_of(g);
    struct origin topic = value_of(g, g->options->topic, SIDECAR_TOPIC);
    bool is_said = topic.text || g->options->topic; /* "": none, whatever the others say */
    if (!is_said && g->place.topic != SIZE_MAX) {
        topic = (struct origin){.text = station->topics[g->place.topic].id, .file = g->path};
    }
    int r = checked_topic(&checking, &topic, &m->given_topic);
    m->topic = m->given_topic;
    size_t tagged = SIZE_MAX;
    if (r == 0 && !is_said && !topic.text && g->tags) {
        tagged = place_find_topic(station, g->tags->album);
    }
    if (tagged == SIZE_MAX) {
        return r;
    }
    m->topic = arena_strdup(g->arena, station->topics[tagged].id);
    return m->topic ? 0 : -ENOMEM;
}

static int gather_tags(struct gathering *g)
{
    struct checking checking = checking_of(g);
    struct origin tags = value_of(g, g->options->tags, SIDECAR_TAGS);
    if (!tags.text && !g->options->tags) {
        tags = (struct origin){.text = g->place.tags, .file = g->path};
    }
    return checked_tags(&checking, &tags, &g->metadata->tags);
}

static void gather_instant(struct gathering *g, enum sidecar_key key, int64_t *us)
{
    const struct sidecar_value *value = &g->sidecar.values[key];
    struct fault fault = {0};
    if (value->text && zone_parse_instant(value->text, us, &fault) < 0) {
        findings_add(g->findings, SEVERITY_ERROR, "bad-instant", g->sidecar_path, value->line, "%s",
                     fault.text);
    }
}

static int gather_validity(struct gathering *g)
{
    struct metadata *m = g->metadata;
    m->valid_from_us = g->options->valid_from_us;
    m->valid_until_us = g->options->valid_until_us;
    if (m->valid_from_us == INT64_MIN) {
        gather_instant(g, SIDECAR_VALID_FROM, &m->valid_from_us);
    }
    if (m->valid_until_us == INT64_MAX) {
        gather_instant(g, SIDECAR_VALID_UNTIL, &m->valid_until_us);
    }
    if (m->valid_from_us >= m->valid_until_us) {
        findings_add(g->findings, SEVERITY_ERROR, "never-valid",
                     g->sidecar_path ? g->sidecar_path : g->path,
                     g->sidecar.values[SIDECAR_VALID_UNTIL].line,
                     _("is never valid: it ends before it begins; correct valid-from or "
                       "valid-until"));
    }
    return 0;
}

/* --- names ------------------------------------------------------------------------------ */

static int gather_code(struct gathering *g)
{
    struct metadata *m = g->metadata;
    struct origin code = value_of(g, g->options->code, SIDECAR_CODE);
    m->code_is_given = code.text != NULL;
    if (code.text && !code_is_valid(code.text)) {
        findings_add(g->findings, SEVERITY_ERROR, "bad-code", code.file, code.line,
                     _("`%s` is no code: 1 to %d of a-z and 0-9, with single hyphens inside"),
                     code.text, IMPORT_CODE_MAX - 1);
        return 0;
    }
    if (code.text) {
        memcpy(m->code, code.text, strlen(code.text) + 1);
        return 0;
    }
    int r = utf8_is_valid(g->stem) ? code_from_name(g->stem, m->code) : 0; /* told already */
    if (r == -ENAMETOOLONG) {
        findings_add(g->findings, SEVERITY_ERROR, "no-code", g->path, 0,
                     _("has too long a name to make a code of; give one with --code"));
    } else if (r < 0) {
        findings_add(g->findings, SEVERITY_ERROR, "no-code", g->path, 0,
                     _("has a name that no code can be made of; give one with --code"));
    }
    if (r < 0) {
        m->code[0] = '\0';
    }
    return 0;
}

/* The text in NFC, cut at a character's edge to what a title may have; the caller frees it.
 * NULL: it is no text of one line. */
static char *usable_title(const char *text)
{
    enum { ROOM = CHECKED_TITLE_MAX_BYTES + 1 };
    char kept[ROOM] = "";
    size_t n = 0;
    for (size_t step = 0; text[n] && n + (step = utf8_char_bytes(text + n)) < ROOM; n += step) {
        if (step == 0) {
            return NULL;
        }
        memcpy(kept + n, text + n, step);
    }
    char *composed = text_has_control(kept) ? NULL : text_normalise(kept, TEXT_COMPOSED);
    if (composed && (strspn(composed, " ") == strlen(composed) || strlen(composed) >= ROOM)) {
        free(composed);
        return NULL;
    }
    return composed;
}

/* Given by a person, else as it stands in the file, else the file's name. */
static int gather_title(struct gathering *g)
{
    struct checking checking = checking_of(g);
    struct origin given = value_of(g, g->options->title, SIDECAR_TITLE);
    int r = checked_title(&checking, &given, &g->metadata->given_title);
    AUTO_FREE char *tagged = g->tags ? usable_title(g->tags->title) : NULL;
    AUTO_FREE char *named = usable_title(g->stem);
    const struct metadata *m = g->metadata;
    const char *title = m->given_title ? m->given_title : tagged ? tagged : named ? named : m->code;
    g->metadata->title = arena_strdup(g->arena, title);
    return g->metadata->title ? r : -ENOMEM;
}

/* Lists, reports and scripts read a name as one line of text. */
static int gather_original_name(struct gathering *g)
{
    const char *name = path_name(g->path);
    if (!utf8_is_valid(name)) {
        findings_add(g->findings, SEVERITY_ERROR, "bad-name", g->path, 0,
                     _("has a name that is not UTF-8 text; rename the file"));
    } else if (text_has_control(name)) {
        findings_add(g->findings, SEVERITY_ERROR, "bad-name", g->path, 0,
                     _("has a line break or another control character in its name; rename the "
                       "file"));
    }
    g->metadata->original_name = arena_strdup(g->arena, name);
    return g->metadata->original_name ? 0 : -ENOMEM;
}

/* In the order in which a person would ask. */
static int gather(struct gathering *g)
{
    static int (*const steps[])(
        struct gathering *) = {gather_original_name, read_sidecar,    gather_place,
                               gather_code,          gather_validity, gather_title,
                               gather_kind,          gather_topic,    gather_tags};
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(steps); i++) {
        r = steps[i](g);
    }
    return r;
}

int metadata_gather(const struct station *station, const char *path,
                    const struct import_options *options, const struct recording_tags *tags,
                    struct arena *arena, struct metadata *ret_metadata, struct findings *findings)
{
    static const struct import_options none = {.valid_from_us = INT64_MIN,
                                               .valid_until_us = INT64_MAX};
    *ret_metadata = (struct metadata){0};
    AUTO_FREE char *stem = stem_of(path);
    struct gathering g = {.station = station,
                          .path = path,
                          .options = options ? options : &none,
                          .tags = tags,
                          .arena = arena,
                          .metadata = ret_metadata,
                          .findings = findings,
                          .sidecar = {.script = ""},
                          .stem = stem};
    size_t n_errors = findings->n_errors;
    int r = stem ? gather(&g) : -ENOMEM;
    if (r < 0) {
        return r;
    }
    ret_metadata->script = g.sidecar.script;
    return findings->n_errors > n_errors ? -EINVAL : 0;
}
