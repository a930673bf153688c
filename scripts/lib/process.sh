# process.sh: programs that scripts/up starts and scripts/down stops. Sourced after say.sh.
# shellcheck shell=bash
#
# .larder/run/NAME.pid holds the process id, its start time and the boot it belongs to: a number alone may by now be
# somebody else's process, and that one is never touched.

STATE=$ROOT/.larder
RUN=$STATE/run

# identity_of PID: "START-TIME BOOT-ID"; fails if there is no such process.
identity_of() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # The program's name, in parentheses, may hold blanks: count the fields after it.
  read -ra stat <<<"${stat##*) }"
  [[ ${stat[0]} != Z ]] && printf '%s %s' "${stat[19]}" "$(cat /proc/sys/kernel/random/boot_id)"
}

# successor_pid NAME: the process that has taken the place of the one that up started, as it wrote to its ports file.
successor_pid() {
  local ports=$RUN/$1.ports pid
  pid=$(sed -nE 's/.*"process":([0-9]+).*/\1/p' "$ports" 2>/dev/null)
  [[ $pid ]] && identity_of "$pid" >/dev/null && tr '\0' '\n' <"/proc/$pid/cmdline" | grep -qxF -- "$ports" && printf '%s' "$pid"
}

# running_pid NAME: its process id, if what up started, or its successor, still runs.
running_pid() {
  local pid start boot
  successor_pid "$1" && return
  read -r pid start boot 2>/dev/null <"$RUN/$1.pid" || return 1
  [[ $(identity_of "$pid") == "$start $boot" ]] && printf '%s' "$pid"
}

# start_program NAME COMMAND...: in the background, apart from this terminal; output to .larder/log/NAME.log.
start_program() {
  local name=$1 pid
  shift
  mkdir -p "$RUN" "$STATE/log"
  setsid "$@" >>"$STATE/log/$name.log" 2>&1 </dev/null &
  pid=$!
  # setsid becomes the program itself; a moment before it does the identity is already the same.
  printf '%s %s\n' "$pid" "$(identity_of "$pid")" >"$RUN/$name.pid"
  disown "$pid"
}

# stop_program NAME: SIGTERM, and SIGKILL to what has not ended after 20 s. Fails if it did not run.
stop_program() {
  local name=$1 pid next tenths
  pid=$(running_pid "$name") || {
    rm -f "$RUN/$name".{pid,ports}
    return 1
  }
  kill "$pid" 2>/dev/null
  for ((tenths = 0; tenths < 200; ++tenths)); do
    next=$(running_pid "$name") || break
    # The process before, which still sent something.
    [[ $next == "$pid" ]] || kill "$next" 2>/dev/null
    pid=$next
    sleep 0.1
  done
  if running_pid "$name" >/dev/null; then
    warn "$name (process $pid) did not end within 20 s of SIGTERM: it is killed."
    kill -KILL "$pid"
  fi
  rm -f "$RUN/$name".{pid,ports}
}

# wait_for NAME SECONDS COMMAND...: until COMMAND succeeds. Ends the script if NAME dies or the time is over.
wait_for() {
  local name=$1 seconds=$2 until
  shift 2
  until=$((SECONDS + seconds))
  while ! "$@"; do
    running_pid "$name" >/dev/null || die_with_log "$name ended as soon as it was started." "$name"
    ((SECONDS < until)) || die_with_log "$name was not ready within $seconds s." "$name"
    sleep 0.2
  done
}

die_with_log() {
  warn "$1 Its last words (.larder/log/$2.log):"
  tail -n 15 "$STATE/log/$2.log" >&2
  exit 1
}

# port_holder PORT: "nginx (process 123)" or, where only root may know, "another program"; fails if the port is free.
port_holder() {
  local line
  line=$(ss -Hltnp "sport = :$1" 2>/dev/null | head -n 1)
  [[ $line ]] || return 1
  if [[ $line =~ \(\(\"([^\"]+)\",pid=([0-9]+) ]]; then
    printf '%s (process %s)' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
  else
    printf 'another program (as root, "ss -ltnp" says which)'
  fi
}

# holds_port NAME PORT: whether the program that up started is the one that listens there.
holds_port() {
  local pid
  pid=$(running_pid "$1") && [[ $(port_holder "$2") == *"(process $pid)" ]]
}

# need_free_port NAME PORT VARIABLE WHAT-FOR: free, or NAME's own already.
need_free_port() {
  local holder
  holder=$(port_holder "$2") || return 0
  holds_port "$1" "$2" && return 0
  die "Port $2 is wanted for $4, and $holder listens on it already.
Choose another:  $3=$(free_port_after "$2") scripts/up"
}

free_port_after() {
  local port
  for ((port = $1 + 1; port < $1 + 100; ++port)); do
    port_holder "$port" >/dev/null || break
  done
  printf '%s' "$port"
}
