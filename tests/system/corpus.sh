#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Recordings that nobody here made, from Debian's packages (tools/setup --tests installs them), and what ffmpeg, sox and
# lame make of them: imported in one go, and compared with what was encoded and with what ffmpeg hears.
#
# Length. Two kinds of reference, each to one frame of the recording's own rate:
#   encoded  (or decoded by who wrote the format) the frames that went into the encoder, where the file keeps them: PCM, FLAC, ALAC, Vorbis and Opus in Ogg, LAME's
#            delay and padding in an MP3, an MP4's frame count. ffmpeg's tool does not cut AAC's padding off; loa does.
#   decoded  the frames that ffmpeg decodes, where the file keeps no such thing: ADTS, WMA, AMR wideband, GSM, G.722, ADPCM, an MP3
#            without a Xing header, Vorbis in WebM.
# What is cut is allowed a coded frame or two beside ffmpeg, which also plays the part of a frame that is left: the third field.
#
# Loudness. Within 0.1 LU of ffmpeg's ebur128 on the same file, mono counted as loa counts it, on two loudspeakers. What is
# shorter than 0.4 s has none. ffmpeg is made to resample well: its own default filter lets images of the band above 4 kHz through,
# which the K-weighting lifts, and sound of 8 kHz comes out 0.2 LU louder than it is.
. "$(dirname "$0")/lib.sh"

station=$work/station
in=$work/in
small_station "$station"
mkdir "$in"
expected=$work/expected
rejected=$work/rejected
: >"$expected"
: >"$rejected"

for dir in /usr/share/sounds/alsa /usr/share/sounds/freedesktop/stereo /usr/share/asterisk/sounds/en_US_f_Allison /usr/share/asterisk/moh; do
  [ -d "$dir" ] || { echo "FAILED: $dir is missing; run tools/setup --tests"; exit 1; }
done
ff() { ffmpeg -v error -nostdin -y "$@"; }

