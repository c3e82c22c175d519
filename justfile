# The commands of this repository.

# List them.
default:
    @just --list

# All that must pass before a merge.
ci:
    .ci/run

# Real clients against the sandbox; `just clients NAME` runs `.ci/clients/NAME.sh`.
clients *NAMES:
    .ci/run clients {{ NAMES }}

# The tests; `just test readme` runs those of one file.
test *NAME:
    cargo test {{ if NAME == "" { "" } else { "--test it " + NAME } }}

# Every case of the net: each command that issues or destroys, each fault at each request, each signal.
# An hour or two; `just exhaust verb=rotate sink=file` takes some of it.
exhaust *FILTER:
    JELOU_NET_CASES=all JELOU_NET_FILTER="{{ FILTER }}" cargo test --test it -- net::

# Formatting and clippy.
lint:
    cargo fmt --all
    cargo clippy --workspace --all-targets -- -D warnings

# Man pages, schemas, tables and pictures of the pages, the command line and the screens; review the difference.
# First what the types and the tables say, then what the program prints: it is built again and holds the new files.
regenerate:
    JELOU_REGENERATE=1 cargo test --lib generated
    JELOU_REGENERATE=1 cargo test --test it -- screens exit_codes

# Compare with curl, jq, Node, Python and gh, in one run; `just bench --check` holds the limits.
bench *ARGUMENTS: shipped
    cargo run --quiet --profile bench --package jelou-bench -- {{ ARGUMENTS }}

# Compare a sandbox that holds 200,000 tokens with one that holds ten; `just bench-sandbox --check` holds the limits.
bench-sandbox *ARGUMENTS: shipped
    cargo run --quiet --profile bench --package jelou-bench -- sandbox {{ ARGUMENTS }}

# Count instructions (by valgrind), and write bench/instructions.md; `just instructions --check` compares.
instructions *ARGUMENTS: shipped
    cargo run --quiet --profile bench --package jelou-bench -- instructions {{ ARGUMENTS }}

# Write order.ld, which says what comes first in the binary; before a release, and with another compiler.
order:
    cargo rustc --release --bin jelou -- -C strip=none -C link-arg=-Wl,-Map={{ justfile_directory() }}/target/jelou.map
    cargo run --quiet --profile bench --package jelou-bench -- order target/jelou.map
    cargo build --release

# `jelou` as it is shipped, by itself: what is built together shares features.
[private]
shipped:
    cargo build --release

# A shell in which the platform runs.
sandbox:
    cargo run --release -- sandbox run -- "${SHELL:-bash}"
