# packages.sh: the Debian packages that Larder needs, and how they get here. Sourced after say.sh.
# shellcheck shell=bash
#
# The one list: README, CI and the container files take it from here.
# Format: group, package, what it is for.

package_list() {
  cat <<'LIST'
build  g++                  the reference compiler (12)
build  cmake                build files
build  ninja-build          runs the build
build  ccache               compiles nothing twice
build  mold                 links in a moment what GNU ld takes seconds for
build  pkg-config           finds libisal and libsodium
build  libboost1.81-dev     Asio, Beast, JSON (headers; Debian's default 1.74 is too old)
build  libfmt-dev           text formatting
build  libtomlplusplus-dev  reads the configuration
build  libyaml-dev          reads and writes the files of larder apply
build  libssl-dev           TLS
build  libsodium-dev        hashes that name objects
build  libisal-dev          CRC-32C of slices
build  libsystemd-dev       sockets that are handed on, and word to systemd of who serves
build  libjemalloc-dev      the cache node's malloc
build  libcli11-dev         command lines
build  prometheus-cpp-dev   counters for /metrics
build  libsqlite3-dev       the portal's database in one file
build  libpq-dev            PostgreSQL's client
build  libcurl4-openssl-dev asking a sign-in provider; the command line's requests
build  libcjose-dev         signatures of sign-in providers (JWT)
build  libjansson-dev       what libcjose-dev needs to be compiled against
build  liboath-dev          one-time codes (TOTP)
run    wget                 the downloads that scripts/up makes to check
run    procps               ps: whose process holds a port
run    iproute2             ss: whose process holds a port
test   libgtest-dev         GoogleTest
test   libgmock-dev         its matchers
test   python3              structure checks, the portal's integration tests
test   python3-jsonschema   responses against the API's description
test   postgresql-15        the database that two portals share
test   openssl              certificates and keys of false sign-in providers
test   zsh                  completion of the command line
test   fish                 completion of the command line
test   curl                 the examples of docs/api
test   nodejs               runs a real sign-in provider
test   npm                  fetches it
lint   clang-19             the second compiler, libFuzzer
lint   libclang-rt-19-dev   sanitizer and fuzzer run-times of clang
lint   clang-tidy-19        static checks
lint   clang-format-19      layout
lint   shellcheck           checks of these scripts
bench  nginx-light          what scripts/bench compares with
bench  python3              runs the comparison
bench-portal python3-jsonschema the client of the portal's tests
bench-portal postgresql-15  the portal's other database
LIST
}

# packages_of GROUP...: their names, one a line.
packages_of() {
  local wanted=" $* "
  package_list | while read -r group name _; do
    [[ $wanted == *" $group "* ]] && printf '%s\n' "$name"
  done
  return 0
}

# Node.js may come from elsewhere, with an npm of its own that Debian's does not stand beside.
is_installed() {
  case $1 in
    nodejs) command -v node >/dev/null && return ;;
    npm) command -v npm >/dev/null && return ;;
  esac
  [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]
}

# need_packages GROUP...: installs what is missing of these groups, or says what is and ends.
need_packages() {
  command -v dpkg-query >/dev/null || die "This is not a Debian system: dpkg is missing. Larder is built on Debian 12;
elsewhere, provide by hand what scripts/lib/packages.sh lists."
  local missing=() name
  while read -r name; do is_installed "$name" || missing+=("$name"); done < <(packages_of "$@")
  ((${#missing[@]})) || return 0

  refuse_conflicting_boost "${missing[@]}"
  local command=(apt-get install -y --no-install-recommends "${missing[@]}")
  local as_root=()
  if ((EUID != 0)); then
    # At a terminal sudo may ask for a password; without one it must not wait for an answer that never comes.
    if command -v sudo >/dev/null && { [[ -t 0 ]] || sudo -n true 2>/dev/null; }; then
      as_root=(sudo)
    else
      die "These Debian packages are missing and need root to install: ${missing[*]}
Run as root, then start this again:
  apt-get update && ${command[*]}"
    fi
  fi
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  install_packages "${as_root[@]}" -- "${command[@]}"
}

# Boost 1.74 and 1.81 cannot be installed side by side, and apt would only say "held broken packages".
refuse_conflicting_boost() {
  [[ " $* " == *" libboost1.81-dev "* ]] || return 0
  local in_the_way=() name
  for name in $(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 'libboost*-dev' 2>/dev/null |
    awk '$1 ~ /^ii/ {print $2}'); do
    [[ $name =~ ^libboost(1\.74)?-dev$|^libboost-.*-dev$|^libboost-.*1\.74-dev$ ]] && in_the_way+=("$name")
  done
  ((${#in_the_way[@]})) || return 0
  die "Larder needs Boost 1.81 (libboost1.81-dev), and Debian does not let it stand beside the Boost that is
installed here. Nothing was changed. If nothing else on this machine needs the old one, run as root:
  apt-get remove ${in_the_way[*]}
and start this again. Otherwise build Larder in a container or on another machine."
}

# install_packages [sudo] -- COMMAND...: quiet unless it fails; refreshes the package lists only if it must.
install_packages() {
  local as_root=()
  while [[ $1 != -- ]]; do
    as_root+=("$1")
    shift
  done
  shift
  local log
  log=$(mktemp)
  local quiet=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive)
  if ! "${quiet[@]}" "$@" -qq >"$log" 2>&1 </dev/null; then
    { "${quiet[@]}" apt-get update -qq && "${quiet[@]}" "$@" -qq; } >"$log" 2>&1 </dev/null || {
      tail -n 20 "$log" >&2
      rm -f "$log"
      die "Installing packages failed (above: what apt-get said). To try by hand, as root:
  apt-get update && $*"
    }
  fi
  rm -f "$log"
}
