#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Texts that are spoken: by hand, from a file, and from the calendars; by espeak-ng and by other voices.
. "$(dirname "$0")/lib.sh"

s=$work/s
small_station "$s"
loa() { "$LOA" -C "$s" "$@"; }
sql() { sqlite3 "$s/loa.db" "$1"; }
expect() { # expect NAME VALUE ACTUAL
  checks=$((checks + 1))
  [ "$2" = "$3" ] || fail "$1: $3, not $2"
}
status() { # status NAME STATUS COMMAND…
  name=$1 expected=$2
  shift 2
  checks=$((checks + 1))
  got=0
  "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
  [ "$got" -eq "$expected" ] || fail "$name: exit $got, not $expected: $(cat "$work/out" "$work/err")"
}
says() { # says NAME WORDS: on standard error
  checks=$((checks + 1))
  grep -q -- "$2" "$work/err" || fail "$1: says $(cat "$work/err")"
}
voice() { # voice COMMAND: the station's
  sed -i '/^voice/d' "$s/station.ini"
  [ -z "$1" ] || sed -i "s|^language.*|&\nvoice = $1|" "$s/station.ini"
}
script() { # script NAME LINES: a program in the station's folder
  printf '#!/bin/sh\n%s\n' "$2" >"$s/$1"
  chmod +x "$s/$1"
}

# By hand, as people type it: a draft with its words, whose sound is about as long as the words take.
text='Kính mời bà con đến họp thôn, bảy giờ rưỡi tối nay, tại nhà văn hóa.'
status "say" 0 loa say "$text" --title 'Họp thôn'
expect "what was spoken" "hop-thon|draft|thong-bao|Họp thôn|hop-thon.wav|$text" \
  "$(sql "SELECT code, state, kind, title, original_name, script FROM segment WHERE code = 'hop-thon'")"
expect "its length" 1 "$(sql "SELECT frames BETWEEN 3 * 48000 AND 9 * 48000 FROM segment WHERE code = 'hop-thon'")"
status "segment show" 0 loa segment show hop-thon
checks=$((checks + 1))
grep -qx "$text" "$work/out" || fail "show has no script: $(cat "$work/out")"
status "the same again" 0 loa say "$text" --title 'Họp thôn' --json
expect "the same again" 1 "$(grep -c '"status":"duplicate"' "$work/out")"
status "other words" 0 loa say "Cuộc họp thôn tối nay hoãn lại." --title 'Họp thôn' --json
expect "other words" 1 "$(grep -c '"status":"new-version"' "$work/out")"

# From a file, as Windows saves it.
printf '\357\273\277Thông báo.\r\nMất điện sáng mai.\r\n' | loa say - --approve >/dev/null 2>&1 || fail "say -: exit $?"
expect "a text from a file" "thong-bao-mat-dien-sang-mai|approved|Thông báo. Mất điện sáng mai." \
  "$(sql "SELECT code, state, title FROM segment WHERE script = 'Thông báo.' || char(10) || 'Mất điện sáng mai.'")"
n=$(sql "SELECT count(*) FROM segment")
head -c 50000 /dev/zero | tr '\0' a >"$work/long"
for case in 'empty:  ' 'control character:a\033[1m' 'UTF-8:a\377' 'zero byte:a\000b'; do
  checks=$((checks + 1))
  # shellcheck disable=SC2059
  printf "${case#*:}" | loa say - >"$work/out" 2>"$work/err" && fail "$case: was spoken"
  says "$case" "${case%%:*}"
done
checks=$((checks + 1))
loa say - <"$work/long" >"$work/out" 2>"$work/err" && fail "a long text was spoken"
says "a long text" "50000 characters, and at most 20000"
status "an unknown kind" 1 loa say "Xin chào" --kind thong-bo
says "an unknown kind" 'did you mean `thong-bao`'
expect "rows of what was refused" "$n" "$(sql "SELECT count(*) FROM segment")"

