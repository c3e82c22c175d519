#!/usr/bin/env bash
# Nothing here runs on macOS, but the compiler reads the program and its tests as it would there: every type, every call
# of that system. Only C is not compiled, by a stand-in that writes empty files; nothing is linked.
# shellcheck source=SCRIPTDIR/lib.sh
. "$JELOU_ROOT/.ci/clients/lib.sh"
targets=(aarch64-apple-darwin x86_64-apple-darwin)
rustup target add "${targets[@]}" >rustup.log 2>&1 || fail "the standard libraries of ${targets[*]}: $(cat rustup.log)"

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
stand_in=$PWD/writes-nothing
cd "$JELOU_ROOT" || exit
for target in "${targets[@]}"; do
  export "CC_${target//-/_}=$stand_in" "AR_${target//-/_}=$stand_in"
  cargo clippy --locked --quiet --workspace --all-targets --target "$target" -- -D warnings
  echo "the program, its tests and the benchmark are right for $target"
done
