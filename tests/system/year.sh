#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The example station's year is rehearsed on all lines. The ledger is the plan, to the frame, but for what the plan
# itself refused or cut; and the quotas of the year are reached, which they are not when rotation asks for no quota.
. "$(dirname "$0")/lib.sh"
example=$3
command -v sqlite3 >/dev/null || { echo "sqlite3 is missing; run tools/setup --tests"; exit 1; }

s=$work/s
mkdir -p "$s"
cp "$example/station.ini" "$s/"
cp -r "$example/schedules" "$s/"
"$example/make-recordings" "$work/recordings"
"$LOA" -C "$s" import --approve "$work"/recordings/*.wav >/dev/null
"$LOA" -C "$s" say --slots --from 2023-01-01 --to 2024-01-01
"$LOA" -C "$s" check
"$LOA" -C "$s" rehearse --from 2023-01-01 --to 2024-01-01 --keep-ledger "$work/year.db" --json >"$work/out"
sql() { sqlite3 "$work/year.db" "$1"; }

expect() { # expect NAME VALUE SQL
  checks=$((checks + 1))
  got=$(sql "$3")
  [ "$got" = "$2" ] || fail "$1: $got, not $2"
}
same="slot_uid, slot_recurrence_us, position, piece"
expect "planned pieces that the ledger has otherwise" 0 "
  SELECT count(*) FROM plan_item p LEFT JOIN airing a USING ($same) LEFT JOIN airing_end e ON e.airing_id = a.id
  WHERE p.frames > 0 AND (a.id IS NULL OR a.start_us <> p.start_us OR e.frames <> p.frames OR e.cause <> p.end_cause
    OR a.line_set_id <> p.line_set_id OR a.offset_frames <> p.offset_frames)"
expect "airings that nobody planned" 0 "
  SELECT count(*) FROM airing a LEFT JOIN plan_item p USING ($same) WHERE p.id IS NULL OR p.frames = 0"
expect "pieces aired twice" 0 "SELECT count(*) FROM (SELECT 1 FROM airing GROUP BY $same HAVING count(*) > 1)"
expect "airings of a text that was spoken" "tb-giong-lua@tu-ky.example complete" "
  SELECT slot_uid || ' ' || cause FROM airing JOIN airing_end ON airing_id = id WHERE segment_code LIKE 'noi-%'"
expect "planned items that do not say why" 0 "SELECT count(*) FROM plan_item WHERE coalesce(reason, '') = ''"
planned=$(sql "SELECT count(*) || ' pieces, ' || sum(frames) || ' frames' FROM plan_item WHERE frames > 0")
aired=$(sql "SELECT count(*) || ' pieces, ' || sum(frames) || ' frames' FROM airing_end")
checks=$((checks + 1))
[ "$planned" = "$aired" ] || fail "planned $planned, aired $aired"
echo "planned and aired: $aired"
checks=$((checks + 1))
[ "$(sql "SELECT count(*) > 5000 FROM airing")" = 1 ] || fail "only $(sql "SELECT count(*) FROM airing") airings in a year"

# reported DIR LEDGER: the year's report of a station with this ledger, as JSON.
reported() {
  mkdir "$1"
  cp "$s/station.ini" "$1/"
  cp -r "$s/schedules" "$1/"
  cp "$2" "$1/loa.db"
  "$LOA" -C "$1" report --period 2023 --json
}
# missed REPORT: topics whose quota is not reached, with the percent that is.
missed() {
  grep -o '"topic":"[^"]*".*"percent":[0-9.]*' "$1" |
    sed 's/"topic":"\([^"]*\)".*"percent":\([0-9.]*\)/\1 \2/' | awk '$2 < 100'
}

reported "$work/after" "$work/year.db" >"$work/report"
"$LOA" -C "$work/after" report --period 2023
# Every topic with a quota has reached it by the year's end.
checks=$((checks + 1))
missed=$(missed "$work/report")
[ -z "$missed" ] || fail "quotas not reached: $missed"
checks=$((checks + 1))
[ "$(grep -c '"percent":[0-9]' "$work/report")" -ge 9 ] || fail "fewer than nine quotas in the report"

# What is forecast on New Year's Day is what then aired; and so it is with what had aired by then, in the middle of a
# programme in July, and when the year is over. To the unit: recordings, and milliseconds (of which each sum is rounded).
grep '"row":"topic"' "$work/report" |
  sed -n 's/.*"topic":"\([^"]*\)".*"seconds":\([0-9.]*\),"features":\([0-9]*\),"items":\([0-9]*\),.*/\1 \2 \3 \4/p' |
  awk '{print $1, "seconds", $2; print $1, "features", $3; print $1, "items", $4}' >"$work/aired"
forecast_is_report() { # forecast_is_report STATION [OPTION…]
  station=$1
  shift
  "$LOA" -C "$station" forecast --year 2023 --json "$@" >"$work/forecast"
  checks=$((checks + 1))
  wrong=$(sed 's/.*"topic":"\([^"]*\)".*"measure":"\([a-z]*\)".*"aired":\([0-9.]*\),"planned":\([0-9.]*\),"forecast":\([0-9.]*\),"shortfall":\([0-9.]*\),.*/\1 \2 \3 \4 \5 \6/' \
    "$work/forecast" | awk -v aired="$work/aired" '
      BEGIN { while ((getline <aired) > 0) has[$1 " " $2] = $3 }
      { sum = $3 + $4 + $5; off = sum - has[$1 " " $2]; lines++ }
      off > 0.0025 || off < -0.0025 || $6 != 0 { print $1, $2 ": " sum ", not " has[$1 " " $2] ", " $6 " short;" }
      END { if (lines != 27) print lines + 0 " lines, not 27" }')
  [ -z "$wrong" ] || fail "forecast $*: $wrong"
}
forecast_is_report "$s" --at 2023-01-01
forecast_is_report "$work/after" --at 2023-07-02T17:10
forecast_is_report "$work/after"

# With the same recordings and calendars, and everything taken by turns, one of them is not.
sed -i 's/^\[station\]$/&\nrotation = turn/' "$s/station.ini"
"$LOA" -C "$s" rehearse --from 2023-01-01 --to 2024-01-01 --keep-ledger "$work/turn.db" --json >"$work/out"
reported "$work/turn" "$work/turn.db" >"$work/report"
checks=$((checks + 1))
missed=$(missed "$work/report")
[ -n "$missed" ] || fail "by turns every quota is reached too, so the year says nothing about steering by quotas"
echo "by turns: $missed"
finish
