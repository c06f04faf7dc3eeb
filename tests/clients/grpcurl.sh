# shellcheck shell=bash
# Finds grpcurl, or builds it where there is none, for tests/run: in the folder of the checkout, `. tests/clients/grpcurl.sh`.
set -euo pipefail

# shellcheck disable=SC2034 # install.sh uses it
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/hexad
grpcurl_release=v1.9.3

say() { printf 'grpcurl: %s\n' "$*" >&2; }
die() {
  say "$@"
  exit 1
}

# shellcheck source=../servers.d/install.sh
. tests/servers.d/install.sh

grpcurl_registry() { echo go; }
grpcurl_find() {
  program=$(command -v grpcurl) || program=$cache/bin/grpcurl
  [ -x "$program" ]
}
grpcurl_install() { go_install grpcurl "github.com/fullstorydev/grpcurl/cmd/grpcurl@$grpcurl_release"; }
grpcurl_version() { "$program" -version 2>&1; }

find_or_install grpcurl
say "$program"
