#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What is frozen changes only as a revision that tells who changed what, when and why, however often the radio is killed.
. "$(dirname "$0")/lib.sh"

s=$work/s
small_station "$s"
sed -i 's/^hours .*/hours = 00:00-24:00/; s/^timezone .*/timezone = UTC/' "$s/station.ini"
"$HELPERS/make_tone" "$work/news.wav" 500 48000 $((48000 * 40))
"$LOA" -C "$s" import --kind tin --topic reform --approve "$work/news.wav" >/dev/null 2>&1
at() { date -u -d "@$1" +%Y%m%dT%H%M%SZ; }
rfc() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%S+00:00; }
sql() { sqlite3 -cmd '.timeout 10000' "$s/loa.db" "$1"; }
loa() { "$LOA" -C "$s" "$@" 2>>"$work/err"; }
expect() { # expect NAME VALUE ACTUAL
  checks=$((checks + 1))
  [ "$2" = "$3" ] || fail "$1: $3, not $2"
}
says() { # says NAME FILE TEXT…: the file has each of these texts
  name=$1 file=$2
  shift 2
  for text in "$@"; do
    checks=$((checks + 1))
    grep -qF -- "$text" "$file" || fail "$name has no $text: $(cat "$file")"
  done
}
wait_for() { # wait_for NAME COMMAND…: until it says 1
  name=$1 tries=0
  shift
  while [ "$("$@")" != 1 ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { fail "$name: not after 30 s: $(tail -5 "$work/log")"; finish; exit 1; }
    sleep 0.05
  done
}
revisions() { [ "$(sql "SELECT count(*) FROM plan_revision")" = "$1" ] && echo 1 || true; }
anew() { [ "$(grep -c 'planned anew' "$work/log")" -ge "$1" ] && echo 1 || true; }
on_air() { [ "$(grep -c 'on air:' "$work/log")" = "$1" ] && echo 1 || true; }
n_started=0
radio() {
  "$LOA" -C "$s" run --no-supervisor >>"$work/log" 2>&1 &
  pid=$!
  n_started=$((n_started + 1))
  wait_for "the radio" on_air "$n_started"
}

# The plan of a time that is under way has what is over by now, as it would have aired, and what is to come.
now=$(date +%s)
calendar "$s" "DTSTART:$(at $((now - 7200)))" 'DURATION:PT10M' 'RRULE:FREQ=HOURLY;INTERVAL=3;COUNT=2' 'ATTACH:segment:news'
loa plan --from "$(rfc $((now - 10800)))" --to "$(rfc $((now + 7200)))" --json | sed -n 's/.*"start":"\([^"]*\)".*/\1/p' >"$work/out"
expect "the plan of a time that is under way" "$(rfc $((now - 7200))) $(rfc $((now + 3600))) " "$(tr '\n' ' ' <"$work/out")"

# News in some hours and a day later; then the later one is moved by half an hour.
# At an hour of the day that leaves room for the moves below before midnight, where a table would say the date too.
base=$(($(date +%s) / 60 * 60 + 3 * 3600))
[ "$(date -u -d "@$base" +%H)" -lt 22 ] || base=$((base + 4 * 3600))
events() { # events START: that of tomorrow's news
  calendar "$s" "DTSTART:$(at $base)" 'DURATION:PT10M' 'RRULE:FREQ=DAILY;COUNT=2' 'ATTACH:segment:news' 'END:VEVENT' 'BEGIN:VEVENT' \
    'UID:e1@test' 'DTSTAMP:20230101T000000Z' 'SUMMARY:Test' "RECURRENCE-ID:$(at $((base + 86400)))" "DTSTART:$(at "$1")" \
    'DURATION:PT10M' 'ATTACH:segment:news'
}
events $((base + 86400))
: >"$work/log"
radio
wait_for "the frozen plan" sql "SELECT count(*) = 2 FROM plan_item JOIN segment ON segment.id = segment_id WHERE code = 'news'"
expect "revisions of a plan that was frozen first" "" "$(loa plan --revisions --json)"
events $((base + 86400 + 1800))
wait_for "the first revision" revisions 1
loa plan --revisions --json >"$work/out"
expect "changes of the first revision" 1 "$(wc -l <"$work/out")"
says "the first revision" "$work/out" '"revision":1,' '"change":"moved"' '"uid":"e1@test"' '"kind":"calendar"' \
  '"subject":"schedules/regular.ics"' '"act":"edited"' "\"who\":\"$(stat -c %U "$s/schedules/regular.ics")\"" \
  "\"before\":{\"start\":\"$(rfc $((base + 86400)))\"" "\"after\":{\"start\":\"$(rfc $((base + 86400 + 1800)))\"" '"lines":["fm","village"]'
loa plan --revisions >"$work/out"
says "the table" "$work/out" "Test: moved from $(date -u -d "@$((base + 86400))" +%H:%M) to " 'schedules/regular.ics was edited by '
says "the log" "$work/log" 'revision 1 of the frozen plan, changes: 1 (schedules/regular.ics was edited by '
loa plan --from "$(date -u +%Y-%m-%d)" --to "$(date -u -d '4 days' +%Y-%m-%d)" --json >"$work/out"
says "the plan" "$work/out" "$(rfc $((base + 86400 + 1800)))"

# A file that is touched and says the same.
n=$(grep -c 'planned anew' "$work/log")
touch "$s/schedules/regular.ics"
wait_for "the plan made anew" anew $((n + 1))
expect "revisions after a touch" 1 "$(sql "SELECT count(*) FROM plan_revision")"

# A decision names the person.
LOA_USER=Hòa loa segment withdraw news --reason 'sai số liệu' >/dev/null
wait_for "the withdrawal" revisions 2
loa plan --revisions --from "$(rfc $base)" --json | grep '"revision":2,' >"$work/out"
expect "changes of the withdrawal" 2 "$(wc -l <"$work/out")"
says "the withdrawal" "$work/out" '"kind":"library","subject":"news","act":"withdrawn","who":"Hòa"' '"reason":"sai số liệu"' \
  '"state":"refused","reason":"recording news was withdrawn by Hòa on '
LOA_USER=Minh loa segment approve news >/dev/null
wait_for "the approval" revisions 3
loa plan --revisions >"$work/out"
says "the table" "$work/out" 'Test: it airs after all — news was approved by Minh on ' 'Test: it does not air: recording news was withdrawn by Hòa on '
expect "changes of another time" "Nothing that was frozen for that time was changed." "$(loa plan --revisions --day 2023-05-10)"

# Killed at any moment, also between an edit and its revision: all of it is there or nothing, and the next start makes it good.
for shift_by in 6 9 10 11 13; do
  events $((base + 86400 + shift_by * 60))
  sleep "$((shift_by / 10)).$((shift_by % 10))"
  kill -9 "$pid"
  wait "$pid" 2>/dev/null || true
  expect "halves of revisions after a kill" 0 "$(sql "SELECT count(*) FROM plan_revision WHERE id NOT IN (SELECT revision_id FROM plan_change)
    OR id NOT IN (SELECT revision_id FROM plan_cause)")"
  expect "changes without both sides" 0 "$(sql "SELECT count(*) FROM plan_change WHERE change = 'moved' AND
    (SELECT count(*) FROM plan_outcome WHERE change_id = plan_change.id) <> 2")"
  expect "where the last revision and the plan differ" 0 "$(sql "SELECT count(*) FROM plan_item WHERE slot_recurrence_us = $((base + 86400)) * 1000000
    AND start_us <> (SELECT start_us FROM plan_outcome JOIN plan_change ON id = change_id WHERE side = 'after'
    AND slot_recurrence_us = $((base + 86400)) * 1000000 ORDER BY change_id DESC LIMIT 1)")"
  radio
  wait_for "the edit" sql "SELECT count(*) FROM plan_item WHERE start_us = $((base + 86400 + shift_by * 60)) * 1000000"
done
expect "moves, each told once" 6 "$(sql "SELECT count(*) FROM plan_change WHERE change = 'moved'")"

# Killed while a calendar is broken or gone: the radio comes back with the calendars as they were, and the modes in them.
for breaking in "sed -i s/FREQ=DAILY/FREQ=BAD/" rm; do
  : >"$work/log"
  $breaking "$s/schedules/regular.ics"
  wait_for "the mistake" sh -c "grep -c 'stay in force' '$work/log'"
  kill -9 "$pid"
  wait "$pid" 2>/dev/null || true
  : >"$work/log"
  n_started=0
  radio
  says "the log of a start with a broken calendar" "$work/log" 'the calendars as they were before stay in force until the mistake is mended'
  expect "the plan after a start with a broken calendar" 1 "$(sql "SELECT count(*) FROM plan_item WHERE start_us = $((base + 86400 + 13 * 60)) * 1000000")"
  # It plans on with them.
  LOA_USER=Hòa loa segment withdraw news --reason 'sai số liệu' >/dev/null
  wait_for "a withdrawal with a broken calendar" sql "SELECT count(*) = 2 FROM plan_item WHERE state = 'refused' AND slot_start_us > $((base - 60)) * 1000000"
  LOA_USER=Minh loa segment approve news >/dev/null
  wait_for "an approval with a broken calendar" sql "SELECT count(*) = 2 FROM plan_item WHERE state = 'planned' AND slot_start_us > $((base - 60)) * 1000000"
  events $((base + 86400 + 13 * 60))
  wait_for "the mended calendar" anew 1
  cmp -s "$s/schedules/regular.ics" "$s/calendars/regular.kept.ics" || fail "the copy that is kept is not the calendar that was read"
done
# What lies there of a radio that was killed while it read is never taken for a calendar.
kill -INT "$pid"
wait "$pid" || fail "stopping the radio: exit $?"
echo "half of a calendar" >"$s/calendars/regular.new.ics"
: >"$work/log"
n_started=0
radio
cmp -s "$s/schedules/regular.ics" "$s/calendars/regular.kept.ics" || fail "half of a calendar is kept"
# Of a radio that froze nothing of the time ahead nothing is taken.
kill -INT "$pid"
wait "$pid" || fail "stopping the radio: exit $?"
cp -a "$s" "$work/old"
rm "$work/old/schedules/regular.ics"
sqlite3 "$work/old/loa.db" "DELETE FROM plan_item; DELETE FROM plan_window"
expect "a start with a calendar that is gone, and no plan" 1 "$("$LOA" -C "$work/old" run >/dev/null 2>&1 || echo $?)"

# Without a radio too the plan is the frozen one, until what it is made of changes.
tomorrow() { loa plan --from "$(rfc $((base + 80000)))" --to "$(rfc $((base + 100000)))" --json | sed -n 's/.*"start":"\([^"]*\)".*/\1/p'; }
sql "UPDATE plan_item SET start_us = start_us + 1000000 WHERE slot_recurrence_us = $((base + 86400)) * 1000000"
expect "the frozen plan" "$(rfc $((base + 86400 + 13 * 60 + 1)))" "$(tomorrow)"
events $((base + 86400 + 3600))
expect "the plan that comes next" "$(rfc $((base + 86400 + 3600)))" "$(tomorrow)"
expect "revisions before it is stored" 6 "$(sql "SELECT count(*) FROM plan_change WHERE change = 'moved'")"
finish
