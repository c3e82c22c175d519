# shellcheck shell=bash
# What the scripts of this folder share: `. "$JELOU_ROOT/.ci/clients/lib.sh"`.

# Installs Debian packages whose programs are missing: `need jq:jq` is PROGRAM:PACKAGE.
need() {
  local pair packages=() as_root=()
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null || packages+=("${pair#*:}")
  done
  [ "${#packages[@]}" -gt 0 ] || return 0
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  echo "installing ${packages[*]}"
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
}

# A virtual environment of that name with these Python packages; its `bin` is put first on PATH.
python_packages() {
  local folder="$JELOU_CLIENTS/python-$1"
  shift
  if [ ! -x "$folder/bin/pip" ]; then
    rm -rf "$folder"
    python3 -m venv "$folder" 2>/dev/null || { rm -rf "$folder"; need venv:python3-venv; python3 -m venv "$folder"; }
  fi
  "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
  PATH="$folder/bin:$PATH"
}

# A folder of that name with these npm packages in `node_modules`; its programs are put first on PATH. The folder is
# `$npm_folder`: scripts that import a package are copied there, since Node looks for packages beside the script.
npm_packages() {
  npm_folder="$JELOU_CLIENTS/npm-$1"
  shift
  need node:nodejs npm:npm
  mkdir -p "$npm_folder"
  [ -f "$npm_folder/package.json" ] || printf '{"private":true,"type":"module"}\n' >"$npm_folder/package.json"
  npm install --silent --no-audit --no-fund --prefix "$npm_folder" "$@"
  PATH="$npm_folder/node_modules/.bin:$PATH"
}

# Says what does not hold, and ends the script.
fail() {
  echo "not so: $*" >&2
  exit 1
}

# Lays out a release of the built program in `$release_folder`, as the examples download it: `$releases` is its address,
# `$release_version` and `$release_sha256` are what they are told besides. (`jelou sandbox run` hides `JELOU_…`.)
lay_out_release() {
  local name
  release_version=$(jelou --version | cut -d " " -f 2)
  name=jelou-v$release_version-x86_64-unknown-linux-musl
  release_folder=$PWD/releases
  mkdir -p "$release_folder/download/v$release_version" "$release_folder/$name"
  cp -L "$(command -v jelou)" "$release_folder/$name/jelou"
  # A debug build is large, and nobody waits for it to be small.
  tar -cf - -C "$release_folder" "$name" | gzip -1 >"$release_folder/download/v$release_version/$name.tar.gz"
  rm -rf "${release_folder:?}/$name"
  releases=file://$release_folder
  release_sha256=$(sha256sum "$release_folder/download/v$release_version/$name.tar.gz" | cut -d " " -f 1)
  export releases release_version release_sha256
}

# `PATH` without the folders that have a `jelou`: a pipeline installs its own.
path_without_jelou() {
  local folder rest=$PATH: kept=
  while [ -n "$rest" ]; do
    folder=${rest%%:*}
    rest=${rest#*:}
    [ -x "$folder/jelou" ] || kept=$kept:$folder
  done
  printf '%s\n' "${kept#:}"
}

# Looks at what a pipeline left behind: `check_pipeline LOG`, with `journal.json` and `tokens.json` of `jelou` beside it.
# One token was created, let through by the function and revoked, nothing was asked that no correct client asks, and the
# log shows no more of any value than the prefix that lists show.
check_pipeline() {
  jq -e '
    [.data.entries[] | select(.status >= 200 and .status < 300)] as $done
    | ([$done[] | select(.method == "POST" and .path == "/v1/functions/my-function/tokens")] | length == 1)
      and ([$done[] | select(.method == "POST" and .path == "/fn/my-function")] | length == 1)
      and ([$done[] | select(.method == "DELETE" and (.path | startswith("/v1/functions/my-function/tokens/tok_")))]
        | length == 1)
      and .data.violations == []
  ' journal.json >/dev/null || fail "the journal: $(cat journal.json)"
  jq -e '[.data[].name] == ["default"]' tokens.json >/dev/null || fail "the tokens: $(cat tokens.json)"
  [ -s "$1" ] || fail "the log is empty"
  if grep -E 'jfn_(rt|pat)_(sbx_)?[A-Za-z0-9]{5}' "$1"; then
    fail "a value stands in the log"
  fi
}
