#!/bin/sh
# Revokes every token of a function whose name fits a pattern.
#
#   revoke.sh FUNCTION PATTERN        revoke.sh my-function 'pr-*'
#
# Needs `jelou` on PATH and `JELOU_TOKEN` in the environment. Ends with the exit status of the command that failed, so
# that the caller of this script can tell what happened. No `set -e`: every status is looked at.
set -u

if [ "$#" -ne 2 ]; then
  echo "usage: ${0##*/} FUNCTION PATTERN" >&2
  exit 2
fi
function=$1
pattern=$2

# Says what a status means for a clean-up, then ends with it.
finish() {
  case $1 in
    0) ;;
    1) echo "revoke: jelou failed in a way that it did not foresee; please report it" >&2 ;;
    2) echo "revoke: nothing was sent: the function, the pattern or the environment is not valid" >&2 ;;
    3) echo "revoke: JELOU_TOKEN is missing or was refused" >&2 ;;
    4) echo "revoke: JELOU_TOKEN may not do this; it needs the scopes tokens:read and tokens:write" >&2 ;;
    5) echo "revoke: there is no function $function" >&2 ;;
    6) echo "revoke: the platform refused the input; this script may be too old for it" >&2 ;;
    7) echo "revoke: the platform's state forbids it; the last active token of a function stays" >&2 ;;
    8) echo "revoke: still rate limited after all retries; run this again later" >&2 ;;
    9) echo "revoke: the platform fails, or its answer is not valid; run this again later" >&2 ;;
    10) echo "revoke: the platform was not reached; run this again later" >&2 ;;
    11) echo "revoke: revoked, but the deployment is not live: the tokens may still be accepted" >&2 ;;
    12) echo "revoke: some tokens were revoked and some were not; see above" >&2 ;;
    13) echo "revoke: a token could not be delivered, yet none was created here; please report it" >&2 ;;
    14) echo "revoke: somebody declined, yet nobody was asked; please report it" >&2 ;;
    129) echo "revoke: ended by SIGHUP" >&2 ;;
    130) echo "revoke: ended by SIGINT" >&2 ;;
    131) echo "revoke: ended by SIGQUIT" >&2 ;;
    143) echo "revoke: ended by SIGTERM" >&2 ;;
    *) echo "revoke: jelou could not be run, or is of another version: status $1" >&2 ;;
  esac
  exit "$1"
}

# Two commands, not a pipe: a shell without `pipefail` would lose the status of the first.
ids=$(jelou tokens list "$function" --name "$pattern" --quiet) || finish "$?"
if [ -z "$ids" ]; then
  echo "revoke: no token of $function fits $pattern"
  exit 0
fi
printf '%s\n' "$ids" | jelou tokens revoke "$function" --stdin --ignore-missing --wait -y
finish "$?"
