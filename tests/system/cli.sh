#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line as a contract: keys of every listing, exit statuses, where what is printed, both languages.
. "$(dirname "$0")/lib.sh"

s=$work/s
small_station "$s"
loa() { "$LOA" -C "$s" "$@"; }

expect_status() { # expect_status STATUS COMMAND…
  checks=$((checks + 1))
  expected=$1
  shift
  got=0
  "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
  [ "$got" -eq "$expected" ] || fail "$*: exit $got, not $expected: $(cat "$work/err")"
}

# keys NAME 'key key …' COMMAND…: every line is one JSON object with exactly these keys on its top level, in order.
keys() {
  name=$1 want=$2
  shift 2
  expect_status 0 "$@"
  checks=$((checks + 1))
  [ -s "$work/out" ] || { fail "$name: printed nothing"; return; }
  got=$(sqlite3 :memory: "
    WITH RECURSIVE lines (l, rest) AS (SELECT NULL, CAST(readfile('$work/out') AS TEXT)
      UNION ALL SELECT substr(rest, 1, instr(rest, char(10)) - 1), substr(rest, instr(rest, char(10)) + 1) FROM lines WHERE rest <> '')
    SELECT DISTINCT (SELECT group_concat(key, ' ') FROM (SELECT key FROM json_each(l) ORDER BY id)) FROM lines WHERE l IS NOT NULL" 2>&1)
  [ "$got" = "$want" ] || fail "$name: keys are
$got, not
$want"
}

keys segment "code title kind topic tags state duration lufs valid_from valid_until version" loa segment list --json
keys slots "uid recurrence start end title categories lines priority state reason mode" loa slots --day 2023-05-10 --json
sqlite3 "$s/loa.db" "UPDATE segment SET state = 'draft', imported_us = 0"
sed -i 's/ATTACH:segment:tune/ATTACH:segment:none/' "$s/schedules/regular.ics"
keys retain "code version title last_aired bytes reason" loa retain --json
sqlite3 "$s/loa.db" "UPDATE segment SET state = 'approved', imported_us = 1683712800000000"
sed -i 's/ATTACH:segment:none/ATTACH:segment:tune/' "$s/schedules/regular.ics"
keys plan "start end lines segment source address title kind topic slot repeat state reason" loa plan --day 2023-05-10 --json
keys forecast "topic title period measure quota aired planned forecast shortfall cause first_week waiting" loa forecast --year 2023 --json
keys standing "topic title period measure quota due reached behind percent" loa standing --at 2023-07-02 --json
keys rehearse-log "id start end seconds line segment title kind topic slot planned_start start_error_us end_cause repeat" \
  sh -c "'$LOA' -C '$s' rehearse --day 2023-05-10 --keep-ledger '$work/kept.db' --json | grep '\"id\"'"
keys reconcile "slot line planned aired cut missed reason" \
  sh -c "'$LOA' -C '$s' rehearse --day 2023-05-10 --json | grep -v '\"id\"'"
mkdir "$work/after"
cp -r "$s/station.ini" "$s/schedules" "$work/after/"
cp "$work/kept.db" "$work/after/loa.db"
keys log "id start end seconds line segment title kind topic slot planned_start start_error_us end_cause repeat" \
  "$LOA" -C "$work/after" log --day 2023-05-10 --json
keys reconcile "slot line planned aired cut missed reason" "$LOA" -C "$work/after" reconcile --day 2023-05-10 --json
# A day that aired as planned is a success; one of which something is missing is not, nor one that nobody planned.
expect_status 0 "$LOA" -C "$work/after" reconcile --day 2023-05-10
checks=$((checks + 1))
grep -q 'cut 0.000 + missed 0.000$' "$work/out" || fail "reconcile: $(cat "$work/out")"
cp "$work/kept.db" "$work/whole.db"
removed=$(sqlite3 "$work/after/loa.db" "DROP TRIGGER airing_end_is_not_removed; DROP TRIGGER airing_is_not_removed;
  DELETE FROM airing_end WHERE airing_id = (SELECT max(id) FROM airing); DELETE FROM airing WHERE id = (SELECT max(id) FROM airing);
  SELECT changes()")
expect_status 1 "$LOA" -C "$work/after" reconcile --day 2023-05-10
checks=$((checks + 1))
[ "$removed" = 1 ] && grep -q 'of what was planned was missed' "$work/err" || fail "reconcile of a gap: $(cat "$work/err")"
cp "$work/whole.db" "$work/after/loa.db"
expect_status 1 "$LOA" -C "$work/after" reconcile --day 2023-08-10
checks=$((checks + 1))
grep -q 'from 2023-08-10T00:00 on nothing was planned' "$work/err" || fail "reconcile without a radio: $(cat "$work/err")"
expect_status 2 "$LOA" -C "$work/after" reconcile --day 2099-01-01
keys import "code path status duration lufs true_peak gain reason" loa import --kind tin --code again --json "$work/tune.wav"
keys say "code path status duration lufs true_peak gain reason" loa say "Good evening" --json
sed -i 's/ATTACH:segment:tune/ATTACH:segment:none/' "$s/schedules/regular.ics"
keys check "where severity rule message" loa check --from 2023-05-10 --json
sed -i 's/ATTACH:segment:none/ATTACH:segment:tune/' "$s/schedules/regular.ics"

# An output that is not available yet is told before the line is silent, with its line, and is no error.
sed -i '0,/^output = null:/s//output = null:, hls:luu/' "$s/station.ini"
expect_status 0 loa check --from 2023-05-10 --json
checks=$((checks + 1))
grep -q '"where":"[^"]*station.ini:9","severity":"warning","rule":"output"' "$work/out" || fail "check: $(cat "$work/out")"
checks=$((checks + 1))
[ "$(grep -c '"rule":"output"' "$work/out")" -eq 1 ] || fail "check: not one warning of an output: $(cat "$work/out")"
sed -i 's/^output = null:, .*/output = null:/' "$s/station.ini"

# The report's keys of the contract are all there; it may tell more.
expect_status 0 "$LOA" -C "$work/after" report --period 2023 --json
for key in topic title seconds features items first_runs repeats lines quota_seconds quota_features quota_items percent; do
  checks=$((checks + 1))
  grep -q "\"$key\":" "$work/out" || fail "report: no key $key"
done

# A listing without rows says so to people, and nothing at all to programs.
expect_status 0 loa plan --day 2022-05-10
checks=$((checks + 1))
[ "$(cat "$work/out")" = "Nothing is planned in that time." ] || fail "plan of no time: $(cat "$work/out")"
expect_status 0 loa plan --day 2022-05-10 --json
checks=$((checks + 1))
[ ! -s "$work/out" ] || fail "plan of no time, as JSON: $(cat "$work/out")"
expect_status 0 loa log --day 2022-05-10
checks=$((checks + 1))
[ "$(cat "$work/out")" = "Nothing was aired in that time." ] || fail "log of no time: $(cat "$work/out")"
expect_status 0 loa log --day 2022-05-10 --json
checks=$((checks + 1))
[ ! -s "$work/out" ] || fail "log of no time, as JSON: $(cat "$work/out")"

# A listing leaves nothing on standard error; a message leaves nothing on standard output.
expect_status 0 loa plan --day 2023-05-10
checks=$((checks + 1))
[ ! -s "$work/err" ] || fail "plan: wrote to standard error: $(cat "$work/err")"
expect_status 1 loa segment approve nothing-of-that-name
checks=$((checks + 1))
[ ! -s "$work/out" ] || fail "segment approve: wrote to standard output"

# Usage
expect_status 2 "$LOA"
expect_status 2 loa no-such-command
expect_status 2 loa plan --no-such-option
expect_status 2 loa plan one-word-too-many
expect_status 2 loa plan --from
expect_status 2 loa plan --from 2023-05-10 --day 2023-05-10
expect_status 2 loa import
expect_status 2 loa render --from 2023-05-10 --to 2023-05-11
expect_status 2 loa render --line fm -o "$work/day.flac"
expect_status 2 loa render --from 2023-05-10 --line fm -o "$work/day.flac"
checks=$((checks + 1))
[ ! -e "$work/day.flac" ] || fail "render without an end wrote a file"
expect_status 2 loa report
expect_status 2 loa report --period 2023 -o "$work/report.doc"
expect_status 2 loa report --period 2023 -o "$work/report.pdf" --by month
expect_status 2 loa report --period 2023 -o "$work/report.pdf" --annex some
expect_status 2 loa report --period 2023 -o "$work/report.pdf" --dated 2023-13-01
checks=$((checks + 1))
[ ! -e "$work/report.pdf" ] || fail "a report that was refused was written"
expect_status 1 loa report --period 2023 -o "$work/no/such/folder/report.html"
expect_status 2 loa report --period 2023 --by year
checks=$((checks + 1))
grep -q 'takes month or zone, not "year"' "$work/err" || fail "an unknown division is not answered: $(cat "$work/err")"
expect_status 1 loa plan --day 2023-05-10 --line fmm
checks=$((checks + 1))
grep -q 'did you mean "fm"' "$work/err" || fail "a mistyped line is not answered: $(cat "$work/err")"
expect_status 1 loa plan --day 2023-05-10 --line kindergarten
checks=$((checks + 1))
grep -q 'the lines are fm, village' "$work/err" || fail "an unknown line is not answered: $(cat "$work/err")"
expect_status 1 loa plan --day 2023-05-10 --line both
checks=$((checks + 1))
grep -q '"both" is a zone, and one line is asked for, such as fm or village' "$work/err" ||
  fail "a zone for a line is not answered: $(cat "$work/err")"
expect_status 1 "$LOA" -C "$work" check
checks=$((checks + 1))
grep -q "go into the station's folder, or write loa -C FOLDER" "$work/err" ||
  fail "a folder that is no station: $(cat "$work/err")"

# A set of lines that is a zone has its name in tables; JSON names the lines.
sed -i 's/^\[zone both\]/[line school]\ntitle = School\noutput = null:\n\n&/' "$s/station.ini"
calendar "$s" 'DTSTART:20230101T170000' 'DURATION:PT10M' 'RRULE:FREQ=DAILY' 'ATTACH:segment:tune' 'RESOURCES:both'
for listing in slots plan; do
  expect_status 0 loa "$listing" --day 2023-05-10
  checks=$((checks + 1))
  grep -q '17:00:00 .* both ' "$work/out" || fail "$listing: no name of a zone: $(cat "$work/out")"
done
expect_status 0 loa rehearse --day 2023-05-10
checks=$((checks + 1))
grep -q '17:00:00 .* both ' "$work/out" || fail "rehearse: no name of a zone: $(cat "$work/out")"
expect_status 0 loa plan --day 2023-05-10 --json
checks=$((checks + 1))
grep -q '"lines":\["fm","village"\]' "$work/out" || fail "plan --json: $(cat "$work/out")"

# A forecast says what will be missing, and what helps.
expect_status 0 loa forecast --year 2023 --at 2023-01-01 --json
checks=$((checks + 1))
grep -q '"topic":"reform","title":"Reform","period":"2023","measure":"seconds","quota":600,"aired":0,"planned":0,"forecast":730,"shortfall":0,"cause":null,"first_week":null,"waiting":null' \
  "$work/out" || fail "forecast --json: $(cat "$work/out")"
# On the second of July at noon half of the year is gone, and a period that is over has no standing.
expect_status 0 loa standing --at 2023-07-02T12:00 --json
checks=$((checks + 1))
grep -q '"topic":"reform","title":"Reform","period":"2023","measure":"seconds","quota":600.*,"due":300.*,"reached":0.*,"behind":300.*,"percent":0' \
  "$work/out" || fail "standing --json: $(cat "$work/out")"
expect_status 0 loa standing --at 2023-07-02T12:00
checks=$((checks + 1))
grep -q 'Reform .* 10:00 .* 5:00 .* 0\.0 .* 5:00$' "$work/out" || fail "standing: $(cat "$work/out")"
expect_status 1 loa standing --at 2022-07-02
checks=$((checks + 1))
grep -q 'quota whose period holds 2022-07-02' "$work/err" || fail "standing: $(cat "$work/err")"
expect_status 2 loa standing --at 2099-01-01
cp "$s/station.ini" "$work/station.ini"
sed -i 's/quota = 2023: 10 min/quota = 2023: 20 min, 3 items/' "$s/station.ini"
expect_status 0 loa forecast --year 2023 --at 2023-01-01
checks=$((checks + 1))
grep -q 'Reform (2023): 8 min short; no slot asks for it: add a slot$' "$work/out" &&
  grep -q 'Reform (2023): 2 items short; no slot asks for it: add a slot, and record 2 items more$' "$work/out" ||
  fail "forecast: $(cat "$work/out")"
calendar "$s" 'DTSTART:20230308T170000' 'DURATION:PT10M' 'RRULE:FREQ=DAILY' 'CATEGORIES:reform'
expect_status 0 loa forecast --year 2023 --at 2023-01-01
checks=$((checks + 1))
grep -q 'from the week of 2023-03-06 on there is room: record 2 items more$' "$work/out" &&
  grep -q 'Reform .* items  *3  *0  *0  *1  *2$' "$work/out" || fail "forecast: $(cat "$work/out")"
expect_status 0 loa forecast --year 2023
checks=$((checks + 1))
grep -q 'Reform (2023): 20 min short; its period is over$' "$work/out" || fail "forecast: $(cat "$work/out")"
expect_status 1 loa forecast --year 2022
expect_status 2 loa forecast --year 23
expect_status 2 loa forecast --year 2099
expect_status 2 loa forecast --at 2099-01-01
cp "$work/station.ini" "$s/station.ini"
sed -i '/^\[line school\]/,/^$/d' "$s/station.ini"
calendar "$s" 'DTSTART:20230101T170000' 'DURATION:PT10M' 'RRULE:FREQ=DAILY' 'ATTACH:segment:tune'
for command in init import say segment devices sdp check slots plan forecast render rehearse run status stop resume log reconcile standing report retain verify; do
  expect_status 0 "$LOA" "$command" --help
  checks=$((checks + 1))
  grep -q "^loa $command" "$work/out" || fail "$command --help: $(head -1 "$work/out")"
  # The page of the manual tells of the options that exist, and of no others.
  checks=$((checks + 1))
  sed -n 's/^  \(-o, \)\{0,1\}--\([a-z-]*\) .*/\2/p' "$work/out" | grep -v -x -e json -e help | sort >"$work/options"
  page=$(dirname "$HELPERS")/man/loa-$command.1
  { grep -o 'Fl -[a-z-]*' "$page" | sed 's/Fl -//' | grep -v -x -e json; grep -q 'Fl o ' "$page" && echo output; } |
    sort -u >"$work/told"
  cmp -s "$work/options" "$work/told" || fail "$page: $(diff "$work/options" "$work/told")"
done

# The manual: a page for every topic, and a list of them for what is none.
if command -v man >/dev/null; then
  for topic in loa plan station; do
    expect_status 0 env MANPAGER=cat "$LOA" help "$topic"
    checks=$((checks + 1))
    grep -q "loa" "$work/out" || fail "help $topic: $(head -3 "$work/out")"
  done
fi
expect_status 2 "$LOA" help no-such-topic
checks=$((checks + 1))
grep -q 'its pages are loa, station, calendar, init, import' "$work/err" || fail "help: $(cat "$work/err")"

# Found by words without accents, in whatever order; what cannot be is answered with what is near; nothing is no mistake.
expect_status 0 loa import --kind tin --code nuoc-sach --title 'Nước sạch về thôn Đồng Bào' --json "$work/tune.wav"
for words in 'nuoc sach' 'Đồng bào' 'dong  bao' 'NƯỚC thô' '"sạch*' 'nuoc-sach'; do
  expect_status 0 loa segment list --json "$words"
  checks=$((checks + 1))
  grep -c . "$work/out" | grep -qx 1 && grep -q '"code":"nuoc-sach"' "$work/out" || fail "list $words: $(cat "$work/out")"
done
expect_status 0 loa segment list thon --state draft nuoc
checks=$((checks + 1))
grep -q '^nuoc-sach ' "$work/out" || fail "list with two words and a state: $(cat "$work/out")"
expect_status 0 loa segment list NOT here
checks=$((checks + 1))
[ ! -s "$work/out" ] && grep -q 'nothing matches' "$work/err" || fail "an empty list: $(cat "$work/out" "$work/err")"
expect_status 0 loa segment list --json NOT here
checks=$((checks + 1))
[ ! -s "$work/out" ] && [ ! -s "$work/err" ] || fail "an empty JSON list: $(cat "$work/out" "$work/err")"
expect_status 1 loa segment list --kind tinn
checks=$((checks + 1))
grep -q 'did you mean "tin"' "$work/err" || fail "a mistyped kind: $(cat "$work/err")"
expect_status 1 loa segment list --topic refrom
checks=$((checks + 1))
grep -q 'did you mean "reform"' "$work/err" || fail "a mistyped topic: $(cat "$work/err")"
expect_status 1 loa segment list --state approve
checks=$((checks + 1))
grep -q 'did you mean "approved"' "$work/err" || fail "a mistyped state: $(cat "$work/err")"
expect_status 1 loa segment list "$(printf 'n\346\060c')"
checks=$((checks + 1))
grep -q 'not UTF-8' "$work/err" || fail "words that are not UTF-8: $(cat "$work/err")"
expect_status 2 loa segment list --from 2023-05-10 --to 2023-05-10
expect_status 0 loa segment list --from 2023-05-10 --json
checks=$((checks + 1))
grep -q '"code":"tune"' "$work/out" || fail "list --from: $(cat "$work/out")"
expect_status 0 loa segment list --to 2023-05-10 --json
checks=$((checks + 1))
[ ! -s "$work/out" ] || fail "list --to: $(cat "$work/out")"

# Approved, withdrawn, approved again: what airs follows.
expect_status 0 loa segment withdraw tune
expect_status 0 loa plan --day 2023-05-10 --json
checks=$((checks + 1))
grep -q '"state":"refused"' "$work/out" || fail "a withdrawn recording is still planned"
expect_status 0 loa segment approve tune
expect_status 0 loa plan --day 2023-05-10 --json
checks=$((checks + 1))
grep -q '"segment":"tune"' "$work/out" || fail "an approved recording is not planned"

# Vietnamese unless the locale asks for English.
expect_status 2 env LANG=C LC_ALL= "$LOA" no-such-command
checks=$((checks + 1))
grep -q 'không có lệnh' "$work/err" || fail "not in Vietnamese: $(cat "$work/err")"
expect_status 0 env LANG=C LC_ALL= "$LOA" -C "$s" segment list
checks=$((checks + 1))
grep -q -- '-[0-9]*,[0-9]' "$work/out" || fail "no decimal comma in Vietnamese: $(cat "$work/out")"
expect_status 0 env LANG=C LC_ALL= "$LOA" -C "$s" segment list --json
checks=$((checks + 1))
grep -q '"lufs":-[0-9]*\.[0-9]' "$work/out" || fail "no decimal point in JSON: $(cat "$work/out")"
expect_status 2 env LANG=en_US.UTF-8 LC_ALL= "$LOA" no-such-command
checks=$((checks + 1))
grep -q 'there is no command' "$work/err" || fail "not in English: $(cat "$work/err")"

# Bytes that are known change nothing, and what was asked for otherwise is not dropped in silence.
expect_status 0 loa import --kind bai --code tune --json "$work/tune.wav"
checks=$((checks + 1))
grep -q '"status":"duplicate".*"reason":"is in the library already, as tune, and nothing was changed' "$work/out" ||
  fail "import of known bytes as another kind: $(cat "$work/out")"
expect_status 0 loa import --kind tin --code again --approve --json "$work/tune.wav"
checks=$((checks + 1))
grep -q '"reason":"is in the library already, as again, and was not approved now' "$work/out" ||
  fail "import of a known draft with --approve: $(cat "$work/out")"
expect_status 0 loa import --kind tin --topic reform --code tune --approve --json "$work/tune.wav"
checks=$((checks + 1))
grep -q '"status":"duplicate".*"reason":null' "$work/out" || fail "import of known bytes: $(cat "$work/out")"

# A recording whose copy is gone is named by its code wherever it was to be heard, and a render without it is not whole.
mv "$s/library/air" "$work/air"
expect_status 1 loa render --from 2023-05-10T17:00 --to 2023-05-10T17:01 --line fm -o "$work/hole.wav"
checks=$((checks + 1))
grep -q 'recording tune: ' "$work/err" || fail "render: the missing recording has no code: $(cat "$work/err")"
checks=$((checks + 1))
grep -q 'recordings that could not be played: 1 ' "$work/err" || fail "render: $(cat "$work/err")"
checks=$((checks + 1))
[ -s "$work/hole.wav" ] || fail "render with a hole: no file"
expect_status 0 loa rehearse --day 2023-05-10
checks=$((checks + 1))
grep -q 'recording tune: ' "$work/err" || fail "rehearse: the missing recording has no code: $(cat "$work/err")"
mv "$work/air" "$s/library/air"

# verify: every file again; what is lost is told with its recording, and a copy comes back from its original.
expect_status 0 loa verify
checks=$((checks + 1))
[ ! -s "$work/out" ] || fail "verify of a whole library: $(cat "$work/out")"
rm "$(find "$s/library/air" -type f | head -1)"
expect_status 1 loa verify --json
checks=$((checks + 1))
grep -q '^{"code":"[a-z-]*","version":1,"what":"air","path":"[^"]*/library/air/[^"]*","state":"missing"}$' "$work/out" ||
  fail "verify: $(cat "$work/out")"
checks=$((checks + 1))
grep -q 'made anew by loa verify --repair' "$work/err" || fail "verify says no way out: $(cat "$work/err")"
expect_status 0 loa verify --repair
checks=$((checks + 1))
grep -q '^repaired  air  ' "$work/out" || fail "verify --repair: $(cat "$work/out")"
expect_status 0 loa verify
expect_status 2 loa verify one-word-too-many

# What a line can play on, with a machine's devices or without any.
expect_status 0 "$LOA" devices --json
checks=$((checks + 1))
if [ -s "$work/out" ]; then
  grep -v -q '^{"name":"[^"]*","channels":[0-9]*,"default":\(true\|false\)}$' "$work/out" &&
    fail "devices: $(cat "$work/out")"
else
  grep -q 'no sound device' "$work/err" || fail "devices: says nothing of having none: $(cat "$work/err")"
fi

# One radio a station: the second is refused, not a fault of the machine. The first says how it is stopped, and its log
# has whole seconds.
"$LOA" -C "$s" run >"$work/run.log" 2>&1 </dev/null &
radio=$!
tries=0
until grep -q 'on air: Small station, 2 lines; Ctrl-C stops it' "$work/run.log"; do
  tries=$((tries + 1))
  [ "$tries" -lt 200 ] || { fail "the radio does not go on air: $(cat "$work/run.log")"; break; }
  sleep 0.05
done
expect_status 1 loa run
checks=$((checks + 1))
grep -q 'another radio is running' "$work/err" || fail "the second radio: $(cat "$work/err")"
kill -INT "$radio"
checks=$((checks + 1))
wait "$radio" || fail "the radio that was stopped: exit $?"
checks=$((checks + 1))
grep -v -q '^20[0-9-]*T[0-9:]*+07:00 I \(run\|inbox\): ' "$work/run.log" && fail "the log: $(cat "$work/run.log")"

# A new station passes its own check, and an existing one is never written over.
expect_status 0 "$LOA" init "$work/new"
expect_status 0 "$LOA" -C "$work/new" check
expect_status 1 "$LOA" init "$work/new"
finish
