#!/usr/bin/env bash
# Brings what Keyfob's make targets need, and says what it installs and why. Says nothing when all is there.
#
#   tools/setup.sh GROUP...
#
#   build    a C compiler and the headers of OpenGL, X11 and Wayland, for the window; Go, where Debian's is too old
#   run      a display, a session bus, a keychain and a browser, for machines that have none (`make run` over SSH)
#   test     build, run, the provider that the whole-program tests sign in at (Node and one npm package), the tools that
#            the tests give tokens to: kubectl, shells, what reads manual pages, and Postman's runner (npm: 66 MB); and
#            two more keychains: KeePassXC and KWallet
#   bench    test, and what is measured beside: nginx, unpacked into build/nginx so that no service is installed; and
#            oidc-token, where Debian has it
#   windows  the cross compiler for the Windows build
#
# On Debian and its kin it installs packages (with sudo, unless it runs as root); elsewhere it says what to install.
# A group that was found complete leaves a stamp in build/setup and is not looked at again until this file changes.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly go_version=1.26.8 # at least what go.mod asks for
readonly provider=e2e/provider
readonly clients=e2e/clients
readonly stamps=build/setup
updated=

main() {
  [[ $# -gt 0 ]] || usage
  for group; do
    case $group in
      build | run | test | bench | windows) once "$group" ;;
      *) usage ;;
    esac
  done
}

usage() {
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

# once runs a group's set-up unless this very set-up has been completed before.
once() {
  local stamp want
  stamp=$stamps/$1
  want=$(cat "$0" "$provider/package-lock.json" "$clients/package-lock.json" | cksum)
  if [[ -f $stamp && $(<"$stamp") == "$want" ]]; then return; fi
  "set_up_$1"
  mkdir -p "$stamps"
  printf '%s\n' "$want" >"$stamp"
}

set_up_build() {
  case $(uname -s) in
    Linux)
      packages 'to build the window (C compiler, headers of OpenGL, X11 and Wayland)' \
        gcc libc6-dev libgl1-mesa-dev xorg-dev libxkbcommon-dev libwayland-dev pkg-config
      newer_go
      ;;
    Darwin)
      have go || fail 'Go is missing. Install it from https://go.dev/dl/ and try again.'
      xcode-select -p >/dev/null 2>&1 || fail "The compiler is missing. Run 'xcode-select --install' and try again."
      ;;
    *) say 'Needed here: Go (https://go.dev/dl/) and a C compiler in the PATH, such as gcc of https://www.msys2.org' ;;
  esac
}

set_up_run() {
  only_linux 'The virtual display is for Linux; here the program runs on your own screen.' || return 0
  packages 'for a display, a session bus and a keychain on a machine without them' \
    xvfb openbox libgl1 libgl1-mesa-dri dbus gnome-keyring libsecret-tools fonts-dejavu-core
  have chromium || have chromium-browser || have google-chrome ||
    packages 'to sign in with a real browser' chromium chromium-sandbox
}

set_up_test() {
  only_linux 'The whole-program tests are for Linux; the others need nothing more.' || return 0
  once build
  once run
  have npm || packages 'to install the OpenID provider that the tests sign in at, and the runner of Postman' npm
  node_modules
  have kubectl || packages 'to give the real kubectl a token' kubernetes-client
  packages 'to give tokens to the real tools, complete in real shells and check the manual' \
    git curl python3 zsh fish man-db groff-base
  packages 'to keep secrets in other keychains, KeePassXC and KWallet, and to answer their questions' \
    keepassxc libkf5wallet-bin xdotool
}

set_up_bench() {
  only_linux 'What is measured here is for Linux.' || return 0
  once test
  have nginx || [[ -x build/nginx/usr/sbin/nginx ]] || unpack nginx 'to measure the gateway beside it'
  have oidc-token || (packages 'to measure keyfob token beside oidc-token' oidc-agent-cli) ||
    say 'Without oidc-agent-cli its row is skipped.'
}

