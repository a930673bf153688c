# say.sh: how the scripts speak, and where they are. Sourced, not run.
# shellcheck shell=bash
#
# Needs bash. Sets ROOT (the project's folder) and goes there.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT" || exit 1

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
  warn "$*"
  exit 1
}

# seconds_to_text SECONDS: "7 s", "3 min 05 s".
seconds_to_text() {
  if (($1 < 60)); then printf '%d s' "$1"; else printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); fi
}
