package diag

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJl"

func TestMain(m *testing.M) {
	if path := os.Getenv("DIAG_CRASH"); path != "" {
		if _, _, err := Open(path); err != nil {
			panic(err)
		}
		held := secret.New("canary-in-a-crash")
		panic(fmt.Sprintf("crash with %v", held))
	}
	// lumberjack's own sweeper lives as long as the program.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun"))
}

func TestSecretsDoNotReachTheLog(t *testing.T) {
	var out bytes.Buffer
	log := New(&out)
	log.Info("typed", "refresh", secret.New("canary-typed"))
	log.Info("library said " + jwt) // the message itself
	log.Warn("x", "error", errors.New("Post https://a/?code=canary-code&state=canary-state: refused"))
	log.Warn("x", "error", fmt.Errorf("outer: %w", errors.New(`{"refresh_token":"canary-json","x":1}`)))
	said := errors.New("v1.canary-auth0-refresh-token-long")
	log.Warn("x", "error", fault.New(fault.Offline, "host", "acme.example").Because(said))
	log.With("bound", jwt).WithGroup("g").Info("x", "inner", "client_secret=canary-secret&a=b")
	log.Info("x", "list", []string{"a", jwt}, "map", map[string]any{"m": "Bearer canary-0123456789"})
	log.Info("x", "bytes", []byte(jwt), "struct", struct{ A, b any }{secret.New("canary"), jwt})
	log.Info("x", "body", fmt.Sprintf("%q", `{"refresh_token": "canary-quoted"}`), "q", "return=%3Fcode%3Dcanary")
	log.Info("x", "form", "device_code=canary&user_code=canary", "header", "Authorization: basic Y2FuYXJ5Y2FuYXJ5")
	log.Info("x", "nothing", (*fault.Error)(nil), "nil", nil)
	for _, leak := range []string{"canary", "eyJ", "c2lnbmF0dXJl", "Y2FuYXJ5"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q is in the log:\n%s", leak, out.String())
		}
	}
	if got := strings.Count(out.String(), "\n"); got != 11 {
		t.Errorf("%d lines", got)
	}
}

func TestCleanLeavesWhatHelps(t *testing.T) {
	for in, want := range map[string]string{
		"dial tcp 127.0.0.1:17171: connect: connection refused": "",
		"client q3RzVb0aM2h7Xk9sJ4tL8wY1cN6uE5pD":               "",
		"/home/jane/.local/state/keyfob/keyfob.log":             "",
		"status_code 403":             "",
		"token_type: bearer, not mac": "",
		"a\r\nb\x1b[31mc":             "a  b [31mc",
		"https://a/?code=x&b=c":       "https://a/?code=[redacted]&b=c",
		strings.Repeat("word ", 1000): strings.Repeat("word ", 1000)[:longest] + "…",
	} {
		if want == "" {
			want = in
		}
		if got := Clean(in); got != want {
			t.Errorf("Clean(%.40q) = %.80q", in, got)
		}
	}
}

func TestTheLogIsBoundedAndOurs(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "keyfob.log")
	if err := errors.Join(os.WriteFile(path, nil, 0o644), os.Chmod(path, 0o644)); err != nil { // A67: repaired
		t.Fatal(err)
	}
	log, file, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	fill := func() { // a little more than one file
		for range megabytes << 10 {
			log.Info(strings.Repeat("word ", 205))
		}
	}
	for range backups + 2 {
		fill()
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	// The library sweeps beside us; it has until the test's own deadline.
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for files := logs(t, dir); len(files) != backups+1; files = logs(t, dir) {
		<-tick.C
	}
	for _, f := range logs(t, dir) {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > megabytes<<20 {
			t.Errorf("%s has %d bytes", f, info.Size())
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v", f, info.Mode())
		}
	}
}

func logs(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "keyfob*.log"))
	if err != nil || len(files) < 2 {
		t.Fatalf("not rotated: %v, %v", files, err)
	}
	return files
}

func TestOpenSaysWhereItCannotWrite(t *testing.T) {
	_, _, err := Open(filepath.Join(t.TempDir(), "missing", "keyfob.log"))
	if f := fault.Of(err); f.Code != fault.DiskTrouble || !strings.Contains(f.Args["path"], "missing") {
		t.Fatalf("got %v", err)
	}
}

func TestACrashLeavesItsTextAndNoSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keyfob.log")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "DIAG_CRASH="+path)
	if err := cmd.Run(); err == nil {
		t.Fatal("it did not crash")
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(path), "crash.txt"))
	if err != nil || !strings.Contains(string(text), "crash with [redacted]") || strings.Contains(string(text), "canary") {
		t.Fatalf("%v: %s", err, text)
	}
}
