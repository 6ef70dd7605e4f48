#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes lunar_table.h: the Vietnamese lunar years 1800 to 2199, which lunar.c is held to.

Independent of it: swetest of the Swiss Ephemeris (Debian: swetest, swe-standard-data) says
where sun and moon stand at each midnight of UTC+7, by JPL's DE431 and its own Delta T. The
month in which the moon passes the sun between two midnights begins with that day.

    tests/unit/scheduler/lunar_table.py >tests/unit/scheduler/lunar_table.h
"""
import datetime
import subprocess

FIRST, LAST = 1800, 2199
start = datetime.date(FIRST - 1, 1, 1)
n = (datetime.date(LAST + 2, 1, 1) - start).days + 60
out = []
for i in range(0, n + 1, 10000):
    day = start + datetime.timedelta(days=i - 1)  # 17:00 UTC is the next day's midnight
    out += subprocess.run(
        ["swetest", "-b%d.%d.%d" % (day.day, day.month, day.year), "-ut17:00:00", "-p01", "-fl", "-s1",
         "-n10000", "-head"], stdout=subprocess.PIPE, check=True, text=True).stdout.split()
sun = [float(x) for x in out[0::2]]
moon = [float(x) for x in out[1::2]]

ahead = [(m - s) % 360 for m, s in zip(moon, sun)]
begins = [i for i in range(n) if ahead[i] > 300 and ahead[i + 1] < 60]
twelfth = [int(s / 30) for s in sun]
months = []  # [first day, length, number, is leap]
for a, b in zip(begins, begins[1:]):
    terms = {twelfth[i + 1] for i in range(a, b) if twelfth[i + 1] != twelfth[i]}
    months.append([a, b - a, 0, False, terms])
elevens = [i for i, m in enumerate(months) if 9 in m[4]]
for a, b in zip(elevens, elevens[1:]):
    leap = next((i for i in range(a, b) if not months[i][4]), None) if b - a == 13 else None
    number = 10
    for i in range(a, b):
        number += i != leap
        months[i][2:4] = (number - 1) % 12 + 1, i == leap

print("/* SPDX-License-Identifier: GPL-3.0-or-later */")
print("/* Written by lunar_table.py: Tết as month and day, the months of 30 days (bit 0 the first), and")
print(" * the number of the leap month, 0 for none; from the year %d on. */" % FIRST)
print("static const struct {")
print("    uint16_t tet;")
print("    uint16_t long_months;")
print("    uint8_t leap;")
print("} table[] = {")
print("    /* clang-format off */")
row = []
for i, m in enumerate(months):
    date = start + datetime.timedelta(days=m[0])
    if m[2] == 1 and not m[3] and FIRST <= date.year <= LAST:
        year = [m]
        while months[i + 1][2] != 1 or months[i + 1][3]:
            i += 1
            year.append(months[i])
        bits = sum(1 << j for j, x in enumerate(year) if x[1] == 30)
        row.append("{%d, 0x%04x, %d}," % (date.month * 100 + date.day, bits,
                                         next((x[2] for x in year if x[3]), 0)))
        if len(row) == 5:
            print("    " + " ".join(row))
            row = []
print("    /* clang-format on */")
print("};")
