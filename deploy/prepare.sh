# prepare.sh - sourced by deploy/run, deploy/test and Tests/Board/run: what a fresh machine lacks.

# What the daemon is built from and what it is tried with.
BUILD_PACKAGES="libmosquitto-dev libgpiod-dev libi2c-dev libyaml-dev pkg-config git ca-certificates"
BROKER_PACKAGES="mosquitto mosquitto-clients jq"

say() { echo "$(basename "$0"): $*" >&2; }
die() { say "$*"; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo > /dev/null; then sudo "$@"
  else die "needs root to install packages: run as root: $*"; fi
}

# need PACKAGE... : installs the Debian packages that are missing.
need() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q '^install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return 0
  command -v apt-get > /dev/null || die "please install: ${missing[*]} (this is not a Debian with apt-get)"
  say "installing ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq < /dev/null > /dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    < /dev/null > /dev/null
}

# Debian 13 has Swift as a package; elsewhere it comes from swift.org.
need_swift() {
  command -v swift > /dev/null && return 0
  if command -v apt-cache > /dev/null; then
    as_root apt-get update -qq < /dev/null > /dev/null
    [ -n "$(apt-cache search --names-only '^swiftlang$')" ] && { need swiftlang g++ libc6-dev; return 0; }
  fi
  die "Swift 6.0 or later is needed and this Debian has no package of it: install it from https://www.swift.org/install/linux/ and put its usr/bin on the PATH"
}

# free_port: a loopback port that nobody listens on, and that the kernel gives to no outgoing connection (from 32768 on): it
# would be in use for a minute after that, and a broker that returns could not have it.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null || { echo "$port"; return; }
  done
}

# start_broker DIRECTORY: a private mosquitto on a free loopback port, which drops nothing that a slow subscriber has yet
# to take. Sets BROKER_PORT and BROKER_PID.
start_broker() {
  local attempt
  for attempt in 1 2 3; do
    BROKER_PORT=$(free_port)
    printf 'listener %s 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n' "$BROKER_PORT" > "$1/broker.conf"
    PATH=$PATH:/usr/sbin mosquitto -c "$1/broker.conf" > "$1/broker.log" 2>&1 &
    BROKER_PID=$!
    for _ in $(seq 100); do
      (: < "/dev/tcp/127.0.0.1/$BROKER_PORT") 2> /dev/null && return 0
      kill -0 "$BROKER_PID" 2> /dev/null || break
      sleep 0.1
    done
    kill "$BROKER_PID" 2> /dev/null || true
  done
  die "the broker does not start: $(cat "$1/broker.log")"
}

# How the daemon is shipped: small, with Swift's runtime inside. lld lays it out so that less of it has to be resident;
# packed relocations are a tenth of the size (glibc 2.36, Debian 12, has them). The same bytes come of any directory: its
# name is in no message, and no library is looked for beside the program.
RELEASE_OPTIONS=(-c release --static-swift-stdlib --disable-local-rpath -Xswiftc -Osize
  -Xswiftc -use-ld=lld -Xlinker -z -Xlinker pack-relative-relocs
  -Xswiftc -file-prefix-map -Xswiftc "$PWD=fieldpost" -Xcc "-ffile-prefix-map=$PWD=fieldpost")

# build_daemon: the daemon as it is shipped, stripped. Prints its path.
build_daemon() {
  local options=("${RELEASE_OPTIONS[@]}" --scratch-path .build-release --product fieldpostd)
  # In $(build_daemon) a failure would not end the script, and an older daemon would be tried instead.
  swift build "${options[@]}" >&2 || die "the build failed"
  local built
  built=$(swift build "${options[@]}" --show-bin-path)/fieldpostd
  strip -o "$built.stripped" "$built"
  echo "$built.stripped"
}
