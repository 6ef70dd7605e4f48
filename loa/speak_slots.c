/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/speak_slots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "loa/app.h"
#include "loa/plan_sources.h"
#include "media/library.h"
#include "media/speak.h"
#include "scheduler/calendar/slot.h"
#include "station/station.h"

enum { WHO_MAX = 600 };
static const size_t ROUND_MAX_BYTES = (size_t)256 << 20;
static const int64_t WEEK_US = 7LL * 24 * 3600 * 1000000;

/* What was told of a text. The code "": of all. */
struct speech_failure {
    char code[SPOKEN_CODE_MAX];
    char text[FAULT_TEXT_MAX];
    int64_t again_us; /* not tried before: a voice that hangs takes a minute */
};

int64_t speak_slots_until(const struct station *station, int64_t now_us)
{
    return now_us + (station->freeze_us > WEEK_US ? station->freeze_us : WEEK_US);
}

void slot_speaking_finish(struct slot_speaking *speaking)
{
    speaking->calendars = calendars_destroy(speaking->calendars);
    free(speaking->failures);
    speaking->failures = NULL;
    speaking->n_failures = 0;
    speaking->again_us = 0;
}

/* --- failures --------------------------------------------------------------------------- */

static struct speech_failure *find_failure(const struct slot_speaking *speaking, const char *code)
{
    for (size_t i = 0; i < speaking->n_failures; i++) {
        if (strcmp(speaking->failures[i].code, code) == 0) {
            return &speaking->failures[i];
        }
    }
    return NULL;
}

/* When memory is short a failure is told again rather than never. */
static void tell_failure(struct slot_speaking *speaking, const char *code,
                         const struct fault *fault)
{
    struct speech_failure *failure = find_failure(speaking, code);
    bool is_news = !failure || strcmp(failure->text, fault->text) != 0;
    if (!failure) {
        struct speech_failure *failures =
            realloc(speaking->failures, (speaking->n_failures + 1) * sizeof *failures);
        if (failures) {
            speaking->failures = failures;
            failure = &failures[speaking->n_failures++];
            snprintf(failure->code, sizeof failure->code, "%s", code);
        }
    }
    if (failure) {
        memcpy(failure->text, fault->text, sizeof failure->text);
        failure->again_us = clock_now_us(&speaking->app->clock) + SPEAK_AGAIN_US;
    }
    if (is_news) {
        speaking->failed(speaking->context, fault);
    }
}

static void forget_failure(struct slot_speaking *speaking, const char *code)
{
    struct speech_failure *failure = find_failure(speaking, code);
    if (failure) {
        *failure = speaking->failures[--speaking->n_failures];
    }
}

/* --- what is to be spoken --------------------------------------------------------------- */

struct wanted {
    const struct slot *slot;
    struct slot_speech speech;
    char code[SPOKEN_CODE_MAX];
    bool has_failed;
};

struct round {
    struct slot_speaking *speaking;
    struct arena *arena;
    struct wanted *wanted; /* each code once, by the slots' starts */
    size_t n_wanted;
    size_t capacity;
};

static bool copy_is_there(const struct app *app, const struct segment *segment)
{
    char path[PATHS_MAX];
    return library_air_path(path, app->dir, segment->air_sha256, NULL) == 0 &&
           access(path, R_OK) == 0;
}

/* Does the library lack it? 1, 0 or a negative errno. What waits for approval, and what
 * was withdrawn, is a person's business. */
static int is_lacking(struct round *round, const char *code, struct fault *reterr)
{
    const struct app *app = round->speaking->app;
    struct library_history history = {0};
    int r = library_read_history(app->db, code, round->arena, &history, reterr);
    if (r < 0) {
        return r == -ENOENT ? 1 : r;
    }
    for (size_t i = history.n; i > 0; i--) {
        const struct segment *segment = &history.items[i - 1].segment;
        if (segment->state == SEGMENT_APPROVED) {
            return !copy_is_there(app, segment);
        }
    }
    return 0;
}

static int round_add(struct round *round, const struct wanted *wanted)
{
    for (size_t i = 0; i < round->n_wanted; i++) {
        if (strcmp(round->wanted[i].code, wanted->code) == 0) {
            return 0;
        }
    }
    round->wanted = arena_grow(round->arena, round->wanted, round->n_wanted, &round->capacity,
                               sizeof *round->wanted);
    if (!round->wanted) {
        return -ENOMEM;
    }
    round->wanted[round->n_wanted++] = *wanted;
    return 0;
}

static int round_collect(struct round *round, int64_t from_us, int64_t until_us,
                         struct fault *reterr)
{
    const struct station *station = round->speaking->app->station;
    struct slots slots = {0};
    int r = calendars_expand(round->speaking->calendars, from_us, until_us, round->arena, &slots,
                             reterr);
    for (size_t i = 0; r == 0 && i < slots.n; i++) {
        struct wanted wanted = {.slot = &slots.items[i]};
        if (!slot_speech(station, wanted.slot, &wanted.speech) ||
            !slot_may_air(station, wanted.slot)) {
            continue;
        }
        r = spoken_code(wanted.speech.kind, wanted.speech.topic, wanted.speech.text, wanted.code);
        r = r < 0 ? r : round_add(round, &wanted);
        if (r < 0) {
            return fault_set(reterr, -r, NULL, 0, _("out of memory"));
        }
    }
    return r;
}

