#!/usr/bin/env bash
# Sets up whatever is missing, runs every test suite, and ends with one line: N passed, N failed[, N skipped].
#   ./test.sh                  all suites
#   ./test.sh Domain scripts   the suites of those folders of tests/ only, with no more set up and built than they need
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/scripts/setup.sh"
source "$root/scripts/postgres.sh"

# No test needs a tenth of the first on two cores, and no suite a third of the second; one that hangs must not take the
# night. A .NET test that hangs is named.
readonly longest_test=5m longest_suite=1200

cluster='' summed_up='' lane=''
# shellcheck disable=SC2317 # called by the trap
clean_up() {
  local code=$?
  trap - EXIT
  if [[ -n $lane ]]; then
    kill "$lane" 2>/dev/null || true
    pkill -P "$lane" || true
  fi
  if [[ -n $cluster ]]; then cluster_remove test-postgres /tmp; fi
  # Whoever reads the last line finds one there, also when no suite was reached.
  if [[ -z $summed_up ]]; then
    say "0 passed, 1 failed"
    code=1
  fi
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

cd "$root"
ensure_home
make_data_folder
# Held by this script alone: what a suite leaves behind must not block the next run.
exec 9>"$root/.data/test.lock"
flock -n 9 || fail "Another ./test.sh is at work in this folder."

shopt -s nullglob globstar
suites=()
# The test kit is a project too, but none of tests.
for project in tests/*/*.csproj; do
  if grep -q "<IsTestProject>true" "$project"; then suites+=("$(basename "$(dirname "$project")")"); fi
done
for file in tests/**/*.test.mjs; do
  file=${file#tests/}
  suites+=("${file%.test.mjs}")
done
if (($#)); then
  chosen=()
  for name; do
    found=
    for suite in "${suites[@]}"; do
      if [[ $suite == "$name" || $suite == "$name"/* ]]; then chosen+=("$suite") found=yes; fi
    done
    [[ -n $found ]] || fail "There is no suite $name. The suites: ${suites[*]}"
  done
  suites=("${chosen[@]}")
fi

# What the suites need besides the SDK and Node.js. Whatever takes something out of the test kit works on PostgreSQL and
# the native engines; the scripts have clusters of their own.
projects=() server='' programs='' modules='' database=''
for suite in "${suites[@]}"; do
  case $suite in
    scripts/*) server=yes programs=yes ;;
    */*) server=yes programs=yes modules=yes database=yes ;;
    *)
      projects+=("$suite")
      if grep -q TestKit "tests/$suite/"*.csproj; then programs=yes database=yes; fi
      ;;
  esac
done

if [[ -n $programs ]]; then
  packages=()
  if [[ " ${suites[*]}" == *" browser/"* ]] && ! command -v chromium >/dev/null; then packages+=(chromium); fi
  if [[ " ${suites[*]} " == *" Cli "* || " ${suites[*]}" == *"/liveness"* ]] && ! command -v ffmpeg >/dev/null; then packages+=(ffmpeg); fi
  set_up_programs "${packages[@]}"
  # What some tests need and a server never does; where it cannot be installed they are skipped, and named.
  packages=()
  if [[ " ${suites[*]} " == *" Infrastructure "* || " ${suites[*]} " == *"/cluster "* ]] && ! command -v redis-server >/dev/null; then
    packages+=(redis-server)
  fi
  if [[ " ${suites[*]} " == *"/cluster "* && ! -x $(command -v nginx || echo /usr/sbin/nginx) ]]; then packages+=(nginx-light); fi
  (install_packages "${packages[@]}") || say "Without ${packages[*]} some tests are skipped."
else
  require_dotnet
fi
# The results are summed up by it too.
require_node
[[ -z $modules ]] || install_node_modules
if [[ -d src/Console && (-n $server || " ${suites[*]}" == *" browser/"*) ]]; then build_console; fi
if (($#)); then
  [[ -z $server ]] || build_server
  for suite in "${projects[@]}"; do build_suite "$suite"; done
else
  build_everything
fi

if [[ -n $programs && ! -d ${FACE_SHARED_DIR:-../shared} ]]; then
  say "No ${FACE_SHARED_DIR:-../shared}: the tests on its pictures and weights are skipped, and named below."
fi

results=$root/.data/test-results
rm -rf "$results"
mkdir -p "$results"

if [[ -n $database && -z ${FACE_TEST_POSTGRES:-} ]]; then
  cluster=yes
  cluster_remove test-postgres /tmp
  # It lives for minutes and holds nothing: durability would only cost time.
  cluster_start test-postgres /tmp 'fsync = off' 'synchronous_commit = off' 'full_page_writes = off'
  FACE_TEST_POSTGRES=$(cluster_connection_string postgres postgres)
  export FACE_TEST_POSTGRES
fi

run_suite() {
  local suite=$1 file code=0 started=$SECONDS
  say
  say "== $suite"
  # A name that is a file's: the suite of tests/browser/console.test.mjs is browser/console.
  file=$results/${suite//\//__}
  if [[ -f tests/$suite.test.mjs ]]; then
    timeout -k 10 "$longest_suite" node --test \
      --test-reporter=spec --test-reporter-destination=stdout \
      --test-reporter="$root/scripts/test-reporter.mjs" --test-reporter-destination="$file.json" \
      "tests/$suite.test.mjs" </dev/null 9>&- || code=$?
  else
    timeout -k 10 "$longest_suite" dotnet test "tests/$suite" --no-build -c Release --nologo -v q --results-directory "$results" \
      --blame-hang-timeout "$longest_test" --blame-hang-dump-type none \
      --logger "trx;LogFileName=$file.trx" --logger "console;verbosity=minimal" </dev/null 9>&- || code=$?
  fi
  printf '%s\t%s\t%s\n' "$suite" "$code" "$((SECONDS - started))" >>"$results/suites.tsv"
}

# Those of pages, scripts, whole systems and the command line wait most of the time, for browsers, programs and clocks: they run beside
# the others, and are printed behind them.
runs_beside() { [[ $1 == */* || $1 == Cli ]]; }
beside=$root/.data/test-beside.log
(
  trap - EXIT INT TERM HUP
  for suite in "${suites[@]}"; do
    if runs_beside "$suite"; then run_suite "$suite"; fi
  done
) >"$beside" 2>&1 &
lane=$!
for suite in "${projects[@]}"; do
  if ! runs_beside "$suite"; then run_suite "$suite"; fi
done
wait "$lane" || true
lane=
cat "$beside"

if [[ -n $cluster ]]; then
  cluster_remove test-postgres /tmp
  cluster=
fi
summed_up=yes
say
node scripts/test-summary.mjs "$results"
