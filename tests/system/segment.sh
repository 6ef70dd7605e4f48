#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A recording's life: brought in, approved by another person, edited, approved again, withdrawn; and what is told of it.
. "$(dirname "$0")/lib.sh"

s=$work/s
small_station "$s"
as() { # as NAME ARGUMENT…: the station's loa, as somebody
  name=$1
  shift
  LOA_USER=$name "$LOA" -C "$s" "$@"
}
expect_status() { # expect_status STATUS COMMAND…: output in $work/out, messages in $work/err
  want=$1
  shift
  checks=$((checks + 1))
  got=0
  "$@" >"$work/out" 2>"$work/err" || got=$?
  [ "$got" = "$want" ] || fail "$*: exit $got, not $want: $(cat "$work/err")"
}
says() { # says NAME FILE TEXT…: the file has each text
  name=$1
  file=$2
  shift 2
  for text in "$@"; do
    checks=$((checks + 1))
    grep -q -F -e "$text" "$file" || fail "$name: no \"$text\" in: $(cat "$file")"
  done
}
has_not() { # has_not NAME FILE TEXT
  checks=$((checks + 1))
  ! grep -q -F -e "$3" "$2" || fail "$1: \"$3\" in: $(cat "$2")"
}
day=$(date -u -d 'tomorrow' +%Y-%m-%d)
plan() { expect_status 0 as lan plan --day "$day" --json; }

# Two persons: whoever brings a recording in does not approve it, and is told who can.
sed -i 's/^language .*/language = en\ntwo-person = yes/' "$s/station.ini"
calendar "$s" 'DTSTART:20230101T170000' 'DURATION:PT10M' 'RRULE:FREQ=DAILY' 'ATTACH:segment:news'
"$HELPERS/make_tone" "$work/news.wav" 500 48000 192000
expect_status 0 as lan import --kind tin --topic reform --title 'News of the day' --approve --json "$work/news.wav"
says "an approving import" "$work/out" '"status":"imported"' 'as a draft' 'lan brought it in'
expect_status 1 as lan segment approve news
says "approving one's own" "$work/err" 'lan brought in or edited version 1' 'loa segment approve news'
plan
says "the plan of a draft" "$work/out" '"state":"unfilled"' 'recording news has not been approved'
expect_status 0 as hoa segment approve news
says "an approval" "$work/out" 'news, version 1, "News of the day": approved'
plan
says "the plan" "$work/out" '"segment":"news"' '"title":"News of the day"'

# A mistake in the station file does not keep anything on the air; and what was withdrawn comes back with a warning only.
"$HELPERS/make_tone" "$work/gone.wav" 700 48000 192000
expect_status 0 as lan import --kind tin "$work/gone.wav"
expect_status 0 as hoa segment approve gone
expect_status 0 as lan segment edit gone --title 'Once more'
cp "$s/station.ini" "$work/station.ini"
echo '[line' >>"$s/station.ini"
expect_status 0 as minh segment withdraw gone --reason 'wrong figures'
says "a withdrawal" "$work/out" 'gone, "Once more": withdrawn'
cp "$work/station.ini" "$s/station.ini"
expect_status 0 as hoa segment approve gone
says "an approval after a withdrawal" "$work/err" 'version 1 of gone was withdrawn by minh' 'wrong figures'
# A name of two lines is nobody's.
expect_status 0 as "$(printf 'a\nb')" segment withdraw gone
expect_status 0 as lan segment show gone
has_not "the steps" "$work/out" 'withdrawn by a'

# What it means nothing to is refused, and nothing done.
expect_status 2 as hoa segment approve news --reason late
says "a stray option" "$work/err" '--reason does not go with approve'

# An edit is a draft of its own; what is approved airs on until that is approved, by another person.
expect_status 0 as hoa segment edit news --title 'News of Tuesday' --approve
says "an edit" "$work/out" 'news, version 2: a draft'
says "an edit" "$work/err" 'hoa edited news and must not approve it too'
plan
says "the plan of an edited draft" "$work/out" '"title":"News of the day"'
expect_status 1 as hoa segment approve news
expect_status 0 as lan segment approve news
plan
says "the plan of an edit" "$work/out" '"title":"News of Tuesday"'
expect_status 0 as hoa segment edit news --title 'News of Tuesday' --json
says "an edit that changes nothing" "$work/out" '{"code":"news","version":2,"state":"approved","changed":false}'
expect_status 1 as hoa segment edit news --title Other --kind tinn
says "a mistake" "$work/err" 'the station has no kind `tinn`; did you mean `tin`?'
expect_status 2 as hoa segment edit news tune --title Same
expect_status 2 as hoa segment edit news
expect_status 1 as hoa segment edit news --valid-from 2024-01-02 --valid-until 2024-01-01
says "a mistake" "$work/err" 'news: would never be valid'
expect_status 1 as hoa segment edit no-such-code --title Other

