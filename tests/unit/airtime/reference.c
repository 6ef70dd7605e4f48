/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/airtime/on_air.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "airtime/quota.h"
#include "airtime/report.h"

/*
 * The counting rules of docs/counting.md once more, second by second and line by line,
 * as slowly and plainly as they can be written, against the real thing on airings that
 * nobody thought of.
 */
enum {
    LINES = 5,
    ZONES = 3,
    TOPICS = 6,
    CODES = 7,
    ITEMS = 60,
    PIECES_MAX = 400,
    SPAN = 4000,
    WHOLE_MAX = 120
};

struct piece {
    int item;
    int code;
    unsigned lines; /* one bit a line */
    int from;
    int until;
    int offset;
    bool complete;
};

struct world {
    unsigned seed;
    struct on_air *air;
    int parents[TOPICS]; /* -1: a root */
    struct {
        int topic; /* -1: none */
        int whole;
        enum counts_as counts;
    } codes[CODES];
    struct {
        bool repeat;
        enum airing_role role;
    } items[ITEMS];
    struct piece pieces[PIECES_MAX]; /* as they were made */
    int n_pieces;
    struct {
        unsigned lines; /* one bit a line */
        int from;
        int until;
    } zones[ZONES];
    bool out[LINES][SPAN + WHOLE_MAX]; /* the line's way out carries nothing in that second */
    int report_from;
    int report_until;
};

static const char *const topic_ids[TOPICS] = {"t0", "t1", "t2", "t3", "t4", "t5"};
static const char *const code_ids[CODES] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6"};
static const char *const kind_ids[] = {"thong-bao", "tin", "chuyen-muc"};

static int any(struct world *world, int from, int until)
{
    return from + rand_r(&world->seed) % (until - from);
}

static void make_topics_and_codes(struct world *world)
{
    for (int i = 0; i < TOPICS; i++) {
        world->parents[i] = i > 0 && any(world, 0, 4) ? any(world, 0, i) : -1;
        airtime_station_topic(world->air->made, topic_ids[i], topic_ids[i],
                              world->parents[i] < 0 ? SIZE_MAX : (size_t)world->parents[i]);
        for (int n = any(world, 0, 3); n > 0; n--) {
            int from = any(world, 0, SPAN - 100);
            airtime_station_quota(
                world->air->made, (size_t)i,
                (struct quota_def){.from_us = FIVE_PM_US + from * US,
                                   .until_us = FIVE_PM_US + any(world, from + 1, SPAN) * US,
                                   .seconds = any(world, 0, 2) ? any(world, 1, 900) : 0,
                                   .features = any(world, 0, 2) ? any(world, 1, 5) : 0,
                                   .items = any(world, 0, 2) ? any(world, 1, 5) : 0});
        }
    }
    for (int i = 0; i < CODES; i++) {
        world->codes[i].topic = any(world, -1, TOPICS);
        world->codes[i].whole = any(world, 20, WHOLE_MAX);
        world->codes[i].counts = (enum counts_as)any(world, 0, 3);
    }
}

static void make_zones(struct world *world)
{
    static const char *const ids[ZONES] = {"z0", "z1", "z2"};
    for (int i = 0; i < ZONES; i++) {
        int first = any(world, 0, LINES);
        int n = any(world, 1, LINES - first + 1);
        int from = i ? any(world, 0, SPAN - 1) : INT32_MIN; /* the first is not dated */
        int until = i ? any(world, from + 1, SPAN) : INT32_MAX;
        world->zones[i].lines = ((1U << n) - 1) << first;
        world->zones[i].from = from;
        world->zones[i].until = until;
        airtime_station_zone(
            world->air->made,
            (struct zone_def){.id = ids[i],
                              .title = ids[i],
                              .lines = on_air_lines(world->air, (size_t)first, (size_t)n),
                              .from_us = i ? FIVE_PM_US + from * US : INT64_MIN,
                              .until_us = i ? FIVE_PM_US + until * US : INT64_MAX});
    }
}

