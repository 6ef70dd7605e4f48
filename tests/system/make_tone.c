/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fakes/signal.h"

/* make_tone FILE HZ RATE FRAMES: half a full scale of sine, mono, as the ending says. */
int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "make_tone FILE HZ RATE FRAMES\n");
        return 2;
    }
    struct signal_spec spec = {.rate = (int)strtol(argv[3], NULL, 10),
                               .channels = 1,
                               .frames = strtol(argv[4], NULL, 10),
                               .hz = strtod(argv[2], NULL),
                               .amplitude = 0.5};
    signal_write(argv[1], &spec);
    return 0;
}
