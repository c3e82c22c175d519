#!/usr/bin/env bash
# The static program as it is published: built, packed, installed by install.sh, and run where nothing else is, as in the
# image of the Dockerfile: no C library, no shell, no list of users, only the certificates.
# shellcheck source=SCRIPTDIR/lib.sh
. "$JELOU_ROOT/.ci/clients/lib.sh"
need musl-gcc:musl-tools readelf:binutils git:git
case $(uname -m) in
  x86_64) target=x86_64-unknown-linux-musl ;;
  aarch64) target=aarch64-unknown-linux-musl ;;
  *) fail "no static program is published for $(uname -m)" ;;
esac
rustup target add "$target" >rustup.log 2>&1 || fail "the standard library of $target: $(cat rustup.log)"
export "CC_${target//-/_}=musl-gcc"
work=$PWD
cd "$JELOU_ROOT" || exit
cargo build --locked --quiet --release --bin jelou --target "$target"
binary=target/$target/release/jelou
.ci/release/static "$binary"
.ci/release/pack "$target" "$binary" "$work/packed"
.ci/release/try "$work"/packed/*.tar.gz
cd "$work" || exit

# The last stage of the Dockerfile, as a folder.
mkdir -p root/etc/ssl/certs root/usr/local/bin root/work
install -m 444 /etc/ssl/certs/ca-certificates.crt root/etc/ssl/certs/
install -m 555 "$JELOU_ROOT/$binary" root/usr/local/bin/jelou
chmod 777 root/work
chroot=$(PATH=$PATH:/usr/sbin:/sbin command -v chroot) || fail "there is no chroot"
export chroot
inside() {
  env -i JELOU_TOKEN="$JELOU_TOKEN" JELOU_API_URL="$JELOU_API_URL" JELOU_GATEWAY_URL="$JELOU_GATEWAY_URL" \
    "$chroot" --userspec=65532:65532 root /usr/local/bin/jelou "$@"
}
export -f inside fail
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo -E env "PATH=$PATH")
# shellcheck disable=SC2016 # The inner shell expands it.
"${as_root[@]}" jelou sandbox run -- bash -euo pipefail -c '
  inside tokens create my-function --name image --wait --to file:/work/token
  inside tokens list my-function --json | grep -q "\"name\":\"image\"" || fail "the token is not listed"
  [ -s root/work/token ] || fail "the token was not delivered"
  inside tokens verify my-function --token-stdin <root/work/token
  inside tokens revoke my-function image -y --wait
  JELOU_TOKEN=$JELOU_TOKEN JELOU_API_URL=https://jelou.invalid inside whoami 2>answer && fail "nobody answers there"
  grep -q "jelou.invalid" answer || fail "the name was not looked up: $(cat answer)"
  ! grep -qi certificate answer || fail "the certificates were not found: $(cat answer)"
'
echo "static, packed, installed, and run in an empty root as user 65532"
