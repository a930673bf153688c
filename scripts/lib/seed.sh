# seed.sh: what tests draw their random numbers from. Sourced after say.sh.
# shellcheck shell=bash

# tree_seed: a number that all files of the project decide together: the same tree draws the same numbers anywhere, and
# each change draws others.
tree_seed() {
  local list=(git ls-files -z --cached --others --exclude-standard)
  [[ -e .git ]] || list=(find . -path ./build -prune -o -path ./.larder -prune -o -type f -print0)
  local sum
  sum=$("${list[@]}" | LC_ALL=C sort -zu | xargs -0 sha256sum 2>/dev/null | sha256sum)
  printf '%d' "0x${sum:0:8}"
}
