/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/remote.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/i18n.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "scheduler/calendar/calendar_int.h"
#include "scheduler/calendar/collection.h"
#include "scheduler/calendar/multistatus.h"
#include "scheduler/calendar/remote_int.h"
#include "station/station.h"

static const size_t TRIAL_MEMORY_MAX = (size_t)512 << 20;
static const size_t ANSWER_MEMORY_MAX = (size_t)256 << 20;
/* Events as XML, with what is around them and their characters escaped. */
static const size_t REPORT_MAX_BYTES = 2 * (size_t)CALENDAR_FILE_MAX_BYTES;
enum { PROPFIND_MAX_BYTES = 1 << 20 };
static const int64_t FIRST_PAUSE_US = 60LL * 1000000; /* after a failure */
static const int64_t HOUR_US = 3600LL * 1000000;
static const int64_t DAY_US = 24LL * 3600 * 1000000;

const struct http_patience REMOTE_PATIENCE = {.connect_s = 20, .stall_s = 30, .total_s = 300};

static const char propfind_body[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
    "<d:propfind xmlns:d=\"DAV:\" xmlns:cs=\"http://calendarserver.org/ns/\"><d:prop>"
    "<d:resourcetype/><d:sync-token/><cs:getctag/></d:prop></d:propfind>";
static const char report_body[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
    "<c:calendar-query xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">"
    "<d:prop><c:calendar-data/></d:prop><c:filter><c:comp-filter name=\"VCALENDAR\">"
    "<c:comp-filter name=\"VEVENT\"/></c:comp-filter></c:filter></c:calendar-query>";

struct fetch {
    const struct station *station;
    const struct layer_def *layer;
    size_t index;
    int64_t now_us;
    struct http_request request;    /* what all requests have in common */
    char copy_sha256[HASH_HEX_MAX]; /* "": there is no copy */
    bool is_known;                  /* the state is that of this copy and this address */
    struct remote_state state;      /* as it was, and then as it will be */
    struct remote_result *result;
};

/* Is it a collection, a file, or not for us to say? */
enum finding_out { IS_FAILURE, IS_FILE, IS_COLLECTION, IS_UNCHANGED };

/* ---- what the server says ----------------------------------------------------------------- */

static int refused(const struct fetch *fetch, int status, struct fault *reterr)
{
    switch (status) {
    case 401:
    case 403:
    case 407:
        return fault_set(reterr, EPERM, NULL, 0,
                         fetch->layer->login
                             ? _("the server refuses this name and password; correct the file "
                                 "that login names")
                             : _("the server asks for a name and password; write login = FILE"));
    case 404:
    case 410:
        return fault_set(reterr, ENOENT, NULL, 0,
                         _("the server has no calendar at this address; correct calendar ="));
    default:
        return fault_set(reterr, EREMOTEIO, NULL, 0,
                         _("the server fails with status %d; look there if it stays so"), status);
    }
}

/* A text that can be kept in the state and sent back; else "". */
static void keep_text(char *into, size_t max, const char *text)
{
    bool is_fit = text && strlen(text) < max;
    for (const char *c = is_fit ? text : ""; *c; c++) {
        is_fit = is_fit && *c >= ' ' && *c <= '~';
    }
    snprintf(into, max, "%s", is_fit ? text : "");
}

static bool is_web_page(const struct http_answer *answer)
{
    const char *c = answer->body;
    while (isspace((unsigned char)*c)) {
        c++;
    }
    return *c == '<' || strncasecmp(answer->type, "text/html", 9) == 0;
}

static int ask(const struct fetch *fetch, const char *method, const char *const *headers,
               const char *body, size_t max_bytes, struct http_answer *ret_answer,
               struct fault *reterr)
{
    struct http_request request = fetch->request;
    request.method = method;
    request.headers = headers;
    request.body = body;
    request.max_bytes = max_bytes;
    return http_do(&request, ret_answer, reterr);
}

/* ---- the new calendar --------------------------------------------------------------------- */

/* Can the days that are about to be frozen be expanded with it? */
static int expand(const struct fetch *fetch, struct calendars *calendars, struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(TRIAL_MEMORY_MAX);
    struct slots slots;
    if (!arena) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    return calendars_expand(calendars, fetch->now_us - DAY_US,
                            fetch->now_us + fetch->station->freeze_us + DAY_US, arena, &slots,
                            reterr);
}

/* Hand over the errors; those of the new calendar alone, if it has any. */
static size_t report_errors(struct findings *from, const char *file, struct findings *into)
{
    size_t n_own = 0;
    for (size_t i = 0; i < from->n; i++) {
        const struct finding *finding = &from->items[i];
        if (finding->severity == SEVERITY_ERROR && strcmp(finding->fault.file, file) == 0) {
            findings_add_fault(into, finding->rule, &finding->fault);
            n_own++;
        }
    }
    for (size_t i = 0; n_own == 0 && i < from->n; i++) {
        if (from->items[i].severity == SEVERITY_ERROR) {
            findings_add_fault(into, from->items[i].rule, &from->items[i].fault);
        }
    }
    return n_own;
}

/* Is the station whole as it is? What was broken before is no fault of the new calendar. */
static bool is_whole_without(const struct fetch *fetch)
{
    AUTO(calendars_destroy) struct calendars *calendars = NULL;
    struct findings findings = {0};
    int r = calendars_load(fetch->station, &calendars, &findings);
    findings_finish(&findings);
    return r == 0;
}

/* 0: it may replace the copy; -EBADMSG: the result's findings say why not. */
static int judge(const struct fetch *fetch, const char *file, const char *text, size_t n_bytes)
{
    AUTO(calendars_destroy) struct calendars *calendars = NULL;
    struct findings findings = {0};
    struct findings *into = &fetch->result->findings;
    struct fault fault = {0};
    int r = calendars_load_text(fetch->station, fetch->index, file, text, n_bytes, &calendars,
                                &findings);
    bool is_good = r == 0;
    if (r == 0 && expand(fetch, calendars, &fault) < 0) {
        findings_add_fault(into, "too-many", &fault);
        is_good = false;
    } else if (r < 0 && report_errors(&findings, file, into) == 0 && !is_whole_without(fetch)) {
        findings_finish(into);
        is_good = true;
    }
    findings_finish(&findings);
    return is_good ? 0 : -EBADMSG;
}

/* A calendar has come, whole: take it if it is good. */
static int take(struct fetch *fetch, const char *text, size_t n_bytes, struct fault *reterr)
{
    char copy[PATHS_MAX];
    char rejected[PATHS_MAX];
    char sha256[HASH_HEX_MAX];
    int r = remote_path(fetch->station, fetch->layer, REMOTE_COPY, copy, reterr);
    r = r < 0 ? r : remote_path(fetch->station, fetch->layer, REMOTE_REJECTED, rejected, reterr);
    if (r < 0) {
        return r;
    }
    hash_bytes(text, n_bytes, sha256);
    fetch->result->status = REMOTE_UNCHANGED;
    if (strcmp(sha256, fetch->copy_sha256) != 0) {
        r = judge(fetch, rejected, text, n_bytes);
        if (r < 0) {
            int r_aside = path_write_file(rejected, text, n_bytes, reterr);
            return r_aside < 0 ? r_aside : r;
        }
        fetch->result->status = REMOTE_FETCHED;
        r = path_write_file(copy, text, n_bytes, reterr);
    }
    snprintf(fetch->state.sha256, sizeof fetch->state.sha256, "%s", sha256);
    return r;
}

/* ---- a collection ------------------------------------------------------------------------- */

/* The revision of the collection is that of before its events were asked for: what changes
 * meanwhile is seen the next time. */
static int find_out(struct fetch *fetch, enum finding_out *ret_is, struct fault *reterr)
{
    static const char *const headers[] = {"Depth: 0",
                                          "Content-Type: application/xml; charset=utf-8", NULL};
    AUTO(arena_destroy) struct arena *arena = arena_create(ANSWER_MEMORY_MAX);
    struct http_answer answer = {0};
    struct multistatus told = {0};
    if (!arena) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    int r = ask(fetch, "PROPFIND", headers, propfind_body, PROPFIND_MAX_BYTES, &answer, reterr);
    if (r == -E2BIG) { /* it has sent the calendar, or what it sends to everything */
        *ret_is = IS_FILE;
        return 0;
    }
    if (r < 0) {
        return r;
    }
    bool is_fatal = answer.status == 401
                        ? fetch->layer->login != NULL
                        : fetch->state.kind == REMOTE_COLLECTION && answer.status != 404 &&
                              answer.status != 405 && answer.status != 501;
    if (answer.status == 207) {
        r = multistatus_parse(arena, answer.body, answer.n_bytes, &told, reterr);
    } else if (is_fatal) {
        r = refused(fetch, answer.status, reterr);
    }
    http_answer_finish(&answer);
    if (r < 0) {
        return r;
    }
    *ret_is = IS_FILE;
    if (told.n > 0 && told.items[0].is_calendar) {
        char token[REMOTE_TOKEN_MAX];
        keep_text(token, sizeof token, told.items[0].token);
        bool is_same = fetch->is_known && fetch->state.kind == REMOTE_COLLECTION && *token &&
                       strcmp(token, fetch->state.token) == 0;
        *ret_is = is_same ? IS_UNCHANGED : IS_COLLECTION;
        memcpy(fetch->state.token, token, sizeof token);
    } else if (told.n > 0 && told.items[0].is_collection) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("this is a folder on the server and no calendar; name one of the "
                           "calendars in it"));
    }
    return 0;
}