# From its second 1.5 to its second 3, and all of it again; times that are none are told.
expect_status 0 as hoa segment edit news --cue-in 0:01.500 --cue-out 3 --reason 'a cough'
expect_status 0 as lan segment approve news
plan
says "the plan of what has cues" "$work/out" "\"start\":\"${day}T17:00:00+07:00\",\"end\":\"${day}T17:00:01.500000+07:00\""
expect_status 0 as lan segment show news --json
says "cues" "$work/out" '"cue_in":1.5,"cue_out":3,' '"act":"edited","reason":"a cough"'
expect_status 0 as lan segment show news
says "cues" "$work/out" 'airs from 0:01.500 to 0:03.000 of its copy' 'edited by hoa: a cough'
for time in 1:60 x 1. .5 -1 1:2:3:4 '1 s'; do
  expect_status 2 as hoa segment edit news --cue-in "$time"
  says "cue $time" "$work/err" "is no time of a recording"
done
expect_status 1 as hoa segment edit news --cue-out 4.001
expect_status 2 as hoa segment edit news --untrim --cue-in 1
expect_status 0 as hoa segment edit news --untrim --json
says "untrim" "$work/out" '"version":4,"state":"draft","changed":true'
expect_status 0 as lan segment approve news

# Of several codes at once; until then, and from then on.
calendar "$s" 'DTSTART:20230101T170000' 'DURATION:PT10M' 'RRULE:FREQ=DAILY' 'ATTACH:segment:news' 'ATTACH:segment:tune'
expect_status 0 as hoa segment edit tune news --valid-until 2024-01-01
expect_status 0 as lan segment approve tune news
plan
says "the plan of what has expired" "$work/out" 'recording news may not air from 2024-01-01 on' 'recording tune may not air from 2024-01-01 on'
expect_status 0 as lan check
says "check of what has expired" "$work/err" 'recording news may not air from 2024-01-01 on'
expect_status 0 as lan segment list
says "the list of what has expired" "$work/out" 'approved, expired'
expect_status 0 as hoa segment edit tune news --valid-until '' --valid-from 2999-01-01
expect_status 0 as lan segment approve tune news
plan
says "the plan of what is not valid yet" "$work/out" 'recording news may not air before 2999-01-01'
expect_status 0 as lan segment show news
says "what is not valid yet" "$work/out" 'approved, not yet valid' 'not to be heard before 2999-01-01T00:00:00+07:00'
expect_status 0 as hoa segment edit tune news --valid-from ''
expect_status 0 as lan segment approve tune news
plan
says "the plan of what is valid" "$work/out" '"segment":"news"' '"segment":"tune"'

# Withdrawn, with the reason.
expect_status 0 as minh segment withdraw news --reason 'wrong figures'
plan
says "the plan of what is withdrawn" "$work/out" '"segment":null' '"state":"refused"' 'recording news was withdrawn by minh on ' ': wrong figures"'
has_not "the plan of what is withdrawn" "$work/out" '"segment":"news"'
expect_status 0 as lan check
says "check" "$work/err" 'does not air at ' 'recording news was withdrawn by minh on '
expect_status 0 as lan segment show news --json
says "show --json" "$work/out" '"state":"withdrawn"' '"reason":"wrong figures"' '"cue_in":0,"cue_out":null'
# Every step of every version, in order.
grep -o '"who":"[a-z]*","act":"[a-z]*"' "$work/out" | sed 's/"who":"//; s/","act":"/ /; s/"//' >"$work/steps"
{
  printf '%s\n' 'lan imported' 'hoa approved' 'minh withdrawn'
  for version in 2 3 4 5 6 7; do printf '%s\n' 'hoa edited' 'lan approved' 'minh withdrawn'; done
} >"$work/expected"
checks=$((checks + 1))
cmp -s "$work/expected" "$work/steps" || fail "the steps: $(diff "$work/expected" "$work/steps")"
expect_status 0 as lan segment show news
says "show" "$work/out" 'news, version 1: News of the day' 'imported by lan' 'approved by hoa' 'withdrawn by minh: wrong figures'
# What is so already and is approved with that is told as approved, and once.
expect_status 0 as lan segment edit news --kind tin --approve
says "an edit that only approves" "$work/out" 'news, version 7: approved'
expect_status 0 as lan segment edit news --kind tin --approve
says "an edit that changes nothing" "$work/out" 'news, version 7: is so already, nothing was changed'
expect_status 0 as minh segment withdraw news --reason 'wrong figures'

