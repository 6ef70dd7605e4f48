#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Calendars that lie on a server: a CalDAV collection of Radicale, and files on a web server that does whatever can go
# wrong. What is good is fetched; what is not changes nothing.
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")
export no_proxy=127.0.0.1
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY SSL_CERT_FILE
pids=
# shellcheck disable=SC2086
trap 'kill $pids 2>/dev/null || true; wait || true; rm -rf "$work"' EXIT

s=$work/s
small_station "$s"
: >"$work/log"
sed -i 's/^hours .*/hours = 00:00-24:00/' "$s/station.ini"
expect() { # expect NAME VALUE ACTUAL
  checks=$((checks + 1))
  [ "$2" = "$3" ] || fail "$1: $3, not $2"
}
says() { # says NAME WORDS FILE
  checks=$((checks + 1))
  grep -q -- "$2" "$3" || fail "$1: $(cat "$3")"
}
fetch() { # fetch [LAYER]: STATUS and the exit status; what was said is in $work/err
  got=0
  "$LOA" -C "$s" fetch --json "$@" >"$work/out" 2>"$work/err" || got=$?
  echo "$(sed -n 's/.*"status":"\([a-z]*\)".*/\1/p' "$work/out") $got"
}
# The times and titles of the day's slots.
slots() {
  "$LOA" -C "$s" slots --day 2023-05-10 --json 2>"$work/err" |
    sed -n 's/.*"start":"[^T]*T\(.....\).*"title":"\([^"]*\)".*/\1 \2/p' | tr '\n' ' '
}
# layer URL [LINE…]: the station's only layer is at this address.
layer() {
  url=$1
  shift
  sed -i '/^\[layer /,$d' "$s/station.ini"
  printf '[layer lich]\ncalendar = %s\n' "$url" >>"$s/station.ini"
  for line in "$@"; do printf '%s\n' "$line" >>"$s/station.ini"; done
}
event() { # event UID TITLE LINE…
  uid=$1
  title=$2
  shift 2
  printf 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n'
  [ -z "${zone:-}" ] || printf 'BEGIN:VTIMEZONE\r\nTZID:Customized Time Zone\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n'
  [ -z "${zone:-}" ] || printf 'TZOFFSETFROM:%s\r\nTZOFFSETTO:%s\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n' "$zone" "$zone"
  printf 'BEGIN:VEVENT\r\nUID:%s@test\r\nDTSTAMP:20230101T000000Z\r\nSUMMARY:%s\r\nDURATION:PT5M\r\n' "$uid" "$title"
  for line in "$@"; do printf '%s\r\n' "$line"; done
  printf 'END:VEVENT\r\nEND:VCALENDAR\r\n'
}

# --- a CalDAV collection
mkdir -p "$work/dav" "$s/secrets"
echo 'lan:mật khẩu: 1' >"$work/users"
echo 'lan:mật khẩu: 1' >"$s/secrets/caldav"
chmod 600 "$s/secrets/caldav"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/radicale.ini" <<INI
[server]
hosts = 127.0.0.1:$port
[auth]
type = htpasswd
htpasswd_filename = $work/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = $work/dav
INI
dav() { # dav METHOD PATH [FILE]: the status
  python3 - "$port" "$@" <<'PY'
import base64, http.client, sys
port, method, path = sys.argv[1:4]
body = open(sys.argv[4], "rb").read() if len(sys.argv) > 4 else None
login = base64.b64encode("lan:mật khẩu: 1".encode()).decode()
connection = http.client.HTTPConnection("127.0.0.1", int(port))
try:
    connection.request(method, path, body, {"Authorization": "Basic " + login, "Content-Type": "text/calendar; charset=utf-8"})
    print(connection.getresponse().status)
except OSError:
    print("none")
PY
}
is_open() { [ "$(dav OPTIONS /)" != none ]; }
start_radicale() {
  radicale --config "$work/radicale.ini" >>"$work/radicale.log" 2>&1 &
  radicale=$!
  pids="$pids $radicale"
  wait_until "Radicale" is_open
}
start_radicale
put() { # put NAME: the event on standard input
  cat >"$work/event.ics"
  expect "putting $1" 201 "$(dav PUT "/lan/lich/$1.ics" "$work/event.ics")"
}
expect "a new calendar" 201 "$(dav MKCALENDAR /lan/lich/)"
zone=+0700 event a Morning 'DTSTART;TZID=Customized Time Zone:20230510T060000' | put a
zone=+0900 event b Noon 'DTSTART;TZID="Customized Time Zone":20230510T140000' | put b

