#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# An import and an approval are cut off at each of their writes, or the disk fails or fills up there: nothing is lost,
# nothing is half, and the same command again makes it good.
if [ -z "${LOA_OWN_MOUNTS:-}" ] && unshare -rm true 2>/dev/null; then
  LOA_OWN_MOUNTS=1 exec unshare -rm "$0" "$@" # a small disk is wanted below
fi
# What a disk does is made to happen, so none is waited for.
[ -w /dev/shm ] && export TMPDIR=/dev/shm
. "$(dirname "$0")/lib.sh"
command -v sqlite3 >/dev/null || { echo "sqlite3 is missing; run tools/setup --tests"; exit 1; }

s=$work/s
mkdir "$work/in"
"$HELPERS/make_tone" "$work/in/tin-1.wav" 440 48000 9600
printf 'title: One\nkind: tin\n\nwords\n' >"$work/in/tin-1.txt"
sql() { sqlite3 -cmd '.timeout 10000' "$s/loa.db" "$1"; }
check() { # check NAME CONDITION…: a test(1) condition
  name=$1
  shift
  checks=$((checks + 1))
  [ "$@" ] || fail "$name ($*): $(cat "$work/err")"
}
# broken N HOW COMMAND…: runs it with the N-th write failing; the exit status in $got.
broken() {
  n=$1 how=$2
  shift 2
  got=0
  rm -f "$work/reached"
  (LOA_FAIL_AT=$n LOA_FAIL_HOW=$how LOA_FAIL_MARK=$work/reached LD_PRELOAD=$HELPERS/fail_at.so \
    exec "$LOA" -C "$s" "$@") >"$work/out" 2>"$work/err" </dev/null &
  wait $! 2>/dev/null || got=$? # in the background, so that the shell keeps a kill to itself
}
# whole NAME: every row has its files, and the database is sound. It may not have been made yet.
whole() {
  if [ -s "$s/loa.db" ] && [ "$(sql 'PRAGMA user_version')" -gt 0 ]; then
    status=0
    "$LOA" -C "$s" verify --json >"$work/verify" 2>"$work/verify.err" || status=$?
    check "$1: verify" "$status" -eq 0
  elif [ -e "$s/loa.db" ]; then
    check "$1: database" "$(sql 'PRAGMA integrity_check')" = ok
  fi
}
files_in() { find "$1" -type f 2>/dev/null | wc -l; }

# A new station that has no database yet: an import makes it, in a good half of its writes.
"$LOA" init "$work/new" >/dev/null
rm -f "$work/new"/loa.db*
fresh() {
  rm -rf "$s"
  cp -a "$work/new" "$s"
}
# again NAME: the same import without a fault.
again() {
  status=0
  "$LOA" -C "$s" import --approve --json "$work/in/tin-1.wav" >"$work/out" 2>"$work/err" || status=$?
  check "$1: again" "$status" -eq 0
  check "$1: status" "$(grep -c '"status":"\(imported\|duplicate\)"' "$work/out")" -eq 1
  check "$1: rows" "$(sql "SELECT count(*) || ' ' || max(version) || ' ' || min(state) || ' ' || min(script) FROM segment")" = "1 1 approved words"
  check "$1: incoming" "$(files_in "$s/library/incoming")" -eq 0
  whole "$1"
  check "$1: strays" ! -s "$work/verify"
}

