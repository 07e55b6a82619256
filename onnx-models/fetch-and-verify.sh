#!/usr/bin/env bash
# Downloads the weights that manifest.json names into this folder, and keeps only what has the manifest's digest.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

usage() {
  cat <<'TEXT'
Usage: onnx-models/fetch-and-verify.sh [options] [profile or model]...

Downloads the weights of the given profiles or models (default: the profile standard) into onnx-models/.
A file that is here with the right digest is left alone; an interrupted download goes on where it stopped.

  --list                  the profiles and models, their sizes and licences
  --dry-run               say what would be downloaded
  --base-url URL          fetch every file from URL/<file> instead of its own address
                          (also: the environment variable FACE_MODELS_MIRROR)
  --accept-noncommercial  also weights whose licence forbids commercial use
  --max-time SECONDS      longest time for one file (default 1800)

Exit code: 0 everything is here and verified; 1 something could not be downloaded; 2 wrong arguments;
3 a digest differs; 4 a licence was not accepted.
TEXT
}

mirror=${FACE_MODELS_MIRROR:-}
dry_run='' accepted='' max_time=1800 wanted=()
refuse_arguments() {
  printf '%s\n' "$1" >&2
  exit 2
}
while (($#)); do
  case $1 in
    --list) wanted=(--list) && break ;;
    --dry-run) dry_run=yes ;;
    --accept-noncommercial) accepted=yes ;;
    --base-url | --max-time)
      [[ -n ${2:-} ]] || refuse_arguments "$1 needs a value."
      if [[ $1 == --base-url ]]; then mirror=$2; else max_time=$2; fi
      shift
      ;;
    --base-url=*) mirror=${1#*=} ;;
    --max-time=*) max_time=${1#*=} ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*) refuse_arguments "$1 is not an option; --help lists them." ;;
    *) wanted+=("$1") ;;
  esac
  shift
