#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The radio is killed at 50 random moments. Each time less than a second of airtime is missing from the ledger, nothing
# is in it twice, and the next start goes on at the right place of the recording.
. "$(dirname "$0")/lib.sh"
command -v sqlite3 >/dev/null || { echo "sqlite3 is missing; run tools/setup --tests"; exit 1; }

seed=${LOA_TEST_SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}
echo "seed $seed (LOA_TEST_SEED repeats it)"
s=$work/s
small_station "$s"
sed -i 's/^hours .*/hours = 00:00-24:00/; s/^timezone .*/timezone = UTC/' "$s/station.ini"
attach=""
for i in 1 2 3 4 5 6 7 8; do
  "$HELPERS/make_tone" "$work/long-$i.wav" $((300 + 40 * i)) 48000 $((48000 * 41 + i))
  attach="$attach ATTACH:segment:long-$i"
done
"$LOA" -C "$s" import --kind tin --topic reform --approve "$work"/long-*.wav >/dev/null 2>&1
# A programme of five and a half minutes that began two seconds ago, told by the machine's own clock.
# shellcheck disable=SC2086
calendar "$s" "DTSTART:$(date -u -d '-2 seconds' +%Y%m%dT%H%M%SZ)" 'DURATION:PT30M' $attach
sql() { sqlite3 -cmd '.timeout 10000' "$s/loa.db" "$1"; }

# Waits until the radio has put sound on the lines: the playhead has moved past what it was.
wait_for_sound() {
  tries=0
  while [ "$(sql "SELECT coalesce(max(at_us), 0) FROM playhead")" -le "$1" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 400 ] || { fail "no sound after 20 s: $(tail -5 "$work/log")"; finish; exit 1; }
    kill -0 "$pid" 2>/dev/null || { fail "the radio stopped: $(tail -5 "$work/log")"; finish; exit 1; }
    sleep 0.05
  done
}

: >"$work/kills"
round=0
while [ "$round" -lt 50 ]; do
  round=$((round + 1))
  before=$(sql "SELECT coalesce(max(at_us), 0) FROM playhead")
  new_log
  "$LOA" -C "$s" run --no-supervisor >>"$work/log" 2>&1 &
  pid=$!
  wait_for_sound "$before"
  sleep "0.$(echo "$seed $round" | awk '{srand($1 * 1000 + $2); printf "%03d", rand() * 800}')"
  date +%s%6N >>"$work/kills"
  kill -9 "$pid"
  wait "$pid" 2>/dev/null || true
done
new_log
"$LOA" -C "$s" run --no-supervisor >>"$work/log" 2>&1 &
pid=$!
wait_for_sound "$(sql "SELECT max(at_us) FROM playhead")"
kill -INT "$pid"
wait "$pid" || fail "stopping the radio: exit $?"

expect() { # expect NAME VALUE SQL
  checks=$((checks + 1))
  got=$(sql "$3")
  [ "$got" = "$2" ] || fail "$1: $got, not $2"
}
awk 'BEGIN { print "CREATE TABLE kills (at_us INTEGER);" } { print "INSERT INTO kills VALUES (" $1 ");" }' "$work/kills" |
  sqlite3 "$work/kills.db"
attach_kills="ATTACH '$work/kills.db' AS k;"
# Of each kill: how long before it the ledger says the sound ended. More than 0, for nothing is in it that was not heard.
losses="SELECT (kills.at_us - (SELECT max(end_us) FROM airing_end WHERE end_us <= kills.at_us + 20000)) / 1000.0 AS ms FROM k.kills"
expect "kills that lost a second or more" 0 "$attach_kills SELECT count(*) FROM ($losses) WHERE ms >= 1000"
expect "crashed airings" 50 "SELECT count(*) FROM airing_end WHERE cause = 'crashed'"
expect "airings left open" 0 "SELECT count(*) FROM airing WHERE id NOT IN (SELECT airing_id FROM airing_end)"
expect "airings that went on at a wrong place" 0 \
  "SELECT count(*) FROM airing WHERE abs(offset_frames - (start_us - planned_start_us) * 0.048) > 1"
expect "airings whose frames are not their time" 0 \
  "SELECT count(*) FROM airing JOIN airing_end ON airing_id = id WHERE abs(frames - (end_us - start_us) * 0.048) > 1"
expect "airings that overlap" 0 \
  "SELECT count(*) FROM airing a JOIN airing_end e ON e.airing_id = a.id JOIN airing b ON b.id > a.id AND b.start_us < e.end_us"
expect "stopped by a person at the end" 1 "SELECT count(*) FROM airing_end WHERE cause = 'stopped'"
# Every row was sealed, and the seals are what another program makes of the rows by what docs/schema.md says.
checks=$((checks + 1))
"$LOA" -C "$s" verify >"$work/verify" 2>&1 || fail "the ledger is not whole: $(cat "$work/verify")"
expect_seal=$(python3 - "$s/loa.db" <<'PY'
import hashlib, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
columns = {
    "airing": ("id", "id, slot_uid, slot_recurrence_us, position, piece, (SELECT lines FROM line_set s WHERE s.id = line_set_id), "
               "segment_id, segment_code, segment_version, title, kind, topic, tags, repeat, role, planned_start_us, "
               "planned_frames, start_us, offset_frames, whole_frames"),
    "airing_end": ("airing_id", "airing_id, end_us, frames, cause"),
    "outage": ("id", "id, line, start_us, reason"),
    "outage_end": ("outage_id", "outage_id, end_us"),
}
def coded(value):
    if value is None:
        return b"n"
    if isinstance(value, int):
        return b"i" + value.to_bytes(8, "big", signed=True)
    return b"t" + len(value.encode()).to_bytes(8, "big") + value.encode()
seal, n = bytes(32), 0
for table, row_id in db.execute("SELECT row_of, row_id FROM seal ORDER BY id"):
    key, list_of = columns[table]
    row = db.execute("SELECT %s FROM %s WHERE %s = ?" % (list_of, table, key), (row_id,)).fetchone()
    seal, n = hashlib.sha256(seal + coded(table) + b"".join(map(coded, row))).digest(), n + 1
print("seal %d: %s" % (n, seal.hex()))
PY
)
grep -qF "$expect_seal" "$work/verify" || fail "another program makes $expect_seal: $(cat "$work/verify")"
# It is the one that stands in the foot of a report, and is found again from there.
checks=$((checks + 1))
"$LOA" -C "$s" report --from 2020-01-01 --to 2100-01-01 --annex none -o "$work/report.html"
grep -qF "last of this period: ${expect_seal##* }." "$work/report.html" ||
  fail "the report's seal is not $expect_seal: $(grep -o 'Seal .*' "$work/report.html")"
checks=$((checks + 1))
"$LOA" -C "$s" verify --seal "$(sed -n 's/.*loa verify --seal \([0-9a-f]*\).*/\1/p' "$work/report.html")" \
  >"$work/verify" 2>&1 || fail "the seal of a report is not found: $(cat "$work/verify")"
checks=$((checks + 1))
echo "lost per kill: $(sql "$attach_kills SELECT printf('min %.0f ms, mean %.0f ms, max %.0f ms', min(ms), avg(ms), max(ms)) FROM ($losses)")"
finish