# encoded FILE RATE FRAMES [TOLERANCE [LIKE [LU]]]; decoded FILE [TOLERANCE]: what is expected of a file in $in; LIKE is as
# loud, within LU.
encoded() { echo "$1 $2 $3 ${4:-1} ${5:-$1} ${6:-0.1}" >>"$expected"; }
decoded() {
  rate=$(ffprobe -v error -select_streams a:0 -show_entries stream=sample_rate,channels -of csv=p=0 "$in/$1" | tr ',' ' ')
  channels=${rate#* } rate=${rate% *}
  bytes=$(ffmpeg -v quiet -nostdin -i "$in/$1" -map a:0 -f f32le - | wc -c)
  echo "$1 $rate $((bytes / 4 / channels)) ${2:-1} $1 0.1" >>"$expected"
}
# refused FILE WORDS
refused() { echo "$*" >>"$rejected"; }
# cut FILE PERCENT NAME
cut_to() { head -c "$(($(stat -c %s "$1") * $2 / 100))" "$1" >"$in/$3"; }

# --- what nobody here made -------------------------------------------------------------------------------------------
n_foreign=0
take() {
  name=$(basename "$1")
  cp "$1" "$in/$name"
  n_foreign=$((n_foreign + 1))
}
for file in /usr/share/sounds/alsa/*.wav; do take "$file"; encoded "$name" "$(soxi -r "$file")" "$(soxi -s "$file")"; done
for file in /usr/share/asterisk/moh/macroform*.wav; do take "$file"; encoded "$name" "$(soxi -r "$file")" "$(soxi -s "$file")"; done
# ffmpeg takes 128 frames off the start of short Vorbis and plays the padding at the end; Xiph's own decoder, in sox, does not.
for file in /usr/share/sounds/freedesktop/stereo/[a-p]*.oga; do
  take "$file"
  sox "$file" -e float -b 32 "$work/$name.wav"
  encoded "$name" "$(soxi -r "$file")" "$(soxi -s "$file")" 1 "../$name.wav"
done
for file in $(find /usr/share/asterisk/sounds/en_US_f_Allison -maxdepth 1 -name 'a*.gsm' | sort | head -12); do take "$file"; decoded "$name"; done
for file in $(find /usr/share/asterisk/sounds/en_US_f_Allison -maxdepth 1 -name 'c*.g722' | sort | head -12); do take "$file"; decoded "$name"; done

# --- what is made of two of them: speech in mono at 48 kHz, music in stereo at 44.1 kHz ----------------------------------
sox /usr/share/sounds/alsa/Front_Center.wav /usr/share/sounds/alsa/Rear_Left.wav /usr/share/sounds/alsa/Side_Right.wav -b 16 "$work/speech.wav"
sox -M /usr/share/asterisk/moh/macroform-cold_day.wav /usr/share/asterisk/moh/reno_project-system.wav -b 16 -r 44100 "$work/music.wav" trim 20 7.3211
speech=$work/speech.wav
music=$work/music.wav
for source in speech music; do
  wav=$work/$source.wav
  rate=$(soxi -r "$wav")
  frames=$(soxi -s "$wav")
  at_48k=$((frames * 48000 / rate)) # Opus knows one rate
  for ending in wav flac ogg mp3 aiff caf au m4a; do
    ff -i "$wav" "$in/$source.$ending"
    encoded "$source.$ending" "$rate" "$frames"
  done
  ff -i "$wav" "$in/$source.opus"; encoded "$source.opus" 48000 "$at_48k"
  ff -i "$wav" -c:a pcm_s24le "$in/$source-24.wav"; encoded "$source-24.wav" "$rate" "$frames"
  ff -i "$wav" -c:a pcm_f32le "$in/$source-f.wav"; encoded "$source-f.wav" "$rate" "$frames"
  ff -i "$wav" -c:a alac "$in/$source-alac.m4a"; encoded "$source-alac.m4a" "$rate" "$frames"
  ff -i "$wav" -c:a alac "$in/$source-alac.caf"; encoded "$source-alac.caf" "$rate" "$frames"
  ff -i "$wav" -q:a 4 "$in/$source-vbr.mp3"; encoded "$source-vbr.mp3" "$rate" "$frames"
  ff -i "$wav" -q:a 4 -write_xing 0 "$in/$source-bare.mp3"; decoded "$source-bare.mp3"
  ff -f lavfi -i testsrc=size=160x120:rate=5:duration=9 -i "$wav" -c:v mpeg4 -c:a aac "$in/$source-video.mp4"
  encoded "$source-video.mp4" "$rate" "$frames"
  ff -f lavfi -i testsrc=size=160x120:rate=5:duration=9 -i "$wav" -c:v mjpeg -c:a pcm_s16le "$in/$source-video.mov"
  encoded "$source-video.mov" "$rate" "$frames"
  ff -i "$wav" -c:a libopus "$in/$source.webm"; encoded "$source.webm" 48000 "$at_48k"
  ff -i "$wav" -c:a libvorbis "$in/$source-vorbis.webm"; decoded "$source-vorbis.webm"
  ff -i "$wav" -c:a flac "$in/$source.mka"; encoded "$source.mka" "$rate" "$frames"
  ff -i "$wav" "$in/$source.aac"; decoded "$source.aac"
  ff -i "$wav" -c:a wmav2 "$in/$source.wma"; decoded "$source.wma"
  ff -i "$wav" -c:a wmav1 "$in/$source-1.wma"; decoded "$source-1.wma"
  ff -i "$wav" -c:a adpcm_ima_wav "$in/$source-ima.wav"; decoded "$source-ima.wav"
  ff -i "$wav" -c:a adpcm_ms "$in/$source-ms.wav"; decoded "$source-ms.wav"
  sox "$wav" -r 8000 -c 1 -e gsm-full-rate "$in/$source-gsm.wav"; decoded "$source-gsm.wav"
  # Its pauses are not sent, and ffmpeg leaves them out; sox, with another decoder, does not. What comes after a pause is a
  # little louder there, for the comfort noise in it guides that decoder.
  sox "$wav" -r 8000 -c 1 -t amr-nb "$in/$source.amr"
  sox -t amr-nb "$in/$source.amr" "$work/$source-amr.wav"
  ff -i "$in/$source.amr" -c copy "$in/$source.3gp"
  for ending in amr 3gp; do encoded "$source.$ending" 8000 "$(soxi -s "$work/$source-amr.wav")" 1 "../$source-amr.wav" 0.3; done
  if [ -x "$HELPERS/make_amrwb" ]; then
    sox "$wav" -t raw -r 16000 -c 1 -b 16 -e signed - | "$HELPERS/make_amrwb" >"$in/$source-wb.amr"; decoded "$source-wb.amr"
    ff -i "$in/$source-wb.amr" -c copy "$in/$source-wb.3gp"; decoded "$source-wb.3gp"
  fi
done
rate=$(soxi -r "$music")
frames=$(soxi -s "$music")

# --- damaged and joined --------------------------------------------------------------------------------------------------
cut_to "$in/music.mp3" 70 cut.mp3; decoded cut.mp3 2400
cut_to "$in/music-bare.mp3" 70 cut-bare.mp3; decoded cut-bare.mp3 2400
cut_to "$in/music.ogg" 70 cut.ogg; decoded cut.ogg
cut_to "$in/music.opus" 70 cut.opus; decoded cut.opus
cut_to "$in/music.flac" 70 cut.flac; decoded cut.flac
cut_to "$in/music.wav" 70 cut.wav; decoded cut.wav
cut_to "$in/music.aiff" 70 cut.aiff; decoded cut.aiff
cut_to "$in/music-ima.wav" 70 cut-ima.wav; decoded cut-ima.wav 2048
cut_to "$in/music.amr" 70 cut.amr; decoded cut.amr 160
cut_to "$in/music.webm" 70 cut.webm; decoded cut.webm
cut_to "$in/music.wma" 70 cut.wma; decoded cut.wma 2048
cut_to "$in/music.aac" 70 cut.aac; decoded cut.aac 1024
# What iTunes was told of another length, kept by an editor that cut the sound or put more behind it.
for told in 0000000000010000 0000000001000000; do
  ff -i "$in/music.m4a" -c copy -movflags use_metadata_tags -metadata "iTunSMPB= 00000000 00000400 00000100 $told" "$in/told-$told.m4a"
  encoded "told-$told.m4a" "$rate" "$frames" 100 # ffmpeg, that copies it, keeps its end by the millisecond
done
ff -i "$music" -movflags faststart "$work/index-first.m4a"
cut_to "$work/index-first.m4a" 70 cut-index-first.m4a; decoded cut-index-first.m4a 1024
ff -i "$music" -f wav - >"$in/pipe.wav"; encoded pipe.wav "$rate" "$frames"
# sox writes the plain header, whose last four bytes are the length: as a recorder leaves it that lost its power.
sox "$music" "$in/power.wav"
for at in 4 40; do printf '\0\0\0\0' | dd of="$in/power.wav" bs=1 seek=$at conv=notrunc 2>/dev/null; done
encoded power.wav "$rate" "$frames"
cat "$in/music.mp3" "$in/music-vbr.mp3" >"$in/joined.mp3"; encoded joined.mp3 "$rate" $((2 * frames)) 2
cat "$in/music.mp3" "$in/speech.mp3" >"$in/joined-other.mp3"; encoded joined-other.mp3 "$rate" "$frames" 1 music.mp3
cat "$in/music.aac" "$in/speech.aac" >"$in/joined-other.aac"
encoded joined-other.aac "$rate" "$(awk '$1 == "music.aac" { print $3 }' "$expected")" 1 music.aac
cut_to "$in/music-alac.m4a" 70 cut.m4a; refused cut.m4a "lost its index"
cut_to "$in/music.wav" 20 rest.wav; refused rest.wav "is cut off or damaged: of 0:07 only 0:01"
ff -f lavfi -i anullsrc=sample_rate=8000:channel_layout=mono:duration=7200 "$in/bomb.flac"; refused bomb.flac "which no recording is"
ff -i "$music" -ac 6 "$in/surround.m4a"; refused surround.m4a "has 6 channels"
ff -f lavfi -i testsrc=size=160x120:rate=5:duration=2 -an "$in/silent-film.mp4"; refused silent-film.mp4 "has no sound in it"
printf '#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n' >"$in/playlist.m3u8"; refused playlist.m3u8 "is not a recording"
printf "ffconcat version 1.0\nfile '%s'\n" "$music" >"$in/list.mp3"; refused list.mp3 "is not a recording"

# --- one import for all ----------------------------------------------------------------------------------------------
n_files=$(find "$in" -type f | wc -l)
(cd "$in" && "$LOA" -C "$station" import --json --kind tin -- *) >"$work/out" 2>"$work/err" || true
grep -v '^loa: ' "$work/err" && fail "something else than loa spoke on standard error"
value() { sed -n "s/.*\"$1\": *\"\{0,1\}\([^,\"}]*\).*/\1/p" "$work/row"; }
heard() { # what ffmpeg measures, to three digits
  ffmpeg -v error -nostdin -i "$in/$1" -map a:0 -af aresample=48000:resampler=soxr:precision=28,ebur128=dualmono=true:metadata=1,ametadata=print:key=lavfi.r128.I:file=- \
    -f null - 2>/dev/null | sed -n 's/^lavfi.r128.I=//p' | tail -n 1
}
while read -r name rate frames tolerance like lu; do
  checks=$((checks + 1))
  grep -F "\"path\":\"$name\"" "$work/out" >"$work/row" || { fail "$name: was not spoken of"; continue; }
  duration=$(value duration)
  lufs=$(value lufs)
  loud=$(heard "$like")
  awk -v name="$name" -v rate="$rate" -v frames="$frames" -v tolerance="$tolerance" -v duration="$duration" -v lufs="$lufs" -v loud="$loud" -v lu="$lu" '
    BEGIN {
      if (duration == "null" || duration == "") { print name ": was rejected"; exit 1 }
      # A duration is in frames of 48 kHz, half of one off at most; and microseconds.
      off = duration * rate - frames
      if (off < 0) off = -off
      if (off > tolerance + rate / 48000 / 2 + 0.2) { printf "%s: %.1f frames instead of %d\n", name, duration * rate, frames; bad = 1 }
      if (lufs == "null") { if (loud > -69 && duration > 0.41) { printf "%s: no loudness, ffmpeg hears %s\n", name, loud; bad = 1 } }
      else { d = lufs - loud; if (d < 0) d = -d; if (d > lu && duration > 0.41) { printf "%s: %s LUFS, ffmpeg hears %s\n", name, lufs, loud; bad = 1 } }
      exit bad
    }' || fail "$name"
done <"$expected"
while read -r name words; do
  checks=$((checks + 1))
  grep -F "\"path\":\"$name\"" "$work/out" | grep '"rejected"' | grep -qF "$words" || fail "$name: is not refused with \"$words\": $(grep -F "\"path\":\"$name\"" "$work/out")"
