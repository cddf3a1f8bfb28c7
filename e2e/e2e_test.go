//go:build linux

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"keyfob/e2e/stage"
)

// patience bounds every test: what takes longer is broken, also on a slow machine.
const patience = 2 * time.Minute

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

// keyfob runs the command line, which must end with that exit code, and returns what it printed.
func keyfob(ctx context.Context, t testing.TB, s *stage.Stage, code int, args ...string) stage.Run {
	t.Helper()
	r, err := s.Keyfob(ctx, args...)
	if err != nil {
		t.Fatal(err)
	}
	if r.Code != code {
		t.Fatalf("keyfob %q: exit code %d, want %d\n%s%s", args, r.Code, code, r.Out, r.Err)
	}
	return r
}

// importProfile hands a provider's profile file to Keyfob as an integrator's user would.
func importProfile(ctx context.Context, t testing.TB, s *stage.Stage, p *stage.Provider, id string) {
	t.Helper()
	path := s.Path(fmt.Sprintf("home/%s.json", id))
	if err := os.WriteFile(path, p.Profile(id), 0o600); err != nil {
		t.Fatal(err)
	}
	keyfob(ctx, t, s, 0, "import", "--yes", path)
}
