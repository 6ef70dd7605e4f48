#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A radio that relays four servers at once, each of its kind: HTTPS with an authority of its own, RTP, a mount of a real
# Icecast, a live HLS playlist. Each comes late, goes silent in its own way, and comes back.
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")
export no_proxy=127.0.0.1
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY SSL_CERT_FILE
patience=2400
pids=
# shellcheck disable=SC2086
trap 'kill -CONT $pids 2>/dev/null || true; kill $pids 2>/dev/null || true; wait || true; rm -rf "$work"' EXIT
: >"$work/log"
web=$work/web
mkdir -p "$web/hls" "$work/ice"
ffmpeg -nostdin -loglevel error -f lavfi -i sine=440:d=10:r=44100 -ac 2 -b:a 96k "$web/live.mp3"

# start NAME COMMAND…: in the background; its id is $pid.
start() {
  who=$1
  shift
  "$@" >"$work/$who.log" 2>&1 &
  pid=$!
  pids="$pids $pid"
}
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# From the 10 s of MP3 over and over, as fast as they are heard.
forever() { who=$1; shift; start "$who" ffmpeg -nostdin -loglevel error -re -stream_loop -1 -i "$web/live.mp3" "$@"; }

# --- whom a station trusts
authority() { # authority NAME
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$work/$1.key" -out "$work/$1.pem" 2>/dev/null
}
certificate() { # certificate NAME AUTHORITY SUBJECTALTNAME
  openssl req -newkey rsa:2048 -nodes -subj "/CN=server" -keyout "$work/$1.key" -out "$work/$1.csr" 2>/dev/null
  printf 'subjectAltName=%s\n' "$3" >"$work/$1.ext"
  openssl x509 -req -in "$work/$1.csr" -CA "$work/$2.pem" -CAkey "$work/$2.key" -CAcreateserial -days 2 \
    -extfile "$work/$1.ext" -out "$work/$1.pem" 2>/dev/null
}
serve() { # serve NAME [CERTIFICATE]
  if [ "${2:-}" ]; then set -- "$1" "$work/$2.pem" "$work/$2.key"; fi
  who=$1
  shift
  start "$who" python3 "$here/relay_server.py" "$web" "$work/$who.port" "$@"
  wait_until "the server $who" test -e "$work/$who.port"
  port=$(cat "$work/$who.port")
}
refused() { # refused URL WORDS: no frame of it comes, and so it is said
  checks=$((checks + 1))
  timeout 60 "$LOA" relay-reader "$1" 3>"$work/raw" 2>"$work/err" || true
  [ ! -s "$work/raw" ] && grep -q "$2" "$work/err" || fail "$1: $(wc -c <"$work/raw") bytes; $(cat "$work/err")"
}
authority own
authority strange
certificate server own IP:127.0.0.1
certificate stranger strange IP:127.0.0.1
serve safe server
safe=$port
safe_pid=$pid
serve foreign stranger
foreign=$port
refused "https://127.0.0.1:$safe/live.mp3" 'certificate is not to be trusted'
export SSL_CERT_FILE="$work/own.pem"
refused "https://127.0.0.1:$foreign/live.mp3" 'certificate is not to be trusted'
refused "https://localhost:$safe/live.mp3" 'certificate is made for another name'
# A playlist that is trusted does not vouch for the servers that it names.
printf '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttps://127.0.0.1:%s/live.mp3\n#EXT-X-ENDLIST\n' "$foreign" \
  >"$web/foreign.m3u8"
refused "https://127.0.0.1:$safe/foreign.m3u8" 'certificate is not to be trusted'
checks=$((checks + 1))
timeout 60 "$LOA" relay-reader "https://127.0.0.1:$safe/live.mp3" 3>"$work/raw" 2>"$work/err" || true
[ "$(wc -c <"$work/raw")" -gt 3000000 ] || fail "a trusted server is not heard: $(cat "$work/err")"

