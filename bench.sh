#!/usr/bin/env bash
# Measures speed, accuracy or liveness and writes the committed tables. Needs what ./run.sh has set up.
#   ./bench.sh [speed]    [pictures]   benchmarks/RESULTS.md
#   ./bench.sh accuracy   [pictures]   docs/accuracy.md
#   ./bench.sh liveness   [pictures]   docs/liveness.md: who passes, of people and attacks
#   ./bench.sh cameras    [pictures]   docs/scaling.md: half a minute of a camera, followed and frame by frame
#   ./bench.sh search     [pictures]   docs/scaling.md: a search among 1,000,000 students, beside FAISS's flat index
#   ./bench.sh gallery    [students]   docs/scaling.md: a start with 1,000,000 students, beside what reading and opening them costs alone
#   ./bench.sh console                 docs/scaling.md: the console's lists in a school of 10,000 students and 1,000,000 records
#   ./bench.sh notify                  docs/reliability.md: what telling other processes costs, over PostgreSQL and Redis
#   ./bench.sh tables     [millions]   docs/scaling.md: attendance records as one table and in a partition a month, 8 million by default
#   ./bench.sh morning    [seed] [€]   docs/scaling.md: a simulation of 10,000 schools' morning out of the tables that are there
#   ./bench.sh detector   [pictures]   docs/accuracy.md: what a glance first finds, of what a full look finds
#   ./bench.sh frame      [pictures]   docs/scaling.md: a whole frame, beside the detector as it was exported
#   ./bench.sh peers      [pictures]   docs/scaling.md: other stacks of C#, with the weights of ../models beside the pictures
#   ./bench.sh overload   [pictures]   docs/reliability.md: more pictures than the machine can look at
#   ./bench.sh soak       [minutes]    docs/reliability.md: whether anything grows in 30 minutes at four fifths of what it can do
# "pictures" is a folder with lfw/, lfw-unknown/, lfw-school/, deepface-pairs/, groups/ and liveness/; by default ../shared/faces.
set -euo pipefail
cd "$(dirname "$0")"

what=${1:-speed}
pictures=${2:-../shared/faces}
[[ $what != soak ]] || pictures=../shared/faces
if [[ ! $what =~ ^(console|notify|gallery|tables|morning)$ && ! -d $pictures ]]; then
  echo "No folder of pictures at '$pictures'; name one: ./bench.sh $what <folder>." >&2
  exit 2
fi
source scripts/setup.sh
source scripts/postgres.sh
make_data_folder
dotnet build benchmarks -c Release --nologo -v q
dotnet build src/WebApi -c Release --nologo -v q
program=benchmarks/bin/Release/net10.0/FaceAttendance.Benchmarks.dll
server=src/WebApi/bin/Release/net10.0/FaceAttendance.WebApi.dll

results=$(mktemp)
counts=$(mktemp)
trap 'rm -f "$results" "$counts"' EXIT

# A database of this run's own; what more is given are its settings.
start_database() {
  cluster_remove bench-postgres /tmp
  trap 'rm -f "$results" "$counts"; cluster_remove bench-postgres /tmp' EXIT
  cluster_start bench-postgres /tmp "$@"
  database=$(cluster_connection_string postgres postgres)
}

# Everything between a heading of that page and the next is replaced with the results; prose is wrapped, tables are not.
replace_section() {
  awk -v results="$results" -v heading="## $1" '
    function put(line, at) {
      while (line !~ /^\|/ && length(line) > 140) {
        at = 140
        while (at > 1 && substr(line, at, 1) != " ") at--
        if (at == 1) break
        print substr(line, 1, at - 1)
        line = substr(line, at + 1)
      }
      print line
    }
    $0 == heading { print; print ""; while ((getline line < results) > 0) put(line); skip = 1; next }
    /^## / { skip = 0 }
    !skip' "$2" > "$2.new"
  mv "$2.new" "$2"
  cat "$results"
}

# How many faces pictures show: counted by eye, or by their publisher, who put the number behind the underscore.
count_faces() {
  echo picture,faces
  local i=0 faces=(4 3 5 6 5)
  for i in "${!faces[@]}"; do echo "groups/bbt/bbt$((i + 1)).jpg,${faces[i]}"; done
  echo groups/celebs-test/kit_with_rose.jpg,2
  echo groups/celebs-test/obama_and_biden.jpg,3
  echo groups/t1.jpg,6
  echo deepface-pairs/couple.jpg,2
  echo deepface-pairs/selfie-many-people.jpg,6
  local file name
  for file in "$pictures"/groups/compreface/*; do
    name=${file##*/}
    echo "groups/compreface/$name,$(sed -E 's/^[^_]*_([0-9]+)\..*/\1/' <<< "$name")"
  done
}

