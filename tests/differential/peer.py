# SPDX-License-Identifier: GPL-3.0-or-later
"""What python3-recurring-ical-events makes of a calendar, and the classes of differences that README shows to be its own.

A class is only asked about an occurrence that one side has and the other has not (or with another end), and only says yes
where the calendar holds what the class is about."""
import datetime as dt
import warnings
import zoneinfo

import icalendar
import recurring_ical_events

import reference
from calendars import UTC

warnings.filterwarnings("ignore")
DAY = 86400


class Unable(Exception):
    """The other program gives up on this series."""


def seconds(value, station):
    if value.tzinfo is None:
        value = value.replace(tzinfo=zoneinfo.ZoneInfo(station.name))
    return int(value.timestamp())


def expand_uid(calendar, uid):
    """(start, end, cancelled) of one series, sorted. It is asked for two days more on both sides, because its window is in
    the offset of DTSTART."""
    window = [dt.datetime.fromtimestamp(at, UTC) for at in (calendar.begin - 2 * DAY, calendar.end + 2 * DAY)]
    try:
        parsed = icalendar.Calendar.from_ical(calendar.text(uid))
        events = recurring_ical_events.of(parsed).between(*window)
    except (ValueError, TypeError, AttributeError, IndexError, AssertionError) as error:
        raise Unable(str(error)) from error
    found = [(seconds(event["DTSTART"].dt, calendar.station), seconds(event["DTEND"].dt, calendar.station),
              event.get("STATUS") == "CANCELLED") for event in events]
    return sorted(slot for slot in found if calendar.begin <= slot[0] < calendar.end)


class Series:
    """A UID of a calendar, as the classes look at it."""

    def __init__(self, calendar, uid, slots):
        self.events = [event for event in calendar.events if event.uid == uid]
        self.masters = [event for event in self.events if not event.rid]
        self.changes = [event for event in self.events if event.rid]
        self.rules = [rule for event in self.masters for rule in event.rules]
        self.zone = self.masters[0].zone
        self.counts = {}
        self.slots = slots  # loa's: (start, end, recurrence, cancelled)

    def day(self, instant, zone=None):
        return (zone or self.zone).wall(instant).date()

    def occurrences(self, day):
        """How many the series itself has on a day, changed or not."""
        if day not in self.counts:
            self.counts[day] = self.count(self.zone.instant(dt.datetime.combine(day, dt.time(12))), day)
        return self.counts[day]

    def count(self, noon, day):
        return len({at for event in self.masters for at in reference.instances(event, noon - 2 * DAY, noon + 2 * DAY)
                    if self.day(at) == day})

    def recurrences(self, start):
        """Those that are heard at that time here, and there the one that was not moved."""
        return [slot[2] for slot in self.slots if slot[0] == start] + [start]


def two_revisions(series, _start):
    return len(series.masters) > 1


def this_and_future(series, start):
    changes = [change for change in series.changes if change.following]
    return any(change.rid.instant <= at for change in changes for at in series.recurrences(start)) or any(
        abs(start - change.start_instant) < DAY for change in changes)


def revisions_of_a_change(series, start):
    """Not when all of a change's revisions have a SEQUENCE."""
    by_id = {}
    for change in series.changes:
        by_id.setdefault(change.rid.instant, []).append(change)
    return any(start == change.start_instant for revisions in by_id.values() if len(revisions) > 1
               for change in revisions)


def exdate_as_a_date(series, start):
    return any(date.day in (series.day(at), series.day(start)) for event in series.masters for date in event.exdates
               if date.day for at in series.recurrences(start))


def change_of_what_is_excluded(series, start):
    """The change that is shown, or the occurrences of that day that it puts away."""
    for change in series.changes:
        excluded = any(date.day == series.day(change.rid.instant) if date.day else date.instant == change.rid.instant
                       for event in series.masters for date in event.exdates)
        if excluded and (start == change.start_instant or change_s_day(series, change, start)):
            return True
    return False


def change_s_day(series, change, start):
    return abs(start - change.rid.instant) < 2 * DAY and written_day(change.rid) == series.day(start)


def written_day(date):
    """The day as it is written, in whatever zone; the other program knows occurrences by it."""
    if date.day:
        return date.day
    return dt.datetime.strptime(date.line.split(":")[1][:8], "%Y%m%d").date()


def several_a_day_and_a_change(series, start):
    """Changes are known by their day: of several occurrences on it one is put away, whichever, and a SEQUENCE makes one of
    all."""
    days = {series.day(at) for at in series.recurrences(start)} | {series.day(start)}
    days |= {written_day(date) for event in series.masters for date in event.rdates if date.instant == start}
    for day in days:
        marked = any(event.sequence for event in series.masters) or any(
            written_day(change.rid) == day for change in series.changes)
        others = [date for event in series.masters for date in event.rdates
                  if written_day(date) == day != series.day(date.instant)]
        if marked and series.occurrences(day) + len(others) > 1:
            return True
    return False


