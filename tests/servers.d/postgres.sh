# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared with tests/servers and the settings file
# PostgreSQL. TLS is on beside plain connections, with a certificate for 127.0.0.1 and localhost.

postgres_variable=HEXAD_TEST_POSTGRES
# "Fast": what is open is rolled back. SIGTERM would wait for the last client to go.
postgres_signal=INT

postgres_registry() { echo apt; }
postgres_find() {
  local found
  for found in "$(command -v postgres || true)" $(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -Vr); do
    found=$(readlink -f "$found" 2>/dev/null) || continue
    # The tools stand beside the true program, not beside a link to it.
    if [ -x "$found" ] && [ -x "${found%/*}/initdb" ]; then
      program=$found
      return
    fi
  done
  return 1
}
postgres_install() { debian_package postgresql HEXAD_TEST_POSTGRES; }
postgres_version() { "$program" --version | sed 's/^postgres (PostgreSQL) /PostgreSQL /; s/ (.*//'; }

postgres_settings() { printf 'port=%s\npassword=%s\n' "$(free_port)" "$(secret)"; }
postgres_url() { printf 'postgres://hexad:%s@127.0.0.1:%s/postgres\n' "$password" "$port"; }
postgres_env() {
  printf 'export HEXAD_TEST_POSTGRES=%q\n' "$(postgres_url)"
  printf 'export HEXAD_TEST_POSTGRES_CA=%q\n' "$dir/postgres/tls/ca.pem"
}
postgres_external() {
  printf 'export HEXAD_TEST_POSTGRES=%q\n' "$HEXAD_TEST_POSTGRES"
  [ -z "${HEXAD_TEST_POSTGRES_CA:-}" ] || printf 'export HEXAD_TEST_POSTGRES_CA=%q\n' "$HEXAD_TEST_POSTGRES_CA"
}

postgres_prepare() {
  local data=$dir/postgres/data new=$dir/postgres/data.new as
  mapfile -t as < <(account postgres)
  [ -e "$dir/postgres/tls/server.key" ] || postgres_certificates
  if [ -e "$data" ]; then
    postgres_unlock "$data/postmaster.pid"
    return
  fi
  rm -rf "$new"
  mkdir -m 700 "$new"
  (umask 077 && printf '%s\n' "$password" >"$dir/postgres/password")
  belongs_to postgres "$new" "$dir/postgres/password"
  (cd / && "${as[@]}" "${program%/*}/initdb" --pgdata "$new" --username hexad --pwfile "$dir/postgres/password" \
    --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8)
  rm "$dir/postgres/password"
  # max_connections: every test of every adapter has a pool. A folder for sockets is neither needed nor ours.
  cat >>"$new/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
fsync = on
synchronous_commit = on
ssl = on
ssl_cert_file = '$dir/postgres/tls/server.pem'
ssl_key_file = '$dir/postgres/tls/server.key'
timezone = 'UTC'
CONF
  mv "$new" "$data"
}

# PostgreSQL refuses to start while the process in its lock file exists, even as a zombie, which a killed server is
# for ever where the container's first process reaps nobody. Another id, which no process can have, leaves its second
# look in force: whether anybody still holds the old server's shared memory.
postgres_unlock() {
  local holder rest
  [ -e "$1" ] && holder=$(head -n 1 "$1") && [ "$(field "$holder" 3)" = Z ] || return 0
  rest=$(tail -n +2 "$1")
  printf '99999999\n%s\n' "$rest" >"$1"
}

# An authority, and a certificate by it: a client that verifies (sslmode=verify-full) is given the authority's alone.
postgres_certificates() {
  local tls=$dir/postgres/tls new=$dir/postgres/tls.new
  rm -rf "$new"
  mkdir "$new"
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=Hexad test authority" \
    -keyout "$new/ca.key" -out "$new/ca.pem" -addext "keyUsage=critical,keyCertSign,cRLSign"
  openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout "$new/server.key" -out "$new/server.csr"
  printf 'basicConstraints=CA:FALSE\nsubjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' \
    >"$new/server.ext"
  openssl x509 -req -in "$new/server.csr" -CA "$new/ca.pem" -CAkey "$new/ca.key" -CAcreateserial -days 3650 \
    -extfile "$new/server.ext" -out "$new/server.pem"
  chmod 600 "$new/server.key" "$new/ca.key"
  belongs_to postgres "$new/server.key"
  mv "$new" "$tls"
}

postgres_run() {
  local as
  mapfile -t as < <(account postgres)
  launch postgres "${as[@]}" "$program" -D "$dir/postgres/data" -p "$port"
}
postgres_ready() {
  local program
  postgres_find && "${program%/*}/pg_isready" --quiet --host 127.0.0.1 --port "$port" --timeout 2
}
postgres_ended() { :; }
