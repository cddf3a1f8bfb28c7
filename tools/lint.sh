#!/usr/bin/env bash
# Style and mistakes: gofmt, vet for every system that we ship to, golangci-lint. Usage: tools/lint.sh VERSION TAGS
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1 tags=$2

unformatted=$(git ls-files '*.go' | xargs gofmt -l)
if [ -n "$unformatted" ]; then
  printf 'not gofmt-ed:\n%s\n' "$unformatted" >&2
  exit 1
fi

echo "vet: linux"
go vet -tags "$tags" ./...
# Elsewhere without cgo: all but what needs a window system to compile (and on macOS the window and the tray, which are Objective-C below).
for system in windows darwin; do
  echo "vet: $system"
  export GOOS=$system CGO_ENABLED=0
  go list -e -tags "$tags" ./... | grep -Ev '^keyfob$|/e2e/' | { [ $system = windows ] && cat || grep -v '^keyfob/ui'; } |
    xargs go vet -tags "$tags"
  unset GOOS CGO_ENABLED
done

lint=build/tools/golangci-lint-$version
if [ ! -x "$lint" ]; then
  echo "building golangci-lint $version (once)"
  GOBIN=$PWD/build/tools GOFLAGS= go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
  mv build/tools/golangci-lint "$lint"
fi
echo "golangci-lint"
"$lint" run --build-tags "$tags" ./...
