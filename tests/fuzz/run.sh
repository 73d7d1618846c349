#!/bin/sh
# Builds the fuzzers with clang and runs each on FUZZ_JOBS (2) processes: that of manifests for
# FUZZ_SECONDS (120), that of policies for half as long. Closes with "fuzz: N passed, N failed".
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${FUZZ_BUILD:-$root/build/fuzz}
seconds=${FUZZ_SECONDS:-120}
jobs=${FUZZ_JOBS:-2}
mkdir -p "$build"
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1" \
  -DCMAKE_C_COMPILER="${CC:-clang-19}" -DCMAKE_CXX_COMPILER="${CXX:-clang++-19}" \
  -DKAUDIT_FUZZ=ON -DKAUDIT_TESTS=OFF >"$build/configure.log" 2>&1 || { cat "$build/configure.log"; exit 1; }
ninja -C "$build" patch_fuzzer policy_fuzzer

# seed_from FOLDER: every file that standard input names becomes a seed; a first byte before it is
# the fuzzer's choice.
seed_from() {
  number=0
  while IFS= read -r seed; do
    choice=$(printf '\\%03o' $((number % 9)))
    { printf "$choice"; cat "$seed"; } >"$1/seed-$number"
    number=$((number + 1))
  done
}

# run NAME SECONDS PATTERN: NAME_fuzzer, on the seeds in its folder; fails as well where its last
# line does not match PATTERN, because a run that met only one kind of input has shown nothing.
run() {
  pids= job=0 broken=0
  artifacts=$build/$1-artifacts
  mkdir -p "$artifacts"
  while [ "$job" -lt "$jobs" ]; do
    mkdir -p "$build/$1-corpus-$job"
    "$build/tests/fuzz/$1_fuzzer" -seed=$((job + 1)) -timeout=10 -rss_limit_mb=2048 -max_len=8192 \
      -max_total_time="$2" -print_final_stats=1 -verbosity=1 \
      -dict="$root/tests/fuzz/$1.dict" -artifact_prefix="$artifacts/" \
      "$build/$1-corpus-$job" "$build/$1-corpus" >"$build/$1-job-$job.log" 2>&1 &
    pids="$pids $!"
    job=$((job + 1))
  done
  for pid in $pids; do
    wait "$pid" || broken=1
  done
  job=0
  while [ "$job" -lt "$jobs" ]; do
    log=$build/$1-job-$job.log
    grep -E "^(broken|unproven|SUMMARY|ERROR|==.*ERROR|$1_fuzzer:|stat::number_of_executed_units)" "$log" || true
    grep -qE "^$1_fuzzer: $3" "$log" || broken=1
    job=$((job + 1))
  done
  [ "$broken" -eq 0 ] || ls -l "$artifacts"
  failed=$((failed + broken))
}

rm -rf "$build"/*-corpus* "$build"/*-artifacts
mkdir -p "$build/patch-corpus" "$build/policy-corpus"
find "$root/testdata" -name 'in.*' -o -name 'out.*' -o -name 'plain.yaml' -o -name 'enabled.yaml' \
  -o -path '*/check/*' -name 'failing*.yaml' -o -path '*/check/*' -name 'failing*.json' | sort |
  seed_from "$build/patch-corpus"
find "$root/testdata/policy" -name '*.yaml' -o -name '*.json' | sort |
  seed_from "$build/policy-corpus"

failed=0
run patch "$seconds" '[1-9][0-9]* patched .* [1-9][0-9]* refused'
run policy $((seconds / 2)) '[1-9][0-9]* loaded, [1-9][0-9]* refused'
echo "fuzz: $((2 - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
