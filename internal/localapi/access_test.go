package localapi

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"keyfob/internal/access"
	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/wire"
)

// callerEnv makes the test binary a program of the same user that asks for a token at that socket, and prints the
// token, or the code and reason of what it gets instead.
const callerEnv = "KEYFOB_TEST_CALLER"

func caller(path string) {
	access, err := newAsker(path).Token(context.Background(), "rhythm", 0)
	if err != nil {
		fmt.Print(fault.CodeOf(err), " ", fault.Of(err).Reason)
		return
	}
	fmt.Print(access.Token.Reveal())
}

// call has the program at exe, which is the test binary by whatever name, ask for a token.
func call(t *testing.T, exe, path string) <-chan string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = []string{callerEnv + "=" + path, "GORACE=atexit_sleep_ms=0"}
	said := make(chan string, 1)
	go func() {
		out, err := cmd.Output()
		if err != nil {
			out = append(out, err.Error()...)
		}
		said <- string(out)
	}()
	return said
}

// guarded serves an account that asks first, and tells when the person is asked.
func guarded(t *testing.T) (c *asker, w *access.Control, asked chan struct{}) {
	t.Helper()
	asked = make(chan struct{}, 8)
	w = newAccess(t, func() error { asked <- struct{}{}; return nil })
	k := newFakeKeeper()
	c = serve(t, Options{Keeper: k, Access: w})
	if err := c.SetPolicy(t.Context(), "rhythm", account.Policy{AskFirst: true}); err != nil {
		t.Fatal(err)
	}
	return c, w, asked
}

// openWindow watches as a window does, from this process.
func openWindow(t *testing.T, c *asker) {
	t.Helper()
	snapshots, err := c.Watch(t.Context(), wire.ClientWindow)
	if err != nil {
		t.Fatal(err)
	}
	<-snapshots
}

// TestNobodyIsToldThatNothingIsThere while it is not known, or never will be.
func TestNobodyIsToldThatNothingIsThere(t *testing.T) {
	k := newFakeKeeper()
	k.unknown = fault.New(fault.NoAgent)
	c := serve(t, Options{Keeper: k})
	_, err := c.Status(t.Context())
	wantCode(t, err, fault.NoAgent)
	_, err = c.Policy(t.Context(), "rhythm")
	wantCode(t, err, fault.NoAgent)
	_, err = c.ask(t.Context(), "GET", "/v1/profiles", nil)
	wantCode(t, err, fault.NoAgent)
	if _, err := c.Version(t.Context()); err != nil {
		t.Errorf("who is there is known: %v", err)
	}
}

func TestA53AProgramThatWasNotApprovedWaitsForAPerson(t *testing.T) {
	for answer, want := range map[account.Answer]string{account.Once: "at-canary", account.Refused: "not-allowed no"} {
		t.Run(string(answer), func(t *testing.T) {
			c, w, asked := guarded(t)
			openWindow(t, c)
			said := call(t, os.Args[0], c.path)
			<-asked
			select {
			case early := <-said:
				t.Fatalf("it did not wait: %s", early)
			default:
			}
			if err := c.Answer(t.Context(), "1", answer); err != nil {
				t.Fatal(err)
			}
			if got := <-said; !strings.Contains(got, want) {
				t.Errorf("it got %q, want %q", got, want)
			}
			line := w.Ledger("rhythm")[0]
			if runtime.GOOS == "linux" && line.Program.Path != executable(t) || line.Refused != (answer == account.Refused) {
				t.Errorf("the ledger says %+v", line)
			}
		})
	}
}

// TestA53WithoutAWindowAProgramIsRefused: on a server nobody could answer.
func TestA53WithoutAWindowAProgramIsRefused(t *testing.T) {
	w := newAccess(t, nil)
	c := serve(t, Options{Keeper: newFakeKeeper(), Access: w})
	if err := c.SetPolicy(t.Context(), "rhythm", account.Policy{AskFirst: true}); err != nil {
		t.Fatal(err)
	}
	if got := <-call(t, os.Args[0], c.path); got != "not-allowed no-window" {
		t.Errorf("it got %q", got)
	}
}