static void play_piece(struct world *world, struct piece piece, int number)
{
    struct play play = {.from = piece.from,
                        .until = piece.until,
                        .code = code_ids[piece.code],
                        .kind = kind_ids[world->codes[piece.code].counts],
                        .recurrence = piece.item,
                        .piece = number,
                        .offset = piece.offset,
                        .whole = world->codes[piece.code].whole,
                        .cause = piece.complete ? END_COMPLETE : END_PREEMPTED,
                        .role = world->items[piece.item].role,
                        .repeat = world->items[piece.item].repeat};
    int topic = world->codes[piece.code].topic;
    play.topic = topic < 0 ? NULL : topic_ids[topic];
    /* Neighbouring lines only, which is all that struct play can say. */
    play.line = (size_t)__builtin_ctz(piece.lines);
    play.n_lines = (size_t)__builtin_popcount(piece.lines);
    on_air_play(world->air, play);
    assert_true(world->n_pieces < PIECES_MAX);
    world->pieces[world->n_pieces++] = piece;
}

/* An item in one or more pieces, each on some of its lines, some of them missing. */
static void play_item(struct world *world, int item)
{
    int code = any(world, 0, CODES);
    int whole = world->codes[code].whole;
    int length = any(world, 0, 4) ? whole : any(world, 1, whole);
    int start = any(world, 0, SPAN - WHOLE_MAX);
    world->items[item].repeat = any(world, 0, 3) == 0;
    world->items[item].role = any(world, 0, 6) ? AIRING_PROGRAMME : AIRING_FILLER;
    int number = 0;
    for (int at = 0; at < length;) {
        int until = any(world, 0, 2) ? length : any(world, at + 1, length + 1);
        if (any(world, 0, 8)) {
            int first = any(world, 0, LINES);
            int n = any(world, 1, LINES - first + 1);
            struct piece piece = {.item = item,
                                  .code = code,
                                  .from = start + at,
                                  .until = start + until,
                                  .offset = at,
                                  .lines = ((1U << n) - 1) << first,
                                  .complete = until == whole};
            play_piece(world, piece, number++);
            if (any(world, 0, 3) == 0) { /* the same time on other lines too */
                piece.lines = 1U << any(world, 0, LINES);
                play_piece(world, piece, number++);
            }
        }
        at = until;
    }
}

static void fail_ways_out(struct world *world)
{
    for (int i = any(world, 0, 12); i > 0; i--) {
        int line = any(world, 0, LINES);
        int n = any(world, 0, 4) ? 1 : LINES - line; /* now and then several at once */
        int from = any(world, 0, SPAN);
        int until = any(world, 0, 8) ? from + any(world, 0, 300) : -1;
        for (; n > 0; n--, line++) {
            on_air_outage(world->air, (size_t)line, from, until);
            for (int t = from; t < SPAN + WHOLE_MAX && (until < 0 || t < until); t++) {
                world->out[line][t] = true;
            }
        }
    }
}

/* Did a line hear any of a piece between two seconds? */
static bool line_heard(const struct world *world, const struct piece *piece, int line, int from,
                       int until)
{
    bool heard = false;
    for (int t = piece->from > from ? piece->from : from; t < piece->until && t < until; t++) {
        heard |= (piece->lines >> line & 1) && !world->out[line][t];
    }
    return heard;
}

static bool anybody_heard(const struct world *world, const struct piece *piece, int from, int until)
{
    bool heard = false;
    for (int line = 0; line < LINES; line++) {
        heard |= line_heard(world, piece, line, from, until);
    }
    return heard;
}

static bool is_under(const struct world *world, int topic, int ancestor)
{
    while (topic >= 0 && topic != ancestor) {
        topic = world->parents[topic];
    }
    return topic == ancestor;
}

static bool counts_for(const struct world *world, const struct piece *piece, int topic)
{
    return world->items[piece->item].role == AIRING_PROGRAMME &&
           is_under(world, world->codes[piece->code].topic, topic);
}

static int seconds_of(const struct world *world, int topic, int from, int until, int started_before)
{
    int seconds = 0;
    for (int t = from; t < until; t++) {
        bool carried = false;
        for (int i = 0; i < world->n_pieces; i++) {
            const struct piece *piece = &world->pieces[i];
            carried |= piece->from < started_before && counts_for(world, piece, topic) &&
                       anybody_heard(world, piece, t, t + 1);
        }
        seconds += carried;
    }
    return seconds;
}

