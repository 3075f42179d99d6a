# shellcheck shell=bash
# words.sh - sourced by all scripts of deploy/ and Tests/, before they do anything: their words, their help, mistyped arguments.

# deploy/run and Tests/Board/run are not the same.
ME=$(basename "$(dirname "$0")")/$(basename "$0")
say() { echo "$ME: $*" >&2; }
die() { say "$*"; exit 1; }
# The comment at the beginning of a script is its help.
help() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"; }
case ${1:-} in -h | --help) help; exit 0 ;; esac

# unknown ARGUMENT: a mistyped one never starts anything.
unknown() { say "unknown argument $1; $0 --help says what there is"; exit 64; }
# takes COUNT PATTERN "$@": so many arguments at most, all of which look like that.
takes() {
  local count=$1 pattern=$2 each
  shift 2
  for each in "$@"; do [[ $each =~ ^($pattern)$ ]] || unknown "$each"; done
  [ $# -le "$count" ] || unknown "${!#}"
}
# figure NAME VALUE UNIT: a measured figure, for the table of deploy/bench.
figure() { printf 'figure\t%s\t%s\t%s\n' "$@"; }
# own_mounts DIR: in a mount namespace of its own, hides from everybody else what is mounted below DIR from now on. In a
# plain chroot "/" is no mount point, which could be made private: then DIR becomes one.
own_mounts() {
  mount --make-rprivate / 2> /dev/null && return
  mountpoint -q "$1" || mount --bind "$1" "$1"
  mount --make-rprivate "$1"
}
export -f own_mounts
