/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SYSTEM_JACK_CAPTURE_H
#define TESTS_SYSTEM_JACK_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A sound device without hardware: a jackd of the test's own with the dummy driver, which
 * is paced by a timer, and a JACK client that hears what is played on it. PortAudio
 * finds the device through JACK, as it would a sound card's.
 *
 * Everything aborts the test on failure.
 */
enum { CAPTURE_CHANNELS = 8 };

struct jack_capture;

/* Start the server; sets JACK_DEFAULT_SERVER for this process. */
struct jack_capture *jack_capture_start(size_t max_frames);

/* End the server, as a device is pulled out; and plug in another by the same name. */
void jack_capture_unplug(struct jack_capture *capture);
void jack_capture_plug(struct jack_capture *capture);

/* Listen to what PortAudio plays from now on: its n-th port on channel n. Waits until it plays. */
void jack_capture_listen(struct jack_capture *capture);

/* Stop listening; *ret_n frames were heard on a channel. Borrowed until the end. */
const float *jack_capture_heard(struct jack_capture *capture, size_t channel, size_t *ret_n);

/* Speak into what PortAudio records from now on, on both sides: a sine. Waits until it records.
 * jack_capture_say() is how loud it is from the next block on; 0: silence, as before. Returns the
 * frame of what is heard at which that is. */
void jack_capture_speak(struct jack_capture *capture, double hz);
size_t jack_capture_say(struct jack_capture *capture, float amplitude);
/* How many frames were heard by now. */
size_t jack_capture_position(const struct jack_capture *capture);

void jack_capture_end(struct jack_capture *capture);

#endif
