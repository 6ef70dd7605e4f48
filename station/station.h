/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef STATION_STATION_H
#define STATION_STATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cleanup.h"
#include "station/line_set.h"

struct arena;
struct fault;
struct findings;

/*
 * What station.ini says, checked and resolved: ids became indices, zones became
 * sets of lines, dates became instants. Plain data, read-only after
 * station_load(), owned by its arena. docs/man/loa-station.5 is the file's manual.
 *
 * Units   _us: microseconds, an instant (UTC) or a duration. _min: minutes of the
 *         station's wall clock since midnight, 0..1440. _db, _lufs, _dbtp as named.
 * Order   Lines, zones, topics … keep the order of the file; an index is stable
 *         for the life of the struct and means nothing beyond it. Outside, ids count.
 */

/* Part of every day, [from_min, until_min). A range over midnight is kept as two. */
struct daily_range {
    int from_min;
    int until_min;
};

struct hours {
    const struct daily_range *ranges; /* sorted, not touching */
    size_t n;
};

/* A line's level by time of day: `db` inside the ranges named, `base_db` elsewhere. */
struct daily_gain {
    struct daily_range range;
    double db;
};

struct level {
    double base_db;
    const struct daily_gain *ranges; /* the first that holds the time counts */
    size_t n;
};

enum output_kind {
    OUTPUT_DEVICE,  /* device:NAME[#1,2] */
    OUTPUT_FILE,    /* file:DIR[?format=flac|wav|opus] */
    OUTPUT_NULL,    /* null: */
    OUTPUT_RTP,     /* rtp://… */
    OUTPUT_ICECAST, /* icecast://… */
    OUTPUT_HLS,     /* hls:DIR */
};

enum { OUTPUT_CHANNELS_MAX = 2, OUTPUT_PIECES_MAX = 60 };

enum rtp_codec { RTP_OPUS, RTP_L16, RTP_PCMU, RTP_G722 };

/* How sound is sent over the network in packets (OUTPUT_RTP). */
struct rtp_spec {
    enum rtp_codec codec;
    int bitrate_bps;           /* Opus: 6,000 to 256,000; else 0 */
    int channels;              /* 1; 2: Opus and L16 only */
    int ttl;                   /* routers that a packet may cross; 0: not written */
    const char *interface;     /* that multicast leaves by; NULL: the system's choice */
    const char *srtp_key_file; /* in the station folder; NULL: not encrypted */
    bool announced;            /* by SAP, if it is a multicast group; default yes */
};

struct output_spec {
    enum output_kind kind;
    const char *target; /* device name, folder or URL, without the scheme's word and parameters */
    const char *format; /* OUTPUT_FILE: "flac" (default), "wav" or "opus"; OUTPUT_RTP: the codec;
                           OUTPUT_ICECAST: "opus" (default) or "mp3"; else NULL */
    int bitrate_bps;    /* OUTPUT_ICECAST (0: the codec's default), OUTPUT_HLS, "opus" in a file */
    int keep_days;      /* OUTPUT_FILE: recordings are removed after this; 0: never */
    int piece_s;        /* OUTPUT_HLS: the length of a piece, 2 to 30 … */
    int n_pieces;       /* … and how many a playlist names, 3 to OUTPUT_PIECES_MAX */
    bool tls;           /* OUTPUT_ICECAST */
    /* OUTPUT_DEVICE: 1-based device channels. One: left and right halved into it.
     * Two: left, right. None written: 1,2. */
    int channels[OUTPUT_CHANNELS_MAX];
    size_t n_channels;
    struct rtp_spec rtp;
    unsigned file_line;
};

/* A rung of a line's fallback ladder: a segment's code, or NULL for silence. */
struct fallback {
    const char *segment_code;
};

struct line_def {
    const char *id;
    const char *title;
    const struct output_spec *outputs;
    size_t n_outputs;
    struct hours hours; /* the station's where the line names none */
    struct level level;
    const struct fallback *fallback;
    size_t n_fallback;
    int64_t silence_us; /* how long it may be silent while something is on; the station's if not its
                           own */
    unsigned file_line;
};

struct zone_def {
    const char *id;
    const char *title;
    struct line_set lines; /* zones within zones resolved */
    int64_t from_us;       /* INT64_MIN: always was */
    int64_t until_us;      /* exclusive; INT64_MAX: for ever */
    unsigned file_line;
};

