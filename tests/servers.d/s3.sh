# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared with tests/servers and the settings file
# S3: MinIO.

s3_variable=HEXAD_TEST_S3
s3_signal=TERM
minio_version=v0.0.0-20260212201848-7aac2a2c5b7c
minio_package=github.com/minio/minio@$minio_version

s3_registry() { echo go; }
s3_find() {
  program=$(command -v minio) && return
  program=$cache/bin/minio
  go_installed minio "$minio_package"
}
s3_install() {
  say "MinIO is built from its source: minutes, once"
  go_install minio "$minio_package"
}
s3_version() {
  case "$program" in
    # One that go installed knows no version of its own.
    "$cache"/*) echo "MinIO ${minio_version:7:14}" ;;
    *) "$program" --version | sed -n '1s/^minio version /MinIO /; 1s/ (.*//; 1p' ;;
  esac
}

s3_settings() { printf 'port=%s\npassword=%s\n' "$(free_port)" "$(secret)"; }
s3_url() { printf 'http://hexad:%s@127.0.0.1:%s\n' "$password" "$port"; }
s3_env() { printf 'export HEXAD_TEST_S3=%q\n' "$(s3_url)"; }
s3_external() { printf 'export HEXAD_TEST_S3=%q\n' "$HEXAD_TEST_S3"; }

s3_prepare() { mkdir -p "$dir/s3/data" "$dir/s3/certs"; }
s3_run() {
  launch s3 MINIO_ROOT_USER=hexad MINIO_ROOT_PASSWORD="$password" MINIO_BROWSER=off MINIO_UPDATE=off \
    "$program" server --quiet --certs-dir "$dir/s3/certs" --address "127.0.0.1:$port" "$dir/s3/data"
}
s3_ready() {
  curl --silent --fail --max-time 5 --noproxy '*' "http://127.0.0.1:$port/minio/health/cluster"
}
s3_ended() { :; }
