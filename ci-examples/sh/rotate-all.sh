#!/bin/sh
# Rotates every active token of a function that is older than an age, one after the other.
#
#   rotate-all.sh FUNCTION AGE GRACE PLACES        rotate-all.sh my-function 90d 10m places
#
# PLACES is a file that says where the value of each token goes; a second line of a name is a second place:
#
#   partner-api   secret:other-function/PARTNER_TOKEN
#   staging       command:gh secret set JELOU_FUNCTION_TOKEN --repo OWNER/NAME
#   default       -
#
# `-` says that this script leaves a token alone. A due token without a line is refused before anything is rotated: its
# new value would have nowhere to go. GRACE is how long the old value stays accepted: one number and one of s, m, h, d.
# Needs `jelou` on PATH and `JELOU_TOKEN` in the environment; run it once at a time.
# Masks: where the system has them, jelou masks a value before it writes it. No value comes near stdout or the shell; a
# command of PLACES must not print what it gets, as `tee` does.
# No `set -e`: every status is looked at.
set -u

if [ "$#" -ne 4 ]; then
  echo "usage: ${0##*/} FUNCTION AGE GRACE PLACES" >&2
  exit 2
fi
function=$1 age=$2 grace=$3 places=$4

say() { echo "rotate-all: $*" >&2; }

# Rotates one token into all of its places. `--force` lets a file be replaced, which holds the old value.
rotate() {
  id=$1 name=$2
  set --
  while read -r listed sink || [ -n "$listed" ]; do
    case $listed:$sink in
      "$name":-) return 0 ;;
      "$name":*) set -- "$@" --to "$sink" ;;
    esac
  done <"$places"
  jelou tokens rotate "$function" "$id" --grace "$grace" --force "$@" </dev/null && rotated=$((rotated + 1))
}

# What is understood only in part is refused whole. Places that end with the job would lose the value.
case $grace in *s) unit=1 ;; *m) unit=60 ;; *h) unit=3600 ;; *) unit=86400 ;; esac
number=${grace%[smhd]}
case $number in '' | 0?* | *[!0-9]* | ?????????* | "$grace") say "GRACE is a number and s, m, h or d, not '$grace'" && exit 2 ;; esac
{ [ -f "$places" ] && [ -r "$places" ]; } || { say "cannot read $places, or it is no file" && exit 2; }
return_key=$(printf '\r') placed='' alone=''
while read -r listed sink || [ -n "$listed" ]; do
  case $listed:$sink in
    *"$return_key"*) say "$places: a carriage return would be part of the place" && exit 2 ;;
    '#'* | :) continue ;;
    *:-) alone="$alone $listed " other=$placed ;;
    *:file:?* | *:dotenv:?* | *:secret:?* | *:command:?*) placed="$placed $listed " other=$alone ;;
    *) say "$places: the value of $listed needs file:, dotenv:, secret:, command: or -, not '$sink'" && exit 2 ;;
  esac
  case $other in *" $listed "*) say "$places: $listed has a place and -" && exit 2 ;; esac
done <"$places"

# Which end a token has: none, what is left of a grace (a clock may be a minute wrong), or one of its own.
left="((.expires_at | sub(\"\\\\.[0-9]+\"; \"\") | fromdate) - now <= $((number * unit + 60)))"
end="if .expires_at == null then \"-\" elif $left then \"grace\" else \"own\" end"
old=$(jelou tokens list "$function" --status active --created-before "$age" --sort created \
  --jq ".data[] | .id + \" \" + .name + \" \" + (.replaced_by // \"-\") + \" \" + ($end)")
status=$?
[ "$status" -eq 0 ] || exit "$status"
[ -n "$old" ] || say "no token of $function is older than $age"

unplaced=
while read -r id name successor end_is; do
  case $successor:$placed$alone in
    -:*" $name "*) ;;
    -:*) unplaced="$unplaced $name" ;;
  esac
done <<LIST
$old
LIST
if [ -n "$unplaced" ]; then
  say "nothing was rotated; $places has no line for:$unplaced"
  exit 2
fi

rotated=0 failed=0 first=0
note() {
  failed=$((failed + 1))
  if [ "$failed" -eq 1 ]; then first=$1; elif [ "$first" -ne "$1" ]; then first=12; fi
}
while read -r id name successor end_is; do
  case $successor:$end_is in
    -:*) ;;
    # Its grace is running; or no token is due, and the line is empty.
    *:grace | :) continue ;;
    # An earlier rotation ended between its steps. Whether its value was delivered is not known here.
    *)
      say "$name: $id was replaced by $successor and is accepted still. If its users have the new value, run"
      say "  jelou tokens revoke $function $id -y    else    jelou tokens revoke $function $successor -y"
      note 12
      continue
      ;;
  esac
  rotate "$id" "$name"
  status=$?
  case $status in
    0) ;;
    # This token alone: nothing was changed, or it is as before, or both of its values are accepted.
    2 | 5 | 6 | 7 | 12 | 13)
      say "$name: not rotated as it should be (status $status); see above"
      note "$status"
      ;;
    # The credential, the platform or this run: the next token would fare the same.
    *)
      say "$name: stopped by status $status; what was not reached is still due"
      exit "$status"
      ;;
  esac
done <<LIST
$old
LIST
if [ "$failed" -gt 0 ] && [ "$rotated" -gt 0 ]; then exit 12; fi
exit "$first"
