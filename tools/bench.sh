#!/usr/bin/env bash
# Measures Keyfob's speed and size, as ratios within one run. KEYFOB_BIN names the folder of the programs.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${KEYFOB_BIN:=$PWD/build/bin}"
export KEYFOB_BIN KEYFOB_BARE=$PWD/build/bench/bare

# The bare window is built as Keyfob's was: its own build record says how.
tags=$(go version -m "$KEYFOB_BIN/keyfob-desktop" | sed -n 's/^\tbuild\t-tags=//p')
CGO_ENABLED=1 go build -tags "$tags" -ldflags '-s -w' -o "$KEYFOB_BARE" ./e2e/bench/bare

# The bare proxy is built as the command line is, whose gateway it stands beside.
ours() { make -s --no-print-directory --eval "print:; @echo \$($1)" print; }
read -ra lean < <(ours LEAN)
CGO_ENABLED=0 go build -tags "$(ours CLITAGS)" "${lean[@]}" -ldflags '-s -w' -o build/bench/bare-proxy ./e2e/bench/bare-proxy

go test -run '^$' -bench . -benchtime 1x -timeout 20m ./e2e