static int take_objects(struct fetch *fetch, const struct http_answer *answer, struct fault *reterr)
{
    AUTO(arena_destroy) struct arena *arena = arena_create(ANSWER_MEMORY_MAX);
    struct multistatus objects = {0};
    struct strbuf merged;
    if (!arena) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    int r = multistatus_parse(arena, answer->body, answer->n_bytes, &objects, reterr);
    if (r < 0) {
        return r;
    }
    strbuf_init(&merged, CALENDAR_FILE_MAX_BYTES);
    r = collection_merge(&objects, &merged, reterr);
    if (r == 0 && merged.n == 0) { /* all events were removed */
        strbuf_add(&merged, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//loa//EN\r\n"
                            "END:VCALENDAR\r\n");
    }
    r = r < 0 ? r : take(fetch, strbuf_text(&merged), merged.n, reterr);
    strbuf_finish(&merged);
    return r;
}

static int fetch_collection(struct fetch *fetch, struct fault *reterr)
{
    static const char *const headers[] = {"Depth: 1",
                                          "Content-Type: application/xml; charset=utf-8", NULL};
    struct http_answer answer = {0};
    fetch->state.kind = REMOTE_COLLECTION;
    int r = ask(fetch, "REPORT", headers, report_body, REPORT_MAX_BYTES, &answer, reterr);
    if (r == 0) {
        r = answer.status == 207 ? take_objects(fetch, &answer, reterr)
                                 : refused(fetch, answer.status, reterr);
    }
    http_answer_finish(&answer);
    return r;
}