# On air: a withdrawal is followed within about a second. What sounds of it is stopped, what was to follow of it in the
# same slot is not begun, and the fallback has its time.
sed -i 's/^hours .*/hours = 00:00-24:00/; s/^timezone .*/timezone = UTC/; s/^two-person .*//' "$s/station.ini"
sed -i 's/^output = null:$/output = null:\nfallback = segment:spare/' "$s/station.ini"
for name in talk spare; do "$HELPERS/make_tone" "$work/$name.wav" 600 48000 $((48000 * 40)); done
"$HELPERS/make_tone" "$work/spare.wav" 650 48000 $((48000 * 39))
expect_status 0 as lan import --kind tin --topic reform --approve "$work/talk.wav" "$work/spare.wav"
at() { date -u -d "@$1" +%Y%m%dT%H%M%SZ; }
sql() { sqlite3 -cmd '.timeout 10000' "$s/loa.db" "$1"; }
wait_for() { # wait_for NAME SQL: until the query says 1
  tries=0
  while [ "$(sql "$2")" != 1 ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 400 ] || { fail "$1: not after 20 s: $(tail -5 "$work/log")"; finish; exit 1; }
    sleep 0.05
  done
}
now=$(date +%s)
calendar "$s" "DTSTART:$(at $((now - 2)))" 'DURATION:PT2M' 'ATTACH:segment:talk' 'ATTACH:segment:talk' 'END:VEVENT' \
  'BEGIN:VEVENT' 'UID:e2@test' 'DTSTAMP:20230101T000000Z' "DTSTART:$(at $((now + 3600)))" 'DURATION:PT10M' 'ATTACH:segment:talk'
new_log
"$LOA" -C "$s" run >>"$work/log" 2>&1 &
radio=$!
wait_for "the talk" "SELECT count(*) FROM airing WHERE segment_code = 'talk'"
expect_status 0 as minh segment withdraw talk --reason 'wrong date'
decided=$(sql "SELECT max(decided_us) FROM segment WHERE code = 'talk'")
wait_for "the end of the talk" "SELECT count(*) FROM airing JOIN airing_end ON airing_id = id WHERE segment_code = 'talk'"
checks=$((checks + 1))
[ "$(sql "SELECT cause FROM airing JOIN airing_end ON airing_id = id WHERE segment_code = 'talk'")" = stopped ] ||
  fail "the talk did not end as stopped"
late=$(sql "SELECT (max(end_us) - $decided) / 1000 FROM airing_end")
checks=$((checks + 1))
# A second until it is looked at, 0.1 s of fading, and what a busy machine takes to plan.
[ "$late" -ge 0 ] && [ "$late" -le 4000 ] || fail "the talk was heard for $late ms after it was withdrawn"
wait_for "the fallback" "SELECT count(*) FROM airing WHERE segment_code = 'spare' AND role = 'fallback'"
wait_for "the plan" "SELECT count(*) FROM plan_item WHERE slot_uid = 'e2@test' AND state = 'refused' AND
  reason LIKE 'recording talk was withdrawn by minh on % wrong date'"
# The fallback too.
expect_status 0 as minh segment withdraw spare
wait_for "the end of the fallback" "SELECT count(*) FROM airing JOIN airing_end ON airing_id = id WHERE segment_code = 'spare'"
# Approved again, it is planned again.
expect_status 0 as hoa segment approve talk
wait_for "the plan" "SELECT count(*) FROM plan_item WHERE slot_uid = 'e2@test' AND state = 'planned'"
kill -INT "$radio"
wait "$radio" || fail "stopping the radio: exit $?"
checks=$((checks + 1))
[ "$(sql "SELECT count(*) FROM airing WHERE segment_code IN ('talk', 'spare')")" = 2 ] ||
  fail "aired: $(sql "SELECT segment_code, start_us FROM airing")"
finish
