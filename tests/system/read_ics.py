# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an iCalendar with a reader that is not ours: read_ics.py FILE
One line an event: start|end|status|summary|location|resources|categories|uid, and its description's lines behind it."""
import sys

import icalendar


def text(event, name):
    value = event.get(name)
    if value is None:
        return ""
    if name == "CATEGORIES":
        return ",".join(str(one) for one in value.cats)
    return str(value)


with open(sys.argv[1], "rb") as file:
    raw = file.read()
for line in raw.split(b"\r\n"):
    line.decode("utf-8")  # no character is cut in two
    assert b"\n" not in line and b"\r" not in line, "a line does not end in CRLF"
    assert len(line) <= 75, "a line of %d bytes" % len(line)
calendar = icalendar.Calendar.from_ical(raw)
assert not calendar.errors, calendar.errors
print("calendar %s, %s" % (calendar["X-WR-CALNAME"], calendar["VERSION"]))
uids = set()
for event in calendar.walk("VEVENT"):
    assert not event.errors, event.errors
    assert event["UID"] not in uids, "two events have one UID"
    uids.add(event["UID"])
    assert event["DTSTAMP"].dt == event["DTSTART"].dt
    end = event["DTEND"].dt.strftime("%Y-%m-%dT%H:%M:%SZ") if "DTEND" in event else ""
    print("|".join([event["DTSTART"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"), end]
                   + [text(event, name) for name in ("STATUS", "SUMMARY", "LOCATION", "RESOURCES", "CATEGORIES", "UID")]))
    for line in text(event, "DESCRIPTION").split("\n"):
        print("  " + line)
