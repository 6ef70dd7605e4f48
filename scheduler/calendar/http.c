/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scheduler/calendar/http.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/secret.h"
#include "base/strbuf.h"

enum { REDIRECTS_MAX = 5, POLL_MS = 200, STALLED_BYTES_PER_S = 100 };

struct transfer {
    const struct http_request *request;
    struct http_answer *answer;
    struct strbuf body;
    bool is_too_large;
};

static void *close_curl(CURL *curl)
{
    curl_easy_cleanup(curl);
    return NULL;
}
DEFINE_AUTO(CURL, close_curl)

static void *close_multi(CURLM *multi)
{
    curl_multi_cleanup(multi);
    return NULL;
}
DEFINE_AUTO(CURLM, close_multi)

static void *close_url(CURLU *url)
{
    curl_url_cleanup(url);
    return NULL;
}
DEFINE_AUTO(CURLU, close_url)

static struct curl_slist *close_list(struct curl_slist *list)
{
    curl_slist_free_all(list);
    return NULL;
}
DEFINE_AUTO(struct curl_slist, close_list)

static bool is_stopped(const struct http_request *request)
{
    return request->stop && *request->stop;
}

/* ---- what the server sends ---------------------------------------------------------------- */

static size_t take_body(char *bytes, size_t size, size_t n, void *into)
{
    struct transfer *transfer = into;
    if (n * size > transfer->request->max_bytes - transfer->body.n) {
        transfer->is_too_large = true;
        return 0; /* libcurl gives up */
    }
    strbuf_add_bytes(&transfer->body, bytes, n * size);
    return strbuf_failed(&transfer->body) ? 0 : n * size;
}

/* "Name: value\r\n" into a field, if it is that name and a value fit to be sent back. */
static void take_field(const char *line, size_t n, const char *name,
                       char field[static HTTP_FIELD_MAX])
{
    size_t at = strlen(name);
    if (n <= at || line[at] != ':' || strncasecmp(line, name, at) != 0) {
        return;
    }
    at++;
    while (at < n && (line[at] == ' ' || line[at] == '\t')) {
        at++;
    }
    while (n > at && (line[n - 1] == '\r' || line[n - 1] == '\n' || line[n - 1] == ' ')) {
        n--;
    }
    bool is_fit = n - at < HTTP_FIELD_MAX;
    for (size_t i = at; is_fit && i < n; i++) {
        is_fit = line[i] >= ' ' && line[i] <= '~';
    }
    snprintf(field, HTTP_FIELD_MAX, "%.*s", is_fit ? (int)(n - at) : 0, line + at);
}

static size_t take_header(char *line, size_t size, size_t n, void *into)
{
    const struct transfer *transfer = into;
    if (n * size > 5 && memcmp(line, "HTTP/", 5) == 0) { /* of the next answer, after a login */
        *transfer->answer = (struct http_answer){0};
    }
    take_field(line, n * size, "ETag", transfer->answer->etag);
    take_field(line, n * size, "Last-Modified", transfer->answer->last_modified);
    take_field(line, n * size, "Content-Type", transfer->answer->type);
    return n * size;
}

/* ---- how it is asked ---------------------------------------------------------------------- */

/* "name:password" parted, for libcurl would take a colon in neither. */
static bool set_login(CURL *curl, const char *login)
{
    AUTO(secret_forget) char *name = strdup(login);
    char *colon = name ? strchr(name, ':') : NULL;
    if (!colon) {
        return false;
    }
    *colon = '\0';
    return curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC | CURLAUTH_DIGEST) == 0 &&
           curl_easy_setopt(curl, CURLOPT_USERNAME, name) == 0 &&
           curl_easy_setopt(curl, CURLOPT_PASSWORD, colon + 1) == 0;
}

static bool set_up(CURL *curl, struct transfer *transfer, const struct curl_slist *headers)
{
    const struct http_request *request = transfer->request;
    const char *ca = getenv("SSL_CERT_FILE");
    bool ok = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == 0;
    ok = ok && curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method) == 0;
    ok = ok && curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == 0;
    ok = ok && curl_easy_setopt(curl, CURLOPT_USERAGENT, "loa") == 0;
    ok = ok && curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "") == 0;
    ok = ok && curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L) == 0; /* no wait for a name server */
    ok = ok &&
         curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)request->patience.connect_s) == 0;
    ok = ok && curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)STALLED_BYTES_PER_S) == 0;
    ok = ok && curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)request->patience.stall_s) == 0;
    ok = ok &&
         curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->max_bytes) == 0;
    ok = ok && curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body) == 0;
    ok = ok && curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer) == 0;
    ok = ok && curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header) == 0;
    ok = ok && curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer) == 0;
    if (ok && request->body) {
        ok = curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body) == 0;
    }
    if (ok && ca && *ca) {
        ok = curl_easy_setopt(curl, CURLOPT_CAINFO, ca) == 0 &&
             curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) == 0;
    }
    return ok;
}

