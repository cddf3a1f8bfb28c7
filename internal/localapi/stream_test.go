package localapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/wire"
)

func TestWatchSendsOneAtOnceAndThenEachChange(t *testing.T) {
	k := newFakeKeeper()
	c := serve(t, Options{Keeper: k})
	ctx, cancel := context.WithCancel(t.Context())
	snapshots, err := c.Watch(ctx, wire.ClientCLI)
	if err != nil {
		t.Fatal(err)
	}
	for seq := uint64(1); seq < 4; seq++ {
		if s := <-snapshots; s.Seq != seq {
			t.Errorf("snapshot %d, want %d", s.Seq, seq)
		}
		k.changes <- account.Snapshot{Seq: seq + 1, Accounts: []account.Account{{ID: "a\nb", Name: "<&>"}}}
	}
	if s := <-snapshots; s.Accounts[0].ID != "a\nb" || s.Accounts[0].Name != "<&>" {
		t.Errorf("came as %+v", s)
	}

	cancel()
	<-k.unwatched // the stream ends at the server when the client goes
	for range snapshots {
		t.Error("a snapshot after the end")
	}
}

func TestWatchersEndWithTheServer(t *testing.T) {
	k := newFakeKeeper()
	path := socketPath(t)
	c, stop := serveAt(t, path, Options{Keeper: k})
	snapshots, err := c.Watch(t.Context(), wire.ClientTray)
	if err != nil {
		t.Fatal(err)
	}
	<-snapshots
	stop()
	for range snapshots {
		t.Error("a snapshot after the end")
	}
	<-k.unwatched
	_, err = c.Watch(t.Context(), wire.ClientTray)
	wantCode(t, err, fault.NoAgent)
}

// TestAStalledWatcherHoldsUpNobody: it never reads, so the server is stuck in a write to it.
func TestAStalledWatcherHoldsUpNobody(t *testing.T) {
	k := newFakeKeeper()
	k.snapshot.Accounts = []account.Account{{Name: strings.Repeat("x", 1<<20)}} // more than a socket buffers
	c := serve(t, Options{Keeper: k})
	stalled := connect(t, c.path)
	_, _ = io.WriteString(stalled, "GET /v1/watch HTTP/1.1\r\nHost: keyfob\r\n\r\n")
	if _, err := io.ReadFull(stalled, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Token(t.Context(), "rhythm", 0); err != nil {
		t.Error(err)
	}
	stalled.Close()
	<-k.unwatched
}

func TestStreamsAreBounded(t *testing.T) {
	for name, c := range map[string]struct{ programs, places int }{"others": {0, maxStreams}, "windows": {1, ourStreams}} {
		t.Run(name, func(t *testing.T) { streamsAreBounded(t, c.programs, c.places) })
	}
}

// streamsAreBounded has this program count as a window of ours where programs is 1.
func streamsAreBounded(t *testing.T, programs, places int) {
	k := newFakeKeeper()
	s := newServer(t, Options{Keeper: k})
	s.window.programs = s.window.programs[:programs]
	c, stop := serveServer(t, socketPath(t), s)
	t.Cleanup(stop)
	ctx, cancel := context.WithCancel(t.Context())
	var all []<-chan account.Snapshot
	for range places {
		snapshots, err := c.Watch(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, snapshots)
	}
	_, err := c.Watch(ctx, "")
	wantCode(t, err, fault.BadUsage)
	if _, err := c.Token(ctx, "rhythm", 0); err != nil {
		t.Error(err)
	}
	cancel()
	for _, snapshots := range all {
		for range snapshots {
		}
		<-k.unwatched
	}
}

var attempt = account.Attempt{
	ID: "1", URL: "https://login.example/authorize?a=b&c=d", RedirectURI: "http://127.0.0.1:17171/callback",
	Started: inAnHour, Expires: inAnHour.Add(time.Minute),
}

func TestSignInStreamsTheAttemptAndItsEnd(t *testing.T) {
	for name, end := range map[string]error{"done": nil, "failed": fault.New(fault.SignInDenied, "said", "no")} {
		t.Run(name, func(t *testing.T) {
			k := newFakeKeeper()
			opened := make(chan struct{})
			k.signIn = func(_ context.Context, open func(account.Attempt) error) error {
				if err := open(attempt); err != nil {
					t.Error(err)
				}
				<-opened
				return end
			}
			c := serve(t, Options{Keeper: k})
			err := c.SignIn(t.Context(), "rhythm", false, func(a account.Attempt) error {
				if a != attempt {
					t.Errorf("opened %+v", a)
				}
				close(opened)
				return nil
			})
			wantCode(t, err, fault.CodeOf(end))
		})
	}
}

func TestSignInThatEndsAtOnceStillShowsItsAttempt(t *testing.T) {
	k := newFakeKeeper()
	k.signIn = func(_ context.Context, open func(account.Attempt) error) error { return open(attempt) }
	c := serve(t, Options{Keeper: k})
	for range 20 { // the two can be noticed in any order
		opened := false
		open := func(account.Attempt) error { opened = true; return nil }
		if err := c.SignIn(t.Context(), "rhythm", false, open); err != nil {
			t.Error(err)
		}
		if !opened {
			t.Error("the attempt was lost")
		}
	}
}

// TestTheAttemptOutlivesItsAsker: the Keeper is told that the asker has left, by the context, and may still call open.
func TestTheAttemptOutlivesItsAsker(t *testing.T) {
	noBrowser := fault.New(fault.BrowserFailed)
	for name, c := range map[string]struct {
		leave func(cancel func()) error
		want  error
	}{
		"gone":        {func(cancel func()) error { cancel(); return nil }, context.Canceled},
		"open failed": {func(func()) error { return noBrowser }, noBrowser},
	} {
		t.Run(name, func(t *testing.T) {
			k := newFakeKeeper()
			afterwards := make(chan error, 1)
			k.signIn = func(ctx context.Context, open func(account.Attempt) error) error {
				_ = open(attempt)
				<-ctx.Done()
				go func() { afterwards <- open(attempt) }()
				return ctx.Err()
			}
			client := serve(t, Options{Keeper: k})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := client.SignIn(ctx, "rhythm", false, func(account.Attempt) error { return c.leave(cancel) })
			if !errors.Is(err, c.want) {
				t.Errorf("the asker got %v", err)
			}
			if err := <-afterwards; err != nil {
				t.Errorf("open failed for the Keeper: %v", err)
			}
			if calls := k.asked(); slices.Contains(calls, "cancel rhythm") {
				t.Errorf("the keeper was asked %q", calls)
			}
		})
	}
}

func TestAAgentThatDiesInASignIn(t *testing.T) {
	k := newFakeKeeper()
	path := socketPath(t)
	k.signIn = func(ctx context.Context, open func(account.Attempt) error) error {
		_ = open(attempt)
		<-ctx.Done()
		return ctx.Err()
	}
	c, stop := serveAt(t, path, Options{Keeper: k})
	opened, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		<-opened
		stop()
		close(stopped)
	}()
	err := c.SignIn(t.Context(), "rhythm", false, func(account.Attempt) error { close(opened); return nil })
	wantCode(t, err, fault.AgentFailed)
	<-stopped
}

