# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared with tests/servers and the settings file
# MongoDB: a mongod where there is one, else SecantusDB, which speaks its protocol.

mongo_variable=HEXAD_TEST_MONGO
mongo_signal=TERM
secantus_version=0.7.0b3

mongo_registry() { echo pip; }
mongo_find() {
  if program=$(command -v mongod); then return; fi
  program=$cache/secantus/bin/secantusd-py
  # The record is the last file that pip writes.
  compgen -G "$cache/secantus/lib/python*/site-packages/secantusdb-$secantus_version.dist-info/RECORD" >/dev/null &&
    [ -x "$program" ]
}
mongo_install() { venv "$cache/secantus" "secantusdb==$secantus_version"; }
mongo_version() {
  case "$program" in
    */mongod) "$program" --version | sed -n 's/^db version v/MongoDB /p' ;;
    *) echo "SecantusDB $secantus_version" ;;
  esac
}

mongo_settings() { printf 'port=%s\n' "$(free_port)"; }
mongo_url() { printf 'mongodb://127.0.0.1:%s\n' "$port"; }
mongo_env() { printf 'export HEXAD_TEST_MONGO=%q\n' "$(mongo_url)"; }
mongo_external() { printf 'export HEXAD_TEST_MONGO=%q\n' "$HEXAD_TEST_MONGO"; }

mongo_prepare() { mkdir -p "$dir/mongo/data"; }
mongo_run() {
  case "$program" in
    */mongod) launch mongo "$program" --bind_ip 127.0.0.1 --port "$port" --dbpath "$dir/mongo/data" ;;
    *)
      launch mongo "$program" --host 127.0.0.1 --port "$port" --storage-path "$dir/mongo/data" --sync-on-commit \
        --log-level WARNING
      ;;
  esac
}
# An OP_MSG with {hello: 1, $db: "admin"}: the first 16 bytes of any answer to it are its header.
mongo_ready() {
  # shellcheck disable=SC2016 # the dollar is MongoDB's
  local hello='\x34\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0\x1f\0\0\0\x10hello\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0'
  (
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    # shellcheck disable=SC2059 # the message is a format
    printf "$hello" >&3
    [ "$(timeout 2 head -c 16 <&3 | wc -c)" = 16 ]
  )
}
mongo_ended() { :; }
