#!/usr/bin/env bash
# Opens Keyfob on its demo. Without a display it runs the same program on a virtual one and signs in with a real
# browser, telling each step. Usage: tools/run.sh BIN
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1

has_display() {
  [ "$(uname -s)" != Linux ] || [ -n "${WAYLAND_DISPLAY:-}" ] || [ -n "${DISPLAY:-}" ]
}

if has_display; then
  echo "opening Keyfob on its demo: press Sign in, then choose Jane Doe in the browser"
  exec "$bin/keyfob-desktop" --demo
fi
echo "no display here: the same program runs on a virtual one, and a real browser signs in"
tools/setup.sh run
go build -o build/walk ./e2e/walk
exec build/walk -bin "$bin" -screens build/screens
