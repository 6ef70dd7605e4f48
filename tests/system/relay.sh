#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Relays of every kind that a server gives, what none may reach, and a radio whose relay stalls and comes back.
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")
export no_proxy=127.0.0.1
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
pids=
# shellcheck disable=SC2086
trap 'kill $pids 2>/dev/null || true; wait || true; rm -rf "$work"' EXIT
: >"$work/log"
web=$work/web
mkdir -p "$web/hls"

ffmpeg -nostdin -loglevel error -f lavfi -i sine=440:d=10:r=44100 -ac 2 "$work/tone.wav"
ff() { ffmpeg -nostdin -loglevel error -y -i "$work/tone.wav" "$@"; }
ff -b:a 96k "$web/live.mp3"
ff -c:a libvorbis "$web/a.ogg"
ff -c:a libopus "$web/a.opus"
ff -c:a aac -f adts "$web/a.aac"
ff -c:a flac "$web/a.flac"
ff -ac 1 -c:a pcm_s16le "$web/mono.wav"
ff -c:a aac -f hls -hls_time 2 -hls_list_size 0 "$web/hls/a.m3u8"
python3 "$here/relay_server.py" "$web" "$work/port" &
pids="$pids $!"
wait_until "the web server" test -e "$work/port"
at=http://127.0.0.1:$(cat "$work/port")

# read_relay URL: what the reader wrote is in $work/raw, what it said in $work/err.
read_relay() { timeout 30 "$LOA" relay-reader "$1" 3>"$work/raw" 2>"$work/err" || true; }
# Ten seconds of 440 Hz on both sides: about so many frames, so many turns of the left side.
is_the_tone() {
  python3 - "$work/raw" <<'PY'
import array, sys
sound = array.array("f")
with open(sys.argv[1], "rb") as file:
    sound.frombytes(file.read())
left, right = sound[0::2], sound[1::2]
turns = sum(1 for a, b in zip(left, left[1:]) if a < 0 <= b)
peak = max(map(abs, left), default=0)
ok = abs(len(left) - 480000) < 9600 and abs(turns - 4400) < 100 and 0.07 < peak < 0.11
ok = ok and len(left) == len(right) and max(abs(a - b) for a, b in zip(left, right)) < 0.01
print(len(left), turns, peak)
sys.exit(0 if ok else 1)
PY
}
for name in live.mp3 a.ogg a.opus a.aac a.flac mono.wav hls/a.m3u8; do
  checks=$((checks + 1))
  read_relay "$at/$name"
  is_the_tone >"$work/heard" || fail "$name: $(cat "$work/heard" "$work/err")"
done

# A playlist of a stranger reaches no file of this machine, and nothing is a stream that is none.
cp "$web/live.mp3" "$work/secret.mp3"
for target in "file://$work/secret.mp3" "$work/secret.mp3" "concat:$work/secret.mp3" "subfile,,start,0,end,0,,:$work/secret.mp3"; do
  printf '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n%s\n#EXT-X-ENDLIST\n' "$target" >"$web/evil.m3u8"
  checks=$((checks + 1))
  read_relay "$at/evil.m3u8"
  [ ! -s "$work/raw" ] && [ -s "$work/err" ] || fail "a playlist that names $target was played"
done
head -c 100000 /dev/urandom >"$web/noise"
for url in "$at/noise" "$at/nothing" "file://$work/secret.mp3" "$work/secret.mp3"; do
  checks=$((checks + 1))
  read_relay "$url"
  [ ! -s "$work/raw" ] && [ -s "$work/err" ] || fail "$url was played"
done

# A radio that relays, hour after hour.
s=$work/s
small_station "$s"
"$HELPERS/make_tone" "$work/thay.wav" 440 48000 14400000
"$LOA" -C "$s" import --kind tin --title thay --approve "$work/thay.wav" >"$work/log" 2>&1
cat >"$s/station.ini" <<INI
[station]
timezone = Asia/Ho_Chi_Minh
language = en
hours = 00:00-24:00

[line fm]
output = null:
fallback = segment:thay

[relay vov1]
title = VOV1
url = $at/live

[layer regular]
calendar = schedules/relay.ics
INI
cat >"$s/schedules/relay.ics" <<'ICS'
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:relay
DTSTART:20230101T000000
DURATION:PT1H
RRULE:FREQ=HOURLY
ATTACH:relay:vov1
END:VEVENT
END:VCALENDAR
ICS
new_log
"$LOA" -C "$s" run >>"$work/log" 2>&1 &
pids="$pids $!"
# airing TITLE WORD: the log has such an airing.
airing() { "$LOA" -C "$s" log --json 2>/dev/null | grep "\"title\":\"$1\"" | grep -q "$2"; }
wait_until "the relay is on air" airing VOV1 '"end":null'
echo stall >"$web/mode"
wait_until "a relay that stalls has failed" airing VOV1 '"end_cause":"failed"'
wait_until "the fallback is on air" airing thay '"end":null'
echo serve >"$web/mode"
wait_until "the fallback gives way" airing thay '"end_cause":"preempted"'
wait_until "the relay is back" airing VOV1 '"end":null'
checks=$((checks + 1))
grep -q "relay:vov1: .*nothing has come for 2 s" "$work/log" || fail "nobody was told: $(cat "$work/log")"
finish
