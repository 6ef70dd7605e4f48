# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by the benchmarks, which tests/bench/run starts with LOA and MEASURE set.
set -eu
export LANG=en_US.UTF-8 LC_ALL=
rounds=${LOA_BENCH_ROUNDS:-5}
work=$(mktemp -d "${TMPDIR:-/tmp}/loa-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
missed=0

# measured COMMAND…: its "wall cpu kilobytes"; what it prints is shown if it fails.
measured() {
  "$MEASURE" "$@" 3>"$work/measured" >"$work/printed" 2>&1 </dev/null || { cat "$work/printed" >&2; exit 3; }
  cat "$work/measured"
}

# pairs NAME CASE GOAL: ours() and peer() by turns, each of which prints what measured() does; the ratio of their
# times by the wall clock is to be at most GOAL in the median.
pairs() {
  : >"$work/pairs"
  round=0
  while [ "$round" -lt "$rounds" ]; do
    a=$(ours)
    b=$(peer)
    echo "$a $b" >>"$work/pairs"
    round=$((round + 1))
  done
  awk -v name="$1" -v case="$2" -v goal="$3" '
    function middle(list, n,   i, j, x) {
      for (i = 2; i <= n; i++) for (j = i; j > 1 && list[j - 1] > list[j]; j--) { x = list[j]; list[j] = list[j - 1]; list[j - 1] = x }
      return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
    }
    { ratio[NR] = $1 / $4; ours[NR] = $1; cpu[NR] = $2; peer[NR] = $4 }
    END {
      median = middle(ratio, NR); verdict = median <= goal
      printf "%s, %s: %.2f of the time of its peer (%.2f to %.2f in %d rounds; %.1f s and %.1f s; goal %.2f): %s\n", name, case,
        median, ratio[1], ratio[NR], NR, middle(ours, NR), middle(peer, NR), goal, verdict ? "reached" : "MISSED"
      printf "{\"bench\":\"%s\",\"case\":\"%s\",\"rounds\":%d,\"goal\":%.2f,\"ratio_min\":%.3f,\"ratio_median\":%.3f,\"ratio_max\":%.3f," \
        "\"ours_seconds\":%.2f,\"ours_cpu_seconds\":%.2f,\"peer_seconds\":%.2f,\"reached\":%s}\n", name, case, NR, goal, ratio[1],
        median, ratio[NR], middle(ours, NR), middle(cpu, NR), middle(peer, NR), verdict ? "true" : "false"
      exit !verdict
    }' "$work/pairs" || missed=1
}

# at_most NAME CASE UNIT VALUE GOAL: a figure that stands alone.
at_most() {
  awk -v name="$1" -v case="$2" -v unit="$3" -v value="$4" -v goal="$5" 'BEGIN {
    verdict = value + 0 <= goal + 0
    printf "%s, %s: %s %s (goal %s): %s\n", name, case, value, unit, goal, verdict ? "reached" : "MISSED"
    printf "{\"bench\":\"%s\",\"case\":\"%s\",\"unit\":\"%s\",\"value\":%s,\"goal\":%s,\"reached\":%s}\n", name, case, unit, value,
      goal, verdict ? "true" : "false"
    exit !verdict
  }' || missed=1
}

# The last line of a benchmark.
finish() {
  exit "$missed"
}
