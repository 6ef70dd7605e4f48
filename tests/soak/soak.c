/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/soak/soak.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int usage(void)
{
    fputs("soak tune FILE SEED SECONDS\n"
          "soak rtp ADDRESS PORT GROUP|- CAPTURE\n"
          "soak jack SERVER CAPTURE\n"
          "soak judge RENDER FIRST-FRAME KIND CAPTURE GUESS [KEY, in hexadecimal digits]\n",
          stderr);
    return 2;
}

static void read_key(const char *digits, uint8_t key[static 30])
{
    for (int i = 0; i < 30; i++) {
        char byte[3] = {digits[2 * i], digits[2 * i + 1], 0};
        key[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "tune") == 0 && argc == 5) {
        return soak_tune(argv[2], (unsigned)strtoul(argv[3], NULL, 10),
                         (int)strtol(argv[4], NULL, 10));
    }
    if (strcmp(what, "rtp") == 0 && argc == 6) {
        return soak_hear_rtp(argv[2], (int)strtol(argv[3], NULL, 10), argv[4], argv[5]);
    }
    if (strcmp(what, "jack") == 0 && argc == 4) {
        return soak_hear_jack(argv[2], argv[3]);
    }
    if (strcmp(what, "judge") == 0 && (argc == 7 || (argc == 8 && strlen(argv[7]) == 60))) {
        uint8_t key[30];
        if (argc == 8) {
            read_key(argv[7], key);
        }
        struct soak_source *source =
            soak_source_open(argv[4], argv[5], strtoll(argv[6], NULL, 10), argc == 8 ? key : NULL);
        return source ? soak_judge(source, argv[2], strtoll(argv[3], NULL, 10)) : 1;
    }
    return usage();
}
