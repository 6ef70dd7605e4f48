#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A radio that runs is asked and stopped: by several at once, over its death, and written down as it was heard.
. "$(dirname "$0")/lib.sh"
command -v sqlite3 >/dev/null || { echo "sqlite3 is missing; run tools/setup --tests"; exit 1; }

s=$work/s
small_station "$s"
sed -i 's/^hours .*/hours = 00:00-24:00/; s/^timezone .*/timezone = UTC/' "$s/station.ini"
"$HELPERS/make_tone" "$work/long.wav" 500 48000 $((48000 * 600))
"$LOA" -C "$s" import --kind tin --topic reform --approve "$work/long.wav" >/dev/null 2>&1
begins=$(($(date +%s) - 2))
calendar "$s" "DTSTART:$(date -u -d "@$begins" +%Y%m%dT%H%M%SZ)" 'DURATION:PT30M' 'RRULE:FREQ=DAILY' 'ATTACH:segment:long'
sql() { sqlite3 -cmd '.timeout 10000' "$s/loa.db" "$1"; }
loa() { "$LOA" -C "$s" "$@"; }
expect() { # expect NAME VALUE ACTUAL
  checks=$((checks + 1))
  [ "$2" = "$3" ] || fail "$1: $3, not $2"
}
status_of() { loa "$@" >"$work/out" 2>"$work/err" && echo 0 || echo $?; }
# A full disk of the machine that tests is not what this is about.
states() { (loa status --json 2>/dev/null || true) | sed -n 's/.*"state":"\([^"]*\)".*/\1/p' | tr '\n' ' '; }
states_are() { [ "$(states)" = "$1" ]; }
# Gone, or not collected yet by whoever inherits it.
has_ended() {
  state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -c1)
  [ -z "$state" ] || [ "$state" = Z ]
}
radio() {
  "$LOA" -C "$s" run "$@" >>"$work/log" 2>&1 &
  pid=$!
}

# Without a radio.
expect "the status without a radio" 3 "$(status_of status)"
grep -q 'no radio runs' "$work/err" || fail "says not that no radio runs: $(cat "$work/err")"
expect "the metrics without a radio" 3 "$(status_of status --prometheus)"
expect "up, without a radio" "loa_up 0" "$(grep '^loa_up' "$work/out")"
expect "a stop without a radio" 3 "$(status_of stop)"

radio
wait_until "sound on both lines" states_are "on-air on-air "
expect "the lines" "fm village " "$(loa status --json | sed -n 's/^{"line":"\([^"]*\)".*/\1/p' | tr '\n' ' ')"
for key in line state item level_dbfs start_error_us underruns reconnects; do
  expect "lines with $key" 2 "$(loa status --json 2>/dev/null | grep -c "\"$key\":")"
done
expect "what is on" 2 "$(loa status --json 2>/dev/null | grep -c '"item":"long"')"
tomorrow=$(date -u -d "@$((begins + 86400))" +%Y-%m-%dT%H:%M:%S)
expect "what comes next" 2 "$(loa status --json 2>/dev/null | grep -c "\"next\":\"long\",\"next_title\":\"[^\"]*\",\"next_start\":\"$tomorrow")"
loa status 2>/dev/null | grep -q "$(date -u -d "@$((begins + 86400))" "+%m-%d %H:%M")" || fail "the table says not what comes next: $(loa status)"
expect "metrics of a line" 1 "$(loa status --prometheus | grep -c '^loa_line_on_air{line="fm"} 1$')"

# Prometheus' own parser: every metric has its help and type, and each line its sample.
if /usr/bin/python3 -c 'import prometheus_client' 2>/dev/null; then
  loa status --prometheus >"$work/metrics"
  expect "metrics that Prometheus reads" "22 lines, level below 0, up" "$(/usr/bin/python3 - "$work/metrics" <<'PY'
import sys
from prometheus_client.parser import text_string_to_metric_families
families = {f.name: f for f in text_string_to_metric_families(open(sys.argv[1], encoding="utf-8").read())}
assert all(f.documentation and f.type in ("gauge", "counter") for f in families.values())
n = sum(1 for f in families.values() for s in f.samples if s.labels.get("line") in ("fm", "village"))
level = max(s.value for s in families["loa_line_level_dbfs"].samples)
print(n, "lines,", "level below 0," if -60 < level < 0 else level, "up" if families["loa_up"].samples[0].value == 1 else "")
PY
)"
else
  echo "python3-prometheus-client is missing: metrics are not read by Prometheus' parser"
fi

# Several at once, and each has its whole answer.
for i in 1 2 3 4 5 6; do
  (n=0; while [ $n -lt 10 ]; do loa status --json >>"$work/many.$i" || echo failed >>"$work/many.$i"; n=$((n + 1)); done) &
  many="${many:-} $!"
