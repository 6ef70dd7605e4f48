#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What an import hears, with the tools that people record and mix with: espeak-ng speaks, sox and ffmpeg play.
. "$(dirname "$0")/lib.sh"

s=$work/s
small_station "$s"
loa() { "$LOA" -C "$s" "$@"; }

# warns KIND FILE WORDS: imported as that kind it is warned of so; WORDS '': of nothing.
warns() {
  checks=$((checks + 1))
  loa import --kind "$1" "$2" >"$work/out" 2>"$work/err" || { fail "$2: $(cat "$work/err")"; return; }
  if [ -n "$3" ]; then
    grep -q "warning: $3" "$work/err" || fail "$2: no \"$3\" in: $(cat "$work/err")"
  else
    grep 'warning:' "$work/err" && fail "$2: warned"
  fi
  return 0
}

# field CODE KEY: a value of `loa segment show --json`
field() {
  loa segment show --json "$1" >"$work/shown"
  sqlite3 :memory: "SELECT json_extract(CAST(readfile('$work/shown') AS TEXT), '\$.$2')"
}

is() { # is CODE KEY VALUE
  checks=$((checks + 1))
  got=$(field "$1" "$2")
  [ "$got" = "$3" ] || fail "$1: $2 is $got, not $3"
}

between() { # between CODE KEY LEAST MOST
  checks=$((checks + 1))
  got=$(field "$1" "$2")
  awk -v x="$got" -v a="$3" -v b="$4" 'BEGIN { exit !(x != "" && x + 0 >= a && x + 0 <= b) }' ||
    fail "$1: $2 is $got, not $3 to $4"
}

cat >"$work/text" <<'TEXT'
Thưa bà con, đây là bản tin của đài truyền thanh xã. Ủy ban nhân dân xã thông báo lịch tiêm phòng cho trẻ em dưới năm tuổi
tại trạm y tế, bắt đầu từ bảy giờ sáng. Đề nghị các gia đình mang theo sổ theo dõi sức khỏe. Thời tiết ngày mai có mưa rào
rải rác, nhiệt độ cao nhất ba mươi hai độ. Bà con chú ý che chắn cho gia súc và kiểm tra hệ thống kênh mương nội đồng.
TEXT
espeak-ng -v vi -s 150 -f "$work/text" -w "$work/noi.wav"
espeak-ng -v en -s 150 -f "$work/text" -w "$work/speech.wav"
# Two voices in fifths that ring on, over a bass that swells.
ffmpeg -loglevel error -y -f lavfi -i "aevalsrc='0.2*(sin(2*PI*t*(220+30*mod(floor(t*2)\\,5)))+0.5*sin(2*PI*t*(330+45*mod(\
floor(t*2)\\,5))))*exp(-1.2*mod(t\\,0.5))+0.1*sin(2*PI*110*t)*(0.6+0.4*sin(2*PI*0.4*t))':d=40" -ac 2 "$work/nhac.wav"

# Speech and music, each under its own kind and under the other's.
warns tin "$work/noi.wav" ''
is noi content speech
is noi clipped 0
warns ca-nhac "$work/speech.wav" 'sounds like speech and is filed as ca-nhac'
warns ca-nhac "$work/nhac.wav" ''
is nhac content music
sox "$work/nhac.wav" "$work/nhac2.wav" trim 1
warns tin "$work/nhac2.wav" 'sounds like music and is filed as tin'

# The faults of a cheap recorder, through the coders that people use.
sox "$work/noi.wav" "$work/vo.wav" gain 20 2>/dev/null
ffmpeg -loglevel error -y -i "$work/vo.wav" -b:a 128k "$work/vo-tieng.mp3"
warns tin "$work/vo-tieng.mp3" 'clips in [0-9]* places; record it again with a lower input level'
sox "$work/noi.wav" "$work/im.flac" pad 4.2 3
warns tin "$work/im.flac" 'is silent for the first 4.[234] s; loa segment edit im --trim'
between im leading_silence 4.1 4.4
between im proposed_cue_in 3.9 4.2
between im trailing_silence 2.9 3.6

# What was proposed is taken with --trim, as a version of its own, and told of no more.
checks=$((checks + 4))
loa segment edit --trim --approve im >"$work/out" 2>&1 || fail "edit --trim: $(cat "$work/out")"
loa segment show --json im | tail -n 1 >"$work/shown"
trimmed=$(sqlite3 :memory: "SELECT json_extract(j, '\$.version'), json_extract(j, '\$.cue_in') = json_extract(j, '\$.proposed_cue_in'),
  json_extract(j, '\$.cue_out') = json_extract(j, '\$.proposed_cue_out'), json_array_length(j, '\$.findings')
  FROM (SELECT CAST(readfile('$work/shown') AS TEXT) AS j)")
[ "$trimmed" = '2|1|1|0' ] || fail "edit --trim: $trimmed: $(cat "$work/shown")"
loa segment edit --trim im >"$work/out" && grep -q 'nothing was changed' "$work/out" || fail "edit --trim again: $(cat "$work/out")"
! loa segment edit --trim --cue-in 3 im 2>"$work/err" || fail 'edit --trim --cue-in: exit 0'
sqlite3 "$s/loa.db" 'DELETE FROM probe'
! loa segment edit --trim im 2>"$work/err" || fail 'edit --trim without a probe: exit 0'
grep -q 'imported by an older loa' "$work/err" || fail "edit --trim: $(cat "$work/err")"
checks=$((checks + 1))
loa segment show --json im | tail -n 1 | grep -q '"format":null,.*"findings":\[\]}' || fail 'show without a probe'

sox "$work/noi.wav" "$work/nguoc.wav" remix 1 1i
warns tin "$work/nguoc.wav" 'has two channels that cancel each other'
sox "$work/noi.wav" "$work/mot-kenh.wav" remix 1 0
warns tin "$work/mot-kenh.wav" 'has no sound on its right channel; save it as mono'
between mot-kenh loudness_range 0 8
between mot-kenh max_momentary -30 0

# In Vietnamese, and in JSON, where the reason is the sentence.
checks=$((checks + 1))
sox "$work/noi.wav" "$work/im2.wav" pad 5
sed -i 's/^language = en/language = vi/' "$s/station.ini"
LANG=vi_VN.UTF-8 loa import --json --kind tin "$work/im2.wav" 2>/dev/null >"$work/out"
grep -q '"reason":"im tiếng 5,[0-2] giây đầu; lệnh loa segment edit im2 --trim' "$work/out" || fail "$(cat "$work/out")"

finish