layer "http://127.0.0.1:$port/lan/lich/" 'login = secrets/caldav'
line=$(grep -n '^\[layer' "$s/station.ini" | cut -d: -f1)
got=0
"$LOA" -C "$s" slots >/dev/null 2>"$work/err" || got=$?
expect "status before anything was fetched" 1 "$got"
says "what to do before anything was fetched" "station.ini:$line: .*run .loa fetch" "$work/err"
expect "the first fetch" "fetched 0" "$(fetch)"
expect "slots of two zones with one name" "06:00 Morning 12:00 Noon " "$(slots)"
cp "$s/calendars/lich.ics" "$work/first.ics"
expect "nothing new" "unchanged 0" "$(fetch lich)"
rm -r "$s/calendars"
expect "after the copy is gone" "fetched 0" "$(fetch)"
expect "bytes of the same collection" "$(cksum <"$work/first.ics")" "$(cksum <"$s/calendars/lich.ics")"
echo 'edited by hand' >>"$s/calendars/lich.ics"
expect "after an edit of the copy" "fetched 0" "$(fetch)"
expect "bytes after an edit of the copy" "$(cksum <"$work/first.ics")" "$(cksum <"$s/calendars/lich.ics")"

event a Earlier 'DTSTART:20230510T053000' | put a
expect "a change" "fetched 0" "$(fetch)"
expect "slots after a change" "05:30 Earlier 12:00 Noon " "$(slots)"
expect "removing" 200 "$(dav DELETE /lan/lich/b.ics)"
expect "a removal" "fetched 0" "$(fetch)"
expect "slots after a removal" "05:30 Earlier " "$(slots)"

# What is wrong for this station is set aside, and said with its line.
event b Wrong 'DTSTART:20230510T070000' 'RESOURCES:nowhere' | put b
expect "a mistake" "failed 1" "$(fetch)"
says "what the mistake is" 'calendars/lich.rejected.ics:[0-9]*: .*nowhere' "$work/err"
expect "the line of the mistake" "RESOURCES:nowhere" \
  "$(sed -n "$(sed -n 's/.*rejected.ics:\([0-9]*\):.*/\1/p' "$work/err")p" "$s/calendars/lich.rejected.ics" | tr -d '\r')"
expect "slots beside a mistake" "05:30 Earlier " "$(slots)"
"$LOA" -C "$s" check >/dev/null 2>"$work/err" || true
says "loa check on a mistake" 'lich.rejected.ics: .*stays in force' "$work/err"
event b Right 'DTSTART:20230510T070000' 'RESOURCES:fm' | put b
expect "the mistake mended" "fetched 0" "$(fetch)"
expect "what was set aside, then" "" "$(find "$s/calendars" -name '*.rejected.ics')"

"$LOA" -C "$s" slot cancel b@test --at 2023-05-10 >/dev/null 2>"$work/err" || true
says "editing what lies on a server" 'kept at another place' "$work/err"

# Logins.
echo 'lan:sai-mat-khau' >"$s/secrets/caldav"
expect "a wrong password" "failed 1" "$(fetch)"
says "a wrong password" 'refuses this name and password' "$work/err"
expect "the password in what was said" "" "$(grep -l sai-mat-khau "$work/out" "$work/err" "$s"/calendars/* || true)"
echo 'lan:mật khẩu: 1' >"$s/secrets/caldav"
chmod 640 "$s/secrets/caldav"
expect "a password for everybody" "failed 1" "$(fetch)"
says "a password for everybody" 'secrets/caldav: .*chmod 600' "$work/err"
chmod 600 "$s/secrets/caldav"
layer "http://127.0.0.1:$port/lan/" 'login = secrets/caldav'
expect "a folder of calendars" "failed 1" "$(fetch)"
says "a folder of calendars" 'name one of the calendars in it' "$work/err"
layer "http://127.0.0.1:$port/lan/lich/" 'login = secrets/caldav'
expect "back at the calendar" "unchanged 0" "$(fetch)"