# --- a radio that is on before they are
serve web
hls=$port
hls_pid=$pid
rtp=$(free_port)
ice=$(free_port)
s=$work/s
small_station "$s"
"$HELPERS/make_tone" "$work/thay.wav" 440 48000 28800000
"$LOA" -C "$s" import --kind tin --title thay --approve "$work/thay.wav" >"$work/log" 2>&1
{
  printf '[station]\ntimezone = Asia/Ho_Chi_Minh\nlanguage = en\nhours = 00:00-24:00\n'
  printf '[layer regular]\ncalendar = schedules/relay.ics\n'
  for who in safe rtp ice hls; do
    printf '[line l-%s]\noutput = null:\nfallback = segment:thay\n' "$who"
  done
  printf '[relay safe]\ntitle = Safe\nurl = https://127.0.0.1:%s/live\n' "$safe"
  printf '[relay rtp]\ntitle = Rtp\nurl = rtp://127.0.0.1:%s\n' "$rtp"
  printf '[relay ice]\ntitle = Ice\nurl = http://127.0.0.1:%s/xa\n' "$ice"
  printf '[relay hls]\ntitle = Hls\nurl = http://127.0.0.1:%s/hls/a.m3u8\n' "$hls"
} >"$s/station.ini"
{
  printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\n'
  for who in safe rtp ice hls; do
    printf 'BEGIN:VEVENT\r\nUID:%s\r\nDTSTART:20230101T000000\r\nDURATION:PT1H\r\nRRULE:FREQ=HOURLY\r\n' "$who"
    printf 'RESOURCES:l-%s\r\nATTACH:relay:%s\r\nEND:VEVENT\r\n' "$who" "$who"
  done
  printf 'END:VCALENDAR\r\n'
} >"$s/schedules/relay.ics"
kill -STOP "$safe_pid" # it accepts nobody
"$LOA" -C "$s" run >"$work/log" 2>&1 &
pids="$pids $!"
# airing LINE TITLE WORD: the log has such an airing.
airing() { "$LOA" -C "$s" log --line "l-$1" --json 2>/dev/null | grep "\"title\":\"$2\"" | grep -q "$3"; }
# What the last airing of a line is.
now_on() { "$LOA" -C "$s" log --line "l-$1" --json 2>/dev/null | tail -1 | grep "\"title\":\"$2\"" | grep -q '"end":null'; }
for who in safe rtp ice hls; do
  wait_until "the fallback of $who, before it is there" now_on "$who" thay
done

# --- they come
kill -CONT "$safe_pid"
start_rtp() { forever rtp -ac 2 -c:a mp2 -b:a 192k -f rtp "rtp://127.0.0.1:$rtp"; rtp_pid=$pid; }
start_source() { forever source -c copy -f mp3 -content_type audio/mpeg "icecast://source:hackme@127.0.0.1:$ice/xa"; source_pid=$pid; }
start_rtp
forever segments -c:a aac -f hls -hls_time 2 -hls_list_size 5 -hls_flags delete_segments "$web/hls/a.m3u8"
chmod 777 "$work" "$work/ice" # Icecast becomes another user
cat >"$work/icecast.xml" <<XML
<icecast><limits><sources>4</sources></limits><authentication><source-password>hackme</source-password></authentication>
<hostname>localhost</hostname><listen-socket><port>$ice</port><bind-address>127.0.0.1</bind-address></listen-socket>
<paths><logdir>$work/ice</logdir><webroot>/usr/share/icecast2/web</webroot><adminroot>/usr/share/icecast2/admin</adminroot></paths>
<logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog></logging>
$([ "$(id -u)" -ne 0 ] || echo '<security><changeowner><user>nobody</user><group>nogroup</group></changeowner></security>')
</icecast>
XML
start icecast icecast2 -c "$work/icecast.xml"
answers() { curl -s -o "$work/answer" "http://127.0.0.1:$ice/status-json.xsl"; }
wait_until "Icecast" answers
start_source
for who in Safe:safe Rtp:rtp Ice:ice Hls:hls; do
  wait_until "$who, that came late, is on air" now_on "${who#*:}" "${who%:*}"
done

# --- they go: two stand still, a sender ends, a mount ends
kill -STOP "$safe_pid" "$hls_pid"
kill "$rtp_pid" "$source_pid"
for who in Safe:safe Rtp:rtp Ice:ice Hls:hls; do
  wait_until "$who is given up" airing "${who#*:}" "${who%:*}" '"end_cause":"failed".*"seconds":[1-9]\|"seconds":[1-9].*"end_cause":"failed"'
  wait_until "the fallback of $who" now_on "${who#*:}" thay
done

# --- and come back
kill -CONT "$safe_pid" "$hls_pid"
start_rtp
start_source
for who in Safe:safe Rtp:rtp Ice:ice Hls:hls; do
  wait_until "$who is back" now_on "${who#*:}" "${who%:*}"
done
finish
