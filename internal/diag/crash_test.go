package diag

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"keyfob/internal/secret"
)

// crash is what the child does: it says what limits it, and panics with a typed secret, or with what the test gives.
func crash(path string) {
	NoCore()
	if _, _, err := Open(path); err != nil {
		panic(err)
	}
	fmt.Println(coreLimit())
	if text := os.Getenv("DIAG_PANIC"); text != "" {
		panic(errors.New(text))
	}
	held := secret.New("canary-in-a-crash")
	panic(fmt.Sprintf("crash with %v", held))
}

// crashed has a child crash with its log in dir, and returns what it printed and what its crash text says.
func crashed(t *testing.T, dir, text string) (printed, crash string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "DIAG_CRASH="+filepath.Join(dir, "keyfob.log"), "DIAG_PANIC="+text, "GOTRACEBACK=crash")
	out, err := cmd.Output()
	if err == nil {
		t.Fatal("it did not crash")
	}
	left, err := os.ReadFile(filepath.Join(dir, "crash.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(out), string(left)
}

func TestA65ACrashLeavesItsTextAndNoSecret(t *testing.T) {
	dir := t.TempDir()
	printed, text := crashed(t, dir, "")
	if !strings.Contains(text, "crash with [redacted]") || strings.Contains(text, "canary") {
		t.Errorf("the crash text:\n%s", text)
	}
	if wantNoCore && printed != "1\n" {
		t.Errorf("the system may write %q bytes of memory to the disk", printed)
	}
	if cores, _ := filepath.Glob(filepath.Join(dir, "core*")); len(cores) > 0 {
		t.Errorf("it left %q", cores)
	}
}

// TestA65TheCrashTextIsCleanedAtTheNextStart: what a library panics with may quote what it was given.
func TestA65TheCrashTextIsCleanedAtTheNextStart(t *testing.T) {
	dir := t.TempDir()
	_, before := crashed(t, dir, `cannot parse {"refresh_token":"canary-one"}`)
	if !strings.Contains(before, "canary-one") {
		t.Fatalf("the crash text does not say why:\n%s", before)
	}
	_, after := crashed(t, dir, "second")
	if strings.Contains(after, "canary") || !strings.Contains(after, "panic: cannot parse {") ||
		!strings.Contains(after, "panic: second") {
		t.Errorf("the crash text:\n%s", after)
	}
	stack := before[strings.Index(before, "goroutine "):]
	if !strings.Contains(after, stack) {
		t.Errorf("cleaning spoiled the stack:\n%s\nwas:\n%s", after, stack)
	}
}

func TestTheCrashTextIsBounded(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "crash.txt")
	if err := os.WriteFile(path, bytes.Repeat([]byte("word "), megabytes<<18), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, text := crashed(t, dir, "new"); len(text) > megabytes<<20 || !strings.Contains(text, "panic: new") {
		t.Errorf("%d bytes", len(text))
	}
}