/* ---- a file ------------------------------------------------------------------------------- */

static int take_answer(struct fetch *fetch, const struct http_answer *answer, bool was_conditional,
                       struct fault *reterr)
{
    if (answer->status == 304 && was_conditional) {
        fetch->result->status = REMOTE_UNCHANGED;
        return 0;
    }
    if (answer->status != 200) {
        return refused(fetch, answer->status, reterr);
    }
    if (is_web_page(answer)) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("the server sends a web page and no calendar; correct the address, or "
                           "write login = FILE if the page asks for a name and password"));
    }
    keep_text(fetch->state.etag, sizeof fetch->state.etag, answer->etag);
    keep_text(fetch->state.last_modified, sizeof fetch->state.last_modified, answer->last_modified);
    return take(fetch, answer->body, answer->n_bytes, reterr);
}

static int fetch_file(struct fetch *fetch, struct fault *reterr)
{
    char etag[HTTP_FIELD_MAX + 20];
    char since[HTTP_FIELD_MAX + 20];
    const char *headers[4] = {"Accept: text/calendar, */*;q=0.1"};
    size_t n = 1;
    struct http_answer answer = {0};
    if (fetch->is_known && *fetch->state.etag) {
        snprintf(etag, sizeof etag, "If-None-Match: %s", fetch->state.etag);
        headers[n++] = etag;
    }
    if (fetch->is_known && *fetch->state.last_modified) {
        snprintf(since, sizeof since, "If-Modified-Since: %s", fetch->state.last_modified);
        headers[n++] = since;
    }
    fetch->state.kind = REMOTE_FILE;
    int r = ask(fetch, "GET", headers, NULL, CALENDAR_FILE_MAX_BYTES, &answer, reterr);
    r = r < 0 ? r : take_answer(fetch, &answer, n > 1, reterr);
    http_answer_finish(&answer);
    return r;
}

