#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Calendars that mean harm, or are merely far too large, end within a bound of time and memory: with what they say, or
# with a sentence. The bounds protect a machine; they are no measure of speed.
. "$(dirname "$0")/lib.sh"

SECONDS_MAX=120
MEMORY_MAX_KB=1048576

small_station "$work/s"
calendar=$work/s/schedules/regular.ics

begin() { printf 'BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n'; }
end() { printf 'END:VCALENDAR\n'; }
# events N PROPERTIES: N events, each with its own UID
events() {
  awk -v n="$1" -v more="$2" 'BEGIN {
    for (i = 0; i < n; i++)
      printf "BEGIN:VEVENT\nUID:%d\nDTSTART:20230101T170000\nDURATION:PT5M\n%sEND:VEVENT\n", i, more
  }'
}
# minutely PROPERTIES…: an event of every minute since 2023, to be closed by the caller
minutely() {
  printf 'BEGIN:VEVENT\nUID:a\nDTSTART:20230101T000000Z\nDURATION:PT1M\nRRULE:FREQ=MINUTELY\n'
}
# changes N RANGE: changes of the first N minutes, each by half a minute
changes() {
  awk -v n="$1" -v range="$2" 'BEGIN {
    for (i = 0; i < n; i++) {
      day = int(i / 1440); month = 1 + int(day / 28)
      at = sprintf("2023%02d%02dT%02d%02d", month, 1 + day % 28, int(i / 60) % 24, i % 60)
      printf "BEGIN:VEVENT\nUID:a\nRECURRENCE-ID%s:%s00Z\nDTSTART:%s30Z\nDURATION:PT1M\nEND:VEVENT\n", range, at, at
    }
  }'
}
# dates NAME N SECOND: N minutes, a thousand a line
dates() {
  awk -v name="$1" -v n="$2" -v second="$3" 'BEGIN {
    for (i = 0; i < n; i++) {
      day = int(i / 1440); month = 1 + int(day / 28)
      printf "%s2023%02d%02dT%02d%02d%02dZ", i % 1000 ? "," : name ":", month, 1 + day % 28, int(i / 60) % 24, i % 60, second
      if (i % 1000 == 999 || i == n - 1) print ""
    }
  }'
}

# ends NAME STATUS WORDS: the slots of a day end with that status; a sentence that begins at the calendar holds the words
ends() {
  checks=$((checks + 1))
  got=0
  (cd "$work/s" && ulimit -v $((4 * MEMORY_MAX_KB)) &&
    timeout "$SECONDS_MAX" "$HELPERS/bench_measure" "$LOA" slots --day 2023-01-02 3>"$work/measured") \
    >"$work/out" 2>"$work/err" </dev/null || got=$?
  read -r wall _ memory <"$work/measured" || memory=0
  [ "$got" -eq "$2" ] || fail "$1: exit $got, not $2: $(head -3 "$work/err")"
  [ "$memory" -le "$MEMORY_MAX_KB" ] || fail "$1: $memory kB of memory"
  [ "$2" -eq 0 ] || grep -q "^loa: .*regular.ics.*$3" "$work/err" || fail "$1: no such sentence: $(head -3 "$work/err")"
  [ "$(wc -l <"$work/err")" -le 2001 ] || fail "$1: $(wc -l <"$work/err") sentences"
  echo "$1: exit $got, ${wall:-?} s, $memory kB, $(wc -l <"$work/out") lines: $(head -1 "$work/err")"
}

{ begin; events 1000000 ''; end; } >"$calendar"
ends "a million events" 1 'larger than 33554432 bytes'
{ begin; events 430000 ''; end; } >"$calendar"
ends "as many events as a calendar holds" 0 ''
{ begin; events 100000 'RRULE:FREQ=DAILY\n'; end; } >"$calendar"
ends "a hundred thousand daily ones" 0 ''
{ begin; events 300000 'RRULE:FREQ=SECONDLY\n'; end; } >"$calendar"
ends "every second for ever, many times" 1 'more than once a minute'
{ begin; events 5000 'RRULE:FREQ=MINUTELY;COUNT=1000000\n'; end; } >"$calendar"
ends "counts of a million" 1 'too many steps'
{ begin; events 5000 'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\n'; end; } >"$calendar"
ends "rules that never come" 1 'never comes'
{ begin; events 5000 'RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6\n'; end; } >"$calendar"
ends "months that have no such day" 1 'never comes'
{ begin; minutely; echo END:VEVENT; changes 100000 ''; end; } >"$calendar"
ends "a hundred thousand changes" 0 ''
{ begin; minutely; echo END:VEVENT; changes 100000 ';RANGE=THISANDFUTURE'; end; } >"$calendar"
ends "a hundred thousand changes of what follows" 0 ''
{ begin; minutely; dates EXDATE 100000 0; dates RDATE 100000 30; echo END:VEVENT; end; } >"$calendar"
ends "a hundred thousand dates more, and as many less" 0 ''
{ begin; yes BEGIN:VTODO | head -1000000; end; } >"$calendar"
ends "components nested a million deep" 1 'nested too deep'
{ begin; echo BEGIN:VEVENT; echo UID:a; echo DTSTART:20230102T170000; echo DURATION:PT5M; printf 'DESCRIPTION:x'
  yes ' x' | head -1000000; echo; echo END:VEVENT; end; } >"$calendar"
ends "a line folded a million times" 0 ''
begin >"$calendar"; truncate -s 1G "$calendar"
ends "a line of a gigabyte" 1 'larger than 33554432 bytes'
{ begin; echo BEGIN:VEVENT; echo UID:a; printf 'SUMMARY:'; head -c 33000000 /dev/zero | tr '\0' a; } >"$calendar"
ends "a line as long as a calendar, cut off" 1 'cut off'
{ begin; awk 'BEGIN {
    for (i = 0; i < 20000; i++)
      printf "BEGIN:VTIMEZONE\nTZID:Z%d\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0000\n" \
             "RRULE:FREQ=YEARLY;BYMONTH=1;BYDAY=1SU\nEND:STANDARD\nEND:VTIMEZONE\n", i
  }'; end; } >"$calendar"
ends "twenty thousand time zones" 1 'time zones'
{ begin; awk 'BEGIN { for (i = 0; i < 300000; i++) print "BEGIN:VEVENT\nEND:VEVENT" }'; end; } >"$calendar"
ends "a mistake in every line" 1 'has no'
{ begin; awk 'BEGIN { for (i = 0; i < 300000; i++)
    print "BEGIN:VEVENT\nUID:a\nDTSTART:20230102T170000\nDURATION:PT5M\nEND:VEVENT" }'; end; } >"$calendar"
ends "one event three hundred thousand times" 0 ''
finish