static int make_headers(const struct http_request *request, struct curl_slist **ret_list)
{
    AUTO(close_list) struct curl_slist *list = NULL;
    for (size_t i = 0; request->headers && request->headers[i]; i++) {
        struct curl_slist *longer = curl_slist_append(list, request->headers[i]);
        if (!longer) {
            return -ENOMEM;
        }
        list = longer;
    }
    *ret_list = STEAL(list);
    return 0;
}

/* ---- what went wrong ---------------------------------------------------------------------- */

static int out_of_memory(struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
}

static int too_large(const struct http_request *request, struct fault *reterr)
{
    return fault_set(reterr, E2BIG, NULL, 0, _("the server sends more than %zu MiB"),
                     request->max_bytes >> 20);
}

static int wrong_certificate(CURL *curl, struct fault *reterr)
{
    /* What OpenSSL found wrong with the chain; 0, or in libcurl's words 1, if nothing was. */
    long why = 0;
    curl_easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &why);
    if (why <= 1) {
        return fault_set(reterr, EKEYREJECTED, NULL, 0,
                         _("the server's certificate is made for another name; correct the "
                           "address, or have the server's keeper mend the certificate"));
    }
    return fault_set(reterr, EKEYREJECTED, NULL, 0,
                     _("the server's certificate is not to be trusted; look at this machine's "
                       "date, install the certificate authority that the server has, or have the "
                       "server's keeper mend the certificate"));
}

static int failed(CURL *curl, CURLcode code, const struct transfer *transfer, struct fault *reterr)
{
    if (transfer->is_too_large || code == CURLE_FILESIZE_EXCEEDED) {
        return too_large(transfer->request, reterr);
    }
    switch (code) {
    case CURLE_OUT_OF_MEMORY:
        return out_of_memory(reterr);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return fault_set(reterr, EHOSTUNREACH, NULL, 0,
                         _("no server of that name is found; look at the name and at the network"));
    case CURLE_COULDNT_CONNECT:
        return fault_set(reterr, ECONNREFUSED, NULL, 0,
                         _("the server does not answer; look at the address and at the network"));
    case CURLE_OPERATION_TIMEDOUT:
        return fault_set(reterr, ETIMEDOUT, NULL, 0, _("the server is too slow"));
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2_STREAM:
        return fault_set(reterr, ECONNRESET, NULL, 0,
                         _("the connection broke before everything was there"));
    case CURLE_PEER_FAILED_VERIFICATION:
        return wrong_certificate(curl, reterr);
    default:
        return fault_set(reterr, EPROTO, NULL, 0, _("the server cannot be understood: %s"),
                         curl_easy_strerror(code));
    }
}

/* ---- one hop, and the hops of a redirection ----------------------------------------------- */

static int run(CURLM *multi, CURL *curl, struct transfer *transfer, struct fault *reterr)
{
    int n_running = 1;
    while (n_running > 0) {
        CURLMcode code = curl_multi_perform(multi, &n_running);
        if (is_stopped(transfer->request)) {
            return fault_set(reterr, EINTR, NULL, 0, _("was stopped"));
        }
        if (code == CURLM_OK && n_running > 0) {
            code = curl_multi_poll(multi, NULL, 0, POLL_MS, NULL);
        }
        if (code != CURLM_OK) {
            return out_of_memory(reterr);
        }
    }
    int n_left = 0;
    const CURLMsg *message = curl_multi_info_read(multi, &n_left);
    CURLcode code = message ? message->data.result : CURLE_OUT_OF_MEMORY;
    return code == CURLE_OK ? 0 : failed(curl, code, transfer, reterr);
}

static int ask(CURL *curl, struct transfer *transfer, struct fault *reterr)
{
    AUTO(close_multi) CURLM *multi = curl_multi_init();
    if (!multi || curl_multi_add_handle(multi, curl) != CURLM_OK) {
        return out_of_memory(reterr);
    }
    int r = run(multi, curl, transfer, reterr);
    curl_multi_remove_handle(multi, curl);
    return r;
}

