package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"keyfob/internal/localapi"
)

// needs skips a test where a tool is missing. In make test none is, which installs them, but for the one that Debian
// does not have.
func needs(t *testing.T, tool string) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts other programs")
	}
	if _, err := exec.LookPath(tool); err != nil {
		if os.Getenv("KEYFOB_BIN") != "" && runtime.GOOS == "linux" && tool != "pwsh" {
			t.Fatalf("%s is missing: run tools/setup.sh test", tool)
		}
		t.Skip(tool + " is not there")
	}
}

// home gives a test folders of its own, and an agent with the fake Keeper where the command line looks for one. The
// programs that the test starts find keyfob in their PATH: TestMain is it.
func home(t *testing.T) *fakeKeeper {
	t.Helper()
	dir := shortDir(t)
	for name, folder := range map[string]string{
		"HOME": "home", "XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state", "XDG_RUNTIME_DIR": "run", "TMPDIR": "tmp",
	} {
		path := filepath.Join(dir, folder)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv(name, path)
	}
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	run := filepath.Join(dir, "run", "keyfob")
	if err := os.Mkdir(run, 0o700); err != nil {
		t.Fatal(err)
	}
	listener, err := localapi.Listen(filepath.Join(run, "agent.sock"))
	if err != nil {
		t.Fatal(err)
	}
	k := newFakeKeeper()
	ctx, cancel := context.WithCancel(context.Background())
	server := localapi.NewServer(localapi.Options{Keeper: k, Hub: k, Agent: k.Snapshot().Agent, Stop: cancel,
		Access: newAccess(run)})
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		k.provider.Close()
	})
	return k
}

// site is an https server that notes how requests show who they are, and answers those alone that show the token.
type site struct {
	*httptest.Server

	host string
	ca   string // a file with its certificate

	mu   sync.Mutex
	seen []string // Authorization headers
}

// newSite serves h behind a check for one of two headers. Every tool of the test trusts its certificate.
func newSite(t *testing.T, h http.Handler) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, basic := r.BasicAuth()
		s.mu.Lock()
		s.seen = append(s.seen, r.Header.Get("Authorization"))
		s.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer "+canary && (!basic || password != canary) {
			w.Header().Set("WWW-Authenticate", `Basic realm="site"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	s.host = s.Listener.Addr().String()
	s.ca = filepath.Join(t.TempDir(), "ca.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(s.ca, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"} {
		t.Setenv(name, s.ca)
	}
	return s
}

// authorized are the requests that showed the token.
func (s *site) authorized() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, header := range s.seen {
		if header != "" {
			n++
		}
	}
	return n
}

// tool runs a program and returns what it printed; a program that fails ends the test.
func tool(t *testing.T, dir string, argv ...string) string {
	t.Helper()
	out, said, err := try(t, dir, argv...)
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", argv, err, out, said)
	}
	return out
}

func try(t *testing.T, dir string, argv ...string) (out, said string, err error) {
	t.Helper()
	const patience = 2 * time.Minute
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = dir
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

// lines are the lines of a text that are not empty, without the spaces around them.
func lines(text string) (all []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}
