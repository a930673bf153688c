# seed.sh: what tests draw their random numbers from. Sourced after say.sh.
# shellcheck shell=bash

# tree_seed: a number that all files of the project decide together: the same tree draws the same numbers anywhere, and
# each change draws others. Without git, all files count that are not of a build.
tree_seed() {
  local list=(git ls-files -z --cached --others --exclude-standard) sum
  [[ $(git rev-parse --show-toplevel 2>/dev/null) == "$ROOT" ]] ||
    list=(find . \( -path ./build -o -path ./.larder -o -name __pycache__ \) -prune -o -type f -printf '%P\0')
  sum=$("${list[@]}" | LC_ALL=C sort -zu | xargs -0 -r sha256sum 2>/dev/null)
  [[ $sum ]] || die "No file of the project was found to take a seed from. Is $ROOT the whole project?"
  sum=$(sha256sum <<<"$sum")
  printf '%d' "0x${sum:0:8}"
}
