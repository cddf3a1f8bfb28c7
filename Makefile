# Keyfob. `make run` opens it on a demo; `make test` runs every test. Both install what they need and say so.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
OUT     := build
BIN     := $(OUT)/bin
DIST    := $(OUT)/dist

# Where Go is older than go.mod asks, tools/setup.sh puts one here.
export PATH := $(CURDIR)/build/toolchain/bin:$(PATH)

# One set of flags for everything: another set would build the C of the window toolkit again (minutes).
export GOFLAGS := -trimpath -buildvcs=false
LDFLAGS := -s -w -X keyfob/internal/version.Version=$(VERSION)
TAGS    := no_emoji,no_metadata

DESKTOP := $(BIN)/keyfob-desktop
CLI     := $(BIN)/keyfob
GO_FILES := $(shell git ls-files '*.go' '*.mod' '*.sum' 'assets/*' 2>/dev/null)

LINT_VERSION := v2.15.0
VULN_VERSION := v1.9.0
PREFIX  ?= $(HOME)/.local

.PHONY: help run test soak fuzz lint build man errors install uninstall windows house outdated bench clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

build: $(DESKTOP) $(CLI) ## both programs, into build/bin

$(DESKTOP): $(GO_FILES)
	@tools/setup.sh build
	@echo "building the desktop program (the first time takes some minutes)"
	CGO_ENABLED=1 go build -tags $(TAGS) -ldflags '$(LDFLAGS)' -o $@ .

$(CLI): $(GO_FILES)
	CGO_ENABLED=0 go build -tags $(TAGS) -ldflags '$(LDFLAGS)' -o $@ ./cmd/keyfob

run: build ## open Keyfob on the demo; without a display, on a virtual one with a real browser
	@tools/run.sh $(BIN)

test: build ## every test, whole-program ones included
	@tools/setup.sh test
	@echo "building and running the tests (some minutes; the first time, more)"
	KEYFOB_BIN=$(abspath $(BIN)) go test -race -tags $(TAGS) -timeout 30m ./...
	@echo "feeding the fuzz targets, briefly"
	@FUZZTIME=2000x tools/fuzz.sh $(TAGS)

soak: build ## what takes long: two hundred kills, a hundred rounds of ten processes
	@tools/setup.sh test
	KEYFOB_SOAK=1 KEYFOB_BIN=$(abspath $(BIN)) go test -race -tags $(TAGS) -timeout 2h -v \
	  -run F25\|F26 ./e2e ./internal/session

fuzz: ## every fuzz target for a minute; FUZZTIME=10m make fuzz for longer
	@tools/setup.sh build
	@tools/fuzz.sh $(TAGS)

lint: ## gofmt, vet for all three systems, golangci-lint, govulncheck
	tools/lint.sh $(LINT_VERSION) $(TAGS) $(VULN_VERSION)

windows: ## both programs for Windows, built here
	@tools/setup.sh windows
	GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc CGO_LDFLAGS='-l:libssp.a' \
	  go build -tags $(TAGS) -ldflags '$(LDFLAGS) -H windowsgui' -o $(DIST)/windows/keyfob-desktop.exe .
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go build -tags $(TAGS) -ldflags '$(LDFLAGS)' -o $(DIST)/windows/keyfob.exe ./cmd/keyfob

house: ## the shape of the code: large types, tied files, long functions, branches on kinds
	@go run ./tools/house

outdated: ## modules that have a newer version
	@tools/outdated.sh

bench: build ## speed and size, as ratios within one run
	@tools/setup.sh bench
	KEYFOB_BIN=$(abspath $(BIN)) tools/bench.sh

man: ## the manual pages, from what --help shows, into build/man
	@mkdir -p $(OUT)/man
	KEYFOB_MAN=$(abspath $(OUT)/man) go test -tags $(TAGS) -count=1 -run '^TestManual$$' ./cmd/keyfob

errors: ## docs/errors.md, from the texts of the program
	KEYFOB_WRITE=1 go test -tags $(TAGS) -count=1 -run '^TestErrorsPage$$' ./docs

install: build man ## for the current user: both programs, desktop file, icon, manual, completion of shells
	tools/install.sh $(BIN) "$(PREFIX)"

uninstall: ## what install put there
	tools/install.sh --remove "$(PREFIX)"

clean: ## everything that was built
	rm -rf $(OUT)
