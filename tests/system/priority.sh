#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Where the system refuses real-time priority, the player of a sound device plays without it, and that is told once,
# however often the player is started.
. "$(dirname "$0")/lib.sh"
server=loa-priority-$$
export JACK_DEFAULT_SERVER="$server" JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1
pids=
# shellcheck disable=SC2086
trap 'kill $pids 2>/dev/null || true; wait || true; rm -rf "$work"' EXIT
: >"$work/log"
jackd -r -n "$server" -d dummy -r 48000 -p 960 -C 2 -P 2 >"$work/jack.log" 2>&1 &
pids=$!
s=$work/s
small_station "$s"
printf '[station]\ntimezone = Asia/Ho_Chi_Minh\nlanguage = en\n[line fm]\noutput = device:default\n' >"$s/station.ini"
unprivileged=
[ "$(id -u)" -ne 0 ] || unprivileged="setpriv --bounding-set -sys_nice --inh-caps -sys_nice"
# shellcheck disable=SC2086
prlimit --rtprio=0 $unprivileged "$LOA" -C "$s" run >"$work/log" 2>&1 &
pids="$pids $!"
is_said() { [ "$(grep -c "$1" "$work/log")" -ge "$2" ]; }
players() { pgrep -f "^loa device-player" | while read -r player; do
  tr '\0' '\n' <"/proc/$player/environ" 2>/dev/null | grep -qx "JACK_DEFAULT_SERVER=$server" && echo "$player"; done; }
wait_until "the device is open" is_said 'sound device .* is open' 1
wait_until "what is refused is told" is_said 'runs without real-time priority.*LimitRTPRIO=' 1
player=$(players | head -1)
kill -9 "$player"
wait_until "the device is open again" is_said 'sound device .* is open' 2
# The next player has gone past where it would tell, once it has ended by itself.
kill "${pids##* }"
wait "${pids##* }" || true
checks=$((checks + 1))
[ "$(grep -c 'without real-time priority' "$work/log")" -eq 1 ] || fail "told again: $(cat "$work/log")"
finish
