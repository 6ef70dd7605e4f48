#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A person edits the calendar by command: this day only, from a day on, all of it, and takes it back.
. "$(dirname "$0")/lib.sh"
s=$work/s
small_station "$s"
uid=$(sed -n 's/^UID:\([^\r]*\).*/\1/p' "$s/schedules/regular.ics")
slot() { "$LOA" -C "$s" slot "$@"; }
starts() { # starts FROM TO: what airs, as "10T17:00 11T17:00"
  "$LOA" -C "$s" slots --from "$1" --to "$2" --json |
    sed 's/.*"start":"2023-..-\([^:]*:[^:]*\):.*"state":"\([a-z]*\)".*/\1 \2/' | sed 's/ confirmed//;s/ \(.*\)/!\1/' | paste -sd' '
}
expect() { # expect NAME WANTED GOT
  checks=$((checks + 1))
  [ "$2" = "$3" ] || fail "$1: \"$3\", not \"$2\""
}

cp "$s/schedules/regular.ics" "$work/first"
slot move "$uid" --at 2023-05-10 --to 18:00 --this >"$work/out"
expect "one day is moved" "09T17:00 10T18:00 11T17:00" "$(starts 2023-05-09 2023-05-12)"
checks=$((checks + 1))
grep -q '2023-05-10 17:00–17:10 .* → 2023-05-10 18:00–18:10' "$work/out" || fail "does not show the move: $(cat "$work/out")"
slot undo >/dev/null
checks=$((checks + 1))
cmp -s "$s/schedules/regular.ics" "$work/first" || fail "undo does not bring back the very same calendar"
slot cancel "$uid" --at 2023-05-10 --this >/dev/null
expect "one day is cancelled" "09T17:00 10T17:00!cancelled 11T17:00" "$(starts 2023-05-09 2023-05-12)"
slot move "$uid" --to 17:30 --all >/dev/null
expect "all days are moved" "09T17:30 10T17:30!cancelled 11T17:30" "$(starts 2023-05-09 2023-05-12)"
slot cancel "$uid" --at 2023-05-12 --following >/dev/null
expect "the series is ended" "11T17:30" "$(starts 2023-05-11 2023-06-01)"

new=$(slot add --start 2023-05-20T06:30 --length 15m --title "Tin sớm" --plays segment:tune --rule 'FREQ=WEEKLY;COUNT=2' |
  sed -n '1s/:.*//p')
expect "a new slot is there" "20T06:30 27T06:30" "$(starts 2023-05-20 2023-06-10)"
expect "its UID is of its title" "tin-som" "${new%-*}"
slot edit "$new" --at 2023-05-27 --this --length 20m --dry-run --json >"$work/out"
checks=$((checks + 1))
grep -q '"before":{"start":"2023-05-27T06:30:00+07:00","end":"2023-05-27T06:45:00+07:00".*"after":{.*"end":"2023-05-27T06:50:00+07:00"' "$work/out" ||
  fail "a dry run does not show the change: $(cat "$work/out")"
expect "a dry run writes nothing" 1 "$("$LOA" -C "$s" slots --from 2023-05-27 --to 2023-05-28 --json | grep -c 'T06:45:00')"

cp "$s/schedules/regular.ics" "$work/before"
refused() { # refused WORDS ARGUMENT…
  words=$1
  shift
  checks=$((checks + 1))
  status=0
  slot "$@" >"$work/out" 2>&1 || status=$?
  [ "$status" -eq 1 ] || [ "$status" -eq 2 ] || fail "loa slot $*: exit $status"
  grep -q -- "$words" "$work/out" || fail "loa slot $*: does not say \"$words\": $(cat "$work/out")"
  cmp -s "$s/schedules/regular.ics" "$work/before" || fail "loa slot $*: wrote although it refused"
}
refused "--this" edit "$new" --title Tin
refused "2023-05-27T06:30" cancel "$new" --at 2023-05-21 --this
refused "did you mean" edit "$new" --all --categories refrom
refused "once a minute" edit "$new" --all --rule FREQ=SECONDLY
refused "within its day" move "$new" --at 2023-05-27 --to 2023-05-28T06:30 --all
refused "one word too many" edit "$new" all
refused "exclude each other" cancel "$new" --all --this
checks=$((checks + 1))
"$LOA" -C "$s" check >/dev/null 2>&1 || fail "the edited calendar is not whole"
finish
