#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Recordings are dropped into the inbox of a station while a watcher and a radio run: slowly, in pieces, wrongly, and
# while the watcher is killed. Nothing is lost, and what is approved stays on air.
. "$(dirname "$0")/lib.sh"

s=$work/s
small_station "$s"
sed -i 's/^hours .*/hours = 00:00-24:00/; s/^timezone .*/timezone = UTC/' "$s/station.ini"
sql() { sqlite3 -cmd '.timeout 10000' "$s/loa.db" "$1"; }
expect() { # expect NAME VALUE ACTUAL
  checks=$((checks + 1))
  [ "$2" = "$3" ] || fail "$1: $3, not $2"
}
: >"$work/log"
has_version() { [ "$(sql "SELECT count(*) FROM segment WHERE code = '$1' AND version = $2")" = 1 ]; }
is_gone() { [ ! -e "$1" ]; }
# Whoever inherits an orphan may be slow to collect it: one that has ended stays as a zombie until then.
has_ended() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }
logs() { grep -q "$1" "$work/log"; }
tone() { "$HELPERS/make_tone" "$work/$1" "$2" 48000 "$3"; }
# The watcher's process, by the radio's.
watcher_of() {
  for status in /proc/[0-9]*/status; do
    grep -q "^PPid:[[:space:]]*$1\$" "$status" 2>/dev/null || continue
    pid=${status#/proc/}
    pid=${pid%/status}
    if tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q 'inbox --watch'; then echo "$pid"; fi
  done
}
# Looked at once: a watcher that is killed may die between two looks, and nothing is not a new one.
has_new_watcher() {
  found=$(watcher_of "$1")
  [ -n "$found" ] && [ "$found" != "$2" ]
}

# --- by hand
mkdir -p "$s/inbox/tin"
tone a.wav 500 96000
cp "$work/a.wav" "$s/inbox/tin/by hand.wav"
cp "$work/a.wav" "$s/inbox/no kind.wav"
echo "a letter" >"$s/inbox/tin/letter.doc"
got=0
"$LOA" -C "$s" inbox --json >"$work/out" 2>"$work/err" || got=$?
expect "status by hand" 1 "$got"
expect "rows by hand" "by-hand imported" "$(sed -n 's/.*"code":"\([^"]*\)".*"status":"\(imported\)".*/\1 \2/p' "$work/out")"
expect "files that are left by hand" "no kind.wav
no kind.wav.not-imported.txt
tin/letter.doc" "$(cd "$s/inbox" && find . -type f | sed 's/^\.\///' | sort)"
rm "$s/inbox/tin/letter.doc" "$s/inbox/no kind.wav"

# --- a radio watches the inbox
calendar "$s" "DTSTART:$(date -u -d '-2 seconds' +%Y%m%dT%H%M%SZ)" 'DURATION:PT1H' 'ATTACH:segment:tune' 'ATTACH:segment:tune'
new_log
"$LOA" -C "$s" run --no-supervisor >>"$work/log" 2>&1 &
radio=$!
wait_until "the watcher" logs "inbox: watching"
expect "the old note" "" "$(find "$s/inbox" -name '*.not-imported.txt')"
watcher=$(watcher_of "$radio")
expect "the watcher's niceness" 19 "$(sed 's/.*) //' "/proc/$watcher/stat" | cut -d' ' -f17)"
expect "who goes first when memory is short" 1000 "$(cat "/proc/$watcher/oom_score_adj")"
got=0
"$LOA" -C "$s" inbox >"$work/out" 2>"$work/err" || got=$?
expect "a second watcher" 1 "$got"
checks=$((checks + 1))
grep -q "process $watcher" "$work/err" || fail "who watches: $(cat "$work/err")"

# A writer that takes its time, and never closes the file in between.
tone slow.wav 600 192000
size=$(stat -c %s "$work/slow.wav")
{
  at=0
  while [ "$at" -lt "$size" ]; do
    dd if="$work/slow.wav" bs=65536 skip=$((at / 65536)) count=1 2>/dev/null
    at=$((at + 65536))
    sleep 0.45
  done
} >"$s/inbox/tin/slow.wav"
wait_until "the slow file" has_version slow 1
wait_until "the slow file's end" is_gone "$s/inbox/tin/slow.wav"
expect "its length" 192000 "$(sql "SELECT frames FROM segment WHERE code = 'slow'")"
expect "its state" draft "$(sql "SELECT state FROM segment WHERE code = 'slow'")"

# The same name again while the approved one is on air: a second version, a draft.
tone tune2.wav 800 96000
cp "$work/tune2.wav" "$s/inbox/.tune.wav"
mkdir -p "$s/inbox/Reform"
mv "$s/inbox/.tune.wav" "$s/inbox/tin/tune.wav"
wait_until "the new version" has_version tune 2
wait_until "the new version's file" is_gone "$s/inbox/tin/tune.wav"
expect "what airs" 1 "$(sql "SELECT max(version) FROM segment WHERE code = 'tune' AND state = 'approved'")"
# A recording and its text, in folders by title; the text comes last and in time.
cp "$work/a.wav" "$s/inbox/Reform/Một cửa.wav"
printf 'kind: tin\ntitle: One stop\ncode: one-stop\n' >"$s/inbox/Reform/Một cửa.txt"
wait_until "the described one" has_version one-stop 1
wait_until "its text" is_gone "$s/inbox/Reform/Một cửa.txt"
expect "what it is" "One stop|tin|reform" "$(sql "SELECT title, kind, topic FROM segment WHERE code = 'one-stop'")"

# No kind: a note, until the file is moved where it belongs.
tone lost.wav 900 96000
cp "$work/lost.wav" "$s/inbox/lost.wav"
wait_until "the note" test -s "$s/inbox/lost.wav.not-imported.txt"
mv "$s/inbox/lost.wav" "$s/inbox/tin/lost.wav"
wait_until "the note's end" is_gone "$s/inbox/lost.wav.not-imported.txt"
wait_until "the moved file" has_version lost 1

# What a calendar asks to be said is spoken ahead, a kind that is added counts at once, and a station file with a
# mistake changes nothing.
printf '#!/bin/sh\ncat >/dev/null; cp "%s" "$1"\n' "$work/a.wav" >"$s/voice"
chmod +x "$s/voice"
printf '\n[kind weather]\ntitle = Weather forecast\n' >>"$s/station.ini"
sed -i 's|^language.*|&\nvoice = ./voice {wav}|' "$s/station.ini"
calendar "$s" "DTSTART:$(date -u -d '+1 day' +%Y%m%dT%H%M%SZ)" 'DURATION:PT5M' 'CATEGORIES:thong-bao' 'DESCRIPTION:No power tomorrow.'
wait_until "the spoken text" sh -c "[ \"\$(sqlite3 '$s/loa.db' \"SELECT state FROM segment WHERE script = 'No power tomorrow.'\")\" = approved ]"
wait_until "the log of the spoken text" logs 'inbox: Test: spoken as noi-'
mkdir -p "$s/inbox/weather FORECAST"
tone rain.wav 970 96000
cp "$work/rain.wav" "$s/inbox/weather FORECAST/rain.wav"
wait_until "the kind that was added" has_version rain 1
cp "$s/station.ini" "$work/good.ini"
echo 'nonsense = 1' >>"$s/station.ini"
wait_until "the mistake in the station file" logs 'inbox: .*station.ini:[0-9]*: '
tone snow.wav 980 96000
cp "$work/snow.wav" "$s/inbox/weather FORECAST/snow.wav"
wait_until "a file while the station file has a mistake" has_version snow 1
cp "$work/good.ini" "$s/station.ini"

# A watcher that is killed is started again, and takes what lies there.
kill -9 "$watcher"
tone after.wav 950 96000
cp "$work/after.wav" "$s/inbox/tin/after.wav"
wait_until "another watcher" has_new_watcher "$radio" "$watcher"
wait_until "the log of the kill" logs 'loa inbox --watch. was ended by signal 9'
wait_until "the file after the kill" has_version after 1
kill -0 "$radio" || fail "the radio went with its watcher"

# It ends with the radio, and with a radio that is killed.
watcher=$(watcher_of "$radio")
kill -INT "$radio"
wait "$radio" || fail "stopping the radio: exit $?"
wait_until "the end of the watcher of a stopped radio" has_ended "$watcher"
new_log
"$LOA" -C "$s" run --no-supervisor >>"$work/log" 2>&1 &
radio=$!
wait_until "the watcher of the next radio" logs "inbox: watching"
watcher=$(watcher_of "$radio")
kill -9 "$radio"
wait "$radio" 2>/dev/null || true
wait_until "the end of the watcher of a killed radio" has_ended "$watcher"

# --- killed in the middle of a long recording: it is still there, and is taken by the next
tone long.wav 300 $((48000 * 900))
cp "$work/long.wav" "$s/inbox/tin/long.wav"
new_log
"$LOA" -C "$s" inbox --watch >>"$work/log" 2>&1 &
watcher=$!
wait_until "the copy in incoming" sh -c "ls '$s/library/incoming' | grep -q '^import-'"
kill -9 "$watcher"
wait "$watcher" 2>/dev/null || true
expect "rows of what was killed" 0 "$(sql "SELECT count(*) FROM segment WHERE code = 'long'")"
checks=$((checks + 1))
cmp -s "$work/long.wav" "$s/inbox/tin/long.wav" || fail "the file was harmed"
new_log
"$LOA" -C "$s" inbox --watch >>"$work/log" 2>&1 &
watcher=$!
wait_until "the long one" has_version long 1
wait_until "its file" is_gone "$s/inbox/tin/long.wav"
kill -TERM "$watcher"
wait "$watcher" || fail "stopping the watcher: exit $?"
expect "what is left in the inbox" "" "$(find "$s/inbox" -type f)"
expect "what is left in incoming" inbox-lock "$(ls "$s/library/incoming")"
expect "integrity" ok "$(sql 'PRAGMA integrity_check')"
finish
