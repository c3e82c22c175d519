#!/usr/bin/env bash
# Nothing here runs on macOS, but the compiler reads the program and its tests as it would there: every type, every call
# of that system. Only C is not compiled, by a stand-in that writes empty files; nothing is linked.
# shellcheck source=SCRIPTDIR/lib.sh
. "$JELOU_ROOT/.ci/clients/lib.sh"
target=aarch64-apple-darwin
rustup target add "$target" >rustup.log 2>&1 || fail "the standard library of $target: $(cat rustup.log)"

# Writes what it is told to write: `-o FILE` of a compiler, FILE.a of an archiver.
cat >writes-nothing <<'SCRIPT'
#!/bin/sh
before=
for word; do
  case $before$word in
    -o* | *.a) : >"$word" ;;
  esac
  before=
  [ "$word" != -o ] || before=-o
done
SCRIPT
chmod 755 writes-nothing
export CC_aarch64_apple_darwin="$PWD/writes-nothing" AR_aarch64_apple_darwin="$PWD/writes-nothing"
cd "$JELOU_ROOT" || exit
cargo clippy --locked --quiet --workspace --all-targets --target "$target" -- -D warnings
echo "the program, its tests and the benchmark are right for $target"