# --- on air: a change on the server becomes a new plan
now=$(date +%s)
event c Soon "DTSTART:$(date -u -d "@$((now + 3600))" +%Y%m%dT%H%M%SZ)" 'ATTACH:segment:tune' | put c
new_log
"$LOA" -C "$s" run >>"$work/log" 2>&1 &
radio=$!
pids="$pids $radio"
logs() { grep -q "$1" "$work/log"; }
wait_until "the fetched calendar" logs 'fetch: .*"lich": a new calendar was fetched'
wait_until "the new plan" logs 'planned anew'
expect "what is planned" 1 "$(sqlite3 -cmd '.timeout 10000' "$s/loa.db" "SELECT count(DISTINCT start_us) FROM plan_item
  WHERE abs(start_us / 1000000 - $((now + 3600))) < 2" 2>&1)"
kill -INT "$radio"
got=0
wait "$radio" || got=$?
expect "stopping the radio" 0 "$got"

# --- without the server the last good copy is in force
slots_before=$(slots)
kill "$radicale"
wait "$radicale" || true
expect "without the server" "failed 3" "$(fetch)"
says "without the server" 'does not answer' "$work/err"
expect "slots without the server" "$slots_before" "$(slots)"
got=0
"$LOA" -C "$s" check >/dev/null 2>"$work/err" || got=$?
expect "loa check without the server" "0 0" "$got $(grep -c 'hours ago' "$work/err" || true)"
sed -i 's/^fetched-us .*/fetched-us 1683676800000000/' "$s/calendars/lich.state"
"$LOA" -C "$s" check >/dev/null 2>"$work/err" || true
says "loa check on an old copy" 'station.ini:[0-9]*: .*hours ago' "$work/err"

# --- a file on a web server
web=$work/web
mkdir "$web"
serve() { # serve [CERTIFICATE KEY]: sets port and pid
  rm -f "$web/ports"
  python3 "$here/calendar_server.py" "$web" "$@" 2>"$work/web.log" &
  server=$!
  pids="$pids $server"
  wait_until "the web server" test -e "$web/ports"
  port=$(cut -d' ' -f1 "$web/ports")
}
mode() { echo "$1" >"$web/mode"; : >"$web/requests"; }
event a Plain 'DTSTART:20230510T080000' >"$web/cal.ics"
mode etag
serve
layer "http://127.0.0.1:$port/cal.ics"
expect "a file" "fetched 0" "$(fetch)"
expect "slots of a file" "08:00 Plain " "$(slots)"
mode etag
expect "the same file" "unchanged 0" "$(fetch)"
expect "how the same file is asked for" "first GET /cal.ics - 304" "$(cat "$web/requests")"
mode date
expect "a file with a date" "unchanged 0" "$(fetch)"
mode date
expect "the same by its date" "unchanged 0" "$(fetch)"
expect "how it is asked for by its date" "first GET /cal.ics - 304" "$(cat "$web/requests")"

refuses() { # refuses MODE EXIT WORDS
  mode "$1"
  expect "$1" "failed $2" "$(fetch)"
  says "what is said of $1" "$3" "$work/err"
  expect "the copy after $1" "$(cksum <"$work/good.ics")" "$(cksum <"$s/calendars/lich.ics")"
}
cp "$s/calendars/lich.ics" "$work/good.ics"
event a New 'DTSTART:20230510T090000' >"$web/cal.ics"
refuses page 1 'a web page and no calendar'
refuses cut 3 'broke before everything was there'
refuses short 1 'lich.rejected.ics:[0-9]*: .*cut off'
refuses large 1 'more than 32 MiB'
refuses endless 1 'more than 32 MiB'
refuses loop 1 'without end'
refuses 500 3 'status 500'
refuses 404 1 'no calendar at this address'
refuses 403 1 'asks for a name and password'
{
  event a New 'DTSTART:20230510T090000' 'RRULE:FREQ=SECONDLY' | sed '/^DURATION/d;s/^DTSTART/DURATION:PT1S\r\n&/'
} >"$web/cal.ics"
refuses etag 1 'lich.rejected.ics:[0-9]*: '
# What is right by itself may be at odds with a layer above it: the mistake is then said of that one.
printf '[layer tren]\ncalendar = schedules/regular.ics\n' >>"$s/station.ini"
event e1 Double 'DTSTART:20230510T090000' >"$web/cal.ics"
refuses etag 1 'regular.ics:[0-9]*: .*same UID'
layer "http://127.0.0.1:$port/cal.ics"
event a New 'DTSTART:20230510T090000' >"$web/cal.ics"
mode elsewhere
layer "http://127.0.0.1:$port/cal.ics" 'login = secrets/caldav'
expect "a calendar that moved" "fetched 0" "$(fetch)"
expect "slots of a calendar that moved" "09:00 New " "$(slots)"
expect "where the password went" "first PROPFIND /cal.ics - 405
first GET /cal.ics - 401
first GET /cal.ics login 302
second GET /cal.ics - 200" "$(cat "$web/requests")"
# What fails while it is watched is told once, and so is that it is over.
n_requests() { [ "$(grep -c GET "$web/requests")" -ge "$1" ]; }
: >"$work/log"
mode 500
layer "http://127.0.0.1:$port/cal.ics"
"$LOA" -C "$s" fetch --watch 2>>"$work/log" &
watching=$!
pids="$pids $watching"
for n in 1 2 3; do
  wait_until "try $n" n_requests "$n"
  [ "$n" = 3 ] || echo "; edited" >>"$s/station.ini"
