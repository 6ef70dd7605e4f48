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
plan
says "the plan" "$work/out" '"segment":"news"' '"title":"News of the day"'

# What it means nothing to is refused, and nothing done.
expect_status 2 as hoa segment approve news --reason late
says "a stray option" "$work/err" '--reason does not go with approve'

# Withdrawn, with the reason.
expect_status 0 as minh segment withdraw news --reason 'wrong figures'
plan
says "the plan of what is withdrawn" "$work/out" '"segment":null' '"state":"refused"' 'recording news was withdrawn by minh on ' ': wrong figures"'
has_not "the plan of what is withdrawn" "$work/out" '"segment":"news"'
expect_status 0 as lan check
says "check" "$work/err" 'does not air at ' 'recording news was withdrawn by minh on '
expect_status 0 as lan segment show news --json
says "show --json" "$work/out" '"state":"withdrawn"' '"reason":"wrong figures"' '"cue_in":0,"cue_out":null' \
  '"who":"lan","act":"imported","reason":null},{' '"who":"hoa","act":"approved","reason":null},{' \
  '"who":"minh","act":"withdrawn","reason":"wrong figures"}]'
expect_status 0 as lan segment show news
says "show" "$work/out" 'news, version 1: News of the day' 'imported by lan' 'approved by hoa' 'withdrawn by minh: wrong figures'
finish
