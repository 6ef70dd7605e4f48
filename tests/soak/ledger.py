# SPDX-License-Identifier: GPL-3.0-or-later
"""What was heard of a line beside what was meant, and beside what the ledger says of it."""
import calendar
import re
import sqlite3
import time

RATE = 48000
SPECK = 0.005  # seconds: by so much the place of a sound that a codec changed is not known


def frame_of_name(name):
    """About the first frame of an archive's file: its name tells the second."""
    instant = re.search(r"(\d{8}T\d{6})Z", name).group(1)
    return calendar.timegm(time.strptime(instant, "%Y%m%dT%H%M%S")) * RATE


def outages(begin, until, path):
    """Those of [begin, until), by line: from, to and why, in seconds; to is None while it goes on."""
    found = {}
    with sqlite3.connect("file:%s?mode=ro" % path, uri=True) as db:
        for line, start, end, reason in db.execute(
                "SELECT line, start_us, end_us, reason FROM outage LEFT JOIN outage_end ON outage_id = id ORDER BY start_us"):
            if start / 1e6 < until and (end is None or end / 1e6 > begin):
                found.setdefault(line, []).append((start / 1e6, end and end / 1e6, reason))
    return found


def joined(spans, apart):
    """Spans in order, those nearer than that as one."""
    result = []
    for start, end in sorted(spans):
        if result and start - result[-1][1] <= apart:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


class Heard:
    """Of the frames [first, last): which were heard in no place, and which twice."""

    def __init__(self, heard, first, last):
        self.first, self.last = first, last
        self.figures = heard["figures"]
        self.steps = heard["step"]
        self.breaks = [frame / RATE for frame, in heard["break"] if first < frame < last]
        spans = sorted(heard["run"])
        self.doubled = 0
        holes = list(heard["wrong"])
        at = first
        for start, end in spans:
            if start > at:
                holes.append((at, start))
            elif at > first:
                self.doubled += max(0, min(at, end) - start)
            at = max(at, end)
        if at < last:
            holes.append((at, last))
        holes = [(max(start, first), min(end, last)) for start, end in holes if end > first and start < last]
        self.holes = [(start / RATE, end / RATE) for start, end in joined(holes, SPECK * RATE)
                      if end - start > SPECK * RATE or self.is_exact()]
        self.heard = last - first - sum(end - start for start, end in joined(holes, 0))

    def sum(self, key):
        return sum(int(figures.get(key, 0)) for figures in self.figures)

    def is_exact(self):
        return self.sum("exact") > 0

    def worst(self, key, of):
        values = [float(figures[key]) for figures in self.figures if key in figures]
        return of(values) if values else None

    def line(self, name):
        text = "%-11s %10d frames, %d holes (%.3f s), %d doubled, %d steps, %d lost, %d apart; %d windows, %d exact, %d moved, " \
            "least alike %.3f" % (name, self.heard, len(self.holes), sum(end - start for start, end in self.holes), self.doubled,
                                  len(self.steps), self.sum("lost"), self.sum("apart"), self.sum("windows"), self.sum("exact"),
                                  self.sum("moved"), self.worst("alike", min) or 0)
        if self.worst("last", max) is not None:
            text += "; %d onsets, %.3f to %.3f ms, middle %.3f, p99 %.3f" % (
                self.sum("onsets"), self.worst("first", min), self.worst("last", max), self.worst("middle", max),
                self.worst("p99", max))
        if name == "device":
            text += "; %d within a frame of the one before by the device's count" % self.sum("near")
        return text


def told(spans, begin):
    return ", ".join("%.3f to %.3f s" % (start - begin, end - begin) for start, end in spans[:8]) or "none"


# How far what the ledger tells of an outage may be from what was heard, in seconds.
AGREE = {"device": 1.0, "stream-opus": 3.0, "stream-mp3": 3.0, "rtp-opus": 2.5, "rtp-l16": 2.5, "archive": 0.5}


def before(line):
    """How much of a line may be lost before a fault, in seconds: what lay in its server."""
    return AGREE[line] if line.startswith("stream") else 1


def hull(spans):
    return (min(start for start, end in spans), max(end for start, end in spans)) if spans else None


def check_fault(run, line, found, fault, outages_of_line):
    """What the ledger says of a fault is what was lost by it."""
    lost = hull([span for span in found.holes if fault.holds(*span, before(line))])
    of_ledger = hull([(start, end or run.end) for start, end, why in outages_of_line
                      if start < fault.until() and (end or run.end) > fault.begin - 1])
    bound = AGREE.get(line, 0.1)
    if lost and of_ledger:
        off = max(abs(lost[0] - of_ledger[0]), abs(lost[1] - of_ledger[1]))
    else:
        off = max([0] + [span[1] - span[0] for span in (lost, of_ledger) if span])
    print("  %s: lost %s, by the ledger %s" % (fault.name, told([lost] if lost else [], run.begin),
                                              told([of_ledger] if of_ledger else [], run.begin)))
    run.check(off <= bound, "%s: %s: the ledger is %.3f s off, more than %.1f s" % (line, fault.name, off, bound))


def check_line(run, line, found, faults, outages_of_line):
    """Nothing is missing, nothing came twice and nothing was late but by what was done to this line."""
    network = line.startswith("rtp") or line == "group"
    if line == "device" and not run.is_realtime:
        return  # it is late when the machine is busy, and the radio follows it
    skips = found.breaks if line == "device" else []  # of the server without hardware
    holes = [span for span in found.holes if not any(fault.holds(*span, before(line)) for fault in faults) and
             not any(span[0] - 0.5 < skip < span[1] + 0.5 for skip in skips)]
    run.check(not holes, "%s: heard in no place: %s" % (line, told(holes, run.begin)))
    steps = [(frame / RATE - run.begin, off) for frame, off in found.steps
             if not any(fault.holds(frame / RATE, frame / RATE) for fault in faults)]
    run.check(len(steps) <= len(skips), "%s: steps, in seconds and frames: %s" % (line, steps[:8]))
    run.check(found.doubled == 0 or faults or skips, "%s: %d frames twice" % (line, found.doubled))
    others = [outage for outage in outages_of_line
              if not any(fault.begin - 1 < outage[0] < fault.until() for fault in faults)]
    run.check(not others, "%s: the ledger tells of outages: %s" % (line, others[:4]))
    run.check(found.sum("exact") > 0 or line not in ("device", "rtp-l16", "archive"), line + ": nothing is as rendered")
    for fault in faults:
        check_fault(run, line, found, fault, outages_of_line)
    if network and not faults:
        run.check(found.sum("lost") + found.sum("apart") == 0, line + ": the packets' numbers have gaps")
    if run.is_long and network:
        run.check(found.worst("last", max) <= 20 and found.worst("first", min) >= -20, line + ": an onset is off by more than 20 ms")
    if run.is_long and line == "device":
        # A device that stood still is late by that, until it has been made up for; by more than 100 ms it is put right.
        run.check(abs(found.worst("middle", max)) <= 11, "device: the sound is not in its time")
        run.check(found.worst("last", max) <= 110 and found.worst("first", min) >= -110, "device: the sound has left its time")