done
mode short
echo "; edited" >>"$s/station.ini"
wait_until "mistakes in the log" logs 'rejected.ics:[0-9]*: .*cut off'
mode etag
echo "; edited" >>"$s/station.ini"
wait_until "the end of it in the log" logs '"lich": its calendar can be fetched again'
kill "$watching"
got=0
wait "$watching" || got=$?
expect "stopping the watcher" 0 "$got"
expect "times that the failure was told" 1 "$(grep -c 'status 500' "$work/log")"
# A server that says nothing does not keep loa from ending.
mode hang
"$LOA" -C "$s" fetch >/dev/null 2>"$work/err" &
hanging=$!
pids="$pids $hanging"
wait_until "a server that says nothing" grep -q GET "$web/requests"
kill -TERM "$hanging"
got=0
wait "$hanging" || got=$?
expect "the status of a fetch that was stopped" 3 "$got"
says "a fetch that was stopped" 'was stopped' "$work/err"
kill "$server"

# --- certificates
authority() { # authority NAME
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$work/$1.key" -out "$work/$1.pem" 2>/dev/null
}
certificate() { # certificate NAME SUBJECTALTNAME
  openssl req -newkey rsa:2048 -nodes -subj "/CN=server" -keyout "$work/$1.key" -out "$work/$1.csr" 2>/dev/null
  printf 'subjectAltName=%s\n' "$2" >"$work/$1.ext"
  openssl x509 -req -in "$work/$1.csr" -CA "$work/own.pem" -CAkey "$work/own.key" -CAcreateserial -days 2 \
    -extfile "$work/$1.ext" -out "$work/$1.pem" 2>/dev/null
}
authority own
authority other
certificate server IP:127.0.0.1
certificate stranger DNS:elsewhere.example
mode etag
serve "$work/server.pem" "$work/server.key"
layer "https://127.0.0.1:$port/cal.ics" 'login = secrets/caldav'
cp "$s/calendars/lich.ics" "$work/good.ics"
event a Safe 'DTSTART:20230510T100000' >"$web/cal.ics"
refuses etag 3 'not to be trusted'
export SSL_CERT_FILE="$work/other.pem"
refuses etag 3 'not to be trusted'
export SSL_CERT_FILE="$work/own.pem"
refuses down 3 'from https'
mode etag
expect "an own authority" "fetched 0" "$(fetch)"
expect "slots by https" "10:00 Safe " "$(slots)"
kill "$server"
cp "$s/calendars/lich.ics" "$work/good.ics"
serve "$work/stranger.pem" "$work/stranger.key"
layer "https://127.0.0.1:$port/cal.ics"
refuses etag 3 'made for another name'

# The table, for people.
LANG=vi_VN.UTF-8 "$LOA" -C "$s" fetch >"$work/out" 2>/dev/null || true
expect "lines of the table" 2 "$(wc -l <"$work/out")"
says "the table in Vietnamese" '^lich  *không tải được  *chưa tải' "$work/out"
finish