// TestA53WhoIsRefusedCostsNoToken: a provider counts what it gives, and bills it. So nothing is asked for before a
// person has said yes.
func TestA53WhoIsRefusedCostsNoToken(t *testing.T) {
	gives := func(call string) bool { return strings.HasPrefix(call, "token") }
	t.Run("no window", func(t *testing.T) {
		k, w := newFakeKeeper(), newAccess(t, nil)
		c := serve(t, Options{Keeper: k, Access: w})
		if err := w.SetPolicy(t.Context(), "rhythm", account.Policy{AskFirst: true}); err != nil {
			t.Fatal(err)
		}
		_, err := c.Token(t.Context(), "rhythm", 0)
		if f := fault.Of(err); f == nil || f.Reason != fault.WhyNoWindow || slices.ContainsFunc(k.asked(), gives) {
			t.Errorf("got %v, and the provider was asked", err)
		}
	})
	for _, answer := range []account.Answer{account.Refused, account.Once} {
		t.Run(string(answer), func(t *testing.T) {
			k, asked := newFakeKeeper(), make(chan struct{}, 1)
			w := newAccess(t, func() error { asked <- struct{}{}; return nil })
			c := serve(t, Options{Keeper: k, Access: w})
			if err := w.SetPolicy(t.Context(), "rhythm", account.Policy{AskFirst: true}); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { _, err := c.Token(t.Context(), "rhythm", 0); ended <- err }()
			<-asked
			before := slices.ContainsFunc(k.asked(), gives)
			if err := w.Answer(t.Context(), "1", answer); err != nil {
				t.Fatal(err)
			}
			err, after := <-ended, slices.ContainsFunc(k.asked(), gives)
			if yes := answer == account.Once; before || after != yes || (err == nil) != yes {
				t.Errorf("a token before the answer %v, after it %v: %v", before, after, err)
			}
		})
	}
}

// TestA53NobodyIsAskedForNothing: not about an account that has no token to give, nor by a call that makes no sense.
func TestA53NobodyIsAskedForNothing(t *testing.T) {
	k := newFakeKeeper()
	w := newAccess(t, func() error { t.Error("a window came"); return nil })
	c := serve(t, Options{Keeper: k, Access: w})
	if err := w.SetPolicy(t.Context(), "rhythm", account.Policy{AskFirst: true}); err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{`{"min_ttl":-1}`, `{"refused":"00"}`} {
		if status, _ := post(t, c, "/v1/profiles/rhythm/token", body); status != http.StatusBadRequest {
			t.Errorf("%s: %d", body, status)
		}
	}
	k.without = fault.New(fault.SignInRequired)
	_, err := c.Token(t.Context(), "rhythm", 0)
	wantCode(t, err, fault.SignInRequired)
}

// TestA53OnlyTheWindowAnswersAndLetsIn: else the program that asks would answer itself.
func TestA53OnlyTheWindowAnswersAndLetsIn(t *testing.T) {
	c, w, asked := guarded(t)
	wantFault := func(err error, why fault.Reason) {
		t.Helper()
		if f := fault.Of(err); f == nil || f.Code != fault.NotAllowed || f.Reason != why {
			t.Errorf("got %v", err)
		}
	}
	said := call(t, os.Args[0], c.path)
	<-asked
	wantFault(c.Answer(t.Context(), "1", account.Always), fault.WhyWindowOnly)
	for _, p := range []account.Policy{{}, {AskFirst: true, Always: []string{"/usr/bin/python3"}}} {
		wantFault(c.SetPolicy(t.Context(), "rhythm", p), fault.WhyWindowOnly)
	}
	if p := w.Policy("rhythm"); !p.AskFirst || len(p.Always) != 0 {
		t.Fatalf("it let itself in: %+v", p)
	}

	openWindow(t, c)
	if err := c.Answer(t.Context(), "1", account.Once); err != nil {
		t.Fatal(err)
	}
	<-said
	if access, err := c.Token(t.Context(), "rhythm", 0); err != nil || access.Token.Empty() {
		t.Errorf("a person's own press in the window was asked about: %v", err)
	}
	if err := c.SetPolicy(t.Context(), "rhythm", account.Policy{}); err != nil {
		t.Errorf("the window may not switch it off: %v", err)
	}
}

