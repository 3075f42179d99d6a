# shellcheck shell=bash disable=SC2034
# prepare.sh - sourced by the scripts of deploy/ and Tests/: their words, what a fresh machine lacks, how fieldpost is built.

# The packages that the daemon is built from, and those that it is tried with.
BUILD_PACKAGES=(libmosquitto-dev libgpiod-dev libi2c-dev libyaml-dev pkg-config git ca-certificates)
BROKER_PACKAGES=(mosquitto mosquitto-clients jq)

. deploy/words.sh
. deploy/apt.sh
. deploy/build.sh

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
  for _ in 1 2 3; do
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