/* Has this line heard every second of the recording when this piece ends? */
static bool heard_whole(const struct world *world, const struct piece *last, int line)
{
    if (!last->complete || !(last->lines >> line & 1)) {
        return false;
    }
    for (int second = 0; second < world->codes[last->code].whole; second++) {
        bool heard = false;
        for (int i = 0; i < world->n_pieces; i++) {
            const struct piece *piece = &world->pieces[i];
            heard |= piece->item == last->item && (piece->lines >> line & 1) &&
                     piece->offset <= second &&
                     second < piece->offset + piece->until - piece->from &&
                     !world->out[line][piece->from + second - piece->offset];
        }
        if (!heard) {
            return false;
        }
    }
    return true;
}

static bool whole_somewhere(const struct world *world, const struct piece *last)
{
    bool whole = false;
    for (int line = 0; line < LINES; line++) {
        whole |= heard_whole(world, last, line);
    }
    return whole;
}

/* The end of a recording's first programme airing that made it whole; INT_MAX: none. */
static int first_whole(const struct world *world, int code, int started_before)
{
    int first = INT32_MAX;
    for (int i = 0; i < world->n_pieces; i++) {
        const struct piece *piece = &world->pieces[i];
        if (piece->code == code && world->items[piece->item].role == AIRING_PROGRAMME &&
            piece->from < started_before && piece->until < first && whole_somewhere(world, piece)) {
            first = piece->until;
        }
    }
    return first;
}

static int recordings_of(const struct world *world, int topic, enum counts_as counts, int from,
                         int until, int started_before)
{
    int n = 0;
    for (int code = 0; code < CODES; code++) {
        int first = first_whole(world, code, started_before);
        n += world->codes[code].counts == counts &&
             is_under(world, world->codes[code].topic, topic) && first > from && first <= until;
    }
    return n;
}

static double share_behind(double gone, int64_t asked, int64_t reached)
{
    return asked ? gone - (double)reached / (double)asked : -INFINITY;
}

static double behind(const struct world *world, int topic, enum counts_as counts, int at)
{
    double most = -INFINITY;
    for (; topic >= 0 && isinf(most); topic = world->parents[topic]) {
        const struct topic_def *def = &world->air->made->topics[topic];
        for (size_t i = 0; i < def->n_quotas; i++) {
            const struct quota_def *quota = &def->quotas[i];
            int from = (int)((quota->from_us - FIVE_PM_US) / US);
            int until = (int)((quota->until_us - FIVE_PM_US) / US);
            if (at < from || at >= until) {
                continue;
            }
            double gone = (double)(at - from) / (until - from);
            most = fmax(most, share_behind(gone, quota->seconds,
                                           seconds_of(world, topic, from, until, at)));
            if (counts == COUNTS_FEATURE) {
                most =
                    fmax(most, share_behind(gone, quota->features,
                                            recordings_of(world, topic, counts, from, until, at)));
            }
            if (counts == COUNTS_ITEM) {
                most =
                    fmax(most, share_behind(gone, quota->items,
                                            recordings_of(world, topic, counts, from, until, at)));
            }
        }
    }
    return most;
}

static int64_t last_aired(struct standing *standing, const char *code, struct line_set lines)
{
    return past_last_aired(standing_past(standing, code), standing_listeners(standing, lines));
}

