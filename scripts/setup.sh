# shellcheck shell=bash
# What run.sh and test.sh share: find or install what is missing, build what has changed.
# Sourced, under `set -euo pipefail`. Every step looks first and is silent when there is nothing to do.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
server_dll=$root/src/WebApi/bin/Release/net10.0/FaceAttendance.WebApi.dll
server_programs=("$server_dll" "$root/src/Cli/bin/Release/net10.0/faceattendance.dll")

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
fail() {
  warn "$*"
  exit 1
}

# The folder for everything that is made here and can be made again (cluster, stamps, logs).
# Others may pass through it: as root, the cluster in it runs as another user.
make_data_folder() {
  [[ -d $root/.data ]] || mkdir -p "$root/.data" || fail "Cannot write to $root."
  [[ -w $root/.data ]] || fail "$root/.data belongs to $(stat -c %U "$root/.data"): run this as that user or as root."
  [[ $EUID -ne 0 ]] || chmod a+x "$root/.data"
}

# dotnet keeps its packages in the home folder; some build machines give them none.
ensure_home() {
  local home
  [[ -z ${HOME:-} || ! -w $HOME ]] || return 0
  home=$(getent passwd "$EUID" | cut -d: -f6) || true
  if [[ -z $home || ! -w $home ]]; then
    home=$root/.data/home
    mkdir -p "$home"
  fi
  export HOME=$home
}

# Nothing is sent, nothing is asked, and no process stays behind to speed up a build that may never come.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
export DOTNET_ADD_GLOBAL_TOOLS_TO_PATH=false DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDTERMINALLOGGER=off

require_dotnet() {
  local folder
  if ! command -v dotnet >/dev/null; then
    # Where Microsoft's install script and Debian's packages put it, when no profile has set the PATH.
    for folder in "${DOTNET_ROOT:-}" "${HOME:-}/.dotnet" /usr/share/dotnet /usr/lib/dotnet; do
      [[ -n $folder && -x $folder/dotnet ]] && export PATH=$folder:$PATH && break
    done
  fi
  command -v dotnet >/dev/null || fail "The .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0"
}

# Slower than require_dotnet (it starts the SDK), so asked only when something is built.
require_dotnet_sdk() {
  dotnet --list-sdks 2>/dev/null | grep -q '^10\.' ||
    fail "dotnet is here, but not the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0"
}

