#!/usr/bin/env bash
# Lists the modules of go.mod of which a newer version is served, and those of which no list could be had. Fyne's newest
# versions are not in the list of the module proxy, so that line is looked at by hand.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly form='{{with .Error}}{{$.Path}}	{{$.Version}}	no list could be had{{else}}{{with .Update}}{{$.Path}}	{{$.Version}}	{{.Version}}{{end}}{{end}}'

mapfile -t modules < <(awk '$1 == "require" && NF == 3 {print $2} /^\t[^ ]+ v/ {print $1}' go.mod | sort -u)
GOFLAGS=-mod=readonly go list -m -u -e -f "$form" "${modules[@]}" 2>/dev/null | sed '/^$/d' | column -t -s $'\t' |
  { grep . || echo 'all modules are at their newest served version'; }
