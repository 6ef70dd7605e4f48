#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The plan and the ledger as iCalendars: read by another program and by our own reader they are what the listings say.
. "$(dirname "$0")/lib.sh"
PYTHON=/usr/bin/python3

s=$work/s
small_station "$s"
title='Chương trình 17 giờ: nước dâng, phòng chống lụt bão; "khẩn trương" \ chủ động, sẵn sàng ứng phó'
escaped='Chương trình 17 giờ: nước dâng\, phòng chống lụt bão\; "khẩn trương" \\ chủ động\, sẵn sàng ứng phó'
"$HELPERS/make_tone" "$work/dang.wav" 700 48000 $((48000 * 90))
"$LOA" -C "$s" import --kind tin --topic reform --title 'Nước sông dâng, cảnh báo cấp 2; đề phòng' --approve "$work/dang.wav" >/dev/null 2>&1
{
  printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n'
  printf 'BEGIN:VEVENT\r\nUID:toi@dai\r\nDTSTART:20230101T170000\r\nDURATION:PT10M\r\nRRULE:FREQ=DAILY\r\nSUMMARY:%s\r\n' "$escaped"
  printf 'ATTACH:segment:tune\r\nATTACH:segment:dang\r\nEND:VEVENT\r\n'
  printf 'BEGIN:VEVENT\r\nUID:thon@dai\r\nDTSTART:20230510T060000\r\nDURATION:PT10M\r\nSUMMARY:Tin thôn\r\nRESOURCES:village\r\n'
  printf 'ATTACH:segment:tune\r\nATTACH:segment:nothing\r\nEND:VEVENT\r\n'
  printf 'BEGIN:VEVENT\r\nUID:cho@dai\r\nDTSTART:20230510T120000\r\nDURATION:PT10M\r\nSUMMARY:Chờ duyệt\r\nSTATUS:TENTATIVE\r\n'
  printf 'ATTACH:segment:tune\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'
} >"$s/schedules/regular.ics"
loa() { "$LOA" -C "$s" "$@" 2>"$work/err"; }
same() { # same NAME EXPECTED-FILE FILE
  checks=$((checks + 1))
  diff "$2" "$3" >"$work/diff" || fail "$1: $(cat "$work/diff")"
}
status() { # status NAME EXPECTED COMMAND…
  name=$1 expected=$2 actual=0
  shift 2
  checks=$((checks + 1))
  "$@" >"$work/out" 2>"$work/err" || actual=$?
  [ "$actual" = "$expected" ] || fail "$name: exit $actual, not $expected: $(cat "$work/err")"
}

# A day's plan: a slot an event, whole, in order, with its items.
status "plan --ics" 0 "$LOA" -C "$s" plan --day 2023-05-10 --ics
cp "$work/out" "$work/plan.ics"
"$PYTHON" "$(dirname "$0")/read_ics.py" "$work/plan.ics" >"$work/plan" || fail "plan --ics cannot be read"
cat >"$work/expected" <<END
calendar Small station: plan, 2.0
2023-05-09T23:00:00Z|2023-05-09T23:00:02Z|CONFIRMED|Tin thôn|Village|village|tin,reform|plan/20230509T230000Z/thon@dai
  06:00:00 tune (tune) (repeat)
  06:00:02 nothing, unfilled: the library has no recording nothing; import it or correct the code
2023-05-10T05:00:00Z|2023-05-10T05:01:00Z|CANCELLED|Chờ duyệt|all|||plan/20230510T050000Z/cho@dai
  12:00:00 Chờ duyệt, refused: it is tentative and airs only when it is confirmed
2023-05-10T10:00:00Z|2023-05-10T10:01:32Z|CONFIRMED|$title|all||tin,reform|plan/20230510T100000Z/toi@dai
  17:00:00 tune (tune) (repeat)
  17:00:02 Nước sông dâng, cảnh báo cấp 2; đề phòng (dang) (repeat)
END
same "the plan in another reader" "$work/expected" "$work/plan"

# What one line carries.
status "plan --line --ics" 0 "$LOA" -C "$s" plan --day 2023-05-10 --line fm --ics
"$PYTHON" "$(dirname "$0")/read_ics.py" "$work/out" >"$work/fm" || fail "plan --line --ics cannot be read"
checks=$((checks + 1))
grep -q 'Tin thôn' "$work/fm" && fail "a line's plan has what another one carries"
grep -q '^calendar Small station: plan, Transmitter, 2.0$' "$work/fm" && grep -q 'plan/fm/20230510T100000Z/toi@dai$' "$work/fm" ||
  fail "a line's plan: $(cat "$work/fm")"

# Byte for byte the same at another time.
loa plan --day 2023-05-10 --ics >"$work/again.ics"
checks=$((checks + 1))
cmp "$work/plan.ics" "$work/again.ics" || fail "the same plan is written differently"

