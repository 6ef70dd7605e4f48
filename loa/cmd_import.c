/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/crew.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/import_rows.h"
#include "loa/out.h"
#include "loa/progress.h"
#include "loa/say.h"
#include "loa/stop.h"
#include "loa/table.h"
#include "loa/walk.h"
#include "media/import.h"
#include "media/recognise.h"

static const struct option_spec options[] = {
    {"title", "TEXT", N_("title, shown everywhere")},
    {"kind", "ID", N_("kind (chuyen-muc, tin, thong-bao, …)")},
    {"topic", "ID", N_("the one topic its airtime counts to")},
    {"tags", "IDS", N_("tags, with commas between")},
    {"code", "CODE", N_("code in the library; from the file's name if absent")},
    {"valid-from", "INSTANT", N_("not to be heard before")},
    {"valid-until", "INSTANT", N_("not to be heard from then on")},
    {"approve", NULL, N_("approve at once")},
};

/* Past so many files those that failed are told once more at the end, for the first have left
 * the screen by then. */
enum { SCREENFUL = 10, WAIT_MS = 100 };

/* What the workers and the committing thread share. */
struct batch {
    struct importer *importer;
    const struct import_options *options;
    struct entry *entries;
    size_t n;
    const volatile sig_atomic_t *stop;
    _Atomic int64_t bytes_done;
    int64_t bytes_total;
};

struct entry {
    struct batch *batch;
    const char *path;
    bool was_found;       /* in a folder, where also other things lie */
    bool is_no_recording; /* which it turned out to be */
    int64_t n_bytes;
    int64_t bytes_done;
    struct import_job *job; /* once prepared; NULL: no memory */
};

static void report_bytes(void *context, int64_t done_bytes, int64_t total_bytes)
{
    struct entry *entry = context;
    (void)total_bytes;
    atomic_fetch_add(&entry->batch->bytes_done, done_bytes - entry->bytes_done);
    entry->bytes_done = done_bytes;
}

/* Of a crew, on any thread. */
static void prepare_entry(void *context)
{
    struct entry *entry = context;
    const struct batch *batch = entry->batch;
    if (entry->was_found && !recording_is_recognised(entry->path)) {
        entry->is_no_recording = true;
    } else {
        struct import_progress progress = {report_bytes, entry};
        entry->job = import_prepare(batch->importer, entry->path, batch->options, &progress);
    }
    report_bytes(entry, entry->n_bytes, entry->n_bytes);
}

static int64_t file_bytes(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : 0;
}

/* One that was not imported, and why; in the app's arena. */
struct failure {
    const char *path;
    const char *reason;
};

struct tally {
    size_t by_status[IMPORT_REJECTED + 1];
    size_t n_passed_over;
    size_t n_not_reached;
    int status;
    struct failure *failures;
    size_t n_failures;
    size_t failures_capacity;
};

static void note_status(struct tally *tally, int status)
{
    tally->status = status > tally->status ? status : tally->status;
}

static void note_failure(struct app *app, struct tally *tally, const char *path,
                         const struct findings *findings)
{
    const char *reason = _("out of memory");
    for (size_t i = 0; findings && i < findings->n; i++) {
        if (findings->items[i].severity == SEVERITY_ERROR) {
            reason = findings->items[i].fault.text;
            break;
        }
    }
    tally->failures = arena_grow(app->arena, tally->failures, tally->n_failures,
                                 &tally->failures_capacity, sizeof *tally->failures);
    char *kept = tally->failures ? arena_strdup(app->arena, reason) : NULL;
    if (!kept) {
        tally->n_failures = 0; /* they were told when they failed */
        tally->failures_capacity = 0;
        tally->failures = NULL;
        return;
    }
    tally->failures[tally->n_failures++] = (struct failure){path, kept};
}

