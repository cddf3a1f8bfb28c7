package localapi

import (
	"container/list"
	"context"
	"errors"
	"net"
	"runtime"
	"sync/atomic"
	"time"
)

// guest is one connection of our own user.
type guest struct {
	*net.UnixConn
	lobby            *lobby
	caller           Caller
	who              who
	reading, writing deadline
	owes             atomic.Bool // a body, or some of it, unless it has come with the header

	// Guarded by lobby.mu.
	since time.Time
	place *list.Element // in lobby.silent; nil while a request is under way
	left  bool
}

func newGuest(l *lobby, c *net.UnixConn, caller Caller) *guest {
	g := &guest{UnixConn: c, lobby: l, caller: caller}
	g.reading.tell, g.writing.tell = c.SetReadDeadline, c.SetWriteDeadline
	g.writing.exact = runtime.GOOS == "windows" // a send that is broken off there may have sent more than it says
	return g
}

// guestOf is who sent the request with this context; nil where it came over no connection.
func guestOf(ctx context.Context) *guest {
	g, _ := ctx.Value(callerKey{}).(*guest)
	return g
}

// Read gives whoever still owes a body, and has to be waited for, bodyLimit for all of it.
func (g *guest) Read(p []byte) (int, error) {
	if g.owes.Load() && g.lobby.listens(g) {
		_ = g.reading.set(time.Now().Add(bodyLimit)) // nobody reads now, so that it cannot fail
	}
	return g.reading.during(g.UnixConn.Read, p)
}

// Write is for answers.
func (g *guest) Write(p []byte) (int, error) { return g.writing.during(g.UnixConn.Write, p) }

// SetReadDeadline lifts the deadline when t is zero. That is what net/http does when all of a body has come, so that
// the answer may take longer.
func (g *guest) SetReadDeadline(t time.Time) error {
	if t.IsZero() && g.owes.Load() {
		g.lobby.heard(g)
	}
	return g.reading.set(t)
}

// SetWriteDeadline is as net.Conn has it.
func (g *guest) SetWriteDeadline(t time.Time) error { return g.writing.set(t) }

// SetDeadline is as net.Conn has it.
func (g *guest) SetDeadline(t time.Time) error {
	return errors.Join(g.SetReadDeadline(t), g.SetWriteDeadline(t))
}