# A calendar that our own reader takes, with the same titles at the same times.
t=$work/t
small_station "$t"
cp "$work/plan.ics" "$t/schedules/regular.ics"
"$LOA" -C "$t" slots --day 2023-05-10 --json >"$work/slots" 2>"$work/err" || fail "our reader: $(cat "$work/err")"
sed -n 's/.*"start":"\([^"]*\)".*"title":"\(.*\)","categories":\(\[[^]]*\]\),"lines":\(\[[^]]*\]\).*/\1 \2 \3 \4/p' "$work/slots" >"$work/slots.text"
cat >"$work/expected" <<END
2023-05-10T06:00:00+07:00 Tin thôn ["tin","reform"] ["village"]
2023-05-10T17:00:00+07:00 $(printf '%s' "$title" | sed 's/\\/\\\\/; s/"/\\"/g') ["tin","reform"] ["fm","village"]
END
grep -v 'Chờ duyệt' "$work/slots.text" >"$work/slots.aired"
same "the plan in our reader" "$work/expected" "$work/slots.aired"

# What aired of it.
"$LOA" -C "$s" rehearse --day 2023-05-10 --keep-ledger "$work/kept.db" >/dev/null 2>"$work/err" || fail "rehearse: $(cat "$work/err")"
mv "$work/kept.db" "$s/loa.db"
status "log --ics" 0 "$LOA" -C "$s" log --day 2023-05-10 --ics
cp "$work/out" "$work/log.ics"
"$PYTHON" "$(dirname "$0")/read_ics.py" "$work/log.ics" | sed 's#|log/[0-9]*/#|log/N/#' >"$work/log" || fail "log --ics cannot be read"
cat >"$work/expected" <<END
calendar Small station: as aired, 2.0
2023-05-09T23:00:00Z|2023-05-09T23:00:02Z|CONFIRMED|tune (repeat)|Village|village|tin,reform|log/N/1683673200000000
  tune
  began at 06:00:00, planned for 06:00:00
  0:02, complete
2023-05-10T10:00:00Z|2023-05-10T10:00:02Z|CONFIRMED|tune (repeat)|all||tin,reform|log/N/1683712800000000
  tune
  began at 17:00:00, planned for 17:00:00
  0:02, complete
2023-05-10T10:00:02Z|2023-05-10T10:01:32Z|CONFIRMED|Nước sông dâng, cảnh báo cấp 2; đề phòng (repeat)|all||tin,reform|log/N/1683712802000000
  dang
  began at 17:00:02, planned for 17:00:02
  1:30, complete
END
same "the ledger in another reader" "$work/expected" "$work/log"
loa log --day 2023-05-10 --ics >"$work/again.ics"
checks=$((checks + 1))
cmp "$work/log.ics" "$work/again.ics" || fail "the same ledger is written differently"
loa log --day 2023-05-10 --line fm --ics >"$work/out"
checks=$((checks + 1))
[ "$(grep -c BEGIN:VEVENT "$work/out")" = 2 ] || fail "log --line --ics: $(cat "$work/out")"

# What was lost on its way to a line is told: how much to who listens there, on how many lines to others.
"$PYTHON" -c 'import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.executescript(sys.argv[2])' "$s/loa.db" \
  "INSERT INTO outage (id, line, start_us, reason) VALUES (1, 'fm', 1683712812000000, 'máy thu tắt');
   INSERT INTO outage_end VALUES (1, 1683712822000000);"
for line in fm village; do
  loa log --day 2023-05-10 --line $line --ics >"$work/log.ics"
  "$PYTHON" "$(dirname "$0")/read_ics.py" "$work/log.ics" | tail -n +3 | grep -A9 '|Nước' | tail -n +4
done >"$work/told"
loa log --day 2023-05-10 --ics >"$work/log.ics"
"$PYTHON" "$(dirname "$0")/read_ics.py" "$work/log.ics" | tail -1 >>"$work/told"
cat >"$work/expected" <<END
  1:20, complete
  0:10 lost: máy thu tắt
  1:30, complete
  lost in part on 1 lines
END
same "what was lost on its way" "$work/expected" "$work/told"

# A time with nothing in it is a calendar without events.
status "an empty log" 0 "$LOA" -C "$s" log --day 2022-01-01 --ics
checks=$((checks + 1))
[ "$(grep -c 'VCALENDAR' "$work/out")" = 2 ] || fail "an empty log: $(cat "$work/out")"
status "log --ics --json" 2 "$LOA" -C "$s" log --ics --json
status "plan --ics --json" 2 "$LOA" -C "$s" plan --ics --json
status "plan --ics --revisions" 2 "$LOA" -C "$s" plan --ics --revisions
finish