/* Only those that are lacking stay. */
static int round_sift(struct round *round, struct fault *reterr)
{
    size_t n = 0;
    for (size_t i = 0; i < round->n_wanted; i++) {
        int r = is_lacking(round, round->wanted[i].code, reterr);
        if (r < 0) {
            return r;
        }
        if (r > 0) {
            round->wanted[n++] = round->wanted[i];
        }
    }
    round->speaking->n_known = round->n_wanted - n;
    round->n_wanted = n;
    return 0;
}

/* --- speaking --------------------------------------------------------------------------- */

/* Why it was rejected. */
static int import_fault(const struct import_result *result, int err, struct fault *reterr)
{
    const struct findings *findings = &result->findings;
    for (size_t i = 0; i < findings->n; i++) {
        if (findings->items[i].severity == SEVERITY_ERROR) {
            *reterr = findings->items[i].fault;
            return -err;
        }
    }
    return fault_set(reterr, err, result->path, 0, "%s", errno_text(err));
}

static int import_spoken(struct round *round, const struct wanted *wanted,
                         struct importer *importer, struct fault *reterr)
{
    struct slot_speaking *speaking = round->speaking;
    struct app *app = speaking->app;
    AUTO(import_job_destroy) struct import_job *job = NULL;
    const struct import_result *result = NULL;
    struct speech speech = {.text = wanted->speech.text,
                            .import = IMPORT_OPTIONS_NONE,
                            .stop = speaking->stop};
    speech.import.code = wanted->code;
    speech.import.title = wanted->slot->title;
    speech.import.kind = wanted->speech.kind;
    speech.import.topic = wanted->speech.topic ? wanted->speech.topic : "";
    speech.import.approve = true;
    int r = speak_prepare(importer, app->station, &speech, &job, reterr);
    if (r < 0) {
        return r;
    }
    r = import_commit(importer, job, clock_now_us(&app->clock), &result);
    if (r < 0) {
        return import_fault(result, -r, reterr);
    }
    speaking->spoken(speaking->context, wanted->slot, result);
    return 0;
}

/* Whose decision it is: that of the calendar. */
static int speak_one(struct round *round, const struct wanted *wanted, struct fault *reterr)
{
    const struct app *app = round->speaking->app;
    AUTO(importer_close) struct importer *importer = NULL;
    char who[WHO_MAX];
    snprintf(who, sizeof who, "calendar %s", app->station->layers[wanted->slot->layer].calendar);
    int r = importer_open(app->station, app->db, who, &importer, reterr);
    return r < 0 ? r : import_spoken(round, wanted, importer, reterr);
}

static void tell_unspoken(struct slot_speaking *speaking, const struct wanted *wanted,
                          const struct fault *fault)
{
    struct fault told;
    (void)fault_set(&told, fault->err, wanted->slot->file, wanted->slot->file_line,
                    _("the text of \"%s\" could not be spoken: %s"), wanted->slot->title,
                    fault->text);
    tell_failure(speaking, wanted->code, &told);
}

static int round_speak(struct round *round, struct fault *reterr)
{
    struct slot_speaking *speaking = round->speaking;
    char program[PATHS_MAX];
    struct fault fault = {0};
    bool can =
        round->n_wanted == 0 || speak_find_voice(speaking->app->station, program, &fault) == 0;
    if (!can) {
        tell_failure(speaking, "", &fault);
        return 0;
    }
    forget_failure(speaking, "");
    for (size_t i = 0; i < round->n_wanted; i++) {
        const struct speech_failure *failure = find_failure(speaking, round->wanted[i].code);
        if (failure && clock_now_us(&speaking->app->clock) < failure->again_us) {
            continue;
        }
        int r = speak_one(round, &round->wanted[i], &fault);
        if (r == -EINTR) {
            *reterr = fault;
            return r;
        }
        if (r < 0) {
            tell_unspoken(speaking, &round->wanted[i], &fault);
        } else {
            forget_failure(speaking, round->wanted[i].code);
        }
    }
    return 0;
}

/* --- a round ---------------------------------------------------------------------------- */

/* As they are now; the old ones stay if the new ones are broken, which is told. */
static void read_calendars(struct slot_speaking *speaking)
{
    struct calendars *calendars = NULL;
    struct findings findings = {0};
    if (calendars_load(speaking->app->station, &calendars, &findings) == 0) {
        calendars_destroy(speaking->calendars);
        speaking->calendars = calendars;
    }
    for (size_t i = 0; !calendars && i < findings.n; i++) {
        if (findings.items[i].severity == SEVERITY_ERROR) {
            speaking->failed(speaking->context, &findings.items[i].fault);
        }
    }
    findings_finish(&findings);
}

int speak_slots(struct slot_speaking *speaking, int64_t from_us, int64_t until_us,
                struct fault *reterr)
{
    int64_t now_us = clock_now_us(&speaking->app->clock);
    uint64_t sources = plan_sources_number(speaking->app);
    if (sources == speaking->sources && now_us < speaking->again_us) {
        return 0;
    }
    if (!speaking->calendars || sources != speaking->sources) {
        read_calendars(speaking);
    }
    speaking->sources = sources;
    speaking->again_us = now_us + SPEAK_AGAIN_US;
    AUTO(arena_destroy) struct arena *arena = arena_create(ROUND_MAX_BYTES);
    if (!arena) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    struct round round = {.speaking = speaking, .arena = arena};
    int r = speaking->calendars ? round_collect(&round, from_us, until_us, reterr) : 0;
    r = r < 0 ? r : round_sift(&round, reterr);
    return r < 0 ? r : round_speak(&round, reterr);
}