done <"$rejected"
for name in cut.mp3 cut-bare.mp3 cut.ogg cut.opus cut.flac cut.wav cut.aiff cut-ima.wav cut.amr cut.webm cut.wma cut.aac cut-index-first.m4a power.wav joined-other.mp3 joined-other.aac; do
  checks=$((checks + 1))
  grep -F "\"path\":\"$name\"" "$work/out" | grep -q 'listen to it before you approve it' || fail "$name: nobody is told that it is damaged"
done
for name in joined.mp3 pipe.wav music-bare.mp3 music.m4a music.wma music.webm music.amr speech.amr speech.3gp; do
  checks=$((checks + 1))
  grep -F "\"path\":\"$name\"" "$work/out" | grep -q '"reason": *null' || fail "$name: is whole, and a warning says otherwise"
done
# Without its part that knows FFmpeg loa reads the rest, and says what is missing.
mkdir "$work/broken"
cp "$LOA" "$work/broken/loa"
checks=$((checks + 1))
"$work/broken/loa" -C "$station" import --kind tin --code without "$in/music.m4a" >"$work/out2" 2>&1 && fail "a module that is not there is used"
grep -q 'a part of loa cannot be loaded' "$work/out2" || fail "nobody is told what is missing: $(cat "$work/out2")"
[ "$n_foreign" -ge 40 ] || fail "only $n_foreign recordings that nobody here made"
echo "$n_files files, $n_foreign of them as Debian has them"
finish
