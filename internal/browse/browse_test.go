package browse

import (
	"context"
	"errors"
	"net"
	"net/url"
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

func TestA23OnlyAPlainAddressIsOpened(t *testing.T) {
	dir := t.TempDir()
	ran := filepath.Join(dir, "ran")
	if runtime.GOOS == "linux" {
		opener(t, dir, "touch "+ran+"\n", dir, "/bin", "/usr/bin")
	}
	exact := "https://acme.example/" + strings.Repeat("a", longest-len("https://acme.example/"))
	for _, good := range []string{
		"https://acme.example", "https://acme.example:8443/a?b=c%20d", "http://127.0.0.1:17180/authorize",
		"http://[::1]:1/", "http://localhost:1/", "http://LocalHost/", "https://acme.example/-x",
		"HTTPS://acme.example/", exact,
	} {
		if err := Check(good); err != nil {
			t.Errorf("%.80s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", " ", "acme.example", "/authorize", "HTTPS//acme.example", "https:acme.example", "https:/acme.example",
		"javascript:alert(1)", "JavaScript://acme.example/%0aalert(1)", "file:///etc/passwd", "file://host/share", "FILE:x",
		"data:text/html,x", "mailto:a@acme.example", "ms-settings:", "vbscript:x", "smb://host/share", "ftp://127.0.0.1/",
		`\\host\share`, "//host/share", `https:\\host\share`, `\\?\C:\x`, `C:\x`, "C:/x", "-x", "--help",
		"-https://acme.example",
		"https://", "https:///x", "https://:443/", "https://[::1", "https://acme.example:x/",
		"http://acme.example/", "http://127.0.0.1.acme.example/", "http://localhost.acme.example/", "http://localhost./",
		"http://127.1/", "http://2130706433/", "http://0.0.0.0/", "http://[::1%25lo]/", "http://10.0.0.1/",
		"https://u:p@acme.example/", "https://u@acme.example/", "https://@acme.example/",
		"https://acme.example\\@evil.example/",
		" https://acme.example/", "https://acme.example/ x", "https://acme.example/ ", "https://acme.example/\t",
		"https://acme.example/\x00", "https://acme.example\x00.evil.example/",
		"https://acme.example/\nx", "https://acme.example/\r",
		"https://acme.example/\x7f", "https://acme.example/é", "https://acme.example/\u202e", "https://acme.example/\xff",
		"https://ácme.example/", "https://%D0%B0cme.example/", "https://[fe80::1%25\u202e]/",
		`https://acme.example/"&calc`, "https://acme.example/`id`", "https://acme.example/|x", "https://acme.example/^&x",
		"https://acme.example/<x>", "https://acme.example/{x}", exact + "a",
	} {
		err := Check(bad)
		if err == nil {
			t.Errorf("%.80q passed", bad)
		} else if len(bad) > 3 && strings.Contains(err.Error(), bad) {
			t.Errorf("the error repeats %q", bad)
		}
		f := fault.Of(Open(t.Context(), bad))
		if f == nil || f.Code != fault.BrowserFailed || len(bad) > 3 && strings.Contains(f.Detail, bad) {
			t.Errorf("Open(%.80q): %v", bad, f)
		}
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the opener ran")
	}
}

// FuzzCheck: what passes is one word that begins with its scheme, whatever reads it.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		"https://acme.example/a?b=c", "http://127.0.0.1:1/", "http://localhost", "https://[fe80::1%25a]/", "javascript:x",
		"-x", `\\a\b`, "https://%D0%B0/", "https://u@h/", "https:h", "https://a:1:2/", "http://[::ffff:127.0.0.1]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if Check(raw) != nil {
			return
		}
		lower := strings.ToLower(raw)
		if len(raw) > longest || strings.ContainsFunc(raw, odd) ||
			!strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "http://") {
			t.Errorf("%q passed", raw)
		}
		u, err := url.Parse(raw)
		if err != nil || u.Hostname() == "" || u.User != nil || strings.Contains(u.Host, "@") {
			t.Errorf("%q passed", raw)
		}
		if u.Scheme == "http" && !strings.EqualFold(u.Hostname(), "localhost") && !net.ParseIP(u.Hostname()).IsLoopback() {
			t.Errorf("%q passed without TLS", raw)
		}
	})
}