/* ---- a round ------------------------------------------------------------------------------ */

static int read_login(const struct station *station, const struct layer_def *layer,
                      char **ret_login, struct fault *reterr)
{
    char path[PATHS_MAX];
    struct fault fault = {0};
    int r = layer->login ? path_join(path, station->dir, layer->login, &fault) : 0;
    if (r < 0 || !layer->login) {
        return r;
    }
    r = secret_read(path, ret_login, &fault);
    const char *colon = r == 0 ? strchr(*ret_login, ':') : NULL;
    if (r == 0 && (!colon || colon == *ret_login)) {
        r = fault_set(&fault, EINVAL, path, 0, _("must be written as name:password"));
    }
    if (r < 0 && reterr) {
        *reterr = fault;
    }
    return r;
}

/* What is known of the copy that is there. */
static int look_at_copy(struct fetch *fetch, struct fault *reterr)
{
    char path[PATHS_MAX];
    int r = remote_path(fetch->station, fetch->layer, REMOTE_COPY, path, reterr);
    if (r < 0) {
        return r;
    }
    remote_state_read(fetch->station, fetch->layer, &fetch->state);
    bool has_copy = hash_file(path, fetch->copy_sha256, NULL) == 0;
    if (!has_copy) {
        *fetch->copy_sha256 = '\0';
    }
    fetch->is_known = has_copy && strcmp(fetch->state.url, fetch->layer->url) == 0 &&
                      strcmp(fetch->state.sha256, fetch->copy_sha256) == 0;
    if (!fetch->is_known) {
        fetch->state = (struct remote_state){.fetched_us = INT64_MIN};
        snprintf(fetch->state.url, sizeof fetch->state.url, "%s", fetch->layer->url);
    }
    fetch->result->fetched_us = fetch->state.fetched_us;
    return 0;
}

static int fetch_layer(struct fetch *fetch, struct fault *reterr)
{
    enum finding_out is = IS_FILE;
    int r = 0;
    if (fetch->state.kind != REMOTE_FILE) {
        r = find_out(fetch, &is, reterr);
    }
    if (r < 0) {
        return r;
    }
    if (is == IS_UNCHANGED) {
        fetch->result->status = REMOTE_UNCHANGED;
        return 0;
    }
    return is == IS_COLLECTION ? fetch_collection(fetch, reterr) : fetch_file(fetch, reterr);
}

/* After a good answer: write down what is known now. */
static int settle(struct fetch *fetch, struct fault *reterr)
{
    char rejected[PATHS_MAX];
    fetch->state.fetched_us = fetch->now_us;
    int r = remote_path(fetch->station, fetch->layer, REMOTE_REJECTED, rejected, reterr);
    r = r < 0 ? r : remote_state_write(fetch->station, fetch->layer, &fetch->state, reterr);
    if (r == 0) {
        unlink(rejected);
        fetch->result->fetched_us = fetch->now_us;
    }
    return r;
}

