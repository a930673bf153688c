#!/usr/bin/env bash
# search.sh: one fuzz target over its corpus in git, then on from there. The same seed does the same: a search that is
# bounded by runs finds today what it found yesterday, on a busy machine too.
#
# Usage: search.sh PROGRAM RUNS
#
# Settings: LARDER_TEST_SEED (1)     what the search is drawn from
#           LARDER_FUZZ_SECONDS      search this long instead of RUNS, and keep what was learned for the next time
# A finding is left in build/fuzz-findings/, for the corpus in git.
set -euo pipefail
program=$1 runs=$2
name=$(basename "$program")
# libFuzzer decides by addresses too. What moves them is kept the same: names (so they are relative to the project's
# folder), the environment, and the kernel's dice, where the machine lets us.
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=$(realpath --relative-to=. "$program")
fixed=(env -i PATH=/usr/bin:/bin setarch "$(uname -m)" -R)
"${fixed[@]}" true 2>/dev/null || {
  echo "Addresses cannot be fixed here (setarch -R is refused): another run may find what this one does not."
  fixed=(env -i PATH=/usr/bin:/bin)
}

# Files in the order of their names: that of a folder differs from clone to clone.
mkdir -p build/fuzz-findings build/fuzz-corpus
corpus=build/fuzz-corpus/$name
find "tests/fuzz/corpus/$name" -type f 2>/dev/null | LC_ALL=C sort | paste -sd, | tr -d '\n' >"$corpus"
[[ -s $corpus ]] || {
  echo "tests/fuzz/corpus/$name has no file: a fuzz target needs at least one, of what it is fed in earnest." >&2
  exit 1
}
options=(-seed=$((${LARDER_TEST_SEED:-1} % 4294967295 + 1)) -reload=0 -timeout=60 -rss_limit_mb=2048
  -print_final_stats=1 "-artifact_prefix=build/fuzz-findings/$name-" "-seed_inputs=@$corpus")
if [[ ${LARDER_FUZZ_SECONDS:-} ]]; then
  mkdir -p "build/fuzz-learned/$name"
  exec "${fixed[@]}" "$program" "${options[@]}" "-max_total_time=$LARDER_FUZZ_SECONDS" "build/fuzz-learned/$name"
fi
exec "${fixed[@]}" "$program" "${options[@]}" "-runs=$runs"
