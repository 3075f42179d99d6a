# shellcheck shell=bash disable=SC2034
# build.sh - sourced by prepare.sh: how fieldpost is built, and what is shown meanwhile.

# Whole logs are kept here until the next run.
LOGS=$PWD/.build-logs

# tidily COMMAND... : with a folder of its own for temporary files, which goes when it ends. Every call of swift leaves some.
tidily() (
  temporary=$(mktemp -d "${TMPDIR:-/tmp}/fieldpostXXXXXX")
  trap 'rm -rf "$temporary"' EXIT
  chmod 1777 "$temporary"     # as /tmp: some tests are other users
  TMPDIR=$temporary "$@"
)

# swift_in SCRATCH BUILD-OR-TEST ARGUMENT... : swift with that folder for what it makes, for SWIFT_LIMIT at most. SwiftPM's locks
# are temporary files, so the folder has one of ours.
swift_in() {
  local scratch=$1 command=$2
  shift 2
  mkdir -p "$scratch"
  tidily flock -o "$scratch/fieldpost.lock" ${SWIFT_LIMIT:+timeout --kill-after=1m "$SWIFT_LIMIT"} \
    swift "$command" --scratch-path "$scratch" "$@"
}

# watched WHAT LOG COMMAND... : COMMAND with its output in LOG, never on a terminal: SwiftPM compiles everything anew when the
# colours of a terminal come or go. Meanwhile a line says how far it is.
watched() {
  local what=$1 log=$2 reporter status=0
  shift 2
  mkdir -p "$(dirname "$log")"
  : > "$log"
  report_progress "$what" "$log" $$ > /dev/null &
  reporter=$!
  "$@" >> "$log" 2>&1 < /dev/null || status=$?
  kill "$reporter" 2> /dev/null || true
  wait "$reporter" 2> /dev/null || true
  [ ! -t 2 ] || printf '\r\033[K' >&2
  return $status
}

# On a terminal the line changes every second; elsewhere there is a new one each minute.
report_progress() {
  local what=$1 log=$2 parent=$3 begin=$SECONDS now line
  while sleep 1 && kill -0 "$parent" 2> /dev/null; do
    now=$((SECONDS - begin))
    line="$what: $(progress_of "$log")$now s"
    if [ -t 2 ]; then
      printf '\r\033[K%s: %s' "$ME" "$line" >&2
    elif [ $((now % 60)) = 0 ]; then
      say "$line"
    fi
  done
}

# progress_of LOG: the steps of a build, or the tests that are done.
progress_of() {
  local steps passed failed
  steps=$(grep -aoE '^\[[0-9]+/[0-9]+\]' "$1" | tail -1 | tr -d '[]')
  passed=$(grep -a '^✔ Test ' "$1" | grep -acvE '^✔ Test (run with|case) ')
  failed=$(grep -a '^✘ Test .* failed after' "$1" | grep -acvE '^✘ Test (run with|case) ')
  if [ $((passed + failed)) -gt 0 ]; then
    echo "$passed tests have passed, $failed failed, "
  elif [ -n "$steps" ]; then
    echo "step ${steps%/*} of ${steps#*/}, "
  fi
}

# Modules import only what Package.swift says.
TEST_OPTIONS=(--build-tests --explicit-target-dependency-import-check error)

# run_tests TIME LOG ARGUMENT... : the tests that are built in .build. Sets TESTS_PASSED. Of a failure it shows the lines that
# matter.
run_tests() {
  local limit=$1 log=$2 status=0
  shift 2
  SWIFT_LIMIT=$limit watched "testing" "$log" swift_in .build test --skip-build "$@" || status=$?
  TESTS_PASSED=$(sed -n 's/.*Test run with \([0-9]*\) tests.* passed.*/\1/p' "$log" | tail -1)
  [ $status != 0 ] || [ -z "$TESTS_PASSED" ] || return 0
  grep -aE '^(✘|↳|error:)|Fatal error:|Sanitizer:' "$log" | head -60 >&2
  [ $status != 124 ] || say "the tests were not done after $limit"
  die "tests failed; the whole log is $log"
}

# need_dependency COPY: the tool's one package from elsewhere can be fetched, or there is a copy of it in the folder COPY.
need_dependency() {
  local url said
  [ ! -e "$1" ] || return 0
  url=$(sed -n 's|.*\.package(url: "\([^"]*\)".*|\1|p' Package.swift)
  said=$(GIT_TERMINAL_PROMPT=0 timeout 60 git ls-remote "$url" 2>&1) ||
    die "$url cannot be reached (${said##*$'\n'}); the tool fieldpost is built with it. deploy/run needs the daemon alone, and works without"
}

# build_failed LOG: what went wrong, and where the whole log is.
build_failed() {
  local mistakes
  mistakes=$(grep -aE '^([^ ].*)?(error|warning): ' "$1" | sort -u | head -20 || true)
  if [ -n "$mistakes" ]; then echo "$mistakes" >&2; else tail -20 "$1" >&2; fi
  die "the build failed; the whole log is $1"
}

# How the daemon is shipped: small, with Swift's runtime inside. lld lays it out so that less of it has to be resident;
# packed relocations are a tenth of the size (glibc 2.36, Debian 12, has them). The same bytes come of any directory: its
# name is in no message, and no library is looked for beside the program.
RELEASE_OPTIONS=(-c release --static-swift-stdlib --disable-local-rpath -Xswiftc -Osize
  -Xswiftc -use-ld=lld -Xlinker -z -Xlinker pack-relative-relocs
  -Xswiftc -file-prefix-map -Xswiftc "$PWD=fieldpost" -Xcc "-ffile-prefix-map=$PWD=fieldpost")

# build_daemon: the daemon as it is shipped, stripped. Prints its path.
build_daemon() {
  local built
  built=$(build_release fieldpostd) || exit
  strip -o "$built.stripped" "$built"
  echo "$built.stripped"
}

# build_release PRODUCT: prints its path. The daemon and what tries it need nothing from elsewhere (Package.swift).
build_release() (
  export FIELDPOST_DAEMON_ONLY=1
  log=$LOGS/build-$1
  watched "building $1" "$log" swift_in .build-release build "${RELEASE_OPTIONS[@]}" --product "$1" || build_failed "$log"
  swift_in .build-release build "${RELEASE_OPTIONS[@]}" --product "$1" --show-bin-path | sed "s|\$|/$1|"
)
