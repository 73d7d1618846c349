#!/bin/sh
# Builds the fuzzer with clang and runs it: FUZZ_SECONDS (120) on FUZZ_JOBS (2) processes.
# Closes with "fuzz: N passed, N failed".
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
build=${FUZZ_BUILD:-$root/build/fuzz}
seconds=${FUZZ_SECONDS:-120}
jobs=${FUZZ_JOBS:-2}
corpus=$build/corpus
artifacts=$build/artifacts

mkdir -p "$build"
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O2 -g1" \
  -DCMAKE_C_COMPILER="${CC:-clang-19}" -DCMAKE_CXX_COMPILER="${CXX:-clang++-19}" \
  -DKAUDIT_FUZZ=ON -DKAUDIT_TESTS=OFF >"$build/configure.log" 2>&1 || { cat "$build/configure.log"; exit 1; }
ninja -C "$build" patch_fuzzer

# Every text of testdata is a seed; a first byte before it chooses the request.
rm -rf "$corpus" "$corpus"-* "$artifacts"
mkdir -p "$corpus" "$artifacts"
number=0
find "$root/testdata" -name 'in.*' -o -name 'out.*' -o -name 'plain.yaml' -o -name 'enabled.yaml' -o -name 'failing*.yaml' -o -name 'failing*.json' | sort |
while IFS= read -r seed; do
  choice=$(printf '\\%03o' $((number % 9)))
  { printf "$choice"; cat "$seed"; } >"$corpus/seed-$number"
  number=$((number + 1))
done

pids=
job=0
while [ "$job" -lt "$jobs" ]; do
  mkdir -p "$corpus-$job"
  "$build/tests/fuzz/patch_fuzzer" -seed=$((job + 1)) -timeout=10 -rss_limit_mb=2048 -max_len=8192 \
    -max_total_time="$seconds" -print_final_stats=1 -verbosity=1 \
    -dict="$root/tests/fuzz/patch.dict" -artifact_prefix="$artifacts/" \
    "$corpus-$job" "$corpus" >"$build/job-$job.log" 2>&1 &
  pids="$pids $!"
  job=$((job + 1))
done
failed=0
for pid in $pids; do
  wait "$pid" || failed=1
done

job=0
while [ "$job" -lt "$jobs" ]; do
  grep -E '^(broken|unproven|SUMMARY|ERROR|==.*ERROR|patch_fuzzer:|stat::number_of_executed_units)' "$build/job-$job.log" || true
  # A run that patched or refused nothing has shown nothing.
  grep -qE '^patch_fuzzer: [1-9][0-9]* patched .* [1-9][0-9]* refused' "$build/job-$job.log" || failed=1
  job=$((job + 1))
done
[ "$failed" -eq 0 ] || ls -l "$artifacts"
echo "fuzz: $((1 - failed)) passed, $failed failed"
exit "$failed"