done
# shellcheck disable=SC2086
wait $many
expect "lines of sixty answers" 120 "$(cat "$work"/many.* | grep -c '^{"line":.*}$')"

# One line; the other sounds on. The ledger ends the airing there as stopped.
expect "a stop of a line that does not exist" 1 "$(status_of stop --line nowhere)"
expect "the stop of a line" 0 "$(LOA_USER=Hòa status_of stop --line fm --reason 'sai bài')"
wait_until "a stopped line" states_are "stopped on-air "
loa status --json 2>/dev/null | grep '"line":"fm"' | grep -q '"stopped":{"who":"Hòa","at":"[^"]*","reason":"sai bài"}' ||
  fail "says not who stopped it: $(loa status --json)"
loa status 2>/dev/null | grep -q 'stopped by Hòa' || fail "the table says not who stopped it: $(loa status)"
expect "metrics of a stopped line" "1 0 " "$(loa status --prometheus | sed -n 's/^loa_line_stopped{.*} //p' | tr '\n' ' ')"
stopped_rows() { [ "$(sql "SELECT count(*) FROM airing_end WHERE cause = 'stopped'")" = "$1" ]; }
wait_until "the stop in the ledger" stopped_rows 1

# It stays so over a restart, and over a death.
kill -INT "$pid"
wait "$pid" || fail "ending the radio: exit $?"
radio
wait_until "a line that is stopped after a restart" states_are "stopped on-air "
expect "the stop of the rest" 0 "$(status_of stop --zone both)"
wait_until "all stopped" states_are "stopped stopped "
n_started=$(grep -c 'on air:' "$work/log")
kill -9 "$(pgrep -P "$pid")"
on_air() { [ "$(grep -c 'on air:' "$work/log")" = "$1" ]; }
wait_until "a radio that died is started again" on_air $((n_started + 1))
wait_until "all stopped after a death" states_are "stopped stopped "
expect "what is said of a death" 1 "$(grep -c 'was ended by signal 9; it is started again' "$work/log")"

# Resumed, it is where it would be, to the frame.
expect "the resumption" 0 "$(status_of resume)"
wait_until "sound again" states_are "on-air on-air "
checks=$((checks + 1))
[ ! -e "$s/stopped" ] || fail "the file of the stop is still there"
expect "a second resumption" 0 "$(status_of resume)"
grep -q 'Nothing was stopped' "$work/out" || fail "says not that nothing was stopped: $(cat "$work/out")"

# It hangs, and so it is killed; it is back with its sound. Then one that nobody restarts.
n_started=$(grep -c 'on air:' "$work/log")
kill -STOP "$(pgrep -P "$pid")"
wait_until "a radio that hung is started again" on_air $((n_started + 1))
wait_until "sound after that" states_are "on-air on-air "
expect "what is said of it" 1 "$(grep -c 'the radio hangs, and is killed' "$work/log")"
# What cannot be written down is silent all the same.
mkdir "$s/stopped"
expect "a stop that cannot be noted" 1 "$(status_of stop --line fm)"
grep -q 'does not outlast the radio' "$work/err" || fail "says not that it does not last: $(cat "$work/err")"
wait_until "a stop that is not noted" states_are "stopped on-air "
rmdir "$s/stopped"
expect "its end" 0 "$(status_of resume)"
wait_until "sound on both" states_are "on-air on-air "
radio_pid=$(pgrep -P "$pid")
kill -INT "$pid"
wait "$pid" || fail "ending the radio: exit $?"
checks=$((checks + 1))
has_ended "$radio_pid" || fail "the radio outlives its supervisor"
expect "a radio on a station that is wrong" 1 "$(mkdir "$work/none"; "$LOA" -C "$work/none" run >/dev/null 2>&1 && echo 0 || echo $?)"
radio
wait_until "the radio once more" on_air $((n_started + 2))
radio_pid=$(pgrep -P "$pid")
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
wait_until "the end of a radio without its supervisor" has_ended "$radio_pid"

# One that is slow to end is waited for by the next: here it ends only when the next has opened its files.
radio
wait_until "a radio after that" on_air $((n_started + 3))
ending=$(pgrep -P "$pid")
kill -STOP "$ending"
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
radio
has_begun() { ls -l "/proc/$(pgrep -P "$pid")/fd" 2>/dev/null | grep -q 'loa\.db$'; }
wait_until "the next has begun" has_begun
kill -CONT "$ending"
wait_until "the next is on air" on_air $((n_started + 4))
kill -INT "$pid"
wait "$pid" || fail "ending the next: exit $?"
expect "airings at a wrong place" 0 \
  "$(sql "SELECT count(*) FROM airing WHERE abs(offset_frames - (start_us - planned_start_us) * 0.048) > 1 AND
    id IN (SELECT airing_id FROM airing_end WHERE frames > 0)")"
finish
