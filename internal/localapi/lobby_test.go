//go:build unix

package localapi

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"
)

// TestA52WhoHasSpokenIsNotSilent: a full house, in which nobody has been heard yet because the machine is busy.
func TestA52WhoHasSpokenIsNotSilent(t *testing.T) {
	path := socketPath(t)
	l := newLobby(listen(t, path), slog.New(slog.DiscardHandler))
	defer l.Close()
	var callers []net.Conn
	var guests []*guest
	for range maxGuests {
		callers = append(callers, connect(t, path))
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		guests = append(guests, c.(*guest))
	}
	if _, err := io.WriteString(callers[0], "G"); err != nil {
		t.Fatal(err)
	}
	connect(t, path)
	c, err := l.Listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	next, err := l.greet(c)
	if err != nil {
		t.Fatal(err)
	}

	if wait, ok := l.tryEnter(next, guests[0].since.Add(patience/4)); ok || wait != patience*3/4 {
		t.Errorf("%v, to be tried again in %s: who has just come is given no time", ok, wait)
	}
	if _, ok := l.tryEnter(next, time.Now().Add(patience)); !ok {
		t.Fatal("no place was made")
	}
	if guests[0].left || !guests[1].left || guests[2].left {
		t.Error("it was not the longest silent one who had to leave")
	}
	if _, err := callers[1].Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("who had to leave: %v", err)
	}
}

// TestA52HalfABodyIsSilence: who still owes some of it makes way like one who says nothing; who has sent it does not.
// However it drips, all of it has one deadline.
func TestA52HalfABodyIsSilence(t *testing.T) {
	path := socketPath(t)
	l := newLobby(listen(t, path), slog.New(slog.DiscardHandler))
	defer l.Close()
	caller := connect(t, path)
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	g := c.(*guest)
	l.track(g, http.StateActive)
	g.owes.Store(true)
	if l.silent.Len() != 0 {
		t.Error("a body that may have come with the header counts as silence")
	}
	var until time.Time
	for range 2 {
		if _, err := io.WriteString(caller, "x"); err != nil {
			t.Fatal(err)
		}
		if _, err := g.Read(make([]byte, 1)); err != nil || l.silent.Len() != 1 {
			t.Errorf("it counts as a call under way: %v", err)
		}
		if left := time.Until(g.reading.want); left <= 0 || left > bodyLimit || !until.IsZero() && until != g.reading.want {
			t.Errorf("there are %s left", left)
		}
		until = g.reading.want
	}
	if err := g.SetReadDeadline(time.Time{}); err != nil || l.silent.Len() != 0 || g.owes.Load() {
		t.Errorf("it counts as silent when all has come: %v", err)
	}
	if listens := l.listens(g); listens || l.silent.Len() != 0 {
		t.Error("whoever waits for the caller to leave takes it for the body")
	}
}
