#!/usr/bin/env bash
# Attacks a running server for half a minute each way beside an honest caller, and prints what that caller noticed and what
# the server's memory did: pictures that take long, uploads that stall, a flood of log-ins, another school's flood of
# pictures, connections without end. Fails when the honest caller was refused, or waited more than three times as long as in
# quiet, or when the memory is not given back within a minute.
#   ./tests/abuse.sh [attack…]      ABUSE_SECONDS changes how long each lasts.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/../scripts/setup.sh"
source "$root/scripts/postgres.sh"

trap 'cluster_remove abuse-postgres /tmp' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

set_up_everything

cluster_remove abuse-postgres /tmp
cluster_start abuse-postgres /tmp
FACE_TEST_POSTGRES=$(cluster_connection_string postgres postgres)
export FACE_TEST_POSTGRES
node tests/system/abuse.mjs "$@"
