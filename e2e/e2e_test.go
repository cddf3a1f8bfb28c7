//go:build linux

package e2e

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"keyfob/e2e/stage"
)

// patience bounds every test: what takes longer is broken, also on a slow machine.
const patience = 3 * time.Minute

// folder finds a folder below the project's root, or takes it from the environment.
func folder(variable, below string) string {
	if dir := os.Getenv(variable); dir != "" {
		return dir
	}
	dir, err := filepath.Abs(filepath.Join("..", below))
	if err != nil {
		panic(err)
	}
	return dir
}

// open stands a desktop up for one test.
func open(t testing.TB, o stage.Options) (context.Context, *stage.Stage) {
	t.Helper()
	o.Bin = folder("KEYFOB_BIN", "build/bin")
	o.Screens = folder("KEYFOB_SCREENS", "build/screens")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	s, err := stage.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.Logs())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return ctx, s
}

// programs fails with advice where the programs are not built.
func programs(t testing.TB) {
	t.Helper()
	for _, name := range []string{"keyfob", "keyfob-desktop"} {
		path := filepath.Join(folder("KEYFOB_BIN", "build/bin"), name)
		if _, err := os.Stat(path); err != nil {
			t.Fatalf("%s is not built: run `make build`", path)
		}
	}
}

// must returns v, or ends the test.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