static void compare_standing(struct world *world, int at)
{
    struct on_air *air = world->air;
    struct standing *standing = NULL;
    assert_int_equal(standing_read(air->db, &air->made->station, FIVE_PM_US + at * US, air->arena,
                                   &standing, &air->fault),
                     0);
    for (int topic = 0; topic < TOPICS; topic++) {
        for (enum counts_as counts = COUNTS_NOTHING; counts <= COUNTS_FEATURE; counts++) {
            double want = behind(world, topic, counts, at);
            double found = quota_behind(standing, (size_t)topic, counts, FIVE_PM_US + at * US);
            if (!(want == found || fabs(want - found) < 1e-9)) {
                fail_msg("%s at %d: behind %f, not %f", topic_ids[topic], at, found, want);
            }
        }
    }
    for (int code = 0; code < CODES; code++) {
        bool ever = false;
        for (int line = 0; line < LINES; line++) {
            int last = -1;
            bool whole = false;
            for (int i = 0; i < world->n_pieces; i++) {
                const struct piece *piece = &world->pieces[i];
                if (piece->code == code && piece->from < at && (piece->lines >> line & 1) &&
                    line_heard(world, piece, line, piece->from, piece->until)) {
                    last = piece->until > last ? piece->until : last;
                    whole |= heard_whole(world, piece, line);
                }
            }
            ever |= whole;
            struct line_set lines = on_air_lines(air, (size_t)line, 1);
            assert_true(last_aired(standing, code_ids[code], lines) ==
                        (last < 0 ? INT64_MIN : FIVE_PM_US + last * US));
            assert_int_equal(past_aired_on_all(standing_past(standing, code_ids[code]), lines),
                             whole);
        }
        assert_int_equal(past_ever_aired(standing_past(standing, code_ids[code])), ever);
    }
}

/* Runs of a topic in the report's period; n_sounding gets the items that began in it. */
static int runs_of(const struct world *world, int topic, bool repeat, int *n_sounding)
{
    int runs = 0;
    *n_sounding = 0;
    for (int item = 0; item < ITEMS; item++) {
        int whole_at = INT32_MAX;
        int sounds_at = INT32_MAX;
        for (int i = 0; i < world->n_pieces; i++) {
            const struct piece *piece = &world->pieces[i];
            if (piece->item != item || world->items[item].role != AIRING_PROGRAMME ||
                (topic >= 0 && !counts_for(world, piece, topic))) {
                continue;
            }
            if (anybody_heard(world, piece, piece->from, piece->until)) {
                sounds_at = piece->from < sounds_at ? piece->from : sounds_at;
            }
            whole_at = whole_somewhere(world, piece) ? piece->until : whole_at;
        }
        runs += whole_at > world->report_from && whole_at <= world->report_until &&
                world->items[item].repeat == repeat;
        *n_sounding += sounds_at >= world->report_from && sounds_at < world->report_until;
    }
    return runs;
}

static int lines_of(const struct world *world, int topic)
{
    unsigned lines = 0;
    for (int i = 0; i < world->n_pieces; i++) {
        const struct piece *piece = &world->pieces[i];
        for (int line = 0; line < LINES && counts_for(world, piece, topic); line++) {
            if (line_heard(world, piece, line, world->report_from, world->report_until)) {
                lines |= 1U << line;
            }
        }
    }
    return __builtin_popcount(lines);
}

/* Of a topic, in the report's period: seconds in which recordings of a kind were heard. */
static int seconds_of_kind(const struct world *world, int topic, const char *kind)
{
    int seconds = 0;
    for (int t = world->report_from; t < world->report_until; t++) {
        bool carried = false;
        for (int i = 0; i < world->n_pieces; i++) {
            const struct piece *piece = &world->pieces[i];
            carried |= strcmp(kind_ids[world->codes[piece->code].counts], kind) == 0 &&
                       counts_for(world, piece, topic) && anybody_heard(world, piece, t, t + 1);
        }
        seconds += carried;
    }
    return seconds;
}

static bool zone_heard(const struct world *world, int zone, const struct piece *piece, int line,
                       int t)
{
    return t >= world->zones[zone].from && t < world->zones[zone].until &&
           (world->zones[zone].lines >> line & 1) && line_heard(world, piece, line, t, t + 1);
}

/* What a zone heard of a topic (-1: of anything), in seconds, and on how many lines. */
static int seconds_in_zone(const struct world *world, int zone, int topic, int *ret_n_lines)
{
    int seconds = 0;
    unsigned lines = 0;
    for (int t = world->report_from; t < world->report_until; t++) {
        unsigned now = 0;
        for (int i = 0; i < world->n_pieces * LINES; i++) {
            const struct piece *piece = &world->pieces[i / LINES];
            bool counts = topic < 0 ? world->items[piece->item].role == AIRING_PROGRAMME
                                    : counts_for(world, piece, topic);
            now |= (unsigned)(counts && zone_heard(world, zone, piece, i % LINES, t)) << i % LINES;
        }
        lines |= now;
        seconds += now != 0;
    }
    *ret_n_lines = __builtin_popcount(lines);
    return seconds;
}

