/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/db.h"
#include "base/fault.h"
#include "base/i18n.h"
#include "base/paths.h"
#include "loa/app.h"
#include "loa/commands.h"
#include "loa/say.h"

/* A small station that passes `loa check` as it is: one line into the default sound
 * device, one topic, a tune every afternoon once it is recorded. */
static const char station_template[] =
    "; Tệp đài của loa. Hướng dẫn: loa help station\n"
    "[station]\n"
    "title    = Đài Truyền thanh xã\n"
    "timezone = Asia/Ho_Chi_Minh\n"
    "language = vi\n"
    "; Giọng đọc của loa say và của các khung giờ có lời, nếu có giọng hay hơn espeak-ng:\n"
    "; voice  = giong-doc/doc --ra {wav}\n"
    "loudness = -18 LUFS\n"
    "ceiling  = -1 dBTP\n"
    "; Ngoài các giờ này không gì được phát, trừ tin khẩn cấp.\n"
    "hours    = 05:00-21:00\n"
    "; Người nhập hoặc sửa một bản ghi không được tự duyệt bản ghi đó:\n"
    "; two-person = yes\n"
    "; Tệp âm thanh được giữ bao lâu sau lần phát cuối (xem loa help retain):\n"
    "; keep-recordings = 24 months\n"
    "\n"
    "[line loa-1]\n"
    "title    = Đường loa số 1\n"
    "output   = device:default\n"
    "gain     = 0 dB, 05:00-06:00 -9 dB\n"
    "\n"
    "[topic cchc]\n"
    "title    = Cải cách hành chính\n"
    "; Định mức của một năm, và của một kỳ báo cáo CCHC (15/12 đến 14/12):\n"
    "; quota  = 2027: 60 min, 12 features, 120 items\n"
    "; quota  = cchc-2027: 60 min, 12 features, 120 items\n"
    "\n"
    "; Tiếp sóng một đài khác; trong lịch viết ATTACH:relay:vov1\n"
    "; [relay vov1]\n"
    "; title  = Đài Tiếng nói Việt Nam, VOV1\n"
    "; url    = https://…\n"
    "\n"
    "[layer regular]\n"
    "calendar = schedules/regular.ics\n";

static const char calendar_template[] = "BEGIN:VCALENDAR\r\n"
                                        "VERSION:2.0\r\n"
                                        "PRODID:-//loa//init//VI\r\n"
                                        "X-WR-CALNAME:Lịch phát thường ngày\r\n"
                                        "BEGIN:VEVENT\r\n"
                                        "UID:chuong-trinh-chieu@loa\r\n"
                                        "DTSTAMP:20230101T000000Z\r\n"
                                        "DTSTART:20230101T170000\r\n"
                                        "DURATION:PT30M\r\n"
                                        "RRULE:FREQ=DAILY\r\n"
                                        "SUMMARY:Chương trình buổi chiều\r\n"
                                        "CATEGORIES:cchc\r\n"
                                        "END:VEVENT\r\n"
                                        "END:VCALENDAR\r\n";

static int write_new(const char *dir, const char *name, const char *text, struct fault *reterr)
{
    char path[PATHS_MAX];
    int r = path_join(path, dir, name, reterr);
    return r < 0 ? r : path_write_file(path, text, strlen(text), reterr);
}

static int make_folder(const char *dir, const char *name, struct fault *reterr)
{
    char path[PATHS_MAX];
    int r = path_join(path, dir, name, reterr);
    return r < 0 ? r : path_make_dirs(path, reterr);
}

/* Empty, so that everything that lists has something to read. */
static int make_database(const char *dir, struct fault *reterr)
{
    char path[PATHS_MAX];
    struct db *db = NULL;
    int r = path_join(path, dir, "loa.db", reterr);
    if (r == 0) {
        r = db_open(path, DB_WRITE, &db, reterr);
    }
    db_close(db);
    return r;
}

static int make_station(const char *dir, struct fault *reterr)
{
    static const char *const folders[] = {"schedules", "inbox", "library"};
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(folders); i++) {
        r = make_folder(dir, folders[i], reterr);
    }
    char calendar[PATHS_MAX];
    if (r == 0) {
        r = path_join(calendar, dir, "schedules/regular.ics", reterr);
    }
    if (r == 0 && access(calendar, F_OK) != 0) {
        r = write_new(dir, "schedules/regular.ics", calendar_template, reterr);
    }
    if (r == 0) {
        r = make_database(dir, reterr);
    }
    /* Last: with it the folder is a station. */
    return r < 0 ? r : write_new(dir, "station.ini", station_template, reterr);
}

static int run(struct app *app, const struct args *args)
{
    (void)app;
    const char *dir = args->operands[0];
    char file[PATHS_MAX];
    struct fault fault = {0};
    if (path_join(file, dir, "station.ini", &fault) < 0) {
        return say_fault(&fault);
    }
    if (access(file, F_OK) == 0) {
        (void)fault_set(&fault, EEXIST, file, 0,
                        _("is there already; choose another folder or edit that file"));
        return say_fault(&fault);
    }
    if (make_station(dir, &fault) < 0) {
        return say_fault(&fault);
    }
    printf(_("A new station is in %s.\n"
             "Next: edit %s (lines, topics, hours), then `loa -C %s check`.\n"),
           dir, file, dir);
    return 0;
}

const struct command command_init = {
    .spec = {.name = "init",
             .operands = "DIR",
             .summary = N_("make a new station in a folder"),
             .min_operands = 1,
             .max_operands = 1},
    .run = run,
};
