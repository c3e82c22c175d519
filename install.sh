#!/bin/sh
# Installs `jelou` from a release. `sh install.sh --help` says how.
#
# The archive is compared with its SHA-256 before anything of it is used, and nothing is replaced before everything is
# there: a run that fails installs nothing. Two ends say otherwise: where a rename fails after others, each file that is
# new is named; where all is in its place and stdout takes nothing, or a signal comes, that is said. No root, no questions.
# stdout carries one line, where the program is now.
# A script that was cut off runs nothing: all is in functions, and the last line calls them.
set -eu

# A release fills in where it is published and its own version; in a clone of the repository both are open.
own_releases=
own_version=latest

usage() {
  cat <<'USAGE'
Install jelou from a release

Usage: sh install.sh [OPTIONS]

Options:
  --version VERSION       Which version; `latest` is the newest [default: that of the release this script came with]
  --to DIR                Where the program goes [default: ~/.local/bin]
  --man[=DIR]             Install the man pages [default: share/man beside the program's folder]
  --completions[=DIR]     Install the completions of bash, zsh and fish [default: share beside the program's folder]
  --repository OWNER/NAME The repository on GitHub whose releases are used
  --sha256 HASH           What the archive's SHA-256 must be, instead of what the release says; needs a version
  --cache DIR             Take the archive from here if it is there and right, and keep it here
  --timeout SECONDS       How long one download may take [default: 300]
  --dry-run               Install nothing, print `VERSION SHA256 ARCHIVE`
  --help                  Print this

Environment:
  JELOU_RELEASES          The address of the releases, such as https://github.com/OWNER/NAME/releases
  HTTPS_PROXY, NO_PROXY   As curl and wget read them

Exit status: 0 done, 2 wrong arguments, 3 this system is not supported or lacks a working program, 4 a download failed,
5 the archive is not what it must be, 6 a file, a folder or stdout could not be written
USAGE
}

# Ends with a status and one message; a second line is a hint. A stderr that takes nothing changes no status.
die() {
  status=$1
  shift
  note "error: $1"
  [ "$#" -lt 2 ] || note "hint: $2"
  chosen=yes
  exit "$status"
}

note() {
  { printf '%s\n' "$*" >&3; } 3>&2 2>/dev/null || :
}

# Writes what stdout is for, or ends: whoever waits for it would go on without it.
print() {
  { "$@"; } 2>/dev/null || die 6 "stdout could not be written${placed:+; $placed}"
}

# A file that is opened would take the number of a closed stream, and get what is meant for that.
open_streams() {
  true 3>&2 || exec 2>/dev/null
  { true 3>&1; } 2>/dev/null || die 6 "stdout is closed: nothing was installed" "it carries the path of the program; \`>/dev/null\` drops it"
}

has() {
  command -v "$1" >/dev/null 2>&1
}

main() {
  version=$own_version to='' man='' completions='' repository='' sha256='' cache='' limit=300 dry_run=''
  work='' chosen='' placed=''
  # A reader that is gone is a write that fails: a shell that dies of it cleans nothing up.
  trap '' PIPE
  trap clean_up EXIT
  heed_signals
  open_streams
  read_arguments "$@"
  choose_releases
  choose_target
  choose_tools
  make_work
  settle_version_and_hash
  if [ -n "$dry_run" ]; then
    print printf '%s %s %s\n' "$version" "$sha256" "$archive"
  else
    get_archive
    unpack
    look_for_pages
    place_all
    report
  fi
  chosen=yes
}

heed_signals() {
  trap 'stopped 129' HUP
  trap 'stopped 130' INT
  trap 'stopped 143' TERM
}

# Ends as a signal asks for: without a word where nothing was installed.
stopped() {
  chosen=yes
  [ -z "$placed" ] || note "error: A signal ended this; $placed"
  exit "$1"
}

# Makes the temporary folder. A program may warn on stderr and succeed: that is no part of what it says on stdout. Where it
# fails it is run again for its words, and what it makes then is taken.
make_work() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/jelou-install.XXXXXXXXXX" 2>/dev/null) && return
  { work=$(mktemp -d "${TMPDIR:-/tmp}/jelou-install.XXXXXXXXXX" 2>&1) && [ -d "$work" ]; } ||
    die 6 "No temporary folder could be made: $(printf '%s\n' "$work" | last_line)"
}

# Removes what is not in its place yet, and the folders that were made for it. An end that nobody has chosen is told: the
# temporary folder had no room for a file of it, or a program failed that should not.
clean_up() {
  ended=$? room=yes
  trap '' HUP INT TERM
  if [ -n "$work" ]; then
    [ -n "$chosen" ] || has_room || room=''
    take_back
    remove -rf "$work"
  fi
  [ -z "$chosen" ] || return 0
  [ -n "$room" ] || no_room
  die 3 "The script ended where nobody foresaw it, with $ended; ${placed:-nothing was installed}" \
    "a program of this system does not work, or the script has a bug"
}

take_back() {
  if [ -f "$work/staged" ]; then
    while IFS= read -r file; do
      remove -f "$file"
    done <"$work/staged"
  fi
  if [ -z "$placed" ] && [ -f "$work/made" ]; then
    # The last that was made comes first.
    awk '{ made[NR] = $0 } END { for (number = NR; number > 0; number--) print made[number] }' "$work/made" |
      while IFS= read -r file; do
        rmdir "$file" 2>/dev/null || :
      done
  fi
}

# What stays changes no status.
remove() {
  rm "$1" "$2" 2>/dev/null || note "warning: $2 could not be removed"
}

read_arguments() {
  while [ "$#" -gt 0 ]; do
    option=$1
    shift
    case $option in
      --help | -h) print usage && chosen=yes && exit 0 ;;
      --dry-run) dry_run=yes && continue ;;
      --man) man=beside && continue ;;
      --completions) completions=beside && continue ;;
      --*=*) value=${option#*=} option=${option%%=*} ;;
      --version | --to | --repository | --sha256 | --cache | --timeout)
        [ "$#" -gt 0 ] || die 2 "\`$option\` needs a value"
        value=$1
        shift
        ;;
      *) die 2 "\`$option\` is not known" "\`sh install.sh --help\` lists what is" ;;
    esac
    [ -n "$value" ] || die 2 "The value of \`$option\` is empty"
    case $option in
      --version) version=$value ;;
      --to) check_folder && to=$value ;;
      --man) check_folder && man=$value ;;
      --completions) check_folder && completions=$value ;;
      --repository) repository=$value ;;
      --sha256) sha256=$(printf %s "$value" | tr ABCDEF abcdef) ;;
      --cache) check_folder && cache=$value ;;
      --timeout) limit=$value ;;
      *) die 2 "\`$option\` takes no value" ;;
    esac
  done
  if [ -z "$to" ]; then
    [ -n "${HOME:-}" ] || die 2 "HOME is not set" "say with \`--to DIR\` where the program goes"
    to=$HOME/.local/bin
  fi
  case $limit in
    *[!0-9]* | 0* | ???????*) die 2 "\`--timeout $limit\` is no number of seconds" ;;
  esac
  version=${version#v}
  [ "$version" = latest ] || is_version "$version" || die 2 "\`$version\` is no version" "such as \`0.1.0\`, or \`latest\`"
  if [ -n "$sha256" ]; then
    is_hash "$sha256" || die 2 "The value of \`--sha256\` is no SHA-256: it has 64 digits from 0 to f"
    [ "$version" != latest ] || die 2 "\`--sha256\` is of one version, and \`latest\` is another one tomorrow" \
      "name it with \`--version VERSION\`"
  fi
}

