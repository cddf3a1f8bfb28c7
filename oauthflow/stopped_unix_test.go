//go:build unix

package oauthflow

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"keyfob/internal/secret"
)

// stoppedEnv makes the test binary a program that renews at this token endpoint, and says what came of it.
const stoppedEnv = "KEYFOB_TEST_RENEWS"

func init() {
	endpoint := os.Getenv(stoppedEnv)
	if endpoint == "" {
		return
	}
	p := httpsProfile()
	p.Issuer, p.Scope, p.AuthorizationEndpoint, p.TokenEndpoint = "", "a", endpoint, endpoint
	keep := func(_ context.Context, refresh secret.Text) error {
		fmt.Println("kept", refresh.Reveal())
		return nil
	}
	_, err := New(Options{}).Refresh(context.Background(), p, Grant{Refresh: random(), TokenEndpoint: endpoint}, keep)
	fmt.Println("renewed", err)
	os.Exit(0)
}

// The time of a real stop is real time: no clock of ours is in a stopped process.
func TestF46AnAnswerThatCameWhileWeWereStoppedIsRead(t *testing.T) {
	if testing.Short() {
		t.Skip("takes as long as a request may")
	}
	t.Parallel()
	child := exec.CommandContext(t.Context(), os.Args[0])
	started, answered := make(chan struct{}), make(chan struct{})
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		<-started
		_ = child.Process.Signal(syscall.SIGSTOP)
		w.Header().Set("Content-Type", "application/json")
		long := strings.Repeat("x", 64<<10) // it takes more than one look at the socket to read this
		_, _ = fmt.Fprintf(w, `{"scope":"a","token_type":"Bearer","expires_in":60,"access_token":"a","pad":%q,`+
			`"refresh_token":"second"}`, long)
		once.Do(func() { close(answered) })
	}))
	defer server.Close()
	child.Env = append(os.Environ(), stoppedEnv+"="+server.URL+"/token", "GORACE=atexit_sleep_ms=0")
	var said bytes.Buffer
	child.Stdout, child.Stderr = &said, &said
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	<-answered
	<-time.After(requestTime + 3*time.Second)
	if err := child.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err != nil || said.String() != "kept second\nrenewed <nil>\n" {
		t.Errorf("%v: %s", err, said.String())
	}
}
