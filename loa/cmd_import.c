/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>

#include "base/arena.h"
#include "base/errno_text.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "base/zone.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/import_rows.h"
#include "loa/out.h"
#include "loa/progress.h"
#include "loa/say.h"
#include "loa/table.h"
#include "media/import.h"

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

enum { WORKERS_MAX = 16 };

/* What the workers and the committing thread share. */
struct batch {
    struct importer *importer;
    const struct import_options *options;
    char **paths;
    size_t n;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t next;              /* the next path that a worker takes */
    struct import_job **jobs; /* by path; NULL until prepared */
    bool *prepared;
    int64_t *bytes_done;
    int64_t bytes_total;
};

struct report_to {
    struct batch *batch;
    size_t index;
};

static void report_bytes(void *context, int64_t done_bytes, int64_t total_bytes)
{
    struct report_to *to = context;
    (void)total_bytes;
    pthread_mutex_lock(&to->batch->mutex);
    to->batch->bytes_done[to->index] = done_bytes;
    pthread_cond_signal(&to->batch->changed);
    pthread_mutex_unlock(&to->batch->mutex);
}

static void *work(void *context)
{
    struct batch *batch = context;
    pthread_mutex_lock(&batch->mutex);
    while (batch->next < batch->n) {
        size_t index = batch->next++;
        pthread_mutex_unlock(&batch->mutex);
        struct report_to to = {batch, index};
        struct import_progress progress = {report_bytes, &to};
        struct import_job *job =
            import_prepare(batch->importer, batch->paths[index], batch->options, &progress);
        pthread_mutex_lock(&batch->mutex);
        batch->jobs[index] = job;
        batch->prepared[index] = true;
        pthread_cond_signal(&batch->changed);
    }
    pthread_mutex_unlock(&batch->mutex);
    return NULL;
}

static int64_t file_bytes(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : 0;
}

static double done_bytes(const struct batch *batch)
{
    int64_t done = 0;
    for (size_t i = 0; i < batch->n; i++) {
        done += batch->bytes_done[i];
    }
    return (double)done;
}

/* Wait until path `index` is prepared, drawing the bar meanwhile. */
static struct import_job *wait_for(struct batch *batch, size_t index, struct progress *progress)
{
    pthread_mutex_lock(&batch->mutex);
    while (!batch->prepared[index]) {
        pthread_cond_wait(&batch->changed, &batch->mutex);
        progress_draw(progress, done_bytes(batch), path_name(batch->paths[index]));
    }
    struct import_job *job = batch->jobs[index];
    pthread_mutex_unlock(&batch->mutex);
    return job;
}

struct tally {
    size_t by_status[IMPORT_REJECTED + 1];
    int status;
};

static void commit_each(struct app *app, struct batch *batch, struct out *out, struct table *table,
                        struct tally *tally)
{
    struct progress progress = progress_start(_("import"), (double)batch->bytes_total);
    for (size_t i = 0; i < batch->n; i++) {
        AUTO(import_job_destroy) struct import_job *job = wait_for(batch, i, &progress);
        const struct import_result *result = NULL;
        if (!job) {
            tally->status = 3;
            say(_("out of memory"));
            continue;
        }
        int r = import_commit(batch->importer, job, clock_now_us(&app->clock), &result);
        if (result->findings.n) {
            progress_end(&progress);
            say_findings(&result->findings);
        }
        tally->by_status[result->status]++;
        int status = r < 0 ? fault_exit_status(-r) : 0;
        tally->status = status > tally->status ? status : tally->status;
        import_rows_show(out, table, result);
    }
    progress_end(&progress);
}

static int import_batch(struct app *app, const struct args *args, struct batch *batch)
{
    struct out out = out_begin(args->json);
    struct table table = import_rows_table(app->arena);
    struct tally tally = {0};
    pthread_t workers[WORKERS_MAX];
    size_t wanted = (size_t)get_nprocs();
    wanted = wanted > WORKERS_MAX ? WORKERS_MAX : wanted;
    size_t n_workers = 0;
    while (n_workers < wanted && n_workers < batch->n &&
           pthread_create(&workers[n_workers], NULL, work, batch) == 0) {
        n_workers++;
    }
    if (n_workers == 0) {
        say(_("the import cannot begin: %s"), errno_text(EAGAIN));
        return 3;
    }
    commit_each(app, batch, &out, &table, &tally);
    for (size_t i = 0; i < n_workers; i++) {
        pthread_join(workers[i], NULL);
    }
    int status = out_finish(&out, &table);
    say(_("%zu imported, %zu new versions, %zu known already, %zu rejected"),
        tally.by_status[IMPORT_IMPORTED], tally.by_status[IMPORT_NEW_VERSION],
        tally.by_status[IMPORT_DUPLICATE], tally.by_status[IMPORT_REJECTED]);
    return status ? status : tally.status;
}

static int read_options(const struct args *args, struct import_options *ret_options)
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
    if ((import.code || import.title) && args->n_operands > 1) {
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
    int status = app_need(app, APP_STATION | APP_DB_WRITE);
    struct import_options import;
    if (status == 0) {
        status = read_options(args, &import);
    }
    if (status != 0) {
        return status;
    }
    size_t n = (size_t)args->n_operands;
    struct batch batch = {
        .options = &import,
        .paths = args->operands,
        .n = n,
        .mutex = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
        .jobs = (struct import_job **)arena_take(app->arena, n, sizeof(struct import_job *)),
        .prepared = arena_take(app->arena, n, sizeof(bool)),
        .bytes_done = arena_take(app->arena, n, sizeof(int64_t)),
    };
    if (!batch.jobs || !batch.prepared || !batch.bytes_done) {
        say(_("out of memory"));
        return 3;
    }
    for (size_t i = 0; i < n; i++) {
        batch.bytes_total += file_bytes(batch.paths[i]);
    }
    struct fault fault = {0};
    if (importer_open(app->station, app->db, app_who(), &batch.importer, &fault) < 0) {
        return say_fault(&fault);
    }
    status = import_batch(app, args, &batch);
    importer_close(batch.importer);
    return status;
}

const struct command command_import = {
    .spec =
        {.name = "import",
         .operands = "FILE…",
         .summary = N_("load recordings into the library"),
         .detail = N_(
             "Reads what phones, recorders and sound editors save: WAV, AIFF, FLAC, Ogg Vorbis,\n"
             "Opus, MP3, M4A, AMR, 3GP, WMA, WebM and the sound of MP4 and MOV. What is not\n"
             "given here is read from a text file of the same name beside the recording\n"
             "(tin-1.wav: tin-1.txt). A file that cannot be taken does not stop the others."),
         .options = options,
         .n_options = ARRAY_LEN(options),
         .min_operands = 1,
         .max_operands = -1},
    .run = run,
};