func TestWindowIsOpenedOnceAndThenRaised(t *testing.T) {
	k := newFakeKeeper()
	c := serve(t, Options{Keeper: k})
	ctx, closeWindow := context.WithCancel(t.Context())
	ask := func(want bool) {
		t.Helper()
		if raised, err := c.Window(t.Context()); err != nil || raised != want {
			t.Errorf("raised %v (%v), want %v", raised, err, want)
		}
	}

	tray, err := c.Watch(ctx, wire.ClientTray)
	if err != nil {
		t.Fatal(err)
	}
	<-tray
	ask(false) // this asker becomes the window, which the tray is not,
	ask(false) // as it is told again
	snapshots, err := c.Watch(ctx, wire.ClientWindow)
	if err != nil {
		t.Fatal(err)
	}
	<-snapshots
	k.asked()
	ask(true)
	if got := k.asked(); !slices.Equal(got, []string{"raise"}) {
		t.Errorf("the keeper was asked %q", got)
	}

	closeWindow()
	for range snapshots {
		t.Error("a snapshot after the end")
	}
	<-k.unwatched
	<-k.unwatched
}

// TestWhereNobodyTellsWhoAsksAWindowIsOpenedOnce: as on systems without the ids of callers.
func TestWhereNobodyTellsWhoAsksAWindowIsOpenedOnce(t *testing.T) {
	s := newServer(t, Options{Keeper: newFakeKeeper()})
	for pid, want := range []string{`{"raised":false}`, `{"raised":true}`} {
		res := request(t, s, "POST", "http://keyfob/v1/window", fmt.Sprintf(`{"pid":%d}`, os.Getpid()-pid), nil)
		if body, _ := io.ReadAll(res.Body); strings.TrimSpace(string(body)) != want {
			t.Errorf("the answer is %s, want %s", body, want)
		}
	}
}

func TestWindowReservation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWindow()
		ask := func(pid int, want bool) {
			t.Helper()
			if there, raise := w.ask(time.Now(), pid, true); there != want || raise != want {
				t.Errorf("process %d: there %v, raise %v, want %v", pid, there, raise, want)
			}
		}
		one, two := os.Getpid(), os.Getppid() // two processes that live
		ask(one, false)
		ask(two, true) // of two that race, one becomes the window
		ask(one, false)
		time.Sleep(opening - time.Nanosecond)
		ask(two, true)
		time.Sleep(time.Nanosecond) // the one who said it would open a window did not
		ask(two, false)
		ask(one, true)
		w.attach(one)
		time.Sleep(time.Hour)
		ask(two, true)
		w.attach(one)
		w.detach(one)
		ask(two, true) // one of two has gone
		w.detach(one)
		ask(0, false) // nobody in particular
		ask(0, true)
	})
}

func TestAWindowThatDiesBeforeItOpensIsNotWaitedFor(t *testing.T) {
	died := exec.Command(os.Args[0], "-test.run=^$")
	if err := died.Run(); err != nil {
		t.Fatal(err)
	}
	w := newWindow()
	for _, pid := range []int{died.Process.Pid, os.Getpid()} {
		if there, _ := w.ask(time.Now(), pid, true); there {
			t.Error("the next double-click was told that there is a window")
		}
	}
}

// TestAWindowThatClosesIsCountedOut: and other clients are no windows.
func TestAWindowThatClosesIsCountedOut(t *testing.T) {
	k := newFakeKeeper()
	s := newServer(t, Options{Keeper: k})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, kind := range []string{"", wire.ClientTray, wire.ClientCLI, wire.ClientWindow} {
		r, _ := http.NewRequestWithContext(ctx, "GET", "http://keyfob/v1/watch?client="+kind, nil)
		s.handler.ServeHTTP(nopWriter{}, r)
		<-k.unwatched
		if len(s.window.attached) != 0 {
			t.Errorf("client %q: %d windows after the end", kind, s.window.attached)
		}
	}
}

type nopWriter struct{}

func (nopWriter) Header() http.Header         { return http.Header{} }
func (nopWriter) Write(b []byte) (int, error) { return len(b), nil }
func (nopWriter) WriteHeader(int)             {}
