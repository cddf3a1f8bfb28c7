#!/usr/bin/env bash
# Feeds every fuzz target there is, one after the other, and fails on any finding. Usage: tools/fuzz.sh TAGS
#
# FUZZTIME is how long for each: a time (1m, the default) or a number of executions (2000x). What was worth keeping of
# earlier runs lies in Go's cache and is used again; a finding goes to testdata/fuzz of its package, where the tests
# try it for ever after.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly tags=$1 time=${FUZZTIME:-1m}
found=

main() {
  local scratch cache dir
  scratch=$(mktemp -d)
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$scratch'" EXIT
  cache=$(go env GOCACHE)/fuzz
  printf '%-32s %-20s %12s %6s\n' target package executions new
  while read -r dir; do
    package "$dir" "$scratch" "$cache/$(go list "$dir")"
  done < <(folders)
  [[ -z $found ]] || exit 1
}

# folders lists where there are targets. Only these are built: the window's tests take long to link.
folders() {
  go list -tags "$tags" -f '{{$d := .Dir}}{{range .TestGoFiles}}{{$d}}/{{.}}
{{end}}{{range .XTestGoFiles}}{{$d}}/{{.}}
{{end}}' ./... | xargs grep -l '^func Fuzz' | xargs -n 1 dirname | sort -u
}

# package builds the tests of one folder, once for all its targets, and asks them what they have.
package() {
  local dir=$1 scratch=$2 corpus=$3 targets target
  go test -c -fuzz . -tags "$tags" -o "$scratch/fuzz.test" "$dir"
  mkdir -p "$corpus"
  targets=$(cd "$dir" && "$scratch/fuzz.test" -test.list '^Fuzz')
  for target in $targets; do
    feed "$dir" "$target" "$scratch" "$corpus" || found=yes
  done
}

feed() {
  local dir=$1 target=$2 scratch=$3 corpus=$4 failed='' executions new
  (cd "$dir" && "$scratch/fuzz.test" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$time" \
    -test.fuzzminimizetime 100x -test.fuzzcachedir "$corpus") >"$scratch/log" 2>&1 </dev/null || failed=yes
  read -r executions new < <(sed -nE 's/.*execs: ([0-9]+).*new interesting: ([0-9]+).*/\1 \2/p' "$scratch/log" | tail -n 1)
  printf '%-32s %-20s %12s %6s\n' "$target" "${dir#"$PWD/"}" "${executions:-?}" "${new:-?}"
  [[ -z $failed ]] && return
  # Before 1.27 Go's fuzzer may fail when its own time ends (golang/go#75804). A finding says something else.
  [[ $(grep -A 1 -- '^--- FAIL' "$scratch/log" | tail -n 1) == '    context deadline exceeded' ]] && return
  cat "$scratch/log" >&2
  return 1
}

main