static int fetch_once(struct fetch *fetch, struct fault *reterr)
{
    AUTO(secret_forget) char *login = NULL;
    char folder[PATHS_MAX];
    int r = path_join(folder, fetch->station->dir, "calendars", reterr);
    r = r < 0 ? r : path_make_dirs(folder, reterr);
    r = r < 0 ? r : look_at_copy(fetch, reterr);
    r = r < 0 ? r : read_login(fetch->station, fetch->layer, &login, reterr);
    if (r < 0) {
        return r;
    }
    fetch->request.login = login;
    struct remote_state before = fetch->state;
    r = fetch_layer(fetch, reterr);
    if (r == 0) {
        return settle(fetch, reterr);
    }
    /* What was a file may have become a collection: ask again the next time. */
    if (before.kind == REMOTE_FILE && fetch->is_known && r != -EINTR) {
        before.kind = REMOTE_UNKNOWN;
        (void)!remote_state_write(fetch->station, fetch->layer, &before, NULL);
    }
    return r;
}

void remote_fetch(const struct station *station, size_t layer, int64_t now_us,
                  const struct http_patience *patience, const volatile sig_atomic_t *stop,
                  struct remote_result *ret_result)
{
    const struct layer_def *def = &station->layers[layer];
    struct fault fault = {0};
    *ret_result = (struct remote_result){.fetched_us = INT64_MIN};
    struct fetch fetch = {
        .station = station,
        .layer = def,
        .index = layer,
        .now_us = now_us,
        .request = {.url = def->url, .patience = *patience, .stop = stop},
        .result = ret_result,
    };
    int r = fetch_once(&fetch, &fault);
    if (r == 0) {
        return;
    }
    ret_result->status = REMOTE_FAILED;
    ret_result->err = -r;
    if (ret_result->findings.n == 0) {
        if (!*fault.file) {
            snprintf(fault.file, sizeof fault.file, "%s", station->file);
            fault.line = def->file_line;
        }
        findings_add_fault(&ret_result->findings, "fetch", &fault);
    }
}

void remote_result_finish(struct remote_result *result)
{
    findings_finish(&result->findings);
}

const char *remote_status_name(enum remote_status status)
{
    static const char *const names[] = {"fetched", "unchanged", "failed"};
    return names[status];
}

int64_t remote_pause_us(int64_t every_us, unsigned n_failures)
{
    int64_t pause_us = n_failures ? FIRST_PAUSE_US : every_us;
    for (unsigned i = 1; i < n_failures && pause_us < every_us; i++) {
        pause_us *= 2;
    }
    return pause_us < every_us ? pause_us : every_us;
}

/* ---- what a copy is worth ----------------------------------------------------------------- */

void remote_check(const struct station *station, size_t layer, int64_t now_us,
                  struct findings *findings)
{
    const struct layer_def *def = &station->layers[layer];
    AUTO(secret_forget) char *login = NULL;
    char rejected[PATHS_MAX];
    struct fault fault = {0};
    struct remote_result result = {0};
    struct fetch fetch = {.station = station, .layer = def, .result = &result};
    int64_t allowed_us = 2 * def->every_us > DAY_US ? 2 * def->every_us : DAY_US;
    if (read_login(station, def, &login, &fault) < 0) {
        findings_add(findings, SEVERITY_WARNING, "login", fault.file, fault.line, "%s", fault.text);
    }
    if (look_at_copy(&fetch, &fault) < 0 || !*fetch.copy_sha256) {
        return; /* which reading the calendars has told */
    }
    if (!fetch.is_known) {
        findings_add(findings, SEVERITY_WARNING, "other-copy", station->file, def->file_line,
                     _("what is in %s did not come from this address; run `loa fetch`"),
                     def->calendar);
    } else if (now_us - fetch.state.fetched_us > allowed_us) {
        findings_add(
            findings, SEVERITY_WARNING, "old-copy", station->file, def->file_line,
            _("the calendar of layer \"%s\" was last fetched %d hours ago; run `loa fetch` "
              "to see why"),
            def->id, (int)((now_us - fetch.state.fetched_us) / HOUR_US));
    }
    if (remote_path(station, def, REMOTE_REJECTED, rejected, NULL) == 0 &&
        access(rejected, F_OK) == 0) {
        findings_add(findings, SEVERITY_WARNING, "rejected-copy", rejected, 0,
                     _("has mistakes, so that the calendar before it stays in force; run `loa "
                       "fetch` to see them"));
    }
}
