# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/man/loa-calendar.5 promises, said a second time: rules by dateutil on the wall clock, zones by zoneinfo."""
import datetime as dt

from calendars import rule_times

SLACK = dt.timedelta(days=2)


def is_by_until(rule, zone, wall):
    until = rule.get("_until")
    if not until:
        return True
    if rule["_form"] == "utc":
        return zone.instant(wall) <= until.timestamp()
    return wall.date() <= until.date() if rule["_form"] == "date" else wall <= until


def walls_of(event, rule, until):
    """The rule's times; kept, because a calendar is asked for them several times."""
    start, done, walls = rule.get("_walls", (None, None, None))
    if start != event.start or done < until:
        until += SLACK * 20
        walls = list(rule_times(rule, event.start, until))
        rule["_walls"] = (event.start, until, walls)
    return walls


def rule_instants(event, rule, begin, end):
    zone = event.zone
    until = zone.wall(end) + SLACK
    walls = [wall for wall in walls_of(event, rule, until) if wall <= until]
    if "COUNT" in rule:  # the start is the first
        walls = [wall for wall in walls if wall != event.start][:rule["COUNT"] - 1]
    after = zone.wall(begin) - SLACK
    return [(zone.instant(wall), wall) for wall in walls if wall >= after and is_by_until(rule, zone, wall)]


def is_excluded(master, instant, wall=None):
    day = (wall or master.zone.wall(instant)).date()
    return any(date.day == day if date.day else date.instant == instant for date in master.exdates)


def instances(master, begin, end):
    """Instant to the length of its own (0: the event's) and its time on the wall clock, in [begin, end); without those
    of EXDATE. A skipped time keeps its place on the clock: its end is counted from there."""
    found = [(master.start_instant, 0, master.start)]
    for rule in master.rules:
        found += [(instant, 0, wall) for instant, wall in rule_instants(master, rule, begin, end)]
    for date in master.rdates:
        found.append((date.instant, -date.length_s, master.zone.wall(date.instant)))
    first = {}
    for instant, length, wall in sorted(found):
        if begin <= instant < end and not is_excluded(master, instant, wall):
            first.setdefault(instant, (-length, wall))
    return first


def end_of(event, instant, wall):
    end = instant + event.exact_s
    if event.clock_s:
        end = event.zone.instant(wall + dt.timedelta(seconds=event.clock_s)) + event.exact_s
    if end <= instant:
        end = instant + event.clock_s + event.exact_s
    return min(end, instant + 86400)


def newest(events):
    return max(events, key=lambda event: (event.sequence, event.place))


def shift_of(change):
    return change.start - change.zone.wall(change.rid.instant)


def expand_uid(events, begin, end):
    masters = [event for event in events if not event.rid]
    master = newest(masters)
    changes = {}
    for event in events:
        if event.rid:
            changes.setdefault((event.rid.instant, event.following), []).append(event)
    changes = {key: newest(revisions) for key, revisions in sorted(changes.items())}
    following = [change for change in changes.values() if change.following]
    reach = max([abs(shift_of(change).total_seconds()) for change in following], default=0) + 86400
    slots = []
    for instant, (length, place) in instances(master, int(begin - reach), int(end + reach)).items():
        change = changes.get((instant, False))
        if not change:
            before = [c for c in following if c.rid.instant <= instant]
            change = before[-1] if before else None
        if not change:
            finish = instant + length if length else end_of(master, instant, place)
            slots.append((instant, finish, instant, False))
        elif change.following:
            wall = change.zone.wall(instant) + shift_of(change)
            start = change.zone.instant(wall)
            slots.append((start, end_of(change, start, wall), instant, change.cancelled))
    for (instant, _), change in changes.items():
        if not change.following and not is_excluded(master, instant):
            start = change.start_instant
            slots.append((start, end_of(change, start, change.start), instant, change.cancelled))
    return [slot for slot in slots if begin <= slot[0] < end]


def expand(calendar):
    """(uid, start, end, recurrence, cancelled), sorted."""
    slots = []
    for uid in {event.uid for event in calendar.events}:
        events = [event for event in calendar.events if event.uid == uid]
        slots += [(uid,) + slot for slot in expand_uid(events, calendar.begin, calendar.end)]
    return sorted(slots)
