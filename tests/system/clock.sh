#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A machine that starts with a clock that cannot be right plays nothing that is scheduled, and says so, until it is set;
# then what is on is joined where it should be. Who knows better can tell it to go on.
. "$(dirname "$0")/lib.sh"
command -v sqlite3 >/dev/null || { echo "sqlite3 is missing; run tools/setup --tests"; exit 1; }

s=$work/s
small_station "$s"
"$HELPERS/make_tone" "$work/long.wav" 300 48000 $((48000 * 300))
"$LOA" -C "$s" import --kind tin --topic reform --approve "$work/long.wav" >/dev/null 2>&1
calendar "$s" 'DTSTART:20260101T170000' 'DURATION:PT10M' 'RRULE:FREQ=DAILY' 'ATTACH:segment:long'
sql() { sqlite3 -cmd '.timeout 10000' "$s/loa.db" "$1"; }
is() { [ "$(sql "$1")" = "$2" ]; }
at() { TZ=Asia/Ho_Chi_Minh date -d "$1" +%s; }

# on_air INSTANT [OPTION…]: the radio, as if it were then, in the background.
on_air() {
  rm -f "$work/step"
  instant=$(at "$1")
  shift
  new_log
  LD_PRELOAD=$HELPERS/set_clock.so LOA_CLOCK=$instant LOA_CLOCK_STEP=$work/step "$LOA" -C "$s" run "$@" >>"$work/log" 2>&1 &
  pid=$!
}
off_air() {
  kill -INT "$pid"
  wait "$pid" || fail "stopping the radio: exit $?: $(tail -3 "$work/log")"
}
expect() { # expect NAME VALUE SQL
  checks=$((checks + 1))
  is "$3" "$2" || fail "$1: $(sql "$3"), not $2"
}

# A clock that was never set.
on_air '2023-05-10 17:01:00'
wait_until "held" grep -q 'clock of this machine was never set' "$work/log"
sleep 2
expect "airings while the clock was never set" 0 "SELECT count(*) FROM airing"
off_air

on_air '2026-05-10 17:01:00'
wait_until "on air" is "SELECT count(*) FROM airing" 1
off_air
expect "warnings of a good clock" 1 "SELECT $(grep -c 'clock of this machine' "$work/log") = 0"

# Three hours before what was aired already, and then set right, in the middle of the next day's programme.
on_air '2026-05-10 14:00:00'
wait_until "held again" grep -q 'earlier than the ledger, which ends at 2026-05-10T17:01' "$work/log"
expect "airings while it is held" 1 "SELECT count(*) FROM airing"
echo $(($(at '2026-05-11 17:02:00') - $(at '2026-05-10 14:00:00'))) >"$work/step.new"
mv "$work/step.new" "$work/step"
wait_until "on air again" is "SELECT count(*) FROM airing" 2
grep -q 'the clock is right now' "$work/log" || fail "nobody said that the clock is right: $(cat "$work/log")"
off_air
expect "what was joined at a wrong place" 0 \
  "SELECT count(*) FROM airing WHERE abs(offset_frames - (start_us - planned_start_us) * 0.048) > 1"
expect "the second, two minutes into it" 1 "SELECT offset_frames BETWEEN 120 * 48000 AND 150 * 48000 FROM airing WHERE id = 2"

# Told to, it plays by the clock as it is; and what has aired does not air again.
on_air '2026-05-10 17:00:30' --trust-clock
sleep 2
off_air
on_air '2026-05-09 17:00:30' --trust-clock
wait_until "on air, as told" is "SELECT count(*) FROM airing WHERE start_us < 1778407200000000" 1
off_air
expect "what began before where it had aired to" 0 \
  "SELECT count(*) FROM airing a JOIN airing b ON b.slot_recurrence_us = a.slot_recurrence_us AND b.id > a.id
   JOIN airing_end e ON e.airing_id = a.id WHERE b.start_us < e.end_us"
finish