# unpack PACKAGE REASON puts a Debian package's files into build/PACKAGE. Installed, it would start a service.
unpack() {
  have apt-get || fail "This is not Debian or its kin. Needed $2: $1"
  say "Fetching $1 into build/$1, not installed: $2"
  update
  mkdir -p "build/$1"
  (cd "build/$1" && apt-get download -qq "$1" && dpkg-deb -x "$1"_*.deb .) >build/apt.log 2>&1 </dev/null || apt_failed "$1"
}

set_up_windows() {
  only_linux 'Build on Windows itself, or on Linux.' || return 0
  packages 'to build the window for Windows' gcc-mingw-w64-x86-64
}

# packages REASON NAME... installs the Debian packages that are not installed.
packages() {
  local reason=$1 missing=() name
  shift
  have dpkg-query || fail "This is not Debian or its kin. Needed $reason; Debian calls the packages: $*"
  for name; do
    installed "$name" || missing+=("$name")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  say "Installing ${missing[*]}: $reason"
  may_install || fail "That needs root. Run this as root, then try again: apt-get install ${missing[*]}"
  update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" \
    >build/apt.log 2>&1 </dev/null || apt_failed "${missing[*]}"
}

installed() {
  [[ $(dpkg-query -W -f='${Status}' "$1" 2>/dev/null || true) == 'install ok installed' ]]
}

# update refreshes the package lists, once a run. Old lists are often good enough, so a failure is not the end.
update() {
  [[ -z $updated ]] || return 0
  updated=yes
  mkdir -p build
  as_root apt-get update -qq >build/apt.log 2>&1 </dev/null || say 'The package lists could not be refreshed (offline?).'
}

apt_failed() {
  tail -n 5 build/apt.log >&2
  fail "The packages could not be installed. When the network is back, try again, or run: apt-get install $1"
}

# may_install lets sudo ask, or say why not, where a person sees it: what apt says goes to a log.
may_install() { [[ $(id -u) == 0 ]] || { have sudo && sudo true; }; }

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

# newer_go makes build/toolchain a Go that is new enough. From 1.21 on, Go fetches the version of go.mod by itself.
# An older one can still download it as the module that it is, checked against Go's checksum database.
newer_go() {
  local minor module dir
  have go || packages 'to fetch the current Go' golang-go
  minor=$(go env GOVERSION | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  [[ ${minor:-99} -lt 21 ]] || return 0
  packages 'to trust the server that Go comes from' ca-certificates
  say "Fetching Go $go_version: this machine's is older than 1.21"
  module=golang.org/toolchain@v0.0.1-go$go_version.$(go env GOOS)-$(go env GOARCH)
  dir=$(cd / && GOFLAGS=-modcacherw go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p') ||
    fail "Go $go_version could not be fetched (offline?). Try again, or install it from https://go.dev/dl/"
  chmod +x "$dir"/bin/* "$dir"/pkg/tool/*/*
  [[ ! -f $dir/src/_go.mod ]] || cp "$dir/src/_go.mod" "$dir/src/go.mod"
  mkdir -p build
  ln -sfn "$dir" build/toolchain
}

# node_modules installs the npm packages, and for the provider a Node of its own where the machine's is too old.
node_modules() {
  local omit=()
  if [[ $(node_major) -ge 20 ]]; then
    omit=(--omit=optional)
  else
    say 'Fetching Node 22: the one of this machine is missing or older than 20'
  fi
  locked "$provider" "${omit[@]}"
  locked "$clients"
}

# locked FOLDER [OPTION...] installs exactly what the package-lock.json there names.
locked() {
  local folder=$1
  shift
  mkdir -p build
  (cd "$folder" && npm ci --ignore-scripts "$@") >build/npm.log 2>&1 </dev/null || npm_failed
}

node_major() {
  local version=v0
  if have node; then version=$(node --version); fi
  version=${version#v}
  printf '%s\n' "${version%%.*}"
}

npm_failed() {
  tail -n 5 build/npm.log >&2
  fail 'The npm packages of the tests could not be installed (offline?). See build/npm.log, and try again.'
}

only_linux() {
  [[ $(uname -s) == Linux ]] || { say "$1" && return 1; }
}

have() { command -v "$1" >/dev/null 2>&1; }
say() { printf 'keyfob: %s\n' "$*" >&2; }
fail() { say "$*" && exit 1; }

main "$@"
