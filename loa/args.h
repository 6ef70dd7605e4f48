/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LOA_ARGS_H
#define LOA_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/*
 * A command's words. Each command declares its options once; the parser, the
 * usage check and `--help` all read that one table.
 */
struct option_spec {
    const char *name;  /* without "--" */
    const char *value; /* what it takes, for the help ("DATE"); NULL: nothing */
    const char *help;  /* N_() */
};

struct command_spec {
    const char *name;
    const char *operands; /* for the usage line: "FILE…", or "" */
    const char *summary;  /* N_(): one line */
    const char *detail;   /* N_(): a paragraph for --help, or NULL */
    const struct option_spec *options;
    size_t n_options;
    int min_operands;
    int max_operands; /* -1: any number */
};

enum { ARGS_OPTIONS_MAX = 32 };

struct args {
    const struct command_spec *spec;
    const char
        *values[ARGS_OPTIONS_MAX]; /* as spec->options; "" for one without value; NULL: absent */
    char **operands;
    int n_operands;
    bool json;
    bool wants_help;
};

/* Parse what follows the command's name. Every command takes --json and --help.
 * 0, or 2 after saying what is wrong. Values and operands are borrowed from argv. */
MUST_CHECK int args_parse(const struct command_spec *spec, int argc, char **argv,
                          struct args *ret_args);

/* The value of an option, or NULL. The name must be in the spec. */
const char *args_value(const struct args *args, const char *name);

void args_print_help(const struct command_spec *spec);

#endif