case $what in
  speed)
    start_database
    {
      echo '# Speed'
      echo
      echo 'Made by `./bench.sh speed`. Each line stands beside the least that it could cost, measured alternately in the same run;'
      echo 'read the ratios, not the milliseconds.'
      echo
      processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
      echo "Processor: $processor, $(nproc) cores; .NET $(dotnet --version); $(date -u +%F)."
      echo
      dotnet "$program" speed "$pictures"
      dotnet "$program" server "$database" "$server" "$pictures"
      dotnet "$program" liveness-load "$database" "$server" "$pictures"
      dotnet "$program" enrolment "$database" "$server" "$pictures"
      dotnet "$program" presence "$database"
    } > benchmarks/RESULTS.md.new
    mv benchmarks/RESULTS.md.new benchmarks/RESULTS.md
    cat benchmarks/RESULTS.md
    ;;
  accuracy)
    count_faces > "$counts"
    dotnet build src/Cli -c Release --nologo -v q
    for profile in standard starter yunet; do
      # Weights trained on a part of the people say which were held out; where several names are one person, one is enough.
      people=(--doubles benchmarks/lfw-doubles.csv)
      [[ $profile != starter ]] || people+=(--only "$pictures/../starter/train/held-out.txt")
      ./faceattendance evaluate identification "$pictures/lfw-school" --central --profile "$profile" "${people[@]}"
      echo
      ./faceattendance evaluate verification "$pictures/deepface-pairs/master.csv" --profile "$profile"
      echo
      ./faceattendance evaluate faces "$counts" --pictures "$pictures" --profile "$profile"
      echo
    done | sed 's/^#/###/' > "$results"
    replace_section Results docs/accuracy.md
    ;;
  liveness)
    dotnet "$program" liveness "$pictures" standard > "$results"
    replace_section Measured docs/liveness.md
    ;;
  cameras)
    dotnet "$program" cameras "$pictures" > "$results"
    replace_section Cameras docs/scaling.md
    ;;
  search)
    # Debian's own Python, which knows Debian's modules.
    if ! /usr/bin/python3 -c 'import faiss' 2> /dev/null; then
      echo 'FAISS is what a search is measured beside, and it is not there: sudo apt-get install python3-faiss' >&2
      exit 2
    fi
    dotnet "$program" search "$pictures" /usr/bin/python3 benchmarks/faiss-flat.py > "$results"
    replace_section Search docs/scaling.md
    ;;
  gallery)
    start_database
    dotnet "$program" gallery "$database" "$server" "${2:-1000000}" > "$results"
    replace_section 'Start of a large school' docs/scaling.md
    ;;
  detector)
    count_faces > "$counts"
    dotnet "$program" detector "$pictures" "$counts" > "$results"
    replace_section 'A glance first' docs/accuracy.md
    ;;
  frame)
    count_faces > "$counts"
    dotnet "$program" frame "$pictures" "$counts" > "$results"
    replace_section 'A whole frame' docs/scaling.md
    ;;
  peers)
    count_faces > "$counts"
    dotnet build benchmarks/Peers -c Release --nologo -v q
    dotnet benchmarks/Peers/bin/Release/net10.0/FaceAttendance.Benchmarks.Peers.dll \
      "$pictures" "$pictures/../models" "$counts" > "$results"
    replace_section 'Beside other stacks' docs/scaling.md
    ;;
  overload | soak)
    start_database
    more=()
    [[ $what != soak ]] || more=("${2:-30}")
    dotnet "$program" "$what" "$database" "$server" "$pictures" "${more[@]}" > "$results"
    if [[ $what == soak ]]; then replace_section 'A long run' docs/reliability.md
    else replace_section 'More than it can do' docs/reliability.md; fi
    ;;
  console)
    start_database
    dotnet "$program" console "$database" "$server" > "$results"
    replace_section 'Lists of a large school' docs/scaling.md
    ;;
  tables)
    start_database 'fsync = off' 'synchronous_commit = off' 'full_page_writes = off' 'max_wal_size = 2GB' \
      'wal_level = minimal' 'max_wal_senders = 0' 'maintenance_work_mem = 512MB' 'checkpoint_timeout = 1h' 'autovacuum = off'
    dotnet "$program" tables "$database" "$server" "${2:-8}" > "$results"
    replace_section 'Months of records' docs/scaling.md
    ;;
  morning)
    dotnet "$program" morning "$PWD" "${2:-7}" "${3:-10}" > "$results"
    replace_section 'Ten thousand schools' docs/scaling.md
    ;;
  notify)
    command -v redis-server >/dev/null || install_packages redis-server
    start_database
    dotnet "$program" notify "$database" > "$results"
    replace_section 'Live events between processes' docs/reliability.md
    ;;
  *)
    sed -n '2,/^set/{/^#/p}' "$0" >&2
    exit 2
    ;;
esac
