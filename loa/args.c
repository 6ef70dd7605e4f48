/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loa/args.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/utf8.h"
#include "loa/say.h"

static const struct option_spec common_options[] = {
    {"json", NULL, N_("print one JSON object a line")},
    {"help", NULL, N_("show this page")},
};

static size_t find_option(const struct command_spec *spec, const char *name, size_t n_name)
{
    for (size_t i = 0; i < spec->n_options; i++) {
        if (strlen(spec->options[i].name) == n_name &&
            strncmp(spec->options[i].name, name, n_name) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* "--name", "--name=value" or "--name" "value"; *at moves past what was used. */
static int take_option(struct args *args, int argc, char **argv, int *at)
{
    const char *word = argv[*at] + 2;
    size_t n_name = strcspn(word, "=");
    const char *value = word[n_name] == '=' ? word + n_name + 1 : NULL;
    if (!value && strcmp(word, "json") == 0) {
        args->json = true;
        return 0;
    }
    if (!value && strcmp(word, "help") == 0) {
        args->wants_help = true;
        return 0;
    }
    size_t option = find_option(args->spec, word, n_name);
    if (option == SIZE_MAX) {
        return say_usage(args->spec->name, _("unknown option \"--%.*s\""), (int)n_name, word);
    }
    bool takes_value = args->spec->options[option].value != NULL;
    if (takes_value && !value) {
        if (*at + 1 >= argc) {
            return say_usage(args->spec->name, _("--%s needs a value"), word);
        }
        value = argv[++*at];
    } else if (!takes_value && value) {
        return say_usage(args->spec->name, _("--%.*s takes no value"), (int)n_name, word);
    }
    if (args->values[option]) {
        return say_usage(args->spec->name, _("--%.*s is given twice"), (int)n_name, word);
    }
    args->values[option] = value ? value : "";
    return 0;
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

static int take_words(struct args *args, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        int r = 0;
        if (strcmp(argv[i], "--") == 0) {
            for (i++; i < argc; i++) {
                argv[args->n_operands++] = argv[i];
            }
        } else if (strncmp(argv[i], "--", 2) == 0) {
            r = take_option(args, argc, argv, &i);
        } else if (strcmp(argv[i], "-o") == 0) {
            static char output[] = "--output";
            argv[i] = output;
            r = take_option(args, argc, argv, &i);
        } else if (is_option(argv[i])) {
            r = say_usage(args->spec->name, _("unknown option \"%s\""), argv[i]);
        } else {
            argv[args->n_operands++] = argv[i];
        }
        if (r != 0) {
            return r;
        }
    }
    return 0;
}

int args_parse(const struct command_spec *spec, int argc, char **argv, struct args *ret_args)
{
    struct args args = {.spec = spec, .operands = argv};
    int r = take_words(&args, argc, argv);
    if (r != 0) {
        return r;
    }
    *ret_args = args;
    if (args.wants_help) {
        return 0;
    }
    if (args.n_operands < spec->min_operands) {
        return say_usage(spec->name, _("something is missing: loa %s %s"), spec->name,
                         spec->operands);
    }
    if (spec->max_operands >= 0 && args.n_operands > spec->max_operands) {
        return say_usage(spec->name, _("\"%s\" is one word too many"),
                         args.operands[spec->max_operands]);
    }
    return 0;
}

const char *args_value(const struct args *args, const char *name)
{
    size_t option = find_option(args->spec, name, strlen(name));
    return option == SIZE_MAX ? NULL : args->values[option];
}

static void print_option(const struct option_spec *option)
{
    char left[64];
    bool is_output = strcmp(option->name, "output") == 0;
    snprintf(left, sizeof left, "%s--%s%s%s", is_output ? "-o, " : "", option->name,
             option->value ? " " : "", option->value ? option->value : "");
    printf("  %-24s %s\n", left, _(option->help));
}

void args_print_help(const struct command_spec *spec)
{
    printf("loa %s%s%s%s — %s\n", spec->name, *spec->operands ? " " : "", spec->operands,
           spec->n_options ? _(" [OPTION…]") : "", _(spec->summary));
    if (spec->detail) {
        printf("\n%s\n", _(spec->detail));
    }
    putchar('\n');
    for (size_t i = 0; i < spec->n_options; i++) {
        print_option(&spec->options[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(common_options); i++) {
        print_option(&common_options[i]);
    }
}