# A slot with a text: nothing speaks it but loa say --slots, and everything says so.
notice() { # notice TEXT [PROPERTY…]
  words=$1
  shift
  calendar "$s" 'DTSTART:20230510T100000' 'DURATION:PT5M' 'RRULE:FREQ=DAILY;COUNT=3' 'CATEGORIES:thong-bao,reform' \
    "DESCRIPTION:$words" "$@"
}
planned() { # planned: codes, states and lengths of 10:00 on three days, each different one once
  loa plan --from 2023-05-10 --to 2023-05-13 --json | sed -n 's/.*"segment":\("[^"]*"\|null\).*"state":"\([^"]*\)".*/\1 \2/p' | sort -u
}
notice 'Sáng mai\, từ tám giờ\, thôn Hà Thanh mất điện.'
n=$(sql "SELECT count(*) FROM segment")
expect "before it is spoken" "null unfilled" "$(planned)"
status "check" 0 loa check --from 2023-05-10
says "check" 'has not been spoken yet; write loa say --slots'
status "rehearse" 0 loa rehearse --day 2023-05-10
status "render" 0 loa render --from 2023-05-10T10:00 --to 2023-05-10T10:01 --line fm -o "$work/day.wav"
expect "rows of plan, check, rehearse and render" "$n" "$(sql "SELECT count(*) FROM segment")"
status "say --slots" 0 loa say --slots --from 2023-05-10 --to 2023-05-13 --json
says "say --slots" '1 texts spoken, 0 spoken before, 0 failed'
first=$(sed -n 's/.*"code":"\(noi-[0-9a-f]*\)".*/\1/p' "$work/out")
expect "once it is spoken" "\"$first\" planned" "$(planned)"
expect "the row" "Test|thong-bao|reform|approved|calendar schedules/regular.ics|Sáng mai, từ tám giờ, thôn Hà Thanh mất điện." \
  "$(sql "SELECT title, kind, topic, state, decided_by, script FROM segment WHERE code = '$first'")"
status "plan --explain" 0 loa plan --day 2023-05-10 --explain
checks=$((checks + 1))
grep -q "speaks the slot's text" "$work/out" || fail "plan --explain: $(cat "$work/out")"
status "rehearse" 0 loa rehearse --day 2023-05-10 --json
expect "lines that carried it" 2 "$(grep -c "\"segment\":\"$first\".*\"end_cause\":\"complete\"" "$work/out")"
status "say --slots again" 0 loa say --slots --from 2023-05-10 --to 2023-05-13
says "say --slots again" '0 texts spoken, 1 spoken before, 0 failed'

# Another text is another recording. The old one is heard no more, not even by rotation; the new one may be withdrawn.
notice 'Sáng mai\, từ chín giờ\, thôn Hà Thanh mất điện.'
expect "another text" "null unfilled" "$(planned)"
status "another text" 0 loa say --slots --day 2023-05-10 --json
second=$(sed -n 's/.*"code":"\(noi-[0-9a-f]*\)".*/\1/p' "$work/out")
checks=$((checks + 1))
[ -n "$second" ] && [ "$second" != "$first" ] || fail "another text: $first, then $second"
expect "another text, spoken" "\"$second\" planned" "$(planned)"
status "withdraw" 0 loa segment withdraw "$second"
status "what was withdrawn" 0 loa say --slots --day 2023-05-10
says "what was withdrawn" '0 texts spoken, 1 spoken before'
checks=$((checks + 1))
planned | grep -q ' planned$' && fail "what was withdrawn is planned"
status "approve" 0 loa segment approve "$second"
calendar "$s" 'DTSTART:20230510T100000' 'DURATION:PT5M' 'CATEGORIES:thong-bao'
status "approve what was typed" 0 loa segment withdraw thong-bao-mat-dien-sang-mai
expect "by rotation" "null unfilled" "$(planned)"

# What awaits approval is not spoken, nor is what its layer hides.
notice 'Một lời chưa ai duyệt.' 'STATUS:TENTATIVE'
status "a tentative event" 0 loa say --slots --day 2023-05-10
says "a tentative event" '0 texts spoken, 0 spoken before'

# Files that are gone are put back, by the same words.
notice 'Sáng mai\, từ chín giờ\, thôn Hà Thanh mất điện.'
copy=$(find "$s/library/air" -name "$(sql "SELECT air_sha256 FROM segment WHERE code = '$second'").wav")
rm "$copy"
status "a copy that is gone" 0 loa say --slots --day 2023-05-10
says "a copy that is gone" '1 texts spoken'
checks=$((checks + 1))
[ -s "$copy" ] || fail "the copy that is gone was not put back"