done
[[ $max_time =~ ^[1-9][0-9]*$ ]] || refuse_arguments "--max-time takes whole seconds."
((${#wanted[@]})) || wanted=(standard)

# Reads the manifest: one line per model, its fields separated by tabs. A profile names its models in any shape:
# every string in it that is a model's name is meant.
read_manifest() {
  # shellcheck disable=SC2016 # the program is jq's: its $ are its own
  jq -r --arg wanted "$(printf '%s\n' "$@")" '
    .models as $models | .profiles as $profiles
    | def names: [.. | strings | select($models[.])];
    def megabytes: (. / 1e5 | round) as $tenths | "\($tenths / 10 | floor).\($tenths % 10)";
    ($wanted | split("\n")) as $wanted
    | if $wanted[0] == "--list" then
        "Profiles:", ($profiles | to_entries[] | "  \(.key): \(.value | names | join(", "))"),
        "Models:", ($models | to_entries[]
          | "  \(.key): \(.value.file), \(.value.bytes | megabytes) MB, \(.value.licence)"
             + "\(if .value.commercial then "" else " (non-commercial)" end)")
      else
        [$wanted[]
          | if $models[.] then . elif $profiles[.] then ($profiles[.] | names[])
            else "\(.) is neither a profile nor a model: \([$profiles, $models | keys_unsorted[]] | join(", "))\n" | halt_error(2) end]
        | reduce .[] as $name ([]; if index($name) then . else . + [$name] end) | .[] as $name | $models[$name]
        # The file becomes a path below this folder, and stays there.
        | if (.file | type == "string" and test("^([A-Za-z0-9][A-Za-z0-9._-]*/)*[A-Za-z0-9][A-Za-z0-9._-]*$"))
            and (.sha256 | type == "string" and test("^[0-9a-f]{64}$")) and (.bytes | type == "number" and . > 0)
          then [$name, .file, .sha256, .bytes, .url // "-", if .commercial then "yes" else "no" end, .licence] | map(tostring) | join("\t")
          else "manifest.json: \($name) needs file, sha256 and bytes.\n" | halt_error(2) end
      end' "$here/manifest.json"
}

command -v jq >/dev/null || refuse_arguments "jq is needed to read manifest.json (on Debian: apt-get install jq)."
chosen=$(read_manifest "${wanted[@]}") || exit 2
if [[ ${wanted[0]} == --list ]]; then
  printf '%s\n' "$chosen"
  exit 0
fi

worst=0
# problem <exit code> <message>: goes on with the next file and remembers the gravest code.
problem() {
  printf '%s\n' "$2" >&2
  (($1 <= worst)) || worst=$1
}

digest_of() { sha256sum "$1" | cut -d ' ' -f 1; }
size_of() { stat -c %s "$1" 2>/dev/null || printf 0; }

# download <url> <part> <bytes>: returns curl's exit code. Adds to what is there already.
download() {
  local url=$1 part=$2 bytes=$3 attempt code=0
  for attempt in again from-the-start; do
    if (
      # A server that never stops sending is stopped here: ulimit counts in blocks of 1024 bytes.
      ulimit -f $((bytes / 1024 + 1))
      exec curl --fail --silent --show-error --location --max-redirs 5 --proto '=http,https' --connect-timeout 10 \
        --max-time "$max_time" --speed-limit 1024 --speed-time 30 --retry 2 --retry-delay 1 \
        --continue-at - --output "$part" "$url"
    ); then
      return 0
    else
      code=$?
    fi
    # 33: the server sends no ranges. 22 with something on disk: it may have refused the range.
    [[ $attempt == again && -s $part && ($code == 33 || $code == 22) ]] || return "$code"
    rm -f "$part"
  done
}

# Two of these at a time would write into one another's files.
exec 9<"$here"
if [[ -z $dry_run ]]; then flock 9; fi

while IFS=$'\t' read -r name file sha256 bytes url commercial licence; do
  target=$here/$file part=$here/$file.part
  if [[ -f $target ]]; then
    found=$(digest_of "$target")
    if [[ $found == "$sha256" ]]; then
      printf '%s: here and verified (%s)\n' "$name" "$file"
    else
      problem 3 "$name: $target has the wrong content.
  expected SHA-256 $sha256
  found    SHA-256 $found
  Move the file away to have it downloaded again."
    fi
    continue
  fi
  if [[ $commercial != yes && -z $accepted ]]; then
    problem 4 "$name: its licence forbids commercial use ($licence). With --accept-noncommercial it is downloaded."
    continue
  fi
  if [[ -n $mirror ]]; then url=${mirror%/}/$file; fi
  if [[ $url == - ]]; then
    problem 1 "$name: it has no public address; put $file into $here yourself."
    continue
  fi
  if [[ -n $dry_run ]]; then
    printf '%s: would download %s (%s bytes, %s) from %s\n' "$name" "$file" "$bytes" "$licence" "$url"
    continue
  fi

  mkdir -p "$(dirname "$target")"
  if (($(size_of "$part") > bytes)); then rm -f "$part"; fi
  if (($(size_of "$part") < bytes)); then
    printf '%s: downloading %s (%s bytes, %s)\n' "$name" "$file" "$bytes" "$licence"
    code=0
    download "$url" "$part" "$bytes" || code=$?
    # 63 and 153 (128 + SIGXFSZ) are files that are too large, and fall through to the check of the content.
    if ((code != 0 && code != 63 && code != 153)); then
      problem 1 "$name: $url could not be downloaded (curl's exit code $code)."
      continue
    fi
  fi
  size=$(size_of "$part") found=$(digest_of "$part")
  if [[ $found != "$sha256" ]]; then
    rm -f "$part"
    problem 3 "$name: $url is not the expected file, and was not kept.
  expected SHA-256 $sha256, $bytes bytes
  found    SHA-256 $found, $size bytes"
    continue
  fi
  mv "$part" "$target"
  printf '%s: downloaded and verified (%s)\n' "$name" "$file"
done <<<"$chosen"
exit "$worst"
