#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The disk fills up over the years: what nobody has heard for long and nothing asks for may go; the rest, and all that was
# ever recorded, stays.
. "$(dirname "$0")/lib.sh"

s=$work/s
small_station "$s" # `tune`, which the calendar asks for every day
loa() { "$LOA" -C "$s" "$@"; }
sql() { sqlite3 -cmd '.timeout 10000' "$s/loa.db" "$1"; }
expect() { # expect NAME VALUE ACTUAL
  checks=$((checks + 1))
  [ "$2" = "$3" ] || fail "$1: $3, not $2"
}
expect_status() { # expect_status STATUS COMMAND…
  checks=$((checks + 1))
  expected=$1
  shift
  got=0
  "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
  [ "$got" -eq "$expected" ] || fail "$*: exit $got, not $expected: $(cat "$work/err")"
}
files() { find "$s/library" -type f | wc -l; }
codes() { sed -n 's/^{"code":"\([^"]*\)","version":\([0-9]*\),"title":"[^"]*","last_aired":[^,]*,"bytes":[0-9]*,"reason":"[^"]*"}$/\1/p' "$work/out" | tr '\n' ' '; }

# Three years ago: a jingle that a line falls back on, news that aired then, news that aired last month, and an item that
# never aired. This year: an item that has not aired yet.
sed -i 's/^title  = Village$/&\nfallback = segment:jingle, silence/' "$s/station.ini"
hz=500
for name in jingle news-old news-new never fresh; do
  "$HELPERS/make_tone" "$work/$name.wav" $hz 48000 96000
  hz=$((hz + 50))
done
expect_status 0 loa import --kind tin --topic reform --approve "$work/jingle.wav" "$work/news-old.wav" "$work/news-new.wav" \
  "$work/never.wav" "$work/fresh.wav"
now=$(date +%s)
day() { TZ=Asia/Ho_Chi_Minh date -d "@$((now - $1 * 86400))" +%Y-%m-%d; } # so many days ago
past() { echo $(((now - $1 * 86400) * 1000000)); }
sql "UPDATE segment SET imported_us = $(past 1200), decided_us = $(past 1200) WHERE code <> 'fresh';
  INSERT INTO line_set (lines) SELECT 'fm' WHERE NOT EXISTS (SELECT 1 FROM line_set WHERE lines = 'fm')"
air() { # air CODE DAYS_AGO
  sql "INSERT INTO airing SELECT NULL, 'e1@test', $(past "$2"), 0, 0, (SELECT id FROM line_set WHERE lines = 'fm'), id, code,
    version, title, kind, topic, tags, 0, 'programme', $(past "$2"), frames, $(past "$2"), 0, frames FROM segment WHERE code = '$1';
    INSERT INTO airing_end SELECT max(id), $(past "$2") + 2000000, 96000, 'complete' FROM airing"
}
air news-old 1100
air news-old 1000
air news-new 1000
air news-new 30
before=$(files)

# First only looked at.
expect_status 0 loa retain --json
expect "what may go" "never news-old " "$(codes)"
expect "files after looking" "$before" "$(files)"
expect "rows after looking" 0 "$(sql 'SELECT count(*) FROM segment WHERE removed_us IS NOT NULL')"
expect_status 0 loa retain
checks=$((checks + 1))
grep -q "^news-old  *1  $(day 1000) " "$work/out" || fail "the table: $(cat "$work/out")"
checks=$((checks + 1))
grep -q 'files of 2 recordings may go, [0-9.]* MB; `loa retain --apply` removes them' "$work/err" || fail "the sum: $(cat "$work/err")"

# Kept for longer, or for ever: nothing goes.
for setting in '4 years' for-ever; do
  sed -i "/^keep-recordings/d; s/^language .*/&\nkeep-recordings = $setting/" "$s/station.ini"
  expect_status 0 loa retain
  checks=$((checks + 1))
  [ ! -s "$work/out" ] && grep -q 'nothing may go yet' "$work/err" || fail "$setting: $(cat "$work/out" "$work/err")"
done
sed -i '/^keep-recordings/d' "$s/station.ini"

# Asked for by the calendar in half a year: it stays.
calendar "$s" 'DTSTART:20230101T170000' 'DURATION:PT10M' 'RRULE:FREQ=DAILY' 'ATTACH:segment:tune' 'END:VEVENT' 'BEGIN:VEVENT' \
  'UID:e2@test' 'DTSTAMP:20230101T000000Z' "DTSTART:$(date -u -d "@$((now + 180 * 86400))" +%Y%m%dT100000Z)" 'DURATION:PT5M' \
  'ATTACH:segment:never'
expect_status 0 loa retain --json
expect "with an item that is asked for" "news-old " "$(codes)"
calendar "$s" 'DTSTART:20230101T170000' 'DURATION:PT10M' 'RRULE:FREQ=DAILY' 'ATTACH:segment:tune'

# Done. Files go; rows, decisions and the ledger stay, and say why.
expect_status 0 env LOA_USER=lan "$LOA" -C "$s" retain --apply
checks=$((checks + 1))
grep -q 'files of 2 recordings removed, [0-9.]* MB of room made' "$work/err" || fail "--apply: $(cat "$work/err")"
expect "files left of those that went" 0 "$(for c in never news-old; do
  for hash in $(sql "SELECT original_sha256 || ' ' || air_sha256 FROM segment WHERE code = '$c'"); do
    find "$s/library" -name "$hash*"
  done
done | wc -l)"
checks=$((checks + 1))
[ "$(files)" -lt "$before" ] || fail "no file went"
expect "who removed them" "lan lan" "$(sql "SELECT group_concat(who, ' ') FROM segment_event WHERE act = 'removed'")"
expect "state" "withdrawn withdrawn" "$(sql "SELECT group_concat(state, ' ') FROM segment WHERE removed_us IS NOT NULL")"
expect_status 0 loa segment show news-old
expect_status 0 loa log --day "$(day 1100)" --json
checks=$((checks + 1))
grep -q '"segment":"news-old"' "$work/out" || fail "the ledger forgot: $(cat "$work/out")"
expect_status 0 loa check
expect_status 0 loa plan --day "$(day 0)" --json
expect_status 0 loa retain --apply
checks=$((checks + 1))
grep -q 'nothing may go yet' "$work/err" || fail "a second time: $(cat "$work/err")"

# A run that was stopped leaves a file that nothing claims: the next one finds it.
hash=$(sql "SELECT air_sha256 FROM segment WHERE code = 'never'")
folder=$s/library/air/$(echo "$hash" | cut -c1-2)
mkdir -p "$folder"
cp "$work/never.wav" "$folder/$hash.wav"
expect_status 0 loa retain --json
expect "what was left" "never " "$(codes)"
expect_status 0 loa retain --apply
expect "the file that was left" 0 "$(find "$s/library" -name "$hash*" | wc -l)"

# The same bytes bring it back, for a person to approve.
expect_status 0 loa import --kind tin --json "$work/news-old.wav"
checks=$((checks + 1))
grep -q '"code":"news-old".*"status":"duplicate".*files were removed to make room; they are back' "$work/out" ||
  fail "import again: $(cat "$work/out" "$work/err")"
expect "state after it came back" "withdrawn 1" "$(sql "SELECT state || ' ' || (removed_us IS NULL) FROM segment WHERE code = 'news-old'")"
expect_status 0 loa segment approve news-old
expect_status 0 loa retain --json
expect "once it is approved" "" "$(codes)"

finish
