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
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
findings=$here/../../build/fuzz-findings
learned=$here/../../build/fuzz-learned/$name
mkdir -p "$findings"

# Files in the order of their names: that of a folder differs from clone to clone.
corpus=$(find "$here/corpus/$name" -type f | LC_ALL=C sort | paste -sd,)
[[ $corpus ]] || {
  echo "tests/fuzz/corpus/$name has no file: a fuzz target needs at least one, of what it is fed in earnest." >&2
  exit 1
}
seed=$((${LARDER_TEST_SEED:-1} % 4294967295 + 1))
options=(-seed="$seed" -reload=0 -timeout=60 -rss_limit_mb=2048 -print_final_stats=1
  -artifact_prefix="$findings/$name-" -seed_inputs="$corpus")
if [[ ${LARDER_FUZZ_SECONDS:-} ]]; then
  mkdir -p "$learned"
  exec "$program" "${options[@]}" -max_total_time="$LARDER_FUZZ_SECONDS" "$learned"
fi
exec "$program" "${options[@]}" -runs="$runs"
