#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every kind of broken input gives a sentence with its place and the right exit status, and leaves the station folder
# as it was, byte for byte.
. "$(dirname "$0")/lib.sh"

base=$work/base
small_station "$base"

# What a station is made of. SQLite's -wal and -shm are its own working files and come and go with a reader.
snapshot() { (cd "$1" && find . ! -name '*-wal' ! -name '*-shm' -printf '%p %y\n' | sort; find "$1" -type f ! -name '*-wal' ! -name '*-shm' -exec sha256sum {} + | sort); }

fresh() {
  rm -rf "$work/s" "$work/in"
  cp -a "$base" "$work/s"
  mkdir "$work/in"
}

# refused NAME STATUS WHERE COMMAND…: runs in the station, expects the exit status and a message that begins with
# `loa: WHERE` (a basic regular expression) followed by a sentence.
refused() {
  name=$1 status=$2 where=$3
  shift 3
  checks=$((checks + 1))
  snapshot "$work/s" >"$work/before"
  got=0
  (cd "$work/s" && timeout 60 "$@") >"$work/out" 2>"$work/err" </dev/null || got=$?
  snapshot "$work/s" >"$work/after"
  [ "$got" -eq "$status" ] || fail "$name: exit $got, not $status: $(cat "$work/err")"
  grep -q "^loa: $where" "$work/err" || fail "$name: no message at $where: $(cat "$work/err")"
  grep -v '^loa: ' "$work/err" && fail "$name: more than messages on standard error"
  cmp -s "$work/before" "$work/after" || fail "$name: the station changed: $(diff "$work/before" "$work/after" | head -5)"
  echo "$name: $(grep "^loa: $where" "$work/err" | head -1)"
}
import() { refused "$1" "$2" "$3" "$LOA" import --kind tin "$4"; }

# Recordings
"$HELPERS/make_tone" "$work/long.wav" 500 48000 480000
"$HELPERS/make_tone" "$work/long.flac" 500 48000 480000
"$HELPERS/make_tone" "$work/long.ogg" 500 48000 480000
# Damaged ones are imported as far as they go, as drafts, and a warning says so; less than a quarter is refused.
damaged() {
  name=$1 words=$2 file=$3
  checks=$((checks + 1))
  fresh
  mv "$file" "$work/in/"
  got=0
  (cd "$work/s" && timeout 60 "$LOA" import --kind tin --approve --code broken "$work/in/${file##*/}") \
    >"$work/out" 2>"$work/err" </dev/null || got=$?
  [ "$got" -eq 0 ] || fail "$name: exit $got, not 0: $(cat "$work/err")"
  grep -q "^loa: .*${file##*/}: .*is cut off or damaged: $words.*loa segment approve broken" "$work/err" ||
    fail "$name: no warning: $(cat "$work/err")"
  (cd "$work/s" && "$LOA" segment list --json) | grep '"broken"' | grep -q '"draft"' || fail "$name: not a draft"
  echo "$name: $(grep "^loa: " "$work/err" | head -1)"
}
head -c 700000 "$work/long.wav" >"$work/cut.wav"; damaged "truncated WAV" 'of 0:10 only 0:0' "$work/cut.wav"
head -c 200000 "$work/long.flac" >"$work/cut.flac"; damaged "truncated FLAC" 'of 0:10 only 0:0' "$work/cut.flac"
cp "$work/long.flac" "$work/bad.flac"
printf 'xxxxxxxxxxxxxxxx' | dd of="$work/bad.flac" bs=1 seek=150000 conv=notrunc 2>/dev/null
damaged "damaged FLAC" '' "$work/bad.flac"
head -c 20000 "$work/long.ogg" >"$work/cut.ogg"; damaged "cut Ogg" 'what can be read of it lasts 0:0' "$work/cut.ogg"
fresh; head -c 200000 "$work/long.wav" >"$work/in/rest.wav"; import "rest of a WAV" 1 '.*rest.wav' "$work/in/rest.wav"
fresh; echo "this is a letter" >"$work/in/letter.mp3"; import "text named .mp3" 1 '.*letter.mp3' "$work/in/letter.mp3"
fresh; : >"$work/in/empty.wav"; import "empty file" 1 '.*empty.wav' "$work/in/empty.wav"
fresh; mkdir "$work/in/folder.wav"; import "folder" 1 '.*folder.wav' "$work/in/folder.wav"
fresh; import "missing file" 1 '.*nothing.wav' "$work/in/nothing.wav"
fresh; cp "$work/long.wav" "$work/in/side.wav"; printf 'title: x\nkind: tinn\n\nwords\n' >"$work/in/side.txt"
refused "sidecar with an unknown kind" 1 '.*side.txt:2: ' "$LOA" import "$work/in/side.wav"
fresh; cp "$work/long.wav" "$work/in/side.wav"; printf 'titel: x\nkind: tin\n\nwords\n' >"$work/in/side.txt"
refused "sidecar with an unknown key" 1 '.*side.txt:1: ' "$LOA" import "$work/in/side.wav"
fresh; cp "$work/long.wav" "$work/in/side.wav"; head -c 1100000 /dev/zero | tr '\0' a >"$work/in/side.txt"
refused "sidecar larger than is read" 1 '.*side.txt: ' "$LOA" import "$work/in/side.wav"