/* The row of what was prepared, and what it says of itself. */
static void commit_entry(struct app *app, struct entry *entry, struct out *out, struct table *table,
                         struct tally *tally, struct progress *progress)
{
    AUTO(import_job_destroy) struct import_job *job = STEAL(entry->job);
    const struct import_result *result = NULL;
    if (entry->is_no_recording) {
        tally->n_passed_over++;
        return;
    }
    if (!job) {
        progress_end(progress);
        say("%s: %s", entry->path, _("out of memory"));
        note_failure(app, tally, entry->path, NULL);
        note_status(tally, 3);
        return;
    }
    int r = import_commit(entry->batch->importer, job, clock_now_us(&app->clock), &result);
    if (r == -ECANCELED) {
        tally->n_not_reached++;
        return;
    }
    if (result->findings.n) {
        progress_end(progress);
        say_findings(&result->findings);
    }
    tally->by_status[result->status]++;
    if (r < 0) {
        note_failure(app, tally, entry->path, &result->findings);
        note_status(tally, fault_exit_status(-r));
    }
    import_rows_show(out, table, result);
}

static bool is_stopped(const struct batch *batch)
{
    return __atomic_load_n(batch->stop, __ATOMIC_RELAXED) != 0;
}

/* All cores prepare, this thread commits in the order of the files. What was prepared before
 * the batch was stopped is committed still. */
static void commit_each(struct app *app, struct batch *batch, struct crew *crew, struct out *out,
                        struct table *table, struct tally *tally)
{
    struct progress progress = progress_start_bytes(_("import"), batch->bytes_total);
    size_t n_given = 0;
    size_t n_back = 0;
    for (;;) {
        while (n_given < batch->n && !is_stopped(batch) && crew_has_room(crew)) {
            crew_give(crew, &batch->entries[n_given++]);
        }
        if (crew_is_idle(crew)) {
            break;
        }
        progress_draw(&progress, (double)atomic_load(&batch->bytes_done),
                      path_name(batch->entries[n_back].path));
        struct entry *entry = crew_take(crew, WAIT_MS);
        if (entry) {
            n_back++;
            commit_entry(app, entry, out, table, tally, &progress);
        }
    }
    tally->n_not_reached += batch->n - n_given;
    progress_end(&progress);
}

static void say_summary(const struct batch *batch, const struct tally *tally)
{
    if (batch->n > SCREENFUL && tally->n_failures) {
        say(_("%zu of %zu were not imported:"), tally->n_failures, batch->n);
        for (size_t i = 0; i < tally->n_failures; i++) {
            say("%s: %s", tally->failures[i].path, tally->failures[i].reason);
        }
    }
    if (tally->n_passed_over) {
        say(_("passed over, being no recordings: %zu"), tally->n_passed_over);
    }
    say(_("%zu imported, %zu new versions, %zu known already, %zu rejected"),
        tally->by_status[IMPORT_IMPORTED], tally->by_status[IMPORT_NEW_VERSION],
        tally->by_status[IMPORT_DUPLICATE], tally->by_status[IMPORT_REJECTED]);
    if (tally->n_not_reached) {
        say(_("stopped: %zu of %zu files are done; the same command goes on with the others"),
            batch->n - tally->n_not_reached, batch->n);
    }
}

static int import_batch(struct app *app, const struct args *args, struct batch *batch,
                        size_t n_passed_over)
{
    struct out out = out_begin(args->json);
    struct table table = import_rows_table(app->arena);
    struct tally tally = {.n_passed_over = n_passed_over};
    AUTO(crew_stop) struct crew *crew = NULL;
    struct fault fault = {0};
    if (crew_start(prepare_entry, &crew, &fault) < 0) {
        return say_fault(&fault);
    }
    commit_each(app, batch, crew, &out, &table, &tally);
    int status = out_finish(&out, &table);
    say_summary(batch, &tally);
    note_status(&tally, tally.n_not_reached ? 1 : 0);
    return status ? status : tally.status;
}

