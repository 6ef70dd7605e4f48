/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLAYOUT_OUTPUTS_RTP_INT_H
#define PLAYOUT_OUTPUTS_RTP_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "playout/outputs/blocks.h"
#include "playout/outputs/output.h"
#include "playout/outputs/rtp_encode.h"
#include "playout/outputs/rtp_resolve.h"
#include "playout/outputs/rtp_seal.h"
#include "playout/outputs/rtp_send.h"
#include "playout/outputs/transports.h"

/* Inside the RTP hub. rtp_hub.c has the outputs and the worker's clock; rtp_streams.c what is
 * encoded and who gets it; rtp_trouble.c receivers that are not reached. */

/* Why nothing is sent to a receiver just now. */
enum rtp_trouble {
    RTP_WELL,
    RTP_NAMELESS,    /* nobody has told its address yet */
    RTP_NOT_SENT,    /* the system refuses; well again when it does not */
    RTP_NOT_REACHED, /* the network says so; well again when it has been silent for a while */
};

struct rtp_output {
    struct output head;
    struct rtp_hub *hub;
    const char *name; /* borrowed: "host:port" */
    uint32_t line;
    size_t setting;
    size_t socket;
    uint32_t seal_place; /* among those that have a key */
    /* the worker's */
    struct rtp_address address;
    struct rtp_output *twin; /* the first that leads to the same place in the same setting */
    size_t listed_stream;    /* of a twin: what that place gets already */
    size_t stream;           /* that it gets; SIZE_MAX: none yet */
    enum rtp_trouble trouble;
    int64_t retry_ns;
    int64_t pause_ns;      /* before the next try */
    int64_t first_news_ns; /* of the reports that came close together */
    int64_t last_news_ns;
    int64_t quiet_ns; /* without a report after which it is reached again */
    uint32_t n_reports;
    /* for everybody */
    _Atomic uint64_t frames_dropped;
    _Atomic bool failed;
    _Atomic int news; /* an errno that was not told yet; -1: its name is not known; 0: none */
};

/* A codec's setting, and who can read it: one SSRC (encrypted: rtp_seal.h), one line of sequence
 * numbers and timestamps. */
struct rtp_setting {
    struct rtp_format format;
    const char *key_file; /* as the station file names it, borrowed; NULL: it is not encrypted */
    uint8_t key[SEAL_KEY_BYTES];
    size_t same; /* the first setting of this format */
    uint32_t ssrc;
    uint32_t first_sequence;
    uint32_t first_timestamp;
    /* while streams are laid out */
    size_t stamp;  /* the group that … */
    size_t stream; /* … has this stream of the setting */
    size_t payload_stamp;
    size_t payload_stream; /* … and this one of the format */
};

/* A programme in a setting. */
struct rtp_stream {
    size_t setting;
    size_t group;
    struct rtp_encoder *encoder;
    size_t payload_of;     /* the stream that is encoded for this one too, which may be itself */
    uint32_t seal_place;   /* of one of its outputs */
    struct rtp_seal *seal; /* NULL: it is not encrypted */
    size_t n_packets;      /* 0: not encoded */
    size_t lengths[RTP_PACKETS_MAX]; /* of the payloads */
    struct iovec packets[RTP_PACKETS_MAX];
    uint8_t bytes[RTP_PACKETS_MAX][RTP_HEADER_BYTES + RTP_PAYLOAD_BYTES_MAX];
    /* while streams are laid out */
    size_t old;  /* whose encoder it takes; SIZE_MAX: none */
    bool joined; /* not all of its outputs were together before */
};

struct rtp_streams {
    struct rtp_stream *items;
    size_t n;
    uint64_t generation;
};

struct rtp_hub {
    struct output_hub head;
    size_t n_lines;
    const struct hush *hushes;
    const char *dir;
    struct rtp_output **outputs; /* by line, from start() on */
    size_t n_outputs;
    size_t *first; /* of each line, and one more */
    struct rtp_setting *settings;
    size_t n_settings;
    uint32_t n_sealed; /* outputs */
    struct blocks *blocks;
    struct rtp_sender *sender;
    struct rtp_resolver *resolver;
    int start_err;
    bool running;
    pthread_t worker;
    _Atomic bool stopping;
    _Atomic uint64_t n_taken; /* blocks */
    _Atomic uint64_t n_late;  /* of these, dropped */
    /* the worker's */
    struct rtp_streams streams;
    bool list_is_stale;
    size_t n_troubled;
    struct rtp_output **by_address; /* and socket and setting; NULL: to be made anew */
    int64_t lead_ns;                /* that encoding may take */
    int64_t last_send_ns;
};

/* rtp_streams.c */

/* Who carries the same is one stream from this block on. -ENOMEM: as it was. */
MUST_CHECK int rtp_streams_lay_out(struct rtp_hub *hub, const struct block_taken *taken);
void rtp_streams_encode(struct rtp_hub *hub, const struct block_taken *taken);
void rtp_streams_finish(struct rtp_streams *streams);
/* The sender's list of messages anew, of all that are well. Lines that carry the same to the same
 * place, a multicast group mostly, are one message. -ENOMEM. */
MUST_CHECK int rtp_list_make(struct rtp_hub *hub);

/* rtp_trouble.c */

/* hub->by_address and the twins, if addresses have changed. -ENOMEM. */
MUST_CHECK int rtp_index_make(struct rtp_hub *hub);

/* Answers about names, and whoever has just begun. */
void rtp_trouble_begin(struct rtp_hub *hub);
void rtp_trouble_take_answers(struct rtp_hub *hub, int64_t now_ns);
/* After a block was sent: note who was not reached, and try those who were not before. */
void rtp_trouble_look(struct rtp_hub *hub, int64_t now_ns);

#endif
