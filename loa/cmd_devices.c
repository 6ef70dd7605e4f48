/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "base/fault.h"
#include "base/i18n.h"
#include "base/json.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/out.h"
#include "loa/say.h"
#include "loa/table.h"
#include "playout/aside/driver.h"

struct listing {
    struct out out;
    struct table table;
};

static void show(void *context, const struct device_info *device)
{
    struct listing *listing = context;
    if (listing->out.is_json) {
        struct json *json = out_object(&listing->out);
        json_text(json, "name", device->name);
        json_int(json, "channels", device->channels);
        json_bool(json, "default", device->is_default);
        out_end_object(&listing->out);
        return;
    }
    table_cell(&listing->table, "%s", device->name);
    table_cell(&listing->table, "%d", device->channels);
    table_cell(&listing->table, "%s", device->is_default ? _("yes") : "");
}

static int run(struct app *app, const struct args *args)
{
    static const char *const heads[] = {N_("device"), N_("channels"), N_("default")};
    struct fault fault = {0};
    int status = app_need(app, 0);
    if (status != 0) {
        return status;
    }
    struct listing listing = {.out = out_begin(args->json),
                              .table = table_make(app->arena, heads, ARRAY_LEN(heads), 1 << 1)};
    int r = devices_visit(show, &listing, &fault);
    status = out_finish(&listing.out, &listing.table);
    if (r == -ENODEV) { /* that is an answer, too */
        say("%s", fault.text);
        return status;
    }
    return r < 0 ? say_fault(&fault) : status;
}

const struct command command_devices = {
    .spec = {.name = "devices",
             .operands = "",
             .summary = N_("list the sound devices that a line can play on")},
    .run = run,
};
