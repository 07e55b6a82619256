#!/usr/bin/env bash
# A private PostgreSQL + PostGIS cluster. Sourced by run.sh and test.sh; by hand:
#   scripts/postgres.sh start | stop | status | psql [arguments]
#
# Everything of a cluster lies in one folder, .data/<name>: data/, log, and socket/ (or a link to a shorter path).
#
# Who may connect: the cluster has no TCP port, and on its Unix socket only `peer` is accepted. The kernel tells
# PostgreSQL which user is at the other end, so there is no password to generate, store or leak, and it does not
# matter who can see the socket. pg_ident.conf lets in the cluster's owner and root. The server works as a role that owns
# nothing and may not alter the audit log; another one, no superuser either, owns the database and migrates it.
#
# Who owns it: PostgreSQL refuses to run as root, so root's clusters belong to the user postgres, which Debian's
# package makes; anybody else's belong to themselves.

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  set -euo pipefail
  # shellcheck source-path=SCRIPTDIR source=setup.sh
  source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
fi

# The path of a Unix socket is at most 107 bytes; "/.s.PGSQL.5432" takes 14 of them.
readonly longest_socket_folder=93

# Sets postgres_bin to the newest PostgreSQL here that has PostGIS, or to version $1.
find_postgres() {
  local bin share candidates=()
  mapfile -t candidates < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV)
  if command -v pg_config >/dev/null; then candidates+=("$(pg_config --bindir)"); fi
  for bin in "${candidates[@]}"; do
    [[ -x $bin/initdb && -x $bin/pg_ctl ]] || continue
    [[ $bin =~ ^/usr/lib/postgresql/([0-9]+)/bin$ ]] && share=/usr/share/postgresql/${BASH_REMATCH[1]} || share=$(pg_config --sharedir)
    [[ -e $share/extension/postgis.control ]] || continue
    [[ -z ${1:-} || $("$bin/postgres" --version) =~ \ $1[.[:space:]] ]] || continue
    postgres_bin=$bin
    return 0
  done
  return 1
}

# Runs a command as the owner of the cluster, with nothing of the caller's environment (PGPORT, PGDATA and their like
# would be obeyed) and from a folder that everybody may enter.
as_owner() {
  local command=(env -i "PATH=$PATH" LC_ALL=C "$@")
  [[ $(id -un) == "$cluster_owner" ]] || command=(runuser -u "$cluster_owner" -- "${command[@]}")
  (cd / && "${command[@]}")
}

# Sets cluster_base, cluster_data, cluster_owner of the cluster <name> and, as root, makes sure that the owner can
# reach it: a project in a folder that is closed to others (0700) cannot hold root's cluster, which then goes to a
# folder of its own under <outside>, with a link in its place.
cluster_locate() {
  local name=$1 outside=$2 home=$root/.data/$1 elsewhere
  # A link to nothing: its folder was removed, so start anew.
  [[ ! -L $home || -d $home ]] || rm -f "$home"
  if [[ ! -d $home ]]; then mkdir -m 700 "$home"; fi
  cluster_base=$(readlink -f "$home")
  cluster_owner=$(stat -c %U "$cluster_base")
  if [[ $EUID -eq 0 && $cluster_owner == root ]]; then
    cluster_owner=postgres
    chown -R postgres "$cluster_base"
  fi
  [[ $EUID -eq 0 || $cluster_owner == "$(id -un)" ]] ||
    fail "The database in $cluster_base belongs to $cluster_owner: run this as that user or as root."
  if ! as_owner test -w "$cluster_base"; then
    elsewhere=$(mktemp -d "$outside/faceattendance-XXXXXXXX")
    chmod 711 "$elsewhere"
    mv "$cluster_base" "$elsewhere/$name"
    rm -f "$home"
    ln -s "$elsewhere/$name" "$home"
    cluster_base=$elsewhere/$name
    as_owner test -w "$cluster_base" || fail "The user $cluster_owner cannot reach $cluster_base."
    say "The database lies in $cluster_base, because the user $cluster_owner may not enter $root."
  fi
  cluster_data=$cluster_base/data
}

# The process id of the cluster's server. A postmaster.pid that was left behind may name a process that is something
# else by now; PostgreSQL's main process stands in its data folder.
cluster_pid() {
  local pid
  { read -r pid <"$cluster_data/postmaster.pid"; } 2>/dev/null || return 1
  [[ $pid =~ ^[0-9]+$ && $(readlink "/proc/$pid/cwd") == "$cluster_data" ]] && say "$pid"
}

# Any process that still stands in the data folder, such as a worker that outlives its killed parent for a moment.
cluster_processes() {
  local link
  for link in /proc/[0-9]*/cwd; do
    [[ $(readlink "$link" 2>/dev/null) != "$cluster_data" ]] || return 0
  done
  return 1
}

cluster_psql() {
  as_owner "$postgres_bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$cluster_socket" -p 5432 -U postgres "$@"
}

