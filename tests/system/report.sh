#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Whole reports of one quarter against those that lie in report/, each of which was looked at by a person. After a change
# that is meant, GOLDEN=write writes them anew: look at what changed.
. "$(dirname "$0")/lib.sh"
golden=$(cd "$(dirname "$0")" && pwd)/report
here=$(cd "$(dirname "$0")" && pwd)
export LANG=vi_VN.UTF-8 LANGUAGE=vi TZ=UTC

s=$work/s
mkdir -p "$s/schedules"
cat >"$s/station.ini" <<'INI'
[station]
title    = Đài truyền thanh xã Tân Kỳ
timezone = Asia/Ho_Chi_Minh
hours    = 05:00-21:00

[report]
superior  = ỦY BAN NHÂN DÂN XÃ TÂN KỲ
issuer    = ĐÀI TRUYỀN THANH
symbol    = BC-ĐTT
place     = Tân Kỳ
authority = KT. TRƯỞNG ĐÀI
position  = PHÓ TRƯỞNG ĐÀI
signer    = Nguyễn Thị Bưởi
recipient = UBND xã (để b/c)
recipient = Lưu: VT

[line may-phat]
title  = Máy phát FM
output = null:

[line thon-1]
title  = Loa thôn Một
output = null:

[line thon-2]
title  = Loa thôn Hai
output = null:

[zone thon]
title = Các thôn
lines = thon-1, thon-2

[zone ca-xa]
title = Cả xã
lines = may-phat, thon-1, thon-2

[topic cchc]
title = Cải cách hành chính
quota = 2023-q1: 120 min, 2 features, 10 items

[topic mot-cua]
title  = Một cửa
parent = cchc

[topic y-te]
title = Y tế & "sức khỏe" <cộng đồng>
quota = 2023-q1: 30 min

[layer regular]
calendar = schedules/regular.ics
INI
# One topic a week on all lines, another on the villages' only; a feature that comes again, and music that counts nothing.
{
  printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//VI\r\n'
  event() { # event UID START RULE SEGMENT ZONE
    printf 'BEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:20230101T000000Z\r\nSUMMARY:%s\r\nDTSTART:%s\r\nDURATION:PT10M\r\n' "$1" "$1" "$2"
    printf 'RRULE:%s\r\nATTACH:segment:%s\r\nRESOURCES:%s\r\nEND:VEVENT\r\n' "$3" "$4" "$5"
  }
  event sang 20230102T060000 'FREQ=WEEKLY;BYDAY=MO,TH' hoi-dap-mot-cua ca-xa
  event trua 20230103T110000 'FREQ=WEEKLY;BYDAY=TU' tiem-chung thon
  event chieu 20230104T170000 'FREQ=WEEKLY;BYDAY=WE' cai-cach ca-xa
  event toi 20230101T190000 'FREQ=WEEKLY;BYDAY=SU' dan-ca ca-xa
  printf 'END:VCALENDAR\r\n'
} >"$s/schedules/regular.ics"
sounds() { # sounds CODE SECONDS KIND [TOPIC]
  "$HELPERS/make_tone" "$work/$1.wav" 440 48000 $((48000 * $2))
  "$LOA" -C "$s" import --code "$1" --kind "$3" ${4:+--topic "$4"} --approve "$work/$1.wav" >/dev/null 2>"$work/err" ||
    fail "import: $(cat "$work/err")"
}
sounds hoi-dap-mot-cua 240 chuyen-muc mot-cua
sounds tiem-chung 95 tin y-te
sounds cai-cach 180 tin cchc
sounds dan-ca 200 ca-nhac
"$LOA" -C "$s" rehearse --from 2023-01-01 --to 2023-04-01 --keep-ledger "$work/kept.db" --json >"$work/out" 2>"$work/err" ||
  fail "rehearse: $(cat "$work/err")"
mkdir "$work/after"
cp -r "$s/station.ini" "$s/schedules" "$work/after/"
cp "$work/kept.db" "$work/after/loa.db"

report() { "$LOA" -C "$work/after" report --period 2023-q1 --annex none --dated 2023-04-03 --number 12 "$@" 2>"$work/err" ||
  fail "report $*: $(cat "$work/err")"; }
plain() { "$LOA" -C "$work/after" report --period 2023-q1 "$@"; }

# same NAME FILE: as it lies in report/.
same() {
  checks=$((checks + 1))
  if [ "${GOLDEN:-}" = write ]; then
    mkdir -p "$golden"
    cp "$2" "$golden/$1"
  elif ! cmp -s "$golden/$1" "$2"; then
    fail "$1 is not what it was: $(diff "$golden/$1" "$2" | head -20)"
  fi
}
for ending in txt json csv; do
  for by in none month zone; do
    if [ $by = none ]; then plain -o "$work/r.$ending"; else plain --by $by -o "$work/r.$ending"; fi
    same "$by.$ending" "$work/r.$ending"
  done
done
"$LOA" -C "$work/after" report --from 2023-01-01 --to 2023-01-15 -o "$work/annex.html" || fail "a report with its annex"
same annex.html "$work/annex.html"

# The same ledger gives the same bytes.
for ending in html xlsx pdf; do
  report -o "$work/a.$ending"
  report -o "$work/b.$ending"
  checks=$((checks + 1))
  cmp -s "$work/a.$ending" "$work/b.$ending" || fail "two reports differ: $ending"
done
same letter.html "$work/a.html"
python3 "$here/read_xlsx.py" "$work/a.xlsx" >"$work/cells"
same letter.cells "$work/cells"
pdftotext -layout "$work/a.pdf" "$work/pages.txt"
same letter.txt "$work/pages.txt"

# Its pages as pictures: as grey as they were, but for what a font's next version moves.
pdftoppm -r 40 -gray -png "$work/a.pdf" "$work/page"
for page in "$work"/page-*.png; do
  name=$(basename "$page")
  checks=$((checks + 1))
  if [ "${GOLDEN:-}" = write ]; then
    cp "$page" "$golden/$name"
    continue
  fi
  for picture in "$golden/$name" "$page"; do
    ffmpeg -v error -y -i "$picture" -f rawvideo -pix_fmt gray "$work/$(basename "$(dirname "$picture")").gray" </dev/null ||
      fail "$picture is no picture"
  done
  python3 - "$work/report.gray" "$work/$(basename "$work").gray" <<'PY' || fail "$name looks different"
import sys
a, b = (open(name, "rb").read() for name in sys.argv[1:])
assert len(a) == len(b) and len(set(b)) > 20, "another page"
off = sum(abs(x - y) for x, y in zip(a, b)) / len(a)
sys.exit(f"grey is off by {off:.2f} of 255" if off > 1.0 else 0)
PY
done
checks=$((checks + 1))
[ "$(ls "$golden" | grep -c '^page-')" = "$(ls "$work" | grep -c '^page-.*png$')" ] || fail "there are more pages, or fewer"

# Another program opens the workbook, where there is one.
if command -v soffice >/dev/null; then
  checks=$((checks + 1))
  HOME=$work soffice --headless --convert-to 'csv:Text - txt - csv (StarCalc):44,34,76' --outdir "$work/converted" "$work/a.xlsx" >"$work/out" 2>&1 || true
  grep -q 'ĐÀI TRUYỀN THANH' "$work/converted/a.csv" || fail "another program does not open the workbook: $(cat "$work/out")"
fi
finish
