/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef MEDIA_INBOX_INT_H
#define MEDIA_INBOX_INT_H

#include "base/paths.h"
#include "media/inbox.h"
#include "media/inbox_events.h"
#include "media/inbox_file.h"
#include "media/inbox_marker.h"
#include "media/inbox_scan.h"

/* The inbox, between what looks (inbox.c) and what takes (inbox_take.c). */

/* What is known of scan.items[i]. Its path is there; all this is of the bytes that lie there
 * now, and begins anew when they change. */
struct inbox_item {
    int64_t since_ns;      /* steady clock: so it has been since */
    bool is_closed;        /* and who wrote it has closed it */
    bool is_written;       /* it was seen being written, and not being closed since */
    bool is_unknown;       /* whether somebody is writing it cannot be asked */
    bool is_cut;           /* tried, and could not be read to its end */
    bool is_busy;          /* somebody has it open for writing */
    int64_t not_before_ns; /* steady clock: after a failure, not to be tried before */
    int64_t pause_ns;      /* how long the last pause was */
    size_t sidecar;        /* INBOX_RECORDING: index of its text, or SIZE_MAX */
    bool is_claimed;       /* INBOX_TEXT: some recording's */
    bool is_told;          /* INBOX_TEXT: that it lies here alone, or with which reason */
    bool is_settled;       /* refused, while the next two and the bytes are as they were */
    struct file_stamp settled_sidecar;
    struct file_stamp settled_station;
};

struct inbox {
    struct clock *clock;
    char root[PATHS_MAX];
    char station_file[PATHS_MAX];
    int lock_fd;
    struct inbox_events *events; /* NULL: the machine gives none */
    struct inbox_marker marker;
    struct inbox_scan scan;
    struct inbox_item *items;        /* as scan.items */
    struct file_stamp station_stamp; /* as of the last look */
    struct import_job *job;          /* of the last outcome */
    struct import_result own;        /* of a refusal without a job; path is own_path */
    char own_path[PATHS_MAX];
    char stays_path[PATHS_MAX]; /* of the last outcome */
};

enum inbox_verdict {
    INBOX_SETTLED, /* nothing is to be done */
    INBOX_PATIENT, /* it may be long until it is looked at again */
    INBOX_WAITING, /* it may be ready within seconds */
    INBOX_READY,
};

enum inbox_verdict inbox_judge(struct inbox *inbox, size_t i);

/* The stamp of the text of recording i as it was seen; all zero: it has none. */
struct file_stamp inbox_sidecar_stamp(const struct inbox *inbox, size_t i);

/* There is no sign that its writer is done, and some that it may not be: it is given time. */
bool inbox_may_grow(struct inbox *inbox, size_t i);

/* It has stood still for so long that whoever was writing it has given up. */
bool inbox_is_out_of_patience(struct inbox *inbox, size_t i);

#endif