# Recordings that mean harm, or might as well
fresh; import "a device" 1 '/dev/zero: is not a file' /dev/zero
fresh; mkfifo "$work/in/pipe.wav"; import "a named pipe" 1 '.*pipe.wav: is not a file' "$work/in/pipe.wav"
fresh; ln -s b.wav "$work/in/a.wav"; ln -s a.wav "$work/in/b.wav"; import "links in a circle" 1 '.*a.wav: cannot be read: its links lead in a circle' "$work/in/a.wav"
fresh; ln -s "$work/in" "$work/in/again"; import "a folder of nothing but itself" 1 '.*in: is a folder without recordings' "$work/in"
fresh; import "a path of 4,000 characters" 1 '' "$work/in/$(printf '%04000d' 0)/x.wav"
fresh; import "a name of 300 characters" 1 '' "$work/in/$(printf '%0300d' 0).wav"
fresh; cp "$work/long.wav" "$work/in/$(printf '%0200d' 0).wav"; import "a name too long for a code" 1 '.*too long a name to make a code of' "$work/in/$(printf '%0200d' 0).wav"
fresh; cp "$work/long.wav" "$work/in/...wav"; import "a name without a letter" 1 '.*no code can be made of' "$work/in/...wav"
fresh; cp "$work/long.wav" "$work/in/side.wav"; printf 'kind: tin\ncode: ../../x\n' >"$work/in/side.txt"
refused "a code that climbs" 1 '.*side.txt:2: `../../x` is no code' "$LOA" import "$work/in/side.wav"
fresh; cp "$work/long.wav" "$work/in/side.wav"; mkdir "$work/in/side.txt"
refused "a sidecar that is a folder" 1 '.*side.txt' "$LOA" import --kind tin "$work/in/side.wav"
fresh; cp "$work/long.wav" "$work/in/side.wav"; mkfifo "$work/in/side.txt"
refused "a sidecar that is a pipe" 1 '.*side.txt' "$LOA" import --kind tin "$work/in/side.wav"
if [ "$(id -u)" -eq 0 ]; then
  fresh; cp "$work/long.wav" "$work/in/secret.wav"; chmod 600 "$work/in/secret.wav"
  chmod -R a+rwX "$work/s"; chmod a+rx "$work" "$work/in"
  refused "a recording that may not be read" 3 '.*secret.wav: cannot be read' setpriv --reuid=65534 --regid=65534 --clear-groups "$LOA" import --kind tin "$work/in/secret.wav"
fi

# Two hours in half a megabyte.
fresh; ffmpeg -v error -f lavfi -i anullsrc=r=48000:cl=mono -t 7200 "$work/in/bomb.flac" </dev/null
import "hours of nothing in a few bytes" 1 '.*bomb.flac: would be 2:00:00 or more of sound in' "$work/in/bomb.flac"

