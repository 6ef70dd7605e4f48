/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_SLOT_H
#define SCHEDULER_CALENDAR_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "station/line_set.h"

struct arena;
struct fault;
struct findings;
struct mode_def;
struct station;

/*
 * A slot: one occurrence of a calendar event, with the station's ids resolved. Plain
 * data in the arena that calendars_expand() was given. docs/man/loa-calendar.5 says
 * what each iCalendar property means.
 *
 * An occurrence of an event that declares a station mode is a slot of its own sort: it sounds
 * nothing, and while it lasts the mode holds on its lines, if slot_may_air() says so.
 */
enum slot_state {
    SLOT_CONFIRMED,
    SLOT_TENTATIVE, /* awaits approval; never airs */
    SLOT_CANCELLED, /* never airs */
    SLOT_REFUSED,   /* a rule forbids it; `reason` says which */
};

enum attachment_kind {
    ATTACH_SEGMENT, /* segment:CODE */
    ATTACH_FILE,    /* a path in the inbox: known by the name of the file */
    ATTACH_RELAY,   /* relay:NAME or http(s)://… */
    ATTACH_INPUT,   /* input:NAME */
};

struct attachment {
    enum attachment_kind kind;
    const char *text; /* the code, path, name or URL */
};

enum start_rule { START_HARD, START_SOFT, START_NEXT };
enum overrun_rule { OVERRUN_FADE, OVERRUN_FINISH, OVERRUN_PUSH };

struct slot {
    const char *uid;
    int64_t recurrence_us; /* with uid the key: the start that the rule gave, even if moved */
    int64_t start_us;
    int64_t end_us; /* > start_us, at most SLOT_MAX_US later; of a mode MODE_MAX_US */
    const char *title;
    const char *text;              /* DESCRIPTION; "" if none */
    const char *const *categories; /* as written */
    size_t n_categories;
    const size_t *topics; /* indices of those categories that are topics … */
    size_t n_topics;
    const size_t *kinds; /* … and kinds */
    size_t n_kinds;
    const struct attachment *attachments; /* in order; none: rotation or a clock */
    size_t n_attachments;
    size_t clock; /* index of the station's clocks; SIZE_MAX: none */
    struct line_set lines;
    int priority; /* 1 emergency, 2..4 priority, 5..9 normal; absent and 0 are 5 */
    enum slot_state state;
    const char *reason; /* for SLOT_REFUSED; "" otherwise */
    enum start_rule start_rule;
    int64_t soft_us; /* longest wait of START_SOFT */
    enum overrun_rule overrun_rule;
    double gain_db;
    const char *repeat_of;       /* uid of the event whose latest occurrence it repeats; NULL */
    size_t layer;                /* index of the station's layers */
    const struct mode_def *mode; /* the station's, that it declares; NULL: it is a programme */
    const char *file;            /* the calendar, and the line of its BEGIN:VEVENT */
    unsigned file_line;
};

/* May it air, as far as the calendars know? It is confirmed, has a line, and its layer is valid
 * at its start and no other takes that one's place. */
bool slot_may_air(const struct station *station, const struct slot *slot);

/*
 * What is to be spoken for a slot: its text, where it has nothing else to air (no attachment, no
 * clock, no repeat) and its kinds are thong-bao and khan-cap and no other. The segment that
 * it asks for has spoken_code() of these three. Texts are the slot's and the station's.
 */
struct slot_speech {
    const char *kind;  /* id: khan-cap if it is among them */
    const char *topic; /* id of its first topic; NULL: none */
    const char *text;  /* not blank */
};
bool slot_speech(const struct station *station, const struct slot *slot,
                 struct slot_speech *ret_speech);

static const int64_t SLOT_MAX_US = 24LL * 3600 * 1000000;
/* A day more, for what changes of the clocks add. */
enum { MODE_MAX_DAYS = 366 };
static const int64_t MODE_MAX_US = (MODE_MAX_DAYS + 1) * 24LL * 3600 * 1000000;

struct slots {
    struct slot *items; /* by start, then layer (lower first), uid, recurrence */
    size_t n;
    struct slot *modes; /* what declares station modes, in the same order */
    size_t n_modes;
};

/* The station's calendars, parsed and checked, layer by layer. */
struct calendars;

/*
 * Read every layer's calendar (relative paths are in the station folder); of what lies at an
 * address the last good copy (scheduler/calendar/remote.h), without which -ENOENT.
 * Every mistake becomes a finding with file and line; with at least one error
 * nothing is returned: -EINVAL, or the errno of a file that cannot be read. The
 * station is borrowed until calendars_destroy().
 */
MUST_CHECK int calendars_load(const struct station *station, struct calendars **ret_calendars,
                              struct findings *findings);
/* The same, for the radio: what was read without a mistake is also kept, layer by layer, as
 * calendars/ID.kept.ics in the station folder. Where that cannot be written the calendars are
 * loaded all the same, and a warning of this rule says why. One process at a time. */
#define CALENDAR_NOT_KEPT "not-kept"
MUST_CHECK int calendars_load_and_keep(const struct station *station,
                                       struct calendars **ret_calendars, struct findings *findings);
/* What was kept last, instead of the files. */
MUST_CHECK int calendars_load_kept(const struct station *station, struct calendars **ret_calendars,
                                   struct findings *findings);
/* calendars_load() with this text in place of one layer's calendar: what an edit or a download
 * would make of them. Mistakes in it are named after `file`; NULL: the layer's own. Other layers
 * whose address was never fetched are left out. */
MUST_CHECK int calendars_load_text(const struct station *station, size_t layer, const char *file,
                                   const char *text, size_t n_bytes,
                                   struct calendars **ret_calendars, struct findings *findings);
/* One calendar from memory as the station's layer `layer`; `file` is only named. For
 * tests and fuzzing. */
MUST_CHECK int calendars_parse(const struct station *station, size_t layer, const char *file,
                               const char *text, size_t n_bytes, struct calendars **ret_calendars,
                               struct findings *findings);
struct calendars *calendars_destroy(struct calendars *calendars);
DEFINE_AUTO(struct calendars, calendars_destroy)

/*
 * The slots that start in [from_us, to_us), every state among them, in order, and of those that
 * declare modes all that last into it, wherever they began. What the
 * calendar can only know per occurrence (a zone outside its dates) is in `reason`.
 * -E2BIG when there are more than SLOTS_MAX: a rule that fires every second is a
 * mistake, and the fault names its file and line.
 */
enum { SLOTS_MAX = 1000000 };
MUST_CHECK int calendars_expand(struct calendars *calendars, int64_t from_us, int64_t to_us,
                                struct arena *arena, struct slots *ret_slots, struct fault *reterr);
/* The same for modes alone: ret_slots has no items. */
MUST_CHECK int calendars_expand_modes(struct calendars *calendars, int64_t from_us, int64_t to_us,
                                      struct arena *arena, struct slots *ret_slots,
                                      struct fault *reterr);

/* "confirmed", "tentative", "cancelled", "refused" */
const char *slot_state_name(enum slot_state state);

#endif
