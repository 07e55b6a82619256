#!/usr/bin/env bash
# Sets up whatever is missing and runs the server; Ctrl-C stops it and what was started for it.
# Arguments go to the server: ./run.sh --urls http://127.0.0.1:9000
# ./run.sh --lan listens on the network with TLS and shows a QR code of the address (docs/phones.md).
# ./run.sh --issue-admin-key prints a new administrator's key; ./run.sh --add-school <name> makes a school and its key.
# ./run.sh --show-webhook-secret prints what deliveries to ATTENDANCE_WEBHOOK_URL are signed with.
# ./run.sh --give-up-templates removes what a lost key had encrypted, after asking, and keeps the rest.
set -euo pipefail

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  sed -n '2,7s/^# //p' "${BASH_SOURCE[0]}"
  exit 0
fi

source "$(dirname "${BASH_SOURCE[0]}")/scripts/setup.sh"
source "$root/scripts/postgres.sh"

# The value of the server's option --<name>, in any of the spellings that it accepts; empty when it is not among the
# arguments.
option() {
  local name=${1,,} argument value='' next=''
  shift
  for argument; do
    if [[ -n $next ]]; then value=$argument next=''; fi
    case ${argument,,} in
      "--$name" | "/$name") next=yes ;;
      "--$name="* | "/$name="* | "$name="*) value=${argument#*=} ;;
    esac
  done
  printf '%s' "$value"
}

# The first address that the server listens on, as a client on this machine would write it.
address() {
  local urls
  urls=$(option urls "$@")
  : "${urls:=$(setting ASPNETCORE_URLS)}"
  : "${urls:=$(setting DOTNET_URLS)}"
  : "${urls:=$(setting URLS)}"
  urls=${urls:-http://127.0.0.1:8000}
  urls=${urls%%;*}
  urls=${urls%/}
  sed -E 's#//(\*|\+|0\.0\.0\.0|\[::\])#//127.0.0.1#' <<<"$urls"
}

# Weights that are not in the repository: looked for where the server looks, fetched once, and done without if need be.
find_weights() {
  local profile tried=$root/.data/weights-tried
  profile=$(setting FACE_PROFILE)
  [[ ${profile:-standard} == standard ]] || return 0
  ! standard_weights_present || return 0
  if [[ ! -e $tried ]]; then
    touch "$tried"
    say "Fetching the standard weights (14 MB)"
    # Long enough for a slow line, short enough for a network that swallows everything.
    timeout 45 "$root/onnx-models/fetch-and-verify.sh" standard >"$root/.data/weights.log" 2>&1 </dev/null ||
      say "They could not be fetched (.data/weights.log says why), which is tried only once: onnx-models/fetch-and-verify.sh fetches them."
  fi
}

standard_weights_present() {
  local files file folder
  files=$(jq -r '.models as $models | .profiles.standard | .. | strings | $models[.] // empty | .file' onnx-models/manifest.json)
  for file in $files; do
    for folder in "$(setting FACE_MODELS_DIR)" onnx-models ../shared/models; do
      if [[ -n $folder && -e $folder/$file ]]; then continue 2; fi
    done
    return 1
  done
}

# The port that a process listens on; of several, one. Waits until there is one, or the process is gone.
listening_port() {
  local sockets port
  while kill -0 "$1" 2>/dev/null; do
    sockets=$(find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null | tr -dc '0-9\n')
    # proc(5): field 2 is the local address with the port in hexadecimal, 4 the state (0A = listening), 10 the inode.
    port=$(awk 'NR == FNR { mine[$1]; next } $4 == "0A" && $10 in mine { sub(/.*:/, "", $2); print $2; exit }' \
      <(printf '%s\n' "$sockets") "/proc/$1/net/tcp" "/proc/$1/net/tcp6" 2>/dev/null)
    if [[ -n $port ]]; then printf '%d' "0x$port" && return 0; fi
    sleep 0.1
  done
}

server='' cluster=''
# shellcheck disable=SC2317 # called by the trap
clean_up() {
  local code=$?
  trap - EXIT
  # Asked again while it is stopping, it stops at once.
  trap '[[ -z $server ]] || kill -KILL "$server" 2>/dev/null' INT TERM HUP
  if [[ -n $server ]] && kill -TERM "$server" 2>/dev/null; then
    # The server gives its requests 30 s to end.
    for _ in {1..350}; do
      kill -0 "$server" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$server" 2>/dev/null || true
  fi
  if [[ -n $cluster ]]; then server_cluster_leave; fi
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

cd "$root"
ensure_home
make_data_folder
set_up_programs
# In a shell of its own: a server without its console serves, too.
if [[ ! -d src/Console ]]; then :
elif node_can_build; then (build_console) || warn "The server runs without its console."
elif [[ ! -e src/WebApi/wwwroot/index.html ]]; then say "No Node.js 20.19 or newer, so the console is not built: https://nodejs.org"
fi
build_server
find_weights

# What the server program does besides serving, beside a server that runs or without one.
operator_command=''
case ${1:-} in
  --issue-admin-key | --add-school* | --show-webhook-secret | --give-up-templates) operator_command=yes ;;
esac

base=$(address "$@")
if [[ -z $operator_command && $base =~ ^https?://(127\.0\.0\.1|localhost|\[::1\]):([1-9][0-9]*)$ ]] &&
  (exec 3<>"/dev/tcp/${BASH_REMATCH[1]//[\[\]]/}/${BASH_REMATCH[2]}") 2>/dev/null; then
  fail "Something listens on $base already. Stop it, or choose another port: ./run.sh --urls http://127.0.0.1:9000"
fi

if [[ -z $(setting ConnectionStrings__Default)$(setting Persistence__ConnectionString)$(option ConnectionStrings:Default "$@") ]]; then
  cluster=yes
  server_cluster_start
  ConnectionStrings__Default=$(cluster_connection_string faceattendance faceattendance)
  ConnectionStrings__Owner=$(cluster_connection_string faceattendance_owner faceattendance)
  export ConnectionStrings__Default ConnectionStrings__Owner
fi
environment=$(setting ASPNETCORE_ENVIRONMENT)
export ASPNETCORE_ENVIRONMENT=${environment:-Development}

if [[ -n $operator_command ]]; then
  dotnet "$server_dll" "$@" 8>&- 9>&-
  exit
fi

# A server that is told to stop has not failed.
trap 'exit 0' INT TERM HUP
# Should this script be killed outright, the server is told to stop, rather than left behind on its port. It shares
# the lock on the cluster (9), which is in use for as long as the server lives.
setpriv --pdeathsig TERM dotnet "$server_dll" "$@" 8>&- &
server=$!

if [[ $base == *:0 ]]; then base=${base%0}$(listening_port "$server"); fi
until curl --insecure --silent --fail --output /dev/null --max-time 15 "$base/health/ready"; do
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
if kill -0 "$server" 2>/dev/null; then
  say
  say "FaceAttendance is ready; Ctrl-C stops it."
  say "  API         $base"
  say "  Swagger UI  $base/swagger"
  say "  First user  echo <password> | ./faceattendance user add <name> --role admin --password-stdin"
  if [[ -e src/WebApi/wwwroot/index.html ]]; then say "  Console     $base/"; fi
fi

code=0
wait "$server" || code=$?
server=''
((code == 0)) || warn "The server stopped with exit code $code."
exit "$code"
