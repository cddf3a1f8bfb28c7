#!/usr/bin/env bash
# Measures Keyfob's speed and size, as ratios within one run. KEYFOB_BIN names the folder of the programs.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${KEYFOB_BIN:=$PWD/build/bin}"
export KEYFOB_BIN KEYFOB_BARE=$PWD/build/bench/bare

ours() { make -s --no-print-directory --eval "print:; @echo \$($1)" print; }
# The bare window is built as Keyfob's was: its own build record says how.
tags=$(go version -m "$KEYFOB_BIN/keyfob-desktop" | sed -n 's/^\tbuild\t-tags=//p')
CGO_ENABLED=1 go build -tags "$tags" -ldflags "$(ours LDFLAGS)" -o "$KEYFOB_BARE" ./e2e/bench/bare

# What the agent and the command line are measured against, built as the command line is.
for name in bare-agent bare-proxy bare-token hello; do
  CGO_ENABLED=0 go build -trimpath -tags "$(ours TAGS)" -ldflags "$(ours LDFLAGS)" \
    -o "build/bench/$name" "./e2e/bench/$name"
done
# A peer, as its own makers build it. Its go.mod and go.sum pin it, and keep it out of Keyfob's.
CGO_ENABLED=0 go build -C e2e/bench/peers -trimpath -o "$PWD/build/bench/" github.com/int128/kubelogin ||
  echo 'kubelogin cannot be built here (offline?): its row is skipped' >&2

go test -run '^$' -bench . -benchtime 1x -timeout 20m ./e2e