require_node() {
  local version
  version=$(node --version 2>/dev/null) || fail "Node.js 20 or newer is missing: https://nodejs.org"
  version=${version#v}
  ((${version%%.*} >= 20)) || fail "Node.js 20 or newer is needed, this is $version: https://nodejs.org"
  command -v npm >/dev/null || fail "npm is missing (it comes with Node.js; on Debian: apt-get install npm)."
}

# Installs Debian packages by name. With none given, does nothing.
install_packages() {
  (($#)) || return 0
  local command=(apt-get install -y --no-install-recommends "$@") log=$root/.data/apt.log as_root=()
  command -v apt-get >/dev/null || fail "Missing, and no apt-get here to install it: $*"
  if [[ $EUID -ne 0 ]]; then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then
      as_root=(sudo)
    else
      fail "Debian packages are missing. Install them as root, then run this again:
  apt-get install -y --no-install-recommends $*"
    fi
  fi
  say "Installing Debian packages: $*"
  # Another apt may be at work; the second try is for package lists that are absent or out of date.
  command=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${command[@]}" -o DPkg::Lock::Timeout=300)
  "${command[@]}" >"$log" 2>&1 </dev/null ||
    { "${as_root[@]}" apt-get update >>"$log" 2>&1 </dev/null && "${command[@]}" >>"$log" 2>&1 </dev/null; } ||
    { tail -n 20 "$log" >&2; fail "apt-get failed; the whole log is $log"; }
}

# Prints the Debian packages that the server's machine lacks. Looks for files rather than for package
# names, so that PostgreSQL of another origin or version is accepted.
missing_packages() {
  local packages=()
  find_postgres || packages+=(postgresql postgresql-postgis)
  command -v curl >/dev/null || packages+=(curl)
  command -v jq >/dev/null || packages+=(jq)
  [[ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ]] || packages+=(fonts-dejavu-core)
  say "${packages[*]}"
}

# Decodes the HEIC of phones, and nothing else needs it: where it cannot be installed, the server runs and refuses those.
install_heif() {
  local library packages=(libheif1)
  for library in /usr/lib/*/libheif.so.1 /usr/lib64/libheif.so.1 /usr/local/lib/libheif.so.1; do
    [[ ! -e $library ]] || return 0
  done
  [[ ! -e $root/.data/heif-tried ]] || return 0
  touch "$root/.data/heif-tried"
  # From Debian 13 on its decoders are packages of their own.
  ! apt-cache show libheif-plugin-libde265 >/dev/null 2>&1 || packages+=(libheif-plugin-libde265)
  (install_packages "${packages[@]}") || say "Pictures in HEIC will be refused; this is tried only once."
}

# The same packages in node_modules as in package-lock.json: compared by content, because a checkout
# gives files any date. npm writes its own list last, so an interrupted install has none.
node_modules_match() {
  node -e '
    const { readFileSync } = require("fs");
    const read = file => JSON.parse(readFileSync(file, "utf8")).packages;
    const wanted = read("package-lock.json"), present = read("node_modules/.package-lock.json");
    delete wanted[""];
    const same = name => present[name]?.version === wanted[name]?.version && present[name]?.integrity === wanted[name]?.integrity;
    process.exit(Object.keys(wanted).every(name => same(name) || (wanted[name].optional && !present[name]))
      && Object.keys(present).every(same) ? 0 : 1);' 2>/dev/null
}

# What the console is built with, and the tests of the browser's side and of the whole system are written with.
install_node_modules() {
  require_node
  cd "$root" || exit
  node_modules_match && return 0
  # npm would empty the folder behind the link, which somebody else uses.
  [[ ! -L node_modules ]] || fail "node_modules is a link and does not match package-lock.json: run npm ci where it points, or remove it."
  say "Installing what the console and the browser's tests are built with (npm ci)"
  npm ci --ignore-scripts --no-audit --no-fund >"$root/.data/npm.log" 2>&1 </dev/null ||
    { tail -n 20 "$root/.data/npm.log" >&2; fail "npm ci failed; the whole log is .data/npm.log"; }
}

# Everything a build reads under the given folders, by path, size and date, and the shared settings.
fingerprint() {
  (
    cd "$root" || exit
    find "$@" Directory.*.props Directory.*.targets global.json .globalconfig .editorconfig ./*.sln scripts/*.slnf \
      \( -name bin -o -name obj -o -name node_modules -o -name TestResults -o -path src/Console -o -name wwwroot \) -prune \
      -o -type f -printf '%p %s %T@\n' |
      LC_ALL=C sort | sha256sum
  )
}

restore_and_compile() {
  # A restore that met a hiccup of the network is worth one more try; a build that failed is not.
  dotnet restore "$1" --nologo -v q || { sleep 2 && dotnet restore "$1" --nologo -v q; } || return
  dotnet build "$1" -c Release --no-restore --nologo -v q -p:UseSharedCompilation=false
}

# build <stamp> <solution or project> <programs> <folder>...: builds in Release when anything under the folders has changed
# since the stamp was written, or one of the programs (the name of an array) is gone.
build() {
  local stamp=$root/.data/built-$1 solution=$2 now log=$root/.data/build.log
  local -n programs=$3
  shift 3
  now=$(fingerprint "$@")
  ! is_built || return 0
  (
    # One build at a time in this folder. The lock file stays, as lock files must.
    flock 8
    ! is_built || exit 0
    require_dotnet_sdk
    say "Building ${solution#"$root"/} (dotnet build -c Release)"
    rm -f "$stamp"
    if ! restore_and_compile "$solution" >"$log" 2>&1 </dev/null 8>&-; then
      grep -E ': (error|warning) ' "$log" | sort -u | head -n 20 >&2 || tail -n 20 "$log" >&2
      fail "The build failed; the whole log is $log"
    fi
    printf '%s\n' "$now" >"$stamp"
  ) 8>"$root/.data/build.lock"
}

# Within build.
is_built() {
  local program
  [[ -f $stamp && $(<"$stamp") == "$now" ]] || return 1
  for program in "${programs[@]}"; do
    [[ -f $program ]] || return 1
  done
}

build_server() { build server "$root/scripts/src.slnf" server_programs src; }

# The project of tests/<suite>, with what it refers to.
build_suite() {
  local suite_programs=("$root/tests/$1/bin/Release/net10.0/FaceAttendance.$1.Tests.dll")
  build "tests-$1" "$root/tests/$1" suite_programs src "tests/$1" tests/TestKit deploy/receiver-example
}

# The whole solution holds the server too, so its stamp is good for both.
build_everything() {
  local server
  server=$(fingerprint src)
  build everything "$root/FaceAttendance.sln" server_programs src tests benchmarks deploy/receiver-example
  printf '%s\n' "$server" >"$root/.data/built-server"
}

# Whether there is a Node.js that can build the console (Vite's need).
node_can_build() {
  command -v npm >/dev/null && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null
}

console_fingerprint() { (cd "$root" && find src/Console/ package-lock.json -type f -printf '%p %s %T@\n' | LC_ALL=C sort | sha256sum); }

# Builds the console into src/WebApi/wwwroot when anything of it has changed. A release carries it built.
build_console() {
  local now stamp=$root/.data/built-console
  now=$(console_fingerprint)
  [[ ! -f $stamp || $(<"$stamp") != "$now" || ! -f $root/src/WebApi/wwwroot/index.html ]] || return 0
  install_node_modules
  say "Building the console (npm run console:build)"
  rm -f "$stamp"
  npm run --silent console:build >"$root/.data/console.log" 2>&1 </dev/null ||
    { tail -n 20 "$root/.data/console.log" >&2; fail "The console's build failed; the whole log is .data/console.log"; }
  printf '%s\n' "$now" >"$stamp"
}

# setting <NAME>: the value of a setting as the server will see it: the environment first, even if empty, then .env.
setting() {
  if [[ -v $1 ]]; then
    printf '%s' "${!1}"
  elif [[ -f $root/.env ]]; then
    sed -nE "s/^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=[[:space:]]*//p" "$root/.env" | tail -n 1 |
      sed -E 's/^"(([^"\\]|\\.)*)".*$/\1/; t; s/^'\''([^'\'']*)'\''.*$/\1/; t; s/[[:space:]]+#.*$//; s/^#.*$//; s/[[:space:]]+$//'
  fi
}

# Programs and libraries, the given Debian packages among them, without what is built.
set_up_programs() {
  local packages
  require_dotnet
  read -ra packages <<<"$(missing_packages)"
  install_packages "${packages[@]}" "$@"
  install_heif
}

# What a script of tests/ that runs by itself needs: programs, packages and everything built.
set_up_everything() {
  cd "$root" || exit
  ensure_home
  make_data_folder
  set_up_programs
  install_node_modules
  build_everything
}
