# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared with tests/servers and the settings file
# RabbitMQ with its management API: a node, a port mapper (epmd) and a cookie of its own.

rabbitmq_variable=HEXAD_TEST_AMQP
rabbitmq_signal=TERM

rabbitmq_registry() { echo apt; }
rabbitmq_find() {
  program=$(command -v rabbitmq-server) || program=
  # Debian's program on the PATH is a wrapper that changes the account and the logs.
  if [ -z "$program" ] || [ "$program" = /usr/sbin/rabbitmq-server ]; then
    program=/usr/lib/rabbitmq/bin/rabbitmq-server
  fi
  [ -x "$program" ] && command -v erl >/dev/null
}
rabbitmq_install() { debian_package rabbitmq-server "HEXAD_TEST_AMQP and HEXAD_TEST_RABBITMQ_API"; }
rabbitmq_version() {
  local folder found=
  for folder in "${program%/*}"/../plugins /usr/lib/rabbitmq/lib/rabbitmq_server-*/plugins; do
    found=$(printf '%s\n' "$folder"/rabbit-[0-9]* | sed -n 's/.*rabbit-\([0-9.]*[0-9]\).*/\1/p' | head -n 1)
    [ -z "$found" ] || break
  done
  printf 'RabbitMQ %s\n' "$found"
}

rabbitmq_settings() {
  printf 'port=%s\napi_port=%s\ndist_port=%s\nepmd_port=%s\npassword=%s\n' \
    "$(free_port)" "$(free_port)" "$(free_port)" "$(free_port)" "$(secret)"
}
rabbitmq_url() { printf 'amqp://hexad:%s@127.0.0.1:%s\n' "$password" "$port"; }
rabbitmq_api() { printf 'http://hexad:%s@127.0.0.1:%s\n' "$password" "$api_port"; }
rabbitmq_env() {
  printf 'export HEXAD_TEST_AMQP=%q\n' "$(rabbitmq_url)"
  printf 'export HEXAD_TEST_RABBITMQ_API=%q\n' "$(rabbitmq_api)"
}
rabbitmq_external() {
  [ -n "${HEXAD_TEST_RABBITMQ_API:-}" ] || die "HEXAD_TEST_AMQP is given: give HEXAD_TEST_RABBITMQ_API too"
  printf 'export HEXAD_TEST_AMQP=%q\n' "$HEXAD_TEST_AMQP"
  printf 'export HEXAD_TEST_RABBITMQ_API=%q\n' "$HEXAD_TEST_RABBITMQ_API"
}

rabbitmq_prepare() {
  local home=$dir/rabbitmq
  printf '[rabbitmq_management].\n' >"$home/enabled_plugins"
  # Statistics every half second: a test that waits for a queue to empty sees it in them.
  cat >"$home/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$port
management.tcp.ip = 127.0.0.1
management.tcp.port = $api_port
default_user = hexad
default_pass = $password
loopback_users.hexad = true
collect_statistics_interval = 500
disk_free_limit.absolute = 50MB
CONF
  # The account writes its cookie into its home, and in `data` all else.
  mkdir -p "$home/data"
  chmod 640 "$home/rabbitmq.conf"
  belongs_to rabbitmq "$home/rabbitmq.conf" "$home/data"
}

rabbitmq_run() {
  local home=$dir/rabbitmq as
  mapfile -t as < <(account rabbitmq)
  # RUNNING_UNDER_SYSTEMD: the script becomes the node, instead of a shell that waits for it; the id is the node's.
  launch rabbitmq HOME="$home/data" ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$epmd_port" RUNNING_UNDER_SYSTEMD=true \
    RABBITMQ_NODENAME="hexad-$port@localhost" RABBITMQ_DIST_PORT="$dist_port" \
    RABBITMQ_CONF_ENV_FILE="$home/none.conf" RABBITMQ_CONFIG_FILE="$home/rabbitmq.conf" \
    RABBITMQ_ADVANCED_CONFIG_FILE="$home/none.config" RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" \
    RABBITMQ_MNESIA_BASE="$home/data/mnesia" RABBITMQ_LOG_BASE="$home/data/log" RABBITMQ_LOGS=- \
    RABBITMQ_GENERATED_CONFIG_DIR="$home/data/config" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" \
    "${as[@]}" "$program"
}
# The listener opens last of all, when every plugin runs.
rabbitmq_ready() {
  curl --silent --fail --max-time 5 --noproxy '*' --user "hexad:$password" \
    "http://127.0.0.1:$api_port/api/health/checks/port-listener/$port"
}
# The node leaves its port mapper behind, which is there for every node of a machine; this one was ours alone. It knows
# a killed node for a moment longer, does not end while it does, and would not let the next one have its name.
rabbitmq_ended() (
  # shellcheck source=/dev/null
  . "$dir/rabbitmq/settings" 2>/dev/null || exit 0
  for _ in {1..250}; do
    told=$(ERL_EPMD_ADDRESS=127.0.0.1 epmd -port "$epmd_port" -kill 2>&1) || true
    [[ $told == *"living nodes"* ]] || exit 0
    sleep 0.02
  done
)
