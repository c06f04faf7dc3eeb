# shellcheck shell=bash disable=SC2154 # dir is set by tests/servers
# Processes that outlive the script, and are found again: by their id and the moment of their start, since ids are used
# again.

# launch NAME [ENVIRONMENT=...] PROGRAM ARGUMENT...: runs a server in a session of its own, in an environment of its own,
# and without any descriptor of the caller's: whoever reads the caller's output would wait for the server's end.
launch() {
  local name=$1 pid
  shift
  (
    cd "$dir/$name" || exit
    for descriptor in /proc/"$BASHPID"/fd/*; do
      descriptor=${descriptor##*/}
      ((descriptor <= 2)) || eval "exec $descriptor>&-"
    done
    exec setsid env -i PATH="$PATH" LANG=C.UTF-8 TZ=UTC HOME="$dir/$name" "$@"
  ) </dev/null >>"$dir/$name/log" 2>&1 &
  pid=$!
  printf '%s %s\n' "$pid" "$(field "$pid" 22)" >"$dir/$name/process"
}

# The account that a server runs under: its own when we are root, since PostgreSQL refuses to run as root.
# Prints the words to put before a command.
account() {
  if [ "$(id -u)" != 0 ]; then return; fi
  id "$1" >/dev/null 2>&1 || die "there is no account $1 to run its server under"
  printf '%s\n' setpriv --reuid="$(id -u "$1")" --regid="$(id -g "$1")" --init-groups --
}

# Gives a folder of a server's to its account.
belongs_to() {
  local account=$1
  shift
  if [ "$(id -u)" = 0 ]; then chown -R "$account:" "$@"; fi
}

# field PID NUMBER: a field of /proc/PID/stat (proc(5)), behind the name, which may hold blanks.
field() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # shellcheck disable=SC2086 # the fields are words
  set -- "$2" ${stat##*) }
  shift $(($1 - 2))
  printf '%s\n' "$1"
}

pid() {
  local pid started
  read -r pid started <"$dir/$1/process" && [ "$(field "$pid" 22)" = "$started" ] && printf '%s\n' "$pid"
} 2>/dev/null

# A process that nobody has waited for yet (a zombie) has ended all the same.
alive() {
  local pid
  pid=$(pid "$1") && [ "$(field "$pid" 3)" != Z ]
}

paused() { [ "$(field "$(pid "$1")" 3)" = T ]; }

# The process and all that descend from it: PostgreSQL's leave the session of their parent.
family() {
  local child
  printf '%s\n' "$1"
  # shellcheck disable=SC2013 # one line, of words
  for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do family "$child"; done
}

# signals NAME STOP|CONT: to the whole family. Its head stops first, so that none is born meanwhile.
signals() {
  local pid members
  pid=$(pid "$1") || return 0
  kill -s "$2" "$pid" 2>/dev/null || return 0
  mapfile -t members < <(family "$pid")
  kill -s "$2" "${members[@]}" 2>/dev/null || true
}

# Ends a server at once, all of its processes with it, as a loss of power would. Returns when none is left: what is
# started next on the same data must be alone with it.
destroy() {
  local pid member members
  pid=$(pid "$1") || return 0
  signals "$1" STOP
  mapfile -t members < <(family "$pid")
  kill -s KILL "${members[@]}" 2>/dev/null || true
  for member in "${members[@]}"; do
    while [[ $(field "$member" 3) == [!ZX] ]]; do sleep 0.02; done
  done
}

# A port that nobody listens on and no other server of the set has taken, below the range that the kernel takes its own
# from: there a connection of any test could be sitting on it when the server starts again.
free_port() {
  local port
  mkdir -p "$dir/ports"
  while :; do
    port=$((20000 + RANDOM % 12000))
    if mkdir "$dir/ports/$port" 2>/dev/null && ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      printf '%s\n' "$port"
      return
    fi
  done
}

secret() { od -An -N12 -tx1 /dev/urandom | tr -d ' \n'; }
