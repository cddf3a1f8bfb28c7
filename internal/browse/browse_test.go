package browse

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"keyfob/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// opener puts a script named xdg-open into a folder, and makes PATH consist of the folders given.
func opener(t *testing.T, dir, script string, path ...string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("other systems have no opener in PATH")
	}
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", strings.Join(path, ":"))
}

func TestOpenGivesTheWholeURLToTheOpener(t *testing.T) {
	dir := t.TempDir()
	got := filepath.Join(dir, "got")
	opener(t, dir, `printf %s "$#:$1" >`+got+"\necho chatter; echo more >&2\n", dir, "/bin", "/usr/bin")
	const link = "https://acme.example/authorize?a=1&b=$(touch%20x);c='d'#e"
	if err := Open(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(got); err != nil || string(b) != "1:"+link {
		t.Fatalf("the opener got %q, %v", b, err)
	}
}

func TestOpenSaysThatTheOpenerFailed(t *testing.T) {
	dir := t.TempDir()
	opener(t, dir, "exit 3\n", dir, "/bin")
	if err := Open(t.Context(), "https://acme.example/"); fault.CodeOf(err) != fault.BrowserFailed {
		t.Fatalf("got %v", err)
	}
}

func TestOpenSaysThatThereIsNoOpener(t *testing.T) {
	opener(t, t.TempDir(), "", t.TempDir())
	if err := Open(t.Context(), "https://acme.example/"); fault.CodeOf(err) != fault.BrowserFailed {
		t.Fatalf("got %v", err)
	}
}

func TestF19AHangingOpenerDoesNotHoldTheCaller(t *testing.T) {
	dir := t.TempDir()
	started, hold := filepath.Join(dir, "started"), filepath.Join(dir, "hold")
	opener(t, dir, "mkfifo "+hold+"; echo yes >"+started+"; cat "+hold+"\n", dir, "/bin", "/usr/bin")
	if out, err := exec.Command("mkfifo", started).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Open(ctx, "https://acme.example/") }()
	if _, err := os.ReadFile(started); err != nil { // it waits for the opener to write
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if err := os.WriteFile(hold, nil, 0); err != nil { // lets the opener end
		t.Fatal(err)
	}
}

// TestA68 plants an opener in the working folder, with a PATH that names that folder as people do.
func TestA68TheWorkingFolderIsNotSearched(t *testing.T) {
	dir := t.TempDir()
	ran := filepath.Join(dir, "ran")
	opener(t, dir, "touch "+ran+"\n", "", ".", t.TempDir())
	t.Chdir(dir)
	if err := Open(t.Context(), "https://acme.example/"); fault.CodeOf(err) != fault.BrowserFailed {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Fatal("the planted opener ran")
	}
}

func TestA23Check(t *testing.T) {
	for _, good := range []string{
		"https://acme.example", "https://acme.example:8443/a?b=c%20d", "http://127.0.0.1:17180/authorize", "http://[::1]:1/",
		"http://localhost:1/",
	} {
		if err := Check(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "acme.example", "javascript:alert(1)", "file:///etc/passwd", `\\host\share`, "//host/share", "-x", "--help",
		"https://", "https:acme.example", "http://acme.example/", "http://127.0.0.1.acme.example/",
		"https://u:p@acme.example/",
		"https://acme.example/ x", "https://acme.example/\x00", "https://acme.example/\nx", "https://acme.example/é",
		`https://acme.example/"&calc`, "https://acme.example/" + strings.Repeat("a", longest), "mailto:a@acme.example",
		"ms-settings:", "HTTPS//acme.example",
	} {
		err := Check(bad)
		if err == nil {
			t.Errorf("%q passed", bad)
		} else if len(bad) > 3 && strings.Contains(err.Error(), bad) {
			t.Errorf("the error repeats %q", bad)
		}
		if err := Open(t.Context(), bad); fault.CodeOf(err) != fault.BrowserFailed {
			t.Errorf("Open(%q): %v", bad, err)
		}
	}
}
