#!/usr/bin/env bash
# Three server processes on one database behind nginx, with deploy/nginx-cluster.conf as it is: what one learns all know, one event per
# cooldown, listeners anywhere hear everything, a process killed, a rolling restart under load that leads from PostgreSQL's NOTIFY to
# Redis, Redis away, and two restarts of PostgreSQL. One process has a clock that is 2 s ahead. Prints the figures and fails when one of
# them is not what docs/reliability.md promises; ends with one line: N passed, N failed.
#   CLUSTER_SECONDS changes how long the load lasts in each part (8).
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/../scripts/setup.sh"
source "$root/scripts/postgres.sh"

trap 'cluster_remove processes-postgres /tmp' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

set_up_everything
packages=()
[[ -x $(command -v nginx || echo /usr/sbin/nginx) ]] || packages+=(nginx-light)
[[ -e $(echo /usr/lib/*/faketime/libfaketimeMT.so.1) ]] || packages+=(libfaketime)
command -v redis-server >/dev/null || packages+=(redis-server)
install_packages "${packages[@]}"

cluster_remove processes-postgres /tmp
# Processes are killed here, never the machine, so what PostgreSQL wrote is there without being forced to the disk.
cluster_start processes-postgres /tmp 'fsync = off' 'full_page_writes = off' 'max_connections = 400'
FACE_TEST_POSTGRES=$(cluster_connection_string postgres postgres)
CLUSTER_RESTART_DATABASE="$postgres_bin/pg_ctl restart -s -w -t 60 -m %m -D '$cluster_data' -l '$cluster_base/log'"
if [[ $(id -un) != "$cluster_owner" ]]; then CLUSTER_RESTART_DATABASE="cd / && runuser -u $cluster_owner -- $CLUSTER_RESTART_DATABASE"; fi
export FACE_TEST_POSTGRES CLUSTER_RESTART_DATABASE
node tests/system/cluster.mjs