# Where another person is to approve, the event does not do it; the step that is kept is that of a spoken text.
sed -i 's/^language.*/&\ntwo-person = yes/' "$s/station.ini"
notice 'Lời này cần hai người.'
status "two persons" 0 loa say --slots --day 2023-05-10 --json
says "two persons" 'as a draft: calendar schedules/regular.ics brought it in'
both=$(sed -n 's/.*"code":"\(noi-[0-9a-f]*\)".*/\1/p' "$work/out")
expect "two persons" "null unfilled" "$(planned)"
expect "its steps" "spoken calendar schedules/regular.ics" \
  "$(sql "SELECT act || ' ' || who FROM segment_event WHERE segment_id = (SELECT id FROM segment WHERE code = '$both')")"
status "two persons, approved" 0 env LOA_USER=lan "$LOA" -C "$s" segment approve "$both"
expect "two persons, approved" "\"$both\" planned" "$(planned)"
sed -i '/^two-person/d' "$s/station.ini"
notice 'Sáng mai\, từ chín giờ\, thôn Hà Thanh mất điện.'

# Other voices: through a pipe of a script's own, and on standard output; what is spoken already stays.
mkdir "$s/giong doc"
script 'giong doc/doc' 'espeak-ng -v vi -s 110 --stdin --stdout | sox -t wav - -r 44100 "$2" gain -6'
voice '"giong doc/doc" --ra {wav}'
status "another voice" 0 loa say --slots --day 2023-05-10
says "another voice" '0 texts spoken, 1 spoken before'
status "another voice" 0 loa say "$text" --code slow
voice 'espeak-ng -v vi -s 200 --stdin --stdout'
status "a voice on standard output" 0 loa say "$text" --code fast
expect "the slow one is longer" 1 "$(sql "SELECT (SELECT frames FROM segment WHERE code = 'slow') >
  1.4 * (SELECT frames FROM segment WHERE code = 'fast')")"

# A voice that is missing is told by check, where a text needs it, with its line; and then by say.
voice 'no-such-voice {wav}'
status "check, all is spoken" 0 loa check --from 2023-05-10
checks=$((checks + 1))
grep -q no-such-voice "$work/err" && fail "check names a voice that nothing needs: $(cat "$work/err")"
notice 'Lời mới.'
status "check, a text needs it" 0 loa check --from 2023-05-10
says "check, a text needs it" 'station.ini:5: .*`no-such-voice` is not there'
status "a missing voice" 1 loa say --slots --day 2023-05-10
says "a missing voice" 'station.ini:5: .*`no-such-voice` is not there'
script bad 'echo "no such model: vi.onnx" >&2; exit 4'
voice './bad {wav}'
status "a bad voice" 3 loa say --slots --day 2023-05-10
says "a bad voice" 'regular.ics:4: the text of "Test" could not be spoken: .*exit 4: no such model: vi.onnx'

# Ctrl-C ends the voice too.
script slow 'echo $$ >pid; exec sleep 600'
voice './slow {wav}'
"$LOA" -C "$s" say "$text" --code never >/dev/null 2>"$work/err" &
pid=$!
tries=0
until [ -s "$s/pid" ] || [ "$tries" -ge 600 ]; do
  tries=$((tries + 1))
  sleep 0.05
done
kill -INT "$pid"
checks=$((checks + 1))
wait "$pid" && fail "say that was stopped: exit 0"
says "say that was stopped" 'was stopped'
voice_is_running() { [ -r "/proc/$1/stat" ] && ! grep -q ') Z' "/proc/$1/stat"; }
tries=0
while voice_is_running "$(cat "$s/pid")" && [ "$tries" -lt 200 ]; do
  tries=$((tries + 1))
  sleep 0.05
done
checks=$((checks + 1))
voice_is_running "$(cat "$s/pid")" && fail "the voice goes on when loa say was stopped"
expect "files in incoming/" 0 "$(find "$s/library/incoming" -type f | wc -l)"

# So does a kill, after which nobody is there to end it.
rm "$s/pid"
"$LOA" -C "$s" say "$text" --code never >/dev/null 2>"$work/err" &
pid=$!
tries=0
until [ -s "$s/pid" ] || [ "$tries" -ge 600 ]; do
  tries=$((tries + 1))
  sleep 0.05
done
checks=$((checks + 1))
voice_is_running "$(cat "$s/pid")" || fail "the voice does not run: $(cat "$work/err")"
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
tries=0
while voice_is_running "$(cat "$s/pid")" && [ "$tries" -lt 200 ]; do
  tries=$((tries + 1))
  sleep 0.05
done
checks=$((checks + 1))
voice_is_running "$(cat "$s/pid")" && { fail "the voice goes on when loa say was killed"; kill "$(cat "$s/pid")"; }
finish
