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

# The pure packages: all but those that need a window system to compile.
pure=$(go list ./... | grep -Ev '^keyfob$|/e2e/bench/bare$')
echo "vet: linux"
go vet -tags "$tags" ./...
for system in windows darwin; do
  echo "vet: $system"
  # systray needs Objective-C on macOS, so the tray is vetted there only on a Mac.
  # shellcheck disable=SC2086
  GOOS=$system CGO_ENABLED=0 go vet -tags "$tags" $(echo "$pure" | if [ $system = darwin ]; then grep -v '/ui/tray'; else cat; fi)
done

lint=build/tools/golangci-lint-$version
if [ ! -x "$lint" ]; then
  echo "building golangci-lint $version (once)"
  GOBIN=$PWD/build/tools GOFLAGS= go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
  mv build/tools/golangci-lint "$lint"
fi
echo "golangci-lint"
"$lint" run --build-tags "$tags" ./...