/* What a topic must reach between two instants; 0 means that measure is not asked for. */
struct quota_def {
    const char *period; /* as written: "2023", "2023-q1", "cchc-2023" */
    int64_t from_us;
    int64_t until_us; /* exclusive */
    int64_t seconds;
    int64_t features;
    int64_t items;
    unsigned file_line;
};

struct topic_def {
    const char *id;
    const char *title;
    size_t parent; /* index; SIZE_MAX: a root */
    const struct quota_def *quotas;
    size_t n_quotas;
    unsigned file_line;
};

struct tag_def {
    const char *id;
    const char *title;
};

enum counts_as { COUNTS_NOTHING, COUNTS_ITEM, COUNTS_FEATURE };

/* Kinds of the field are built in (chuyen-muc, tin, bai, phong-su, phong-van,
 * hoi-dap, thong-bao, nhac-hieu, ca-nhac, tiep-song, truc-tiep, khan-cap); a [kind] section
 * adds one or changes one. */
struct kind_def {
    const char *id;
    const char *title;
    enum counts_as counts;
    struct hours hours;   /* when rotation and filler may take it; none: always */
    int64_t crossfade_us; /* how long a recording's end sounds under what follows; 0: not at all */
};

/* One step of a clock: a certain segment, or so many segments of a kind. */
struct clock_step {
    const char *segment_code; /* NULL: take from the kind */
    size_t kind;              /* index; SIZE_MAX with segment_code */
    int count;                /* 1..100; 0: as many as fit (`*`) */
};

struct clock_def {
    const char *id;
    const char *title;
    const struct clock_step *steps;
    size_t n_steps;
    unsigned file_line;
};

struct layer_def {
    const char *id;
    const char *title;
    /* Path of the calendar, relative to the station folder: the file as written, or the last good
     * copy of what lies at `url`, calendars/ID.ics (scheduler/calendar/remote.h). */
    const char *calendar;
    const char *url;   /* https or http, without name and password; NULL: the calendar is a file */
    const char *login; /* path of a file with "name:password" for it; NULL: none */
    unsigned login_line;
    int64_t every_us; /* how often the address is asked; default 15 min */
    size_t replaces;  /* index of a layer; SIZE_MAX: adds */
    int64_t from_us;
    int64_t until_us; /* exclusive */
    unsigned file_line;
};

/* A station mode such as national mourning: while it holds, these kinds are not heard. Which kind
 * it may never withhold: khan-cap. */
struct mode_def {
    const char *id;
    const char *title;
    const size_t *withholds; /* indices of kinds, ascending; at least one */
    size_t n_withholds;
    unsigned file_line;
};

/* So early a live source is opened, at the least and at the most: copies are opened 5 s ahead, and
 * what comes ahead of its time is kept for 21.8 s. */
static const int64_t SOURCE_PREROLL_US = 10000000; /* unless told */
static const int64_t SOURCE_PREROLL_MIN_US = 5000000;
static const int64_t SOURCE_PREROLL_MAX_US = 20000000;

/* Sound that comes in from outside and is carried as it comes: a relay of another station by its
 * address, or an input of a sound device (a microphone, a mixing desk, a tuner). */
struct source_def {
    const char *id;
    const char *title;
    const char *target; /* a relay's address (value_stream_address()); an input's device */
    size_t kind;        /* index; default tiep-song */
    size_t topic;       /* index; SIZE_MAX: none */
    int64_t preroll_us; /* how long before its time it is opened */
    double duck_db;     /* an input: the gain of what lies under a voice from it; default -15 */
    /* An input: 1-based device channels. One: to both sides. Two: left, right. */
    int channels[OUTPUT_CHANNELS_MAX];
    size_t n_channels;
    unsigned file_line;
};

enum language { LANGUAGE_VI, LANGUAGE_EN };

/* What decides first where the calendar leaves the choice open. */
enum rotation_rule {
    ROTATION_QUOTA, /* the topic furthest behind its quota */
    ROTATION_TURN,  /* whose turn it is: what was longest unheard, whatever the quotas */
};

/* What becomes of a programme that an emergency interrupts, when that is over. */
enum after_emergency {
    AFTER_REJOIN, /* it is heard from where it would be by now */
    AFTER_RESUME, /* it goes on where it was interrupted, until something else has the line */
    AFTER_CUT,    /* it is not heard any more, nor what would have started meanwhile */
};

/* Who reports to whom, as it stands at the head and the foot of official letters (Decree 30/2020).
 * NULL: not written. */
