/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCHEDULER_CALENDAR_HTTP_H
#define SCHEDULER_CALENDAR_HTTP_H

#include <signal.h>
#include <stddef.h>

#include "base/attr.h"

struct fault;

/*
 * One request over http or https, and its answer: the door to libcurl. Certificates are held
 * to those that the system trusts, or to the file that SSL_CERT_FILE names, and nothing turns
 * that off. Redirections are followed, five at most, never from https to http, and the login is
 * never told to another origin than the one that was asked. Proxies are those of the environment
 * (https_proxy, http_proxy, no_proxy).
 *
 * http.c is a module of its own (base/module.h), which http_module.c loads at the first request.
 *
 * Threads  One request at a time in each; it blocks, and ends soon after *stop is set.
 */
struct http_patience {
    int connect_s; /* until the server answers at all */
    int stall_s;   /* that less than 100 bytes a second may come */
    int total_s;   /* for the whole request, redirections and all */
};

struct http_request {
    const char *method;         /* "GET", "PROPFIND", "REPORT" */
    const char *url;            /* absolute, http or https, without name and password */
    const char *const *headers; /* "Depth: 0" …, then NULL */
    const char *body;           /* NULL: none */
    const char *login;          /* "name:password"; NULL: none */
    size_t max_bytes;           /* of the answer, unpacked */
    struct http_patience patience;
    const volatile sig_atomic_t *stop; /* NULL: nothing stops it */
};

/* Any answer of a server, good or bad. */
enum { HTTP_FIELD_MAX = 512 };
struct http_answer {
    int status;
    char *body; /* ends in '\0'; never NULL */
    size_t n_bytes;
    /* Header fields; "" if absent, too long or not printable ASCII. */
    char etag[HTTP_FIELD_MAX];
    char last_modified[HTTP_FIELD_MAX];
    char type[HTTP_FIELD_MAX]; /* Content-Type */
};

/* On success the answer is given to the caller: http_answer_finish(). Otherwise there was no
 * whole answer, and the fault has a sentence without the address and without a file: -EINTR
 * stopped; -E2BIG; -ELOOP redirections; -EPROTO a redirection that is not followed, or no http;
 * -EKEYREJECTED the certificate; -ETIMEDOUT, -EHOSTUNREACH, -ECONNREFUSED, -ECONNRESET, -ENOMEM;
 * -ELIBACC the module cannot be loaded. */
MUST_CHECK int http_do(const struct http_request *request, struct http_answer *ret_answer,
                       struct fault *reterr);
void http_answer_finish(struct http_answer *answer);

#endif
