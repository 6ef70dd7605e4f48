/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "station/values.h"

/* Web addresses (RFC 3986). No sentence repeats an address: it may hold a password. */

enum { ADDRESS_MAX_BYTES = 2000 };

static const char *after_scheme(const char *address)
{
    const char *colon = strstr(address, "://");
    return colon ? colon + 3 : NULL;
}

/* Host and port, with a name and a password before them if there are any. */
static size_t authority_length(const char *after)
{
    return strcspn(after, "/?#");
}

bool value_is_address(const char *text)
{
    return after_scheme(text) != NULL;
}

static bool is_written_in_address_characters(const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c <= ' ' || *c > '~' || strchr("\"<>\\^`{|}", *c)) {
            return false;
        }
    }
    return true;
}

static const char *http_scheme(const char *text)
{
    static const char *const schemes[][2] = {
        {"https://", "https"},
        {"http://", "http"},
        {"webcal://", "https"},
        {"webcals://", "https"},
    };
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (strncasecmp(text, schemes[i][0], strlen(schemes[i][0])) == 0) {
            return schemes[i][1];
        }
    }
    return NULL;
}

static bool names_a_host(const char *text, const char *after, size_t n_authority)
{
    return n_authority > 0 && *after != ':' && strlen(text) <= ADDRESS_MAX_BYTES &&
           is_written_in_address_characters(text);
}

int value_address(struct arena *arena, const char *text, const char **ret_url, struct fault *reterr)
{
    const char *after = after_scheme(text);
    size_t n_authority = after ? authority_length(after) : 0;
    const char *scheme = http_scheme(text);
    if (after && memchr(after, '@', n_authority)) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("a name or password has no place in an address; write login = FILE"));
    }
    if (!scheme) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("a calendar's address begins with https:// or http://"));
    }
    if (!names_a_host(text, after, n_authority)) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("this is not a web address; copy it again from the browser's address "
                           "bar or the calendar program"));
    }
    size_t n = strlen(scheme) + strlen("://") + strlen(after) + 1;
    char *url = arena_take(arena, n, 1);
    if (!url) {
        return fault_set(reterr, ENOMEM, NULL, 0, _("out of memory"));
    }
    snprintf(url, n, "%s://%s", scheme, after);
    *ret_url = url;
    return 0;
}

/* ":5004" ends it, after a bracket where the host is a number of six. */
static bool names_a_port(const char *authority, size_t n)
{
    size_t digits = 0;
    while (digits < n && authority[n - 1 - digits] >= '0' && authority[n - 1 - digits] <= '9') {
        digits++;
    }
    long port = digits > 0 && digits <= 5 ? strtol(authority + n - digits, NULL, 10) : 0;
    return digits < n && authority[n - 1 - digits] == ':' && port >= 1 && port <= 65535;
}

int station_check_stream(const char *address, struct fault *reterr)
{
    static const char *const schemes[] = {"https://", "http://", "rtp://"};
    const char *after = after_scheme(address);
    size_t n_authority = after ? authority_length(after) : 0;
    size_t i = 0;
    while (i < ARRAY_LEN(schemes) && strncasecmp(address, schemes[i], strlen(schemes[i])) != 0) {
        i++;
    }
    if (i == ARRAY_LEN(schemes)) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("a relay's address begins with https://, http:// or rtp://"));
    }
    if (memchr(after, '@', n_authority)) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("a name or password has no place in a relay's address, for everybody "
                           "reads it; ask for an address without them"));
    }
    if (!names_a_host(address, after, n_authority)) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("this is not the address of a stream; copy it again from the station "
                           "that is to be relayed"));
    }
    if (strncasecmp(address, "rtp://", 6) == 0 && !names_a_port(after, n_authority)) {
        return fault_set(reterr, EINVAL, NULL, 0,
                         _("an address of RTP ends in a port; write rtp://HOST:PORT"));
    }
    return 0;
}

/* "127.0.0.1": 127 and three numbers. */
static bool is_loopback_number(const char *host, size_t n)
{
    int n_dots = 0;
    for (size_t i = 0; i < n; i++) {
        if (host[i] == '.' && i + 1 < n && host[i + 1] != '.') {
            n_dots++;
        } else if (host[i] < '0' || host[i] > '9') {
            return false;
        }
    }
    return n_dots == 3 && strncmp(host, "127.", 4) == 0;
}

bool address_is_open(const char *url)
{
    const char *host = after_scheme(url);
    if (strncmp(url, "https:", 6) == 0) {
        return false;
    }
    size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
    bool stays_here = (n == 9 && strncasecmp(host, "localhost", n) == 0) ||
                      (n == 5 && strncmp(host, "[::1]", n) == 0) || is_loopback_number(host, n);
    return !stays_here;
}