cluster_answers() {
  as_owner "$postgres_bin/pg_isready" -q -t 3 -h "$cluster_socket" -p 5432
}

cluster_connection_string() {
  say "Host=$cluster_socket;Username=$1;Database=$2"
}

# cluster_start <name> <outside> [setting = value]...: makes the cluster if there is none, starts it if it does not
# run, and sets cluster_socket and cluster_was_running. Safe against a second one at the same time.
cluster_start() {
  local name=$1 outside=$2
  shift 2
  exec 8>"$root/.data/$name.lock"
  flock 8
  cluster_locate "$name" "$outside"
  cluster_was_running=
  cluster_version=
  if [[ -f $cluster_data/PG_VERSION ]]; then cluster_version=$(<"$cluster_data/PG_VERSION"); fi
  find_postgres "$cluster_version" ||
    fail "The database in $cluster_base was made by PostgreSQL $cluster_version, which is not here with PostGIS.
Install postgresql-$cluster_version-postgis-3, or move that folder away to begin with an empty database."
  if [[ -z $cluster_version ]]; then cluster_create "$@"; fi

  if cluster_pid >/dev/null; then
    cluster_socket=$(sed -n 5p "$cluster_data/postmaster.pid")
    # Just started by somebody else, recovering from a crash, or cut off from its socket (a cleaner of /tmp).
    for _ in {1..40}; do
      [[ -S $cluster_socket/.s.PGSQL.5432 ]] && cluster_answers && cluster_was_running=yes && break
      cluster_pid >/dev/null || break
      sleep 0.25
    done
    [[ -n $cluster_was_running ]] || cluster_stop
  fi
  if [[ -z $cluster_was_running ]]; then
    cluster_configure "$@"
    cluster_launch
  fi
  exec 8>&-
}

# initdb into a folder that gets its name when it is complete, so that an interrupted one leaves no half cluster.
cluster_create() {
  local options=(-U postgres -A peer -E UTF8 --locale=C.UTF-8)
  [[ " $* " != *" fsync = off "* ]] || options+=(--no-sync)
  say "Creating a PostgreSQL cluster in ${cluster_base#"$root"/}"
  as_owner rm -rf "$cluster_data.new"
  as_owner "$postgres_bin/initdb" -D "$cluster_data.new" "${options[@]}" >"$root/.data/initdb.log" 2>&1 ||
    { tail -n 20 "$root/.data/initdb.log" >&2; fail "initdb failed."; }
  as_owner mv "$cluster_data.new" "$cluster_data"
}

