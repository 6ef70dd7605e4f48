#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# An emergency is said at once by a radio that runs: over anything, without a database, and again after a crash.
. "$(dirname "$0")/lib.sh"
command -v sqlite3 >/dev/null || { echo "sqlite3 is missing; run tools/setup --tests"; exit 1; }

s=$work/s
small_station "$s"
# One line that is always open, and one that never is while this runs.
closed=$(date -u -d '+12 hours' +%H)
sed -i "s/^hours .*/hours = 00:00-24:00/; s/^timezone .*/timezone = UTC\nvoice = .\/voice {wav}/; \
  s/^title  = Village/&\nhours = $closed:00-$closed:30/" "$s/station.ini"
"$HELPERS/make_tone" "$work/long.wav" 500 48000 $((48000 * 600))
"$HELPERS/make_tone" "$work/said.wav" 700 44100 22050
"$LOA" -C "$s" import --kind tin --topic reform --approve "$work/long.wav" >/dev/null 2>&1
calendar "$s" "DTSTART:$(date -u -d '-2 seconds' +%Y%m%dT%H%M%SZ)" 'DURATION:PT30M' 'ATTACH:segment:long'
cat >"$s/voice" <<EOF
#!/bin/sh
cat >"$work/spoken"
cp "$work/said.wav" "\$1"
EOF
chmod +x "$s/voice"
sql() { sqlite3 -cmd '.timeout 10000' "$s/loa.db" "$1"; }
loa() { "$LOA" -C "$s" "$@"; }
expect() { # expect NAME VALUE ACTUAL
  checks=$((checks + 1))
  [ "$2" = "$3" ] || fail "$1: $3, not $2: $(tail -2 "$work/err")"
}
status_of() { loa "$@" >"$work/out" 2>"$work/err" && echo 0 || echo $?; }
states_are() { [ "$( (loa status --json 2>/dev/null || true) | sed -n 's/.*"state":"\([^"]*\)".*/\1/p' | tr '\n' ' ')" = "$1" ]; }
standing() { loa alert --list --json 2>/dev/null | sed -n 's/^{"id":"\([^"]*\)".*/\1/p' | tr '\n' ' '; }
stands() { [ "$(standing)" = "$1" ]; }
aired() { [ "$(sql "SELECT count(*) FROM airing a JOIN airing_end e ON e.airing_id = a.id WHERE a.slot_uid = '$1' AND e.cause = '$2'")" = "$3" ]; }
radio() {
  "$LOA" -C "$s" run >>"$work/log" 2>&1 &
  pid=$!
}

expect "an alert without a radio" 3 "$(status_of alert --all --file "$work/said.wav")"
grep -q 'no radio runs' "$work/err" || fail "says not that no radio runs: $(cat "$work/err")"
expect "an alert that says nothing" 2 "$(status_of alert --all)"
expect "an alert for no line" 2 "$(status_of alert --file "$work/said.wav")"
expect "an alert that is over" 2 "$(status_of alert --all --file "$work/said.wav" --until 2020-01-01)"

radio
wait_until "the programme" states_are "on-air closed "

# Over a programme and outside hours.
before=$(date +%s%3N)
expect "an alert" 0 "$(status_of alert --all --file "$work/said.wav" --every 2h --subject lu --title Lũ --json)"
heard=$(date -d "$(sed -n 's/.*"heard":"\([^"]*\)".*/\1/p' "$work/out")" +%s%3N)
checks=$((checks + 1))
[ $((heard - before)) -ge 0 ] && [ $((heard - before)) -le 2000 ] || fail "heard $((heard - before)) ms after the command"
wait_until "it is said outside hours" states_are "on-air on-air "
wait_until "it is over" aired alert:lu complete 1
wait_until "the programme goes on" states_are "on-air closed "
expect "the ledger" "khan-cap|Lũ|0" "$(sql "SELECT kind, title, repeat FROM airing WHERE slot_uid = 'alert:lu'")"
expect "what stands" "lu " "$(standing)"

# A text, by the station's voice, with its time.
expect "a spoken alert" 0 "$(status_of alert --line fm --text 'Nước sông lên nhanh.' --no-chime --subject noi)"
grep -q 'Nước sông lên nhanh' "$work/spoken" || fail "the voice got: $(cat "$work/spoken")"
grep -q 'Issued at' "$work/spoken" || fail "the voice was not told the time: $(cat "$work/spoken")"
wait_until "the spoken alert is over" aired alert:noi complete 1
expect "what cannot be read" 1 "$(status_of alert --line fm --file "$work/nothing.wav")"

# Without a database, and with one that is locked.
mkdir "$work/away"
mv "$s"/loa.db* "$work/away"
expect "an alert without a database" 0 "$(status_of alert --all --file "$work/said.wav" --no-chime --subject b)"
mv "$work/away"/* "$s"
mkfifo "$work/lock"
sqlite3 "$s/loa.db" <"$work/lock" >/dev/null 2>&1 &
locker=$!
exec 3>"$work/lock"
echo 'BEGIN EXCLUSIVE;' >&3
expect "an alert over a locked database" 0 "$(status_of alert --all --file "$work/said.wav" --no-chime --subject c)"
exec 3>&-
wait $locker || true
wait_until "what was said without a database is in the ledger" aired alert:c complete 1

# Superseded, killed while it is said, and there again.
expect "another of the same subject" 0 "$(status_of alert --all --file "$work/said.wav" --every 3h --subject lu)"
wait_until "it is kept" test -s "$s/alerts/lu.alert"
expect "what stands once" 1 "$(loa alert --list --json | grep -c '"id":"lu"')"
kill -9 $pid
wait $pid || true
radio
wait_until "it stands again" stands "lu "
wait_until "it is said again" aired alert:lu complete 2
expect "its end" 0 "$(status_of alert --end lu)"
expect "what stands then" "" "$(standing)"
wait_until "its file is gone" test ! -e "$s/alerts/lu.alert"
expect "the end of nothing" 1 "$(status_of alert --end lu)"

# Test tones.
wait_until "the programme again" states_are "on-air closed "
expect "a tone over a programme" 1 "$(status_of tone --line fm --seconds 1)"
grep -q -- '--force' "$work/err" || fail "does not name --force: $(cat "$work/err")"
expect "a tone outside hours" 1 "$(status_of tone --line village --seconds 1)"
expect "a forced tone" 0 "$(status_of tone --line village --seconds 1 --force)"
expect "a tone of no length" 2 "$(status_of tone --line fm --seconds 0)"
kill $pid
wait $pid || true
finish
