/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/heap.h"
#include "base/i18n.h"
#include "base/strbuf.h"
#include "loa/app.h"
#include "loa/beside.h"
#include "loa/commands.h"
#include "loa/say.h"

enum { TOPICS_MAX_BYTES = 4096 };

static const struct command *const commands[] = {
    &command_init,    &command_import, &command_inbox,    &command_say,       &command_segment,
    &command_devices, &command_sdp,    &command_check,    &command_fetch,     &command_slots,
    &command_slot,    &command_plan,   &command_forecast, &command_render,    &command_rehearse,
    &command_run,     &command_status, &command_stop,     &command_resume,    &command_alert,
    &command_mic,     &command_tone,   &command_log,      &command_reconcile, &command_standing,
    &command_report,  &command_retain, &command_verify,
};

/* Parts of the radio that are processes of their own: nobody types these. */
static const struct command *const inner_commands[] = {&command_device_player,
                                                       &command_relay_reader};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i]->spec.name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static void print_overview(void)
{
    puts(_("loa [-C DIR] COMMAND … — plans and plays a local radio station"));
    puts(_("\nThe station is the folder DIR, else $LOA_STATION, else the current folder.\n"));
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        printf("  loa %-10s %s\n", commands[i]->spec.name, _(commands[i]->spec.summary));
    }
    puts(_("\n`loa COMMAND --help` explains one command; `loa help TOPIC` opens the manual\n"
           "(loa, station and calendar are topics too)."));
}

/* The pages that are not a command's. */
static const char *const other_topics[] = {"loa", "station", "calendar"};

static bool is_topic(const char *topic)
{
    bool is_other = false;
    for (size_t i = 0; i < ARRAY_LEN(other_topics); i++) {
        is_other |= strcmp(topic, other_topics[i]) == 0;
    }
    return is_other || find_command(topic);
}

static int refuse_topic(const char *topic)
{
    struct strbuf topics;
    strbuf_init(&topics, TOPICS_MAX_BYTES);
    for (size_t i = 0; i < ARRAY_LEN(other_topics); i++) {
        strbuf_printf(&topics, "%s%s", i ? ", " : "", other_topics[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        strbuf_printf(&topics, ", %s", commands[i]->spec.name);
    }
    say(_("the manual has no page \"%s\"; its pages are %s"), topic, strbuf_text(&topics));
    strbuf_finish(&topics);
    return 2;
}

/* The manual lies beside the program when it was built here, else where man looks. */
static int open_manual(const char *topic)
{
    char name[80];
    bool is_overview = strcmp(topic, "loa") == 0;
    snprintf(name, sizeof name, is_overview ? "loa" : "loa-%.64s", topic);
    static const char *const sections[] = {"1", "5"};
    char built[PATH_MAX];
    bool is_built_here = beside_program(built, "man");
    for (size_t i = 0; is_built_here && i < ARRAY_LEN(sections); i++) {
        char page[PATH_MAX + 96];
        snprintf(page, sizeof page, "%s/%s.%s", built, name, sections[i]);
        if (access(page, R_OK) == 0) {
            execlp("man", "man", page, (char *)NULL);
        }
    }
    execlp("man", "man", name, (char *)NULL);
    if (errno == ENOENT) {
        say(_("the manual cannot be opened: the program `man` is missing; install man-db"));
    } else {
        say(_("the manual cannot be opened: %s"), errno_text(errno));
    }
    return 3;
}

static int help(int argc, char **argv)
{
    if (argc == 0) {
        print_overview();
        return 0;
    }
    return is_topic(argv[0]) ? open_manual(argv[0]) : refuse_topic(argv[0]);
}

static int run_command(const struct command *command, const char *dir, int argc, char **argv)
{
    struct args args;
    int status = args_parse(&command->spec, argc, argv, &args);
    if (status != 0) {
        return status;
    }
    if (args.wants_help) {
        args_print_help(&command->spec);
        return 0;
    }
    struct app app = {.dir = dir, .clock = clock_system()};
    status = command->run(&app, &args);
    app_finish(&app);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        say(_("the result could not be written: %s"), errno_text(errno));
        return status ? status : 3;
    }
    return status;
}

static const struct command *find_inner_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(inner_commands); i++) {
        if (strcmp(inner_commands[i]->spec.name, name) == 0) {
            return inner_commands[i];
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    heap_keep();
    say_choose_language();
    const char *dir = getenv("LOA_STATION");
    dir = dir && *dir ? dir : ".";
    int at = 1;
    if (at < argc && strcmp(argv[at], "-C") == 0) {
        if (at + 1 >= argc) {
            return say_usage(NULL, _("-C needs a folder"));
        }
        dir = argv[at + 1];
        at += 2;
    }
    if (at >= argc) {
        print_overview();
        return 2;
    }
    if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "help") == 0) {
        return help(argc - at - 1, argv + at + 1);
    }
    if (strcmp(argv[at], "--version") == 0) {
        puts("loa " LOA_VERSION);
        return 0;
    }
    const struct command *command = find_command(argv[at]);
    command = command ? command : find_inner_command(argv[at]);
    if (!command) {
        say(_("there is no command \"%s\"; `loa --help` lists them"), argv[at]);
        return 2;
    }
    return run_command(command, dir, argc - at - 1, argv + at + 1);
}