# cut_off HOW: the import with the N-th write failing, for every N that it reaches.
cut_off() {
  how=$1
  n=0
  done=0
  fine=0
  while [ "$done" -eq 0 ]; do
    n=$((n + 1))
    fresh
    broken "$n" "$how" import --approve "$work/in/tin-1.wav"
    [ -e "$work/reached" ] || done=1
    where="$how at write $n"
    if [ "$done" -eq 1 ]; then
      check "$where, not reached" "$got" -eq 0
    elif [ "$how" = kill ] || [ "$how" = half ]; then
      check "$where" "$got" -eq 137
    elif [ "$got" -eq 0 ]; then
      fine=$((fine + 1)) # what failed was not needed, such as tidying up
      check "$where: rows" "$(sql 'SELECT count(*) FROM segment')" -eq 1
    else
      check "$where: exit" "$got" -eq 3
      check "$where: a sentence" "$(grep -c '^loa: .*[a-z]' "$work/err")" -gt 0
      check "$where: left in incoming" "$(files_in "$s/library/incoming")" -eq 0
    fi
    : >"$work/verify"
    whole "$where"
    # A commit may be found yet by the next to open the database if the disk failed and not if it was full.
    [ "$got" -eq 137 ] || [ "$how" = io ] || check "$where: left over $(cat "$work/verify")" ! -s "$work/verify"
    again "$where"
  done
  echo "import, $how: $((n - 1)) writes${fine:+, of which $fine were not needed}"
}
for how in kill half io full; do cut_off "$how"; done

# An approval: it is decided, or it is not.
fresh
"$LOA" -C "$s" import "$work/in/tin-1.wav" >/dev/null 2>&1
cp -a "$s" "$work/draft"
for how in kill half io full; do
  n=0
  done=0
  while [ "$done" -eq 0 ]; do
    n=$((n + 1))
    rm -rf "$s"
    cp -a "$work/draft" "$s"
    broken "$n" "$how" segment approve tin-1
    [ -e "$work/reached" ] || done=1
    where="approve, $how at write $n"
    [ "$got" -ne 0 ] || check "$where: done" "$(sql 'SELECT state FROM segment')" = approved
    [ "$got" -eq 0 ] || [ "$got" -eq 137 ] || check "$where: exit" "$got" -eq 3
    whole "$where"
    "$LOA" -C "$s" segment approve tin-1 >"$work/out" 2>"$work/err" || fail "$where: again: $(cat "$work/err")"
    check "$where: state" "$(sql 'SELECT state FROM segment')" = approved
    check "$where: who decided" -n "$(sql 'SELECT decided_by FROM segment WHERE decided_us IS NOT NULL')"
  done
  echo "approve, $how: $((n - 1)) writes"
done
# A real disk with so many KiB left, down to the last: 32 MiB of it are the database's, which also an approval needs.
"$HELPERS/make_tone" "$work/in/tin-2.wav" 880 48000 9600
printf 'kind: tin\n' >"$work/in/tin-2.txt"
full_disk() { # full_disk KIB
  cp -a "$work/draft/." "$s"
  head -c $((($(df -k --output=avail "$s" | tail -1) - $1) * 1024)) /dev/zero >"$s/filler"
  for command in "import --approve $work/in/tin-2.wav" "segment approve tin-1"; do
    where="$1 KiB left, ${command%% *}"
    status=0
    # shellcheck disable=SC2086
    "$LOA" -C "$s" $command >"$work/out" 2>"$work/err" || status=$?
    check "$where: exit $status" "$status" -eq 0 -o "$status" -eq 3
    check "$where: a sentence" "$status" -eq 0 -o "$(grep -c '^loa: .*[a-z]' "$work/err")" -gt 0
    check "$where: left in incoming" "$(files_in "$s/library/incoming")" -eq 0
    echo "$where: $(head -1 "$work/err")"
  done
  rm "$s/filler"
  whole "$1 KiB left"
  check "$1 KiB left: left over" ! -s "$work/verify"
  "$LOA" -C "$s" import --approve "$work/in/tin-2.wav" >/dev/null 2>"$work/err" || fail "$1 KiB left: again"
  "$LOA" -C "$s" segment approve tin-1 >"$work/out" 2>"$work/err" || fail "$1 KiB left: approved again"
  check "$1 KiB left: rows" "$(sql "SELECT count(*) FROM segment WHERE version = 1")" -eq 2
  find "$s" -mindepth 1 -delete
}
find "$s" -mindepth 1 -delete
if [ -n "${LOA_OWN_MOUNTS:-}" ] && mount -t tmpfs -o size=48m tmpfs "$s"; then
  for left in 0 4 8 16 32 64 128 512 32768 32788 32808 32828 32868 32968 33768; do full_disk "$left"; done
  umount "$s"
else
  echo "a small disk cannot be mounted here: left out"
fi
finish