# taken NAME SECONDS FILE…: refused with a sentence and no trace, or imported as what is in it, no longer than SECONDS.
taken() {
  name=$1 seconds=$2
  shift 2
  checks=$((checks + 1))
  snapshot "$work/s" >"$work/before"
  got=0
  (cd "$work/s" && timeout 60 "$LOA" import --kind tin --json "$@") >"$work/out" 2>"$work/err" </dev/null || got=$?
  snapshot "$work/s" >"$work/after"
  if [ "$got" -eq 1 ]; then
    grep -q '^loa: .*: .*[a-z]' "$work/err" || fail "$name: no sentence: $(cat "$work/err")"
    cmp -s "$work/before" "$work/after" || fail "$name: refused, and the station changed: $(diff "$work/before" "$work/after" | head -5)"
  elif [ "$got" -eq 0 ]; then
    awk -F'"duration":' -v most="$seconds" '{ split($2, d, ","); if (!(d[1] > 0 && d[1] <= most)) exit 1 }' "$work/out" ||
      fail "$name: imported as $(cat "$work/out")"
    "$LOA" -C "$work/s" verify >"$work/verify" 2>&1 || fail "$name: $(cat "$work/verify")"
    "$LOA" -C "$work/s" segment list >"$work/list" || fail "$name: cannot be listed"
    [ -z "$(find "$work/s/library/incoming" -type f)" ] || fail "$name: left in incoming"
  else
    fail "$name: exit $got: $(cat "$work/err")"
  fi
  echo "$name: exit $got: $(head -1 "$work/err")"
}
# patch FILE OFFSET BYTES: in the format of printf
patch() { printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null; }
fresh; cp "$work/long.wav" "$work/in/promise.wav"; patch "$work/in/promise.wav" 40 '\000\360\111\316' # 10 h in 10 s
taken "a WAV that promises ten hours" 10.1 "$work/in/promise.wav"
fresh; cp "$work/long.flac" "$work/in/promise.flac"; patch "$work/in/promise.flac" 22 '\147\000\000\000' # of samples
taken "a FLAC that promises a day" 10.1 "$work/in/promise.flac"
fresh; cp "$work/long.wav" "$work/in/tin
..
hai.wav"
taken "a name with newlines" 10.1 "$work/in/tin
..
hai.wav"
fresh; cp "$work/long.wav" "$work/in/side.wav"; printf 'kind: tin\ntitle: %04000d\n' 0 >"$work/in/side.txt"
taken "a title of 4,000 characters" 10.1 "$work/in/side.wav"
fresh; mkdir "$work/in/up"; cp "$work/long.wav" "$work/in/x.wav"
taken "a path that climbs" 10.1 "$work/in/up/../x.wav"

# A file that somebody is still writing, or cuts, while it is imported.
"$HELPERS/make_tone" "$work/minute.wav" 500 48000 2880000
for how in grows shrinks; do
  fresh
  cp "$work/minute.wav" "$work/in/moving.wav"
  (while [ -e "$work/in" ]; do
    if [ "$how" = grows ]; then
      cat "$work/long.wav" >>"$work/in/moving.wav"
    else
      truncate -s 7000000 "$work/in/moving.wav"
      truncate -s 900000 "$work/in/moving.wav"
    fi
    sleep 0.001
  done) 2>/dev/null &
  mover=$!
  for i in 1 2 3 4 5; do taken "a file that $how ($i)" 3600 "$work/in/moving.wav"; done
  kill "$mover"
  wait "$mover" 2>/dev/null || true
done

# The calendar
broken_calendar() {
  name=$1 where=$2
  shift 2
  fresh
  calendar "$work/s" "$@"
  refused "$name" 1 "$where" "$LOA" check
}
fresh; head -c 150 "$base/schedules/regular.ics" >"$work/s/schedules/regular.ics"
refused "calendar cut in half" 1 'schedules/regular.ics:[0-9]*: ' "$LOA" check
broken_calendar "unknown topic" 'schedules/regular.ics:[0-9]*: ' 'DTSTART:20230101T170000' 'DURATION:PT10M' 'CATEGORIES:refrom'
broken_calendar "unknown line" 'schedules/regular.ics:[0-9]*: ' 'DTSTART:20230101T170000' 'DURATION:PT10M' 'RESOURCES:vilage'
broken_calendar "unknown clock" 'schedules/regular.ics:[0-9]*: ' 'DTSTART:20230101T170000' 'DURATION:PT10M' 'X-LOA-CLOCK:news'
broken_calendar "every second for ever" 'schedules/regular.ics:[0-9]*: ' 'DTSTART:20230101T170000' 'DURATION:PT1S' 'RRULE:FREQ=SECONDLY'
broken_calendar "a rule that is none" 'schedules/regular.ics:[0-9]*: ' 'DTSTART:20230101T170000' 'DURATION:PT10M' 'RRULE:FREQ=SOMETIMES'
broken_calendar "end before start" 'schedules/regular.ics:[0-9]*: ' 'DTSTART:20230101T170000' 'DTEND:20230101T160000'
broken_calendar "unknown time zone" 'schedules/regular.ics:[0-9]*: ' 'DTSTART;TZID=Asia/Hanoi:20230101T170000' 'DURATION:PT10M'
broken_calendar "a slot of two days" 'schedules/regular.ics:[0-9]*: ' 'DTSTART:20230101T170000' 'DURATION:P2D'
fresh; printf 'PK\003\004 not a calendar' >"$work/s/schedules/regular.ics"
refused "not a calendar" 1 'schedules/regular.ics' "$LOA" check
fresh; rm "$work/s/schedules/regular.ics"
refused "missing calendar" 1 'schedules/regular.ics' "$LOA" plan --day 2023-05-10

