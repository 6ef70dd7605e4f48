/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "media/metadata.h"

#include <ctype.h>
#include <errno.h>
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
#include "media/sidecar.h"
#include "station/station.h"

struct gathering {
    const struct station *station;
    const char *path;
    const struct import_options *options;
    struct arena *arena;
    struct metadata *metadata;
    struct findings *findings;
    struct sidecar sidecar;
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

/* The path of the sidecar beside the recording, with the stem as given. */
static const char *sidecar_beside(const struct gathering *g, const char *stem)
{
    size_t n_dir = (size_t)(path_name(g->path) - g->path);
    return arena_printf(g->arena, "%.*s%s.txt", (int)n_dir, g->path, stem);
}

/* A name may have been typed in one Unicode form here and in another there. */
static int find_sidecar(struct gathering *g)
{
    AUTO_FREE char *composed = text_normalise(g->stem, TEXT_COMPOSED);
    AUTO_FREE char *decomposed = text_normalise(g->stem, TEXT_DECOMPOSED);
    const char *const stems[] = {g->stem, composed, decomposed};
    for (size_t i = 0; i < ARRAY_LEN(stems); i++) {
        if (!stems[i]) {
            continue;
        }
        const char *path = sidecar_beside(g, stems[i]);
        if (!path) {
            return -ENOMEM;
        }
        if (strcmp(path, g->path) != 0 && access(path, F_OK) == 0) {
            g->sidecar_path = path;
            return 0;
        }
    }
    return 0;
}

static int read_sidecar(struct gathering *g)
{
    g->sidecar.script = "";
    int r = find_sidecar(g);
    if (r < 0 || !g->sidecar_path) {
        return r;
    }
    AUTO_FREE char *text = NULL;
    size_t n = 0;
    struct fault fault = {0};
    r = path_read_file(g->sidecar_path, SIDECAR_MAX_BYTES, &text, &n, &fault);
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

static int gather_kind(struct gathering *g)
{
    struct origin kind = value_of(g, g->options->kind, SIDECAR_KIND);
    if (!kind.text) {
        findings_add(g->findings, SEVERITY_ERROR, "no-kind",
                     g->sidecar_path ? g->sidecar_path : g->path, 0,
                     _("has no kind; give one with --kind, or write `kind: …` into the text file "
                       "beside the recording"));
    }
    struct checking checking = checking_of(g);
    return checked_kind(&checking, &kind, &g->metadata->kind);
}

static int gather_topic(struct gathering *g)
{
    struct origin topic = value_of(g, g->options->topic, SIDECAR_TOPIC);
    struct checking checking = checking_of(g);
    return checked_topic(&checking, &topic, &g->metadata->topic);
}

static int gather_tags(struct gathering *g)
{
    struct origin tags = value_of(g, g->options->tags, SIDECAR_TAGS);
    struct checking checking = checking_of(g);
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

static void gather_validity(struct gathering *g)
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
}

/* --- names ------------------------------------------------------------------------------ */

static void gather_code(struct gathering *g)
{
    struct metadata *m = g->metadata;
    struct origin code = value_of(g, g->options->code, SIDECAR_CODE);
    m->code_is_given = code.text != NULL;
    if (code.text && !code_is_valid(code.text)) {
        findings_add(g->findings, SEVERITY_ERROR, "bad-code", code.file, code.line,
                     _("`%s` is no code: 1 to %d of a-z and 0-9, with single hyphens inside"),
                     code.text, IMPORT_CODE_MAX - 1);
        return;
    }
    if (code.text) {
        memcpy(m->code, code.text, strlen(code.text) + 1);
        return;
    }
    int r = code_from_name(g->stem, m->code);
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
}

static int gather_title(struct gathering *g)
{
    struct origin title = value_of(g, g->options->title, SIDECAR_TITLE);
    struct checking checking = checking_of(g);
    int r = checked_title(&checking, &title, &g->metadata->title);
    AUTO_FREE char *named = text_normalise(g->stem, TEXT_COMPOSED);
    if (named) {
        make_one_line(named);
    }
    g->metadata->name_title = arena_strdup(g->arena, named ? named : g->metadata->code);
    return r < 0 || !g->metadata->name_title ? -ENOMEM : 0;
}

/* The file's name as text of one line: what is not UTF-8 in it becomes '?'. */
static int gather_original_name(struct gathering *g)
{
    char *name = arena_strdup(g->arena, path_name(g->path));
    if (!name) {
        return -ENOMEM;
    }
    for (char *c = name; *c;) {
        size_t n = utf8_char_bytes(c);
        if (n == 0) {
            *c = '?';
        }
        c += n ? n : 1;
    }
    make_one_line(name);
    g->metadata->original_name = name;
    return 0;
}

static const char *stem_of(const struct gathering *g)
{
    const char *name = path_name(g->path);
    const char *ending = path_ending(name);
    return arena_strndup(g->arena, name, *ending ? (size_t)(ending - 1 - name) : strlen(name));
}

int metadata_gather(const struct station *station, const char *path,
                    const struct import_options *options, struct arena *arena,
                    struct metadata *ret_metadata, struct findings *findings)
{
    static const struct import_options none = {.valid_from_us = INT64_MIN,
                                               .valid_until_us = INT64_MAX};
    *ret_metadata = (struct metadata){0};
    struct gathering g = {.station = station,
                          .path = path,
                          .options = options ? options : &none,
                          .arena = arena,
                          .metadata = ret_metadata,
                          .findings = findings};
    size_t n_errors = findings->n_errors;
    g.stem = stem_of(&g);
    if (!g.stem || read_sidecar(&g) < 0) {
        return -ENOMEM;
    }
    gather_code(&g);
    gather_validity(&g);
    if (gather_title(&g) < 0 || gather_kind(&g) < 0 || gather_topic(&g) < 0 ||
        gather_tags(&g) < 0 || gather_original_name(&g) < 0) {
        return -ENOMEM;
    }
    ret_metadata->script = g.sidecar.script;
    return findings->n_errors > n_errors ? -EINVAL : 0;
}

const char *metadata_title(const struct metadata *metadata, const char *tag, struct arena *arena)
{
    if (metadata->title) {
        return metadata->title;
    }
    AUTO_FREE char *composed = text_normalise(tag, TEXT_COMPOSED);
    bool usable = composed != NULL;
    bool has_letters = false;
    for (const char *c = composed; usable && *c; c++) {
        usable = !iscntrl((unsigned char)*c);
        has_letters |= *c != ' ';
    }
    return usable && has_letters ? arena_strdup(arena, composed) : metadata->name_title;
}