static void compare_kinds(const struct world *world, const struct report_row *row)
{
    int topic = row->id[1] - '0';
    int64_t runs = 0;
    for (size_t i = 0; i < row->parts.n; i++) {
        const struct report_row *kind = &row->parts.items[i];
        assert_int_equal(kind->frames, (int64_t)seconds_of_kind(world, topic, kind->id) * SECOND);
        runs += kind->first_runs + kind->repeats;
    }
    /* A recording has one kind: its runs are those of the topic, each once. */
    assert_int_equal(runs, row->first_runs + row->repeats);
}

static void compare_zones(const struct world *world, const struct report *report)
{
    int n_lines = 0;
    assert_int_equal(report->zones.n, ZONES);
    for (int zone = 0; zone < ZONES; zone++) {
        const struct report_row *row = &report->zones.items[zone];
        assert_int_equal(row->frames, (int64_t)seconds_in_zone(world, zone, -1, &n_lines) * SECOND);
        assert_int_equal(row->n_lines, n_lines);
        assert_int_equal(row->n_lines_all, __builtin_popcount(world->zones[zone].lines));
        for (size_t i = 0; i < row->parts.n; i++) {
            const struct report_row *part = &row->parts.items[i];
            if (part->id) { /* a topic, not what aired without one */
                int seconds = seconds_in_zone(world, zone, part->id[1] - '0', &n_lines);
                assert_int_equal(part->frames, (int64_t)seconds * SECOND);
                assert_int_equal(part->n_lines, n_lines);
            }
        }
    }
}

static void compare_report(struct world *world)
{
    struct on_air *air = world->air;
    struct report report;
    int from = world->report_from;
    int until = world->report_until;
    int n_sounding = 0;
    assert_int_equal(report_make(air->db, &air->made->station, FIVE_PM_US + from * US,
                                 FIVE_PM_US + until * US, air->arena, &report, &air->fault),
                     0);
    for (size_t i = 0; i < report.topics.n; i++) {
        const struct report_row *row = &report.topics.items[i];
        if (!row->id) {
            continue; /* without a topic */
        }
        int topic = row->id[1] - '0';
        assert_int_equal(row->frames,
                         (int64_t)seconds_of(world, topic, from, until, SPAN) * SECOND);
        assert_int_equal(row->features,
                         recordings_of(world, topic, COUNTS_FEATURE, from, until, SPAN));
        assert_int_equal(row->items, recordings_of(world, topic, COUNTS_ITEM, from, until, SPAN));
        assert_int_equal(row->first_runs, runs_of(world, topic, false, &n_sounding));
        assert_int_equal(row->repeats, runs_of(world, topic, true, &n_sounding));
        assert_int_equal(row->n_lines, lines_of(world, topic));
        compare_kinds(world, row);
    }
    compare_zones(world, &report);
    assert_int_equal(report.total.first_runs, runs_of(world, -1, false, &n_sounding));
    assert_int_equal(report.n_airings, n_sounding);
}

static void any_airings_count_as_the_rules_say(void **state)
{
    (void)state;
    unsigned seed = (unsigned)time(NULL);
    for (unsigned round = 0; round < 8; round++) {
        print_message("seed %u\n", seed + round);
        struct world world = {.seed = seed + round};
        on_air_setup((void **)&world.air, LINES);
        make_topics_and_codes(&world);
        make_zones(&world);
        for (int item = 0; item < ITEMS; item++) {
            play_item(&world, item);
        }
        fail_ways_out(&world);
        on_air_settle(world.air, FIVE_PM_US + SPAN * US);
        compare_standing(&world, SPAN);
        compare_standing(&world, any(&world, 0, SPAN));
        compare_standing(&world, any(&world, 0, SPAN));
        world.report_from = any(&world, 0, SPAN - 1);
        world.report_until = any(&world, world.report_from + 1, SPAN);
        compare_report(&world);
        world.report_from = 0;
        world.report_until = SPAN;
        compare_report(&world);
        on_air_teardown((void **)&world.air);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(any_airings_count_as_the_rules_say),
};
TEST_MAIN(tests)