/* The files that the operands name, folders opened. The exit status. */
static int find_files(struct app *app, const struct args *args, struct walk *walk)
{
    char library[PATHS_MAX];
    struct fault fault = {0};
    if (path_join(library, app->dir, "library", &fault) < 0) {
        return say_fault(&fault);
    }
    *walk = (struct walk){.arena = app->arena, .skipped = arena_strdup(app->arena, library)};
    for (int i = 0; i < args->n_operands; i++) {
        const char *path = args->operands[i];
        size_t n_before = walk->n;
        bool is_folder = walk_is_folder(path);
        int r = is_folder ? walk_folder(walk, path, &fault) : walk_add(walk, path, &fault);
        if (r < 0) {
            return say_fault(&fault);
        }
        if (is_folder && walk->n == n_before) {
            (void)fault_set(&fault, ENODATA, path, 0, _("is a folder without recordings"));
            return say_fault(&fault);
        }
        if (is_folder) {
            say(_("%s: files found: %zu"), path, walk->n - n_before);
        }
    }
    return 0;
}

static int make_batch(struct app *app, const struct walk *walk, struct batch *batch)
{
    batch->n = walk->n;
    batch->entries = arena_take(app->arena, walk->n, sizeof *batch->entries);
    if (!batch->entries) {
        say(_("out of memory"));
        return 3;
    }
    for (size_t i = 0; i < walk->n; i++) {
        const struct walk_file *file = &walk->files[i];
        batch->entries[i] = (struct entry){.batch = batch,
                                           .path = file->path,
                                           .was_found = file->was_found,
                                           .n_bytes = file_bytes(file->path)};
        batch->bytes_total += batch->entries[i].n_bytes;
    }
    return 0;
}

static int read_options(const struct args *args, size_t n_files, struct import_options *ret_options)
{
    struct import_options import = IMPORT_OPTIONS_NONE;
    struct fault fault = {0};
    const char *from = args_value(args, "valid-from");
    const char *until = args_value(args, "valid-until");
    if ((from && zone_parse_instant(from, &import.valid_from_us, &fault) < 0) ||
        (until && zone_parse_instant(until, &import.valid_until_us, &fault) < 0)) {
        return say_usage("import", "%s", fault.text);
    }
    import.code = args_value(args, "code");
    import.title = args_value(args, "title");
    if ((import.code || import.title) && n_files > 1) {
        return say_usage("import", _("--code and --title are for one file at a time"));
    }
    import.kind = args_value(args, "kind");
    import.topic = args_value(args, "topic");
    import.tags = args_value(args, "tags");
    import.approve = args_value(args, "approve") != NULL;
    *ret_options = import;
    return 0;
}

static int run(struct app *app, const struct args *args)
{
    struct walk walk = {0};
    struct import_options import;
    int status = app_need(app, APP_STATION | APP_DB_WRITE);
    if (status == 0) {
        status = find_files(app, args, &walk);
    }
    if (status == 0) {
        status = read_options(args, walk.n, &import);
    }
    struct batch batch = {.options = &import, .stop = stop_on_signals()};
    if (status == 0) {
        status = make_batch(app, &walk, &batch);
    }
    if (status != 0) {
        return status;
    }
    struct fault fault = {0};
    if (importer_open(app->station, app->db, app_who(), &batch.importer, &fault) < 0) {
        return say_fault(&fault);
    }
    importer_stop_at(batch.importer, batch.stop);
    status = import_batch(app, args, &batch, walk.n_passed_over);
    importer_close(batch.importer);
    return status;
}

const struct command command_import = {
    .spec =
        {.name = "import",
         .operands = "FILE|FOLDER…",
         .summary = N_("load recordings into the library"),
         .detail = N_(
             "Reads what phones, recorders and sound editors save: WAV, AIFF, FLAC, Ogg Vorbis,\n"
             "Opus, MP3, M4A, AMR, 3GP, WMA, WebM and the sound of MP4 and MOV; of a folder,\n"
             "every recording in it. What is not given here is read from a text file of the same\n"
             "name beside the recording (tin-1.wav: tin-1.txt). A file that cannot be taken does "
             "not\n"
             "stop the others; stopped with Ctrl-C, the same command goes on where it was."),
         .options = options,
         .n_options = ARRAY_LEN(options),
         .min_operands = 1,
         .max_operands = -1},
    .run = run,
};
