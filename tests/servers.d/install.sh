# shellcheck shell=bash disable=SC2154 # cache is set by tests/servers
# Finding the servers' programs, and installing those that are missing.

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

# venv FOLDER REQUIREMENT: a Python package in a virtual environment of its own.
venv() {
  python3 -c 'import ensurepip, venv' 2>/dev/null || debian_package python3-venv "its variable"
  rm -rf "$1"
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check "$2" >&2
}
