#!/usr/bin/env bash
# 10,000 events over a line that fails half of the time, while the server is killed 20 times, PostgreSQL restarted twice and
# the receiver example three times; prints the numbers and fails when an event is lost, doubled or out of its place.
#   FAULT_EVENTS, FAULT_KILLS, FAULT_SEED change the run.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/../scripts/setup.sh"
source "$root/scripts/postgres.sh"

trap 'cluster_remove faults-postgres /tmp' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

set_up_everything

cluster_remove faults-postgres /tmp
# Processes are killed here, never the machine, so what PostgreSQL wrote is there without being forced to the disk.
cluster_start faults-postgres /tmp 'fsync = off' 'full_page_writes = off'
FACE_TEST_POSTGRES=$(cluster_connection_string postgres postgres)
FAULT_RESTART_DATABASE="$postgres_bin/pg_ctl restart -s -w -t 60 -m %m -D '$cluster_data' -l '$cluster_base/log'"
if [[ $(id -un) != "$cluster_owner" ]]; then FAULT_RESTART_DATABASE="cd / && runuser -u $cluster_owner -- $FAULT_RESTART_DATABASE"; fi
export FACE_TEST_POSTGRES FAULT_RESTART_DATABASE
node tests/system/faults.mjs