def change_written_in_another_zone(series, start):
    """So that it is another day there."""
    for change in series.changes:
        days = {written_day(date) for event in series.masters for date in event.rdates
                if date.instant == change.rid.instant} | {series.day(change.rid.instant)}
        days.add(written_day(change.rid))
        met = [other.start_instant for other in series.changes if written_day(other.rid) in days]
        if len(days) > 1 and (start in met + [change.rid.instant] or series.day(start) in days):
            return True
    return False


def until_not_in_utc(series, start):
    """UNTIL as a date, or local where DTSTART has a zone, is taken for UTC: within the zone's offset, or that day."""
    for event in series.masters:
        for rule in event.rules:
            form = rule.get("_form")
            if form in ("local", "date"):
                until = event.zone.instant(rule["_until"].replace(microsecond=0))
                if abs(start - until) <= 14 * 3600 or (form == "date" and abs(start - until) <= 38 * 3600):
                    return True
    return False


def change_by_its_date(series, start):
    """RECURRENCE-ID as a date: here the occurrence at the time of DTSTART, there any of that day."""
    return any(change.rid.day and (start in (change.start_instant, change.rid.instant)
                                   or change.rid.day in {series.day(at) for at in series.recurrences(start)})
               for change in series.changes)


def weekday_with_two_digits(series, _start):
    """20MO: the whole rule is dropped."""
    return any(len(day.lstrip("+-")) > 3 for rule in series.rules for day in rule.get("BYDAY", []))


def end_by_the_clock(series, start):
    """Here the end of each occurrence is a time of the clock; there, as in the RFC, the length is kept. There a floating
    end is one of the clock, also of DURATION."""
    for event in series.events:
        spans = [(slot[0], slot[1]) for slot in series.slots if slot[0] == start]
        spans.append((event.start_instant, event.start_instant + event.clock_s))
        if (event.clock_s or event.zone.form == "floating") and any(
                event.zone.offset(begin - 7300) != event.zone.offset(end + 7300) for begin, end in spans):
            return any(slot[0] == start for slot in series.slots)
    return False


def until_before_the_start(series, start):
    """DTSTART is an occurrence whatever the rule says; there it is dropped."""
    return any(start == event.start_instant and "_until" in rule for event in series.masters for rule in event.rules
               if not reference.is_by_until(rule, event.zone, event.start))


def dates_in_the_offset_of_the_start(series, start):
    """RDATE and EXDATE meet the rule's times while these still have DTSTART's offset from UTC: across a change of the
    clocks an RDATE that is a time of the rule is doubled, and another time is put away."""
    for event in series.masters:
        apart = event.zone.offset(start) - event.zone.offset(event.start_instant)
        for date in event.rdates + event.exdates:
            if apart and date.instant and date.instant - start in (0, apart.total_seconds()):
                return True
    return False


def after_2037(series, start):
    """Its zones end there."""
    return start >= 2145916800 and any(event.zone.form in ("tzid", "embedded") for event in series.events)


def until_after_a_change_of_clocks(series, start):
    """UNTIL in UTC is compared with the offset of DTSTART."""
    for event in series.masters:
        for rule in event.rules:
            if rule.get("_form") == "utc" and abs(start - rule["_until"].timestamp()) <= 3600 * 2:
                if event.zone.offset(start) != event.zone.offset(event.start_instant):
                    return True
    return False


def count_without_the_start(series, start):
    """COUNT where the rule does not give DTSTART: whether that is the first of them, RFC 5545 leaves undefined."""
    for event in series.masters:
        for rule in event.rules:
            if "COUNT" in rule:
                walls = rule["_walls"][2]
                if not walls or walls[0] != event.start:
                    last = walls[rule["COUNT"] - 1:rule["COUNT"]]
                    return series.day(start) in [wall.date() for wall in last]
    return False


def weeks_of_the_year(series, start):
    """Weeks 1, 52 and 53 around new year; and all seven days where BYDAY names none."""
    for rule in series.rules:
        if "BYWEEKNO" in rule:
            month, day = series.day(start).month, series.day(start).day
            if "BYDAY" not in rule or (month, day) >= (12, 29) or (month, day) <= (1, 3) or "INTERVAL" in rule:
                return True
    return False


def times_that_come_twice(series, start):
    """It takes the second coming."""
    for zone in {event.zone.name: event.zone for event in series.events}.values():
        for at in (start, start - 3600, start - 1800, start + 3600, start + 1800):
            if zone.is_twice(zone.wall(at)):
                return True
    return False


def rdate_as_a_period(series):
    return any(date.length_s for event in series.masters for date in event.rdates)


def several_rules(series):
    return any(len(event.rules) > 1 for event in series.masters)


# What it gives up on.
UNABLE = [rdate_as_a_period, several_rules]
# The narrow ones first: a difference is counted under the first that it falls under.
CLASSES = [end_by_the_clock, until_before_the_start, count_without_the_start, dates_in_the_offset_of_the_start,
           times_that_come_twice, after_2037, weekday_with_two_digits, weeks_of_the_year, until_after_a_change_of_clocks,
           until_not_in_utc, exdate_as_a_date, change_of_what_is_excluded, revisions_of_a_change, change_by_its_date,
           change_written_in_another_zone, several_a_day_and_a_change, this_and_future, two_revisions]


def class_of(series, start):
    return next((of.__name__ for of in CLASSES if of(series, start)), None)
