# SPDX-License-Identifier: GPL-3.0-or-later
"""Random calendars: as data for the reference, and as the text that every program is given."""
import datetime as dt
import zoneinfo
from dataclasses import dataclass, field

from dateutil import rrule

UTC = dt.timezone.utc
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FREQS = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]
# The hemispheres, half an hour, a change at midnight, a day that there was not, and a summer time that is the normal one.
STATION_ZONES = ["Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York", "Australia/Sydney"]
ZONES = STATION_ZONES + ["Europe/London", "Europe/Dublin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Tokyo",
                         "Asia/Kolkata", "Pacific/Apia", "America/Santiago", "Africa/Cairo"]


def observance(kind, start, before, after, rule=None):
    lines = [f"BEGIN:{kind}", f"DTSTART:{start}", f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}"]
    return lines + ([f"RRULE:{rule}"] if rule else []) + [f"END:{kind}"]


# A VTIMEZONE of the calendar's own, with the zone of the database whose clock it has from 2009 on.
EMBEDDED = {
    "Gio Berlin": ("Europe/Berlin",
                   observance("STANDARD", "19961027T030000", "+0200", "+0100", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU")
                   + observance("DAYLIGHT", "19960331T020000", "+0100", "+0200", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU")),
    "Gio New York": ("America/New_York",
                     observance("DAYLIGHT", "20070311T020000", "-0500", "-0400", "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU")
                     + observance("STANDARD", "20071104T020000", "-0400", "-0500", "FREQ=YEARLY;BYMONTH=11;BYDAY=1SU")),
    "Gio Viet Nam": ("Asia/Ho_Chi_Minh", observance("STANDARD", "19700101T000000", "+0700", "+0700")),
}


@dataclass
class Zone:
    form: str  # "floating", "utc", "tzid" or "embedded"
    name: str  # of the database
    tzid: str = ""

    @property
    def info(self):
        return zoneinfo.ZoneInfo(self.name)

    def instant(self, wall):
        """RFC 5545, 3.3.5: a skipped time with the offset from before, of two the first."""
        return int(wall.replace(tzinfo=self.info, fold=0).timestamp())

    def wall(self, instant):
        return dt.datetime.fromtimestamp(instant, self.info).replace(tzinfo=None, fold=0)

    def offset(self, instant):
        return dt.datetime.fromtimestamp(instant, self.info).utcoffset()

    def is_twice(self, wall):
        return self.instant(wall) != int(wall.replace(tzinfo=self.info, fold=1).timestamp())

    def prop(self, name, wall, params=""):
        if self.form in ("tzid", "embedded"):
            params += f";TZID={self.tzid}"
        return f"{name}{params}:{self.value(wall)}"

    def value(self, wall):
        return stamp(wall) + ("Z" if self.form == "utc" else "")


def stamp(wall):
    return f"{wall:%Y%m%dT%H%M%S}" if wall.year >= 1000 else wall.isoformat().replace("-", "").replace(":", "")


def utc_stamp(instant):
    return stamp(dt.datetime.fromtimestamp(instant, UTC)) + "Z"


@dataclass
class Date:
    """An item of RDATE, EXDATE or RECURRENCE-ID."""
    line: str
    instant: int = 0
    day: dt.date = None  # VALUE=DATE
    length_s: int = 0  # VALUE=PERIOD


@dataclass
class Event:
    uid: str
    zone: Zone
    start: dt.datetime
    clock_s: int  # its length: so much by the clock …
    exact_s: int  # … and then so much more
    length_line: str
    rules: list = field(default_factory=list)
    rdates: list = field(default_factory=list)
    exdates: list = field(default_factory=list)
    rid: Date = None
    following: bool = False
    sequence: int = 0
    cancelled: bool = False
    place: int = 0

    @property
    def start_instant(self):
        return self.zone.instant(self.start)

    def lines(self):
        lines = ["BEGIN:VEVENT", f"UID:{self.uid}", "DTSTAMP:20230101T000000Z", self.zone.prop("DTSTART", self.start),
                 self.length_line]
        lines += [f"RRULE:{rule_text(rule)}" for rule in self.rules]
        lines += [date.line for date in self.rdates + self.exdates]
        lines += [self.rid.line] if self.rid else []
        lines += [f"SEQUENCE:{self.sequence}"] if self.sequence else []
        lines += ["STATUS:CANCELLED"] if self.cancelled else []
        return lines + ["END:VEVENT"]


@dataclass
class Calendar:
    station: Zone
    begin: int  # the window, in seconds since the epoch
    end: int
    events: list

    def text(self, uid=None):
        events = [event for event in self.events if uid in (None, event.uid)]
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//loa//differential//EN"]
        for tzid, (_, observances) in EMBEDDED.items():
            if any(f"TZID={tzid}" in line for event in events for line in event.lines()):
                lines += ["BEGIN:VTIMEZONE", f"TZID:{tzid}"] + observances + ["END:VTIMEZONE"]
        for event in events:
            lines += event.lines()
        return "\r\n".join(lines + ["END:VCALENDAR", ""])


@dataclass
class Text:
    """A calendar that is text alone."""
    station: Zone
    begin: int
    end: int
    written: str

    def text(self, _uid=None):
        return self.written


def rule_text(rule):
    return ";".join(f"{name}={','.join(map(str, value)) if isinstance(value, list) else value}"
                    for name, value in rule.items() if not name.startswith("_"))


def week_of(day, wkst):
    """Year, number and number from the end of a day's week: it is of the year that holds four of its days."""
    fourth = day + dt.timedelta(days=3 - (day.weekday() - DAYS.index(wkst)) % 7)
    last = dt.datetime(fourth.year, 12, 28)
    last += dt.timedelta(days=3 - (last.weekday() - DAYS.index(wkst)) % 7)
    number = (fourth.timetuple().tm_yday + 6) // 7
    if wkst == "MO":
        assert day.isocalendar()[:2] == (fourth.year, number)
    return fourth.year, number, number - (last.timetuple().tm_yday + 6) // 7 - 1


def rule_times(rule, start, until):
    """The rule's times on the wall clock up to `until`, by dateutil, without COUNT and UNTIL."""
    parts = {name: value for name, value in rule.items() if name not in ("COUNT", "UNTIL")}
    if "BYWEEKNO" not in parts:
        return rrule.rrulestr(rule_text(parts), dtstart=start).replace(until=until)
    # Here dateutil takes all seven days where none is named, a week 53 where there is none, and counts years that cut
    # weeks in two. So it only gives the days, and their weeks are counted here.
    weeks, wkst, years = parts.pop("BYWEEKNO"), rule.get("WKST", "MO"), parts.pop("INTERVAL", 1)
    parts.update(FREQ="DAILY", BYDAY=parts.get("BYDAY", [DAYS[start.weekday()]]))
    first = week_of(start, wkst)[0]
    return (wall for wall in rrule.rrulestr(rule_text(parts), dtstart=start).replace(until=until)
            for year, number, from_end in [week_of(wall, wkst)]
            if (number in weeks or from_end in weeks) and (year - first) % years == 0)


def first_time(rule, start, until):
    try:
        return next(iter(rule_times(rule, start, until)), None)
    except ValueError:  # dateutil sees that it never comes
        return None


class Maker:
    """One random calendar."""

    def __init__(self, rng):
        self.rng = rng

    def chance(self, share):
        return self.rng.random() < share

    def some(self, items, most):
        return sorted(self.rng.sample(items, self.rng.randint(1, min(most, len(items)))))

    def times_of_day(self, rule, freq, single):
        rng = self.rng
        most = 1 if single else 3
        if freq in ("YEARLY", "MONTHLY", "WEEKLY", "DAILY") and self.chance(0.35):
            rule["BYHOUR"] = self.some(list(range(24)), most)
            if self.chance(0.3):
                rng.shuffle(rule["BYHOUR"])
        if freq != "MINUTELY" and freq != "SECONDLY" and self.chance(0.25):
            rule["BYMINUTE"] = self.some([0, 5, 10, 15, 29, 30, 45, 59], most)
        if freq != "SECONDLY" and self.chance(0.1):
            rule["BYSECOND"] = [rng.choice([0, 15, 30, 59])]

    def yearly(self, rule):
        rng = self.rng
        form = rng.randrange(8)
        if form == 1:
            rule["BYMONTH"] = self.some(list(range(1, 13)), 4)
        elif form == 2:
            rule["BYMONTH"] = self.some(list(range(1, 13)), 3)
            rule["BYMONTHDAY"] = self.month_days()
        elif form == 3:
            rule["BYMONTH"] = self.some(list(range(1, 13)), 3)
            rule["BYDAY"] = self.week_days(5)
        elif form == 4:
            rule["BYYEARDAY"] = self.some([1, 59, 60, 61, 100, 200, 365, 366], 3)
            if self.chance(0.3):
                rule["BYYEARDAY"] = [-n for n in rule["BYYEARDAY"]]
        elif form == 5:
            rule["BYWEEKNO"] = self.some([1, 2, 20, 26, 51, 52, 53, -1], 2)
            if self.chance(0.7):
                rule["BYDAY"] = self.some(DAYS, 3)
        elif form == 6:
            rule["BYDAY"] = self.week_days(53)
        elif form == 7:
            rule["BYMONTHDAY"] = self.month_days()
            if self.chance(0.3):
                rule["BYDAY"] = self.some(DAYS, 3)
        if form in (2, 3, 4) and self.chance(0.25):
            rule["BYSETPOS"] = [rng.choice([1, 2, -1])]

    def month_days(self):
        days = self.some([1, 2, 10, 13, 15, 28, 29, 30, 31], 3)
        return [-day for day in days] if self.chance(0.25) else days

    def week_days(self, most):
        days = self.some(DAYS, 3)
        if self.chance(0.6):
            days = [f"{self.rng.choice([1, 2, 3, most, -1, -2])}{day}" for day in days]
        return days

    def monthly(self, rule):
        form = self.rng.randrange(4)
        if form == 1:
            rule["BYMONTHDAY"] = self.month_days()
        elif form == 2:
            rule["BYDAY"] = self.week_days(5)
        elif form == 3:
            rule["BYDAY"] = self.some(DAYS, 4)
            rule["BYMONTHDAY"] = self.month_days() + [4, 5, 6, 7] if self.chance(0.5) else [10, 11, 12, 13, 14]
        if form and self.chance(0.25):
            rule["BYMONTH"] = self.some(list(range(1, 13)), 6)
        both_ways = any(day > 0 for day in rule.get("BYMONTHDAY", [])) and any(
            day < 0 for day in rule.get("BYMONTHDAY", []))
        if form and not both_ways and self.chance(0.3):
            rule["BYSETPOS"] = self.some([1, 2, 3, -1, -2], 2)

    def limits(self, rule, freq):
        if self.chance(0.3):
            rule["BYDAY"] = self.some(DAYS, 5)
        if freq != "WEEKLY" and self.chance(0.2):
            rule["BYMONTHDAY"] = self.some(list(range(1, 29)), 12) + ([-1] if self.chance(0.3) else [])
        if self.chance(0.2):
            rule["BYMONTH"] = self.some(list(range(1, 13)), 8)
        if freq in ("HOURLY", "MINUTELY", "SECONDLY"):
            if self.chance(0.3):
                rule["BYHOUR"] = self.some(list(range(24)), 10)
            if self.chance(0.08):
                rule["BYYEARDAY"] = self.some(list(range(-366, 0)) + list(range(1, 367)), 200)
        if freq == "MINUTELY" and rule["INTERVAL"] == 1:
            rule["BYMINUTE"] = self.some(list(range(60)), 4)

    def rule(self, freq):
        rng = self.rng
        rule = {"FREQ": freq}
        if freq == "MINUTELY":
            rule["INTERVAL"] = rng.choice([1, 7, 15, 20, 45, 60, 97, 1440])
        elif freq == "SECONDLY":
            rule["INTERVAL"] = rng.choice([600, 900, 1801, 3600, 28800])
        elif freq == "HOURLY":
            rule["INTERVAL"] = rng.choice([1, 2, 3, 5, 7, 24, 25])
        elif self.chance(0.45):
            rule["INTERVAL"] = rng.choice([1, 2, 2, 3, 4, 5] + ([18] if freq != "YEARLY" else []))
        if freq == "YEARLY":
            self.yearly(rule)
        elif freq == "MONTHLY":
            self.monthly(rule)
        else:
            self.limits(rule, freq)
        self.times_of_day(rule, freq, "BYSETPOS" in rule)
        if self.chance(0.25):
            rule["WKST"] = rng.choice(DAYS)
        return rule

    def zone(self, station, begin):
        form = self.rng.choices(["floating", "tzid", "embedded", "utc"], [3, 5, 2 if begin > EMBEDDED_FROM else 0, 1])[0]
        if form == "floating":
            return Zone(form, station.name)
        if form == "utc":
            return Zone(form, "UTC")
        if form == "embedded":
            tzid = self.rng.choice(sorted(EMBEDDED))
            return Zone(form, EMBEDDED[tzid][0], tzid)
        name = self.rng.choice(ZONES)
        return Zone(form, name, name)

    def length(self, zone, start):
        rng = self.rng
        minutes = rng.choice([5, 10, 15, 25, 30, 60, 90, 180, 300, 720])
        if self.chance(0.5):
            wall = start + dt.timedelta(minutes=minutes)
            if zone.instant(wall) <= zone.instant(start):
                wall = start + dt.timedelta(minutes=720)
                minutes = 720
            return minutes * 60, 0, zone.prop("DTEND", wall)
        if self.chance(0.08):
            return 86400, 0, "DURATION:P1D"
        return 0, minutes * 60, f"DURATION:PT{minutes}M"

    def window(self, freq):
        rng = self.rng
        station = Zone("tzid", rng.choice(STATION_ZONES))
        year = rng.randint(2000, 2036)
        begin = dt.datetime(year, rng.randint(1, 12), rng.randint(1, 28), rng.choice([0, 0, 0, 5, 17]))
        if self.chance(0.6):  # over a night of change of some zone
            zone = Zone("tzid", rng.choice(ZONES))
            days = [dt.datetime(year, 1, 1) + dt.timedelta(days=n) for n in range(364)]
            nights = [day for day in days
                      if zone.offset(zone.instant(day)) != zone.offset(zone.instant(day + dt.timedelta(days=1)))]
            if nights:
                begin = rng.choice(nights) - dt.timedelta(days=rng.randint(0, 2 if FREQS.index(freq) > 3 else 12))
        days = {"YEARLY": rng.randint(300, 2000), "MONTHLY": rng.randint(40, 400), "WEEKLY": rng.randint(10, 90),
                "DAILY": rng.randint(3, 40), "HOURLY": rng.randint(1, 6)}.get(freq, rng.randint(1, 3))
        return station, station.instant(begin), station.instant(begin + dt.timedelta(days=days))

    def start_near(self, zone, begin, end, freq):
        rng = self.rng
        back = 0.0
        if self.chance(0.45) and freq not in ("MINUTELY", "SECONDLY"):
            back = rng.uniform(0.2, 25 if freq in ("YEARLY", "MONTHLY", "WEEKLY") else 6)
        elif self.chance(0.5):
            back = rng.uniform(0, 0.1)
        wall = zone.wall(begin) - dt.timedelta(days=int(back * 365))
        if back == 0.0:
            wall += dt.timedelta(days=rng.randint(0, max(0, (end - begin) // 172800)))
        hour = rng.choice([0, 1, 2, 2, 3, 5, 6, 11, 17, 17, 20, 23])
        wall = wall.replace(hour=hour, minute=rng.choice([0, 0, 15, 30, 45, 59]), second=0)
        floor = dt.datetime(2009, 1, 1) if zone.form == "embedded" else dt.datetime(1975, 1, 1)
        return max(wall, floor.replace(hour=hour))

    def bound(self, rule, zone, begin, end):
        """COUNT, or UNTIL in one of its three forms."""
        rng = self.rng
        if self.chance(0.25):
            rule["COUNT"] = rng.randint(1, 60)
        elif self.chance(0.5):
            instant = rng.randint(begin, end)
            wall = zone.wall(instant)
            form = rng.choice(["utc", "local", "date"] if zone.form != "utc" else ["utc", "date"])
            if zone.form == "floating" and form == "utc":  # 3.3.10: local, as DTSTART
                form = "local"
            rule["_form"] = form
            rule["_until"] = dt.datetime.fromtimestamp(instant, UTC) if form == "utc" else wall
            rule["UNTIL"] = {"utc": utc_stamp(instant), "local": stamp(wall), "date": f"{wall:%Y%m%d}"}[form]

    def master(self, uid, freq, station, begin, end):
        while True:
            zone = self.zone(station, begin)
            start = self.start_near(zone, begin, end, freq)
            rule = self.rule(freq)
            off_rule = self.chance(0.06)
            first = first_time(rule, start, start + dt.timedelta(days=366 * 8 if FREQS.index(freq) < 3 else 366))
            if first is None:
                continue
            if not off_rule:
                start = first
                if first_time(rule, start, start) != start:
                    continue
            if zone.form == "embedded" and start.year < 2009:
                continue
            self.bound(rule, zone, begin, end)
            event = Event(uid, zone, start, *self.length(zone, start), rules=[rule])
            if self.chance(0.04):
                second = self.rule(rng_freq(self.rng, ["WEEKLY", "MONTHLY", "DAILY"]))
                if first_time(second, start, start + dt.timedelta(days=2000)):
                    self.bound(second, zone, begin, end)
                    event.rules.append(second)
            if self.chance(0.04):
                event.rules = []
            return event

    def date_in(self, name, zone, instant, forms):
        """An instant as RDATE, EXDATE or RECURRENCE-ID, in one of the ways to write it."""
        form = self.rng.choices(list(forms), list(forms.values()))[0]
        if zone.form == "floating":
            form = "own"
        if form == "utc":
            return Date(f"{name}:{utc_stamp(instant)}", instant)
        if form == "other":
            other = self.rng.choice(["Asia/Tokyo", "Asia/Kolkata"])  # their clocks never change
            zone = Zone("tzid", other, other)
        wall = zone.wall(instant)
        return Date(zone.prop(name, wall), zone.instant(wall))

    def add_dates(self, event, occurrences, begin, end):
        rng = self.rng
        zone = event.zone
        if self.chance(0.3):
            for _ in range(rng.randint(1, 3)):
                instant = rng.choice(occurrences) if occurrences and self.chance(0.2) else rng.randint(begin, end) // 60 * 60
                date = self.date_in("RDATE", zone, instant, {"own": 6, "utc": 2, "other": 1})
                if self.chance(0.1):
                    date.length_s = rng.choice([600, 5400])
                    date.line = date.line.replace("RDATE", "RDATE;VALUE=PERIOD") + f"/PT{date.length_s // 60}M"
                event.rdates.append(date)
        if occurrences and self.chance(0.35):
            for instant in rng.sample(occurrences, min(len(occurrences), rng.randint(1, 3))):
                if self.chance(0.15):
                    day = zone.wall(instant).date()
                    event.exdates.append(Date(f"EXDATE;VALUE=DATE:{day:%Y%m%d}", day=day))
                else:
                    event.exdates.append(self.date_in("EXDATE", zone, instant, {"own": 6, "utc": 2, "other": 1}))

    def change(self, master, instant):
        rng = self.rng
        zone = master.zone
        if zone.form != "floating" and self.chance(0.1):
            zone = Zone("tzid", "Asia/Tokyo", "Asia/Tokyo")
        shift = rng.choice([dt.timedelta(0), dt.timedelta(minutes=30), dt.timedelta(hours=-1), dt.timedelta(days=1),
                            dt.timedelta(days=-2, hours=3), dt.timedelta(days=9)])
        start = zone.wall(instant) + shift
        if self.chance(0.08):
            day = master.zone.wall(instant).date()
            wall = dt.datetime.combine(day, master.start.time())
            rid = Date(f"RECURRENCE-ID;VALUE=DATE:{day:%Y%m%d}", master.zone.instant(wall), day)
        else:
            rid = self.date_in("RECURRENCE-ID", master.zone, instant, {"own": 8, "utc": 1, "other": 1})
        change = Event(master.uid, zone, start, *self.length(zone, start), rid=rid)
        change.cancelled = self.chance(0.2)
        if self.chance(0.12):
            change.following = True
            change.rid.line = change.rid.line.replace("RECURRENCE-ID", "RECURRENCE-ID;RANGE=THISANDFUTURE")
        return change


EMBEDDED_FROM = int(dt.datetime(2009, 6, 1, tzinfo=UTC).timestamp())


def rng_freq(rng, freqs=FREQS):
    return rng.choice(freqs)


def make(rng, occurrences_of):
    """A calendar; occurrences_of(event, begin, end) gives the instants of a series without changes."""
    maker = Maker(rng)
    freq = rng.choices(FREQS, [4, 5, 6, 6, 3, 2, 1])[0]
    station, begin, end = maker.window(freq)
    events = []
    for n in range(2 if maker.chance(0.2) else 1):
        master = maker.master(f"uid-{n}", freq if n == 0 else rng_freq(rng, ["WEEKLY", "DAILY"]), station, begin, end)
        maker.add_dates(master, occurrences_of(master, begin, end), begin, end)
        family = [master]
        occurrences = occurrences_of(master, begin - 86400, end + 86400)
        if maker.chance(0.4):
            for instant in rng.sample(occurrences, min(len(occurrences), rng.randint(1, 3))):
                change = maker.change(master, instant)
                family.append(change)
                if maker.chance(0.15):  # an older or newer revision of the same
                    again = maker.change(master, instant)
                    again.rid = change.rid
                    again.following = change.following
                    again.sequence, change.sequence = rng.sample([1, 2, 3], 2)
                    family.append(again)
        if maker.chance(0.15):
            for event in family:
                event.sequence += 3
        if maker.chance(0.05):  # the whole series once more, an hour later, as its newer revision
            newer = Event(master.uid, master.zone, master.start, master.clock_s, master.exact_s, master.length_line,
                          master.rules, master.rdates, master.exdates, sequence=master.sequence + 1)
            newer.exdates = []
            family.append(newer)
        if maker.chance(0.3):
            rng.shuffle(family)
        events += family
    for place, event in enumerate(events):
        event.place = place
    return Calendar(station, begin, end, events)
