#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A calendar that is edited, and a recording that is approved, while the radio is on air: what lies ahead changes, what
# is on stays, and plan, rehearsal and radio agree.
. "$(dirname "$0")/lib.sh"

s=$work/s
small_station "$s"
sed -i 's/^hours .*/hours = 00:00-24:00/; s/^timezone .*/timezone = UTC/' "$s/station.ini"
for name in long flood late; do "$HELPERS/make_tone" "$work/$name.wav" 500 48000 $((48000 * 40)); done
"$HELPERS/make_tone" "$work/flood.wav" 700 48000 $((48000 * 3))
"$LOA" -C "$s" import --kind tin --topic reform --approve "$work/long.wav" "$work/late.wav" >/dev/null 2>&1
"$LOA" -C "$s" import --kind khan-cap --approve "$work/flood.wav" >/dev/null 2>&1
at() { date -u -d "@$1" +%Y%m%dT%H%M%SZ; }
sql() { sqlite3 -cmd '.timeout 10000' "$s/loa.db" "$1"; }
expect() { # expect NAME VALUE ACTUAL
  checks=$((checks + 1))
  [ "$2" = "$3" ] || fail "$1: $3, not $2"
}
wait_for() { # wait_for NAME SQL: until the query says 1
  tries=0
  while [ "$(sql "$2")" != 1 ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { fail "$1: not after 30 s: $(tail -5 "$work/log")"; finish; exit 1; }
    sleep 0.05
  done
}

# On air: a programme that began two seconds ago, and one in an hour.
now=$(date +%s)
calendar "$s" "DTSTART:$(at $((now - 2)))" 'DURATION:PT1M' 'ATTACH:segment:long' 'END:VEVENT' 'BEGIN:VEVENT' 'UID:e2@test' \
  'DTSTAMP:20230101T000000Z' "DTSTART:$(at $((now + 3600)))" 'DURATION:PT10M' 'ATTACH:segment:late'
# A station that has never been on air has heard nothing: today's first is no repeat.
"$LOA" -C "$s" plan --from "$(date -u -d "@$now" +%Y-%m-%dT%H:%M:%SZ)" --json >"$work/plan"
expect "repeats of what was never heard" 0 "$(grep -c '"repeat":true' "$work/plan")"
new_log
"$LOA" -C "$s" run >>"$work/log" 2>&1 &
pid=$!
wait_for "the first programme" "SELECT count(*) FROM airing WHERE segment_code = 'long'"

# While it is on: the later programme is taken out, and an emergency is put over this one in ten seconds.
soon=$(($(date +%s) + 10))
calendar "$s" "DTSTART:$(at $((now - 2)))" 'DURATION:PT1M' 'ATTACH:segment:long' 'END:VEVENT' 'BEGIN:VEVENT' 'UID:e3@test' \
  'DTSTAMP:20230101T000000Z' "DTSTART:$(at $soon)" 'DURATION:PT5S' 'PRIORITY:1' 'CATEGORIES:khan-cap' 'ATTACH:segment:flood'
wait_for "the emergency" "SELECT count(*) FROM airing WHERE segment_code = 'flood'"
wait_for "the programme afterwards" "SELECT count(*) = 2 FROM airing WHERE segment_code = 'long'"
expect "the emergency's start" "$soon" "$(sql "SELECT start_us / 1000000.0 FROM airing WHERE segment_code = 'flood'" | sed 's/\.0$//')"
expect "what was on, taken" preempted "$(sql "SELECT cause FROM airing_end JOIN airing ON id = airing_id WHERE segment_code = 'long'")"
expect "pieces at a wrong place of their recording" 0 "$(sql "SELECT count(*) FROM airing a WHERE segment_code = 'long' AND
  abs(offset_frames - (start_us - $((now - 2)) * 1000000) * 0.048) > 1")"
expect "the programme that was taken out" 0 "$(sql "SELECT count(*) FROM plan_item WHERE segment_id IN (SELECT id FROM segment WHERE code = 'late')")"
checks=$((checks + 1))
grep -q 'planned anew' "$work/log" || fail "the log does not tell of the new plan: $(cat "$work/log")"

# A broken calendar is told, and changes nothing.
cp "$s/schedules/regular.ics" "$work/good.ics"
head -c 200 "$work/good.ics" >"$s/schedules/regular.ics"
tries=0
until grep -q 'regular.ics:[0-9]*: ' "$work/log"; do
  tries=$((tries + 1))
  [ "$tries" -lt 300 ] || { fail "the broken calendar is not told: $(cat "$work/log")"; break; }
  sleep 0.05
done
kill -0 "$pid" 2>/dev/null || fail "a broken calendar ended the radio"
cp "$work/good.ics" "$s/schedules/regular.ics"
kill -INT "$pid"
wait "$pid" || fail "stopping the radio: exit $?"

# Plan and rehearsal of tomorrow say the same, with what was frozen and edited behind them.
calendar "$s" "DTSTART:$(date -u -d 'tomorrow' +%Y%m%dT120000Z)" 'DURATION:PT10M' 'ATTACH:segment:late' 'ATTACH:segment:long'
day=$(date -u -d 'tomorrow' +%Y-%m-%d)
"$LOA" -C "$s" plan --day "$day" --json | sed -n 's/.*"start":"\([^"]*\)".*"segment":"\([^"]*\)".*/\1 \2/p' >"$work/planned"
"$LOA" -C "$s" rehearse --day "$day" --json | grep '"line":"fm"' | sed -n 's/.*"start":"\([^"]*\)".*"segment":"\([^"]*\)".*/\1 \2/p' >"$work/rehearsed"
checks=$((checks + 1))
[ -s "$work/planned" ] && cmp -s "$work/planned" "$work/rehearsed" || fail "plan and rehearsal differ: $(diff "$work/planned" "$work/rehearsed")"
# However far ahead a day is asked for, it is the same.
"$LOA" -C "$s" plan --from "$(date -u +%Y-%m-%d)" --to "$(date -u -d '3 days' +%Y-%m-%d)" --json | grep "\"start\":\"$day" >"$work/a" || true
"$LOA" -C "$s" plan --day "$day" --json >"$work/b"
checks=$((checks + 1))
cmp -s "$work/a" "$work/b" || fail "a day's plan depends on how it is asked for"
finish
