#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The same station gives the same plan, byte for byte: asked twice, at other times of the clock between which no slot
# lies, with its calendar in another order, and with its recordings brought in in another.
. "$(dirname "$0")/lib.sh"

for i in 1 2 3 4 5 6; do "$HELPERS/make_tone" "$work/news-$i.wav" $((300 + 50 * i)) 48000 $((48000 * i)); done

# station DIR ORDER CODE…: recordings in that order, and the calendar from its first event on or from its last
station() {
  dir=$1 order=$2
  shift 2
  small_station "$dir"
  for code in "$@"; do "$LOA" -C "$dir" import --kind tin --approve "$work/news-$code.wav" >/dev/null 2>&1; done
  {
    printf 'BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n'
    for n in $order; do
      printf 'BEGIN:VEVENT\nUID:e%s\nDURATION:PT%sS\nCATEGORIES:tin\n' "$n" $((10 + n))
      case $n in
        1) printf 'DTSTART:20230101T060000\nRRULE:FREQ=DAILY\n' ;;
        2) printf 'DTSTART:20230101T170000\nRRULE:FREQ=DAILY\nRESOURCES:fm\n' ;;
        3) printf 'DTSTART:20230511T170002\nRECURRENCE-ID:20230511T170000\nSEQUENCE:1\n' ;;
        4) printf 'DTSTART:20230104T170003\nRRULE:FREQ=WEEKLY;BYDAY=WE,TH\nRESOURCES:both\nPRIORITY:3\n' ;;
      esac
      printf 'END:VEVENT\n'
    done
    printf 'END:VCALENDAR\n'
  } >"$dir/schedules/regular.ics"
  sed -i 's/^UID:e3$/UID:e2/' "$dir/schedules/regular.ics" # a change of e2, before or after it
}

# plan DIR CLOCK FROM TO: into $work/plan
plan() {
  LD_PRELOAD=$HELPERS/set_clock.so LOA_CLOCK=$(TZ=Asia/Ho_Chi_Minh date -d "$2" +%s) \
    "$LOA" -C "$1" plan --from "$3" --to "$4" --json >"$work/plan" || fail "no plan at $2"
}

same() {
  checks=$((checks + 1))
  cmp -s "$work/plan" "$work/first" || fail "$1: $(diff "$work/first" "$work/plan" | head -4)"
  echo "$1: $(wc -l <"$work/plan") items, $(sha256sum <"$work/plan" | cut -c1-16)"
}

station "$work/a" '1 2 3 4' 1 2 3 4 5 6
station "$work/b" '4 3 2 1' 6 3 1 5 4 2

plan "$work/a" '2023-05-09 19:00' 2023-05-10 2023-05-17
mv "$work/plan" "$work/first"
checks=$((checks + 1))
[ "$(wc -l <"$work/first")" -gt 20 ] || fail "the plan is too short: $(cat "$work/first")"
plan "$work/a" '2023-05-09 19:00' 2023-05-10 2023-05-17; same "asked again"
plan "$work/a" '2023-05-09 23:59:59' 2023-05-10 2023-05-17; same "asked before midnight"
plan "$work/a" '2023-05-10 05:30' 2023-05-10 2023-05-17; same "asked in the morning"
plan "$work/b" '2023-05-09 19:00' 2023-05-10 2023-05-17; same "another order of everything"
plan "$work/b" '2023-05-10 05:59:50' 2023-05-10 2023-05-17; same "another order, and ten seconds before"

plan "$work/a" '2024-01-01' 2023-05-10 2023-05-17
mv "$work/plan" "$work/first"
plan "$work/a" '2033-07-01 12:34:56' 2023-05-10 2023-05-17; same "what is past, asked ten years later"
plan "$work/b" '2026-02-28' 2023-05-10 2023-05-17; same "and of the other order"
finish
