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

# apt PACKAGE: Debian's package, where we may install it.
apt() {
  if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
    die "install $1 (Debian: apt-get install $1), or name a running server in ${2}"
  fi
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null
}

# venv FOLDER REQUIREMENT: a Python package in a virtual environment of its own.
venv() {
  python3 -c 'import ensurepip, venv' 2>/dev/null || apt python3-venv "the environment"
  rm -rf "$1"
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check "$2" >&2
}
