# build.sh: configuring and building a CMake preset with its output in a log. Sourced after say.sh.
# shellcheck shell=bash

LOGS=$ROOT/build/logs

# build_preset PRESET [TARGET...]: configures build/PRESET and builds it; output to build/logs/build-PRESET.log, and the
# count of steps to a terminal.
build_preset() {
  local preset=$1 log=$LOGS/build-$1.log
  shift
  mkdir -p "$LOGS"
  local targets=()
  (($#)) && targets=(--target "$@")
  if [[ ! -t 1 ]]; then
    { cmake --preset "$preset" && cmake --build --preset "$preset" "${targets[@]}"; } >"$log" 2>&1 </dev/null
    return
  fi
  { cmake --preset "$preset" && cmake --build --preset "$preset" "${targets[@]}"; } 2>&1 </dev/null | tee "$log" |
    while read -r line; do [[ $line =~ ^(\[[0-9]+/[0-9]+\]) ]] && printf '\r  %s' "${BASH_REMATCH[1]}"; done
  local results=("${PIPESTATUS[@]}")
  printf '\r%20s\r' ''
  return "${results[0]}"
}

# show_build_failure PRESET: the errors of the log first, or its end.
show_build_failure() {
  local log=$LOGS/build-$1.log
  grep -m 10 -A 6 -E '(error|Error|FAILED)[: ]' "$log" >&2 || tail -n 30 "$log" >&2
  warn "The whole log: ${log#"$ROOT"/}    Again: cmake --build --preset $1"
}
