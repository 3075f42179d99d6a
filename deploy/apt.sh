# shellcheck shell=bash
# apt.sh - sourced by prepare.sh: installs the Debian packages that are missing, and says in words what keeps apt from it.

# need [swift] PACKAGE... : installs what is missing of these packages. `swift` is a Swift compiler, wherever it comes from.
need() {
  local missing=() package
  for package in "$@"; do
    if [ "$package" != swift ]; then
      is_installed "$package" || missing+=("$package")
    elif ! has_swift; then
      debian_has_swift || die "$(without_swift)"
      # What the compiler links with is only recommended by its package.
      for part in "${SWIFT_PACKAGES[@]}"; do is_installed "$part" || missing+=("$part"); done
    fi
  done
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

is_installed() { [[ $(dpkg-query -W -f '${Status}' "$1" 2> /dev/null) == 'install ok installed'* ]]; }

SWIFT_PACKAGES=(swiftlang g++ libc6-dev)

has_swift() {
  local version
  version=$(tidily swift --version 2> /dev/null | sed -n 's/.*Swift version \([0-9]*\).*/\1/p')
  [ -n "$version" ] && [ "$version" -ge 6 ]
}

# Debian has Swift 6 from release 13 on. On a fresh machine apt knows no package yet, so the release decides there.
debian_has_swift() {
  local candidate
  candidate=$(LC_ALL=C apt-cache policy swiftlang 2> /dev/null | sed -n 's/.*Candidate: \([0-9]*\).*/\1/p')
  [ "${candidate:-0}" -ge 6 ] && return 0
  [ "$(release ID)" = debian ] && [ "$(release VERSION_ID)" -ge 13 ] 2> /dev/null
}

OS_RELEASE=${OS_RELEASE:-/etc/os-release}
release() { (. "$OS_RELEASE" 2> /dev/null && echo "${!1:-}"); }

without_swift() {
  local found=''
  ! command -v swift > /dev/null || found=" ($(command -v swift) is older)"
  echo "Swift 6.0 or later is needed$found, and $(release PRETTY_NAME) has no package of it: install it from" \
    "https://www.swift.org/install/linux/ and put its usr/bin on the PATH, then start this again"
}

install_packages() {
  command -v apt-get > /dev/null || die "please install ${missing[*]}: this is not a Debian with apt-get"
  become_root || die "these packages are missing, and only root can install them. As root, run this line, then $0 again:
  apt-get update && apt-get install -y --no-install-recommends $*"
  apt_get update || true
  local update=$apt_said unknown=() package
  for package in "$@"; do
    [[ $(LC_ALL=C apt-cache policy "$package") =~ Candidate:\ [^\(] ]] || unknown+=("$package")
  done
  if [ ${#unknown[@]} -gt 0 ]; then
    [ -z "$(unreached "$update")" ] || die_unreached "$update" "${unknown[@]}"
    die "$(release PRETTY_NAME) has no package ${unknown[*]}, which fieldpost is built or tried with"
  fi
  say "installing $*$(size_of "$@")"
  apt_get install -y --no-install-recommends -o APT::Keep-Downloaded-Packages=false "$@" && return 0
  [ -z "$(unreached "$apt_said")" ] || die_unreached "$apt_said" "$@"
  die "apt-get could not install $*: $(grep '^E: ' <<< "$apt_said" | head -3)"
}

# become_root: whether as_root will work. sudo may ask for a password.
become_root() { [ "$(id -u)" = 0 ] || { command -v sudo > /dev/null && { sudo -n true 2> /dev/null || sudo -v; }; }; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# How long another program may keep us waiting, in seconds: a first boot's upgrades take minutes.
APT_PATIENCE=${APT_PATIENCE:-900}

# apt_get ARGUMENT... : what it said is in `apt_said`. On a machine that has just booted another apt is often at work. apt can
# wait for dpkg's lock by itself, but not for that of the lists.
apt_get() {
  local end=$((SECONDS + APT_PATIENCE)) told='' lock
  while :; do
    apt_said=$(as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -q -o Acquire::Retries=1 \
      -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 "$@" < /dev/null 2>&1) && return 0
    lock=$(grep -m1 -E '^E: (Could not get lock|Unable to lock|Unable to acquire the dpkg)' <<< "$apt_said") || return 1
    [ $SECONDS -lt $end ] || die "another program still holds apt's lock after $((APT_PATIENCE / 60)) minutes. apt says: ${lock#E: }"
    [ -n "$told" ] || say "another program is installing packages: waiting until it is done. apt says: ${lock#E: }"
    told=yes
    sleep 2
  done
}

# unreached TEXT: the first line in which apt says that something could not be fetched.
unreached() { grep -m1 -E '^[EW]: (Failed to fetch|Some index files failed)' <<< "$1" | sed 's/^[EW]: //' || true; }

die_unreached() {
  local text=$1
  shift
  die "apt cannot reach Debian's mirror: $(unreached "$text"). fieldpost is built and tried with these packages from there: $*"
}

# size_of PACKAGE... : what apt is going to fetch, and what it takes on the disk.
size_of() {
  local said fetched disk
  said=$(as_root env LC_ALL=C apt-get install --assume-no -o Debug::NoLocking=true --no-install-recommends "$@" < /dev/null 2> /dev/null) || true
  fetched=$(sed -n 's|^Need to get \([^/]*/\)\{0,1\}\(.* [kMG]*B\) of.*|\2|p' <<< "$said")
  disk=$(sed -n 's/^After this operation, \(.* [kMG]*B\) of additional.*/\1/p' <<< "$said")
  [ -z "$fetched" ] || [ -z "$disk" ] || echo " ($fetched to fetch, $disk on the disk)"
}