struct letterhead {
    const char *superior;    /* the body above, top left */
    const char *issuer;      /* NULL: the station's title */
    const char *symbol;      /* "BC-ĐPT", behind the letter's number */
    const char *place;       /* before the date */
    const char *authority;   /* "KT. TRƯỞNG ĐÀI", over the position of who signs */
    const char *position;    /* "TRƯỞNG ĐÀI" */
    const char *signer;      /* the name */
    const char **recipients; /* "Nơi nhận", a line each */
    size_t n_recipients;
};

struct station {
    const char *dir;  /* the station folder */
    const char *file; /* station.ini as messages name it */
    const char *title;
    const char *timezone;
    enum language language;
    enum rotation_rule rotation; /* default by quota */
    /* The command that speaks a text (media/speak.h): its words, then NULL. */
    const char *const *voice;
    unsigned voice_line;   /* 0: not written, the default */
    double loudness_lufs;  /* default -18 */
    double ceiling_dbtp;   /* default -1 */
    struct hours hours;    /* default 05:00-21:00 */
    int64_t separation_us; /* default 20 h */
    const char *filler;    /* id of a kind; NULL: silence */
    int64_t freeze_us;     /* default 48 h */
    int64_t silence_us;    /* default 30 s */
    enum after_emergency after_emergency;
    bool two_person; /* nobody approves what they brought in or edited; default no */
    int keep_months; /* files of recordings after their last airing; default 24; 0: for ever */
    const struct line_def *lines;
    size_t n_lines;
    const struct zone_def *zones;
    size_t n_zones;
    const struct topic_def *topics;
    size_t n_topics;
    const struct tag_def *tags;
    size_t n_tags;
    const struct kind_def *kinds;
    size_t n_kinds;
    const struct clock_def *clocks;
    size_t n_clocks;
    const struct layer_def *layers; /* file order is rank: a later layer lies above */
    size_t n_layers;
    const struct mode_def *modes;
    size_t n_modes;
    const struct source_def *relays;
    size_t n_relays;
    const struct source_def *inputs;
    size_t n_inputs;
    struct letterhead letterhead;
    struct arena *arena;
};

enum { STATION_LINES_MAX = 10000, STATION_FILE_MAX_BYTES = 8 << 20 };

/*
 * Read DIR/station.ini. Every mistake becomes a finding with file and line; with
 * at least one error nothing is returned: -EINVAL, or the errno of a file that
 * cannot be read. On success the process uses the station's time zone
 * (zone_use()), and *ret_station is given to the caller: station_destroy(). On
 * failure the zone may have changed too: dates are read in it.
 */
MUST_CHECK int station_load(const char *dir, struct station **ret_station,
                            struct findings *findings);
/* The same from memory; `file` is only named in findings. For tests and fuzzing. */
MUST_CHECK int station_parse(const char *dir, const char *file, const char *text, size_t n_bytes,
                             struct station **ret_station, struct findings *findings);
struct station *station_destroy(struct station *station);
DEFINE_AUTO(struct station, station_destroy)

/* Index by id, or SIZE_MAX. */
size_t station_find_line(const struct station *station, const char *id);
size_t station_find_topic(const struct station *station, const char *id);
size_t station_find_tag(const struct station *station, const char *id);
size_t station_find_kind(const struct station *station, const char *id);
size_t station_find_clock(const struct station *station, const char *id);
size_t station_find_mode(const struct station *station, const char *id);
size_t station_find_relay(const struct station *station, const char *id);
size_t station_find_input(const struct station *station, const char *id);
/* "relay:ID" or "input:ID"; NULL: none has that name. */
const struct source_def *station_find_source(const struct station *station, const char *name);

/* Where a live stream may come from: "https://…", "http://…" or "rtp://HOST:PORT", without a
 * name or password in it. 0, or -EINVAL with a sentence that does not repeat it. */
MUST_CHECK int station_check_stream(const char *address, struct fault *reterr);

/* Add the lines that `id` (a line, a zone that is valid at the instant, or "all")
 * names. -ENOENT if nothing has that id; a zone outside its dates adds nothing: 0. */
MUST_CHECK int station_resolve_lines(const struct station *station, const char *id, int64_t at_us,
                                     struct line_set into);

/* The name among n ids (their i-th at ids + i * stride) nearest to a mistyped one,
 * or NULL if none is near: for "did you mean". */
const char *station_nearest_id(const char *mistyped, const void *first_id, size_t n, size_t stride);

/* Is a time of day inside the hours? minute 0..1439. */
bool hours_hold(struct hours hours, int minute);
/* The level at a time of day, in dB. */
double level_at(struct level level, int minute);

#endif
