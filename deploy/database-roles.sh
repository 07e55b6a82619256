#!/usr/bin/env bash
# Run by the database's image when it makes a new one: the role that owns the database and migrates it, and the one that
# the server works as, which may not alter the audit log.
set -euo pipefail
for role in owner server; do
  name=faceattendance
  [[ $role == server ]] || name=faceattendance_owner
  # psql quotes what stands in a variable; it does not look into -c.
  psql -v ON_ERROR_STOP=1 -v name="$name" -v password="$(</run/secrets/database-password-$role)" -U postgres -d postgres \
    <<<'CREATE ROLE :"name" LOGIN PASSWORD :'"'password'"
done
psql -v ON_ERROR_STOP=1 -U postgres -d postgres -c 'CREATE DATABASE faceattendance OWNER faceattendance_owner'
psql -v ON_ERROR_STOP=1 -U postgres -d faceattendance -c 'CREATE EXTENSION postgis'
