/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/errno_text.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "playout/outputs/recording.h"

enum { EVERY_S = 3600 };

struct rule {
    uint32_t line;
    char *line_id;
    char *dir;
    const char *format;
    int days;
    /* under the lock: what was not told yet */
    size_t n_removed;
    struct fault fault;
    bool has_fault;
    int err_told; /* the fault that was told last; 0: it went well since */
};

struct recordings_keeper {
    struct rule *rules;
    size_t n_rules;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
};

static int no_memory(struct fault *reterr)
{
    return fault_set(reterr, ENOMEM, NULL, 0, _("there is not enough memory for the outputs"));
}

int recordings_keeper_create(struct recordings_keeper **ret_keeper, struct fault *reterr)
{
    struct recordings_keeper *keeper = calloc(1, sizeof *keeper);
    if (!keeper) {
        return no_memory(reterr);
    }
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&keeper->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&keeper->lock, NULL);
    *ret_keeper = keeper;
    return 0;
}

int recordings_keeper_add(struct recordings_keeper *keeper, uint32_t line, const char *line_id,
                          const char *dir, const char *format, int days, struct fault *reterr)
{
    struct rule *grown = realloc(keeper->rules, (keeper->n_rules + 1) * sizeof *grown);
    if (!grown) {
        return no_memory(reterr);
    }
    keeper->rules = grown;
    struct rule *rule = &grown[keeper->n_rules];
    *rule = (struct rule){.line = line, .format = format, .days = days};
    rule->line_id = strdup(line_id);
    rule->dir = strdup(dir);
    if (!rule->line_id || !rule->dir) {
        free(rule->line_id);
        free(rule->dir);
        return no_memory(reterr);
    }
    keeper->n_rules++;
    return 0;
}

static void keep(struct recordings_keeper *keeper, struct rule *rule)
{
    struct fault fault = {0};
    size_t n = 0;
    int r = recordings_remove(rule->dir, rule->line_id, rule->format, rule->days, &n, &fault);
    pthread_mutex_lock(&keeper->lock);
    rule->n_removed += n;
    if (r < 0 && rule->err_told != -r) {
        rule->fault = fault;
        rule->has_fault = true;
    }
    rule->err_told = -r;
    pthread_mutex_unlock(&keeper->lock);
}

static bool wait_an_hour(struct recordings_keeper *keeper)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += EVERY_S;
    pthread_mutex_lock(&keeper->lock);
    int r = 0;
    while (!keeper->stopping && r == 0) {
        r = pthread_cond_timedwait(&keeper->wake, &keeper->lock, &until);
    }
    bool goes_on = !keeper->stopping;
    pthread_mutex_unlock(&keeper->lock);
    return goes_on;
}

static void *keeper_main(void *context)
{
    struct recordings_keeper *keeper = context;
    do {
        for (size_t i = 0; i < keeper->n_rules; i++) {
            keep(keeper, &keeper->rules[i]);
        }
    } while (wait_an_hour(keeper));
    return NULL;
}

int recordings_keeper_start(struct recordings_keeper *keeper, struct fault *reterr)
{
    int err = pthread_create(&keeper->thread, NULL, keeper_main, keeper);
    keeper->has_thread = err == 0;
    return err ? fault_set(reterr, err, NULL, 0, _("no recording can be started: %s"),
                           errno_text(err))
               : 0;
}

bool recordings_keeper_tell(struct recordings_keeper *keeper, uint32_t *ret_line,
                            struct fault *ret_told)
{
    bool tells = false;
    pthread_mutex_lock(&keeper->lock);
    for (size_t i = 0; i < keeper->n_rules && !tells; i++) {
        struct rule *rule = &keeper->rules[i];
        tells = rule->n_removed > 0 || rule->has_fault;
        if (rule->n_removed > 0) {
            fault_set(ret_told, 0, rule->dir, 0,
                      _("recordings of before the last %d days were removed: %zu"), rule->days,
                      rule->n_removed);
            rule->n_removed = 0;
        } else if (rule->has_fault) {
            *ret_told = rule->fault;
            rule->has_fault = false;
        }
        *ret_line = rule->line;
    }
    pthread_mutex_unlock(&keeper->lock);
    return tells;
}

struct recordings_keeper *recordings_keeper_destroy(struct recordings_keeper *keeper)
{
    if (keeper) {
        if (keeper->has_thread) {
            pthread_mutex_lock(&keeper->lock);
            keeper->stopping = true;
            pthread_cond_signal(&keeper->wake);
            pthread_mutex_unlock(&keeper->lock);
            pthread_join(keeper->thread, NULL);
        }
        for (size_t i = 0; i < keeper->n_rules; i++) {
            free(keeper->rules[i].line_id);
            free(keeper->rules[i].dir);
        }
        pthread_cond_destroy(&keeper->wake);
        pthread_mutex_destroy(&keeper->lock);
        free(keeper->rules);
        free(keeper);
    }
    return NULL;
}
