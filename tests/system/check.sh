#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What is at odds in good calendars is named with its winner, its loss and its line; a station mode is listed, holds in
# the plan, and is heard in what airs.
. "$(dirname "$0")/lib.sh"

s=$work/s
small_station "$s"
loa() { "$LOA" -C "$s" "$@"; }

# says NAME REGEX: a line of what was printed last matches.
says() {
  checks=$((checks + 1))
  grep -Eq "$2" "$work/out" || fail "$1: no line is $2 in: $(cat "$work/out")"
}
event() { # event UID LINE…: one more event in the calendar
  {
    printf 'BEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:20230101T000000Z\r\nSUMMARY:%s\r\n' "$1" "$1"
    shift
    for line in "$@"; do printf '%s\r\n' "$line"; done
    printf 'END:VEVENT\r\nEND:VCALENDAR\r\n'
  } >"$work/event"
  sed -i '/^END:VCALENDAR/d' "$s/schedules/regular.ics"
  cat "$work/event" >>"$s/schedules/regular.ics"
}

"$HELPERS/make_tone" "$work/song.wav" 330 48000 144000
loa import --kind ca-nhac --approve "$work/song.wav" >/dev/null 2>&1
sed -i 's/^\[line village\]/&\nfallback = segment:gone, silence/; s/^hours .*/&\nfiller = ca-nhac/' "$s/station.ini"
printf '[mode quoc-tang]\ntitle = Quoc tang\nwithholds = ca-nhac\n' >>"$s/station.ini"
calendar "$s" 'DTSTART:20230501T170000' 'DURATION:PT10M' 'RRULE:FREQ=DAILY' 'ATTACH:segment:tune'
event late 'DTSTART:20230502T170400' 'DURATION:PT30M' 'RRULE:FREQ=WEEKLY' 'RESOURCES:village' 'ATTACH:segment:song'
event mourning 'DTSTART;VALUE=DATE:20230503' 'DTEND;VALUE=DATE:20230505' 'X-LOA-MODE:quoc-tang' 'RESOURCES:village'

event feature 'DTSTART:20230525T110000' 'DURATION:PT5M' 'ATTACH:segment:tune'
event again 'DTSTART:20230630T110000' 'DURATION:PT5M' 'RELATED-TO;RELTYPE=X-LOA-REPEAT:feature'

# A year is looked at in parts, and what one of them does not know another may.
loa check --from 2023-05-01 --to 2024-05-01 --json >"$work/out"
says "a conflict" '"where":"[^"]*regular.ics:4","severity":"warning","rule":"conflict","message":"\\"Test\\" loses 6 min of 10 min on 1 of its 2 lines from 2023-05-02 17:04:00 on: \\"late\\" \([^"]*regular.ics:[0-9]+\) has the same priority and starts later; this happens 53 times until 2024-04-30; move one'
says "a ladder" '"where":"[^"]*station.ini:[0-9]+","severity":"warning","rule":"fallback","message":"the fallback of line village would pass over gone'
checks=$((checks + 1))
grep -q '"rule":"repeat"' "$work/out" && fail "check: what is repeated was there: $(cat "$work/out")"
loa check --from 2023-05-02 --to 2023-05-03 --json >"$work/out"
checks=$((checks + 1))
grep -q 'this happens' "$work/out" && fail "check: more than once in a day: $(cat "$work/out")"

# A mode is listed while it holds, wherever it began.
loa slots --day 2023-05-04 --json >"$work/out"
says "a mode's slot" '"start":"2023-05-03T00:00:00\+07:00","end":"2023-05-05T00:00:00\+07:00".*"lines":\["village"\].*"state":"confirmed".*"mode":"quoc-tang"'
says "a programme's slot" '"title":"Test".*"mode":null'
loa slots --day 2023-05-04 >"$work/out"
says "a mode's row" 'mourning — the station mode quoc-tang holds until 2023-05-05 00:00'

# What fills the programme's slot is heard on the transmitter and not in the village, by plan and by ledger.
loa plan --day 2023-05-04 --json >"$work/out"
says "the plan" '"lines":\["fm","village"\],"segment":"tune"'
loa rehearse --day 2023-05-04 >/dev/null 2>&1 || fail "rehearse: exit $?"
for day in 2023-05-02 2023-05-04 2023-05-05; do
  loa render --from ${day}T17:00:10 --to ${day}T17:00:11 --line village -o "$work/$day.wav" >/dev/null 2>&1 ||
    fail "render $day: exit $?"
done
checks=$((checks + 1))
quiet=$(od -An -v -tx1 -j 1000 -N 40000 "$work/2023-05-04.wav" | tr -d ' 0\n' | wc -c)
loud=$(od -An -v -tx1 -j 1000 -N 40000 "$work/2023-05-05.wav" | tr -d ' 0\n' | wc -c)
[ "$quiet" -eq 0 ] && [ "$loud" -gt 0 ] || fail "music in the village: $quiet bytes on the mode's day, $loud after it"
checks=$((checks + 1))
loa plan --day 2023-05-04 --json | grep '"kind":"ca-nhac"' | grep -q village && fail "the plan has music for the village"

# An unknown mode is named with the nearest, at its line.
sed -i 's/X-LOA-MODE:quoc-tang/X-LOA-MODE:quoc-tan/' "$s/schedules/regular.ics"
loa check >"$work/out" 2>&1 && fail "check: an unknown mode is no error"
says "an unknown mode" 'regular.ics:[0-9]+: the station has no mode "quoc-tan"; did you mean "quoc-tang"\?'
finish
