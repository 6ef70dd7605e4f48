# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by the system tests: $1 is the loa program, $2 the folder of the test helpers.
set -eu
LOA=$1
HELPERS=$2
export LANG=en_US.UTF-8 LC_ALL=
work=$(mktemp -d "${TMPDIR:-/tmp}/loa-system-XXXXXX")
trap 'rm -rf "$work"' EXIT
failures=0
checks=0

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# The closing line, and the exit status of the test.
finish() {
  echo "$((checks - failures)) passed, $failures failed"
  [ "$failures" -eq 0 ]
}

# An empty $work/log for what is started next in the background with >>: if that emptied it, what an
# earlier program said could still be read for a while.
new_log() { : >"$work/log"; }

# wait_until NAME COMMAND…: until it succeeds, for 30 s or $patience looks; if it does not, what $work/log says last is shown.
wait_until() {
  name=$1
  shift
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt "${patience:-600}" ] || { fail "$name: not in time: $(tail -5 "$work/log")"; finish; exit 1; }
    sleep 0.05
  done
  checks=$((checks + 1))
}

# small_station DIR: two lines, a zone, a topic with a quota, one approved segment `tune`.
small_station() {
  mkdir -p "$1/schedules" "$1/inbox"
  cat >"$1/station.ini" <<'INI'
[station]
title    = Small station
timezone = Asia/Ho_Chi_Minh
language = en
hours    = 05:00-21:00

[line fm]
title  = Transmitter
output = null:

[line village]
title  = Village
output = null:

[zone both]
title = Both
lines = fm, village

[topic reform]
title = Reform
quota = 2023: 10 min

[layer regular]
calendar = schedules/regular.ics
INI
  calendar "$1" 'DTSTART:20230101T170000' 'DURATION:PT10M' 'RRULE:FREQ=DAILY' 'ATTACH:segment:tune'
  "$HELPERS/make_tone" "$work/tune.wav" 440 48000 96000
  "$LOA" -C "$1" import --kind tin --topic reform --approve "$work/tune.wav" >/dev/null 2>&1
}

# calendar DIR LINE…: the station's calendar, one event with these property lines.
calendar() {
  dir=$1
  shift
  {
    printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:e1@test\r\n'
    printf 'DTSTAMP:20230101T000000Z\r\nSUMMARY:Test\r\n'
    for line in "$@"; do printf '%s\r\n' "$line"; done
    printf 'END:VEVENT\r\nEND:VCALENDAR\r\n'
  } >"$dir/schedules/regular.ics"
}