# Ours to write, at every start: an old cluster gets today's settings.
cluster_configure() {
  cluster_remove_socket
  cluster_socket=$cluster_base/socket
  # The path goes into connection strings and option lists, which give other characters a meaning.
  if ((${#cluster_socket} > longest_socket_folder)) || [[ $cluster_socket =~ [^A-Za-z0-9/._-] ]]; then
    cluster_socket=$(as_owner mktemp -d /tmp/faceattendance-XXXXXXXX)
    as_owner ln -s "$cluster_socket" "$cluster_base/socket"
  else
    as_owner mkdir -m 700 "$cluster_socket"
  fi
  # 200 connections: two server processes with Npgsql's default pool of 100. 128 MB is PostgreSQL's own default,
  # named here because initdb takes less on a machine with little shared memory.
  as_owner tee "$cluster_data/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
port = 5432
unix_socket_directories = '$cluster_socket'
max_connections = 200
shared_buffers = 128MB
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
lc_messages = 'C'
default_text_search_config = 'pg_catalog.simple'
$(printf '%s\n' "$@")
CONF
  as_owner tee "$cluster_data/pg_hba.conf" >/dev/null <<CONF
local all all peer map=cluster
CONF
  cluster_write_ident
}

cluster_write_ident() {
  local user role
  for user in "$cluster_owner" root; do
    for role in postgres faceattendance faceattendance_owner; do say "cluster $user $role"; done
  done | as_owner tee "$cluster_data/pg_ident.conf" >/dev/null
}

# The folder of the socket, which is a link where the path would be too long. Only while the server is down.
cluster_remove_socket() {
  local socket
  socket=$(readlink -f "$cluster_base/socket") || return 0
  [[ $socket != /tmp/faceattendance-* ]] || as_owner rm -rf "$socket"
  as_owner rm -rf "$cluster_base/socket"
}

cluster_launch() {
  local tries
  # Nobody rotates it.
  if [[ -n $(find "$cluster_base/log" -size +10M 2>/dev/null) ]]; then mv -f "$cluster_base/log" "$cluster_base/log.old"; fi
  # The workers of a server that was killed may need a moment to notice; until then a new one refuses to start.
  for tries in {1..10}; do
    cluster_forget_stale_pid
    # The locks (8 and 9) are not handed on: PostgreSQL would hold them for as long as it runs.
    if as_owner "$postgres_bin/pg_ctl" start -s -w -t 120 -D "$cluster_data" -l "$cluster_base/log" \
      </dev/null >"$root/.data/pg_ctl.log" 2>&1 8>&- 9>&-; then
      return 0
    fi
    ((tries == 10)) || sleep 0.5
  done
  as_owner tail -n 15 "$cluster_base/log" >&2 || true
  fail "PostgreSQL did not start; its log is $cluster_base/log"
}

# PostgreSQL itself sees that a process that is gone holds nothing. It cannot see that one which is there is something
# else that was given the same number (after a restart of the machine), or a zombie.
cluster_forget_stale_pid() {
  local pid
  if { read -r pid <"$cluster_data/postmaster.pid"; } 2>/dev/null && [[ -d /proc/$pid ]] && ! cluster_processes; then
    as_owner rm -f "$cluster_data/postmaster.pid"
  fi
}

# The roles of the server and of the owner, and the database, with PostGIS, which only a superuser may install.
cluster_provision() {
  local role
  as_owner test -e "$cluster_base/provisioned-with-owner" && return 0
  exec 8>"$root/.data/postgres.lock"
  flock 8
  for role in faceattendance faceattendance_owner; do
    cluster_psql -d postgres -Atc "SELECT 1 FROM pg_roles WHERE rolname = '$role'" | grep -q 1 ||
      cluster_psql -d postgres -c "CREATE ROLE $role LOGIN"
  done
  cluster_psql -d postgres -Atc "SELECT 1 FROM pg_database WHERE datname = 'faceattendance'" | grep -q 1 ||
    cluster_psql -d postgres -c "CREATE DATABASE faceattendance OWNER faceattendance_owner"
  cluster_psql -d faceattendance -c "SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS postgis"
  # In clusters of before the server's own role owned it all.
  cluster_psql -d faceattendance -c "REASSIGN OWNED BY faceattendance TO faceattendance_owner"
  # Such a one may be running already.
  cluster_write_ident
  as_owner "$postgres_bin/pg_ctl" reload -s -D "$cluster_data"
  as_owner rm -f "$cluster_base/provisioned"
  as_owner touch "$cluster_base/provisioned-with-owner"
  exec 8>&-
}

cluster_stop() {
  local pid
  pid=$(cluster_pid) || return 0
  as_owner "$postgres_bin/pg_ctl" stop -s -m fast -w -t 60 -D "$cluster_data" >/dev/null 2>&1 ||
    as_owner "$postgres_bin/pg_ctl" stop -s -m immediate -w -t 30 -D "$cluster_data" >/dev/null 2>&1 ||
    warn "PostgreSQL (process $pid) did not stop."
  cluster_remove_socket
}

# Removes a throw-away cluster, also one that a killed run left behind.
cluster_remove() {
  local name=$1 outside=$2 home=$root/.data/$1
  [[ -e $home || -L $home ]] || return 0
  cluster_locate "$name" "$outside"
  if [[ -f $cluster_data/PG_VERSION ]] && find_postgres "$(<"$cluster_data/PG_VERSION")"; then
    cluster_stop
  fi
  rm -rf "$cluster_base"
  if [[ -L $home ]]; then
    rm -f "$home"
    rmdir "$(dirname "$cluster_base")"
  fi
}

# The server's cluster. Everyone who needs it shares a lock while they do, so that the last to leave can stop it;
# one that was started by hand stays (the file `keep`).
server_cluster_start() {
  exec 9>"$root/.data/postgres.users"
  flock -s 9
  cluster_start postgres /var/lib
  cluster_provision
}

server_cluster_leave() {
  # Lost when somebody else is there.
  if flock -n -x 9 && ! as_owner test -e "$cluster_base/keep"; then cluster_stop; fi
  exec 9>&-
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  make_data_folder
  case ${1:-} in
    start)
      server_cluster_start
      as_owner touch "$cluster_base/keep"
      cluster_connection_string faceattendance faceattendance
      ;;
    stop | status | psql)
      [[ -d $root/.data/postgres ]] || fail "There is no cluster here."
      cluster_locate postgres /var/lib
      find_postgres "$(cat "$cluster_data/PG_VERSION")" || fail "The PostgreSQL that made the cluster is not here."
      if ! pid=$(cluster_pid); then
        say "Not running."
        [[ $1 == stop ]] && exit 0 || exit 1
      fi
      cluster_socket=$(sed -n 5p "$cluster_data/postmaster.pid")
      case $1 in
        stop)
          as_owner rm -f "$cluster_base/keep"
          cluster_stop
          ;;
        status) say "Running (process $pid): $(cluster_connection_string faceattendance faceattendance)" ;;
        psql) exec "$postgres_bin/psql" -h "$cluster_socket" -p 5432 -U faceattendance "${@:2}" faceattendance ;;
      esac
      ;;
    *)
      warn "Usage: scripts/postgres.sh start | stop | status | psql [arguments]"
      exit 2
      ;;
  esac
fi