# The station file
broken_station() {
  name=$1 where=$2 edit=$3
  fresh
  sed -i "$edit" "$work/s/station.ini"
  refused "$name" 1 "$where" "$LOA" check
}
broken_station "unknown key" 'station.ini:5: ' 's/^hours .*/huors = 05:00-21:00/'
broken_station "no time zone" 'station.ini' '/^timezone/d'
broken_station "zone loop" 'station.ini:[0-9]*: ' 's/^lines = fm, village/lines = fm, ring\n[zone ring]\nlines = both/'
broken_station "unknown line in a zone" 'station.ini:17: ' 's/^lines = fm, village/lines = fm, vilage/'
broken_station "two lines of one name" 'station.ini:[0-9]*: ' 's/^\[line village\]/[line fm]/'
broken_station "hours that are none" 'station.ini:5: ' 's/^hours .*/hours = 25:00-26:00/'
broken_station "quota without a period" 'station.ini:21: ' 's/^quota .*/quota = someday: 10 min/'
broken_station "section cut off" 'station.ini:[0-9]*: ' 's/^\[topic reform\]/[topic reform/'
fresh; rm "$work/s/station.ini"; refused "no station file" 1 'station.ini' "$LOA" check
fresh; printf '\377\376\000bad' >"$work/s/station.ini"; refused "station file that is not text" 1 'station.ini' "$LOA" check

fresh; rm "$work/s/station.ini"; refused "approved without a station file" 1 'station.ini' "$LOA" segment approve tune

# Use and environment
fresh; refused "unknown code" 1 '' "$LOA" segment approve no-such-code
fresh; refused "a day that is none" 2 '' "$LOA" plan --day 2023-02-30
fresh; refused "sound into no folder" 1 '/proc/nowhere' "$LOA" render --from 2023-05-10T17:00 --to 2023-05-10T17:01 --line fm -o /proc/nowhere/x.wav
fresh; echo "a letter, not a database, and long enough to be looked at" >"$work/s/loa.db"
refused "another program's loa.db" 3 '.*loa.db' "$LOA" segment list
fresh; sqlite3 "$work/s/loa.db" 'PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE' >/dev/null
dd if=/dev/urandom of="$work/s/loa.db" bs=4096 seek=1 count=$(($(stat -c %s "$work/s/loa.db") / 4096 - 1)) conv=notrunc 2>/dev/null
refused "damaged loa.db" 3 '.*loa.db' "$LOA" segment list

if [ "$(id -u)" -eq 0 ]; then
  fresh
  chmod -R a+rX "$work"
  refused "read-only folder" 3 '' setpriv --reuid=65534 --regid=65534 --clear-groups "$LOA" import --kind tin "$work/long.wav"
  if unshare -m true 2>/dev/null; then
    fresh
    # A disk with too little room for the recording: a small memory disk as the station's folder.
    cat >"$work/full.sh" <<FULL
mount -t tmpfs -o size=1500k tmpfs "$work/s" || exit 77
cp -a "$base/." "$work/s/"
find "$work/s" -type f ! -name '*-wal' ! -name '*-shm' | sort >"$work/files.before"
cd "$work/s"
"$LOA" import --kind tin "$work/long.wav"
status=\$?
find "$work/s" -type f ! -name '*-wal' ! -name '*-shm' | sort >"$work/files.after"
exit \$status
FULL
    checks=$((checks + 1))
    got=0
    unshare -m sh "$work/full.sh" >"$work/out" 2>"$work/err" || got=$?
    if [ "$got" -ne 77 ]; then
      [ "$got" -eq 3 ] || fail "disk full: exit $got, not 3: $(cat "$work/err")"
      cmp -s "$work/files.before" "$work/files.after" || fail "disk full: files were left: $(diff "$work/files.before" "$work/files.after")"
      checks=$((checks + 1))
      grep -q 'needs [0-9]* MB .*, where [0-9]* MB are to spare; .loa retain. says what may go' "$work/err" ||
        fail "disk full: $(cat "$work/err")"
      echo "disk full: $(head -1 "$work/err")"
    fi
  fi
fi
finish