# Refuses what no folder can be called here, and leaves no `$value` that looks like an option.
check_folder() {
  case $value in
    "~"*) die 2 "\`$option $value\` begins with a tilde that no shell expanded" ;;
    *"
"*) die 2 "The value of \`$option\` holds a line break" ;;
    -*) value=./$value ;;
  esac
}

# Three numbers, and what SemVer lets follow them: nothing that could lead out of a folder or an address.
is_version() {
  case $1 in
    *[!0-9A-Za-z.+-]* | *..* | *.) return 1 ;;
    [0-9]*.[0-9]*.[0-9]*) ;;
    *) return 1 ;;
  esac
  numbers=${1%%[+-]*}
  case $numbers in
    *[!0-9.]* | *.*.*.*) return 1 ;;
  esac
}

is_hash() {
  [ "${#1}" -eq 64 ] || return 1
  case $1 in
    *[!0-9a-f]*) return 1 ;;
  esac
}

# The address is authenticated: https, or something of this machine. A user, a query or a blank has no place in it.
choose_releases() {
  releases=${JELOU_RELEASES:-$own_releases}
  if [ -n "$repository" ]; then
    case $repository in
      *[!0-9A-Za-z._/-]* | */*/* | /* | */ | ./* | ../* | */. | */..) die 2 "\`--repository $repository\` is not OWNER/NAME" ;;
      */*) releases=https://github.com/$repository/releases ;;
      *) die 2 "\`--repository $repository\` is not OWNER/NAME" ;;
    esac
  fi
  [ -n "$releases" ] || die 2 "Where the releases are is not known" "say it with \`--repository OWNER/NAME\`, or set JELOU_RELEASES"
  releases=${releases%/}
  case $releases in
    *[!]0-9A-Za-z:/._~+%[-]*) die 2 "\`$releases\` is no address of releases" ;;
    https://?*) scheme='=https' ;;
    http://127.0.0.1 | http://127.0.0.1[:/]* | http://localhost | http://localhost[:/]* | http://\[::1\][:/]*) scheme='=http,https' ;;
    file:///*%*) die 2 "\`$releases\` is no address of releases: a path with a percent sign is not understood" ;;
    file:///*) scheme='' ;;
    *) die 2 "\`$releases\` is not an https address" "only this machine is trusted over http: 127.0.0.1, [::1], localhost" ;;
  esac
}

choose_target() {
  system=$(uname -s) || die 3 "\`uname\` does not say which system this is"
  machine=$(uname -m) || die 3 "\`uname\` does not say which machine this is"
  # Under Rosetta a shell may be told of another processor than there is.
  if [ "$system" = Darwin ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then
    machine=arm64
  fi
  case $system-$machine in
    Linux-x86_64 | Linux-amd64) target=x86_64-unknown-linux-musl ;;
    Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-musl ;;
    Darwin-x86_64) target=x86_64-apple-darwin ;;
    Darwin-arm64 | Darwin-aarch64) target=aarch64-apple-darwin ;;
    CYGWIN*-* | MINGW*-* | MSYS*-* | Windows*-*)
      die 3 "There is no jelou for Windows itself" "run this in WSL, the Linux of Windows"
      ;;
    *) die 3 "No release is built for $system on $machine" "\`cargo install --locked --path .\` in a clone builds it" ;;
  esac
}

choose_tools() {
  for program in tar gzip mktemp awk chmod cp grep mkdir mv rm rmdir sed sleep tr; do
    has "$program" || die 3 "\`$program\` is needed, and PATH does not have it"
  done
  if has sha256sum; then
    hasher=sha256sum
  elif has shasum; then
    hasher='shasum -a 256'
  elif has openssl; then
    hasher='openssl dgst -sha256 -r'
  else
    die 3 "No program computes a SHA-256: \`sha256sum\`, \`shasum\` or \`openssl\` is needed"
  fi
  if [ -z "$scheme" ]; then
    fetcher=copy
  elif has curl; then
    fetcher=curl
  elif ! has wget; then
    die 3 "No program downloads: \`curl\` or \`wget\` is needed"
  elif wget --version 2>/dev/null | grep -q '^GNU Wget '; then
    fetcher=wget
  else
    fetcher=small_wget
  fi
  # The small wget of busybox may not check certificates, and wget2 may follow a redirect to plain http without saying so:
  # what they bring proves nothing by itself.
  if [ "$fetcher" = small_wget ] && [ -z "$sha256" ] && [ "$scheme" = '=https' ]; then
    die 3 "This \`wget\` proves nothing by TLS" "install \`curl\`, or name \`--version\` and \`--sha256\`"
  fi
}

hash_of() {
  # shellcheck disable=SC2086 # The words of a command.
  $hasher <"$1" | awk 'NR == 1 { print tolower($1) }'
}

# Fills in `$version` and `$sha256` from SHA256SUMS, unless both are given. Sets `$archive`, the archive's name.
settle_version_and_hash() {
  archive=jelou-v$version-$target.tar.gz
  [ -z "$sha256" ] || return 0
  if [ "$version" = latest ]; then
    sums=latest/download/SHA256SUMS
  else
    sums=download/v$version/SHA256SUMS
  fi
  download "$sums" "$work/SHA256SUMS"
  if [ "$version" = latest ]; then
    version=$(awk -v target="-$target.tar.gz" '
      { name = $2; sub(/^\*/, "", name); end = length(name) - length(target) }
      NF == 2 && substr(name, 1, 7) == "jelou-v" && end > 7 && substr(name, end + 1) == target {
        print substr(name, 8, end - 7)
      }' "$work/SHA256SUMS")
    is_version "$version" || die 5 "SHA256SUMS of the newest release does not name one archive for $target"
    archive=jelou-v$version-$target.tar.gz
  fi
  sha256=$(awk -v name="$archive" 'NF == 2 && ($2 == name || $2 == "*" name) { print tolower($1) }' "$work/SHA256SUMS")
  is_hash "$sha256" || die 5 "SHA256SUMS of version $version does not say one SHA-256 of $archive"
}

get_archive() {
  if [ -n "$cache" ] && [ -d "$cache/$archive" ]; then
    note "warning: $cache/$archive is a folder: the archive is not kept"
    cache=''
  fi
  if [ -n "$cache" ] && [ -f "$cache/$archive" ] && [ "$(hash_of "$cache/$archive")" = "$sha256" ]; then
    note "Taken from $cache: $archive"
    cp "$cache/$archive" "$work/archive" 2>"$work/log" || die 6 "The archive could not be copied to $work: $(last_words)"
  else
    download "download/v$version/$archive" "$work/archive"
  fi
  found=$(hash_of "$work/archive")
  [ "$found" = "$sha256" ] || die 5 "$archive is not what it must be: its SHA-256 is $found, not $sha256" \
    "nothing was installed; do not use it before you know why"
  if [ -n "$cache" ]; then
    make_folder "$cache"
    stage "$work/archive" "$cache/$archive" 644 || die 6 "The archive could not be kept in $cache: $(last_words)"
    mv -f "$staged" "$cache/$archive" 2>"$work/log" || die 6 "The archive could not be kept in $cache: $(last_words)"
  fi
}

# Downloads a path below the address of the releases into a file; what fails for a passing reason is tried four times.
download() {
  url=$releases/$1
  for pause in 1 2 4 none; do
    code='' reason=''
    has_room && true >"$work/log" && fetch "$url" "$2" && return
    has_room || no_room
    case $code in
      408 | 429 | 5??) ;;
      [34]??) break ;;
      *) [ -z "$reason" ] || break ;;
    esac
    [ "$pause" != none ] || break
    note "$url: not downloaded (${code:-$(last_words)}), trying again in $pause s"
    sleep "$pause"
  done
  case $code in
    404) die 4 "There is no $url" "is the version right, and built for $target?" ;;
    '' | 3??) die 4 "$url could not be downloaded: ${reason:-$(last_words)}" ;;
    *) die 4 "$url could not be downloaded: the server answered $code" ;;
  esac
}

# Whether the temporary folder takes more: each program that downloads says that it does not in another way.
has_room() {
  { printf '%4096s\n' '' >"$work/room" && rm "$work/room"; } 2>/dev/null
}

no_room() {
  die 6 "A file could not be written in ${TMPDIR:-/tmp}" "is there room? TMPDIR names another folder"
}

unreadable() {
  has_room || no_room
  die 5 "$archive cannot be read: $(last_words)"
}

# The last line that the program wrote to its log.
last_words() {
  last_line <"$work/log"
}

last_line() {
  words=$(awk 'NF { line = $0 } END { print line }' | tr -d '\000-\037\177')
  printf %s "${words:-no reason was given}"
}

# The first one, where it says why and others say what to read about it.
first_words() {
  awk 'NF { print; exit }' "$work/log" | tr -d '\000-\037\177'
}

fetch() {
  case $fetcher in
    copy) fetch_by_copy "$@" ;;
    curl) fetch_by_curl "$@" ;;
    wget) fetch_by_wget "$@" ;;
    small_wget) fetch_by_small_wget "$@" ;;
  esac
}

fetch_by_copy() {
  cp "${1#file://}" "$2" 2>"$work/log" && return
  # Why it failed is said by `cp`; another try would change nothing.
  reason=$(last_words)
  return 1
}

# What ~/.curlrc and wgetrc say counts too: that is where some machines name their proxy and their certificates.
fetch_by_curl() {
  code=$(curl --silent --show-error --fail --location --max-redirs 5 --proto "$scheme" --proto-redir "$scheme" \
    --connect-timeout 20 --max-time "$limit" --output "$2" --write-out '%{http_code}' -- "$1" 2>"$work/log") && return
  # What it must not speak, where it must not go, whom it does not trust: no other try changes that.
  case $? in
    1 | 47 | 51 | 60 | 77) reason=$(first_words) ;;
  esac
  case $code in
    2?? | 000) code='' ;;
  esac
  return 1
}

# A redirect to plain http is followed by wget; SHA256SUMS would prove nothing then.
fetch_by_wget() {
  use_proxy_variables
  ended=0
  limited wget --no-verbose --server-response --tries=1 --timeout=20 --max-redirect=5 \
    --output-document="$2" "$1" 2>"$work/log" || ended=$?
  if [ "$scheme" = '=https' ] && ! awk 'tolower($0) ~ /^ *location: *http:/ { exit 1 }' "$work/log"; then
    reason='it leads to a plain http address'
    return 1
  fi
  [ "$ended" -ne 5 ] || reason=$(first_words)
  find_code
  [ "$ended" -eq 0 ]
}

# Without `-T`, which some versions die of.
fetch_by_small_wget() {
  use_proxy_variables
  limited wget -q -O "$2" "$1" 2>"$work/log" && return
  find_code
  return 1
}

# curl reads the variables in capitals as well.
use_proxy_variables() {
  if [ -z "${https_proxy:-}" ] && [ -n "${HTTPS_PROXY:-${ALL_PROXY:-${all_proxy:-}}}" ]; then
    export https_proxy="${HTTPS_PROXY:-${ALL_PROXY:-${all_proxy:-}}}"
  fi
  if [ -z "${no_proxy:-}" ] && [ -n "${NO_PROXY:-}" ]; then
    export no_proxy="$NO_PROXY"
  fi
}

# Runs a command that has no time limit of its own for all it does.
limited() {
  if ! has timeout; then
    "$@"
    return
  fi
  timeout "$limit" "$@" && return
  ended=$?
  [ "$ended" -ne 124 ] && [ "$ended" -ne 143 ] || echo "it took longer than $limit s" >&2
  return "$ended"
}

# The status that a server answered last, from what wget says of it; an answer that was cut has none.
find_code() {
  code=$(sed -n -e 's/^.*ERROR \([0-9][0-9][0-9]\):.*$/\1/p' -e 's/^.*HTTP\/1\.[01] \([0-9][0-9][0-9]\).*$/\1/p' "$work/log" |
    awk 'END { print }')
  case $code in
    2??) code='' ;;
  esac
}

# Unpacks the archive, whose only folder has its name. What leads out of that folder, or is a link, is refused; so is all
# where the program that looks for it fails.
unpack() {
  folder=${archive%.tar.gz}
  has_room || no_room
  { tar -tzf "$work/archive" >"$work/names" 2>"$work/log"; } 2>/dev/null || unreadable
  { tar -tvzf "$work/archive" >"$work/entries" 2>"$work/log"; } 2>/dev/null || unreadable
  if awk -v folder="$folder/" '{
      name = $0; sub(/^\.\//, "", name)
      if (substr(name "/", 1, length(folder)) != folder || ("/" name "/") ~ /\/\.\.\//) exit 1
    }' "$work/names" && awk '/^[^-d]/ { exit 1 }' "$work/entries"; then
    mkdir "$work/unpacked" 2>"$work/log" || die 6 "$archive could not be unpacked in $work: $(last_words)"
    tar -xzf "$work/archive" -C "$work/unpacked" 2>"$work/log" ||
      die 6 "$archive could not be unpacked in $work: $(last_words)"
  else
    die 5 "$archive holds a link, or a path outside of $folder/"
  fi
  content=$work/unpacked/$folder
  [ -f "$content/jelou" ] || die 5 "$archive holds no $folder/jelou"
}

# Whether the archive has what is to be installed, before a folder is made for it.
look_for_pages() {
  if [ -n "$man" ]; then
    pages=0
    for page in "$content"/man/man[17]/*; do
      [ -e "$page" ] || continue
      [ -f "$page" ] || die 5 "${page#"$work/unpacked/"} of $archive is no man page"
      pages=$((pages + 1))
    done
    [ "$pages" -gt 0 ] || die 5 "$archive holds no man pages" "without \`--man\` none are needed"
  fi
  [ -n "$completions" ] || return 0
  for page in jelou.bash _jelou jelou.fish; do
    [ -f "$content/completions/$page" ] ||
      die 5 "$archive holds no $folder/completions/$page" "without \`--completions\` none are needed"
  done
}

# Makes a folder, one component after the other and each once its parent is there: `a/../b` may have been there before `a`
# is made.
make_folder() {
  way='' rest=$1/
  while [ -n "$rest" ]; do
    way=$way${rest%%/*}/ rest=${rest#*/}
    [ -d "$way" ] || make_one_folder "${way%/}" || [ -d "$way" ] || {
      has_room || no_room
      die 6 "The folder $1 could not be made: $(last_words)"
    }
  done
}

# Makes a folder and notes that this run has made it: both or none. A signal comes before or after, and what was there is
# somebody else's.
make_one_folder() {
  (
    trap '' HUP INT TERM
    mkdir "$1" 2>"$work/log" || exit
    { printf '%s\n' "$1" >>"$work/made"; } 2>/dev/null && exit
    rmdir "$1"
    exit 1
  )
}

# Copies a file beside its place, under a name that nobody else has. Sets `$staged`, that name.
stage() {
  staged=$(
    trap '' HUP INT TERM
    name=$(mktemp "${2%/*}/.jelou-install.XXXXXXXXXX" 2>"$work/log") || exit
    { printf '%s\n' "$name" >>"$work/staged"; } 2>/dev/null && printf '%s\n' "$name" && exit
    rm -f "$name"
    exit 1
  ) || return
  cp "$1" "$staged" 2>"$work/log" && chmod "$3" "$staged" 2>"$work/log"
}

# Stages a file, and notes that it goes to its place once all is staged: `plan FILE FOLDER NAME MODE`.
plan() {
  make_folder "$2"
  [ ! -d "$2/$3" ] || die 6 "$2/$3 is a folder"
  stage "$1" "$2/$3" "$4" || die 6 "$2/$3 could not be written: $(last_words)"
  printf '%s\n%s\n' "$staged" "$2/$3" >>"$work/plan"
}

place_all() {
  make_folder "$to"
  to=$(CDPATH='' cd "$to" && pwd) || die 6 "The folder $to cannot be entered"
  share=${to%/*}/share
  [ "$man" != beside ] || man=$share/man
  [ "$completions" != beside ] || completions=$share
  if [ -n "$man" ]; then
    for page in "$content"/man/man[17]/*; do
      [ -f "$page" ] || continue
      section=${page%/*}
      plan "$page" "$man/${section##*/}" "${page##*/}" 644
    done
  fi
  if [ -n "$completions" ]; then
    plan "$content/completions/jelou.bash" "$completions/bash-completion/completions" jelou 644
    plan "$content/completions/_jelou" "$completions/zsh/site-functions" _jelou 644
    plan "$content/completions/jelou.fish" "$completions/fish/vendor_completions.d" jelou.fish 644
  fi
  plan "$content/jelou" "$to" jelou 755
  said=$("$staged" --version 2>"$work/log") || die 5 "The program of $archive does not run here: $(last_words)"
  [ "$said" = "jelou $version" ] || die 5 "The program of $archive says that it is \`$said\`"
  before=$("$to/jelou" --version 2>/dev/null) || before=''
  # Between two of these renames a signal would leave something of each version. The program comes last: if it is there,
  # all is.
  trap '' HUP INT TERM
  new=''
  while IFS= read -r from && IFS= read -r into; do
    mv -f "$from" "$into" 2>"$work/log" || half_placed
    new=$new$into'
'
  done <"$work/plan"
  placed="$to/jelou is installed"
  heed_signals
}

# Ends where a rename failed, and names what is of the new version before it.
half_placed() {
  failed="$into could not be written: $(last_words)"
  [ -n "$new" ] || die 6 "$failed; nothing was installed"
  printf %s "$new" | while IFS= read -r file; do
    note "$file is of $version now"
  done
  die 6 "$failed; the program is as it was" "what is named above is of $version already; another run brings the rest"
}

report() {
  if [ -n "$before" ] && [ "$before" != "jelou $version" ]; then
    note "jelou $version is installed; it was ${before#jelou }"
  else
    note "jelou $version is installed"
  fi
  [ -z "$completions" ] || note "zsh finds its completions if $completions/zsh/site-functions is in fpath before compinit"
  case :$PATH: in
    *:"$to":*)
      first=$(command -v jelou) || first=''
      [ "$first" = "$to/jelou" ] || note "warning: \`jelou\` is $first on this PATH, which comes before $to"
      ;;
    *) note "warning: $to is not in PATH" ;;
  esac
  print printf '%s\n' "$to/jelou"
}

if :; then main "$@"; fi
