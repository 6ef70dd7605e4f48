#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# An emergency is heard when the station's disk is full and when its folder can only be read, and is in the ledger as
# soon as there is room. The folder is a small disk of its own, in mounts that nobody else sees.
if [ -z "${LOA_TEST_APART:-}" ]; then
  as=
  [ "$(id -u)" -eq 0 ] || as=-r
  # shellcheck disable=SC2086
  unshare $as -m sh -c 'mount -t tmpfs none /mnt' 2>/dev/null || { echo "no disk of its own can be made here"; exit 77; }
  # shellcheck disable=SC2086
  LOA_TEST_APART=1 exec unshare $as -m "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
command -v sqlite3 >/dev/null || { echo "sqlite3 is missing; run tools/setup --tests"; exit 1; }

s=$work/s
trap 'umount "$s" 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$s"
small_station "$work/made"
mount -t tmpfs -o size=24m none "$s" # too small for an import, and for loa.db-reserve
cp -r "$work/made/." "$s"
# What is heard is kept elsewhere. Nothing is planned, so that all sound there is an emergency's.
sed -i "s|^hours .*|hours = 00:00-24:00|; s|^output = null:\$|output = file:$work/heard?format=wav|" "$s/station.ini"
calendar "$s" 'DTSTART:20230101T170000' 'DURATION:PT10M' 'ATTACH:segment:tune'
"$HELPERS/make_tone" "$work/said.wav" 700 48000 48000
sql() { sqlite3 -readonly -cmd '.timeout 10000' "$s/loa.db" "$1"; }
loa() { "$LOA" -C "$s" "$@"; }
expect() { # expect NAME VALUE ACTUAL
  checks=$((checks + 1))
  [ "$2" = "$3" ] || fail "$1: $3, not $2: $(tail -2 "$work/err")"
}
status_of() { loa "$@" >"$work/out" 2>"$work/err" && echo 0 || echo $?; }
says() { loa status --json 2>/dev/null | grep -q "\"state\":\"$1\""; }
standing() { [ "$(loa alert --list --json 2>&1 | sed -n 's/^{"id":"\([^"]*\)".*/\1/p' | tr '\n' ' ')" = "$1" ]; }
is_over() { listed=$(loa alert --list --json 2>/dev/null) && ! echo "$listed" | grep -q "\"id\":\"$1\""; }
aired() { [ "$(sql "SELECT count(*) FROM airing a JOIN airing_end e ON e.airing_id = a.id WHERE a.slot_uid = 'alert:$1' AND e.cause = 'complete'")" = "$2" ]; }
# Bytes of a line's sound that are not silence.
loud() { cat "$work/heard/$1"-*.wav | tr -d '\0' | wc -c; }
# say_it ID WORDS…: an alert on both lines.
say_it() {
  id=$1
  shift
  expect "$id" 0 "$(status_of alert --all --no-chime --subject "$id" --json "$@")"
  grep -q '"heard":"2' "$work/out" || fail "$id: when it is heard was not said: $(cat "$work/out")"
}

"$LOA" -C "$s" run >"$work/log" 2>&1 &
pid=$!
wait_until "the radio" says idle

# Full to the last byte.
dd if=/dev/zero of="$s/filler" bs=4096 2>/dev/null || true
checks=$((checks + 1))
! sh -c "echo x >'$s/more' && test -s '$s/more'" 2>/dev/null || fail "the disk is not full"
say_it full-file --file "$work/said.wav"
wait_until "full-file is over" is_over full-file
say_it full-segment --segment tune
wait_until "full-segment is over" is_over full-segment
say_it full-stands --file "$work/said.wav" --every 1h
wait_until "it stands" standing "full-stands "
wait_until "the log tells that the ledger cannot be written" grep -q "E run: .*\(full\|space\)" "$work/log"
expect "the ledger of a full disk" 0 "$(sql "SELECT count(*) FROM airing WHERE slot_uid = 'alert:full-stands'")"
rm -f "$s/filler" "$s/more"
wait_until "there is room: the first" aired full-file 1
wait_until "there is room: the recording" aired full-segment 1
wait_until "there is room: the last" aired full-stands 1
wait_until "what stands is kept" test -s "$s/alerts/full-stands.alert"

# Nothing can be made or changed in it any more.
mount --bind "$s" "$s"
mount -o remount,bind,ro "$s"
checks=$((checks + 1))
! touch "$s/more" 2>/dev/null || fail "the folder can be written"
say_it read-only-file --file "$work/said.wav"
wait_until "read-only-file is over" is_over read-only-file
say_it read-only-segment --segment tune
wait_until "read-only-segment is over" is_over read-only-segment
say_it read-only-stands --file "$work/said.wav" --every 1h
wait_until "both stand" standing "full-stands read-only-stands "
umount "$s"
wait_until "what stands is kept when it can be" test -s "$s/alerts/read-only-stands.alert"
for id in read-only-file read-only-segment read-only-stands; do wait_until "$id in the ledger" aired $id 1; done

kill $pid
wait $pid || fail "the radio's end: $?"
# Four alerts of a second and two of two, 24 bit and stereo, of which hardly a byte is 0.
for line in fm village; do
  checks=$((checks + 1))
  [ "$(loud $line)" -ge $((8 * 48000 * 5)) ] || fail "$line: $(loud $line) bytes of sound"
done
expect "all that aired" 6 "$(sql 'SELECT count(*) FROM airing JOIN airing_end ON airing_id = id')"
finish
