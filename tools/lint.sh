#!/usr/bin/env bash
# Style and mistakes: gofmt, vet for every system that we ship to, golangci-lint,
# known vulnerabilities. Usage: tools/lint.sh VERSION TAGS VULN_VERSION
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1 tags=$2 vuln_version=$3

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

# Known holes in what is linked, where the database of the Go project can be reached.
vuln=build/tools/govulncheck-$vuln_version
if [ ! -x "$vuln" ]; then
  echo "building govulncheck $vuln_version (once)"
  GOBIN=$PWD/build/tools GOFLAGS= go install "golang.org/x/vuln/cmd/govulncheck@$vuln_version"
  mv build/tools/govulncheck "$vuln"
fi
echo "govulncheck"
if said=$("$vuln" -tags "$tags" ./... 2>&1); then
  printf '%s\n' "$said" | tail -n 1
elif printf '%s' "$said" | grep -q 'vuln.go.dev'; then
  echo "govulncheck: skipped, its database cannot be reached from here (vuln.go.dev)"
else
  printf '%s\n' "$said" >&2
  exit 1
fi
