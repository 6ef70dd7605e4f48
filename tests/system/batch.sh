#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A folder of recordings is imported as a batch that can be broken off, by a person or by the power, and gone on with.
. "$(dirname "$0")/lib.sh"
command -v sqlite3 >/dev/null || { echo "sqlite3 is missing; run tools/setup --tests"; exit 1; }

base=$work/base
small_station "$base"
in=$work/in
mkdir -p "$in/sub" "$in/.hidden"
i=0
while [ "$i" -lt 20 ]; do
  "$HELPERS/make_tone" "$in/b-$(printf %02d "$i").wav" $((300 + 10 * i)) 48000 $((48000 * 20 + i))
  i=$((i + 1))
done
mv "$in/b-19.wav" "$in/sub/B 19"          # a recording by its content, whatever its name
cp "$in/b-00.wav" "$in/.hidden/never.wav" # and what is hidden is not meant
printf 'kind: tin\ntitle: The first\n' >"$in/b-00.txt"
echo "a letter" >"$in/letter.docx"
ln -s .. "$in/sub/again" # a circle

fresh() { rm -rf "$work/s"; cp -a "$base" "$work/s"; }
sql() { sqlite3 -cmd '.timeout 10000' "$work/s/loa.db" "$1"; }
rows() { sql "SELECT count(*) FROM segment WHERE code LIKE 'b-%'"; }
expect() { # expect NAME VALUE GOT
  checks=$((checks + 1))
  [ "$2" = "$3" ] || fail "$1: $3, not $2"
}
import() { # import NAME STATUS ARGUMENT…
  name=$1 status=$2
  shift 2
  got=0
  "$LOA" -C "$work/s" import --kind tin "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
  expect "$name: exit" "$status" "$got"
}
says() { # says NAME TEXT
  checks=$((checks + 1))
  grep -q -- "$2" "$work/err" || fail "$1: does not say \"$2\": $(tail -5 "$work/err")"
}
# whole NAME: 20 recordings, none twice, with their files and no others.
whole() {
  expect "$1: recordings" 20 "$(rows)"
  expect "$1: versions of one" 1 "$(sql "SELECT max(version) FROM segment")"
  expect "$1: files" 63 "$(find "$work/s/library" -type f | wc -l)"
  expect "$1: left in incoming/" 0 "$(find "$work/s/library/incoming" -type f | wc -l)"
}
# Start an import of the folder and wait until three recordings are in.
start_batch() {
  "$LOA" -C "$work/s" import --kind tin --json "$in" >"$work/out" 2>"$work/err" </dev/null &
  pid=$!
  tries=0
  while [ "$(rows)" -lt 3 ] && kill -0 "$pid" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 1000 ] || { fail "nothing is imported after 20 s"; finish; exit 1; }
    sleep 0.02
  done
}
# go_on NAME: the same command again takes the others, and knows those that were in.
go_on() {
  before=$(rows)
  import "$1" 0 --json "$in"
  expect "$1: known already" "$before" "$(grep -c '"status":"duplicate"' "$work/out")"
  expect "$1: imported then" $((20 - before)) "$(grep -c '"status":"imported"' "$work/out")"
  whole "$1"
  echo "$1: $before were in"
}

fresh
import "a folder" 0 "$in"
says "a folder" 'files found: 21'
says "a folder" 'passed over, being no recordings: 1'
says "a folder" '20 imported, 0 new versions, 0 known already, 0 rejected'
whole "a folder"
expect "sorted" "$(sed -n 's/^\(b-[0-9]*\) .*/\1/p' "$work/out" | sort)" "$(sed -n 's/^\(b-[0-9]*\) .*/\1/p' "$work/out")"
expect "the sidecar's title" "The first" "$(sql "SELECT title FROM segment WHERE code = 'b-00'")"
go_on "a folder again"
mkdir "$work/empty"
import "an empty folder" 1 "$work/empty"
says "an empty folder" 'empty: is a folder without recordings'
import "one code for many" 2 --code x "$in"

# What failed is told once more where it would have left the screen.
echo "no sound" >"$in/b-05.wav.mp3"
import "one of many fails" 1 "$in"
says "one of many fails" '1 of 22 were not imported:'
expect "one of many fails: told" 2 "$(grep -c 'b-05.wav.mp3: ' "$work/err")"
rm "$in/b-05.wav.mp3"

# Ctrl-C: soon over, nothing half, and the same command goes on.
fresh
start_batch
kill -INT "$pid"
status=0
wait "$pid" || status=$?
expect "stopped" 1 "$status"
says "stopped" "stopped: [0-9]* of 21 files are done; the same command goes on with the others"
checks=$((checks + 1))
[ "$(rows)" -lt 20 ] || fail "stopped: it was not"
expect "stopped: left in incoming/" 0 "$(find "$work/s/library/incoming" -type f | wc -l)"
expect "stopped: rows and their files" "$(($(rows) * 3 + 3))" "$(find "$work/s/library" -type f | wc -l)"
go_on "stopped"

# The power goes.
fresh
start_batch
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
checks=$((checks + 1))
[ "$(rows)" -lt 20 ] || fail "killed: it was too late"
go_on "killed"
finish