static bool is_same_part(CURLU *a, CURLU *b, CURLUPart part)
{
    char *of_a = NULL;
    char *of_b = NULL;
    bool is_same = curl_url_get(a, part, &of_a, CURLU_DEFAULT_PORT) == 0 &&
                   curl_url_get(b, part, &of_b, CURLU_DEFAULT_PORT) == 0 &&
                   strcasecmp(of_a, of_b) == 0;
    curl_free(of_a);
    curl_free(of_b);
    return is_same;
}

static bool is_https(CURLU *url)
{
    char *scheme = NULL;
    bool is =
        curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == 0 && strcasecmp(scheme, "https") == 0;
    curl_free(scheme);
    return is;
}

/* Go to where the server points; *ret_goes_on says whether it points anywhere. */
static int redirect(CURL *curl, CURLU *first, CURLU *now, bool *ret_goes_on, struct fault *reterr)
{
    char *to = NULL;
    long status = 0;
    bool was_https = is_https(now);
    *ret_goes_on = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) == 0 && status != 304 &&
                   curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &to) == 0 && to;
    if (!*ret_goes_on) {
        return 0;
    }
    if (curl_url_set(now, CURLUPART_URL, to, 0) != 0 || (was_https && !is_https(now))) {
        return fault_set(reterr, EPROTO, NULL, 0,
                         _("the server points from https to an address that is not; that is not "
                           "followed"));
    }
    if (!is_same_part(first, now, CURLUPART_SCHEME) || !is_same_part(first, now, CURLUPART_HOST) ||
        !is_same_part(first, now, CURLUPART_PORT)) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_NONE);
        curl_easy_setopt(curl, CURLOPT_USERNAME, NULL);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, NULL);
    }
    return 0;
}

static int follow(CURL *curl, CURLU *first, struct transfer *transfer, struct fault *reterr)
{
    AUTO(close_url) CURLU *now = curl_url_dup(first);
    double left_s = transfer->request->patience.total_s;
    bool goes_on = true;
    for (int hops = 0; goes_on; hops++) {
        if (hops > REDIRECTS_MAX) {
            return fault_set(reterr, ELOOP, NULL, 0,
                             _("the server points from address to address without end"));
        }
        strbuf_clear(&transfer->body);
        *transfer->answer = (struct http_answer){0};
        if (!now || curl_easy_setopt(curl, CURLOPT_CURLU, now) != 0 ||
            curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(left_s * 1000) + 1) != 0) {
            return out_of_memory(reterr);
        }
        int r = ask(curl, transfer, reterr);
        double took_s = 0;
        if (r == 0 && curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME, &took_s) == 0) {
            left_s -= took_s < left_s ? took_s : left_s;
        }
        r = r < 0 ? r : redirect(curl, first, now, &goes_on, reterr);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

int http_do(const struct http_request *request, struct http_answer *ret_answer,
            struct fault *reterr)
{
    struct http_answer answer = {0};
    struct transfer transfer = {.request = request, .answer = &answer};
    AUTO(close_list) struct curl_slist *headers = NULL;
    AUTO(close_url) CURLU *url = curl_url();
    AUTO(close_curl) CURL *curl = curl_easy_init();
    if (!url || !curl || make_headers(request, &headers) < 0) {
        return out_of_memory(reterr);
    }
    if (curl_url_set(url, CURLUPART_URL, request->url, 0) != 0) {
        return fault_set(reterr, EPROTO, NULL, 0, _("the address is none"));
    }
    if (!set_up(curl, &transfer, headers) || (request->login && !set_login(curl, request->login))) {
        return out_of_memory(reterr);
    }
    strbuf_init(&transfer.body, request->max_bytes + 1);
    int r = follow(curl, url, &transfer, reterr);
    long status = 0;
    if (r == 0) {
        strbuf_add(&transfer.body, ""); /* something to point at */
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        r = strbuf_failed(&transfer.body) ? out_of_memory(reterr) : 0;
    }
    if (r < 0) {
        strbuf_finish(&transfer.body);
        return r;
    }
    answer.status = (int)status;
    answer.n_bytes = transfer.body.n;
    answer.body = transfer.body.text; /* given */
    *ret_answer = answer;
    return 0;
}
