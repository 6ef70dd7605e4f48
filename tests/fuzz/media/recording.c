/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fault.h"
#include "media/soundfile.h"

enum { IN_FRAMES = 4096 };
/* A few bytes may promise days of silence; nobody waits for that here. */
static const int64_t FRAMES_MAX = 1000000;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
const char *__lsan_default_suppressions(void);

/* libsndfile 1.2.0 forgets what libvorbis holds when an Ogg file breaks off in its headers. */
const char *__lsan_default_suppressions(void)
{
    return "leak:vorbis_info_init\nleak:libvorbis\nleak:libogg\nleak:libsndfile\n";
}

/* The ending of a name matters where bytes do not tell what they are; the last one chooses it. */
static const char *name_for(const uint8_t *bytes, size_t n)
{
    static const char *const names[] = {"recording", "recording.gsm", "recording.g722",
                                        "recording.mp3"};
    return names[n > 0 ? bytes[n - 1] % 4 : 0];
}

/* Any bytes as a recording: sound within bounds, or a refusal with a sentence. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static float samples[IN_FRAMES * 2];
    int fd = memfd_create("recording", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET) != 0) {
        abort();
    }
    AUTO(sound_close) struct sound_reader *reader = NULL;
    struct fault fault = {0};
    int r = sound_open(fd, name_for(bytes, n), &reader, &fault);
    size_t got = 1;
    for (int64_t frames = 0; r == 0 && got > 0 && frames < FRAMES_MAX; frames += (int64_t)got) {
        r = sound_read(reader, samples, IN_FRAMES, &got, &fault);
        if (r == 0 && got > IN_FRAMES) {
            abort();
        }
    }
    for (int tag = SOUND_TAG_TITLE; reader && tag <= SOUND_TAG_ARTIST; tag++) {
        const char *text = sound_tag(reader, (enum sound_tag)tag);
        if (text && *text == '\0') {
            abort();
        }
    }
    if (reader && r == 0 && got == 0 && sound_damage(reader)->frames <= 0) {
        abort(); /* a whole recording of nothing */
    }
    if (r < 0 && (fault.err == 0 || fault.text[0] == '\0')) {
        abort(); /* refused without a word */
    }
    return 0;
}