// TestA53AnotherProgramIsNoWindow: to say that one is a window is not enough.
func TestA53AnotherProgramIsNoWindow(t *testing.T) {
	onLinux(t)
	w := newWindow()
	w.programs = []string{"/opt/keyfob/keyfob-desktop"}
	s := newServer(t, Options{Keeper: newFakeKeeper()})
	s.window = w
	w.attach(os.Getpid())
	path := socketPath(t)
	l := newConns(listen(t, path), s.Log)
	defer l.Close()
	connect(t, path)
	g, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if s.fromWindow(withConn(t.Context(), g)) {
		t.Error("the test's own program counts as the window")
	}
	w.programs = append(w.programs, executable(t))
	if !s.fromWindow(withConn(t.Context(), g)) {
		t.Error("the window does not count as one")
	}
}

func TestWhoRanOurCommandLineIsWhoAsks(t *testing.T) {
	onLinux(t)
	w := newAccess(t, nil)
	c := serve(t, Options{Keeper: newFakeKeeper(), Access: w})
	if got := <-call(t, copied(t, ourCommand), c.path); !strings.Contains(got, "at-canary") {
		t.Fatal(got)
	}
	want := account.Program{Name: filepath.Base(executable(t)), Path: executable(t), PID: os.Getpid(), ByKeyfob: true}
	if got := w.Ledger("")[0].Program; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestAccessRoutesRefuseWhatMakesNoSense: nothing is changed, and the server serves on.
func TestAccessRoutesRefuseWhatMakesNoSense(t *testing.T) {
	c := serve(t, Options{Keeper: newFakeKeeper()})
	openWindow(t, c)
	for request, want := range map[[3]string]int{
		{"POST", "/v1/requests/1", `{"answer":"maybe"}`}:                       http.StatusBadRequest,
		{"POST", "/v1/requests/1", ``}:                                         http.StatusBadRequest,
		{"POST", "/v1/requests/1", `{"answer":"once"}`}:                        http.StatusNoContent, // it is over
		{"PUT", "/v1/profiles/rhythm/access", `{"ask_first":"yes"}`}:           http.StatusBadRequest,
		{"PUT", "/v1/profiles/rhythm/access", `{"ask_first":true,"ask":true}`}: http.StatusBadRequest,
		{"PUT", "/v1/profiles/rhythm/access", `{}`}:                            http.StatusNoContent,
		{"GET", "/v1/log?profile=" + url.QueryEscape("\x00"), ``}:              http.StatusOK,
	} {
		body := strings.NewReader(request[2])
		req, err := http.NewRequestWithContext(t.Context(), request[0], "http://keyfob"+request[1], body)
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		said, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%q: %d %s", request, res.StatusCode, said)
		}
	}
}

func executable(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return self
}

// TestAHandOutIsWrittenDown: with what it was, and never the token.
func TestAHandOutIsWrittenDown(t *testing.T) {
	k := newFakeKeeper()
	k.access.Expiry = time.Now().Add(time.Hour).Round(0)
	c := serve(t, Options{Keeper: k})
	for range 3 {
		if _, err := c.Token(t.Context(), "rhythm", 0); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := c.Log(t.Context(), "rhythm")
	if err != nil || len(lines) != 1 || lines[0].Count != 3 || !lines[0].Until.Equal(k.access.Expiry) {
		t.Errorf("%+v %v", lines, err)
	}
	if lines, err := c.Log(t.Context(), "other"); err != nil || len(lines) != 0 {
		t.Errorf("%+v %v", lines, err)
	}
	if body, _ := wire.Encode(wire.Log{HandOuts: lines}); strings.Contains(string(body), "at-canary") {
		t.Error("the token is in the ledger")
	}
}
