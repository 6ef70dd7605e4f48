#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The example station is rehearsed on all its lines while all sorts of things go wrong (faulty_year.c): a month of it,
# or as many days as LOA_TEST_DAYS says (365 from New Year's Day: the whole year). LOA_TEST_SEED repeats a run.
. "$(dirname "$0")/lib.sh"
example=$3
seed=${LOA_TEST_SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}
days=${LOA_TEST_DAYS:-31}
s=$work/s
mkdir -p "$s"
cp "$example/station.ini" "$s/"
cp -r "$example/schedules" "$s/"
"$example/make-recordings" "$work/recordings"
"$LOA" -C "$s" import --approve "$work"/recordings/*.wav >/dev/null
"$LOA" -C "$s" say --slots --from 2023-01-01 --to 2024-01-01 >/dev/null
from=$(TZ=Asia/Ho_Chi_Minh date -d '2023-01-01' +%s)000000
cp "$s/loa.db" "$work/faulty.db"
cp "$s/loa.db" "$work/calm.db"
checks=$((checks + 1))
"$HELPERS/faulty_year" "$s" "$work/calm.db" "$from" 28 calm || fail "memory is not flat over a month"
checks=$((checks + 1))
echo "LOA_TEST_SEED=$seed LOA_TEST_DAYS=$days repeats this"
"$HELPERS/faulty_year" "$s" "$work/faulty.db" "$from" "$days" "$seed" || fail "seed $seed, $days days"
finish
